"""The pytest plugin: a real Vault, a believable Binance, and a bot between them.

    def test_the_bot_trades(binance_bot, binance_emulator):
        with Fetcher() as vault:
            ...

Rules of the file
- It loads in every run of pytest where this package is installed: at import there is pytest, and nothing of ours.
- A test that asks for `binance_bot` is that bot: its settings are in the environment, and no Vault of the caller's is.
- A server lasts for a worker's session, an instance on it for one test.
- What is missing is a failure, unless the test is marked `needs_vault`: then it is skipped with the reason.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.testing.dev_server import DevVault
    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.provisioned import ProvisionedBot, ProvisionedVault, StoredCredential


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "binance(**terms): names and terms of the key and the bot; see docs")
    config.addinivalue_line("markers", "needs_vault: skip, with the reason, where no Vault server can be had")


@pytest.fixture(scope="session")
def vault_server() -> Iterator[DevVault]:
    """A real Vault server, one for each worker."""
    from vault_binance.testing.dev_server import DevVault

    with DevVault() as server:
        yield server


@pytest.fixture
def binance_emulator() -> Iterator[Emulator]:
    """A Binance on the loopback, fresh for each test."""
    from vault_binance.testing.emulator import Emulator

    with Emulator() as binance:
        yield binance


@pytest.fixture
def _provisioned_vault(vault_server: DevVault, binance_emulator: Emulator) -> Iterator[ProvisionedVault]:
    from vault_binance.testing.provisioned import ProvisionedVault

    vault = ProvisionedVault(vault_server, binance_emulator)
    yield vault
    vault.close()


@pytest.fixture
def binance_credential(_provisioned_vault: ProvisionedVault, request: pytest.FixtureRequest) -> StoredCredential:
    """A key at the emulator, stored in Vault; `@pytest.mark.binance(credential="arb")` says under which name."""
    return _provisioned_vault.add_credential(_terms(request).get("credential", "market-maker"))


@pytest.fixture
def binance_bot(
    _provisioned_vault: ProvisionedVault,
    binance_credential: StoredCredential,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> ProvisionedBot:
    """A bot that may read that credential; the test's environment is this bot's."""
    bot = _provisioned_vault.add_bot(_terms(request).get("bot", "mm-1"), binance_credential)
    for name in [name for name in os.environ if name.startswith(("VAULT_", "BAO_"))]:
        monkeypatch.delenv(name)
    for name, text in bot.environ.items():
        monkeypatch.setenv(name, text)
    return bot


def _terms(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker("binance")
    return dict(marker.kwargs) if marker else {}
