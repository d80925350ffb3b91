"""Ctrl-C wherever a command can be waiting: exit 130, nothing half-written, and no token of ours left behind."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY, API_SECRET
from tests.cli.terminal import Terminal
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    import subprocess

    from tests.cli.stage import Spawn, Stage

CTRL_C, CTRL_D = "\x03", "\x04"
INTERRUPTED = "error: interrupted\n"


def wait_for(proxy: FaultProxy, path: str) -> None:
    deadline = time.monotonic() + 15
    while not any(seen.path.startswith(path) for seen in proxy.requests):
        assert time.monotonic() < deadline, "it was never asked for"
        time.sleep(0.01)


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert "Traceback" not in err
    return process.returncode, (out + err).lstrip("\n")


# At a prompt


def test_at_the_first_question(spawn: Spawn, stage: Stage) -> None:
    with Terminal(spawn, "key", "put", "typed", environ=stage.environ) as terminal:
        terminal.until("API key (hidden): ")
        assert not terminal.echoes
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert terminal.shown.endswith(f"\n{INTERRUPTED}")
        assert terminal.echoes
    assert stage.version("typed") == 0


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_at_the_second_question(spawn: Spawn, stage: Stage, key: str) -> None:
    with Terminal(spawn, "key", "put", "typed", environ=stage.environ) as terminal:
        terminal.until("API key (hidden): ")
        terminal.type(f"{API_KEY}\n")
        terminal.until("API secret (hidden): ")
        terminal.type(f"{API_SECRET[:9]}{key * 2}")  # Ctrl-D counts at the beginning of a line, or twice
        assert terminal.end() in {10, 130}
        assert "S3c" not in terminal.shown
        assert "K3y" not in terminal.shown
    assert stage.version("typed") == 0


def test_answered_it_stores(spawn: Spawn, stage: Stage) -> None:
    with Terminal(spawn, "key", "put", "answered", environ=stage.environ) as terminal:
        terminal.until("API key (hidden): ")
        terminal.type(f"{API_KEY}\n")
        terminal.until("API secret (hidden): ")
        terminal.type(f"{API_SECRET}\n")
        assert terminal.end() == 0
        assert "stored   binance/credentials/answered   version 1" in terminal.shown
        assert "S3c" not in terminal.shown
    assert stage.version("answered") == 1


def test_an_empty_answer(spawn: Spawn, stage: Stage) -> None:
    with Terminal(spawn, "key", "put", "typed", environ=stage.environ) as terminal:
        terminal.until("API key (hidden): ")
        terminal.type("\n")
        assert terminal.end() == 10
        assert "error: the API key is empty" in terminal.shown


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        ("n\n", 1, "error: not confirmed. nothing was changed"),
        ("\n", 1, "error: not confirmed. nothing was changed"),
        (CTRL_C, 130, f"\n{INTERRUPTED}"),
        (CTRL_D, 130, f"\n{INTERRUPTED}"),
        ("perhaps\ny\n", 0, "destroyed confirmed   version 1"),
    ],
    ids=["no", "enter", "ctrl-c", "ctrl-d", "yes"],
)
def test_the_question_before_what_cannot_be_undone(
    spawn: Spawn, stage: Stage, typed: str, code: int, says: str
) -> None:
    if not stage.version("confirmed"):
        stage.put("confirmed")
    with Terminal(spawn, "key", "destroy", "confirmed", environ=stage.environ) as terminal:
        terminal.until("erase confirmed version 1 for good? [y/N]: ")
        terminal.type(typed)
        assert terminal.end() == code
        assert says in terminal.shown
    with stage.operator() as vault:
        metadata = vault.secret_metadata("binance", "credentials/confirmed")
    assert metadata is not None
    assert metadata.versions[0].destroyed == (code == 0)


# In a call


@pytest.mark.parametrize(
    "path", ["sys/wrapping/lookup", "sys/wrapping/unwrap", "auth/binance-approle/login", "binance/data"]
)
def test_in_a_slow_call_of_a_bot(spawn: Spawn, stage: Stage, path: str) -> None:
    """Once there is a token, it is given back."""
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(30).on(f"/v1/{path}")
        environ = {**stage.bot(), "VAULT_ADDR": proxy.address}
        with spawn.started("exec", "--", "echo", "never", environ=environ) as process:
            wait_for(proxy, f"/v1/{path}")
            assert interrupted(process) == (130, INTERRUPTED)
        revoked = proxy.requests[-1].path == "/v1/auth/token/revoke-self"
        assert revoked == (path == "binance/data")


def test_a_second_ctrl_c_does_not_wait_for_the_revocation(spawn: Spawn, stage: Stage) -> None:
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(30).on("/v1/binance/data")
        environ = {**stage.bot(), "VAULT_ADDR": proxy.address}
        with spawn.started("fetch", environ=environ) as process:
            wait_for(proxy, "/v1/binance/data")
            proxy.fault = Fault.slow(30)
            process.send_signal(signal.SIGINT)
            wait_for(proxy, "/v1/auth/token/revoke-self")
            assert interrupted(process) == (130, INTERRUPTED)


def test_in_a_slow_write(spawn: Spawn, stage: Stage) -> None:
    Path("pair").write_text(f"{API_KEY}\n{API_SECRET}\n")
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(30).on("/v1/binance/data")
        environ = {**stage.environ, "VAULT_ADDR": proxy.address}
        with Path("pair").open() as pair:
            line = ("key", "put", "slow", "--no-verify", "--api-key", "-", "--api-secret", "-")
            with spawn.started(*line, environ=environ, stdin=pair.fileno()) as process:
                wait_for(proxy, "/v1/binance/data")
                assert interrupted(process) == (130, INTERRUPTED)
    assert stage.version("slow") == 0


def test_no_part_of_a_file_is_left(spawn: Spawn, stage: Stage) -> None:
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.slow(30).on("/v1/auth/binance-approle/role")
        environ = {**stage.environ, "VAULT_ADDR": proxy.address}
        with spawn.started("bot", "secret-id", "mm-1", "-o", "mm-1.wrapped", environ=environ) as process:
            wait_for(proxy, "/v1/auth/binance-approle/role")
            (part,) = Path().iterdir()
            assert part.stat().st_mode & 0o777 == 0o600
            assert interrupted(process) == (130, INTERRUPTED)
    assert not list(Path().iterdir())


def test_binance_slow(spawn: Spawn, stage: Stage) -> None:
    """`verify` holds a token while it asks Binance: it is given back too."""
    with FaultProxy(stage.binance.url) as slow, FaultProxy(stage.vault.address) as proxy:
        slow.fault = Fault.slow(30)
        environ = {**stage.bot(), "VAULT_ADDR": proxy.address, "VAULT_BINANCE_BINANCE_URL": slow.address}
        with spawn.started("verify", environ=environ) as process:
            wait_for(slow, "/api/v3/time")
            assert interrupted(process) == (130, INTERRUPTED)
        assert proxy.requests[-1].path == "/v1/auth/token/revoke-self"


# In the command


def test_in_the_command_it_is_the_commands_own(spawn: Spawn, stage: Stage) -> None:
    line = ("exec", "market-maker", "--", "sh", "-c")
    with spawn.started(*line, "echo there; exec sleep 30", environ=stage.environ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        assert interrupted(process) == (-signal.SIGINT, "")
    bot = "trap 'exit 9' INT; echo there; while :; do sleep 0.05; done"
    with Terminal(spawn, *line, bot, environ=stage.environ) as terminal:
        terminal.until("there")
        terminal.type(CTRL_C)
        assert terminal.end() == 9


def test_the_emulator_ends_as_it_should(spawn: Spawn) -> None:
    with spawn.started("testing", "emulator") as process:
        assert process.stdout is not None
        shown = [process.stdout.readline() for _ in range(6)]
        assert [line.partition("=")[0] for line in shown] == [
            "BINANCE_BASE_URL",
            "export VAULT_BINANCE_BINANCE_URL",
            "BINANCE_API_KEY",
            "BINANCE_API_SECRET",
            "export VAULT_BINANCE_FUTURES_URL",
            "export VAULT_BINANCE_COIN_FUTURES_URL",
        ]
        assert interrupted(process) == (0, "stopped\n")
