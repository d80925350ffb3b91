"""binance-sdk-spot."""

from binance_sdk_spot.spot import Spot
from obey import SYMBOL, obey
from sdk import code_of, configuration


def order(api):
    placed = api.new_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.01, price=10000
    ).data()
    return api.delete_order(symbol="BTCUSDT", order_id=placed.order_id).data().status


obey(
    lambda: Spot(config_rest_api=configuration()).rest_api,
    {
        "account": lambda api: api.get_account().data().account_type,
        "order": order,
        "unicode": lambda api: api.get_open_orders(symbol=SYMBOL).data(),
    },
    code_of,
)
