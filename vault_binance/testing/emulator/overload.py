"""Too much: bans, spent weight and too many orders; and the headers that tell how much was used.

Rules of the file
- A ban counts always; limits are enforced only where `Limits.enforced` says so (reference: Binance, 11.2 and 12).
- A ban is an address's, for everything but `/sapi`, which answers 429 always.
"""

from __future__ import annotations

from dataclasses import replace

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import error
from vault_binance.testing.emulator.limits import MINUTE_MS, order_counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.testing.emulator.call import Endpoint
    from vault_binance.testing.emulator.state import EmulatedKey, Response, State

STREAMS = "Please use WebSocket Streams for live updates to avoid"
HEADERS: Mapping[Family, tuple[str, ...]] = {
    Family.API: ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M"),
    Family.SAPI: ("X-SAPI-USED-IP-WEIGHT-1M",),
    Family.FAPI: ("X-MBX-USED-WEIGHT-1M",),
    Family.DAPI: ("X-MBX-USED-WEIGHT-1M",),
}


def overload(
    source: str, family: Family, state: State, endpoint: Endpoint, key: EmulatedKey | None, now_ms: int
) -> tuple[Response | None, State]:
    """A refusal for who asks too much, and the state in which that is remembered."""
    weights = state.weights
    if family is not Family.SAPI and weights.banned(source, now_ms):
        return banned(weights.banned_until_ms[source], now_ms), state
    if not state.limits.enforced:
        return None, state
    if weights.used(family, source, now_ms) + endpoint.weight <= state.limits.of(family):
        return (_too_many_orders(family, state, key, now_ms) if endpoint.order and key else None), state
    if family is not Family.SAPI and weights.refusals.get(source, 0) >= state.limits.patience:
        until_ms = now_ms + state.limits.ban_ms
        return banned(until_ms, now_ms), replace(state, weights=weights.banning(source, until_ms))
    return too_much(state.limits.of(family), now_ms), replace(state, weights=weights.refusing(source))


def too_much(limit: int, now_ms: int) -> Response:
    """429, until the minute is over."""
    used = f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE."
    text = f"{used} {STREAMS} polling the API."
    return later(error(429, -1003, text), MINUTE_MS - now_ms % MINUTE_MS)


def banned(until_ms: int, now_ms: int) -> Response:
    text = f"Way too much request weight used; IP banned until {until_ms}. {STREAMS} bans."
    return later(error(418, -1003, text), until_ms - now_ms)


def later(response: Response, wait_ms: int) -> Response:
    """Retry-After is in whole seconds; waiting that long is enough."""
    return replace(response, headers=(("Retry-After", str(max(1, -(-wait_ms // 1000)))),))


def _too_many_orders(family: Family, state: State, key: EmulatedKey, now_ms: int) -> Response | None:
    for name, count, limit in order_counts(state.account(key.uid), family, now_ms):
        if count >= limit:
            text = f"Too many new orders; current limit is {limit} orders per {name}."
            return later(error(429, -1015, text), 1000)
    return None


def charged(
    source: str, family: Family, state: State, endpoint: Endpoint, key: EmulatedKey | None, now_ms: int
) -> tuple[tuple[tuple[str, str], ...], State]:
    """The headers of reference: Binance, 12, and the state after a request was paid for."""
    names, payer = HEADERS[family], source
    if key and endpoint.by_uid:
        names, payer = ("X-SAPI-USED-UID-WEIGHT-1M",), f"uid {key.uid}"
    weights = state.weights.plus(family, payer, endpoint.weight, now_ms)
    headers = [(name, str(weights.used(family, payer, now_ms))) for name in names]
    if endpoint.order and key:
        counts = order_counts(state.account(key.uid), family, now_ms)
        headers += [(f"X-MBX-ORDER-COUNT-{name}", str(count)) for name, count, _ in counts]
    return tuple(headers), replace(state, weights=weights)
