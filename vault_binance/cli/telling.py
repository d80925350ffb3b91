"""What happens to a lease, told on stderr while a command keeps one: warnings, what ends them, and rotations.

Rules of the file
- The words are those of the log (reference/events.md), so that one search finds both. A lease that ended before its
  first credential is not told here: the command ends with it, in its own words.
- Whatever its level in the log, nothing here is an `error:`: that line is how a command of ours says why it failed.
- Nobody who cannot be told is a reason to end a lease.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress

from vault_binance.bot.journal import LOGGER
from vault_binance.cli.output import note, warning
from vault_binance.notices import NoticeKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

RECOVERED, ROTATED, ENDED = (f"lease.{kind}" for kind in (NoticeKind.RECOVERED, NoticeKind.ROTATED, NoticeKind.ENDED))


@contextmanager
def told_on_stderr(*, rotations: bool) -> Iterator[None]:
    """Tell of every lease of this process while the block runs; of `rotations` where nothing else does."""
    listener, before = _Stderr({RECOVERED, ROTATED} if rotations else {RECOVERED}), LOGGER.level
    LOGGER.addHandler(listener)
    LOGGER.setLevel(min(logging.INFO, LOGGER.getEffectiveLevel()))
    try:
        yield
    finally:
        LOGGER.removeHandler(listener)
        LOGGER.setLevel(before)


class _Stderr(logging.Handler):
    def __init__(self, noted: Collection[str]) -> None:
        super().__init__(logging.INFO)
        self._noted = noted

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            event, started = getattr(record, "event", ""), hasattr(record, "version")
            if event in self._noted:
                note(record.getMessage())
            elif record.levelno >= logging.WARNING and (started or event != ENDED):
                warning(record.getMessage())
