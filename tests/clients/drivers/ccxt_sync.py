"""ccxt: its table of addresses is part of its settings."""

import os

import ccxt
from ccxt_parts import code_of, here
from obey import EMAIL, SYMBOL, obey


def connect():
    exchange = ccxt.binance({"apiKey": os.environ["BINANCE_API_KEY"], "secret": os.environ["BINANCE_API_SECRET"]})
    return here(exchange)


def order(exchange):
    placed = exchange.create_order("BTC/USDT", "limit", "buy", 0.01, 10000)
    return exchange.cancel_order(placed["id"], "BTC/USDT")["status"]


obey(
    connect,
    {
        "account": lambda exchange: exchange.private_get_account()["accountType"],
        "restrictions": lambda exchange: exchange.sapi_get_account_apirestrictions()["enableReading"],
        "balance": lambda exchange: exchange.fetch_balance()["USDT"]["free"],
        "order": order,
        "futures": lambda exchange: exchange.fetch_balance({"type": "future"})["USDT"]["total"],
        "unicode": lambda exchange: exchange.private_get_openorders({"symbol": SYMBOL}),
        "email": lambda exchange: exchange.sapi_get_sub_account_list({"email": EMAIL}),
    },
    code_of,
)
