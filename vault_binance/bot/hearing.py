"""The one place where a supervisor waits: for signals, for the end of its command, and for word from other threads.

Rules of the file
- Whatever comes is a byte in a pipe: the number of a signal, or 0 from `wake`. What it means is somebody else's.
- A signal that was ignored when we began stays ignored, as under nohup; CHLD alone is always heard.
"""

from __future__ import annotations

import os
import select
import signal
from contextlib import contextmanager, suppress
from math import ceil, inf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

_LONGEST = 86400.0
"""Seconds of one wait; longer ones the operating system may not take."""


class Hearing:
    """A context manager: the pipe is there for its length, and signals are heard within `signals`."""

    def __enter__(self) -> Self:
        self._outlet, self._inlet = os.pipe()
        for end in (self._inlet, self._outlet):
            os.set_blocking(end, False)
        return self

    def __exit__(self, *_: object) -> None:
        ends, self._inlet = (self._inlet, self._outlet), -1  # a thread that is late must not write to another's file
        for end in ends:
            os.close(end)

    def wake(self) -> None:
        """End a wait; from any thread, and without effect where nobody waits any more."""
        with suppress(OSError):  # full: it is awake already
            os.write(self._inlet, b"\0")

    @contextmanager
    def signals(self, numbers: Sequence[int]) -> Iterator[None]:
        """Hear `numbers` and CHLD instead of what they did before; for the main thread alone."""
        heard = [number for number in numbers if signal.getsignal(number) not in {signal.SIG_IGN, None}]
        before = {number: signal.signal(number, _noted) for number in {*heard, signal.SIGCHLD}}
        inlet_before = signal.set_wakeup_fd(self._inlet, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(inlet_before)
            for number, disposition in before.items():
                signal.signal(number, disposition)

    def wait(self, seconds: float = inf) -> Sequence[int]:
        """Signals that came, in order and without CHLD, at the latest after so many seconds."""
        poll = select.poll()  # select() takes no descriptor above 1,023, and a bot may have as many open
        poll.register(self._outlet, select.POLLIN)
        poll.poll(ceil(min(max(seconds, 0.0), _LONGEST) * 1000))
        with suppress(BlockingIOError):
            return [number for number in os.read(self._outlet, 65536) if number not in {0, signal.SIGCHLD}]
        return []


def _noted(number: int, frame: object) -> None:
    """The byte is written before Python comes to this."""
