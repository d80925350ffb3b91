"""An authenticator's address as a picture: on a terminal in half blocks, in a file as SVG, PNG or text.

Rules of the file
- The address is a secret: it is drawn on a terminal alone, and a file of it is for its owner, new, and gone afterwards.
- On a terminal it stands on the alternate screen, so that nothing of it stays to scroll back to.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import PurePath

import click

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault_binance.redacted import Redacted

_QUIET = 2
"""Light modules around it; four are the standard's, two are what cameras need."""
_HALVES = {(True, True): " ", (True, False): "\u2584", (False, True): "\u2580", (False, False): "\u2588"}
"""Upper and lower module, dark or not: light ones are drawn."""


@contextmanager
def shown(address: Redacted, output: str | None) -> Iterator[None]:
    """Show it for the length of the block. Raises ConfigError where there is neither a terminal nor a file."""
    if output is not None:
        with _file(address, output):
            yield
    elif sys.stderr is None or not sys.stderr.isatty():
        raise ConfigError(
            "no terminal to show the QR code on", hint="-o FILE writes it, as .svg, .png or the address as text"
        )
    else:
        with _screen(address):
            yield


@contextmanager
def _screen(address: Redacted) -> Iterator[None]:
    is_plain = os.environ.get("TERM", "dumb") == "dumb"
    click.echo("" if is_plain else "\x1b[?1049h\x1b[2J\x1b[H", err=True, nl=False, color=True)
    try:
        for line in drawn(_matrix(address)):
            click.echo(line if is_plain else f"\x1b[97;40m{line}\x1b[0m", err=True, color=True)
        yield
    finally:
        click.echo("" if is_plain else "\x1b[?1049l", err=True, nl=False, color=True)


def _matrix(address: Redacted) -> Sequence[Sequence[int]]:
    import segno

    return segno.make(address.reveal(), error="l", boost_error=False, micro=False).matrix


def drawn(matrix: Sequence[Sequence[int]]) -> list[str]:
    """Lines of half blocks, two rows of modules each."""
    width = len(matrix[0]) + 2 * _QUIET
    edge, side = [[False] * width] * _QUIET, [False] * _QUIET
    rows = [*edge, *([*side, *map(bool, row), *side] for row in matrix), *edge]
    rows += [[False] * width] * (len(rows) % 2)
    return ["".join(_HALVES[pair] for pair in zip(*rows[at : at + 2], strict=True)) for at in range(0, len(rows), 2)]


@contextmanager
def _file(address: Redacted, path: str) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no name of a file"
        raise ConfigError(f"cannot write {path!a}: {reason}", hint="nothing was made; -o makes a new file") from None
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(_bytes(address, path))
        click.echo(f"wrote    {path}, which is a secret; it is removed at the end", err=True)
        yield
    finally:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108


def require_kind(path: str) -> None:
    """Raise ConfigError for a name whose end promises what is not written: a .jpg would hold text."""
    if _kind(path) not in {"svg", "png", "txt", ""}:
        raise ConfigError(f"-o {path!a}: of pictures only .svg and .png are written", hint="or .txt, for the address")


def _kind(path: str) -> str:
    return PurePath(path).suffix.lower().removeprefix(".")


def _bytes(address: Redacted, path: str) -> bytes:
    kind = _kind(path)
    if kind not in {"svg", "png"}:
        return address.reveal().encode() + b"\n"
    import segno

    written = io.BytesIO()
    segno.make(address.reveal(), error="l", boost_error=False, micro=False).save(written, kind=kind, scale=8, border=4)
    return written.getvalue()
