"""The rows of docs/reference/faults.md: made of what was observed, written, and read back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

from tests.contract.faults import SCENARIOS, observe
from tests.contract.faults_crowd import BOTS, RETURNED, STARTED, observe_crowd
from tests.contract.faults_stopped import NAME, observe_stopped
from vault_binance.schedules import STANDARD, SWIFT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.contract.faults import Observed
    from tests.contract.faults_crowd import Crowd
    from tests.contract.faults_house import House
    from vault_binance.schedules import Schedule

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "faults.md"
NAMES = [*(scenario.name for scenario in SCENARIOS), NAME, STARTED, RETURNED]
NONE = "-"
HEAD = ["fault", "oldest credential handed out", "calls to Vault", "seconds to recover", "events", "exit code"]


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    oldest: str
    calls: str
    seconds: str
    events: str
    exits: str

    @property
    def sure(self) -> tuple[str, str, str]:
        """What is the same in each run."""
        return self.name, self.events, self.exits

    @property
    def cells(self) -> list[str]:
        return [self.name, self.oldest, self.calls, self.seconds, self.events, self.exits]


def row(name: str, observed: Observed) -> Row:
    exits = NONE if observed.exits is None else str(observed.exits)
    oldest, seconds = f"{observed.record.oldest:.1f} s", f"{observed.seconds:.1f}"
    calls = f"{len(observed.calls)} in {observed.lasted:.1f} s"
    return Row(name, oldest, calls, seconds, _events(observed.record.events), exits)


def crowd_row(name: str, crowd: Crowd) -> Row:
    calls = f"{len(crowd.calls)} in {crowd.lasted:.1f} s, {crowd.most} in the busiest second"
    (events,) = crowd.events
    told = f"{BOTS} x {_events(events)}"
    return Row(name, f"{crowd.oldest:.1f} s", calls, f"{crowd.seconds:.1f} (99 % of them)", told, NONE)


def _events(events: Sequence[str]) -> str:
    return ", ".join(events) or "none"


def rows(house: House, folder: Path) -> Iterator[Row]:
    """Everything, one after the other: a minute."""
    for scenario in SCENARIOS:
        yield row(scenario.name, observe(house, scenario, folder))
    yield row(NAME, observe_stopped(house, folder))
    for name, crowd in zip((STARTED, RETURNED), observe_crowd(house, folder), strict=True):
        yield crowd_row(name, crowd)


def page(rows: Sequence[Row], server: str) -> str:
    lines = [HEAD, ["---"] * len(HEAD), *(one.cells for one in rows)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    said = "\n\n".join(fill(" ".join(text.split()), 120) for text in (_MADE, _measured(server), _MEANS))
    return f"# What a bot does when something fails\n\n{said}\n\n{table}\n"


_MADE = """
Made by `scripts/faults`. `tests/contract/test_faults.py` makes each of these faults again, and compares events and exit
codes with this table, ages and calls with bounds that it reckons from the schedule.
"""
_MEANS = """
The seconds to recover begin when Vault was mended or, where nothing is mended, with the fault itself, and end with
the first credential handed out from a new read. Calls are those from the fault to the recovery. Events are without
renewals, and the tries of a bot that is refused stand there once. The exit code is that of `vault-binance fetch`,
started in the bot's place while the fault lasted.
"""


def _measured(server: str) -> str:
    return f"""
    Each row is one bot with a `Fetcher` on a real {server} with Raft storage; what it hands out was read every 10 ms
    while the fault was made, noticed and mended. It ran on the schedule {_schedule(SWIFT)}; the usual one is
    {_schedule(STANDARD)}. On that one the events and the calls of each try are the same; what waits for a read takes
    up to {STANDARD.read_every / SWIFT.read_every:g} times as long.
    """


def _schedule(schedule: Schedule) -> str:
    return (
        f"`{schedule.name}` (reads every {schedule.read_every:g} s, pauses of {schedule.first_pause:g} s to "
        f"{schedule.longest_pause:g} s, no credential older than {schedule.max_stale:g} s)"
    )


def committed() -> dict[str, Row]:
    """The rows of the page, by name."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    found = [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines[2:]]
    return {row.name: row for row in found}
