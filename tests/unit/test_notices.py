"""What is told of a lease's life: one word for each change, and nothing for what stays as it is."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from tests.rows import each_row
from tests.unit.lease_life import Life
from tests.unit.lease_world import Story, Trouble
from vault_binance.lease import advance
from vault_binance.lease_values import (
    CloseRequested,
    Elapsed,
    Fetched,
    Granted,
    LogIn,
    Missing,
    Read,
    RefreshRequested,
    Refused,
    Renewed,
    Revoked,
    Session,
    Unreachable,
)
from vault_binance.notices import Notice, NoticeKind, notices
from vault_binance.schedules import STANDARD

TOKEN = Granted(ttl=900, renewable=True, accessor="one")
READ = Fetched(version=1)


def lived(*events, session=None, now=0.0):
    """The session after these events, and what was told of each."""
    session, told = session or Session(give_up_at=inf), []
    for event in events:
        after = advance(session, event, now, STANDARD, 0.0)
        told += notices(session, event, after)
        session = after
    return session, told


HOLDING, _ = lived(TOKEN, READ)
WAVERING, _ = lived(Unreachable(Read()), session=HOLDING)
REFUSED, _ = lived(Refused(LogIn()), session=HOLDING)
CLOSING, _ = lived(CloseRequested(), session=HOLDING)


@each_row(
    ("session", "event", "now", "told"),
    [
        (None, TOKEN, 0.0, [Notice(NoticeKind.CREATED, "one", ttl=900)]),
        (
            HOLDING,
            Renewed(HOLDING.lease, 800, renewable=True),
            450.0,
            [Notice(NoticeKind.RENEWED, "one", ttl=800, detail="token")],
        ),
        (HOLDING, Fetched(version=2, changed=True), 30.0, [Notice(NoticeKind.ROTATED, "one", 2)]),
        (HOLDING, Elapsed(), 900.0, [Notice(NoticeKind.EXPIRED, "one", detail="token")]),
        (
            replace(WAVERING, lease=None),
            Elapsed(),
            3600.0,
            [Notice(NoticeKind.EXPIRED, version=1, detail="credentials")],
        ),
        (HOLDING, Missing("deleted"), 30.0, [Notice(NoticeKind.DELETED, "one", 1, detail="deleted")]),
        (HOLDING, Unreachable(Read()), 30.0, [Notice(NoticeKind.UNREACHABLE, "one", 1)]),
        (WAVERING, READ, 30.0, [Notice(NoticeKind.RECOVERED, "one", 1)]),
        (
            CLOSING,
            Revoked(HOLDING.lease),
            0.0,
            [Notice(NoticeKind.REVOKED, "one"), Notice(NoticeKind.ENDED, version=1, detail="closed")],
        ),
    ],
)
def test_what_is_told(session, event, now, told):
    assert lived(event, session=session, now=now)[1] == told


@each_row(
    ("session", "event"),
    [
        (None, READ),
        (HOLDING, READ),
        (HOLDING, Elapsed()),
        (HOLDING, RefreshRequested()),
        (HOLDING, CloseRequested()),
        (WAVERING, Unreachable(Read())),
        (REFUSED, Refused(LogIn())),
        (lived(Missing("deleted"), session=HOLDING)[0], Missing("deleted")),
    ],
)
def test_what_stays_as_it_is_is_not_told(session, event):
    assert lived(event, session=session)[1] == []


def test_a_revocation_that_failed_is_told_as_that():
    assert (
        Notice(NoticeKind.REVOKED, "one", detail="failed")
        in lived(Revoked(HOLDING.lease, done=False), session=CLOSING)[1]
    )


def test_a_refusal_is_told_once_with_the_token_that_is_lost():
    _, told = lived(Refused(LogIn()), Refused(LogIn()), session=HOLDING)
    assert [notice.kind for notice in told].count(NoticeKind.REFUSED) == 1


def test_the_first_credential_is_no_rotation():
    _, told = lived(TOKEN, Fetched(version=3, changed=True))
    assert [notice.kind for notice in told] == [NoticeKind.CREATED]


def test_an_hour_without_vault_is_one_word_at_its_beginning_and_one_at_its_end():
    story = Story(ttl=7200.0, troubles=(Trouble("unreachable", 100.0, 3500.0),), close_at=4000.0)
    kinds = [notice.kind for notice in Life(story).live().told if notice.kind is not NoticeKind.RENEWED]
    assert kinds == [
        NoticeKind.CREATED,
        NoticeKind.UNREACHABLE,
        NoticeKind.RECOVERED,
        NoticeKind.REVOKED,
        NoticeKind.ENDED,
    ]


def test_every_kind_is_told_in_some_life():
    troubles = (
        Trouble("rotated", 50.0),
        Trouble("deleted", 100.0, 60.0),
        Trouble("unreachable", 400.0, 1000.0),
        Trouble("suspended", 2000.0, 300.0),
    )
    story = Story(ttl=300.0, schedule=replace(STANDARD, max_stale=600.0), troubles=troubles)
    assert {notice.kind for notice in Life(story).live().told} == set(NoticeKind)
