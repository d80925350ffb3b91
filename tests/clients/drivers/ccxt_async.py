"""ccxt's asynchronous half."""

import asyncio
import os

import ccxt.async_support as ccxt
from ccxt_parts import code_of, here
from obey import EMAIL, SYMBOL, obey


async def connect():
    exchange = ccxt.binance({"apiKey": os.environ["BINANCE_API_KEY"], "secret": os.environ["BINANCE_API_SECRET"]})
    return here(exchange)


async def account(exchange):
    return (await exchange.private_get_account())["accountType"]


async def restrictions(exchange):
    return (await exchange.sapi_get_account_apirestrictions())["enableReading"]


async def balance(exchange):
    return (await exchange.fetch_balance())["USDT"]["free"]


async def order(exchange):
    placed = await exchange.create_order("BTC/USDT", "limit", "buy", 0.01, 10000)
    return (await exchange.cancel_order(placed["id"], "BTC/USDT"))["status"]


async def futures(exchange):
    return (await exchange.fetch_balance({"type": "future"}))["USDT"]["total"]


with asyncio.Runner() as runner:
    obey(
        connect,
        {
            "account": account,
            "restrictions": restrictions,
            "balance": balance,
            "order": order,
            "futures": futures,
            "unicode": lambda exchange: exchange.private_get_openorders({"symbol": SYMBOL}),
            "email": lambda exchange: exchange.sapi_get_sub_account_list({"email": EMAIL}),
        },
        code_of,
        close=lambda exchange: exchange.close(),
        run=runner.run,
    )
