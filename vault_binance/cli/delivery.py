"""Where a RoleID or a wrapping token goes: stdout, or a file.

Rules of the file
- The place is tried before anything is made in Vault: what cannot be kept is not made.
- A file is never readable by more than its mode, and it is put in place whole; nothing half-written is left.
- A device or a pipe is written to, and not replaced by a file: `-o /dev/stdout`.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import partial

import click

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def destination(path: str, *, mode: int) -> Iterator[Callable[[str], None]]:
    """Yield what delivers a line to `path`, where `-` is stdout. Raises ConfigError if nothing can be written there."""
    if path == "-":
        yield click.echo
        return
    named = path or "."  # an empty name is a directory too, and refused as one
    special = os.path.exists(named) and not os.path.isfile(named)  # noqa: PTH110, PTH113
    target = named if special else os.path.realpath(named)
    written = named if special else f"{target}.{os.getpid()}.part"
    try:
        descriptor = os.open(written, os.O_WRONLY | (0 if special else os.O_CREAT | os.O_EXCL), mode)
    except OSError as error:
        raise _failed(path, error, "nothing was made") from None
    try:
        yield partial(_deliver, descriptor, written, target, path)
    finally:
        os.close(descriptor)
        if not special:
            with suppress(FileNotFoundError):
                os.unlink(written)  # noqa: PTH108


def _deliver(descriptor: int, written: str, target: str, path: str, text: str) -> None:
    try:
        os.write(descriptor, text.encode("ascii") + b"\n")
        if written != target:
            os.replace(written, target)  # noqa: PTH105
    except OSError as error:
        raise _failed(path, error, "what was made in Vault stays; run it again") from None
    click.echo(f"wrote    {path}", err=True)


def _failed(path: str, error: OSError, hint: str) -> ConfigError:
    return ConfigError(f"cannot write {path!a}: {error.strerror}", hint=hint)
