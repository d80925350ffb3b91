"""Random lives of the lease machine in a simulated world (lease_world.py), and what no life may break.

What holds at every moment is asserted while a life is lived (lease_life.py); the tests here tell special stories.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.rows import each_row
from tests.unit.lease_life import BLINK, Life
from tests.unit.lease_world import HOUR, LASTING, MOMENTS, Story, Trouble
from vault_binance.lease import advance, plan, usable
from vault_binance.lease_values import (
    Check,
    CloseRequested,
    Confirmed,
    Elapsed,
    Fetched,
    Granted,
    Kind,
    LogIn,
    Missing,
    NotRenewable,
    Phase,
    Read,
    RefreshRequested,
    Refused,
    Renew,
    Renewed,
    Replaced,
    Revoke,
    Revoked,
    Session,
    Term,
    Unreachable,
    Wait,
)
from vault_binance.schedules import CALM, STANDARD, SWIFT

SEEDS = st.integers(0, 2**32)
TO_THE_END = replace(STANDARD, max_stale=0.0)
SCHEDULES = st.sampled_from([STANDARD, CALM, SWIFT, TO_THE_END, replace(STANDARD, max_stale=60.0)])
SHARES = st.sampled_from([0.05, 0.3, 0.7, 2.0, 10.0, 30.0, 120.0])
"""Times to live, in intervals of reading."""
TTLS = st.sampled_from([0.5, 2.0, 8.0, 20.0, 60.0, 300.0, 900.0, 3600.0])


@st.composite
def stories(draw):
    """Up to a few hundred turns, whatever the schedule."""
    schedule = draw(SCHEDULES)
    length = 20 * schedule.read_every
    shortest = 0.05 * schedule.read_every
    troubles = [replace(one, value=max(one.value, shortest)) for one in draw(st.lists(a_trouble(length), max_size=5))]
    return Story(
        ttl=draw(SHARES) * schedule.read_every,
        max_ttl=draw(st.sampled_from([30.0, 600.0, 24 * HOUR])),
        renewable=draw(st.booleans()),
        ours=draw(st.booleans()),
        uses=draw(st.sampled_from([inf, 1, 2, 5])),
        secret_ttl=draw(st.none() | SHARES.map(lambda share: share * schedule.read_every)),
        secret_renewable=draw(st.booleans()),
        schedule=schedule,
        wait=draw(st.sampled_from([inf, 0.0])),
        troubles=tuple(troubles),
        close_at=length,
        seed=draw(SEEDS),
    )


@st.composite
def a_trouble(draw, length, kinds=(*LASTING, *MOMENTS)):
    at, lasts = (draw(st.integers(0, 1000)) * length / 1000 for _ in "12")
    value = draw(st.sampled_from([1.0, 10.0, 60.0, 1000.0]))
    return Trouble(draw(st.sampled_from(kinds)), at, lasts, value)


@given(stories())
def test_no_life_breaks_a_promise(story):
    """Nothing too old, ended or refused is handed out; no hot loop; each lease of ours, and no other, is given back."""
    life = Life(story).live()
    assert life.session.phase is Phase.ENDED
    assert not life.session.spent


# Any event in any phase

TERMS = st.builds(
    Term,
    kind=st.sampled_from(Kind),
    number=st.integers(0, 4),
    ttl=st.sampled_from([0.0, 1.0, 900.0, inf]),
    ends_at=st.sampled_from([0.0, 50.0, 900.0, inf]),
    due_at=st.sampled_from([0.0, 50.0, 900.0, inf]),
    renewable=st.booleans(),
    ours=st.booleans(),
    proven=st.booleans(),
)
ACTIONS = st.one_of(st.builds(Renew, TERMS), st.builds(Revoke, TERMS), st.sampled_from([LogIn(), Read(), Check()]))
SPANS = st.sampled_from([0.0, 0.001, 1.0, 7.0, 900.0, 1e9, inf])
TOOK = st.sampled_from([0.0, 0.01, 30.0, 9000.0])
EVENTS = st.one_of(
    st.builds(Granted, ttl=SPANS, renewable=st.booleans(), ours=st.booleans(), took=TOOK),
    st.builds(Fetched, version=st.integers(1, 3), ttl=st.none() | SPANS, renewable=st.booleans(), took=TOOK),
    st.builds(Missing, st.sampled_from(["absent", "deleted", "destroyed", "malformed"]), TOOK),
    st.builds(Renewed, TERMS, SPANS, st.booleans(), TOOK),
    st.builds(Unreachable, ACTIONS, SPANS),
    st.builds(Refused, ACTIONS),
    st.builds(Revoked, TERMS, st.booleans()),
    st.builds(NotRenewable, TERMS),
    st.builds(Confirmed, TOOK),
    st.sampled_from([Elapsed(), RefreshRequested(), Replaced(), CloseRequested()]),
)
STEPS = st.tuples(EVENTS, st.sampled_from([0.0, 0.2, 5.0, 40.0, 4000.0]))


@given(st.lists(STEPS, max_size=12), SCHEDULES, st.sampled_from([-inf, inf]))
def test_every_event_is_understood_in_every_phase(steps, schedule, give_up_at):
    """Those that make no sense there too: nothing raises, and whoever waits waits for a while and not for ever."""
    session, now = Session(give_up_at=give_up_at), 0.0
    for event, passed in steps:
        now += passed
        session = advance(session, event, now, schedule, 0.5)
        action = plan(session, now)
        assert not isinstance(action, Wait) or (action.seconds > 0 and isfinite(action.seconds))
        assert session.held is None or session.phase in {Phase.HOLDING, Phase.WAVERING}
        assert not usable(session, now + schedule.max_stale) or not schedule.max_stale


# Constant faults

BOUNDS = {
    "unreachable": (64, 66),
    "sealed": (64, 66),
    "rate limit": (64, 66),
    "slow": (10, 200),
    "suspended": (64, 70),
    "read denied": (64, 200),
    "login denied": (64, 200),
    "renewal denied": (10, 200),
    "renewal failing": (10, 230),
    "login failing": (66, 200),
    "read failing": (10, 80),
    "sporadic 403": (70, 350),
    "sporadic failure": (30, 260),
    "every second call fails": (80, 350),
    "dead after each read": (150, 610),
    "deleted": (10, 200),
    "absent": (10, 200),
}
"""Logins and calls of one bot in an hour of a fault that never ends, with tokens of 15 minutes."""
AFTER = 100.0


def an_hour_of(kind, *, lasts=HOUR, retry_after=10.0, **story):
    trouble = Trouble(kind, AFTER, inf, retry_after)
    return Life(Story(troubles=(trouble,), close_at=AFTER + lasts, **story)).live()


def test_every_lasting_fault_has_a_bound():
    assert BOUNDS.keys() == {*LASTING} - {"asleep"}


@each_row("kind", BOUNDS)
def test_logins_and_calls_in_an_hour_of_one_fault_are_bounded(kind):
    logins, calls = BOUNDS[kind]
    for renewable in (True, False):
        life = an_hour_of(kind, renewable=renewable)
        assert 0 < life.number_of(object, AFTER) <= calls
        assert life.number_of(LogIn, AFTER) <= logins


@given(st.sampled_from([*BOUNDS]), TTLS, st.booleans(), SEEDS)
def test_no_time_to_live_makes_a_storm_of_logins(kind, ttl, renewable, seed):
    """A token that ends within seconds is replaced within seconds, by a login a second at the most."""
    logins = an_hour_of(kind, lasts=300.0, ttl=ttl, renewable=renewable, seed=seed).number_of(LogIn, AFTER)
    assert logins <= min(20 + 16 * 300 / ttl, 300 / STANDARD.login_gap)


@given(st.sampled_from(["unreachable", "sealed", "rate limit"]), TTLS, st.booleans(), SEEDS)
def test_an_hours_outage_costs_a_bot_at_most_70_calls(kind, ttl, renewable, seed):
    life = an_hour_of(kind, retry_after=0.0, ttl=ttl, renewable=renewable, seed=seed)
    assert life.number_of(object, AFTER) <= 70


def test_a_bot_that_asks_for_a_refresh_in_a_loop_makes_no_storm():
    wishes = tuple(Trouble("refresh", AFTER + number / 50, 0.0) for number in range(500))
    life = Life(Story(troubles=(*wishes, Trouble("login denied", 0.0), Trouble("read denied", AFTER)), close_at=200.0))
    assert life.live().number_of(object, AFTER, AFTER + 10) <= 2 * 10 + 5


# Suspension and rotation

ANSWERING = (*MOMENTS, "slow", "sporadic 403", "renewal denied", "dead after each read")
"""Whatever may happen while Vault answers the reads."""


@st.composite
def answered_stories(draw, kind):
    """One thing happens to the credential while Vault answers."""
    schedule = draw(st.sampled_from([STANDARD, TO_THE_END, SWIFT]))
    length = 10 * schedule.read_every
    moment = length / 2 + draw(st.integers(0, 100)) * schedule.read_every / 100
    started = schedule.read_every / 2
    troubles = [replace(one, at=one.at + started) for one in draw(st.lists(a_trouble(length, ANSWERING), max_size=3))]
    ttl = draw(st.sampled_from([8.0, 60.0, 900.0, 24 * HOUR]))
    return Story(
        ttl=ttl,
        renewable=draw(st.booleans()),
        secret_ttl=draw(st.sampled_from([None, 100.0])) if kind == "suspended" else None,
        schedule=schedule,
        troubles=(*troubles, Trouble(kind, moment)),
        close_at=length + 2 * schedule.read_every,
        seed=draw(SEEDS),
    )


def at_the_latest(life, moment):
    """A read's interval, the settling of a fresh token, the gap between two logins, and what calls took."""
    schedule = life.story.schedule
    by = moment + schedule.read_every + schedule.settle + schedule.login_gap
    return by + life.spent_calling(moment, by + life.spent_calling(moment, by + 60.0))


@given(answered_stories("suspended"))
def test_a_suspended_bots_credential_is_handed_out_for_one_more_interval_at_most(story):
    life, moment = Life(story).live(), story.troubles[-1].at
    assert any(handed.until <= moment for handed in life.handed)
    assert max(handed.until for handed in life.handed) <= at_the_latest(life, moment)


@given(answered_stories("rotated"))
def test_a_new_version_is_handed_out_within_one_interval(story):
    """Or nothing, after a refusal; the version before is not."""
    life, moment = Life(story).live(), story.troubles[-1].at
    earlier = len({one for one in story.troubles if one.kind == "rotated" and one.at < moment})
    late = [handed for handed in life.handed if handed.since > at_the_latest(life, moment)]
    assert {handed.version for handed in late} & set(range(2 + earlier)) == set()


@given(st.sampled_from(["suspended", "rotated"]), st.integers(0, 100))
def test_a_refresh_makes_it_at_once(kind, moment):
    at = 200.0 + moment
    troubles = (Trouble(kind, at), Trouble("refresh", at + 1.0, 0.0))
    life = Life(Story(troubles=troubles, close_at=400.0)).live()
    before = [handed for handed in life.handed if handed.version == 1]
    assert before[-1].until <= at + 1.0 + STANDARD.login_gap + 1.0


# Outages and after

OUTAGES = ["unreachable", "sealed", "rate limit", "suspended", "read denied", "login denied", "read failing"]


@given(st.sampled_from(OUTAGES), st.integers(1, 7200), TTLS, st.booleans(), st.sampled_from([1.0, 1000.0]), SEEDS)
def test_after_an_outage_the_next_try_reads_again(kind, lasts, ttl, renewable, retry_after, seed):
    """Within the longest pause, or what Vault asked for, and the calls themselves."""
    assume(ttl >= 2.0)
    trouble = Trouble(kind, AFTER, min(lasts, 300 * ttl), retry_after)  # hundreds of leases, whatever their length
    asked = min(retry_after, STANDARD.longest_obeyed) if kind == "rate limit" else 0.0
    pause = max(STANDARD.longest_pause, asked) * (1 + STANDARD.pause_spread) + STANDARD.login_gap
    end = trouble.until + pause + 100
    life = Life(Story(ttl, renewable=renewable, troubles=(trouble,), close_at=end, seed=seed)).live()
    first = life.reads_after(trouble.until)[0]
    assert first.answered <= trouble.until + pause + 2 * 5.0 + life.spent_calling(trouble.until, first.answered)


@given(st.sampled_from(["unreachable", "sealed", "read failing"]), st.sampled_from([60.0, 600.0]), st.booleans(), SEEDS)
def test_while_vault_is_away_the_last_credential_is_handed_out_until_it_is_too_old(kind, stale, renewable, seed):
    schedule = replace(STANDARD, max_stale=stale)
    life = an_hour_of(kind, schedule=schedule, renewable=renewable, seed=seed)
    assert max(gaps(life)) == pytest.approx(0.0)
    assert life.handed[-1].until == pytest.approx(life.handed[-1].read_at + stale)


@given(st.sampled_from([*OUTAGES, "asleep"]), st.integers(1, 20_000), SEEDS)
def test_after_a_night_the_life_is_as_before(kind, lasts, seed):
    """The same token or another, one read an interval, no failures left over."""
    trouble = Trouble(kind, AFTER, lasts)
    calm = trouble.until + 100
    life = Life(Story(troubles=(trouble,), close_at=calm + 300, seed=seed)).live()
    assert 300 / 30 <= life.number_of(Read, calm) <= 300 / 24 + 1
    assert life.number_of(LogIn, calm) == 0
    assert life.handed[-1].until >= calm + 300 - BLINK


# A quiet life

QUIET = ("role changed", "tokens revoked", "rotated", "refresh", "renewal denied", "dead after each read")


@st.composite
def quiet_stories(draw):
    """Vault answers quickly, and grants either a renewal or a login; tokens live for minutes."""
    troubles = [replace(one, value=max(one.value, 10.0)) for one in draw(st.lists(a_trouble(900.0, QUIET)))]
    secret_ttl = None if any(one.kind == "tokens revoked" for one in troubles) else draw(st.sampled_from([None, 60.0]))
    return Story(
        ttl=draw(st.sampled_from([10.0, 60.0, 900.0])),
        max_ttl=draw(st.sampled_from([30.0, 600.0, 24 * HOUR])),
        renewable=draw(st.booleans()),
        secret_ttl=secret_ttl,
        schedule=TO_THE_END,
        troubles=tuple(troubles),
        close_at=900.0,
        seed=draw(SEEDS),
    )


def gaps(life):
    return [later.since - before.until for before, later in zip(life.handed, life.handed[1:], strict=False)]


@given(quiet_stories())
def test_while_vault_answers_the_lease_never_runs_out(story):
    """From the first read to the end there is always a credential, though none may be used past its token's end.

    A token that is revoked between its login and its first read counts as refused, for the length of the first pause.
    """
    life = Life(story).live()
    assert max(gaps(life)) <= (2 * STANDARD.first_pause if life.was_refused else BLINK)
    assert life.handed[-1].until >= story.close_at - BLINK


@pytest.mark.parametrize("kind", ["renewal failing", "login failing"])
def test_where_one_of_renewal_and_login_fails_the_other_keeps_the_lease(kind):
    life = an_hour_of(kind, schedule=TO_THE_END)
    assert max(gaps(life)) == pytest.approx(0.0)
    assert life.handed[-1].until >= AFTER + HOUR - BLINK


def test_a_calm_hour_costs_a_read_an_interval_and_a_renewal_every_half_lease():
    life = Life(Story()).live()
    assert 120 <= life.number_of(Read) <= 150
    assert 7 <= life.number_of(Renew) <= 9
    assert (life.number_of(LogIn), life.number_of(Revoke)) == (1, 1)


def test_a_wish_to_end_while_logging_in_gives_the_late_token_back():
    slow = Trouble("slow", 0.0)
    lives = [Life(Story(troubles=(slow,), close_at=0.2, seed=seed)).live() for seed in range(8)]
    assert {(life.number_of(LogIn), life.number_of(Revoke)) for life in lives} == {(1, 1)}
