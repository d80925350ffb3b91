"""vault-binance: Signer, as its users call it."""

from loop import serve

from vault_binance.binance.signer import HEADER, Signer
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.redacted import Redacted

URL = "https://api.binance.com/api/v3/order"


def ready(api_key, secret, key_type, params):
    signer = Signer(Credentials("bench", Redacted(api_key), Redacted(secret), KeyType(key_type), Environment.LIVE))

    def one():
        signed = signer.request(params)
        return f"{URL}?{signed.query}", signed.headers

    return one


def shown(result):
    url, headers = result
    return {"url": url, "api_key": headers[HEADER]}


serve(ready, shown)
