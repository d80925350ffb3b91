"""The examples in the README, run as they stand."""

from __future__ import annotations

from runpy import run_path
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.pages import texts
from tests.support import ROOT
from vault_binance.errors import LoginRefused

if TYPE_CHECKING:
    from pathlib import Path

    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.provisioned import ProvisionedBot

A_BOT, A_TEST = texts(ROOT / "README.md", "python")


def ran(text: str, at: Path) -> dict[str, Any]:
    (at / "example.py").write_text(text)
    return run_path(str(at / "example.py"))


def test_the_bot_asks_for_its_account_and_shows_no_key(
    binance_bot: ProvisionedBot, binance_emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert binance_bot.credential.name in A_BOT
    ran(A_BOT.replace("https://api.binance.com", binance_emulator.url), tmp_path)
    assert binance_emulator.log[-1].accepted
    assert capsys.readouterr().out == "********\n"


def test_the_test_passes_and_fails_for_a_bot_that_is_suspended(
    binance_bot: ProvisionedBot, binance_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = ran(A_TEST, tmp_path)["test_my_bot_reads_its_account"]
    test(binance_bot, binance_emulator)
    binance_bot.suspend()
    for name, value in binance_bot.new_login().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(LoginRefused):
        test(binance_bot, binance_emulator)
