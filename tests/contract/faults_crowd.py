"""Two hundred bots at once: started in one moment, and waiting for a Vault that is killed and comes back.

All in one process, on one role: what they have in common with two hundred bots in a network is what Vault hears.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.contract.faults_watch import Watch, soon
from vault_binance import Fetcher
from vault_binance.bot.errands import clock
from vault_binance.schedules import SWIFT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.contract.faults_house import House
    from tests.contract.faults_watch import Record
    from vault_binance.testing.fault_proxy import Seen

BOTS = 200
STARTED = f"{BOTS} bots started at once"
AWAY = 5.0
"""Seconds: long enough for every bot to have reached its longest pause."""
RETURNED = f"Vault killed, and back after {AWAY:g} s to {BOTS} waiting bots"


@dataclass(frozen=True, slots=True)
class Crowd:
    """`seconds` until 99 % had read, `most` calls in one second after Vault was there; `lasted` in seconds."""

    records: Sequence[Record]
    calls: tuple[Seen, ...]
    seconds: float
    most: int
    lasted: float

    @property
    def events(self) -> set[tuple[str, ...]]:
        return {record.events for record in self.records}

    @property
    def oldest(self) -> float:
        return max(record.oldest for record in self.records)


def observe_crowd(house: House, folder: Path) -> tuple[Crowd, Crowd]:
    with ExitStack() as stack:
        bot = stack.enter_context(house.bot(folder))
        environ = bot.environ(house.proxy.address)
        fetchers = [Fetcher(environ=environ, schedule=SWIFT, max_stale=SWIFT.max_stale) for _ in range(BOTS)]
        watches = [Watch(fetcher) for fetcher in fetchers]
        stack.callback(_close, fetchers)
        return _started(house, fetchers, watches), _returned(house, fetchers, watches)


def _started(house: House, fetchers: Sequence[Fetcher], watches: Sequence[Watch]) -> Crowd:
    calls, began = len(house.proxy.requests), time.monotonic()
    with ThreadPoolExecutor(BOTS) as pool:
        took = list(pool.map(lambda fetcher: _timed(fetcher, began), fetchers))
    lasted, made = time.monotonic() - began, len(house.proxy.requests)
    _look(watches)
    soon(lambda: all(call.status for call in house.proxy.requests[calls:made]))
    taken = house.proxy.requests[calls:made]
    return Crowd([watch.record.since(0) for watch in watches], taken, _nearly_all(took), _most(taken), lasted)


def _timed(fetcher: Fetcher, began: float) -> float:
    fetcher.start()
    return time.monotonic() - began


def _returned(house: House, fetchers: Sequence[Fetcher], watches: Sequence[Watch]) -> Crowd:
    calls, began, killed = len(house.proxy.requests), time.monotonic(), clock()
    house.server.kill()
    for _ in _until(began + AWAY):
        _look(watches)
    house.server.restart()
    back = time.monotonic()
    back_by_their_clock = clock()
    soon(lambda: _look(watches) or all(_has_recovered(watch, killed) for watch in watches), 30)
    lasted, taken = time.monotonic() - began, house.proxy.requests[calls:]
    records = [watch.record.since(killed) for watch in watches]
    took = [max(0.0, record.told[-1].at - back_by_their_clock) for record in records if record.told]
    return Crowd(records, taken, _nearly_all(took), _most([call for call in taken if call.at >= back]), lasted)


def _until(end: float) -> Iterator[None]:
    while time.monotonic() < end:
        yield
        time.sleep(0.1)


def _look(watches: Sequence[Watch]) -> None:
    for watch in watches:
        watch.look()


def _has_recovered(watch: Watch, killed: float) -> bool:
    return "recovered" in {told.kind for told in watch.record.told if told.at >= killed}


def _nearly_all(took: Sequence[float]) -> float:
    return sorted(took)[int(len(took) * 0.99) - 1]


def _most(calls: Sequence[Seen]) -> int:
    """In any one second."""
    times = sorted(call.at for call in calls)
    return max((sum(time <= other < time + 1 for other in times) for time in times), default=0)


def _close(fetchers: Sequence[Fetcher]) -> None:
    with ThreadPoolExecutor(BOTS) as pool:
        list(pool.map(Fetcher.close, fetchers))
