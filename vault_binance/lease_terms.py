"""The leases within a session: how one is made, when its turn is, and how it is exchanged or let go.

Rules of the file
- Sessions and terms in, sessions and terms out; what an event means is decided in vault_binance.lease_steps.
- A lease is as old as the question it answers: what the answer took is taken off.
- However slow the answers are, there is a gap between two renewals, in which there is room for a read.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

from vault_binance.lease_values import Granted, Kind, Term

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.lease_values import Fetched, Renewed, Session
    from vault_binance.schedules import Schedule

AT_ITS_MAXIMUM = 0.9
"""A renewal that gives less than this share of what the lease had before has met its maximum."""
LAST_SHARE = 0.25
"""In this last share of its time a lease is no longer renewed but replaced: a renewal that failed may go on failing."""


def made(session: Session, kind: Kind, event: Granted | Fetched, now: float, schedule: Schedule, jitter: float) -> Term:
    ttl = inf if event.ttl is None else event.ttl
    due_at = _due_at(ttl, now, event.took, schedule, jitter)
    ours, accessor = (event.ours, event.accessor) if isinstance(event, Granted) else (True, "")
    return Term(kind, session.numbers + 1, ttl, now - event.took + ttl, due_at, event.renewable, ours, accessor)


def renewed(event: Renewed, now: float, schedule: Schedule, jitter: float) -> Term:
    return replace(
        event.term,
        ttl=event.ttl,
        ends_at=now - event.took + event.ttl,
        due_at=_due_at(event.ttl, now, event.took, schedule, jitter),
        renewable=event.renewable and event.ttl >= event.term.ttl * AT_ITS_MAXIMUM,
        attempts=0,
    )


def _due_at(ttl: float, now: float, took: float, schedule: Schedule, jitter: float) -> float:
    return max(now - took + schedule.next_renewal(ttl, jitter), now + schedule.login_gap)


def put_off(term: Term, now: float, retry_at: float, schedule: Schedule, jitter: float) -> Term:
    """What could not be renewed still lives: it is read with in between, and replaced before it is too late."""
    later = min(now + 2 * schedule.pause(term.attempts + 1, jitter), (now + term.ends_at) / 2)
    due_at = max(later, retry_at + schedule.login_gap)
    in_time = due_at < term.ends_at - term.ttl * LAST_SHARE
    return replace(term, attempts=term.attempts + 1, due_at=due_at, renewable=term.renewable and in_time)


def is_settled(session: Session) -> bool:
    """Was what is in use read with the present token? A secret that was has a later number."""
    lease, secret = session.lease, session.secret
    return lease is not None and lease.proven and (secret is None or secret.number > lease.number)


def with_term(session: Session, term: Term) -> Session:
    """With `term` in the place of the one that has its number, wherever that is."""
    lease, secret = (term if each and each.number == term.number else each for each in (session.lease, session.secret))
    spent = tuple(term if each.number == term.number else each for each in session.spent)
    return replace(session, lease=lease, secret=secret, spent=spent)


def with_secret(session: Session, secret: Term | None) -> Session:
    session = _without_secret(session)
    return replace(session, secret=secret, numbers=secret.number) if secret else session


def _without_secret(session: Session) -> Session:
    if session.secret is None:
        return session
    if ends_with_its_token(session):
        return replace(session, secret=None)
    return replace(session, secret=None, spent=(*session.spent, session.secret))


def ends_with_its_token(session: Session) -> bool:
    """A secret whose token is to be given back needs no call of its own."""
    return any(term.kind is Kind.TOKEN for term in session.spent)


def without_token(session: Session) -> Session:
    """Its token is to be given back, if we made it."""
    if session.lease is None:
        return session
    spent = (*session.spent, session.lease) if session.lease.ours else session.spent
    return replace(session, lease=None, spent=spent)


def without_leases(session: Session) -> Session:
    return _without_secret(without_token(session))


def without_ended(session: Session, now: float) -> Session:
    """A lease that has run out is gone by itself; mostly none has, and the session is the same."""
    if session.lease and session.lease.ends_at <= now:
        session = replace(session, lease=None)
    spent = tuple(term for term in session.spent if term.ends_at > now)
    return session if spent == session.spent else replace(session, spent=spent)
