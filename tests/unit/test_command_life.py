"""The life of a supervised command: what is due, given what is seen of it; no process, no clock."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from signal import SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM, SIGUSR1, SIGWINCH

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.command_life import (
    Begin,
    Finish,
    Life,
    OnChange,
    Rules,
    Send,
    SendAll,
    Sight,
    Stage,
    Tell,
    Then,
    advance,
    heard,
)

RESTART, EXIT, IGNORE = Rules(OnChange.RESTART), Rules(OnChange.EXIT), Rules(OnChange.IGNORE)
HUP = Rules(OnChange.SIGNAL, number=SIGHUP)
OUTDATED, REFUSED, ENDED = Sight(outdated=True), Sight(refused=True), Sight(ended=True)
LEFT_OTHERS = Sight(ended=True, others=True)
DRAINING = Life(Stage.DRAINING, 30.0, Then.RESTART)


def lived(life, sight, now=0.0, rules=RESTART, jitter=0.0):
    """What is ordered until nothing changes any more, and the life after it."""
    orders = []
    for _ in range(10):
        before = life
        life, order = advance(life, sight, now, rules, jitter)
        if order is None and life == before:
            return life, orders
        if order:
            orders.append(order)
        if isinstance(order, Begin | Tell):
            sight = replace(sight, outdated=False, ended=False, others=False)
        if isinstance(order, Finish):
            return life, orders
    raise AssertionError("it never comes to rest")


# Rotation


@pytest.mark.parametrize("rules", [RESTART, EXIT])
def test_a_rotation_begins_a_drain(rules):
    life, orders = lived(Life(), OUTDATED, 100.0, rules)
    assert (life.stage, life.due_at, orders) == (Stage.DRAINING, 130.0, [Send(SIGTERM)])


def test_after_the_drain_of_a_restart_it_begins_anew_and_of_an_exit_it_ends():
    assert lived(DRAINING, ENDED)[1] == [Begin()]
    assert lived(replace(DRAINING, then=Then.MIRROR), ENDED, rules=EXIT)[1] == [Finish(Then.MIRROR)]


def test_a_signal_is_told_once():
    assert lived(Life(), OUTDATED, rules=HUP) == (Life(), [Tell()])


def test_ignore_ignores():
    assert lived(Life(), OUTDATED, rules=IGNORE) == (Life(), [])


def test_a_rotation_during_a_drain_changes_nothing():
    assert lived(DRAINING, OUTDATED, 10.0) == (DRAINING, [])


@pytest.mark.parametrize("rules", [RESTART, EXIT, HUP])
def test_the_splay_is_waited_for(rules):
    rules = replace(rules, splay=60.0)
    life, orders = lived(Life(), OUTDATED, 100.0, rules, jitter=0.5)
    assert (life, orders) == (Life(Stage.CHANGING, 130.0), [])
    assert lived(life, OUTDATED, 129.9, rules, jitter=0.9) == (life, [])
    assert len(lived(life, OUTDATED, 130.0, rules)[1]) == 1


def test_what_is_not_outdated_any_more_is_not_disturbed():
    """Taken back, or nothing to hand out at the moment: nobody is ended with nothing to start it again with."""
    assert lived(Life(Stage.CHANGING, 5.0), Sight(), 10.0) == (Life(), [])


# Ends


@each_row("stage", [Stage.RUNNING, Stage.CHANGING])
@each_row("sight", [ENDED, LEFT_OTHERS, replace(ENDED, refused=True), replace(ENDED, outdated=True)])
def test_a_command_that_ends_by_itself_is_over(stage, sight):
    life, orders = lived(Life(stage, 99.0), sight)
    assert (life.stage, orders) == (Stage.OVER, [Finish(Then.MIRROR)])


def test_who_is_not_done_in_time_is_killed_with_its_group_and_once():
    life, orders = lived(DRAINING, Sight(), 30.0)
    assert (life.stage, orders) == (Stage.KILLED, [SendAll(SIGKILL)])
    assert lived(life, Sight(), 99.0) == (life, [])
    assert lived(life, ENDED, 99.0)[1] == [Begin()]


def test_what_it_leaves_is_asked_itself_and_has_the_rest_of_the_drain():
    life, orders = lived(DRAINING, LEFT_OTHERS, 10.0)
    assert (life, orders) == (replace(DRAINING, spread=True), [SendAll(SIGTERM)])
    assert lived(life, ENDED, 20.0)[1] == [Begin()]
    assert lived(life, LEFT_OTHERS, 30.0)[1] == [SendAll(SIGKILL), Begin()]


def test_nothing_follows_the_end():
    over = Life(Stage.OVER)
    for sight in (OUTDATED, REFUSED, ENDED):
        assert advance(over, sight, 99.0, RESTART, 0.0) == (over, None)


# Refusals


@each_row("rules", [RESTART, EXIT, HUP, IGNORE])
@each_row("life", [Life(), Life(Stage.CHANGING, 99.0)])
def test_a_refusal_ends_the_command_whatever_the_policy(life, rules):
    life, orders = lived(life, REFUSED, 100.0, rules)
    assert (life, orders) == (Life(Stage.DRAINING, 130.0, Then.REFUSE), [Send(SIGTERM)])
    assert lived(life, ENDED, rules=rules)[1] == [Finish(Then.REFUSE)]


def test_a_drain_for_a_refusal_ends_though_it_is_still_refused():
    refused = Life(Stage.DRAINING, 30.0, Then.REFUSE)
    assert lived(refused, replace(ENDED, refused=True), 10.0)[1] == [Finish(Then.REFUSE)]
    assert lived(refused, REFUSED, 30.0)[1] == [SendAll(SIGKILL)]


def test_a_refusal_during_a_drain_takes_its_restart_away():
    life, orders = lived(DRAINING, REFUSED, 10.0)
    assert (life, orders) == (replace(DRAINING, then=Then.REFUSE), [])


@each_row("rules", [RESTART, EXIT, HUP, IGNORE])
def test_a_refusal_may_be_ignored(rules):
    assert lived(Life(), REFUSED, rules=replace(rules, refusal_ends=False)) == (Life(), [])


# Signals from outside


def test_term_is_a_drain_that_nothing_follows():
    life = heard(Life(Stage.CHANGING, 5.0), SIGTERM, 100.0, RESTART)
    assert life == Life(Stage.DRAINING, 130.0, Then.MIRROR)
    assert lived(life, ENDED)[1] == [Finish(Then.MIRROR)]


@each_row("number", [SIGTERM, SIGINT, SIGQUIT, SIGHUP])
def test_what_ends_a_command_takes_its_restart_away(number):
    assert heard(DRAINING, number, 10.0, RESTART) == replace(DRAINING, then=Then.MIRROR)


@pytest.mark.parametrize("number", [SIGUSR1, SIGWINCH])
def test_any_other_does_not(number):
    assert heard(DRAINING, number, 10.0, RESTART) == DRAINING
    assert heard(Life(), number, 10.0, RESTART) == Life()


@pytest.mark.parametrize("number", [SIGINT, SIGQUIT, SIGHUP])
def test_only_term_begins_a_drain(number):
    assert heard(Life(), number, 10.0, RESTART) == Life()


def test_a_refusal_is_not_undone_by_a_signal():
    refused = replace(DRAINING, then=Then.REFUSE)
    assert heard(refused, SIGTERM, 10.0, RESTART) == refused


# Whatever happens


SIGHTS = st.builds(Sight, st.booleans(), st.booleans(), st.booleans(), st.booleans())
RULES = st.builds(
    Rules, st.sampled_from(OnChange), st.just(SIGHUP), st.booleans(), st.sampled_from([0.0, 60.0]), st.just(30.0)
)


@given(st.lists(st.tuples(SIGHTS, st.floats(0, 50), st.sampled_from([0, SIGTERM, SIGHUP, SIGUSR1]))), RULES)
def test_any_life_comes_to_rest_at_each_moment_and_each_drain_has_an_end(happenings, rules):
    life, now = Life(), 0.0
    for sight, passed, number in happenings:
        now += passed
        life = heard(life, number, now, rules) if number else life
        life, orders = lived(life, sight, now, rules, jitter=0.5)
        assert life.stage is not Stage.DRAINING or now < life.due_at <= now + rules.kill_timeout
        assert orders.count(Send(SIGTERM)) <= 1
        assert rules.on_change is not OnChange.SIGNAL or Begin() not in orders
        assert rules.on_change is not OnChange.IGNORE or not {Tell(), Begin()} & {*orders}
    assert life.due_at <= now + 60.0 or life.due_at == inf


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 50))), RULES)
def test_a_vault_that_is_away_ends_nothing(happenings, rules):
    """There is nothing to hand out then, so nothing is outdated, and nothing refused."""
    life, now = Life(), 0.0
    for was_outdated, passed in happenings:
        life = Life(Stage.CHANGING, now) if was_outdated else life
        now += passed
        assert lived(life, Sight(), now, rules) == (Life(), [])
