"""Tokens that live for seconds, for minutes on end: what is left of threads, sockets, tokens, leases and memory.

Rules of the file
- The process is looked at from outside, in /proc; tokens and leases are counted on the server.
- "At its start" is before the first Fetcher was made, "left" is after the last was closed; they have to be equal.
- A tenth of the time Vault is away: what leaks, leaks where something went wrong.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lease_contenders import Fetchers, memory
from lease_gate import GONE, OPEN, SEALED
from lease_report import table, verdict
from lease_vault import house

if TYPE_CHECKING:
    from lease_contenders import Memory
    from lease_vault import House, Seat

COUNT = 5
TOKEN_TTL, TOKEN_MAX_TTL = 4, 12
ROUND, AWAY = 20.0, 2.0
"""Seconds: of each round Vault is away for the last two, now sealed, now hanging up."""

GROWTH_BAR = 2.0
"""MiB between the end of the first fifth and the end, for allocators that have not settled."""


class Look(NamedTuple):
    threads: int
    sockets: int
    files: int
    tokens: int
    leases: int
    mib: float


def run(minutes: float) -> None:
    with house(COUNT) as home:
        bots = Fetchers(home.directory, "swift")
        try:
            bots.start([])
            before = _look(home, bots.pid)
            looks = _soaked(home, bots, minutes * 60)
            bots.close()
            time.sleep(
                TOKEN_MAX_TTL + 2
            )  # what was not given back ends by itself; a token that stays is a leak of ours
            _report(before, looks, _look(home, bots.pid), minutes)
        finally:
            bots.stop()


def _soaked(home: House, bots: Fetchers, seconds: float) -> list[Look]:
    """The looks taken, one a round, before Vault goes away."""
    role = {"token_ttl": TOKEN_TTL, "token_max_ttl": TOKEN_MAX_TTL}
    bots.add([home.seat(number, **role) for number in range(COUNT)])
    looks = []
    for turn in range(round(seconds / ROUND)):
        home.rotate()
        time.sleep(ROUND - AWAY)
        looks.append(_look(home, bots.pid))
        home.gate.turn(GONE if turn % 2 else SEALED)
        time.sleep(AWAY)
        home.gate.turn(OPEN)
    return looks


def _look(home: House, pid: int) -> Look:
    process = Path("/proc", str(pid))
    files = [str(link.readlink()) for link in (process / "fd").iterdir()]
    sockets = sum(1 for file in files if file.startswith("socket:"))
    threads = sum(1 for _ in (process / "task").iterdir())
    return Look(threads, sockets, len(files), home.tokens(), home.leases(), memory(pid).resident)


def _report(before: Look, looks: list[Look], left: Look, minutes: float) -> None:
    early, late = looks[len(looks) // 5], looks[-1]
    rows = []
    for index, what in enumerate(Look._fields):
        most = max(look[index] for look in looks)
        row = [before[index], early[index], most, late[index], left[index]]
        rows.append([what, *row, _against(what, row)])
    title = (
        f"soak: {COUNT} Fetchers, {minutes:g} minutes, tokens of {TOKEN_TTL} s (at most {TOKEN_MAX_TTL}), "
        f"a rotation and {AWAY:g} s without Vault in every {ROUND:g} s"
    )
    table(title, ["", "at its start", "after a fifth", "most", "at the end", "left", "bar"], rows)


def _against(what: str, row: list[float]) -> str:
    before, early, _, late, left = row
    if what == "mib":
        return f"{verdict('soak: growth in MiB', late - early, GROWTH_BAR)} of growth"
    return f"{verdict(f'soak: {what} left', left, before)} left"


def resident() -> None:
    """A process with Fetchers beside a bare interpreter and beside one that has imported what a Fetcher needs."""
    with house(COUNT) as home:
        seats = [home.seat(number) for number in range(COUNT)]
        rows = [["a bare interpreter", *_bare("sys")], ["http.client, ssl, json", *_bare("http.client, ssl, json")]]
        rows += [[f"with Fetchers: {count}", *_with_fetchers(home, seats[:count])] for count in (1, COUNT)]
    table("resident memory of a process", ["", "MiB", "its own"], rows)


def _bare(modules: str) -> Memory:
    program = f"import {modules}\ninput()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as process:
        time.sleep(1)
        size = memory(process.pid)
        process.communicate(b"\n")
    return size


def _with_fetchers(home: House, seats: list[Seat]) -> Memory:
    bots = Fetchers(home.directory)
    try:
        bots.start(seats)
        time.sleep(1)
        return bots.memory()
    finally:
        bots.stop()
