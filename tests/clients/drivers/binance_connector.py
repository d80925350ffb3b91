"""binance-connector, Binance's former client."""

import os

from binance.spot import Spot
from obey import EMAIL, SYMBOL, obey


def connect():
    return Spot(
        os.environ["BINANCE_API_KEY"],
        os.environ.get("BINANCE_API_SECRET"),
        private_key=os.environ.get("BINANCE_PRIVATE_KEY"),
        base_url=os.environ["BINANCE_BASE_URL"],
    )


def order(client):
    placed = client.new_order(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity=0.01, price=10000)
    return client.cancel_order("BTCUSDT", orderId=placed["orderId"])["status"]


obey(
    connect,
    {
        "account": lambda client: client.account()["accountType"],
        "restrictions": lambda client: client.api_key_permissions()["enableReading"],
        "order": order,
        "unicode": lambda client: client.get_open_orders(SYMBOL),
        "email": lambda client: client.sub_account_list(email=EMAIL),
    },
    code_of=lambda error: getattr(error, "error_code", None),
)
