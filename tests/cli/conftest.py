"""A stage for each module, and three ways to run a command on it: in this process, in one of its own, in a shell."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.staff import Staff
from tests.cli.stage import API_KEY, API_SECRET, OTHER_KEY, OTHER_SECRET, Ran, Spawn, Stage
from tests.support import QUICK
from vault_binance.cli.main import run
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from vault_binance.testing.server_binary import Binary

    Command = Callable[..., Ran]


@pytest.fixture(scope="module")
def binance() -> Iterator[Emulator]:
    """A Binance that knows a good key and a dangerous one."""
    with Emulator() as server:
        server.add_key(API_KEY, API_SECRET, ip_list=("127.0.0.1",))
        server.add_key(OTHER_KEY, OTHER_SECRET, permissions={"enableWithdrawals": True})
        yield server


@pytest.fixture(scope="module")
def stage(vault_binary: Binary, binance: Emulator) -> Iterator[Stage]:
    """A Vault of this module's own, set up, with the credential market-maker and the bot mm-1 that reads it."""
    with DevVault(vault_binary, audit_log=True, hooks=QUICK) as vault:
        stage = Stage(vault, binance)
        stage.set_up()
        yield stage


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run a command line in this process: command("key", "list", environ=stage.environ, stdin="...")."""

    def ran(*arguments: str, environ: Mapping[str, str] | None = None, stdin: str | bytes = "") -> Ran:
        raw = stdin if isinstance(stdin, bytes) else stdin.encode()
        capfd.readouterr()
        with monkeypatch.context() as patch:
            for name, value in (environ or {}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
            code = run(arguments)
        return Ran(*capfd.readouterr(), code)

    return ran


@pytest.fixture
def spawn(here: Path) -> Spawn:
    return Spawn(here)


@pytest.fixture
def staff(stage: Stage, spawn: Spawn) -> Staff:
    """People of the team's, who are given roles and log in."""
    made = Staff(stage, spawn)
    made.prepare()
    return made
