"""Trying again: how often, after what pause, and what is never tried twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_binance.errors import ConfigError, PermissionDenied, VaultBinanceError, VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.again import again
from vault_binance.vault.http import HttpVault
from vault_binance.vault.port import KvPath
from vault_binance.vault.wire import Answer

TOKEN = Redacted("token")
AWAY = VaultUnavailable("away")


class Calls:
    """A call that takes the next of its results, the last one again and again."""

    def __init__(self, *results):
        self.results, self.count = list(results), 0

    def __call__(self):
        self.count += 1
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, Exception):
            raise result
        return result


@pytest.mark.parametrize("retries", [0, 1, 2, 7])
def test_a_lasting_failure_is_tried_once_and_as_often_again_as_was_said(retries):
    call, pauses = Calls(AWAY), []
    with pytest.raises(VaultUnavailable) as caught:
        again(call, retries, pauses.append)
    assert caught.value is AWAY, "the last failure is told as it was"
    assert call.count == retries + 1
    assert len(pauses) == retries, "nothing is waited for after the last try"


def test_a_success_ends_it():
    call, pauses = Calls(AWAY, AWAY, "done"), []
    assert again(call, 5, pauses.append) == "done"
    assert (call.count, len(pauses)) == (3, 2)


@pytest.mark.parametrize("error", [PermissionDenied("no"), ConfigError("no"), VaultBinanceError("no"), OSError()])
def test_what_is_not_transient_is_not_tried_again(error):
    call, pauses = Calls(error), []
    with pytest.raises(type(error)):
        again(call, 5, pauses.append)
    assert (call.count, pauses) == (1, [])


@given(st.integers(0, 1100))
def test_every_pause_is_positive_and_at_most_five_seconds(retries):
    pauses = []
    with pytest.raises(VaultUnavailable):
        again(Calls(AWAY), retries, pauses.append)
    assert all(0 < pause <= 5 for pause in pauses)
    assert all(pause <= 0.2 * 2**number for number, pause in enumerate(pauses[:5]))


def test_pauses_are_jittered_so_that_a_fleet_does_not_come_back_as_one():
    pauses = []
    with pytest.raises(VaultUnavailable):
        again(Calls(AWAY), 50, pauses.append)
    assert len(set(pauses)) > 40


@pytest.mark.parametrize(
    ("asked", "pause"), [(7.0, 7.0), (60.0, 60.0), (3600.0, 60.0), (float("inf"), 60.0), (0.5, 0.5)]
)
def test_retry_after_is_obeyed_up_to_a_minute(asked, pause):
    pauses = []
    with pytest.raises(VaultUnavailable):
        again(Calls(VaultUnavailable("later", retry_after=asked)), 1, pauses.append)
    assert pauses == [pause]


@pytest.mark.parametrize("asked", [0.0, -1.0])
def test_a_server_that_asks_for_no_pause_does_not_make_us_spin(asked):
    pauses = []
    with pytest.raises(VaultUnavailable):
        again(Calls(VaultUnavailable("later", retry_after=asked)), 3, pauses.append)
    assert all(pause > 0 for pause in pauses)


class Counting:
    """A wire that is away, and counts."""

    def __init__(self):
        self.asked = []

    def send(self, method, path, **_):
        self.asked.append((method, path))
        return Answer(429, {}, 7.0)


def tries(door, call):
    wire, pauses = Counting(), []
    vault = door(wire, pauses.append)
    with pytest.raises(VaultUnavailable):
        call(vault)
    return len(wire.asked), pauses


def bot(wire, sleep):
    return HttpVault(wire, max_retries=2, sleep=sleep)


def operator(wire, sleep):
    return HvacVault(wire, TOKEN, max_retries=2, sleep=sleep)


@pytest.mark.parametrize(
    "call",
    [
        lambda vault: vault.log_in("m", {"role_id": TOKEN, "secret_id": TOKEN}),
        lambda vault: vault.wrapping_info(TOKEN),
        lambda vault: vault.locate(TOKEN, "kv/x"),
        lambda vault: vault.read(TOKEN, KvPath("kv/data/x")),
        lambda vault: vault.renew(TOKEN),
        lambda vault: vault.renew_secret(TOKEN, TOKEN),
        lambda vault: vault.revoke_secret(TOKEN, TOKEN),
        lambda vault: vault.revoke(TOKEN),
        lambda vault: vault.token_info(TOKEN),
        lambda vault: vault.capabilities(TOKEN, "x"),
    ],
)
def test_what_a_bot_may_safely_repeat_is_tried_three_times_by_default(call):
    assert tries(bot, call) == (3, [7.0, 7.0])


def test_unwrapping_is_never_repeated_and_says_that_the_token_may_be_used_up():
    assert tries(bot, lambda vault: vault.unwrap_secret_id(TOKEN)) == (1, [])
    with pytest.raises(VaultUnavailable, match="may have been used up") as caught:
        bot(Counting(), None).unwrap_secret_id(TOKEN)
    assert caught.value.retry_after == 7.0


def test_an_operators_reads_are_repeated_and_its_writes_never():
    assert tries(operator, lambda vault: vault.policy("x")) == (3, [7.0, 7.0])
    assert tries(operator, lambda vault: vault.list_secrets("kv", "x")) == (3, [7.0, 7.0])
    assert tries(operator, lambda vault: vault.write_policy("x", "y")) == (1, [])
    assert tries(operator, lambda vault: vault.delete_entity("x")) == (1, [])
