"""200 Fetchers on one Vault: a rotation, `refresh`, `bot suspend`, and the return of all of them after an outage.

Rules of the file
- What counts is what the bots saw: versions and errors, looked at ten times a second.
- The outage is a server that accepts and hangs up, so that every try is counted at the gate.
- It lasts until every bot is at the longest pause of its back-off, or the return would look better than it is.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import TYPE_CHECKING

from lease_contenders import OURS, Fetchers, latest
from lease_gate import GONE, OPEN
from lease_report import mean, share, table, verdict
from lease_vault import house

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lease_gate import Call
    from lease_vault import House, Seat

NOTICED_BAR, BACK_BAR = 30.0, 90.0
ONE_CALL = 1.0
"""The call that is added to the bar, the tenth of a second between looks, and a scheduler with 200 threads to serve."""

PATIENCE = 150.0
"""Seconds after which what was not seen is printed as never."""
SPREAD = 40.0
"""Longer than the 30 seconds between reads, so that the bots' start is forgotten."""

ASKING = 20
"""How many of the bots ask for the newest themselves."""


class Crowd:
    """The bots with their house; each experiment leaves them as it found them: all holding the newest version."""

    def __init__(self, home: House, bots: Fetchers, seats: list[Seat]) -> None:
        self._home, self._bots, self._seats = home, bots, seats
        self._rows: list[list[object]] = []

    def rotation(self) -> None:
        since = self._home.rotate()
        self._wait(self._all_see(self._newest))
        waits = [self._first(seat, self._newest, since) for seat in self._seats]
        self._told("rotation to the new snapshot", waits, NOTICED_BAR + ONE_CALL)

    def refresh(self) -> None:
        """A rotation and a suspension, each for one bot after the other, which asks for the newest at once."""
        asking, waits, ends = self._seats[:ASKING], [], []
        for seat in asking:
            since = self._home.rotate()
            self._bots.refresh(seat)
            waits.append(self._first(seat, self._newest, since))
        for seat in asking:
            since = self._home.suspend(seat)
            self._bots.refresh(seat)
            ends.append(self._refused(seat, since))
        self._told("rotation, where refresh() is called", waits, ONE_CALL)
        self._told("suspension, where refresh() is called", ends, ONE_CALL)
        self._let_in(asking)

    def suspension(self) -> None:
        begun = [(seat, self._home.suspend(seat)) for seat in self._seats]
        self._wait(lambda: self._bots.holding() == 0)
        waits = [self._refused(seat, at) for seat, at in begun]
        self._told("`bot suspend` to the last credential handed out", waits, NOTICED_BAR + ONE_CALL)
        since = time.time()
        self._let_in(self._seats)
        waits = [self._first(seat, self._newest, since) for seat in self._seats]
        self._told("`bot allow` to the first credential", waits)

    def outage(self, length: float, window: float) -> None:
        """`window` seconds after it are looked at; the last 30 of them count as calm again."""
        begun = self._home.gate.turn(GONE)
        time.sleep(length)
        held = self._bots.holding()
        back = self._home.gate.turn(OPEN)
        time.sleep(window)
        calls = self._home.gate.calls()
        self._told_of_outage([call for call in calls if begun <= call.at < back], length, held)
        self._told_of_return([call for call in calls if call.at >= back], back, window)

    def report(self) -> None:
        title = f"{len(self._seats)} Fetchers in one process: seconds from ... to ..."
        table(title, ["", "bots", "median", "p99", "most", "bar for p99"], self._rows)

    def _let_in(self, seats: Sequence[Seat]) -> None:
        for seat in seats:
            self._home.allow(seat)
        self._wait(self._all_see(self._newest))

    @property
    def _newest(self) -> str:
        return str(self._home.version)

    def _all_see(self, what: str) -> Callable[[], bool]:
        return lambda: [s.what for s in latest(self._bots.sightings()).values()] == [what] * len(self._seats)

    def _wait(self, reached: Callable[[], bool]) -> None:
        deadline = time.time() + PATIENCE
        while not reached() and time.time() < deadline:
            time.sleep(0.2)

    def _first(self, seat: Seat, what: str, since: float) -> float:
        """Seconds from `since` until this bot saw that."""
        seen = (s.at for s in self._bots.sightings() if s.bot == seat.number and s.what == what and s.at >= since)
        return next(seen, math.inf) - since

    def _refused(self, seat: Seat, since: float) -> float:
        """Seconds until this bot got an error instead of a credential."""
        seen = (s.at for s in self._bots.sightings() if s.bot == seat.number and not s.version and s.at >= since)
        return next(seen, math.inf) - since

    def _told(self, what: str, waits: list[float], bar: float = math.nan) -> None:
        late = share(waits, 0.99)
        against = "" if math.isnan(bar) else verdict(what, late, bar)
        self._rows.append([what, len(waits), share(waits, 0.5), late, max(waits), against])

    def _told_of_outage(self, calls: Sequence[Call], length: float, held: int) -> None:
        counts = Counter(call.bot for call in calls)
        each = [counts[seat.number] for seat in self._seats]
        title = f"an outage of {length / 60:.1f} minutes (the server accepts and hangs up)"
        row = [f"{OURS} x {len(self._seats)}", mean(each), max(each), held]
        table(title, ["", "calls per bot", "most", "bots that still had the last good one"], [row])

    def _told_of_return(self, calls: Sequence[Call], back: float, window: float) -> None:
        first = {call.bot: call.at - back for call in reversed(calls) if call.kind == "read" and call.status == 200}
        waits = [first.get(seat.number, math.inf) for seat in self._seats]
        self._told("return of Vault to the first answered read", waits, BACK_BAR)
        peak = Counter(int(call.at - back) for call in calls)
        calm = [peak[second] for second in range(int(window) - 30, int(window))]
        row = [f"{OURS} x {len(self._seats)}", max(peak.values(), default=0), mean(calm), max(calm)]
        table("calls in one second, all bots", ["", "the busiest of the return", "in calm, mean", "most"], [row])


def run(count: int, outage: float, window: float = PATIENCE) -> None:
    with house(count) as home:
        bots = Fetchers(home.directory)
        seats = [home.seat(number) for number in range(count)]
        try:
            bots.start(seats)
            time.sleep(SPREAD)
            crowd = Crowd(home, bots, seats)
            for experiment in (crowd.rotation, crowd.refresh, crowd.suspension):
                experiment()
            crowd.outage(outage, window)
            crowd.report()
        finally:
            bots.stop()
