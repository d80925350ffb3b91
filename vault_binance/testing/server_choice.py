"""Which Vault the tests of a bot stand on, and why there is none.

Rules of the file
- Whether a server can be had is found out once, and before one is started: that may take minutes on a bare machine.
- It is looked for in the developer's environment: a test has another one, with an empty home directory, and may be the
  first to ask.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from vault_binance.testing.server import Server
    from vault_binance.testing.server_binary import Binary

BINARY = "binary"
"""In place of an image: one that is made around the server that is found."""


@dataclass(frozen=True)
class Choice:
    """`kind` is process, container or fake; `image` is for a container, and `environ` is the developer's."""

    kind: str
    image: str
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    @cached_property
    def missing(self) -> str:
        """Why no such server can be had, or nothing."""
        if self.kind == "container":
            return self._no_container()
        return self._no_binary() if self.kind == "process" else ""

    def server(self, *, durable: bool) -> Server:
        """One that is not started yet, where none is missing; `durable` says that it has to outlive an outage."""
        from vault_binance.testing.dev_server import DevVault, RaftVault

        if self.kind == "fake":
            from vault_binance.testing.fake_vault import FakeVault

            return FakeVault(now=lambda: datetime.now(UTC))
        if self.kind == "container":
            from vault_binance.testing.container import VaultContainer

            storage: Literal["raft", "memory"] = "raft" if durable else "memory"
            if self.image == BINARY:
                return VaultContainer(self._binary, storage=storage)
            return VaultContainer(image=self.image, storage=storage)
        return RaftVault(self._binary) if durable else DevVault(self._binary)

    @cached_property
    def _binary(self) -> Binary:
        from vault_binance.testing.server_binary import find_binary

        return find_binary(self.environ)

    def _no_container(self) -> str:
        from vault_binance.testing import server_image

        if find_spec("testcontainers") is None:
            return "testcontainers is not installed: pip install 'vault-binance[testing]'"
        if reason := server_image.unreachable(self.environ):
            return f"no container engine: {reason}"
        if self.image == BINARY:
            return self._no_binary()
        reason = server_image.unobtainable(self.image, self.environ)
        return f"the image {self.image} cannot be had: {reason}" if reason else ""

    def _no_binary(self) -> str:
        try:
            _ = self._binary
        except ConfigError as error:
            return f"{error.message}; {error.hint}"
        return ""
