"""What the bot does with a real Vault and a believable Binance; the fixtures are vault-binance's."""

import subprocess
import sys
import threading

import pytest
import steady_buyer
from steady_buyer import Buyer, Refused, main, trade

from vault_binance import Fetcher, LeaseEnded, NoticeKind
from vault_binance.testing import BinanceFault


def test_it_buys(binance_bot, binance_emulator, capsys):
    assert main() == 0
    assert capsys.readouterr().out == "FILLED with version 1\n"
    assert binance_emulator.log[-1].path == "/api/v3/order"


def test_it_follows_a_rotation_even_when_binance_notices_first(binance_bot, binance_emulator):
    with Fetcher() as vault, Buyer(vault) as buyer:
        binance_emulator.delete_key(binance_bot.credential.key.api_key)
        binance_bot.credential.rotate()
        assert buyer.buy() == "FILLED"
        assert vault.version == 2


def test_it_stops_when_it_is_suspended(binance_bot):
    with Fetcher() as vault, pytest.raises(LeaseEnded):
        trade(vault, 2, rest=lambda _: (binance_bot.suspend(), vault.refresh()))


def test_it_trades_through_an_outage_of_vault(binance_bot, binance_emulator, vault_outage):
    with Fetcher() as vault, vault_outage.killed():
        trade(vault, 2, rest=lambda _: None)
    assert [entry.accepted for entry in binance_emulator.log] == [True, True]


def test_it_does_not_trade_on_a_key_that_is_too_old(binance_bot, binance_emulator, vault_outage, capsys):
    too_old = threading.Event()
    with Fetcher(schedule="swift", max_stale=1) as vault:
        vault.on_event(lambda notice: too_old.set() if notice.kind is NoticeKind.EXPIRED else None)
        with vault_outage.killed():
            assert too_old.wait(30)
            trade(vault, 1)
    assert capsys.readouterr().out.startswith("no order: the credentials of market-maker are too old")
    assert not binance_emulator.log


@pytest.mark.binance(permissions=["spot-trading", "withdrawals"])
def test_it_does_not_start_on_a_key_that_may_withdraw(binance_bot, binance_emulator, capsys):
    assert main() == 12
    assert "withdraw" in capsys.readouterr().err
    assert not [entry for entry in binance_emulator.log if entry.path == "/api/v3/order"]


@pytest.mark.binance(permissions=[])
def test_a_key_that_may_not_trade_is_an_error_and_no_endless_loop(binance_bot):
    with Fetcher() as vault, Buyer(vault) as buyer, pytest.raises(Refused, match="-2015"):
        buyer.buy()


def test_another_refusal_of_binances_is_not_tried_again(binance_bot, binance_emulator):
    binance_emulator.fail(BinanceFault.RATE_LIMITED, path="/api/v3/order")
    with Fetcher() as vault, Buyer(vault) as buyer, pytest.raises(Refused, match="-1003"):
        buyer.buy()
    assert len(binance_emulator.log) == 1


def test_as_a_program_it_needs_a_new_login_for_each_start(binance_bot):
    def start():
        return subprocess.run([sys.executable, steady_buyer.__file__], check=False).returncode

    first, again = start(), start()
    binance_bot.new_login()
    assert (first, again, start()) == (0, 24, 0)
