"""Files of an audit log: opened, unpacked, put in order, and summed up as they are read.

Rules of the file
- A file is read once, from its beginning to the end that it has at that moment; its sum is over the bytes as they lie
  on the disk, so that `sha256sum` gives the same.
- What is compressed is known by its first bytes and not by its name.
- Memory is one block, whatever the file's size.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, cast

from vault_binance.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BLOCK = 1 << 20
STDIN = "-"
_ENOUGH = BLOCK // 4

_PACKED: tuple[tuple[bytes, Callable[[BinaryIO], object]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\x00", lzma.LZMAFile),
)
_ZSTD = b"\x28\xb5\x2f\xfd"
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, OSError)


@dataclass(slots=True)
class Input:
    """One file as it was read. `sha256` is complete once its blocks are; `damaged` says that unpacking ended early."""

    name: str
    sha256: str = ""
    bytes: int = 0
    lines: int = 0
    damaged: bool = False


def in_order(paths: Sequence[str], first_time: Callable[[bytes], str]) -> list[str]:
    """The files by the time of their first entry, oldest first; `first_time` finds it in a file's beginning."""
    if len(paths) > 1 and STDIN in paths:
        raise ConfigError("standard input cannot be put in order with files", hint="give one or the other")
    if len(set(paths)) < len(paths):
        raise ConfigError("a log is given twice", hint="each file once: its lines would count twice")
    if len(paths) == 1:
        return list(paths)
    return sorted(paths, key=lambda path: first_time(_beginning(path)))


def _beginning(path: str) -> bytes:
    with _raw(path) as raw:
        try:
            return cast("io.BufferedReader", _unpacked(raw, path)).read1(BLOCK)
        except _DAMAGED:
            return b""


def blocks(read: Input) -> Iterator[bytes]:
    """What is in a file, unpacked, block by block; `read` is filled in on the way.

    Raises ConfigError for what cannot be opened or is packed as nobody here unpacks it.
    """
    with _raw(read.name) as raw:
        summed = _Summed(raw)
        stream, held = _unpacked(cast("BinaryIO", summed), read.name), b""
        try:
            # What was unpacked before the damage is not lost: `read` would lose it.
            while piece := cast("io.BufferedReader", stream).read1(BLOCK):
                held += piece
                if len(held) >= _ENOUGH:
                    yield held
                    held = b""
        except _DAMAGED:
            read.damaged = True
        yield held
        while summed.read(BLOCK):
            pass
        read.sha256, read.bytes = summed.sum.hexdigest(), summed.count


class _Summed(io.RawIOBase):
    """A file that counts and sums up what is read of it, once each; it can go back over its first bytes."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self._back = raw, b""
        self.sum, self.count = sha256(), 0

    def readable(self) -> bool:
        return True

    def peek(self, size: int) -> bytes:
        while len(self._back) < size and (more := self._taken(size)):
            self._back += more
        return self._back[:size]

    def read(self, size: int = -1) -> bytes:
        if self._back:
            size = len(self._back) if size < 0 else size
            given, self._back = self._back[:size], self._back[size:]
            return given
        return self._taken(size)

    read1 = read

    def _taken(self, size: int) -> bytes:
        data = self._raw.read(size)
        self.sum.update(data)
        self.count += len(data)
        return data


def _unpacked(file: BinaryIO, name: str) -> BinaryIO:
    peeked = cast("io.BufferedReader", file).peek(6)[:6]
    if peeked.startswith(_ZSTD):
        raise ConfigError(
            f"{name!a} is packed with zstd, which is not unpacked here",
            hint=f"zstdcat {'FILE' if name == STDIN else name} | vault-binance audit --log -",
        )
    for magic, opened in _PACKED:
        if peeked.startswith(magic):
            return cast("BinaryIO", opened(file))
    return file


@contextmanager
def _raw(path: str) -> Iterator[BinaryIO]:
    if path == STDIN:
        if sys.stdin is None:
            raise ConfigError("standard input is closed", hint="name the log: --log /var/log/vault/audit.log")
        yield sys.stdin.buffer
        return
    try:
        file = open(path, "rb")  # noqa: PTH123, SIM115  closed below
    except OSError as error:
        denied = isinstance(error, PermissionError)
        hint = "as the user that Vault runs as?" if denied else "is the name right? a whole folder is --log 'FOLDER/*'"
        raise ConfigError(f"cannot read {path!a}: {error.strerror}", hint=hint) from None
    with file:
        try:
            file.peek(1)
        except OSError as error:
            raise ConfigError(f"cannot read {path!a}: {error.strerror}") from None
        yield file
