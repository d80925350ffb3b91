"""A bot's own callbacks, called one after the other in a thread of their own: one that hangs stops no lease.

Rules of the file
- Calls keep the order of what happened. What a callback raises is logged, and the next one is called.
- The thread begins with the first call, and is a daemon: a bot without callbacks has none.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue

from vault_binance.bot import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Call = tuple[Callable[..., object], tuple[object, ...]]
    """What to call, and with what."""


class Calls:
    """Filled by one thread; `finish` is for any."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.forked()

    def forked(self) -> None:
        """In a child process: what waits is the parent's to call."""
        self._waiting: SimpleQueue[Call | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def add(self, calls: Sequence[Call]) -> None:
        for call in calls:
            self._waiting.put(call)
        if calls and not (self._thread and self._thread.is_alive()):
            self._thread = threading.Thread(target=self._run, name=f"callbacks of {self._name}", daemon=True)
            self._thread.start()

    def finish(self, timeout: float) -> None:
        """Wait, at most `timeout` seconds, until all were called; in a callback there is no waiting for itself."""
        if self._thread and self._thread is not threading.current_thread():
            self._waiting.put(None)
            self._thread.join(timeout)

    def _run(self) -> None:
        while call := self._waiting.get():
            callback, arguments = call
            journal.guarded(callback, *arguments)
