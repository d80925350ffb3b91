"""Orders of futures, USDS-M and COIN-M: placed, queried, cancelled; a market order changes the position.

Rules of the file
- There is no margin but one check: an order of more than twenty times the balance is refused with -2019.
"""

from __future__ import annotations

from decimal import Decimal

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import Call, eight, refused
from vault_binance.testing.emulator.endpoints.futures import changing, reading
from vault_binance.testing.emulator.endpoints.market import MARKETS
from vault_binance.testing.emulator.endpoints.orders import asked, average, found, listed, resting, to_cancel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault_binance.testing.emulator.account import Order
    from vault_binance.testing.emulator.call import Endpoint
    from vault_binance.testing.emulator.state import State

LEVERAGE = 20


def place(call: Call) -> tuple[Any, State]:
    order, state = asked(call)
    _covered(call, order)
    account = call.account.with_order(order)
    signed = order.executed if order.side == "BUY" else -order.executed
    return row(order), state.with_account(account.with_position(call.family, order.symbol, signed))


def _covered(call: Call, order: Order) -> None:
    if call.family is Family.DAPI or order.reduce_only:
        return
    traded = MARKETS[call.family][order.symbol]
    free = call.account.balance(call.family, traded.quote).free
    if order.quantity * (order.price or traded.price) > free * LEVERAGE:
        raise refused(400, -2019, "Margin is insufficient.")


def try_out(call: Call) -> Mapping[str, Any]:
    order, _ = asked(call)
    _covered(call, order)
    return row(order)


def cancel(call: Call) -> tuple[Any, State]:
    order = to_cancel(call)
    return row(order), call.state.with_account(call.account.with_order(order))


def query(call: Call) -> Mapping[str, Any]:
    return row(found(call, -2013, "Order does not exist."))


def open_orders(call: Call) -> list[Mapping[str, Any]]:
    return [row(each) for each in resting(call)]


def all_orders(call: Call) -> list[Mapping[str, Any]]:
    return [row(each) for each in listed(call)]


def row(order: Order) -> Mapping[str, Any]:
    coin = order.family is Family.DAPI
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        **({"pair": order.symbol.partition("_")[0]} if coin else {}),
        "status": order.status,
        "clientOrderId": order.client_order_id,
        "price": str(order.price),
        "avgPrice": average(order),
        "origQty": str(order.quantity),
        "executedQty": str(order.executed),
        "cumBase" if coin else "cumQuote": eight(order.quote),
        "cumQty": str(order.executed),
        "timeInForce": order.time_in_force,
        "type": order.kind,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side,
        "positionSide": order.position_side,
        "stopPrice": str(order.stop_price or Decimal(0)),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": order.kind,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": 0,
        "time": order.time_ms,
        "updateTime": order.updated_ms,
    }


def _orders(base: str) -> dict[tuple[str, str], Endpoint]:
    return {
        ("POST", f"{base}/order"): changing(0, place, order=True),
        ("GET", f"{base}/order"): reading(1, query),
        ("DELETE", f"{base}/order"): changing(1, cancel),
        ("GET", f"{base}/openOrders"): reading(1, open_orders),
        ("GET", f"{base}/allOrders"): reading(5, all_orders),
    }


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    **_orders("/fapi/v1"),
    ("POST", "/fapi/v1/order/test"): reading(0, try_out),
    **_orders("/dapi/v1"),
}
