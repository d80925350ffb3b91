"""A stranger's tests that fail, with everything secret within reach of the report."""

import os
from pathlib import Path

from vault_binance import Fetcher


def noted(bot, server):
    """Every secret of this test, for whoever looks through the report."""
    key, environ = bot.credential.key, bot.environ
    told = [environ["VAULT_BINANCE_WRAPPED_SECRET_ID"], environ["VAULT_BINANCE_ROLE_ID"]]
    told += [key.api_key.reveal(), key.secret.reveal(), server.root_token.reveal()]
    with Path(os.environ["NOTED"]).open("a") as file:
        file.write("\n".join(told) + "\n")


def test_a_wrong_expectation(binance_bot, binance_credential, vault_server, binance_emulator):
    noted(binance_bot, vault_server)
    environ = binance_bot.environ
    with Fetcher() as vault:
        credentials = vault.credentials
        assert credentials.version == len(environ)


def test_a_refusal_from_within(binance_bot, vault_server):
    noted(binance_bot, vault_server)
    binance_bot.suspend()
    with Fetcher(environ=binance_bot.environ):
        pass


def test_a_command_that_is_not_there(binance_bot, vault_server):
    noted(binance_bot, vault_server)
    binance_bot.vault.add_bot("mm 1", binance_bot.credential)


def test_a_comparison_that_fails(binance_bot, vault_server):
    noted(binance_bot, vault_server)
    assert binance_bot.environ == {"VAULT_BINANCE_ROLE_ID": ""}


def test_a_comparison_of_bots(binance_bot, vault_server):
    noted(binance_bot, vault_server)
    assert binance_bot == binance_bot.vault.add_bot("mm-2", binance_bot.credential)


def test_a_server_that_is_not_there(binance_bot, vault_server, monkeypatch):
    noted(binance_bot, vault_server)
    monkeypatch.setattr(vault_server, "address", "http://127.0.0.1:1")
    vault_server.must("GET", "sys/mounts")
