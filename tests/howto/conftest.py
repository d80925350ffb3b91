"""Where the pages of docs/howto are typed, each on a real Vault of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.howto.premises import Premises, premises
from tests.howto.scene import Scene
from tests.support import QUICK
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.emulator import Emulator
from vault_binance.testing.provisioned import ProvisionedVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vault_binance.testing.server_binary import Binary


@pytest.fixture(scope="module")
def at(vault_binary: Binary) -> Iterator[Premises]:
    with premises(vault_binary) as made:
        yield made


@pytest.fixture
def scene(vault_binary: Binary, tmp_path: Path) -> Iterator[Scene]:
    with DevVault(vault_binary, audit_log=True, hooks=QUICK) as server, Emulator() as binance:
        (tmp_path / "vault").symlink_to(server.binary.path)  # under this name, OpenBao's too
        vault = ProvisionedVault(server, binance, instance="binance")
        yield Scene(server, binance, vault, tmp_path)
        vault.close()
