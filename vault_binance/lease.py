"""The life of a lease: what to do next, and what an answer changes (design, section 5).

    action = plan(session, now)                                    what is due
    session = advance(session, event, now, schedule, jitter)       what became of it

Before each plan comes the event Elapsed; while a call is made, what is wished for may come before its answer.

Rules of the file
- Pure and total: no clock, no randomness, no network; every event is understood in every phase.
- The lease is the token's. Where a read came with a lease of its own, that one is kept too, and the credential is never
  used past its end.
- Unreachable and refused are different. While Vault is away the last credential may be used until `max_stale`; once a
  fresh login, or the read after it, is refused, nothing is handed out.
- Only an answered read proves health: a login alone does not end a back-off.
- Each lease that we made is given back with one try, and no other lease ever.
- Every Wait is positive, and no two logins are closer than the schedule's gap.
"""

from __future__ import annotations

from dataclasses import replace

from vault_binance.lease_steps import CLOSING, STEPS
from vault_binance.lease_terms import is_settled
from vault_binance.lease_values import Check, LogIn, Phase, Read, Renew, Revoke, Session, Stop, Wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.lease_values import Action, Event
    from vault_binance.schedules import Schedule

OVER = frozenset({Phase.CLOSING, Phase.ENDED})


def plan(session: Session, now: float) -> Action:
    """What is to be done now."""
    if session.spent and _may_give_back(session):
        return Revoke(session.spent[0])
    if session.phase in OVER:
        return Stop(session.reason)
    if session.retry_at > now:
        return _wait(session, session.retry_at, now)
    return _due(session, now) or _wait(session, _next_deadline(session), now)


def _may_give_back(session: Session) -> bool:
    """Not before its successor is settled, unless there is to be none: what was leased under it is still in use."""
    return session.phase in {Phase.CLOSING, Phase.REFUSED} or is_settled(session)


def _due(session: Session, now: float) -> Action | None:
    lease, secret = session.lease, session.secret
    if lease is None or lease.ends_at <= now:
        return _log_in(session, now)
    if lease.due_at <= now:
        return Renew(lease) if lease.renewable else _log_in(session, now)
    if secret is None or not is_settled(session):
        return Read() if _is_read_due(session, now) else None
    if secret.due_at <= now:
        return Renew(secret) if secret.renewable else Read()
    return Check() if _is_read_due(session, now) else None


def _log_in(session: Session, now: float) -> Action:
    return LogIn() if session.login_at <= now else _wait(session, session.login_at, now)


def _is_read_due(session: Session, now: float) -> bool:
    unproven = session.lease is None or not session.lease.proven
    return unproven or session.phase is not Phase.HOLDING or session.read_at <= now


def _next_deadline(session: Session) -> float:
    leases = (session.lease, session.secret if is_settled(session) else None)
    return min((session.read_at, *(term.due_at for term in leases if term)))


def _wait(session: Session, until: float, now: float) -> Wait:
    """Until then, or until the credential becomes too old, which whoever waits wants to say in time."""
    if session.held and now < session.held.until < until:
        until = session.held.until
    return Wait(until - now)


def usable(session: Session, now: float) -> bool:
    """May the credential that was read last be handed out?"""
    return session.held is not None and now < session.held.until


def advance(session: Session, event: Event, now: float, schedule: Schedule, jitter: float) -> Session:
    """The session after `event`; `jitter`, from 0 to below 1, spreads what many bots would do at once."""
    steps = CLOSING if session.phase in OVER else STEPS
    step = steps.get(type(event))
    after = step(session, event, now, schedule, jitter) if step else session
    return replace(after, phase=Phase.ENDED) if after.phase is Phase.CLOSING and not after.spent else after
