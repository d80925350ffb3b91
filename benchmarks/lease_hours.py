"""Simulated hours: the pure lease machine against a simulated Vault that has one fault for an hour.

Rules of the file
- No clock and no sleep: an hour of 200 bots takes a second. Jitter comes from a seeded generator.
- A life begins in calm and meets the fault at a moment of its own; what is counted is the hour after that.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lease_report import mean, share, table, verdict

from vault_binance.connect_lease import LONGEST_CALL
from vault_binance.lease import advance, plan
from vault_binance.lease_values import (
    Check,
    Confirmed,
    Elapsed,
    Fetched,
    Granted,
    LogIn,
    NotRenewable,
    Read,
    Refused,
    Renew,
    Renewed,
    Revoke,
    Revoked,
    Session,
    Stop,
    Unreachable,
    Wait,
)
from vault_binance.schedules import STANDARD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vault_binance.lease_values import Action, Event, Term

HOUR = 3600.0
TOKEN_TTL, TOKEN_MAX_TTL = 900.0, 86400.0
CALM_BEFORE = 1200.0
ANSWER = 0.002
"""Seconds that a call takes."""

OUTAGE_BAR, BACK_BAR = 70, 90.0
AWAY, REFUSING, ODD = "away", "refusing", "odd"


class Fault(NamedTuple):
    """`strikes` says what becomes of an action: AWAY, REFUSING, ODD (500 on a renewal) or nothing."""

    name: str
    strikes: Callable[[Action, int], str]
    retry_after: float = 0.0
    timeout: float = ANSWER
    kills: bool = False
    """The token is dead after each read."""
    bar: int = 0


def _always(what: str) -> Callable[[Action, int], str]:
    return lambda _action, _count: what


def _on(kind: type[Action], what: str) -> Callable[[Action, int], str]:
    return lambda action, _count: what if isinstance(action, kind) else ""


CALM = Fault("calm", _always(""))
OUTAGE = Fault("sealed, or connection refused", _always(AWAY), bar=OUTAGE_BAR)
SILENCE = Fault(f"silent: calls time out after {LONGEST_CALL:g} s", _always(AWAY), timeout=LONGEST_CALL, bar=OUTAGE_BAR)
FAULTS = (
    CALM,
    OUTAGE,
    SILENCE,
    Fault("429 with Retry-After 10", _always(AWAY), retry_after=10.0, bar=OUTAGE_BAR),
    Fault("login refused, the token dead", lambda *_: REFUSING),
    Fault("login well, read refused", _on(Read, REFUSING)),
    Fault("read well, renewal refused", _on(Renew, REFUSING)),
    Fault("read well, renewal answers 500", _on(Renew, ODD)),
    Fault("every second call fails", lambda _, count: AWAY if count % 2 else ""),
    Fault("the token is dead after each read", _always(""), kills=True),
)


@dataclass
class Life:
    """One bot's hour with a fault: it drives the machine as the bot's own loop does."""

    fault: Fault
    jitter: random.Random
    now: float = 0.0
    session: Session = field(default_factory=Session)
    calls: list[tuple[float, str]] = field(default_factory=list)
    _begun: dict[int, float] = field(default_factory=dict)
    _dead: bool = False

    def until(self, end: float, fault: Fault) -> None:
        while self.now < end:
            self._advance(Elapsed())
            action = plan(self.session, self.now)
            if isinstance(action, Stop):
                return
            if isinstance(action, Wait):
                self.now = min(self.now + action.seconds, end)
            else:
                self.calls.append((self.now, type(action).__name__))
                self._advance(self._answer(action, fault))

    def _advance(self, event: Event) -> None:
        self.session = advance(self.session, event, self.now, STANDARD, self.jitter.random())

    def _answer(self, action: Action, fault: Fault) -> Event:
        struck = fault.strikes(action, len(self.calls))
        self.now += fault.timeout if struck == AWAY else ANSWER
        if struck == AWAY:
            return _away(action, fault.retry_after)
        dead = self._dead and not isinstance(action, LogIn)
        if struck == REFUSING or dead:
            return Revoked(action.term, done=False) if isinstance(action, Revoke) else Refused(action)
        return self._granted(action, fault) if not struck else NotRenewable(_term(action))

    def _granted(self, action: Action, fault: Fault) -> Event:
        if isinstance(action, LogIn):
            self._dead = False
            self._begun[self.session.numbers + 1] = self.now
            return Granted(TOKEN_TTL, renewable=True, took=ANSWER)
        if isinstance(action, Read):
            self._dead = fault.kills
            return Fetched(1, took=ANSWER)
        return self._kept(action)

    def _kept(self, action: Action) -> Event:
        if isinstance(action, Renew):
            left = self._begun[action.term.number] + TOKEN_MAX_TTL - self.now
            return Renewed(action.term, min(TOKEN_TTL, left), renewable=True, took=ANSWER)
        if isinstance(action, Check):
            return Confirmed(took=ANSWER)
        return Revoked(_term(action))


def _away(action: Action, retry_after: float) -> Event:
    return Revoked(action.term, done=False) if isinstance(action, Revoke) else Unreachable(action, retry_after)


def _term(action: Action) -> Term:
    return action.term  # type: ignore[union-attr]  # only where there is one


class Hours(NamedTuple):
    """Calls in the hour of a fault, a number for each life; `back` are seconds to the first read after it."""

    fault: Fault
    calls: list[int]
    logins: list[int]
    back: list[float]
    peak: int


def lived(fault: Fault, count: int, seed: int = 1) -> Hours:
    """`count` lives, which began within one minute, through an hour of this fault and ten minutes after."""
    lives = [Life(fault, random.Random(f"{seed} {number}")) for number in range(count)]  # noqa: S311  no secret
    for life in lives:
        life.now = -CALM_BEFORE + 60 * life.jitter.random()
        life.until(0, CALM)
        life.until(HOUR, fault)
        life.until(HOUR + 600, CALM)
    during = [[kind for at, kind in life.calls if 0 <= at < HOUR] for life in lives]
    logins = [Counter(kinds)["LogIn"] for kinds in during]
    return Hours(fault, [len(kinds) for kinds in during], logins, [_back(life) for life in lives], _peak(lives))


def _back(life: Life) -> float:
    return next((at - HOUR for at, kind in life.calls if at >= HOUR and kind == "Read"), float("inf"))


def _peak(lives: Sequence[Life]) -> int:
    """Calls of all of them in the busiest second after the fault."""
    seconds = Counter(int(at - HOUR) for life in lives for at, _ in life.calls if at >= HOUR)
    return max(seconds.values(), default=0)


def run(count: int) -> None:
    rows = []
    for fault in FAULTS:
        hours = lived(fault, count)
        bar = verdict(f"calls in an hour, {fault.name}", max(hours.calls), fault.bar) if fault.bar else ""
        rows.append([fault.name, mean(hours.calls), max(hours.calls), bar, mean(hours.logins), max(hours.logins)])
    title = f"simulated: {count} bots, each an hour with one fault; tokens of 15 minutes"
    table(title, ["", "calls an hour", "most", "bar", "logins an hour", "most"], rows)
    _report_return([lived(fault, count) for fault in (OUTAGE, SILENCE)])


def _report_return(each: Sequence[Hours]) -> None:
    rows = []
    for hours in each:
        late = share(hours.back, 0.99)
        bar = verdict(f"the return, p99, {hours.fault.name}", late, BACK_BAR)
        rows.append([hours.fault.name, share(hours.back, 0.5), late, bar, max(hours.back), hours.peak])
    title = f"simulated: the return after that hour, {len(each[0].back)} bots, seconds to the first read"
    table(title, ["", "median", "p99", "bar", "most", "calls in the busiest second, all"], rows)
