"""Orders, as spot and futures have them in common: read from parameters, checked, found again, cancelled.

Rules of the file
- A limit order rests as NEW and is never filled; what must be filled at once or not at all is EXPIRED, for there is no
  market. A market order is FILLED at the symbol's price.
- Codes are documented: -1013, -1106, -1116, -1117, -1121, -2010, -2011, -2013 (Binance's errors.md).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from vault_binance.testing.emulator.account import Family, Order
from vault_binance.testing.emulator.call import ZERO, eight, refused
from vault_binance.testing.emulator.endpoints.market import FUTURES_TYPES, ORDER_TYPES, market

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.testing.emulator.call import Call
    from vault_binance.testing.emulator.endpoints.market import Market
    from vault_binance.testing.emulator.state import State

NEITHER = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
AT_ONCE = ("IOC", "FOK")


def asked(call: Call) -> tuple[Order, State]:
    """The order that a call's parameters describe, filled or resting, and the state in which its number is taken."""
    symbol = call.text("symbol")
    traded = market(call, symbol)
    side, kind = call.text("side"), call.text("type")
    _known(call, side, kind)
    number, state = call.state.next_number()
    order = Order(
        order_id=number,
        family=call.family,
        symbol=symbol,
        client_order_id=call.maybe("newClientOrderId", f"emulated{number}"),
        side=side,
        kind=kind,
        quantity=_quantity(call, traded, kind),
        time_ms=call.now_ms,
        updated_ms=call.now_ms,
        price=call.decimal("price") if _priced(kind) else Decimal(0),
        stop_price=call.decimal("stopPrice") if call.maybe("stopPrice") else Decimal(0),
        time_in_force=call.text("timeInForce") if _timed(kind) else "GTC",
        position_side=call.maybe("positionSide", "BOTH"),
        reduce_only=call.flag("reduceOnly"),
    )
    _fits(order, traded)
    _permitted(call, order)
    return _matched(order, traded), state


def _known(call: Call, side: str, kind: str) -> None:
    if kind not in (ORDER_TYPES if call.family is Family.API else FUTURES_TYPES):
        raise refused(400, -1116, "Invalid orderType.")
    if side not in {"BUY", "SELL"}:
        raise refused(400, -1117, "Invalid side.")


def _priced(kind: str) -> bool:
    return "LIMIT" in kind or kind in {"STOP", "TAKE_PROFIT"}


def _timed(kind: str) -> bool:
    return kind == "LIMIT" or kind.endswith("_LIMIT")


def _quantity(call: Call, traded: Market, kind: str) -> Decimal:
    """A market order may say how much to spend instead (spot)."""
    if kind == "MARKET" and call.maybe("quoteOrderQty") and not call.maybe("quantity"):
        return (call.decimal("quoteOrderQty") / traded.price).quantize(Decimal(traded.step), ROUND_DOWN)
    return call.decimal("quantity")


def _fits(order: Order, traded: Market) -> None:
    """The filters of exchangeInfo."""
    if order.price % Decimal(traded.tick):
        raise refused(400, -1013, "Filter failure: PRICE_FILTER")
    if order.quantity < Decimal(traded.step) or order.quantity % Decimal(traded.step):
        raise refused(400, -1013, "Filter failure: LOT_SIZE")
    if order.quantity * (order.price or traded.price) < traded.least and not order.reduce_only:
        if order.family is Family.API:
            raise refused(400, -1013, "Filter failure: NOTIONAL")
        raise refused(
            400, -4164, f"Order's notional must be no smaller than {traded.least} (unless you choose reduce only)."
        )


def _permitted(call: Call, order: Order) -> None:
    if call.account.locked:
        raise refused(400, -2010, "This action is disabled on this account.")
    others = call.account.orders_of(order.family, order.symbol)
    if any(each.open and each.client_order_id == order.client_order_id for each in others):
        if order.family is Family.API:
            raise refused(400, -2010, "Duplicate order sent.")
        raise refused(400, -4116, "ClientOrderId is duplicated.")


def _matched(order: Order, traded: Market) -> Order:
    if order.kind == "MARKET":
        return replace(order, status="FILLED", executed=order.quantity, quote=order.quantity * traded.price)
    return replace(order, status="EXPIRED") if order.time_in_force in AT_ONCE else order


def found(call: Call, code: int, message: str) -> Order:
    """The order that `orderId` or `origClientOrderId` names; the latest, where a name was used again."""
    symbol, number, name = call.text("symbol"), call.maybe("orderId"), call.maybe("origClientOrderId")
    market(call, symbol)
    if not number and not name:
        raise refused(400, -1102, NEITHER)
    for order in reversed(call.account.orders_of(call.family, symbol)):
        if number in {"", str(order.order_id)} and name in {"", order.client_order_id}:
            return order
    raise refused(400, code, message)


def to_cancel(call: Call) -> Order:
    order = found(call, -2011, "Unknown order sent.")
    if not order.open:
        raise refused(400, -2011, "Unknown order sent.")
    return replace(order, status="CANCELED", updated_ms=call.now_ms)


def listed(call: Call) -> tuple[Order, ...]:
    """All orders of a symbol, from `orderId` on, the last `limit` of them."""
    symbol = call.text("symbol")
    market(call, symbol)
    first, limit = call.whole("orderId", 0), call.whole("limit", 500)
    chosen = [each for each in call.account.orders_of(call.family, symbol) if each.order_id >= first]
    return tuple(chosen[:limit] if first else chosen[-limit:])


def resting(call: Call) -> tuple[Order, ...]:
    symbol = call.maybe("symbol")
    if symbol:
        market(call, symbol)
    return tuple(each for each in call.account.orders_of(call.family, symbol) if each.open)


def average(order: Order) -> str:
    return eight(order.quote / order.executed) if order.executed else ZERO
