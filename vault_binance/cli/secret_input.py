"""How a secret comes in: a hidden prompt, a file, standard input. Never the command line, where `ps` shows it."""

from __future__ import annotations

import sys

import click

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SOURCE = "-|@FILE"


def read(source: str | None, what: str, option: str, *, whole: bool = False) -> str:
    """The text as it came, line ends included. `-` is one line of stdin, or all of it with `whole`.

    Raises ConfigError for a value in the place of a source: it has been on the command line and in the history.
    """
    if source is None:
        return _prompted(what, option)
    if source == "-":
        return _from_stdin(what, whole=whole)
    if source.startswith("@"):
        return _from_file(source[1:])
    raise ConfigError(
        f"{option} takes - or @FILE, never the value itself",
        hint="what was typed there is in the shell's history and was in the process list: if it was a key, replace it",
    )


def _prompted(what: str, option: str) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigError(f"no terminal to ask for the {what} on", hint=f"give it by {option} - or {option} @FILE")
    answer: Any = click.prompt(f"{what} (hidden)", hide_input=True, err=True, default="", show_default=False)
    return str(answer)


def _from_stdin(what: str, *, whole: bool) -> str:
    if sys.stdin is None:
        raise ConfigError(f"standard input is closed: no {what} to read")
    text = sys.stdin.read() if whole else sys.stdin.readline()
    if not text:
        raise ConfigError(f"standard input ended before the {what}", hint="one line each, in the order of the options")
    return text


def _from_file(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"cannot read {path!a}: {reason}") from None
