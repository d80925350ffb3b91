"""The same job as most Python programs do it: hvac."""

import os
import sys

import hvac

client = hvac.Client(url=os.environ["VAULT_ADDR"], verify=os.environ.get("VAULT_CACERT") or True)
client.auth.approle.login(
    os.environ["VAULT_BINANCE_ROLE_ID"], os.environ["VAULT_BINANCE_SECRET_ID"], mount_point="binance-approle"
)
read = client.secrets.kv.v2.read_secret_version(
    "credentials/market-maker", mount_point="binance", raise_on_deleted_version=True
)
pair = read["data"]["data"]
client.auth.token.revoke_self()
os.environ |= {"BINANCE_API_KEY": pair["api_key"], "BINANCE_API_SECRET": pair["api_secret"]}
os.execvp(sys.argv[1], sys.argv[1:])
