"""The Vault that the lease is measured on: set up as `vault-binance setup` does, one credential, as many bots as asked.

Rules of the file
- Each bot has an AppRole identity of its own, and all of them read one credential, so that one write is a rotation.
- Times are by the wall clock, which processes share.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lease_gate import Gate, gate

from vault_binance.config import Address, Config
from vault_binance.layout import Layout
from vault_binance.ops import bots, kill_switch
from vault_binance.redacted import Redacted
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.provisioned import set_up
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

CREDENTIAL = "market-maker"


class Seat(NamedTuple):
    """What one bot is given: its number at the gate, its address there, its identity."""

    number: int
    address: str
    role_id: str
    secret_id: Redacted

    @property
    def name(self) -> str:
        return f"bot-{self.number}"

    def environ(self) -> dict[str, str]:
        return {
            "VAULT_ADDR": self.address,
            "VAULT_BINANCE_CREDENTIAL": CREDENTIAL,
            "VAULT_BINANCE_ROLE_ID": self.role_id,
            "VAULT_BINANCE_SECRET_ID": self.secret_id.reveal(),
        }


class House:
    """The server, its operator, the gate before it, and a directory for what the measured programs write."""

    def __init__(self, vault: DevVault, gate: Gate, directory: Path) -> None:
        self.vault, self.gate, self.directory = vault, gate, directory
        self._layout = Layout()
        self._door = HvacVault(Wire(Config(Address.parse(vault.address))), vault.root_token)
        set_up(self._door, self._layout)
        self._version = 0
        self.rotate()

    def seat(self, number: int, **role: object) -> Seat:
        """Make the bot at this number of the gate; `role` changes settings of its AppRole role, as in token_ttl=4."""
        bot = bots.add(self._door, self._layout, f"bot-{number}", CREDENTIAL)
        if role:
            settings = bots.role_settings(self._layout, ()) | role
            self._door.write_role(self._layout.approle_mount, f"bot-{number}", settings)
        answer = self.vault.call("POST", self._layout.secret_id_path(f"bot-{number}"), {})[1]
        return Seat(number, self.gate.addresses[number], bot.role_id, Redacted(answer["data"]["secret_id"]))

    def rotate(self) -> float:
        """Write the next version of the credential; return when that began."""
        begun = time.time()
        mark = f"{self._version + 1:064d}"
        pair = {"api_key": mark, "api_secret": mark, "key_type": "HMAC", "environment": "live"}
        self._door.write_secret(self._layout.kv_mount, self._layout.credential(CREDENTIAL), pair, cas=self._version)
        self._version += 1
        return begun

    @property
    def version(self) -> int:
        return self._version

    def suspend(self, seat: Seat) -> float:
        """As `bot suspend`; return when that began."""
        begun = time.time()
        kill_switch.suspend(self._door, self._layout, seat.name)
        return begun

    def allow(self, seat: Seat) -> None:
        kill_switch.allow(self._door, self._layout, seat.name)

    def token_for(self, seat: Seat) -> Redacted:
        """Log in for a program that cannot; past the gate, so that it is not counted."""
        proof = {"role_id": seat.role_id, "secret_id": seat.secret_id.reveal()}
        answer = self.vault.call("POST", f"auth/{self._layout.approle_mount}/login", proof)[1]
        return Redacted(answer["auth"]["client_token"])

    def tokens(self) -> int:
        return self._listed("auth/token/accessors")

    def leases(self) -> int:
        """The leases of the bots' logins; KV gives none."""
        return self._listed(f"sys/leases/lookup/auth/{self._layout.approle_mount}/login")

    def _listed(self, path: str) -> int:
        status, answer = self.vault.call("LIST", path)
        return len(answer["data"]["keys"]) if status == 200 else 0


@contextmanager
def house(count: int) -> Iterator[House]:
    """A house whose gate has room for `count` bots."""
    with (
        tempfile.TemporaryDirectory(prefix="vault-binance-bench-") as directory,
        DevVault() as vault,
        gate(vault.address, count, Path(directory, "gate.log")) as before_it,
    ):
        yield House(vault, before_it, Path(directory))
