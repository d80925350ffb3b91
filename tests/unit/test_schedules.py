"""Schedules: every number is a bound, and what many bots would do at once is spread."""

from __future__ import annotations

from dataclasses import fields, replace
from math import nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.schedules import CALM, SCHEDULES, STANDARD, SWIFT

JITTERS = st.floats(0.0, 1.0, exclude_max=True)
NEARLY_ONE = nextafter(1.0, 0.0)
every_schedule = each_row("schedule", SCHEDULES.values(), ids=SCHEDULES)


def test_schedules_are_found_by_their_names():
    assert {"standard": STANDARD, "calm": CALM, "swift": SWIFT} == SCHEDULES


@every_schedule
def test_every_duration_but_max_stale_is_positive(schedule):
    numbers = {field.name: getattr(schedule, field.name) for field in fields(schedule) if field.name != "name"}
    assert all(number > 0 for number in numbers.values())
    assert schedule.first_pause <= schedule.longest_pause < schedule.longest_obeyed
    assert schedule.settle < schedule.login_gap < schedule.read_every < schedule.max_stale


@given(st.sampled_from([*SCHEDULES.values()]), JITTERS)
def test_a_read_comes_earlier_and_never_later(schedule, jitter):
    assert 0.8 * schedule.read_every <= schedule.next_read(jitter) <= schedule.read_every


@given(JITTERS)
def test_a_renewal_comes_before_half_the_lease_is_over(jitter):
    assert 405.0 <= STANDARD.next_renewal(900.0, jitter) <= 450.0


@each_row(("failures", "pause"), [(1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (8, 60.0), (10**9, 60.0)])
def test_pauses_double_up_to_the_longest(failures, pause):
    assert STANDARD.pause(failures, 0.0) == pause
    assert STANDARD.pause(failures, NEARLY_ONE) == pytest.approx(1.2 * pause)


@each_row(("asked", "obeyed"), [(0.0, 0.0), (7.0, 7.0), (300.0, 300.0), (86_400.0, 300.0)])
def test_what_vault_asks_for_is_obeyed_within_bounds_and_never_undercut(asked, obeyed):
    assert STANDARD.obeyed(asked, 0.0) == obeyed
    assert STANDARD.obeyed(asked, NEARLY_ONE) == pytest.approx(1.2 * obeyed)


def test_a_swift_life_is_the_standard_one_many_times_as_fast():
    shares = ("read_spread", "renew_after", "renew_spread", "pause_spread")
    assert [getattr(SWIFT, share) for share in shares] == [getattr(STANDARD, share) for share in shares]
    assert all(getattr(SWIFT, name) < getattr(STANDARD, name) for name in ("read_every", "settle", "login_gap"))


def test_a_schedule_is_data():
    assert replace(STANDARD, max_stale=0.0).next_read(0.0) == STANDARD.read_every
