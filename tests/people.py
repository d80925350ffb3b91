"""People for tests: the groups and the second factor of an instance, and a phone that shows codes.

Rules of the file
- What `setup` makes is made here by the port, so that a test of people needs nothing else of it.
- A phone waits for no clock: it shows the code of any period it is asked for.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vault_binance.ops import structure
from vault_binance.ops.structure import SecondFactor
from vault_binance.totp import Authenticator

if TYPE_CHECKING:
    from vault_binance.layout import Layout
    from vault_binance.redacted import Redacted
    from vault_binance.vault.operator_port import OperatorVault


def make_groups(vault: OperatorVault, layout: Layout, second_factor: SecondFactor = SecondFactor.TOTP) -> str:
    """The groups of an instance, and what asks their members for a code; the id of the TOTP method, or nothing."""
    made = [
        vault.write_group(group.name, policies=group.policies, metadata=group.metadata)
        for group in structure.groups(layout, second_factor)
    ]
    if second_factor is SecondFactor.IDP:
        return ""
    method = vault.make_totp_method(layout.managed_by).id
    vault.write_enforcement(layout.enforcement, methods=[method], groups=[group.id for group in made])
    return method


PASSWORD = "of-a-test"
KNOWN = {"password_hash": "$2b$04$abcdefghijklmnopqrstuuAHLBt8IPVP672MznuUaO6.FPuBbh0ja"}
"""The same as bcrypt has it at its lowest cost: one that Vault hashes costs a twelfth of a second at every login."""


@dataclass
class Phone:
    """An authenticator app. Vault takes each code once, of three periods: `next` shows one that was not shown yet."""

    apps: dict[str, Authenticator] = field(default_factory=dict)
    _shown: set[int] = field(default_factory=set)

    def scan(self, address: Redacted) -> None:
        self.apps["vault"] = Authenticator.from_address(address)
        self._shown = set()

    def code(self, period: int = 0) -> str:
        return self.apps["vault"].code(time.time() + 30 * period)

    def next(self) -> str:
        """A code that was not shown yet; there are three at a time."""
        now = int(time.time()) // 30
        fresh = next(period for period in (now, now - 1, now + 1) if period not in self._shown)
        self._shown.add(fresh)
        return self.apps["vault"].code(fresh * 30)

    def wrong(self) -> str:
        right = {self.code(period) for period in range(-3, 4)}
        return next(f"{number:06d}" for number in range(10) if f"{number:06d}" not in right)
