"""`testing emulator` and `testing vault`: what they print, whom they serve, and how they end."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.cli.terminal import Terminal
from vault_binance.binance.api import BinanceApi
from vault_binance.cli.testing import _tell
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator.faults import Fault
from vault_binance.testing.emulator.state import LogEntry
from vault_binance.testing.server_binary import VARIABLE

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.cli.stage import Ran, Spawn
    from vault_binance.testing.server_binary import Binary

    Command = Callable[..., Ran]

START = ("testing", "emulator")


def url_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip().partition("=")[2]


def ask(url: str, path: str) -> httpx.Response:
    return httpx.get(url + path, trust_env=False)


def test_it_ends_on_term_as_on_ctrl_c(spawn: Spawn) -> None:
    with spawn.started(*START) as process:
        assert ask(url_of(process), "/api/v3/ping").status_code == 200
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=15)
    assert (process.returncode, err) == (0, "stopped\n")


def test_a_vault_prints_what_a_shell_needs_writes_an_audit_log_and_ends_with_the_command(
    spawn: Spawn, vault_binary: Binary
) -> None:
    with spawn.started("testing", "vault", environ={VARIABLE: str(vault_binary.path)}) as process:
        assert process.stdout is not None
        address, token, log = (process.stdout.readline().strip().partition("=") for _ in range(3))
        headers = {"X-Vault-Token": token[2]}
        said = httpx.get(f"{address[2]}/v1/auth/token/lookup-self", headers=headers, trust_env=False).json()
        assert said["data"]["policies"] == ["root"]
        assert "auth/token/lookup-self" in Path(log[2]).read_text()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=15)
    assert (process.returncode, err) == (0, "stopped\n")
    assert [name for name, _, _ in (address, token, log)] == ["export VAULT_ADDR", "export VAULT_TOKEN", "AUDIT_LOG"]
    assert not Path(log[2]).parent.exists()


def test_what_it_prints_is_ready_for_a_shell(spawn: Spawn) -> None:
    """A private key has line ends; it comes through whole."""
    line = (
        "exec 3< <(exec $VB testing emulator --type ed25519); emulator=$!; "
        "text=; while IFS= read -r line <&3; do text+=\"$line\"$'\\n'; "
        "case $line in *COIN_FUTURES_URL*) break;; esac; done; kill $emulator; "
        'eval "$text"; printf %s "$BINANCE_API_SECRET" | head -n 1; printf %s "$VAULT_BINANCE_COIN_FUTURES_URL"'
    )
    ran = spawn.shell(line)
    assert re.fullmatch(r"-----BEGIN PRIVATE KEY-----\nhttp://127\.0\.0\.1:\d+", ran.out)


def test_faults_the_door_and_the_testnet(spawn: Spawn) -> None:
    with spawn.started(*START, "--fault", "firewall", "--environment", "testnet", "--control") as process:
        url = url_of(process)
        assert ask(url, "/api/v3/ping").status_code == 403
        assert httpx.delete(url + "/emulator/faults", trust_env=False).status_code == 200
        assert ask(url, "/sapi/v1/system/status").status_code == 404


@pytest.mark.parametrize(("option", "name"), [("--permission", "moon"), ("--fault", "earthquake")])
def test_a_name_that_there_is_not(command: Command, option: str, name: str) -> None:
    ran = command(*START, option, name)
    assert ran.code == 10
    assert ran.error == f"{option} {name!r}: there is no such {option.removeprefix('--')}"


def test_an_address_that_nobody_can_have(command: Command) -> None:
    ran = command(*START, "--ip", "1.2.3")
    assert (ran.code, ran.error) == (10, "--ip '1.2.3' is no address")


def test_permissions_have_our_words_or_binances(spawn: Spawn) -> None:
    options = ("--permission", "futures", "--permission", "enableMargin", "--ip", "127.0.0.1")
    with spawn.started(*START, *options) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(4)]
        printed = dict(line.split("=", 1) for line in lines)
        key, secret = Redacted(printed["BINANCE_API_KEY"]), Redacted(printed["BINANCE_API_SECRET"])
        pair = Credentials("emulated", key, secret, KeyType.HMAC, Environment.LIVE)
        with BinanceApi(pair, url=printed["BINANCE_BASE_URL"]) as binance:
            told = binance.restrictions()
    assert (told.enable_futures, told.enable_margin, told.enable_withdrawals) == (True, True, False)
    assert told.ip_restrict is True


def test_on_a_terminal_each_request_is_a_line(spawn: Spawn) -> None:
    with Terminal(spawn, *START, environ={}) as terminal:
        terminal.until("COIN_FUTURES_URL")
        (url,) = re.findall(r"BINANCE_BASE_URL=(\S+)", terminal.shown)
        ask(url, "/api/v3/account?timestamp=1&signature=canary")
        terminal.until("-2014")
        terminal.type("\x03")
        assert terminal.end() == 0
    assert "127.0.0.1  GET     /api/v3/account  401  -2014" in terminal.shown
    assert "canary" not in terminal.shown


def test_a_line_shows_a_key_as_its_fingerprint(capfd: pytest.CaptureFixture[str]) -> None:
    _tell(LogEntry(0, "127.0.0.1", "POST", "/api/v3/order\x1b[31m", "0123456789abcdef", 0, 0))
    assert capfd.readouterr().err == "127.0.0.1  POST    /api/v3/order\\x1b[31m  cut  01234567\n"


def test_every_fault_has_a_name_for_the_command_line() -> None:
    assert all(re.fullmatch("[a-z0-9-]+", fault) for fault in Fault)
