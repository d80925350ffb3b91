"""Too much: bans, spent weight and too many orders; and the headers that tell how much was used.

Rules of the file
- A ban counts always; limits are enforced only where `Limits.enforced` says so (reference: Binance, 11.2 and 12).
- A ban is an address's, for everything but `/sapi`, which answers 429 always.
"""

from __future__ import annotations

from dataclasses import replace

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import error
from vault_binance.testing.emulator.limits import MINUTE_MS
from vault_binance.testing.emulator.sapi import BY_UID
from vault_binance.testing.emulator.spot_orders import order_counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.testing.emulator.call import Endpoint
    from vault_binance.testing.emulator.state import EmulatedKey, RawRequest, Response, State

STREAMS = "Please use WebSocket Streams for live updates to avoid"
HEADERS: Mapping[Family, tuple[str, ...]] = {
    Family.API: ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M"),
    Family.SAPI: ("X-SAPI-USED-IP-WEIGHT-1M",),
    Family.FAPI: ("X-MBX-USED-WEIGHT-1M",),
    Family.DAPI: ("X-MBX-USED-WEIGHT-1M",),
}


def overload(
    request: RawRequest, state: State, endpoint: Endpoint, key: EmulatedKey | None, now_ms: int
) -> tuple[Response | None, State]:
    """A refusal for who asks too much, and the state in which that is remembered."""
    family, source, weights = _family(request), request.source, state.weights
    if family is not Family.SAPI and weights.banned(source, now_ms):
        return banned(weights.banned_until_ms[source], now_ms), state
    if not state.limits.enforced:
        return None, state
    if weights.used(request.path, source, now_ms) + endpoint.weight <= state.limits.of(family):
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


def charge(
    response: Response, request: RawRequest, state: State, endpoint: Endpoint, key: EmulatedKey | None, now_ms: int
) -> Response:
    """The response with what it cost, and the headers of reference: Binance, 12."""
    family = _family(request)
    names, payer = HEADERS[family], request.source
    if key and _by_uid(request.path):
        names, payer = ("X-SAPI-USED-UID-WEIGHT-1M",), f"uid {key.uid}"
    used = state.weights.used(request.path, payer, now_ms) + endpoint.weight
    headers = [*response.headers, *((name, str(used)) for name in names)]
    if endpoint.order and key:
        counts = order_counts(state.account(key.uid), family, now_ms)
        headers += [(f"X-MBX-ORDER-COUNT-{name}", str(count)) for name, count, _ in counts]
    return replace(response, headers=tuple(headers), weight=endpoint.weight, payer=payer)


def _by_uid(path: str) -> bool:
    return path in BY_UID or "/sub-account/" in path


def _family(request: RawRequest) -> Family:
    return Family(request.path.split("/")[1])
