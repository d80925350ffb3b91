"""What goes wrong, done: the answer of the REST APIs, or what a planned fault leaves of it.

Rules of the file
- The first planned fault that fits a request is used up first.
- Two of them come after the request was carried out, and are the reason why an order is never simply sent again.
- Not known is the HTTP status of -1007 (reference: Binance, 18): here 503, for 5xx means an unknown outcome.
  `status` says another.
"""

from __future__ import annotations

from dataclasses import replace

from vault_binance.testing.emulator import rest
from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import error, page
from vault_binance.testing.emulator.faults import Fault
from vault_binance.testing.emulator.limits import MINUTE_MS, SHORTEST_BAN_MS, WEIGHT_A_MINUTE
from vault_binance.testing.emulator.overload import banned, later, too_much
from vault_binance.testing.emulator.state import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_binance.testing.emulator.faults import PlannedFault
    from vault_binance.testing.emulator.state import RawRequest, State

ELSEWHERE = (
    "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. "
    "Please contact customer service if you believe you received this message in error."
)
NOT_SURE = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
UNKNOWN = "An unknown error occurred while processing the request."


def respond(request: RawRequest, state: State, now_ms: int) -> tuple[Response, State]:
    """As `rest.respond`, unless a fault was planned for this request."""
    planned = next((each for each in state.faults if each.fits(request)), None)
    if planned is None:
        return rest.respond(request, state, now_ms)
    state = _used(planned, state)
    instead = _instead(planned, now_ms)
    if instead is not None:
        return instead, state
    response, state = rest.respond(request, state, now_ms)
    return _spoilt(planned, response), state


def _used(planned: PlannedFault, state: State) -> State:
    others = [each for each in state.faults if each is not planned]
    if planned.times is None:
        return state
    left = [replace(planned, times=planned.times - 1)] if planned.times > 1 else []
    return replace(state, faults=(*left, *others))


def _instead(planned: PlannedFault, now_ms: int) -> Response | None:
    """The answer of a fault that keeps the request from being carried out."""
    made = _ANSWERS.get(planned.fault)
    answer = made(planned, now_ms) if made else None
    return replace(answer, status=planned.status) if answer and planned.status else answer


def _rate_limited(planned: PlannedFault, now_ms: int) -> Response:
    return later(too_much(WEIGHT_A_MINUTE[Family.API], now_ms), _wait_ms(planned, MINUTE_MS))


def _banned(planned: PlannedFault, now_ms: int) -> Response:
    return banned(now_ms + _wait_ms(planned, SHORTEST_BAN_MS), now_ms)


def _wait_ms(planned: PlannedFault, default_ms: int) -> int:
    return default_ms if planned.retry_after_s is None else planned.retry_after_s * 1000


def _spoilt(planned: PlannedFault, response: Response) -> Response:
    """What is left of the answer to a request that was carried out."""
    match planned.fault:
        case Fault.DONE_BUT_TIMEOUT:
            told = error(planned.status or 503, -1007, NOT_SURE)
            return replace(told, headers=response.headers)
        case Fault.DONE_BUT_CUT:
            return replace(response, cut=True)
        case Fault.TRUNCATED:
            return replace(response, body=response.body[: len(response.body) // 2])
        case _:
            return replace(response, delay_s=planned.delay_s)


_ANSWERS: Mapping[Fault, Callable[[PlannedFault, int], Response]] = {
    Fault.RATE_LIMITED: _rate_limited,
    Fault.BANNED: _banned,
    Fault.FIREWALL: lambda _planned, _now: page(403, "403 Forbidden"),
    Fault.RESTRICTED_LOCATION: lambda _planned, _now: error(451, 0, ELSEWHERE),
    Fault.SERVER_ERROR: lambda _planned, _now: error(500, -1000, UNKNOWN),
    Fault.CUT: lambda _planned, _now: Response(0, "", cut=True),
    Fault.HTML: lambda _planned, _now: page(200, "Binance"),
    Fault.CODE_IN_200: lambda _planned, _now: error(200, -1000, UNKNOWN),
}
