"""The credential in a file, for a command that reads it anew: in memory, and only for as long as it is needed.

Rules of the file
- Never on a disk, and nowhere that others may write: both are known before anything is lent.
- Each version is put in place whole, with mode 0600 from its first byte on, and removed at the end.
- What stood there before and is not a file of our own stays, and is an error.
- Whoever keeps it holds a lock on it, which ends with the process however that ends; a second one is refused.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from contextlib import suppress

from vault_binance.bot.child import variables_for
from vault_binance.errors import ConfigError
from vault_binance.redacted import Hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from vault_binance.credentials import Credentials

IN_MEMORY = frozenset({"tmpfs", "ramfs"})
MOUNTS = "/proc/self/mountinfo"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class CredentialsFile:
    """A context manager: the directory is looked at on entering, and held; the file is gone afterwards.

    A name that ends in .json is written as JSON, any other as variables of a shell: quoted with single quotes, so that
    a private key of several lines is read by `.` and by python-dotenv alike. Their names are those of `variables`.
    """

    def __init__(self, path: str, variables: Callable[[Credentials], Mapping[str, str]] = variables_for) -> None:
        self.path = path
        self._variables, self._json = variables, is_json(path)
        self._folder, self._name = os.path.split(path)
        self._ours: tuple[int, int] | None = None
        self._held: int | None = None

    def __enter__(self) -> Self:
        """Raises ConfigError where no secret may be written, or another process keeps its own."""
        self._directory = _opened(self._folder or ".", self.path)
        try:
            _check_memory(self._directory, self.path)
            _check_private(os.fstat(self._directory), self.path)
            self._check_place()
            self._hold(self._left_behind())
        except BaseException:
            self._let_go()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
        self._let_go()

    def _let_go(self) -> None:
        self._hold(None)
        os.close(self._directory)

    def remove(self) -> None:
        """Only what we wrote ourselves: by now there may be the file of another."""
        with suppress(OSError):
            if self._identity() == self._ours:
                os.unlink(self._name, dir_fd=self._directory)

    def write(self, credentials: Credentials) -> None:
        """Put this credential in place of the one before. Raises ConfigError with that one still there."""
        part = f".{self._name}.{os.getpid()}.part"
        try:
            with suppress(FileNotFoundError):  # left by a process of our number that was killed
                os.unlink(part, dir_fd=self._directory)
            self._write(part, credentials)
        except OSError as error:
            raise ConfigError(f"cannot write {self.path!a}: {error.strerror}") from None

    def _write(self, part: str, credentials: Credentials) -> None:
        try:
            descriptor = os.open(part, _NEW, 0o600, dir_fd=self._directory)
            with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  relative to a directory that is held
                file.write(_as_json(credentials) if self._json else _as_variables(self._variables(credentials)))
                file.flush()
                fcntl.flock(descriptor, fcntl.LOCK_EX)  # nobody else knows it yet
                self._put(part)
                self._hold(os.dup(descriptor))
        except BaseException:
            with suppress(OSError):
                os.unlink(part, dir_fd=self._directory)
            raise
        self._ours = self._identity()

    def _put(self, part: str) -> None:
        """Over what we hold; where nothing was, only if there still is nothing: another may have begun meanwhile."""
        folder = self._directory
        if self._held is not None:
            os.rename(part, self._name, src_dir_fd=folder, dst_dir_fd=folder)
            return
        try:
            os.link(part, self._name, src_dir_fd=folder, dst_dir_fd=folder)
        except FileExistsError:
            raise self._taken() from None
        os.unlink(part, dir_fd=folder)

    def _left_behind(self) -> int | None:
        """What a process that was killed has left here, locked. Raises ConfigError where that process is still there.

        A lock is on the file and not on its name: what was replaced or removed meanwhile was somebody's who is there.
        """
        try:
            found = os.open(self._name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._directory)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigError(f"cannot open {self.path!a}: {error.strerror}", hint="remove it") from None
        try:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _identity(os.fstat(found)) == self._identity():
                return found
        except OSError:
            pass
        os.close(found)
        raise self._taken()

    def _taken(self) -> ConfigError:
        return ConfigError(
            f"{self.path!a} is kept by another process", hint="one file for each exec: name another place"
        )

    def _hold(self, descriptor: int | None) -> None:
        """Keep a locked file, or none, in place of the one before."""
        before, self._held = self._held, descriptor
        if before is not None:
            os.close(before)

    def _check_place(self) -> None:
        with suppress(FileNotFoundError):
            found = os.stat(self._name, dir_fd=self._directory, follow_symlinks=False)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
                raise ConfigError(
                    f"{self.path!a} exists, and is not a file of our own", hint="remove it, or name another place"
                )

    def _identity(self) -> tuple[int, int]:
        return _identity(os.stat(self._name, dir_fd=self._directory, follow_symlinks=False))


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _opened(folder: str, path: str) -> int:
    if not os.path.basename(path):  # noqa: PTH119
        raise ConfigError(f"{path!a} is no name of a file", hint=_PLACES)
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigError(f"the directory of {path!a} cannot be used: {error.strerror}", hint=_PLACES) from None


_PLACES = (
    "as in /dev/shm/mm-1.env, or in $XDG_RUNTIME_DIR or /run/user/<uid> where the system makes one;\n"
    "in a container: docker run --tmpfs /run/secrets, or an emptyDir of medium Memory"
)


def _check_memory(directory: int, path: str) -> None:
    """By device number: a path may lead through links and mounts over mounts, what it arrived at has one device."""
    device = os.fstat(directory).st_dev
    kind = _kinds().get(f"{os.major(device)}:{os.minor(device)}", "unknown")
    if kind not in IN_MEMORY:
        raise ConfigError(
            f"{path!a} would be on a file system of type {kind}: secrets are written to memory only", hint=_PLACES
        )


def _kinds() -> dict[str, str]:
    """Device number to type, of all mounts (proc(5)); empty where the system does not tell."""
    with suppress(OSError), open(MOUNTS, encoding="utf-8", errors="replace") as mounts:  # noqa: PTH123
        lines = [line.partition(" - ") for line in mounts]
        return {mount.split()[2]: kind.split()[0] for mount, _, kind in lines}
    return {}


def _check_private(directory: os.stat_result, path: str) -> None:
    """Whoever may write there could put another file in place; the sticky bit keeps others from that."""
    theirs = directory.st_uid not in {0, os.geteuid()}
    if theirs or (directory.st_mode & 0o022 and not directory.st_mode & stat.S_ISVTX):
        raise ConfigError(f"others may replace files in the directory of {path!a}", hint=_PLACES)


def is_json(path: str) -> bool:
    """Whether the file there has the credential's own fields, and no variables."""
    return path.endswith(".json")


def _as_variables(variables: Mapping[str, str]) -> str:
    return "".join(f"{name}={_quoted(text)}\n" for name, text in variables.items())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _as_json(credentials: Credentials) -> str:
    return json.dumps(Hidden(credentials.to_fields(), name=credentials.name, version=credentials.version)) + "\n"
