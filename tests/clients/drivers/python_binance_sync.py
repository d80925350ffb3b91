"""python-binance: no argument tells it where Binance is, so a subclass does."""

import os
from pathlib import Path

from binance.client import Client
from obey import EMAIL, SYMBOL, obey

BASE_URL, FUTURES_URL = os.environ["BINANCE_BASE_URL"], os.environ["BINANCE_FUTURES_URL"]


class Here(Client):
    API_URL = f"{BASE_URL}/api"
    MARGIN_API_URL = f"{BASE_URL}/sapi"
    FUTURES_URL = f"{FUTURES_URL}/fapi"


def connect():
    if "PRIVATE_KEY_FILE" in os.environ:
        secret = {"private_key": Path(os.environ["PRIVATE_KEY_FILE"])}
    else:
        secret = {"api_secret": os.environ["BINANCE_API_SECRET"]}
    return Here(os.environ["BINANCE_API_KEY"], **secret)


def order(client):
    placed = client.create_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price="10000"
    )
    return client.cancel_order(symbol="BTCUSDT", orderId=placed["orderId"])["status"]


obey(
    connect,
    {
        "account": lambda client: client.get_account()["accountType"],
        "restrictions": lambda client: client.get_account_api_permissions()["enableReading"],
        "order": order,
        "futures": lambda client: client.futures_account()["canTrade"],
        "unicode": lambda client: client.get_open_orders(symbol=SYMBOL),
        "email": lambda client: client.get_sub_account_list(email=EMAIL),
    },
    code_of=lambda error: getattr(error, "code", None),
)
