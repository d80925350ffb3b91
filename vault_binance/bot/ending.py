"""Ended from outside: TERM and HUP let the token be given back first, then do what they always do.

Rules of the file
- Only a signal with its default effect is taken: under nohup HUP stays ignored.
- The process still dies of the signal, so that whoever sent it sees what it expects.
- A started command has none of this: execve sets what was caught back to its default.
- Whoever supervised a command that died of a signal raises Ended too: who started us sees what it would have seen.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """A signal that ends this process has come, to it or to what it stands for; `number` is its own."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Orderly:
    """While it is entered, SIGNALS raise Ended; on the way out the process dies of the one that came."""

    def __enter__(self) -> None:
        try:
            self._taken = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
            for number in self._taken:
                signal.signal(number, _end)
        except ValueError:  # not the main thread: signals are somebody else's there
            self._taken = []

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for number in self._taken:
            signal.signal(number, signal.SIG_DFL)
        if isinstance(error, Ended):
            _die_of(error.number)


def _die_of(number: int) -> NoReturn:
    """KILL has no disposition to be set; whoever got here has no core file to fear (bot/core_dumps.py)."""
    with suppress(OSError):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    raise SystemExit(128 + number)  # pid 1 of a container outlives its own signals: what a shell would say


def _end(number: int, frame: object) -> NoReturn:  # noqa: ARG001  the signal module's signature
    raise Ended(number)
