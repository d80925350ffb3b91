"""Beside the peers, all at once on one Vault: calm, one rotation, an outage, the return, a suspension.

Rules of the file
- All contenders share every moment, so that a busy machine hits all alike; each bot has a port at the gate.
- The outage is 503 "Vault is sealed" at the gate: a server that accepts and answers, so that every try is counted.
- What cannot be seen within the window is printed as never, not left out.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from lease_contenders import ConsulTemplate, Fetchers, VaultAgent, latest
from lease_gate import OPEN, SEALED
from lease_report import mean, share, table
from lease_vault import house

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lease_contenders import Contender
    from lease_gate import Call
    from lease_vault import House, Seat

READY = 90.0
KINDS = ("login", "renew", "read", "other")


class Timeline(NamedTuple):
    """Lengths in seconds. The rotation comes in the middle of the calm: half of the peers' own interval of 300."""

    calm: float
    outage: float
    after: float = 75.0
    suspended: float = 45.0


class Moments(NamedTuple):
    """When each part began, by the wall clock; `suspended` is when the first bot was."""

    calm: float
    rotated: float
    outage: float
    back: float
    suspended: float


class Entry(NamedTuple):
    """A contender with its seats, and the counts that are taken while it runs."""

    contender: Contender
    seats: list[Seat]
    kept: dict[str, int]

    @property
    def name(self) -> str:
        return f"{self.contender.name} x {len(self.seats)}"


def run(count: int, timeline: Timeline, *, with_ours: bool = True) -> None:
    """`count` bots of each contender."""
    with house(5 * count) as home:
        entries = _entries(home, count, with_ours=with_ours)
        try:
            for entry in entries:
                entry.contender.start(entry.seats)
            _wait_until_all_hold(entries)
            moments = _play(home, entries, timeline)
            _report(home.gate.calls(), entries, moments, home.version)
        finally:
            for entry in entries:
                entry.contender.stop()


def _entries(home: House, count: int, *, with_ours: bool) -> list[Entry]:
    agent = home.vault.binary.path
    contenders: list[Contender] = [Fetchers(home.directory)] if with_ours else []
    contenders += [VaultAgent(agent, "30s"), VaultAgent(agent)]
    contenders += [ConsulTemplate(home.token_for, "30s"), ConsulTemplate(home.token_for)]
    rows = [range(place * count, (place + 1) * count) for place in range(len(contenders))]
    return [Entry(one, [home.seat(number) for number in row], {}) for one, row in zip(contenders, rows, strict=True)]


def _wait_until_all_hold(entries: Sequence[Entry]) -> None:
    deadline = time.time() + READY
    while any(entry.contender.holding() < len(entry.seats) for entry in entries):
        if time.time() > deadline:
            raise TimeoutError({entry.name: entry.contender.holding() for entry in entries})
        time.sleep(0.2)


def _play(home: House, entries: Sequence[Entry], timeline: Timeline) -> Moments:
    begun = time.time()
    time.sleep(timeline.calm / 2)
    rotated = home.rotate()
    time.sleep(timeline.calm / 2)
    outage = home.gate.turn(SEALED)
    time.sleep(timeline.outage)
    _keep(entries, "in outage")
    back = home.gate.turn(OPEN)
    time.sleep(timeline.after)
    _keep(entries, "after")
    suspended = min([home.suspend(seat) for entry in entries for seat in entry.seats])
    time.sleep(timeline.suspended)
    _keep(entries, "suspended")
    return Moments(begun, rotated, outage, back, suspended)


def _keep(entries: Sequence[Entry], moment: str) -> None:
    for entry in entries:
        entry.kept[f"holding {moment}"] = entry.contender.holding()
        entry.kept[f"ended {moment}"] = entry.contender.ended()


def _report(calls: Sequence[Call], entries: Sequence[Entry], moments: Moments, version: int) -> None:
    """`version` is the newest that anybody can have seen."""
    of = {entry.name: _calls_of(calls, entry) for entry in entries}
    _report_calm(of, moments)
    _report_rotation(entries, moments, version)
    _report_outage(of, entries, moments)
    _report_return(of, entries, moments)
    _report_end(entries, moments)


def _calls_of(calls: Sequence[Call], entry: Entry) -> list[Call]:
    numbers = {seat.number for seat in entry.seats}
    return [call for call in calls if call.bot in numbers]


def _between(calls: Sequence[Call], start: float, end: float) -> list[Call]:
    return [call for call in calls if start <= call.at < end]


def _report_calm(of: dict[str, list[Call]], moments: Moments) -> None:
    length = moments.outage - moments.calm
    rows = []
    for name, calls in of.items():
        counts = Counter(call.kind for call in _between(calls, moments.calm, moments.outage))
        per_hour = 3600 / length / _bots(name)
        kinds = [counts[kind] * per_hour for kind in KINDS]
        rows.append([name, counts.total() * per_hour, *kinds, _longest_gap(calls, moments)])
    title = f"Vault calls per bot and hour in calm, from {length / 60:.1f} minutes; a token is renewed every 7 to 10"
    table(title, ["", "all", *KINDS, "s between reads, longest"], rows)


def _bots(name: str) -> int:
    return int(name.rpartition(" ")[2])


def _longest_gap(calls: Sequence[Call], moments: Moments) -> float:
    gaps = []
    for bot in {call.bot for call in calls}:
        reads = [call.at for call in calls if call.bot == bot and call.kind == "read" and call.at < moments.outage]
        gaps += [later - earlier for earlier, later in pairwise(reads)]
    return max(gaps, default=math.nan)


def _report_rotation(entries: Sequence[Entry], moments: Moments, version: int) -> None:
    rows = []
    for entry in entries:
        seen = {s.bot: s.at for s in reversed(entry.contender.sightings()) if s.version == version}
        waits = [seen.get(seat.number, math.inf) - moments.rotated for seat in entry.seats]
        rows.append([entry.name, min(waits), share(waits, 0.5), share(waits, 0.99)])
    table("seconds from a rotation to the bot with the new version", ["", "least", "median", "p99"], rows)


def _report_outage(of: dict[str, list[Call]], entries: Sequence[Entry], moments: Moments) -> None:
    rows = []
    for entry in entries:
        each = _per_bot(entry, _between(of[entry.name], moments.outage, moments.back))
        anew = sum(1 for s in entry.contender.sightings() if moments.outage <= s.at < moments.back)
        kept = entry.kept["holding in outage"], entry.kept["ended in outage"]
        rows.append([entry.name, mean(each), max(each), kept[0], anew, kept[1]])
    title = (
        f"an outage of {(moments.back - moments.outage) / 60:.1f} minutes (503, sealed); "
        "left alone: what served the bot has ended, the bot runs on"
    )
    table(title, ["", "calls per bot", "most", "bots with a credential", "started anew", "left alone"], rows)


def _per_bot(entry: Entry, calls: Sequence[Call]) -> list[float]:
    counts = Counter(call.bot for call in calls)
    return [counts[seat.number] for seat in entry.seats]


def _report_return(of: dict[str, list[Call]], entries: Sequence[Entry], moments: Moments) -> None:
    rows = []
    for entry in entries:
        calls = _between(of[entry.name], moments.back, moments.suspended)
        waits = _first_reads(entry, calls, moments.back)
        peak = Counter(int(call.at - moments.back) for call in calls)
        rows.append([entry.name, share(waits, 0.5), share(waits, 0.99), max(peak.values(), default=0)])
    window = moments.suspended - moments.back
    title = f"the return: seconds to the first read that was answered, in a window of {window:.0f} s"
    table(title, ["", "median", "p99", "calls in the busiest second, all"], rows)


def _first_reads(entry: Entry, calls: Sequence[Call], since: float) -> list[float]:
    first = {call.bot: call.at for call in reversed(calls) if call.kind == "read" and call.status == 200}
    return [first.get(seat.number, math.inf) - since for seat in entry.seats]


def _report_end(entries: Sequence[Entry], moments: Moments) -> None:
    rows = []
    for entry in entries:
        last = [s for s in latest(entry.contender.sightings()).values() if not s.version]
        ends = [s.at - moments.suspended for s in last] + [math.inf] * (len(entry.seats) - len(last))
        rows.append([entry.name, entry.kept["holding suspended"], share(ends, 0.99), *entry.contender.memory()])
    window = f"{time.time() - moments.suspended:.0f} s after the bots were suspended; resident memory"
    table(window, ["", "bots with a credential", "s to the last one, p99", "MiB a process", "its own"], rows)
