"""How the story of an audit log is shown: a row at a time, in each format, a million in the memory of ten.

Rules of the file
- A table takes its widths from its first rows; a later cell that is wider pushes its own line and no other. A very long
  cell is cut there; the other formats have all of it.
- JSON and YAML are one object: what was found in the input comes after the events, since it is known only then.
- CSV is rows alone, so that every reader of CSV takes it; what stands beside them goes to stderr and to --manifest.
"""

from __future__ import annotations

import csv
import json
import sys
from typing import Protocol

import click

from vault_binance.cli.output import colored, plain, yaml_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Row = Mapping[str, object]

FORMATS = ("table", "json", "csv", "yaml")
_NOT_IN_TABLES = frozenset({"entity", "accessor", "finding_ids"})
_MEASURED = 500
_LONGEST = 200


class Shown(Protocol):
    """Where rows go; `end` is given what is known once all are read, and is called once."""

    def row(self, row: Row) -> None: ...
    def end(self, summary: Mapping[str, object]) -> None: ...


def shown(format_: str, field: str | None) -> Shown:
    kinds: dict[str, Callable[[], Shown]] = {"table": _Table, "json": _Json, "csv": _Csv, "yaml": _Yaml}
    return _Field(field) if field else kinds[format_]()


class _Field:
    def __init__(self, field: str) -> None:
        self._field = field

    def row(self, row: Row) -> None:
        _line(plain(_cell(row[self._field])))  # a line each: a name with a line end in it is no second one

    def end(self, summary: Mapping[str, object]) -> None:
        pass


class _Table:
    def __init__(self) -> None:
        self._first: list[list[str]] = []
        self._widths: list[int] = []

    def row(self, row: Row) -> None:
        cells = [_short(_cell(value)) or "-" for name, value in row.items() if name not in _NOT_IN_TABLES]
        if self._widths:
            self._write(cells)
            return
        if not self._first:
            self._first.append([name.upper() for name in row if name not in _NOT_IN_TABLES])
        self._first.append(cells)
        if len(self._first) > _MEASURED:
            self._begin()

    def end(self, summary: Mapping[str, object]) -> None:  # noqa: ARG002
        if not self._widths:
            self._begin()

    def _begin(self) -> None:
        self._widths = [max(map(len, column)) for column in zip(*self._first, strict=True)]
        for number, cells in enumerate(self._first):
            if number == 0:
                click.echo(click.style(self._text(cells), bold=True), color=colored())
            else:
                self._write(cells)
        self._first = []

    def _write(self, cells: Sequence[str]) -> None:
        _line(self._text(cells))

    def _text(self, cells: Sequence[str]) -> str:
        return "   ".join(cell.ljust(width) for cell, width in zip(cells, self._widths, strict=True)).rstrip()


class _Json:
    def __init__(self) -> None:
        self._rows = 0

    def row(self, row: Row) -> None:
        sys.stdout.write(('{\n  "events": [\n    ' if not self._rows else ",\n    ") + json.dumps(row))
        self._rows += 1

    def end(self, summary: Mapping[str, object]) -> None:
        rest = json.dumps(summary, indent=2)[1:]
        _line(("\n  ]," if self._rows else '{\n  "events": [],') + rest)


class _Yaml:
    def __init__(self) -> None:
        self._rows = 0

    def row(self, row: Row) -> None:
        if not self._rows:
            _line("events:")
        self._rows += 1
        _line(yaml_text([row], "  "))

    def end(self, summary: Mapping[str, object]) -> None:
        _line(("" if self._rows else "events: []\n") + yaml_text(summary))


class _Csv:
    def __init__(self) -> None:
        self._writer = csv.writer(sys.stdout, lineterminator="\n")
        self._rows = 0

    def row(self, row: Row) -> None:
        if not self._rows:
            self._writer.writerow(row)
        self._rows += 1
        self._writer.writerow(_harmless(plain(_cell(value))) for value in row.values())

    def end(self, summary: Mapping[str, object]) -> None:
        pass


def _harmless(cell: str) -> str:
    """A display name is somebody else's text: a spreadsheet would run `=...` as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _short(text: str) -> str:
    """For a table: anybody may ask for a credential whose name has a megabyte, and no column is to be as wide."""
    shown = plain(text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown}..."


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
