"""A server binary kept between runs: checked before each use, made once however many workers ask.

Rules of the file
- A file appears under its final name whole or not at all; its SHA-256 stands beside it.
- What fails its check is thrown away with a word about it, never repaired and never run by a test.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vault_binance.testing.server_binary import Binary, identify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Shelf:
    """The directory of one version."""

    directory: Path

    @classmethod
    def of(cls, environ: Mapping[str, str], version: str) -> Shelf:
        # XDG Base Directory Specification: unset and empty mean the same.
        base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home(), ".cache")
        return cls(Path(base, "vault-binance", "vault", version))

    @property
    def binary(self) -> Path:
        return self.directory / "vault"

    @property
    def digest(self) -> Path:
        return self.directory / "vault.sha256"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the shelf against other processes; the kernel lets go of it when the holder dies."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def take(self) -> Binary | str:
        """Return the kept binary if it is whole; call under the lock."""
        if not self.binary.exists():
            return "nothing there"
        found = self._checked()
        if isinstance(found, str):
            print(f"vault-binance: discarding the kept server: {found}", file=sys.stderr)  # noqa: T201
            self.binary.unlink(missing_ok=True)
            self.digest.unlink(missing_ok=True)
        return found

    def fill(self, make: Callable[[Path], str], origin: str) -> Binary | str:
        """Let `make` write a binary to the path it is given, and keep it; `make` returns why it could not, if so."""
        draft = self.directory / f"vault.{os.getpid()}.part"
        try:
            return make(draft) or self._keep(draft, origin)
        finally:
            draft.unlink(missing_ok=True)

    def _keep(self, draft: Path, origin: str) -> Binary | str:
        made = identify(draft, origin)
        if isinstance(made, str):
            return made
        # The digest first: a crash between the two leaves a mismatch, which is found, and not an unchecked file.
        self.digest.write_text(_sha256(draft) + "\n")
        draft.replace(self.binary)
        return Binary(self.binary, made.product, made.version, origin)

    def _checked(self) -> Binary | str:
        if not self.digest.exists():
            return f"{self.binary} has no checksum beside it"
        if self.digest.read_text().split()[:1] != [_sha256(self.binary)]:
            return f"{self.binary} does not match its checksum"
        return identify(self.binary, "kept from an earlier run")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
