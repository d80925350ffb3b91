"""The life of a lease as a table (design, section 5): what each event makes of each phase, and what is due when."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from tests.rows import each_row
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
    Stop,
    Term,
    Unreachable,
    Wait,
)
from vault_binance.schedules import STANDARD

DOCS = Path(__file__).parents[2] / "docs"
TO_THE_END = replace(STANDARD, max_stale=0.0)
TOKEN = Granted(ttl=900, renewable=True, accessor="one")
THEIRS = replace(TOKEN, ours=False)
SECRET = Fetched(version=1, ttl=600, renewable=True)
READ = Fetched(version=1)


def after(*events, session=None, now=0.0, schedule=STANDARD, jitter=0.0):
    """A session after these events, which all happen at `now`."""
    session = session or Session(give_up_at=inf)
    for event in events:
        session = advance(session, event, now, schedule, jitter)
    return session


def later(session, now, *events, schedule=STANDARD):
    return after(Elapsed(), *events, session=session, now=now, schedule=schedule)


LOGGED_OUT = Session(give_up_at=inf)
LOGGED_IN = after(TOKEN)
HOLDING = after(TOKEN, READ)
WAVERING = after(TOKEN, READ, Unreachable(Read()))
REFUSED = after(TOKEN, READ, Refused(LogIn()))
CLOSING = after(TOKEN, READ, CloseRequested())
ENDED = after(CloseRequested())
DYNAMIC = after(TOKEN, SECRET)


# The table of the design


@each_row(
    ("before", "event", "phase"),
    [
        (LOGGED_OUT, TOKEN, Phase.LOGGED_OUT),
        (LOGGED_IN, READ, Phase.HOLDING),
        (LOGGED_OUT, Unreachable(LogIn()), Phase.LOGGED_OUT),
        (LOGGED_OUT, Refused(LogIn()), Phase.ENDED),
        (LOGGED_IN, Missing("deleted"), Phase.CLOSING),
        (LOGGED_OUT, CloseRequested(), Phase.ENDED),
        (LOGGED_IN, CloseRequested(), Phase.CLOSING),
        (HOLDING, TOKEN, Phase.HOLDING),
        (HOLDING, READ, Phase.HOLDING),
        (HOLDING, Unreachable(Read()), Phase.WAVERING),
        (HOLDING, Unreachable(Renew(HOLDING.lease)), Phase.WAVERING),
        (HOLDING, Refused(Read()), Phase.HOLDING),
        (HOLDING, Refused(LogIn()), Phase.REFUSED),
        (HOLDING, Missing("deleted"), Phase.HOLDING),
        (HOLDING, CloseRequested(), Phase.CLOSING),
        (WAVERING, TOKEN, Phase.WAVERING),
        (WAVERING, READ, Phase.HOLDING),
        (WAVERING, Confirmed(), Phase.HOLDING),
        (WAVERING, Missing("deleted"), Phase.HOLDING),
        (WAVERING, Unreachable(Read()), Phase.WAVERING),
        (WAVERING, Refused(Read()), Phase.WAVERING),
        (WAVERING, Refused(LogIn()), Phase.REFUSED),
        (WAVERING, CloseRequested(), Phase.CLOSING),
        (REFUSED, TOKEN, Phase.REFUSED),
        (REFUSED, READ, Phase.HOLDING),
        (REFUSED, Missing("deleted"), Phase.REFUSED),
        (REFUSED, Unreachable(LogIn()), Phase.REFUSED),
        (REFUSED, Refused(LogIn()), Phase.REFUSED),
        (REFUSED, CloseRequested(), Phase.CLOSING),
        (CLOSING, READ, Phase.CLOSING),
        (CLOSING, Unreachable(Read()), Phase.CLOSING),
        (CLOSING, CloseRequested("again"), Phase.CLOSING),
        (CLOSING, Revoked(CLOSING.spent[0]), Phase.ENDED),
        (CLOSING, Revoked(CLOSING.spent[0], done=False), Phase.ENDED),
        (ENDED, READ, Phase.ENDED),
        (ENDED, Refused(LogIn()), Phase.ENDED),
        (ENDED, TOKEN, Phase.CLOSING),
        (ENDED, THEIRS, Phase.ENDED),
    ],
)
def test_the_phase_after(before, event, phase):
    assert after(event, session=before).phase is phase


def test_the_examples_are_in_the_phases_they_are_named_after():
    sessions = (LOGGED_OUT, HOLDING, WAVERING, REFUSED, CLOSING, ENDED)
    assert tuple(session.phase for session in sessions) == tuple(Phase)


# What is due


@each_row(
    ("session", "now", "action"),
    [
        (LOGGED_OUT, 0.0, LogIn()),
        (LOGGED_IN, 0.0, Read()),
        (HOLDING, 0.0, Wait(30.0)),
        (HOLDING, 29.0, Wait(1.0)),
        (HOLDING, 30.0, Read()),
        (HOLDING, 450.0, Renew(HOLDING.lease)),
        (HOLDING, 900.0, LogIn()),
        (DYNAMIC, 30.0, Check()),
        (DYNAMIC, 300.0, Renew(DYNAMIC.secret)),
        (WAVERING, 0.0, Wait(1.0)),
        (WAVERING, 1.0, Read()),
        (REFUSED, 0.0, Revoke(REFUSED.spent[0])),
        (after(Revoked(REFUSED.spent[0]), session=REFUSED), 0.0, Wait(1.0)),
        (after(Revoked(REFUSED.spent[0]), session=REFUSED), 1.0, LogIn()),
        (CLOSING, 0.0, Revoke(CLOSING.spent[0])),
        (replace(CLOSING, spent=()), 0.0, Stop("closed")),
        (ENDED, 0.0, Stop("closed")),
    ],
)
def test_what_is_due(session, now, action):
    assert plan(session, now) == action


def test_jitter_brings_reads_and_renewals_forward_and_puts_pauses_off():
    early, pause = after(TOKEN, READ, jitter=0.5), after(Unreachable(LogIn()), jitter=0.5)
    assert (early.read_at, early.lease.due_at, pause.retry_at) == (27.0, 427.5, 1.1)


def test_a_lease_and_a_credential_are_as_old_as_the_question():
    session = after(replace(TOKEN, took=4.0), replace(READ, took=2.0), now=100.0)
    assert (session.lease.ends_at, session.held.read_at, session.read_at) == (996.0, 98.0, 128.0)


def test_a_token_without_end_is_never_renewed():
    session = after(Granted(ttl=inf, renewable=False), READ)
    assert plan(session, 0.0) == Wait(30.0)
    assert plan(session, 1e9) == Read()


# Before the first credential


def test_without_patience_the_first_failure_ends_it():
    ended = after(Unreachable(LogIn()), session=Session(give_up_at=0.0))
    assert plan(ended, 0.0) == Stop("unreachable")


def test_with_patience_it_goes_on_until_its_time_is_over_with_a_last_try_then():
    waiting = after(Unreachable(LogIn()), session=Session(give_up_at=2.0))
    assert plan(waiting, 0.0) == Wait(1.0)
    waiting = after(Unreachable(LogIn()), session=waiting, now=1.0)
    assert plan(waiting, 1.0) == Wait(1.0), "and not the two seconds of its second pause"
    assert after(Unreachable(LogIn()), session=waiting, now=2.0).reason == "unreachable"


@pytest.mark.parametrize("event", [Refused(LogIn()), Missing("deleted"), Missing("malformed")])
def test_no_patience_helps_against_what_is_permanent(event):
    ended = after(event, session=LOGGED_IN)
    assert ended.reason in {"refused", "deleted", "malformed"}
    assert [term.number for term in ended.spent] == [1]


@pytest.mark.parametrize("event", [Refused(Read()), Missing("absent")])
def test_a_fresh_token_may_be_unknown_to_a_standby_and_is_tried_twice(event):
    once = after(event, session=LOGGED_IN)
    assert plan(once, 0.0) == Wait(STANDARD.settle)
    assert plan(once, STANDARD.settle) == Read()
    assert after(READ, session=once).phase is Phase.HOLDING
    assert after(event, session=once).phase is Phase.CLOSING


# Away is not refused


def test_pauses_double_up_to_the_longest_and_begin_small_after_a_read():
    session, pauses = HOLDING, []
    for _ in range(9):
        session = after(Unreachable(Read()), session=session)
        pauses.append(session.retry_at)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert after(READ, Unreachable(Read()), session=session).retry_at == 1.0


def test_a_login_alone_does_not_end_a_back_off():
    session = after(Unreachable(LogIn()), TOKEN, Unreachable(Read()), session=WAVERING)
    assert (session.failures, session.retry_at) == (3, 4.0)


def test_vault_may_ask_for_a_longer_pause_but_not_for_any():
    assert after(Unreachable(Read(), retry_after=7.0), session=HOLDING).retry_at == 7.0
    assert after(Unreachable(Read(), retry_after=9e9), session=HOLDING).retry_at == STANDARD.longest_obeyed


def test_while_vault_is_away_the_credential_is_good_until_it_is_too_old():
    assert usable(WAVERING, 3599.9)
    assert not usable(WAVERING, 3600.0)
    assert later(WAVERING, 3600.0).held is None


def test_with_no_staleness_allowed_it_is_good_until_its_token_ends():
    session = after(TOKEN, READ, Unreachable(Read()), schedule=TO_THE_END)
    assert usable(session, 899.9)
    assert not usable(session, 900.0)


def test_it_is_told_in_time_when_the_credential_becomes_too_old():
    session = replace(WAVERING, retry_at=4000.0)
    assert plan(session, 3590.0) == Wait(10.0)


def test_a_refusal_with_a_proven_token_may_be_the_tokens_death_and_leads_to_a_login():
    session = after(Refused(Read()), session=HOLDING, now=30.0)
    assert plan(session, 30.0) == LogIn()
    assert usable(session, 30.0)


def test_after_an_outage_a_dead_token_is_no_refusal():
    session = after(Refused(Read()), session=WAVERING, now=5.0)
    assert session.phase is Phase.WAVERING
    assert plan(session, 5.0) == LogIn()
    assert usable(session, 5.0)


@pytest.mark.parametrize("last", [[Refused(LogIn())], [TOKEN, Refused(Read()), Refused(Read())]])
def test_after_a_fresh_login_a_refusal_stops_the_handing_out_at_once(last):
    session = after(Refused(Read()), *last, session=HOLDING)
    assert (session.phase, session.held, session.reason) == (Phase.REFUSED, None, "refused")


def test_a_refused_renewal_is_no_word_on_the_credential():
    """A policy without renew-self; in an outage even with a token that has not read yet."""
    for session in (HOLDING, after(Unreachable(Read()), TOKEN, session=HOLDING)):
        refused = after(Refused(Renew(session.lease)), session=session, now=450.0)
        assert refused.phase is session.phase
        assert plan(refused, 450.0) == LogIn()
        assert usable(refused, 450.0)


def test_whoever_is_refused_goes_on_trying_ever_more_rarely_and_recovers():
    session, pauses = after(Revoked(REFUSED.spent[0]), session=REFUSED), []
    for _ in range(8):
        session = after(Refused(LogIn()), session=session)
        pauses.append(session.retry_at)
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    allowed = after(TOKEN, READ, session=session)
    assert (allowed.phase, allowed.failures, allowed.reason) == (Phase.HOLDING, 0, "")


def test_a_deleted_version_leaves_the_last_good_one_in_use_and_ageing():
    session = after(Missing("deleted"), session=HOLDING, now=30.0)
    assert (session.missing, session.held, session.read_at) == ("deleted", HOLDING.held, 60.0)
    assert after(READ, session=session, now=60.0).missing == ""


# Leases


def test_no_two_logins_are_closer_than_the_gap():
    session = after(Refused(Read()), session=HOLDING, now=0.3)
    assert plan(session, 0.3) == Wait(0.7)


def test_a_renewal_counts_from_its_question():
    renewed = after(Renewed(HOLDING.lease, ttl=900, renewable=True, took=2.0), session=HOLDING, now=450.0).lease
    assert (renewed.ends_at, renewed.due_at) == (1348.0, 898.0)


def test_less_than_asked_means_the_maximum_is_near_and_the_next_turn_is_a_login():
    near = after(Renewed(HOLDING.lease, ttl=500, renewable=True), READ, session=HOLDING, now=450.0)
    assert plan(near, 700.0) == LogIn()
    whole = after(Renewed(HOLDING.lease, ttl=860, renewable=True), READ, session=HOLDING, now=450.0)
    assert plan(whole, 900.0) == Renew(whole.lease)


def test_what_is_not_renewable_is_replaced_at_once():
    assert plan(after(NotRenewable(HOLDING.lease), session=HOLDING, now=450.0), 450.0) == LogIn()
    assert plan(after(NotRenewable(DYNAMIC.secret), session=DYNAMIC, now=300.0), 300.0) == Read()


def test_a_token_that_somebody_replaced_is_taken_up_at_once():
    session = after(THEIRS, READ)
    assert plan(after(Replaced(), session=session, now=10.0), 10.0) == LogIn()
    assert after(Replaced()) == LOGGED_OUT


def test_a_renewal_that_failed_comes_after_a_read_and_later_each_time():
    session = after(Unreachable(Renew(HOLDING.lease)), session=HOLDING, now=450.0)
    assert plan(session, 451.0) == Read()
    session = after(READ, session=session, now=451.0)
    assert session.lease.due_at == 452.0
    again = after(Unreachable(Renew(session.lease)), session=session, now=452.0)
    assert again.lease.due_at == 456.0


def test_a_renewal_that_goes_on_failing_becomes_a_login_before_it_is_too_late():
    session = after(Unreachable(Renew(HOLDING.lease)), READ, session=HOLDING, now=700.0)
    assert plan(session, 702.0) == LogIn()


def test_the_old_token_is_given_back_once_the_new_one_has_read():
    fresh = after(Refused(Read()), TOKEN, session=HOLDING)
    assert plan(fresh, 0.0) == Read()
    assert plan(after(READ, session=fresh), 0.0) == Revoke(HOLDING.lease)


def test_a_token_that_has_run_out_is_not_given_back():
    session = later(after(Refused(Read()), session=HOLDING), 900.0)
    assert (session.lease, session.spent) == (None, ())


def test_what_somebody_else_made_is_never_given_back():
    assert plan(after(THEIRS, READ, CloseRequested()), 0.0) == Stop("closed")


def test_a_token_dead_on_arrival_is_a_failure():
    session = after(replace(TOKEN, ttl=5, took=5.0), now=5.0)
    assert (session.lease, session.failures) == (None, 1)
    assert plan(session, 5.0) == Wait(1.0)


def test_however_slow_the_answers_there_is_a_read_between_two_logins():
    session = after(replace(TOKEN, ttl=8, renewable=False, took=5.0), now=5.0)
    assert plan(session, 5.0) == Read()


# A secret with a lease of its own


def test_a_leased_secret_is_never_used_past_its_end_or_its_tokens():
    assert DYNAMIC.held.until == 600.0
    assert after(replace(TOKEN, ttl=100), SECRET).held.until == 100.0


def test_renewing_either_lease_makes_the_secret_last():
    longer = after(Renewed(DYNAMIC.secret, ttl=800, renewable=True), session=DYNAMIC, now=300.0)
    assert longer.held.until == 900.0
    longest = after(Renewed(longer.lease, ttl=900, renewable=True), session=longer, now=450.0)
    assert longest.held.until == 1100.0


def test_a_living_token_makes_the_secret_as_good_as_read_again():
    session = after(Confirmed(took=1.0), session=DYNAMIC, now=31.0)
    assert (session.held.read_at, session.held.until, session.read_at) == (30.0, 600.0, 60.0)


def test_under_a_new_token_the_secret_is_read_anew_and_the_old_ones_end_together():
    fresh = after(Refused(Check()), TOKEN, session=DYNAMIC)
    assert plan(fresh, 0.0) == Read()
    session = after(SECRET, session=fresh)
    assert plan(session, 0.0) == Revoke(DYNAMIC.lease)
    assert len(session.spent) == 1


def test_while_the_new_token_finds_nothing_the_old_one_is_kept_for_its_secret():
    session = after(Refused(Check()), TOKEN, Missing("deleted"), session=DYNAMIC)
    assert plan(session, 0.0) == Wait(30.0)
    assert plan(session, 30.0) == Read()
    assert usable(session, 30.0)


def test_a_secret_that_was_replaced_under_the_same_token_is_given_back():
    session = after(NotRenewable(DYNAMIC.secret), SECRET, session=DYNAMIC)
    assert plan(session, 0.0) == Revoke(replace(DYNAMIC.secret, renewable=False, due_at=0.0))


def test_a_secret_under_somebody_elses_token_is_given_back_at_the_end():
    session = after(THEIRS, SECRET, CloseRequested())
    assert [term.kind for term in session.spent] == [Kind.SECRET]
    assert [term.kind for term in after(CloseRequested(), session=DYNAMIC).spent] == [Kind.TOKEN]


def test_a_secret_that_cannot_be_had_again_is_asked_for_at_the_pace_of_reads():
    session = after(NotRenewable(DYNAMIC.secret), Missing("deleted"), session=DYNAMIC, now=300.0)
    assert plan(session, 300.0) == Wait(30.0)


def test_a_secret_that_has_run_out_is_read_again():
    session = later(after(Unreachable(Renew(DYNAMIC.secret)), session=DYNAMIC, now=599.0), 600.0)
    assert (session.held, session.secret) == (None, None)
    renewed = after(Renewed(session.lease, ttl=900, renewable=True), session=session, now=600.0)
    assert plan(renewed, 600.0) == Read()


def test_with_no_staleness_allowed_a_deleted_version_is_good_as_long_as_a_token_that_may_read():
    session = after(Refused(Read()), TOKEN, Missing("deleted"), session=HOLDING, now=30.0, schedule=TO_THE_END)
    assert session.held.until == 930.0


def test_a_secret_dead_on_arrival_is_not_used_and_read_again_after_the_gap():
    session = later(after(replace(SECRET, ttl=5, took=5.0), session=HOLDING, now=35.0), 35.0)
    assert (session.held, session.secret) == (None, None)
    assert plan(session, 35.0) == Wait(STANDARD.login_gap)


# Wishes


def test_a_refresh_reads_at_once_but_not_more_often_than_the_gap():
    assert plan(after(RefreshRequested(), session=HOLDING, now=10.0), 10.0) == Read()
    assert plan(after(RefreshRequested(), session=HOLDING, now=0.4), 0.4) == Wait(0.6)


def test_a_refresh_cuts_a_back_off_short():
    away = after(*[Unreachable(Read())] * 8, session=HOLDING)
    assert plan(after(RefreshRequested(), session=away, now=10.0), 10.0) == Read()


def test_refreshes_in_a_loop_come_ever_more_rarely_and_never_before_vault_said():
    away = after(*[Unreachable(Read())] * 8, session=HOLDING)
    assert plan(after(RefreshRequested(), session=away, now=2.0), 2.0) == Wait(7.0)
    limited = after(Unreachable(Read(), retry_after=60.0), session=HOLDING)
    assert plan(after(RefreshRequested(), session=limited, now=5.0), 5.0) == Wait(55.0)


def test_one_that_is_closed_while_it_is_refused_ends_as_refused():
    refused = after(Refused(LogIn()), CloseRequested(), session=HOLDING)
    assert refused.reason == "refused"


def test_after_the_end_nothing_is_handed_out_and_the_first_reason_stays():
    session = after(CloseRequested("stopped"), CloseRequested("closed"), READ, session=HOLDING)
    assert (session.held, session.reason) == (None, "stopped")


def test_what_comes_after_the_end_is_given_back():
    token = after(TOKEN, session=ENDED)
    assert plan(token, 0.0) == Revoke(token.spent[0])
    assert plan(after(Revoked(token.spent[0]), session=token), 0.0) == Stop("closed")
    secret = after(SECRET, session=ENDED)
    assert plan(secret, 0.0) == Revoke(secret.spent[0])


def test_a_lease_that_is_renewed_while_closing_is_given_back_for_as_long_as_it_lives():
    session = later(CLOSING, 800.0, Renewed(CLOSING.spent[0], ttl=900, renewable=True))
    assert [term.ends_at for term in later(session, 1000.0).spent] == [1700.0]


def test_a_term_that_is_gone_changes_nothing():
    gone = Term(Kind.TOKEN, 77, 900, 900, 450, renewable=True)
    for event in (Renewed(gone, 900, renewable=True), NotRenewable(gone), Revoked(gone)):
        assert after(event, session=HOLDING) == HOLDING
