"""binance-connector: an order up to where `requests` takes over."""

from binance.spot import Spot
from loop import handed, serve, stop


def ready(api_key, secret, key_type, params):
    kind = "api_secret" if key_type == "HMAC" else "private_key"
    client = Spot(api_key, **{kind: secret})
    client.session.post = lambda **request: stop(session=client.session, **request)

    def one():
        return handed(client.sign_request, "POST", "/api/v3/order", dict(params))

    return one


def shown(request):
    return {
        "url": f"{request['url']}?{request['params']}",
        "api_key": request["session"].headers["X-MBX-APIKEY"],
    }


serve(ready, shown, stopped=True)
