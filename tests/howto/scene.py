"""Where the recipes for bots are tried: an operator's terminal and a bot's host, with a real Vault between them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.howto.page import VAULT, Terminal
from tests.support import ROOT, unavailable
from vault_binance.testing.emulator.state import fingerprint
from vault_binance.testing.provisioned import TRADING, ProvisionedVault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.howto.page import Block
    from vault_binance.testing.dev_server import DevVault
    from vault_binance.testing.emulator import Emulator, IssuedKey
    from vault_binance.testing.provisioned import ProvisionedBot, StoredCredential

TERMS = {"permissions": TRADING, "ip_list": ("127.0.0.1",)}
"""Of a key that trades on spot from here alone."""

CLIENTS = ROOT / ".clients"


def installed(client: str) -> Path:
    """The environment of a client, whole."""
    if not (CLIENTS / client / "installed").exists():
        unavailable(f"no environment with {client}: scripts/clients makes it")
    return CLIENTS / client


@dataclass(slots=True)
class Scene:
    """A Vault with one instance, called `binance` as on the pages, and an emulated Binance. `place` is where its
    people and bots work, all in one directory.
    """

    server: DevVault
    binance: Emulator
    vault: ProvisionedVault
    place: Path
    own: dict[str, str] = field(init=False)
    """What a reader puts in the place of what the pages say."""

    def __post_init__(self) -> None:
        self.own = {VAULT: self.server.address}

    def hire(self, settings: Block) -> tuple[StoredCredential, ProvisionedBot]:
        """Make the credential market-maker and the bot mm-1, with its settings, RoleID and a login as files."""
        credential = self.vault.add_credential("market-maker")
        bot = self.vault.add_bot("mm-1", credential)
        settings.save(self.place)
        (self.place / "mm-1.role-id").write_text(bot.role_id)
        (self.place / "mm-1.wrapped").write_text(bot.environ["VAULT_BINANCE_WRAPPED_SECRET_ID"])
        return credential, bot

    def traded(self, key: IssuedKey) -> bool:
        """Whether Binance has taken an order with this key."""
        sender = fingerprint(key.api_key.reveal())
        orders = [entry for entry in self.binance.log if entry.path.startswith("/api/v3/order")]
        return any(entry.accepted for entry in orders if entry.fingerprint == sender)

    def bot(self, client: str, **environ: str) -> Terminal:
        """A bot's host with this client; Binance is the emulator there, and the lease is looked after each second."""
        binance = dict.fromkeys(("BINANCE_BASE_URL", "VAULT_BINANCE_BINANCE_URL"), self.binance.url)
        path = [installed(client) / "bin"]
        return self._terminal(path, {**binance, "VAULT_BINANCE_SCHEDULE": "swift", **environ})

    def operator(self, **environ: str) -> Terminal:
        """As who may do anything: what each role may do is shown elsewhere."""
        token = {"VAULT_ADDR": self.server.address, "VAULT_TOKEN": self.server.root_token.reveal()}
        return self._terminal([], {**token, "VAULT_BINANCE_BINANCE_URL": self.binance.url, **environ})

    def _terminal(self, programs: list[Path], environ: Mapping[str, str]) -> Terminal:
        """With these directories first on its PATH, then ours and Vault's own command."""
        path = [*programs, Path(sys.executable).parent, self.place, os.environ["PATH"]]
        shell = {"PATH": os.pathsep.join(map(str, path)), "HOME": str(self.place), "PYTHONPATH": str(ROOT)}
        return Terminal(self.place, {**shell, "PYTHONUNBUFFERED": "1", **environ})
