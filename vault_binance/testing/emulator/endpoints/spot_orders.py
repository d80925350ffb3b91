"""Spot orders: place, test, query, cancel, and what they do to the balances.

Rules of the file
- What an order may cost is locked while it rests, and comes back when it is cancelled. There is no commission.
- Every change is an executionReport for the account's user data streams.
"""

from __future__ import annotations

from functools import partial

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import ZERO, Call, Endpoint, eight, missing, reads, refused
from vault_binance.testing.emulator.endpoints.market import SPOT, market, order_limits
from vault_binance.testing.emulator.endpoints.orders import asked, average, found, listed, resting, to_cancel
from vault_binance.testing.emulator.limits import order_counts
from vault_binance.testing.emulator.state import TRADING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from typing import Any

    from vault_binance.testing.emulator.account import Account, Order
    from vault_binance.testing.emulator.state import State

MODE = {"selfTradePreventionMode": "EXPIRE_MAKER"}
FULL = ("MARKET", "LIMIT")
"""Types of orders that are answered in full unless something else was asked for."""


def place(call: Call) -> tuple[Any, State]:
    order, state = asked(call)
    account = _paid(call.account, order)
    state = state.with_account(account.with_order(order)).with_event(call.uid, report(order, call.now_ms, "NEW"))
    if order.status != "NEW":
        kind = "TRADE" if order.executed else "EXPIRED"
        state = state.with_event(call.uid, report(order, call.now_ms, kind))
    return _placed(call, order), state


def try_out(call: Call) -> Mapping[str, Any]:
    """order/test: everything is checked, nothing is done."""
    order, _ = asked(call)
    _paid(call.account, order)
    if not call.flag("computeCommissionRates"):
        return {}
    rates = {"maker": ZERO, "taker": ZERO}
    discount = {"enabledForAccount": True, "enabledForSymbol": True, "discountAsset": "BNB", "discount": "0.25000000"}
    return {"standardCommissionForOrder": rates, "taxCommissionForOrder": rates, "discount": discount}


def cancel(call: Call) -> tuple[Any, State]:
    order = to_cancel(call)
    return _cancelled(call, order, call.maybe("newCancelClientOrderId")), _without(call.state, call, order)


def cancel_all(call: Call) -> tuple[Any, State]:
    call.text("symbol")
    state, rows = call.state, []
    for order in resting(call):
        gone = to_cancel(Call(state, call.now_ms, _naming(order), call.key))
        rows.append(_cancelled(call, gone, ""))
        state = _without(state, call, gone)
    if not rows:
        raise refused(400, -2011, "Unknown order sent.")
    return rows, state


def _naming(order: Order) -> Mapping[str, str]:
    return {"symbol": order.symbol, "orderId": str(order.order_id)}


def _without(state: State, call: Call, order: Order) -> State:
    account = _returned(state.account(call.uid), order).with_order(order)
    return state.with_account(account).with_event(call.uid, report(order, call.now_ms, "CANCELED"))


def query(call: Call) -> Mapping[str, Any]:
    return row(found(call, -2013, "Order does not exist."))


def open_orders(call: Call) -> list[Mapping[str, Any]]:
    return [row(each) for each in resting(call)]


def all_orders(call: Call) -> list[Mapping[str, Any]]:
    return [row(each) for each in listed(call)]


def trades(call: Call) -> list[Mapping[str, Any]]:
    market(call, call.text("symbol"))
    done = [each for each in call.account.orders_of(Family.API, call.text("symbol")) if each.executed]
    wanted = call.maybe("orderId")
    return [_trade(each) for each in done if wanted in {"", str(each.order_id)}]


def _trade(order: Order) -> Mapping[str, Any]:
    return {
        "symbol": order.symbol,
        "id": order.order_id,
        "orderId": order.order_id,
        "orderListId": -1,
        "price": average(order),
        "qty": eight(order.executed),
        "quoteQty": eight(order.quote),
        "commission": ZERO,
        "commissionAsset": "BNB",
        "time": order.time_ms,
        "isBuyer": order.side == "BUY",
        "isMaker": False,
        "isBestMatch": True,
    }


def rate(call: Call) -> list[Mapping[str, Any]]:
    counts = order_counts(call.account, Family.API, call.now_ms)
    return [{**limit, "count": count} for limit, (_, count, _) in zip(order_limits(Family.API), counts, strict=True)]


# Balances


def _cost(order: Order) -> tuple[str, Decimal]:
    traded = SPOT[order.symbol]
    if order.side == "SELL":
        return traded.base, order.quantity
    return traded.quote, order.quote or order.quantity * order.price


def _paid(account: Account, order: Order) -> Account:
    asset, amount = _cost(order)
    if account.balance(Family.API, asset).free < amount:
        raise refused(400, -2010, "Account has insufficient balance for requested action.")
    if order.status == "EXPIRED":
        return account
    if order.open:
        return account.moved(Family.API, asset, -amount, amount)
    traded = SPOT[order.symbol]
    got = (traded.base, order.executed) if order.side == "BUY" else (traded.quote, order.quote)
    return account.moved(Family.API, asset, -amount).moved(Family.API, *got)


def _returned(account: Account, order: Order) -> Account:
    asset, amount = _cost(order)
    return account.moved(Family.API, asset, amount, -amount)


# Shapes


def _placed(call: Call, order: Order) -> Mapping[str, Any]:
    wanted = call.maybe("newOrderRespType", "FULL" if order.kind in FULL else "ACK")
    if wanted not in {"ACK", "RESULT", "FULL"}:
        raise missing("newOrderRespType")
    head = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "transactTime": call.stamp(),
    }
    if wanted == "ACK":
        return head
    fills = {"fills": _fills(order)} if wanted == "FULL" else {}
    return {**head, **_amounts(order), "workingTime": call.stamp(), **MODE, **fills}


def _fills(order: Order) -> list[Mapping[str, Any]]:
    if not order.executed:
        return []
    paid = {"commission": ZERO, "commissionAsset": "BNB"}
    return [{"price": average(order), "qty": eight(order.executed), **paid, "tradeId": order.order_id}]


def _amounts(order: Order) -> dict[str, Any]:
    return {
        "price": eight(order.price),
        "origQty": eight(order.quantity),
        "executedQty": eight(order.executed),
        "origQuoteOrderQty": ZERO,
        "cummulativeQuoteQty": eight(order.quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.kind,
        "side": order.side,
        **({"stopPrice": eight(order.stop_price)} if order.stop_price else {}),
    }


def _cancelled(call: Call, order: Order, name: str) -> Mapping[str, Any]:
    return {
        "symbol": order.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": name or f"cancel{order.order_id}",
        "transactTime": call.stamp(),
        **_amounts(order),
        **MODE,
    }


def row(order: Order) -> Mapping[str, Any]:
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        **_amounts(order),
        "stopPrice": eight(order.stop_price),
        "icebergQty": ZERO,
        "time": order.time_ms,
        "updateTime": order.updated_ms,
        "isWorking": True,
        "workingTime": order.time_ms,
        **MODE,
    }


def report(order: Order, now_ms: int, kind: str) -> Mapping[str, Any]:
    """An executionReport; `kind` is what happened, the status of a NEW one is NEW whatever came after."""
    new = kind == "NEW"
    executed, quote = (ZERO,) * 2 if new else (eight(order.executed), eight(order.quote))
    last = ZERO if new else average(order)
    cancelled = kind == "CANCELED"
    head = {"e": "executionReport", "E": now_ms, "s": order.symbol, "S": order.side, "o": order.kind}
    names = {"c": f"cancel{order.order_id}" if cancelled else order.client_order_id, "i": order.order_id, "g": -1}
    asked_for = {"f": order.time_in_force, "q": eight(order.quantity), "p": eight(order.price), "F": ZERO}
    state = {
        "x": kind,
        "X": "NEW" if new else order.status,
        "r": "NONE",
        "C": order.client_order_id if cancelled else "",
    }
    done = {"l": executed, "z": executed, "L": last, "n": "0", "N": None, "Z": quote, "Y": quote, "Q": ZERO}
    times = {"T": now_ms, "t": order.order_id if kind == "TRADE" else -1, "O": order.time_ms, "W": order.time_ms}
    rest = {"P": eight(order.stop_price), "w": order.open or new, "m": False, "M": False, "V": "EXPIRE_MAKER"}
    return {**head, **names, **asked_for, **state, **done, **times, **rest}


_trading = partial(Endpoint, 1, needs=(TRADING,))

ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "/api/v3/order"): _trading(place, order=True),
    ("POST", "/api/v3/order/test"): reads(1, try_out, needs=(TRADING,)),
    ("GET", "/api/v3/order"): reads(4, query),
    ("DELETE", "/api/v3/order"): _trading(cancel),
    ("GET", "/api/v3/openOrders"): reads(6, open_orders),
    ("DELETE", "/api/v3/openOrders"): _trading(cancel_all),
    ("GET", "/api/v3/allOrders"): reads(20, all_orders),
    ("GET", "/api/v3/myTrades"): reads(20, trades),
    ("GET", "/api/v3/rateLimit/order"): reads(40, rate),
}
