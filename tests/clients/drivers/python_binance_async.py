"""python-binance's asynchronous client, moved by a subclass like the other."""

import asyncio
import os
from pathlib import Path

from binance.async_client import AsyncClient
from obey import EMAIL, SYMBOL, obey

BASE_URL, FUTURES_URL = os.environ["BINANCE_BASE_URL"], os.environ["BINANCE_FUTURES_URL"]


class Here(AsyncClient):
    API_URL = f"{BASE_URL}/api"
    MARGIN_API_URL = f"{BASE_URL}/sapi"
    FUTURES_URL = f"{FUTURES_URL}/fapi"


async def connect():
    if "PRIVATE_KEY_FILE" in os.environ:
        secret = {"private_key": Path(os.environ["PRIVATE_KEY_FILE"])}
    else:
        secret = {"api_secret": os.environ["BINANCE_API_SECRET"]}
    return await Here.create(os.environ["BINANCE_API_KEY"], **secret)


async def account(client):
    return (await client.get_account())["accountType"]


async def restrictions(client):
    return (await client.get_account_api_permissions())["enableReading"]


async def order(client):
    placed = await client.create_order(
        symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price="10000"
    )
    return (await client.cancel_order(symbol="BTCUSDT", orderId=placed["orderId"]))["status"]


async def futures(client):
    return (await client.futures_account())["canTrade"]


with asyncio.Runner() as runner:
    obey(
        connect,
        {
            "account": account,
            "restrictions": restrictions,
            "order": order,
            "futures": futures,
            "unicode": lambda client: client.get_open_orders(symbol=SYMBOL),
            "email": lambda client: client.get_sub_account_list(email=EMAIL),
        },
        code_of=lambda error: getattr(error, "code", None),
        close=lambda client: client.close_connection(),
        run=runner.run,
    )
