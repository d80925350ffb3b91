"""When a lease is looked after: every duration of the lease machine, in named sets.

Rules of the file
- All durations are seconds. A schedule is data: no decision is taken here, and no clock is read.
- Whatever many bots would do at the same moment is spread, to one side only, so that each number here is a bound: a
  read comes earlier, so that a rotation or a suspension is never unnoticed for longer than `read_every`; a pause comes
  later, so that an hour's outage costs no bot more than 70 calls (design, sections 5 and 10).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """`jitter`, wherever it is asked for, is a number from 0 to below 1."""

    name: str
    read_every: float = 30.0
    """The credential is read again after at most this time, whatever its lease."""
    read_spread: float = 0.2
    """A share of `read_every`: reads come earlier by up to this much."""
    renew_after: float = 0.5
    """A share of the lease's time to live."""
    renew_spread: float = 0.1
    first_pause: float = 1.0
    longest_pause: float = 60.0
    """After failures: doubling from the first to the longest."""
    pause_spread: float = 0.2
    """A share of a pause, or of what Vault asked to wait: tries come later by up to this much, and never earlier."""
    longest_obeyed: float = 300.0
    """No Retry-After is obeyed for longer."""
    settle: float = 0.2
    """Before the second try of a read with a fresh token: standby nodes may not know it yet (reference: Vault, 6.2)."""
    login_gap: float = 1.0
    """Between two logins at the least, whatever happens."""
    max_stale: float = 3600.0
    """How old credentials may become while Vault cannot be reached; 0: never past the end of their lease."""

    def next_read(self, jitter: float) -> float:
        return self.read_every * (1 - self.read_spread * jitter)

    def next_renewal(self, ttl: float, jitter: float) -> float:
        return ttl * self.renew_after * (1 - self.renew_spread * jitter)

    def pause(self, failures: int, jitter: float) -> float:
        """Before the next try, after so many failures in a row, one or more."""
        doubled = self.first_pause * 2.0 ** min(failures - 1, 30)
        return min(doubled, self.longest_pause) * (1 + self.pause_spread * jitter)

    def obeyed(self, retry_after: float, jitter: float) -> float:
        """What Vault asked to wait, and never less: a crowd that was told the same comes back spread."""
        return min(retry_after, self.longest_obeyed) * (1 + self.pause_spread * jitter)


STANDARD = Schedule("standard")
CALM = Schedule("calm", read_every=300.0, first_pause=5.0)
"""For very many bots on a small Vault: a rotation or a suspension takes up to five minutes to arrive."""
SWIFT = Schedule(
    "swift",
    read_every=1.0,
    first_pause=0.1,
    longest_pause=2.0,
    settle=0.05,
    login_gap=0.1,
    max_stale=20.0,
)
"""The standard one, many times as fast: for tests on tokens that live for seconds."""

SCHEDULES = {schedule.name: schedule for schedule in (STANDARD, CALM, SWIFT)}
