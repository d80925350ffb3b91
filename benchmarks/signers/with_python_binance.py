"""python-binance: an order up to where `requests` takes over."""

from urllib.parse import urlencode

from binance.client import Client
from loop import handed, serve, stop


def ready(api_key, secret, key_type, params):
    kind = "api_secret" if key_type == "HMAC" else "private_key"
    client = Client(api_key, ping=False, **{kind: secret})
    client.session.post = lambda url, **request: stop(url=url, session=client.session, **request)

    def one():
        return handed(client._request_api, "post", "order", True, data=dict(params))

    return one


def shown(request):
    data = request["data"]
    return {
        "url": request["url"],
        "body": data if isinstance(data, str) else urlencode(data),
        "api_key": request["session"].headers["X-MBX-APIKEY"],
    }


serve(ready, shown, stopped=True)
