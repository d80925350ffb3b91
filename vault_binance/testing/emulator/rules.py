"""How Binance answers: one pure function from a request, the state and the time to a response and the state after it.

Rules of the file
- Nothing here is taken from the code under test: field names and messages are Binance's, stated anew.
- In which order Binance checks is not documented. Here: ban, key, address, parameters, time, signature, permission.
- A recvWindow of exactly 60000 is accepted; sources disagree on it (reference: Binance, 18).
- Which endpoints there are is `table`; what is done in Binance's stead, on demand, is `faults`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from vault_binance.credentials import Environment
from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import Call, Refused, Security, as_json, error, missing, page
from vault_binance.testing.emulator.overload import charge, overload
from vault_binance.testing.emulator.signature import names_in, params_of, signed_bytes, verifies
from vault_binance.testing.emulator.table import ENDPOINTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.testing.emulator.call import Endpoint
    from vault_binance.testing.emulator.state import EmulatedKey, RawRequest, Response, State

AHEAD_US = 1_000_000
DEFAULT_WINDOW_MS = Decimal(5000)
LARGEST_WINDOW_MS = Decimal(60_000)
FIRST_MICROSECONDS = 10**14
"""A timestamp from here on is in microseconds: as milliseconds it would be the year 5138."""

NOT_FOUND = page(404, "404 Not found")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for what, whichever way it came.

    `payload` is what was to be signed, None if it cannot be right. Who is `trusted` has logged on, and signs no more.
    """

    api_key: str = field(repr=False)
    params: Mapping[str, str] = field(repr=False)
    payload: bytes | None = field(repr=False)
    family: Family
    source: str
    trusted: bool = False


def decide(request: RawRequest, state: State, now_ms: int) -> Response:
    """What Binance would answer; `now_ms` is its own clock. Total, and without any effect."""
    return respond(request, state, now_ms)[0]


def respond(request: RawRequest, state: State, now_ms: int) -> tuple[Response, State]:
    """The answer, and what is known after it."""
    family, endpoint = family_of(request.path), endpoint_of(request, state)
    if family is None or endpoint is None:
        return NOT_FOUND, state
    key = _key(request, state, endpoint)
    refusal, state = overload(request, state, endpoint, key, now_ms)
    if refusal is None:
        refusal = _refusal_of(request, endpoint, key, family, now_ms)
    if refusal is None:
        response, state = carried_out(endpoint, _call(request, state, key, family, now_ms))
    else:
        response = refusal
    charged = charge(response, request, state, endpoint, key, now_ms)
    return charged, state.after(request, charged, now_ms)


def endpoint_of(request: RawRequest, state: State) -> Endpoint | None:
    """The testnet has no /sapi (reference: Binance, 4)."""
    if state.environment is Environment.TESTNET and request.path.startswith("/sapi/"):
        return None
    return ENDPOINTS.get((request.method, request.path))


def family_of(path: str) -> Family | None:
    first = path.split("/")[1] if path.startswith("/") else ""
    return Family(first) if first in set(Family) else None


def carried_out(endpoint: Endpoint, call: Call) -> tuple[Response, State]:
    try:
        body, after = endpoint.answer(call)
    except Refused as refusal:
        return refusal.response, call.state
    return as_json(200, body), after


def _key(request: RawRequest, state: State, endpoint: Endpoint) -> EmulatedKey | None:
    return None if endpoint.security is Security.NONE else state.keys.get(request.headers.get("x-mbx-apikey", ""))


def _call(request: RawRequest, state: State, key: EmulatedKey | None, family: Family, now_ms: int) -> Call:
    unit = request.headers.get("x-mbx-time-unit", "").upper()
    return Call(
        state=state,
        now_ms=now_ms,
        params=params_of(request),
        key=key,
        family=family,
        source=request.source,
        microseconds=family is Family.API and unit == "MICROSECOND",
        in_query=names_in(request.query),
    )


def _refusal_of(
    request: RawRequest, endpoint: Endpoint, key: EmulatedKey | None, family: Family, now_ms: int
) -> Response | None:
    payload = signed_bytes(request)
    asking = Asking(
        api_key=request.headers.get("x-mbx-apikey", ""),
        params=params_of(request),
        payload=payload if payload.isascii() else None,
        family=family,
        source=request.source,
    )
    return refusal(asking, endpoint, key, now_ms)


def refusal(asking: Asking, endpoint: Endpoint, key: EmulatedKey | None, now_ms: int) -> Response | None:
    """None for a request that may be carried out."""
    if endpoint.security is Security.NONE:
        return None
    if not (asking.api_key.isascii() and asking.api_key.isalnum()):
        return error(401, -2014, "API-key format invalid.")
    if key is None:
        return error(400, -2008, "Invalid Api-Key ID.")
    if not known_there(key, asking):
        return not_allowed(asking)
    if endpoint.signed:
        wrong = _untimely(asking, now_ms) or (None if asking.trusted else _unsigned(asking, key))
        if wrong:
            return wrong
    return None if permitted(endpoint, key, now_ms) else not_allowed(asking)


def known_there(key: EmulatedKey, asking: Asking) -> bool:
    """Not deleted, from one of its addresses, and not older than the futures account it asks for."""
    futures = asking.family in {Family.FAPI, Family.DAPI}
    return not (key.deleted or (key.ip_list and asking.source not in key.ip_list) or (futures and key.before_futures))


def permitted(endpoint: Endpoint, key: EmulatedKey, now_ms: int) -> bool:
    allowed = all(key.may(permission, now_ms) for permission in endpoint.needs)
    return allowed and (bool(key.ip_list) or not endpoint.restricted)


def not_allowed(asking: Asking) -> Response:
    """Futures say from where it was asked (reference: Binance, 11.1)."""
    futures = asking.family in {Family.FAPI, Family.DAPI}
    end = f", request ip: {asking.source}" if futures else "."
    return error(401, -2015, f"Invalid API-key, IP, or permissions for action{end}")


def _untimely(asking: Asking, now_ms: int) -> Response | None:
    """The timing rule of reference: Binance, 1.4, counted in microseconds."""
    params = asking.params
    window, timestamp = params.get("recvWindow", str(DEFAULT_WINDOW_MS)), params.get("timestamp", "")
    if not re.fullmatch(r"[0-9]{1,20}", timestamp):
        return missing("timestamp").response
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,3})?", window):
        return missing("recvWindow").response
    if Decimal(window) > LARGEST_WINDOW_MS:
        return error(400, -1131, "recvWindow must be less than 60000")
    stamped_us = _microseconds(int(timestamp), asking.family)
    if stamped_us >= now_ms * 1000 + AHEAD_US:
        return error(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms * 1000 - stamped_us > Decimal(window) * 1000:
        return error(400, -1021, "Timestamp for this request is outside of the recvWindow.")
    return None


def _microseconds(timestamp: int, family: Family) -> int:
    """Futures take milliseconds only."""
    precise = timestamp >= FIRST_MICROSECONDS and family in {Family.API, Family.SAPI}
    return timestamp if precise else timestamp * 1000


def _unsigned(asking: Asking, key: EmulatedKey) -> Response | None:
    if not asking.params.get("signature"):
        return missing("signature").response
    if asking.payload is not None and verifies(key, asking.payload, asking.params["signature"]):
        return None
    return error(400, -1022, "Signature for this request is not valid.")


__all__ = ["ENDPOINTS", "NOT_FOUND", "decide", "respond", "signed_bytes"]
