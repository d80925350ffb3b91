"""binance-sdk-spot: an order up to where `requests` takes over."""

from binance_common.configuration import ConfigurationRestAPI
from binance_common.utils import send_request
from binance_sdk_spot.spot import Spot
from loop import handed, serve, stop


def ready(api_key, secret, key_type, params):
    kind = "api_secret" if key_type == "HMAC" else "private_key"
    api = Spot(config_rest_api=ConfigurationRestAPI(api_key=api_key, **{kind: secret})).rest_api
    api._session.request = stop
    settings = {"is_signed": True, "signer": api._signer}  # api.send_signed_request has a fault of its own

    def one():
        return handed(send_request, api._session, api.configuration, "POST", "/api/v3/order", params, **settings)

    return one


def shown(request):
    return {"url": f"{request['url']}?{request['params']}", "api_key": request["headers"]["X-MBX-APIKEY"]}


serve(ready, shown, stopped=True)
