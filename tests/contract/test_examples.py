"""The examples on the pages, run as they stand there: each a bot of its own, on a real Vault."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY, API_SECRET, LAYOUT, OTHER_KEY, OTHER_SECRET, Stage
from tests.docs.pages import texts
from tests.support import QUICK, ROOT
from vault_binance.ops import kill_switch
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.testing.server_binary import Binary


PAGES = ("concepts/lease.md", "reference/events.md", "reference/metrics.md", "howto/signing.md")

A_BOT, *OTHERS = [(page, text) for page in PAGES for text in texts(ROOT / "docs" / page, "python")]


@pytest.fixture
def stage(vault_binary: Binary) -> Iterator[Stage]:
    """With a Binance that knows the stored key, for the examples that trade."""
    with DevVault(vault_binary, hooks=QUICK) as vault, Emulator() as binance:
        binance.add_key(API_KEY, API_SECRET, permissions={"enableSpotAndMarginTrading": True})
        stage = Stage(vault, binance)
        stage.set_up()
        yield stage


@contextmanager
def started(stage: Stage, binary: Binary, text: str) -> Iterator[subprocess.Popen[str]]:
    """As a bot that looks after its lease every second; the last example makes a Vault of its own."""
    own = {"VAULT_BINANCE_SCHEDULE": "swift", "VAULT_BINANCE_VAULT_BIN": str(binary.path), "PYTHONUNBUFFERED": "1"}
    whole = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **own}
    command = [sys.executable, "-W", "error", "-c", text]
    assert stage.binance
    urls = {"BINANCE_URL": stage.binance.url, "BINANCE_WS_URL": f"{stage.binance.url}/ws-api/v3".replace("http", "ws")}
    environ = {**whole, **urls, **stage.bot(wrapped=False)}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("example", OTHERS, ids=lambda example: example[0])
def test_an_example_runs_to_its_end(stage, vault_binary, example):
    with started(stage, vault_binary, example[1]) as process:
        _, error = process.communicate(timeout=60)
        assert (process.returncode, error) == (0, "")


def until(process: subprocess.Popen[str], said: str) -> None:
    """Read on until a line begins so; fails where none ever does."""
    assert process.stdout
    for line in process.stdout:
        if line.startswith(said):
            return
    pytest.fail(f"it never said {said!r}: {process.stderr and process.stderr.read()}")


def test_the_bot_follows_a_rotation_pauses_while_it_is_refused_and_ends_in_order(stage, vault_binary):
    with started(stage, vault_binary, A_BOT[1]) as process:
        until(process, "trading with version 1")
        stage.put("market-maker", OTHER_KEY, OTHER_SECRET)
        until(process, "from now on version 2")
        until(process, "trading with version 2")
        with stage.operator() as vault:
            kill_switch.suspend(vault, LAYOUT, "mm-1")
            until(process, "no order now: Vault refuses market-maker")
            kill_switch.allow(vault, LAYOUT, "mm-1")
        until(process, "trading with version 2")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM
