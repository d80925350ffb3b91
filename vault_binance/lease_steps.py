"""What each event makes of a session, one function an event; the rules are those of vault_binance.lease."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from vault_binance import lease_terms as terms
from vault_binance.lease_values import (
    CloseRequested,
    Confirmed,
    Elapsed,
    Fetched,
    Granted,
    Held,
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
    Revoked,
    Session,
    Unreachable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from vault_binance.lease_values import Action, Term
    from vault_binance.schedules import Schedule

    _Step = Callable[[Session, Any, float, Schedule, float], Session]

# Leases


def _granted(session: Session, event: Granted, now: float, schedule: Schedule, jitter: float) -> Session:
    """A token; the one before it is given back once this one is proven. One that came too late to live is a failure."""
    term = terms.made(session, Kind.TOKEN, event, now, schedule, jitter)
    session = terms.without_token(session)
    if term.ends_at <= now:
        return _unreachable(session, Unreachable(LogIn()), now, schedule, jitter)
    return replace(session, lease=term, numbers=term.number, login_at=now + schedule.login_gap)


def _renewed(session: Session, event: Renewed, now: float, schedule: Schedule, jitter: float) -> Session:
    term = terms.renewed(event, now, schedule, jitter)
    return _good_until_its_lease_ends(terms.with_term(session, term), schedule)


def _not_renewable(session: Session, event: NotRenewable, now: float, *_: object) -> Session:
    return terms.with_term(session, replace(event.term, renewable=False, due_at=now))


def _replaced(session: Session, _: Replaced, now: float, *__: object) -> Session:
    if session.lease is None:
        return session
    return replace(session, lease=replace(session.lease, renewable=False, due_at=now))


# Reads


def _fetched(session: Session, event: Fetched, now: float, schedule: Schedule, jitter: float) -> Session:
    secret = None if event.ttl is None else terms.made(session, Kind.SECRET, event, now, schedule, jitter)
    session = _proven(terms.with_secret(session, secret), now, event.took, schedule, jitter)
    held = Held(event.version, now - event.took, _too_old_at(now - event.took, schedule))
    session = replace(session, phase=Phase.HOLDING, held=held, version=event.version, missing="", reason="")
    return _good_until_its_lease_ends(session, schedule)


def _confirmed(session: Session, event: Confirmed, now: float, schedule: Schedule, jitter: float) -> Session:
    """The token lives, and with it the secret leased under it: as good as read again, if there is one."""
    session = _proven(session, now, event.took, schedule, jitter)
    if session.held is None:
        return session
    held = replace(session.held, read_at=now - event.took)
    session = replace(session, phase=Phase.HOLDING, held=held)
    return _good_until_its_lease_ends(session, schedule)


def _missing(session: Session, event: Missing, now: float, schedule: Schedule, jitter: float) -> Session:
    """While running the last good credential stays, and ages; before the first, and after a refusal, there is none."""
    if _may_settle(session) and event.state == "absent":
        return _doubted(session, now, schedule)
    if session.phase is Phase.LOGGED_OUT:
        return _ending(session, event.state)
    if session.phase is Phase.REFUSED:
        return _paused(session, now, schedule, jitter)
    session = _proven(session, now, event.took, schedule, jitter)
    secret = session.secret and replace(session.secret, due_at=max(session.secret.due_at, session.read_at))
    session = replace(session, phase=Phase.HOLDING, secret=secret, missing=event.state)
    return _good_until_its_lease_ends(session, schedule)


def _proven(session: Session, now: float, took: float, schedule: Schedule, jitter: float) -> Session:
    lease = replace(session.lease, proven=True, doubted=False) if session.lease else None
    read_at = max(now - took + schedule.next_read(jitter), now + schedule.login_gap)
    return replace(session, lease=lease, failures=0, retry_at=-inf, read_at=read_at, tried_at=now)


def _too_old_at(read_at: float, schedule: Schedule) -> float:
    return read_at + schedule.max_stale if schedule.max_stale else inf


def _good_until_its_lease_ends(session: Session, schedule: Schedule) -> Session:
    """A secret with a lease ends with it and with its token; any other may outlive its token until `max_stale`."""
    if session.held is None or not terms.is_settled(session):
        return session
    leases = (session.lease, session.secret) if session.secret or not schedule.max_stale else ()
    until = min((_too_old_at(session.held.read_at, schedule), *(term.ends_at for term in leases if term)))
    return session if until == session.held.until else replace(session, held=replace(session.held, until=until))


# Failures


def _unreachable(session: Session, event: Unreachable, now: float, schedule: Schedule, jitter: float) -> Session:
    if session.phase is Phase.LOGGED_OUT and session.give_up_at <= now:
        return _ending(session, "unreachable")
    session = _paused(session, now, schedule, jitter, event.retry_after)
    if session.phase is Phase.LOGGED_OUT:
        session = replace(session, retry_at=min(session.retry_at, session.give_up_at))
    phase = Phase.WAVERING if session.phase is Phase.HOLDING else session.phase
    return _put_off(replace(session, phase=phase), event.on, now, schedule, jitter)


def _paused(session: Session, now: float, schedule: Schedule, jitter: float, retry_after: float = 0.0) -> Session:
    failures = session.failures + 1
    asked = schedule.obeyed(retry_after, jitter)
    pause = max(schedule.pause(failures, jitter), asked)
    return replace(session, failures=failures, retry_at=now + pause, asked_until=now + asked, tried_at=now)


def _put_off(session: Session, failed: Action, now: float, schedule: Schedule, jitter: float) -> Session:
    term = session.lease if isinstance(failed, LogIn) else failed.term if isinstance(failed, Renew) else None
    if term is None:
        return session
    return terms.with_term(session, terms.put_off(term, now, session.retry_at, schedule, jitter))


def _refused(session: Session, event: Refused, now: float, schedule: Schedule, jitter: float) -> Session:
    """A 403 may be a dead token: that is known after a fresh login, and for sure after the read with it."""
    if isinstance(event.on, Read) and _may_settle(session):
        return _doubted(session, now, schedule)
    proven = session.lease is not None and session.lease.proven
    conclusive = isinstance(event.on, LogIn) or not (proven or isinstance(event.on, Renew))
    session = replace(terms.without_token(session), tried_at=now)
    if not conclusive:
        return replace(session, retry_at=-inf)
    if session.phase is Phase.LOGGED_OUT:
        return _ending(session, "refused")
    session = replace(terms.without_leases(session), phase=Phase.REFUSED, held=None, reason="refused")
    return _paused(session, now, schedule, jitter)


def _may_settle(session: Session) -> bool:
    """Is this the first word on a token so young that the node asked may not know it yet?"""
    lease = session.lease
    return session.phase is not Phase.REFUSED and lease is not None and not lease.proven and not lease.doubted


def _doubted(session: Session, now: float, schedule: Schedule) -> Session:
    lease = replace(session.lease, doubted=True) if session.lease else None
    return replace(session, lease=lease, retry_at=now + schedule.settle, tried_at=now)


# Time and wishes


def _elapsed(session: Session, _: Elapsed, now: float, schedule: Schedule, __: float) -> Session:
    if session.held and session.held.until <= now:
        session = _too_old(session, now, schedule)
    return terms.without_ended(session, now)


def _too_old(session: Session, now: float, schedule: Schedule) -> Session:
    """Where it has a lease, that is given back, or has run out; there may be another to be had, or a younger one."""
    read_at = min(session.read_at, _soon(session, now, schedule))
    return replace(terms.with_secret(session, None), held=None, read_at=read_at)


def _refresh(session: Session, _: RefreshRequested, now: float, schedule: Schedule, __: float) -> Session:
    """A pause is cut short, but less with each failure, and never one that Vault asked for."""
    soon = max(now, session.tried_at + (session.failures + 1) * schedule.login_gap)
    retry_at = min(session.retry_at, max(soon, session.asked_until))
    return replace(session, read_at=min(session.read_at, soon), retry_at=retry_at)


def _soon(session: Session, now: float, schedule: Schedule) -> float:
    """At once, but not more often than the gap: a bot that asks in a loop is not to become a storm."""
    return max(now, session.tried_at + schedule.login_gap)


def _close(session: Session, event: CloseRequested, *_: object) -> Session:
    return _ending(session, session.reason or event.reason)


def _ending(session: Session, reason: str) -> Session:
    return replace(terms.without_leases(session), phase=Phase.CLOSING, held=None, reason=reason)


def _granted_too_late(session: Session, event: Granted, now: float, schedule: Schedule, jitter: float) -> Session:
    term = terms.made(session, Kind.TOKEN, event, now, schedule, jitter)
    return _to_give_back(session, term) if term.ours else session


def _fetched_too_late(session: Session, event: Fetched, now: float, schedule: Schedule, jitter: float) -> Session:
    if event.ttl is None or terms.ends_with_its_token(session):
        return session
    return _to_give_back(session, terms.made(session, Kind.SECRET, event, now, schedule, jitter))


def _to_give_back(session: Session, term: Term) -> Session:
    return replace(session, phase=Phase.CLOSING, spent=(*session.spent, term), numbers=term.number)


def _revoked(session: Session, event: Revoked, *_: object) -> Session:
    return replace(session, spent=tuple(term for term in session.spent if term.number != event.term.number))


STEPS: Mapping[type, _Step] = {
    Granted: _granted,
    Renewed: _renewed,
    NotRenewable: _not_renewable,
    Replaced: _replaced,
    Fetched: _fetched,
    Confirmed: _confirmed,
    Missing: _missing,
    Unreachable: _unreachable,
    Refused: _refused,
    Revoked: _revoked,
    Elapsed: _elapsed,
    RefreshRequested: _refresh,
    CloseRequested: _close,
}
CLOSING: Mapping[type, _Step] = {
    Granted: _granted_too_late,
    Renewed: _renewed,
    Fetched: _fetched_too_late,
    Revoked: _revoked,
    Elapsed: _elapsed,
}
"""A session that is closing, or has ended, gives back what it has and what still comes; nothing else is heard."""
