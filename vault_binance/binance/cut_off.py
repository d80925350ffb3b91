"""An end to waiting: a client's connections, ended from outside when an answer takes too long.

Rules of the file
- A timeout for every read is none for the answer: each byte of its headers may come in time, and the last one never.
- A connection is held by a second descriptor of its own: it ends with TLS around it, and in the middle of a handshake.
- What is ended fails in the thread that reads; nothing is closed under its hands.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class CutOff:
    """For one client and one thread at a time; `has_ended` once a block took too long."""

    def __init__(self) -> None:
        self._lines: list[socket.socket] = []
        self.has_ended = False

    def hold(self, line: socket.socket) -> None:
        """A new connection of the client's."""
        self._lines.append(line.dup())

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        lines, self._lines = self._lines, []
        for line in lines:
            line.close()

    def _end(self) -> None:
        self.has_ended = True
        for line in self._lines:
            with suppress(OSError):  # the other side was quicker
                line.shutdown(socket.SHUT_RDWR)
