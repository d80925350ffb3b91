"""binance-sdk-derivatives-trading-usds-futures."""

from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)
from obey import SYMBOL, obey
from sdk import code_of, configuration


def order(api):
    placed = api.new_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.01, price=10000
    ).data()
    return api.cancel_order(symbol="BTCUSDT", order_id=placed.order_id).data().status


obey(
    lambda: DerivativesTradingUsdsFutures(config_rest_api=configuration()).rest_api,
    {
        "account": lambda api: api.account_information_v3().data().total_wallet_balance,
        "order": order,
        "unicode": lambda api: api.current_all_open_orders(symbol=SYMBOL).data(),
    },
    code_of,
)
