"""A team's Vault as its operators see it."""

import pytest

from tests.component.ops.line import Line
from vault_binance.testing.fake_vault import FakeVault
from vault_binance.vault.admin import HvacVault


@pytest.fixture
def line():
    return Line(FakeVault())


@pytest.fixture
def vault():
    """With the team's own mount, `desk`."""
    fake = FakeVault()
    made = HvacVault(fake, fake.root_token)
    made.enable_kv("desk", "")
    return made
