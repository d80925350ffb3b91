"""How a secret comes in: a hidden prompt, a file, standard input. Never the command line, where `ps` shows it."""

from __future__ import annotations

import sys

import click

from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SOURCE = "-|@FILE"


def source(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001  click's
    """Refuse a value in the place of a source, before anything else is done: it has been on the command line."""
    if value is None or value == "-" or value.startswith("@"):
        return value
    raise ConfigError(
        f"{parameter.opts[0]} takes - or @FILE, never the value itself",
        hint="what was typed there is in the shell's history and was in the process list: if it was a key, replace it",
    )


def read(source: str | None, what: str, option: str, *, whole: bool = False) -> str:
    """The text as it came, line ends included. `-` is one line of stdin, or all of it with `whole`."""
    if source is None:
        return _prompted(what, option)
    return _from_stdin(what, option, whole=whole) if source == "-" else _from_file(source[1:])


def passphrase(source: str | None) -> Redacted:
    """A passphrase without the end of its line; blanks belong to it."""
    return Redacted(read(source, "passphrase", "--passphrase").rstrip("\r\n"))


def _prompted(what: str, option: str) -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigError(f"no terminal to ask for the {what} on", hint=f"give it by {option} - or {option} @FILE")
    answer: Any = click.prompt(f"{what} (hidden)", hide_input=True, err=True, default="", show_default=False)
    return _of_one_line(str(answer), what)


def _of_one_line(answer: str, what: str) -> str:
    if "-----BEGIN" in answer:
        raise ConfigError(
            f"the {what} begins as a PEM of several lines, and a prompt takes one",
            hint="a private key comes out of a file: --type ed25519 (or rsa) --private-key @FILE",
        )
    return answer


def _from_stdin(what: str, option: str, *, whole: bool) -> str:
    if sys.stdin is not None and sys.stdin.isatty():  # not silent, or it seems to hang; what is typed is seen
        click.echo(f"{what} (seen as it is typed), then {'Ctrl-D' if whole else 'Enter'}:", err=True)
    text = _stdin_text(whole=whole)
    if text is None:
        raise ConfigError(f"standard input is closed, or is not text: no {what} to read", hint=_order(option))
    if not text:
        raise ConfigError(f"standard input ended before the {what}", hint=_order(option))
    return text


_OF_A_KEY = "the API key is its first line; the next one is the secret, or a passphrase; a PEM is all the rest"
_OF_A_PERSON = "a password or JWT is its first line, where it is asked from there; then a code, a line for each try"


def _order(option: str) -> str:
    return _OF_A_PERSON if option in {"--password", "--jwt", "--code"} else _OF_A_KEY


def _stdin_text(*, whole: bool) -> str | None:
    try:
        return None if sys.stdin is None else sys.stdin.read() if whole else sys.stdin.readline()
    except UnicodeDecodeError:  # it holds what was read, and is not to be chained
        return None


def _from_file(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123
            return file.read()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
    raise ConfigError(f"cannot read {path!a}: {reason}", hint="is the name right? @FILE is read from here")
