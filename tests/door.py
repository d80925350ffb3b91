"""Our own door to a test's Vault, for what is not the test's point."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from vault_binance.config import Address, Config
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.redacted import Redacted
    from vault_binance.testing.dev_server import DevVault, RaftVault


@contextmanager
def operator_door(server: DevVault | RaftVault, token: Redacted | None = None) -> Iterator[HvacVault]:
    """With the root token, unless another is given."""
    wire = Wire(Config(Address.parse(server.address), cacert=str(server.cacert or "")))
    try:
        yield HvacVault(wire, token or server.root_token)
    finally:
        wire.close()
