"""Questions and their answers, in this process; test_interrupted.py has them on a real terminal."""

from __future__ import annotations

import io
import logging
import socket
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
import pytest

from tests.cli.stage import API_KEY, API_SECRET
from vault_binance.cli import secret_input, testing
from vault_binance.cli.confirm import confirm
from vault_binance.cli.main import run
from vault_binance.connect import borrow
from vault_binance.credentials import Environment
from vault_binance.errors import ConfigError, VaultBinanceError
from vault_binance.ops import keys
from vault_binance.testing.emulator import Emulator
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Command
    from tests.cli.stage import Stage


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put what a person types before the program."""
    return lambda text: monkeypatch.setattr("sys.stdin", Terminal(text))


@pytest.mark.parametrize(("text", "error"), [("y\n", None), ("n\n", VaultBinanceError), ("", click.Abort)])
def test_confirm(typed: Callable[[str], None], text: str, error: type[Exception] | None) -> None:
    typed(text)
    if error is None:
        confirm("erase it?")
        return
    with pytest.raises(error):
        confirm("erase it?")


def test_a_hidden_prompt(typed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    typed("")
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: API_SECRET)
    assert secret_input.read(None, "API secret", "--api-secret") == API_SECRET


def test_the_emulator(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def pause() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(testing.signal, "pause", pause)
    assert run(["testing", "emulator"]) == 0
    out, err = capfd.readouterr()
    assert [line.partition("=")[0] for line in out.splitlines()] == [
        "BINANCE_BASE_URL",
        "export VAULT_BINANCE_BINANCE_URL",
        "BINANCE_API_KEY",
        "BINANCE_API_SECRET",
        "export VAULT_BINANCE_FUTURES_URL",
        "export VAULT_BINANCE_COIN_FUTURES_URL",
    ]
    assert err == "stopped\n"


def test_the_emulators_port_is_taken(command: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = command("testing", "emulator", "--port", port)
    assert (ran.code, ran.error) == (10, f"cannot listen on port {port}: Address already in use")


def test_a_name_and_a_path(command: Command, stage: Stage) -> None:
    ran = command("fetch", "market-maker", "--path", "binance/x", environ=stage.environ)
    assert (ran.code, ran.error) == (10, "the credential 'market-maker' and the path 'binance/x': which of the two?")


def test_a_version_without_its_value(command: Command, stage: Stage) -> None:
    ran = command("key", "show", "market-maker", "--version", "1", environ=stage.environ)
    assert ran.code == 2
    assert command("key", "show", "market-maker", "--version", "1", "--reveal", environ=stage.environ).code == 0


def test_a_library_warns_by_its_logger(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.status(503).on("/v1/auth/token/revoke-self")
        with borrow(environ={**stage.bot(), "VAULT_ADDR": proxy.address}) as credentials:
            assert credentials.api_key.reveal() == API_KEY
    assert [record.name for record in caplog.records if record.levelno == logging.WARNING] == ["vault_binance"]
    assert "could not be revoked" in caplog.text


def test_a_library_asks_which_credential(stage: Stage) -> None:
    with pytest.raises(ConfigError, match="which credential"), borrow(environ=stage.environ):
        pass


def test_a_server_that_does_not_record_who(command: Command, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """As older ones do not."""
    found = keys.found

    def unrecorded(*arguments: Any) -> Any:
        key = found(*arguments)
        return replace(key, versions=tuple(replace(one, created_by="", deleted_by="") for one in key.versions))

    monkeypatch.setattr(keys, "found", unrecorded)
    ran = command("key", "history", "market-maker", environ=stage.environ)
    assert ran.err == "note:  this server does not record who wrote a version: the audit log does\n"
    assert command("key", "history", "market-maker", "--field", "by", environ=stage.environ).out == "?\n"


def test_a_key_of_the_testnet(command: Command, stage: Stage) -> None:
    """It has no /sapi, so its permissions are not known, and none are written down."""
    with Emulator(environment=Environment.TESTNET) as testnet:
        issued = testnet.add_key()
        assert issued.secret is not None
        pair = f"{issued.api_key.reveal()}\n{issued.secret.reveal()}\n"
        line = ("key", "put", "testnet", "--environment", "testnet", "--api-key", "-", "--api-secret", "-")
        ran = command(*line, environ={**stage.environ, "VAULT_BINANCE_BINANCE_URL": testnet.url}, stdin=pair)
    assert (ran.code, "permissions could not be checked" in ran.err) == (0, True)
    shown = command("key", "show", "testnet", environ=stage.environ).out
    assert "verified_version" in shown
    assert "permissions" not in shown
