"""Trying again: how often, after what pause, and what is never tried twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.errors import ConfigError, PermissionDenied, VaultBinanceError, VaultUnavailable
from vault_binance.vault.again import again

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


@each_row("retries", [0, 1, 2, 7])
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


@each_row("error", [PermissionDenied("no"), ConfigError("no"), VaultBinanceError("no"), OSError()])
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


@each_row(("asked", "pause"), [(7.0, 7.0), (60.0, 60.0), (3600.0, 60.0), (float("inf"), 60.0), (0.5, 0.5)])
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
