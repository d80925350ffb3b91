"""Where the recipes for hosts and clusters are tried: a Vault with TLS that is set up, a Binance, a shell to type in.

Rules of the file
- The Vault has the names of the pages: instance binance, credential market-maker.
- `vault-binance` in a shell is this checkout's; `vault` is the server's own binary.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.howto.page import VAULT, Terminal
from tests.support import QUICK, ROOT
from vault_binance.ops import kill_switch
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.emulator import Emulator
from vault_binance.testing.provisioned import ProvisionedVault, StoredCredential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.testing.server_binary import Binary

BOT = """#!/bin/sh
trap 'echo "asked to end"; exit 0' TERM
echo "trading with $BINANCE_API_KEY"
while :; do sleep 600 & wait $!; done
"""
"""Somebody's bot: it says which key it has, and ends when it is asked to."""


def program_path(server: DevVault) -> str:
    return os.pathsep.join((str(Path(sys.executable).parent), str(server.binary.path.parent), os.environ["PATH"]))


@dataclass(frozen=True)
class Premises:
    server: DevVault
    binance: Emulator
    vault: ProvisionedVault
    credential: StoredCredential

    @property
    def own(self) -> dict[str, str]:
        """What a reader puts in the place of the page's."""
        return {VAULT: self.server.address}

    @property
    def cacert(self) -> Path:
        assert self.server.cacert is not None
        return self.server.cacert

    def environ(self, **more: str) -> dict[str, str]:
        """A shell's, on a machine that can reach the Vault and is nobody yet."""
        return {
            "PATH": program_path(self.server),
            "HOME": os.environ["HOME"],
            "PYTHONPATH": str(ROOT),
            "VAULT_ADDR": self.server.address,
            "VAULT_CACERT": str(self.cacert),
            "VAULT_MAX_RETRIES": "0",
            "VAULT_BINANCE_SCHEDULE": "swift",
            "VAULT_BINANCE_BINANCE_URL": self.binance.url,
            **more,
        }

    def terminal(self, directory: Path, **more: str) -> Terminal:
        return Terminal(directory, self.environ(**more))

    def operators(self, directory: Path, **more: str) -> Terminal:
        """The Vault admin's own, with a token that may do everything."""
        return self.terminal(directory, VAULT_TOKEN=self.server.root_token.reveal(), **more)

    @property
    def key(self) -> str:
        """The API key that is stored now."""
        return self.credential.key.credentials("market-maker").api_key.reveal()

    @property
    def secret(self) -> str:
        return self.credential.key.credentials("market-maker").secret.reveal()

    def suspend(self, bot: str = "mm-1") -> None:
        kill_switch.suspend(self.vault.operator, self.vault.layout, bot)

    def allow(self, bot: str = "mm-1") -> None:
        kill_switch.allow(self.vault.operator, self.vault.layout, bot)


@contextmanager
def premises(binary: Binary) -> Iterator[Premises]:
    with DevVault(binary, tls=True, audit_log=True, hooks=QUICK) as server, Emulator() as binance:
        vault = ProvisionedVault(server, binance, instance="binance")
        try:
            yield Premises(server, binance, vault, vault.add_credential("market-maker"))
        finally:
            vault.close()
