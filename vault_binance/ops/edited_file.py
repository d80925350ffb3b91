"""A file of settings edited in place: whole at every moment, and as it was but for what was taken out.

Rules of the file
- The text before is what was read and judged: a file that has changed meanwhile is left alone.
- A link is followed to the file itself; mode, owner and extended attributes stay. No copy of the old text is left.
- What cannot be kept as it was, such as a second hard link or somebody else's owner, is refused before that.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from vault_binance.errors import ConfigError, WriteConflict


def replace(path: Path, before: bytes, after: bytes) -> Path:
    """Put `after` in the place of `before`; returns the file itself, links followed. Raises ConfigError."""
    try:
        real = Path(os.path.realpath(path, strict=True))
        _check(real)
        _replace(real, before, after)
    except OSError as error:
        raise ConfigError(f"cannot edit {path}: {error.strerror}", hint="it was left as it is") from None
    return real


def _check(real: Path) -> None:
    state = real.stat()
    if not stat.S_ISREG(state.st_mode):
        raise ConfigError(f"cannot edit {real}: it is no regular file", hint="it was left as it is")
    if state.st_nlink > 1:
        raise ConfigError(
            f"cannot edit {real}: it has {state.st_nlink} names, and the others would keep the pair",
            hint=f"it was left as it is. Find them: find / -xdev -samefile {real}",
        )


def _replace(real: Path, before: bytes, after: bytes) -> None:
    part = real.with_name(f".{real.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(after)
            _dress(real, part)
            file.flush()
            os.fsync(descriptor)
        if real.read_bytes() != before:
            raise WriteConflict(f"{real} was changed meanwhile. nothing was taken out", hint="run it again")
        part.replace(real)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    _sync_folder(real)


def _dress(real: Path, part: Path) -> None:
    """Owner before mode: a change of owner takes special bits away. The times are its own."""
    kept, own = real.stat(), part.stat()
    if (kept.st_uid, kept.st_gid) != (own.st_uid, own.st_gid):
        os.chown(part, kept.st_uid, kept.st_gid)
    shutil.copystat(real, part)
    os.utime(part)


def _sync_folder(real: Path) -> None:
    """The renaming outlives a power cut only once the folder is on disk."""
    descriptor = os.open(real.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
