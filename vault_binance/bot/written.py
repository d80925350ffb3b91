"""A file about a lease, for other programs: whole at every moment, as fresh as its last event or tick.

    with StatusFile("/run/mm-1.json", vault), vault:
        trade(vault.credentials)

Rules of the file
- Entered before the lease begins and left after its end, so that waiting for Vault and the end are told too. The file
  stays, and says how it ended; one that is not fresh and does not say so belongs to a process that was killed.
- A path that cannot be written fails at the start, as every setting does. Later that is logged once, and stops nothing.
- It is replaced by renaming a file beside it; no secret is in it, so that monitoring may read it. A forked child leaves
  its parent's alone.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import ExitStack, suppress
from errno import EINVAL

from vault_binance.bot import journal
from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from vault_binance.bot.snapshot import Snapshot

LOOK_AFTER, TICK = 1.0, 10.0
"""Seconds between two looks at what no event told, such as a first read; and after which it is written anew where
nothing has changed, since ages grow by themselves."""

MODE = 0o644


class Written:
    """A context manager around a fetcher of either kind; `write` may be called from any thread at any time."""

    def __init__(self, path: str, fetcher: Snapshot) -> None:
        self.path, self._fetcher = path, fetcher
        self._lock, self._over = threading.Lock(), threading.Event()
        self._pid, self._failed = os.getpid(), False
        self._seen, self._written_at = fetcher.session, 0.0

    def text(self, fetcher: Snapshot) -> str:
        """What is to stand in it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        try:
            self._replace()
        except OSError as error:
            raise ConfigError(f"cannot write {self.path!a}: {error.strerror}", hint="nothing was sent") from None
        self._fetcher.on_event(self.write)
        self._ticking = threading.Thread(target=self._tick, name=f"writing {self.path}", daemon=True)
        self._ticking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.write()
        self._over.set()
        self._ticking.join()

    def write(self, *_: object) -> None:
        """Replace it by the lease as it is now; after the end it stays as it is."""
        if self._over.is_set() or os.getpid() != self._pid:
            return
        try:
            self._replace()
            self._failed = False
        except OSError as error:
            failed_before, self._failed = self._failed, True
            if not failed_before:
                journal.file_failed(self.path, error)

    def _tick(self) -> None:
        while not self._over.wait(LOOK_AFTER):
            if self._fetcher.session != self._seen or time.monotonic() - self._written_at > TICK:
                self.write()

    def _replace(self) -> None:
        with self._lock:
            self._seen, self._written_at = self._fetcher.session, time.monotonic()
            replace_file(self.path, self.text(self._fetcher))


def written(fetcher: Snapshot, *, status_file: str = "", metrics_file: str = "") -> ExitStack:
    """Those of the two files that have a path, as one context manager around the fetcher."""
    from vault_binance.bot.metrics import MetricsFile
    from vault_binance.bot.status import StatusFile

    with ExitStack() as entered:
        if status_file:
            entered.enter_context(StatusFile(status_file, fetcher))
        if metrics_file:
            entered.enter_context(MetricsFile(metrics_file, fetcher))
        return entered.pop_all()


def replace_file(path: str, text: str) -> None:
    """Put `text` in place whole. Raises OSError, and leaves nothing beside it.

    A link is replaced and not followed: in a directory like /tmp it may be anybody's, and lead to any file of ours.
    """
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100
    target = f"{os.path.realpath(folder)}/{name}"
    if os.path.exists(target) and not os.path.isfile(target):  # noqa: PTH110, PTH113
        raise OSError(EINVAL, "it is no regular file")  # root could rename a file over /dev/null
    part = f"{target}.{os.getpid()}.part"
    try:
        _create(part, text)
        os.replace(part, target)  # noqa: PTH105
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)  # noqa: PTH108


def _create(path: str, text: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108  of a process that was killed, and had our number
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123
        os.fchmod(descriptor, MODE)  # whatever the umask of the bot is: monitoring is another user
        file.write(text)
