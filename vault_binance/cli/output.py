"""What commands print: a table for people, JSON or YAML for machines, one field raw.

Rules of the file
- A row is a mapping of plain values; all formats print the same rows.
- In a pipe the table is the same without colour; nothing is cut to a width.
- Notes and warnings go to stderr, so that stdout holds nothing but data.
"""

from __future__ import annotations

import json
import os
import re

import click

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeVar

    _Command = TypeVar("_Command", bound=Callable[..., object])


FORMATS = ("table", "json", "yaml")


def formatted(command: _Command) -> _Command:
    """Give a command --format and --field."""
    command = click.option("--field", metavar="NAME", help="Print one field raw, without a line end.")(command)
    return in_format()(command)


def in_format(*kinds: str) -> Callable[[_Command], _Command]:
    """Give a command --format alone; without `kinds` those of every command."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(kinds or FORMATS),
        default="table",
        show_default=True,
        help="For a person to read, or for a program.",
    )


def show_rows(rows: Sequence[Mapping[str, object]], format_: str, field: str | None = None) -> None:
    """Print a list; `field` prints that field of each row, a line each."""
    if field:
        for row in rows:
            click.echo(_text(_picked(row, field), empty=""), color=True)
    elif format_ == "table":
        _table(rows)
    else:
        click.echo(_dumped([dict(row) for row in rows], format_))


def show_one(row: Mapping[str, object], format_: str, field: str | None = None) -> None:
    """Print one thing; `field` prints that field alone, byte for byte."""
    if field:
        click.echo(_text(_picked(row, field), empty=""), nl=False, color=True)  # raw: click would take escapes out
    elif format_ == "table":
        width = max((len(name) for name in row), default=0)
        for name, value in row.items():
            lines = [plain(line) for line in _text(value).split("\n")]
            click.echo(f"{plain(name).ljust(width)}   " + f"\n{' ' * width}   ".join(lines).rstrip())
    else:
        click.echo(_dumped(dict(row), format_))


def span(total: float) -> str:
    """Seconds as the largest whole unit, as in 41d; overdue times carry a minus."""
    sign, left = ("-" if total < 0 else ""), abs(total)
    unit, size = next(((u, s) for u, s in (("d", 86400), ("h", 3600), ("m", 60)) if left >= s), ("s", 1))
    return f"{sign}{int(left // size)}{unit}"


def lifetime(seconds: int) -> str:
    """What is left of a token, for a person and to the second: `31d (2764799 s)`."""
    if not seconds:
        return "never"
    return f"{seconds} s" if seconds < 60 else f"{span(seconds)} ({seconds} s)"


def note(text: str) -> None:
    click.echo(f"{click.style('note:', bold=True)}  {plain(text)}", err=True, color=colored())


def warning(text: str) -> None:
    click.echo(f"{click.style('warning:', fg='yellow', bold=True)} {plain(text)}", err=True, color=colored())


def plain(text: str) -> str:
    """Text for a terminal: what others wrote into Vault may hold line ends and escape sequences, to forge a line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def colored() -> bool | None:
    """False where NO_COLOR is set; None leaves it to click, which asks whether it is a terminal."""
    return False if os.environ.get("NO_COLOR") else None


def _picked(row: Mapping[str, object], field: str) -> object:
    if field not in row:
        raise ConfigError(f"there is no field {field!a}", hint=f"fields: {', '.join(row)}")
    return row[field]


def _table(rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    names = list(rows[0])
    cells = [
        [name.upper().replace("_", " ") for name in names],
        *([plain(_text(row[name])) for name in names] for row in rows),
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for number, line in enumerate(cells):
        text = "   ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        click.echo(click.style(text, bold=number == 0), color=colored())


def _text(value: object, *, empty: str = "-") -> str:
    if value is None or value == "":
        return empty
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or empty
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _dumped(value: object, format_: str) -> str:
    return json.dumps(value, indent=2) if format_ == "json" else "\n".join(_yaml(value))


def yaml_text(value: object, indent: str = "") -> str:
    """A part of a document, for what is written while it is still being found."""
    return "\n".join(_yaml(value, indent))


def _yaml(value: object, indent: str = "") -> list[str]:
    """YAML of rows: mappings, lists and scalars; a scalar is written as JSON, which YAML contains."""
    if isinstance(value, dict) and value:
        lines = []
        for key, item in value.items():
            name, nested = _yaml_name(key), _yaml(item, indent + "  ")
            lines += [f"{indent}{name}: {nested[0]}"] if _is_flat(item) else [f"{indent}{name}:", *nested]
        return lines
    if isinstance(value, (list, tuple)) and value:
        return [line for item in value for line in _item(_yaml(item, indent + "  "), indent)]
    return [_yaml_scalar(value)]


def _yaml_name(name: str) -> str:
    """Bare where that is a name to every parser: metadata has others' names too, and `no` is a boolean in YAML."""
    return name if re.fullmatch(r"[a-z][a-z0-9_]*", name) and name not in _YAML_WORDS else _yaml_scalar(name)


_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def _yaml_scalar(value: object) -> str:
    """JSON, but for letters beyond 16 bits: YAML knows no pairs of surrogates."""
    return re.sub(
        r"\\u(d[89ab]\w\w)\\u(d[c-f]\w\w)",
        lambda pair: json.loads(f'"{pair[0]}"').encode("unicode_escape").decode(),
        json.dumps(value),
    )


def _is_flat(value: object) -> bool:
    return not (isinstance(value, (dict, list, tuple)) and value)


def _item(lines: list[str], indent: str) -> list[str]:
    return [f"{indent}- {lines[0].lstrip()}", *lines[1:]]
