"""Who may ask for what: the checks that a request passes before it is carried out, whichever way it came.

Rules of the file
- Nothing here is taken from the code under test: field names and messages are Binance's, stated anew.
- In which order Binance checks is not documented. Here: key, address, parameters, time, signature, permission.
- A recvWindow of exactly 60000 is accepted; sources disagree on it (reference: Binance, 18).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from vault_binance.testing.emulator.call import Call, Refused, Security, as_json, error, missing
from vault_binance.testing.emulator.signature import verifies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.testing.emulator.account import Family
    from vault_binance.testing.emulator.call import Endpoint
    from vault_binance.testing.emulator.state import EmulatedKey, Response, State

AHEAD_US = 1_000_000
DEFAULT_WINDOW_MS = Decimal(5000)
LARGEST_WINDOW_MS = Decimal(60_000)
FIRST_MICROSECONDS = 10**14
"""A timestamp from here on is in microseconds: as milliseconds it would be the year 5138."""


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


def carried_out(endpoint: Endpoint, call: Call) -> tuple[Response, State]:
    try:
        body, after = endpoint.answer(call)
    except Refused as refusal:
        return refusal.response, call.state
    return as_json(200, body), after


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
    elsewhere = key.ip_list and asking.source not in key.ip_list
    return not (key.deleted or elsewhere or (asking.family.is_futures and key.before_futures))


def permitted(endpoint: Endpoint, key: EmulatedKey, now_ms: int) -> bool:
    allowed = all(key.may(permission, now_ms) for permission in endpoint.needs)
    return allowed and (bool(key.ip_list) or not endpoint.restricted)


def not_allowed(asking: Asking) -> Response:
    """Futures say from where it was asked (reference: Binance, 11.1)."""
    end = f", request ip: {asking.source}" if asking.family.is_futures else "."
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
    precise = timestamp >= FIRST_MICROSECONDS and not family.is_futures
    return timestamp if precise else timestamp * 1000


def _unsigned(asking: Asking, key: EmulatedKey) -> Response | None:
    if not asking.params.get("signature"):
        return missing("signature").response
    if asking.payload is not None and verifies(key, asking.payload, asking.params["signature"]):
        return None
    return error(400, -1022, "Signature for this request is not valid.")
