"""The terminal, lent to the command's process group: what is typed there, Ctrl-C included, reaches the command once.

Rules of the file
- It is given only while it is ours: a job in the background does not take it.
- Where there is no terminal, or it has gone, nothing happens.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

JOB_CONTROL = frozenset({signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU})
"""What a terminal stops a job with; any other stop is somebody's will, and theirs to undo."""


class Foreground:
    """A context manager around the life of a command."""

    def __enter__(self) -> Self:
        self._terminal = -1
        with suppress(OSError):
            self._terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal >= 0:
            os.close(self._terminal)

    def give(self, group: int) -> None:
        """To the process group `group`, if it is ours."""
        self._pass(os.getpgrp(), group)

    def take(self, group: int) -> None:
        """Back from `group`, if it has it."""
        self._pass(group, os.getpgrp())

    def stopped(self, group: int, number: int) -> None:
        """`group` was stopped by signal `number`: stop as a job of the shell's, and go on when that lets us."""
        if number not in JOB_CONTROL:
            return
        if number == signal.SIGTSTP or not self._is(group):  # else it asked just before it was given the terminal
            self.take(group)
            os.killpg(0, number)  # without effect where no shell is there to let us go on
        self.go_on(group)

    def go_on(self, group: int) -> None:
        self.give(group)
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGCONT)

    def _is(self, group: int) -> bool:
        with suppress(OSError):
            return os.tcgetpgrp(self._terminal) == group
        return False

    def _pass(self, giver: int, taker: int) -> None:
        if not self._is(giver):
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})  # else taking it back would stop us
        try:
            with suppress(OSError):
                os.tcsetpgrp(self._terminal, taker)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
