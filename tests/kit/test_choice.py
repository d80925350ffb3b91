"""Which Vault a session stands on, and the reason where there is none."""

from __future__ import annotations

import pytest

from tests.support import need_docker
from vault_binance.testing import DevVault, FakeVault, RaftVault, VaultContainer, server_choice
from vault_binance.testing.server_binary import VARIABLE
from vault_binance.testing.server_choice import BINARY, Choice


@pytest.fixture
def bare(monkeypatch):
    """A machine with nothing on it."""
    monkeypatch.setenv(VARIABLE, "/nowhere/vault")
    monkeypatch.setenv("PATH", "")


def test_without_a_server_the_reason_is_what_was_looked_for(bare):
    assert Choice("process", "").missing.startswith(f"{VARIABLE}: /nowhere/vault does not exist; name a Vault")
    assert Choice("container", BINARY).missing == "no container engine: the `docker` command is not installed"
    assert Choice("fake", "").missing == ""


def test_without_testcontainers_the_reason_is_what_to_install(monkeypatch):
    monkeypatch.setattr(server_choice, "find_spec", lambda name: None)
    assert Choice("container", BINARY).missing.endswith("pip install 'vault-binance[testing]'")


def test_an_image_that_cannot_be_had_is_a_reason(monkeypatch):
    need_docker()
    assert Choice("container", "127.0.0.1:1/nobody:none").missing.startswith(
        "the image 127.0.0.1:1/nobody:none cannot be had: "
    )
    monkeypatch.setenv(VARIABLE, "/nowhere/vault")
    assert "does not exist" in Choice("container", BINARY).missing


def test_a_server_outlives_outages_only_where_it_must(vault_binary, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(vault_binary.path))
    process, container, fake = Choice("process", ""), Choice("container", "an/image:1"), Choice("fake", "")
    made = [each.server(durable=durable) for each in (process, container, fake) for durable in (False, True)]
    assert [type(server) for server in made] == [
        *(DevVault, RaftVault),
        *(VaultContainer, VaultContainer),
        *(FakeVault, FakeVault),
    ]
    assert [server.keeps_data for server in made] == [False, True, False, True, True, True]


def test_the_runs_environment_is_not_shown_where_a_test_fails():
    assert "a-token" not in repr(Choice("process", "", {"VAULT_TOKEN": "a-token"}))
