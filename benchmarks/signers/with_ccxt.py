"""ccxt: the exchange's own `sign`, whose result is sent as it is."""

import ccxt
from loop import serve


def ready(api_key, secret, _key_type, params):
    exchange = ccxt.binance({"apiKey": api_key, "secret": secret})

    def one():
        return exchange.sign("order", ["private"], "POST", dict(params))

    return one


def shown(request):
    return {"url": request["url"], "body": request["body"], "api_key": request["headers"]["X-MBX-APIKEY"]}


serve(ready, shown)
