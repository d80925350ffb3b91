"""A stranger's tests where no Vault server can be had."""

import sys

import pytest


def test_first_nothing_of_ours_is_loaded_but_the_plugin():
    ours = {name for name in sys.modules if name.partition(".")[0] == "vault_binance"}
    assert ours == {"vault_binance", "vault_binance.testing", "vault_binance.testing.pytest_plugin"}


@pytest.mark.needs_vault
def test_marked(binance_bot):
    raise AssertionError("it must not run")


def test_unmarked(binance_bot):
    raise AssertionError("it must not run")


def test_on_the_fake(vault_fake):
    assert vault_fake.health() == 200
