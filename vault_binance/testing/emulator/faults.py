"""Faults on demand: what may go wrong at Binance, or on the way to it, and for which requests it is planned.

Rules of the file
- Values only: what each does to an answer is `failing`. Skewed clocks are none of these: `Emulator.offset_ms`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.testing.emulator.state import RawRequest


class Fault(StrEnum):
    """What may go wrong; the text is its name on a command line."""

    RATE_LIMITED = "rate-limited"
    BANNED = "banned"
    FIREWALL = "firewall"
    RESTRICTED_LOCATION = "restricted-location"
    SERVER_ERROR = "server-error"
    DONE_BUT_TIMEOUT = "done-but-timeout"
    DONE_BUT_CUT = "done-but-cut"
    CUT = "cut"
    HTML = "html"
    TRUNCATED = "truncated"
    CODE_IN_200 = "code-in-200"
    SLOW = "slow"


SAYS = {
    Fault.RATE_LIMITED: "429, code -1003, `Retry-After`",
    Fault.BANNED: "418, code -1003, `Retry-After`: the address is banned",
    Fault.FIREWALL: "403 and a page of HTML",
    Fault.RESTRICTED_LOCATION: "451 and the documented body",
    Fault.SERVER_ERROR: "500, code -1000; `status` for another",
    Fault.DONE_BUT_TIMEOUT: "carried out, yet answered with -1007 and 503",
    Fault.DONE_BUT_CUT: "carried out, yet the connection ends without an answer",
    Fault.CUT: "the connection ends, and nothing was done",
    Fault.HTML: "200 and a page of HTML",
    Fault.TRUNCATED: "carried out; the JSON ends half way",
    Fault.CODE_IN_200: "200 and a body with code -1000",
    Fault.SLOW: "carried out; the answer comes `delay_s` later",
}
"""What each looks like from outside, for the documentation."""


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """`times` is for how many requests, None for all. `method`, `path` and `source` are patterns such as `/api/*`."""

    fault: Fault
    times: int | None = 1
    method: str = "*"
    path: str = "*"
    source: str = "*"
    status: int | None = None
    retry_after_s: int | None = None
    delay_s: float = 1.0

    def fits(self, request: RawRequest) -> bool:
        pairs = ((request.method, self.method), (request.path, self.path), (request.source, self.source))
        return all(fnmatchcase(value, pattern) for value, pattern in pairs)
