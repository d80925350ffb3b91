"""Prices for looking at, spot and futures: they never move, and there are no candles and no trades."""

from __future__ import annotations

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import ZERO, eight, public
from vault_binance.testing.emulator.endpoints.market import MARKETS, market, symbols_asked
from vault_binance.testing.emulator.limits import DAY_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal
    from typing import Any

    from vault_binance.testing.emulator.call import Call, Endpoint
    from vault_binance.testing.emulator.endpoints.market import Market

SAME = ("weightedAvgPrice", "lastPrice", "openPrice", "highPrice", "lowPrice")
STILL = ("priceChange", "priceChangePercent", "volume", "quoteVolume")


def _chosen(call: Call, row: Callable[[Call, str, Market], Mapping[str, Any]]) -> Any:
    """One row for a `symbol`; a list for `symbols`, or for all without either. COIN-M answers with a list always."""
    symbol = call.maybe("symbol")
    names = [symbol] if symbol else symbols_asked(call) or MARKETS[call.family]
    rows = [row(call, name, market(call, name)) for name in names]
    return rows[0] if symbol and call.family is not Family.DAPI else rows


def _price_row(call: Call, name: str, each: Market) -> Mapping[str, Any]:
    dated = {} if call.family is Family.API else {"time": call.now_ms}
    return {"symbol": name, "price": eight(each.price), **dated}


def _day_row(call: Call, name: str, each: Market) -> Mapping[str, Any]:
    """Only spot's tells the best offers too; that is how clients tell them apart."""
    times = {"openTime": call.now_ms - DAY_MS, "closeTime": call.now_ms, "firstId": -1, "lastId": -1, "count": 0}
    row = {"symbol": name, **dict.fromkeys(SAME, eight(each.price)), **dict.fromkeys(STILL, ZERO), **times}
    if call.family is Family.API:
        return {**row, "prevClosePrice": eight(each.price), **_book_row(call, name, each)}
    return row


def _book_row(call: Call, name: str, each: Market) -> Mapping[str, Any]:
    bid, ask = _level(each.price - 1), _level(each.price + 1)
    dated = {} if call.family is Family.API else {"time": call.now_ms}
    return {"symbol": name, "bidPrice": bid[0], "bidQty": bid[1], "askPrice": ask[0], "askQty": ask[1], **dated}


def price(call: Call) -> Any:
    return _chosen(call, _price_row)


def day(call: Call) -> Any:
    return _chosen(call, _day_row)


def book(call: Call) -> Any:
    return _chosen(call, _book_row)


def depth(call: Call) -> Mapping[str, Any]:
    """Five steps on each side of the price, for looks: nothing is ever matched with it."""
    traded = market(call, call.text("symbol"))
    steps = range(1, min(call.whole("limit", 100), 5) + 1)
    bids, asks = ([_level(traded.price + sign * step) for step in steps] for sign in (-1, 1))
    dated = {} if call.family is Family.API else {"E": call.now_ms, "T": call.now_ms}
    return {"lastUpdateId": call.now_ms, **dated, "bids": bids, "asks": asks}


def _level(at: Decimal) -> list[str]:
    return [eight(at), "1.00000000"]


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", f"{base}/{path}"): public(weight, answer)
    for base in ("/api/v3", "/fapi/v1", "/dapi/v1")
    for path, weight, answer in (
        ("ticker/price", 2, price),
        ("ticker/24hr", 2, day),
        ("ticker/bookTicker", 2, book),
        ("depth", 5, depth),
    )
}
