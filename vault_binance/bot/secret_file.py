"""A secret for a command that takes a path only: in a descriptor that it inherits, and in no file system.

Rules of the file
- Where the system has them it is an anonymous file in memory: sealed, so that nobody changes it; mode 0400; read from
  its beginning each time it is opened. Else it is a pipe: what is read from it is gone.
- The path is the command's own view, /proc/self/fd/N: it holds for whoever has inherited the descriptor, as the
  children of a shell have, and not for what a Python program starts, which closes all but the first three.
- Our own copy is closed once the command is started, or could not be.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager

from vault_binance.errors import ConfigError
from vault_binance.redacted import Hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vault_binance.redacted import Redacted

FIRST = 10
"""Lower numbers are what a script calls its own, as in `exec 3<file`."""
_NOEXEC_SEAL = 0x0008
"""MFD_NOEXEC_SEAL: a system may refuse anything else (vm.memfd_noexec=2), and one before Linux 6.3 does not know it."""


@contextmanager
def placed(secret: Redacted, names: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Each name with a path of its own, for a command that is started within the block. Raises ConfigError."""
    descriptors: list[int] = []
    paths = Hidden()
    try:
        for name in names:
            descriptor, paths[name] = _filled(secret)
            descriptors.append(descriptor)
        yield paths  # type: ignore[misc]  # of texts
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _filled(secret: Redacted) -> tuple[int, str]:
    """A descriptor that is inherited, and the path to it."""
    try:
        memory = _memory()
        descriptor = _inherited(_pipe(secret) if memory is None else _sealed(memory, secret))
    except OSError as error:
        raise ConfigError(f"the secret cannot be put where a path leads: {error.strerror}") from None
    return descriptor, f"/dev/fd/{descriptor}" if memory is None else f"/proc/self/fd/{descriptor}"


def _memory() -> int | None:
    """An empty file in memory, None where the system has none to give."""
    if not hasattr(os, "memfd_create"):
        return None
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    for more in (_NOEXEC_SEAL, 0):
        try:
            return os.memfd_create("credential", flags | more)
        except OSError:
            continue
    return None


def _sealed(memory: int, secret: Redacted) -> int:
    try:
        os.write(memory, secret.reveal().encode())
        os.lseek(memory, 0, os.SEEK_SET)  # for whoever reads the number itself
        os.fchmod(memory, 0o400)
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(memory)
        raise
    return memory


def _pipe(secret: Redacted) -> int:
    """Its buffer holds any private key (4 KB of a page at the least); a full one raises instead of waiting."""
    reading, writing = os.pipe()
    try:
        os.set_blocking(writing, False)
        os.write(writing, secret.reveal().encode())
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return reading


def _inherited(descriptor: int) -> int:
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD, FIRST)
    finally:
        os.close(descriptor)


_SEALS = sum(getattr(fcntl, f"F_SEAL_{name}", 0) for name in ("SEAL", "SHRINK", "GROW", "WRITE"))
