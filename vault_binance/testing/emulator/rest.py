"""The REST APIs: one pure function from a request, the state and the time to a response and the state after it.

Rules of the file
- A ban and spent weight come first, then what `rules` checks.
- Which endpoints there are is `endpoints.table`; what goes wrong on demand is `failing`.
"""

from __future__ import annotations

from dataclasses import replace

from vault_binance.credentials import Environment
from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import NOT_FOUND, Call, Security
from vault_binance.testing.emulator.endpoints.table import ENDPOINTS
from vault_binance.testing.emulator.overload import charged, overload
from vault_binance.testing.emulator.rules import Asking, carried_out, refusal
from vault_binance.testing.emulator.signature import names_in, params_of, signed_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.testing.emulator.call import Endpoint
    from vault_binance.testing.emulator.state import EmulatedKey, RawRequest, Response, State


def respond(request: RawRequest, state: State, now_ms: int) -> tuple[Response, State]:
    """The answer, and what is known after it."""
    family, endpoint = family_of(request.path), endpoint_of(request, state)
    if family is None or endpoint is None:
        return NOT_FOUND, state
    key = _key(request, state, endpoint)
    response, state = overload(request.source, family, state, endpoint, key, now_ms)
    response = response or _refusal_of(request, endpoint, key, family, now_ms)
    if response is None:
        response, state = carried_out(endpoint, _call(request, state, key, family, now_ms))
    headers, state = charged(request.source, family, state, endpoint, key, now_ms)
    return replace(response, headers=(*response.headers, *headers)), state


def endpoint_of(request: RawRequest, state: State) -> Endpoint | None:
    """The testnet has no /sapi (reference: Binance, 4)."""
    if state.environment is Environment.TESTNET and request.path.startswith("/sapi/"):
        return None
    return ENDPOINTS.get((request.method, request.path))


def family_of(path: str) -> Family | None:
    first = path.split("/")[1] if path.startswith("/") else ""
    return Family(first) if first in set(Family) else None


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
