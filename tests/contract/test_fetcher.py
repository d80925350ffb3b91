"""Fetchers in processes of their own, on a real Vault: what is left behind at the end, after a fork, after a signal.

Also over a lifetime of seconds: the leases that a machine decides about are Vault's here.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import LAYOUT, Stage
from tests.support import QUICK, ROOT
from vault_binance import AsyncFetcher, Fetcher
from vault_binance.schedules import SWIFT
from vault_binance.testing.dev_server import DevVault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.testing.server_binary import Binary

PROLOGUE = """
import os, signal, sys, threading, time
from vault_binance import Fetcher
"""


@pytest.fixture(scope="module")
def stage(vault_binary: Binary) -> Iterator[Stage]:
    with DevVault(vault_binary, hooks=QUICK) as vault:
        stage = Stage(vault)
        stage.set_up()
        yield stage


@pytest.fixture
def tokens(stage: Stage):
    """How many tokens there are more than at the start."""
    before = count(stage)
    return lambda: count(stage) - before


def count(stage: Stage) -> int:
    return len(stage.vault.call("LIST", "auth/token/accessors")[1]["data"]["keys"])


@pytest.fixture
def environ(stage: Stage) -> dict[str, str]:
    return stage.bot(wrapped=False)


@pytest.fixture
def process(environ: dict[str, str], tmp_path):
    """Run a program as a bot; its words."""

    def run(text: str, *, code: int = 0) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", PROLOGUE + textwrap.dedent(text)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environ},
            timeout=20,
            check=False,
        )
        assert (done.returncode, done.stderr) == (code, ""), done
        return done.stdout.split()

    return run


def test_what_was_not_closed_is_closed_when_the_interpreter_ends(process, tokens):
    words = process("""
        vault = Fetcher()
        vault.on_event(lambda notice: print(notice.kind, flush=True))
        vault.start()
    """)
    assert words == ["created", "revoked", "ended"]
    assert tokens() == 0


def test_a_forked_child_makes_a_lease_of_its_own_and_leaves_the_parents_alone(process, tokens):
    words = process("""
        with Fetcher() as vault:
            mine = vault.session.lease.accessor
            child = os.fork()
            if not child:
                assert vault.credentials.version == 1
                vault.refresh()
                print(vault.session.lease.accessor != mine, threading.active_count(), flush=True)
                sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0
            vault.refresh()
            print(vault.session.lease.accessor == mine, vault.session.phase)
    """)
    assert words == ["True", "2", "True", "holding"]
    assert tokens() == 0, "the child's own end gave its own back"


def test_a_child_that_does_not_read_begins_nothing_and_ends_nothing(process, tokens):
    words = process("""
        with Fetcher() as vault:
            child = os.fork()
            if not child:
                print(threading.active_count(), flush=True)
                sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0
            print(vault.refresh().version)
    """)
    assert words == ["1", "1"]
    assert tokens() == 0


def test_a_worker_of_a_pool_reads_by_itself(process, tokens):
    """multiprocessing ends its workers without atexit: their tokens end within their TTL; the parent's goes back."""
    words = process("""
        from multiprocessing import get_context
        def read(_):
            return vault.credentials.version
        with Fetcher() as vault, get_context("fork").Pool(2) as pool:
            print(*pool.map(read, range(4)))
    """)
    assert words == ["1"] * 4
    assert tokens() <= 2


def test_with_signals_a_termination_ends_the_block_first_and_the_process_dies_of_it(process, tokens):
    words = process(
        """
        with Fetcher(signals=True) as vault:
            vault.on_event(lambda notice: print(notice.kind, flush=True))
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        """,
        code=-15,
    )
    assert words == ["revoked", "ended"]
    assert tokens() == 0


def test_an_interrupt_ends_the_block_first(process, tokens):
    process("""
        try:
            with Fetcher() as vault:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(10)
        except KeyboardInterrupt:
            pass
    """)
    assert tokens() == 0


# Leases of seconds

SHORT = replace(SWIFT, read_every=0.3, max_stale=20.0)


def lived(stage: Stage, environ: dict[str, str], seconds: float, kind: str) -> list[str]:
    """Live for some seconds, reading all the time; what was told."""
    told: list[str] = []

    def live() -> None:
        with Fetcher(environ=environ, schedule=SHORT) as vault:
            vault.on_event(lambda notice: told.append(str(notice.kind)))
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                assert vault.credentials
                time.sleep(0.01)

    async def live_too() -> None:
        async with AsyncFetcher(environ=environ, schedule=SHORT) as vault:
            vault.on_event(lambda notice: told.append(str(notice.kind)))
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                assert vault.credentials
                await asyncio.sleep(0.01)

    live() if kind == "sync" else asyncio.run(live_too())
    return told


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_through_renewals_and_maxima_there_is_always_a_credential_and_one_token(stage, tokens, environ, kind):
    with stage.operator() as vault:
        vault.write_role(LAYOUT.approle_mount, "mm-1", {"token_ttl": "2s", "token_max_ttl": "3s"})
    try:
        told = lived(stage, environ, 5, kind)
    finally:
        with stage.operator() as vault:
            vault.write_role(LAYOUT.approle_mount, "mm-1", {"token_ttl": "15m", "token_max_ttl": "24h"})
    assert {"renewed", "created", "revoked", "ended"} == {*told}
    assert tokens() == 0
