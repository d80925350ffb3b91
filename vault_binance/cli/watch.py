"""`fetch --watch`: a line for each change of what may be used, for as long as somebody reads.

Rules of the file
- A change is one of the credential: the first one, a rotation, that it may no longer be used, that it may be again.
  What else happens to the lease is told on stderr.
- The main thread writes, so that a signal, and a reader who has gone, end the lease in order. That the reader has gone
  is how a watch ends, and no failure; it is noticed within a second, and not only at the next rotation.
"""

from __future__ import annotations

import json
import os
import select
import sys
import threading
from datetime import UTC, datetime

import click

from vault_binance.bot.written import written
from vault_binance.cli.output import plain, show_one
from vault_binance.cli.telling import told_on_stderr
from vault_binance.errors import VaultBinanceError
from vault_binance.lease_values import Phase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_binance.bot.fetcher import Fetcher
    from vault_binance.credentials import Credentials

    AsRow = Callable[[Credentials], dict[str, object]]

_WITHDRAWN = {Phase.REFUSED: "refused", Phase.CLOSING: "ended", Phase.ENDED: "ended"}

LOOK_AFTER = 1.0
"""Seconds between two looks at whether anybody reads."""


def watch(fetcher: Fetcher, as_row: AsRow, format_: str, *, status_file: str = "", metrics_file: str = "") -> None:
    """Print until the reader has gone. Raises what Fetcher.start does, and LeaseEnded where a lease ends by itself."""
    if sys.stdout is None:
        return
    news = threading.Event()
    fetcher.on_event(lambda _: news.set())
    files = written(fetcher, status_file=status_file, metrics_file=metrics_file)
    with told_on_stderr(rotations=False), files, fetcher:
        try:
            _print_all(Changes(fetcher, as_row), news, SHOWN[format_]())
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is still to be flushed


def _print_all(changes: Changes, news: threading.Event, show: Callable[[Mapping[str, object]], None]) -> None:
    while _is_read():
        if row := changes.next():
            show(row)
        changes.raise_if_over()
        news.wait(LOOK_AFTER)
        news.clear()


def _is_read() -> bool:
    """A pipe whose reader has gone says so without being asked for anything; a file has nothing to say."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return not poll.poll(0)


class Changes:
    """What differs from what was told last; all rows have the same fields."""

    def __init__(self, fetcher: Fetcher, as_row: AsRow) -> None:
        self._fetcher, self._as_row = fetcher, as_row
        self._told: Credentials | None = None
        self._row: dict[str, object] = {}

    def next(self) -> dict[str, object] | None:
        """The change that there was, None where there was none."""
        now = self._usable()
        if now == self._told:
            return None
        event, self._told = self._event(now), now
        self._row = self._as_row(now) if now else {**dict.fromkeys(self._row), **self._which()}
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "event": event,
            **self._row,
        }

    def raise_if_over(self) -> None:
        if self._fetcher.session.phase is Phase.ENDED:
            _ = self._fetcher.credentials

    def _usable(self) -> Credentials | None:
        try:
            return self._fetcher.credentials
        except VaultBinanceError:
            return None

    def _event(self, now: Credentials | None) -> str:
        """In the words of vault_binance.notices, but for the first."""
        if now is None:
            return _WITHDRAWN.get(self._fetcher.session.phase, "expired")
        return "rotated" if self._told else "recovered" if self._row else "current"

    def _which(self) -> dict[str, object]:
        return {name: self._row[name] for name in ("name", "version")}


# The formats


def _json() -> Callable[[Mapping[str, object]], None]:
    return lambda row: click.echo(json.dumps(row))


def _yaml() -> Callable[[Mapping[str, object]], None]:
    def show(row: Mapping[str, object]) -> None:
        click.echo("---")
        show_one(row, "yaml")

    return show


def _table() -> Callable[[Mapping[str, object]], None]:
    """As wide as the first row is, which is as wide as any: names and kinds stay, only versions grow."""
    widths: list[int] = []

    def line(cells: list[str]) -> None:
        click.echo("   ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())

    def show(row: Mapping[str, object]) -> None:
        cells = [plain("-" if value is None else str(value)) for value in row.values()]
        if not widths:
            names = [name.upper().replace("_", " ") for name in row]
            widths[:] = [max(map(len, pair)) for pair in zip(names, cells, strict=True)]
            widths[1] = len("recovered")
            line(names)
        line(cells)

    return show


SHOWN = {"json": _json, "yaml": _yaml, "table": _table}
