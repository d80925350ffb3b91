"""A stranger's tests that ask for a part of the kit, and must not meet what the developer works with."""

import os
from pathlib import Path

import pytest

from vault_binance.binance.hosts import OVERRIDES

OF_THE_DEVELOPER = {"VAULT_ADDR", "VAULT_TOKEN", "BAO_ADDR", "VAULT_NAMESPACE", "BINANCE_API_KEY"}


def is_met():
    return OF_THE_DEVELOPER & os.environ.keys() | {each.name for each in Path.home().iterdir()}


@pytest.fixture
def early(monkeypatch):
    """Has the test's monkeypatch from before our fixtures."""
    monkeypatch.setenv("VAULT_TOKEN", "of the test")


@pytest.fixture(autouse=True)
def everywhere(request):
    if "early" in request.fixturenames:
        request.getfixturevalue("early")


@pytest.mark.parametrize("part", ["vault_fake", "binance_emulator"])
def test_asked_for_within_the_test(part, request):
    request.getfixturevalue(part)
    assert not is_met()


def test_server(vault_server):
    assert not is_met()


def test_fake(vault_fake):
    assert not is_met()


def test_emulator_is_the_only_binance(binance_emulator):
    assert not is_met()
    assert {os.environ[name] for name in OVERRIDES.values()} == {binance_emulator.url}


def test_undone(binance_bot, monkeypatch):
    monkeypatch.undo()
    assert os.environ["VAULT_BINANCE_BOT"] == "mm-1"
    assert not is_met() - {"VAULT_ADDR"}


def test_own_patches_are_within(early, binance_emulator, monkeypatch):
    assert os.environ["VAULT_TOKEN"] == "of the test"
    monkeypatch.setenv("VAULT_ADDR", "of the test")
    monkeypatch.setenv("HOME", "/of-the-test")


class TestAFixtureOfTheStrangersUnderTheSameName:
    @pytest.fixture
    def vault_server(self):
        return os.environ["VAULT_TOKEN"]

    def test_is_left_alone(self, vault_server):
        assert vault_server == "production"


def test_at_last_all_of_it_is_back():
    assert os.environ["VAULT_ADDR"] == "http://127.0.0.1:1"
    assert os.environ["VAULT_TOKEN"] == "production"
    assert (Path.home() / ".vault-token").exists()
