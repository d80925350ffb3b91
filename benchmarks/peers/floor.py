"""The floor: the same job with nothing but the standard library's http.client, and no care taken of anything."""

import http.client
import json
import os
import ssl
import sys
from urllib.parse import urlsplit

address = urlsplit(os.environ["VAULT_ADDR"])
if address.scheme == "https":
    context = ssl.create_default_context(cafile=os.environ["VAULT_CACERT"])
    vault = http.client.HTTPSConnection(address.hostname, address.port, context=context)
else:
    vault = http.client.HTTPConnection(address.hostname, address.port)


def call(method, path, body=None, token=None):
    headers = {"X-Vault-Token": token} if token else {}
    vault.request(method, f"/v1/{path}", json.dumps(body) if body else None, headers)
    response = vault.getresponse()
    text = response.read()
    if response.status >= 300:
        sys.exit(f"{path}: {response.status}")
    return json.loads(text) if text else None


identity = {"role_id": os.environ["VAULT_BINANCE_ROLE_ID"], "secret_id": os.environ["VAULT_BINANCE_SECRET_ID"]}
token = call("POST", "auth/binance-approle/login", identity)["auth"]["client_token"]
pair = call("GET", "binance/data/credentials/market-maker", token=token)["data"]["data"]
call("POST", "auth/token/revoke-self", token=token)
os.environ |= {"BINANCE_API_KEY": pair["api_key"], "BINANCE_API_SECRET": pair["api_secret"]}
os.execvp(sys.argv[1], sys.argv[1:])
