"""What Fetcher and AsyncFetcher make of their arguments and settings, before anything is sent."""

from __future__ import annotations

import inspect
import traceback

import pytest

import vault_binance
from tests.rows import each_row
from vault_binance.connect_lease import keeper
from vault_binance.errors import ConfigError
from vault_binance.schedules import CALM, STANDARD, SWIFT

WHO = {"VAULT_ADDR": "http://127.0.0.1:9", "VAULT_BINANCE_ROLE_ID": "role", "VAULT_BINANCE_SECRET_ID": "canary-4f1"}
KINDS = [vault_binance.Fetcher, vault_binance.AsyncFetcher]


def schedule(said=None, environ=None, **settings):
    return keeper("maker", "", WHO | (environ or {}), said, **settings).schedule


def test_the_schedule_is_an_argument_or_a_setting_or_the_standard_one():
    assert schedule() == STANDARD
    assert schedule(environ={"VAULT_BINANCE_SCHEDULE": "calm"}) == CALM
    assert schedule("swift", {"VAULT_BINANCE_SCHEDULE": "calm"}) == schedule(SWIFT) == SWIFT
    with pytest.raises(ConfigError, match="no schedule") as caught:
        schedule("slow")
    assert caught.value.hint == "one of standard, calm, swift"


def test_max_stale_is_an_argument_or_a_setting_or_the_schedules_own():
    assert schedule(environ={"VAULT_BINANCE_MAX_STALE": "2h"}).max_stale == 7200
    assert schedule(environ={"VAULT_BINANCE_MAX_STALE": "2h"}, max_stale=0).max_stale == 0
    assert schedule(SWIFT).max_stale == SWIFT.max_stale


def test_reads_come_so_often_that_none_becomes_too_old_while_vault_answers():
    assert schedule(max_stale=10.0).read_every == 5
    assert schedule(max_stale=3600.0).read_every == schedule(max_stale=0).read_every == STANDARD.read_every


@each_row("said", ["1h", -1, float("nan"), object()])
@each_row("name", ["max_stale", "wait"])
def test_what_is_no_number_of_seconds_is_refused(name, said):
    with pytest.raises(ConfigError, match=f"{name}=.* is no number of seconds"):
        schedule(**{name: said})


def test_a_wait_may_have_no_end():
    assert keeper("maker", "", WHO, None, wait=float("inf")).state.session.give_up_at == float("inf")


@pytest.mark.parametrize("kind", [*KINDS, vault_binance.borrow])
def test_no_setting_is_in_a_signature_or_a_help_text(kind, monkeypatch):
    monkeypatch.setenv("VAULT_BINANCE_SECRET_ID", "canary-4f1")
    assert "environ: " in str(inspect.signature(kind))
    assert "canary" not in str(inspect.signature(kind)) + str(inspect.getdoc(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_no_setting_of_the_process_is_in_a_traceback_with_variables(kind, monkeypatch):
    for name, text in WHO.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(ConfigError) as caught:
        kind("maker", schedule="slow")
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    shown = [str(frame.locals) for frame in frames if "vault_binance/" in frame.filename]
    assert len(shown) > 1
    assert "canary" not in " ".join(shown)
