"""A stranger's tests: what our plugin promises them, each in a few lines."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from vault_binance import AsyncFetcher, BinanceAuth, Fetcher, KeyType, LeaseEnded

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
BOT = """
import os
from vault_binance import borrow
with borrow() as credentials:
    print(credentials.version, sorted(name for name in os.environ if "TOKEN" in name or name.endswith("_KEY")))
"""


def order(vault, url):
    return httpx.post(f"{url}/api/v3/order", params=ORDER, auth=BinanceAuth(vault))


def test_five_lines(binance_bot, binance_emulator):
    with Fetcher() as vault:
        answer = order(vault, binance_emulator.url)
    assert answer.json()["status"] == "FILLED"
    assert binance_emulator.log[-1].accepted


async def test_an_event_loop(binance_bot):
    async with AsyncFetcher() as vault:
        assert vault.credentials.version == 1
        binance_bot.credential.rotate()
        await vault.refresh()
        assert vault.credentials.api_key == binance_bot.credential.key.api_key


def test_a_program_inherits_it_and_a_login_opens_once(binance_bot):
    def start():
        return subprocess.run([sys.executable, "-c", BOT], capture_output=True, text=True, check=False)

    first, second = start(), start()
    binance_bot.new_login()
    third = start()
    assert (first.stdout, second.returncode, third.stdout) == ("1 []\n", 1, "1 []\n")
    assert "WrappedTokenInvalid" in second.stderr


def test_a_program_is_given_it_elsewhere(binance_bot):
    environ = dict(binance_bot.environ)
    assert subprocess.check_output([sys.executable, "-c", BOT], env=environ, text=True) == "1 []\n"


def test_nothing_of_the_developers_is_seen(binance_bot, vault_server):
    assert os.environ["VAULT_ADDR"] == vault_server.address
    assert not {"VAULT_TOKEN", "BAO_ADDR", "VAULT_NAMESPACE", "BINANCE_API_KEY"} & os.environ.keys()
    assert not (Path.home() / ".vault-token").exists()


def test_the_developers_settings_are_there_without_a_bot():
    assert os.environ["VAULT_TOKEN"] == "production"
    assert (Path.home() / ".vault-token").exists()


@pytest.mark.binance(credential="arb", key_type="ed25519")
class TestOfAClass:
    @pytest.mark.binance(bot="arb-1", permissions=["spot-trading", "enableFutures"], ip_list="127.0.0.1")
    def test_terms_of_class_and_test_come_together(self, binance_bot, binance_emulator):
        assert (binance_bot.name, binance_bot.credential.name) == ("arb-1", "arb")
        assert binance_bot.credential.key.key_type is KeyType.ED25519
        (key,) = binance_emulator.state.keys.values()
        assert key.permissions == {"enableSpotAndMarginTrading": True, "enableFutures": True}
        with Fetcher() as vault:
            assert order(vault, binance_emulator.url).status_code == 200

    @pytest.mark.binance(permissions=[])
    def test_a_key_that_may_not_trade(self, binance_bot, binance_emulator):
        with Fetcher() as vault:
            assert order(vault, binance_emulator.url).json()["code"] == -2015


def test_a_suspended_bot_is_refused(binance_bot):
    with Fetcher(schedule="swift") as vault:
        binance_bot.suspend()
        with pytest.raises(LeaseEnded):
            vault.refresh()


def test_another_bot_on_the_same_vault_reads_its_own(binance_bot):
    other = binance_bot.vault.add_bot("mm-2", binance_bot.vault.add_credential("arb"))
    with Fetcher() as vault, Fetcher(environ=other.environ) as others:
        assert vault.credentials.api_key != others.credentials.api_key
