"""A clock that stands still until it is moved, in every shape in which we ask for the time.

    clock = FakeClock()
    fake, binance = FakeVault(now=clock.now), Emulator(time_ms=clock.time_ms)
    clock.advance(3600)                                     # an hour later for both

`seconds` is for what takes a monotonic clock. It may be read and moved from several threads.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """The time since `start`, moved by `advance` alone."""

    def __init__(self, start: datetime = START) -> None:
        self._start, self._passed = start, 0.0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<FakeClock: {self.now().isoformat()}>"

    def advance(self, seconds: float) -> None:
        """Let time pass, forward."""
        if seconds < 0:
            raise ValueError("time does not go back")
        with self._lock:
            self._passed += seconds

    def now(self) -> datetime:
        """The time of day."""
        return self._start + timedelta(seconds=self._passed)

    def time_ms(self) -> int:
        """The time of day as Binance counts it."""
        return (self.now() - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)

    def seconds(self) -> float:
        """Seconds since the start."""
        return self._passed
