"""What is worth telling of a lease's life, found by comparing the session before and after an event.

Rules of the file
- Kinds are past tense and stable: programs and log searches rely on them.
- Only changes are told: a Vault that is away for an hour is one `unreachable` and one `recovered`.
- A notice carries an accessor, a version, seconds; never a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vault_binance.lease_values import Fetched, Granted, Missing, Phase, Renewed, Revoked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.lease_values import Event, Session


class NoticeKind(StrEnum):
    CREATED = "created"
    """Logged in: a lease of our own, or somebody's token taken up."""
    RENEWED = "renewed"
    ROTATED = "rotated"
    """Another version of the credential is handed out from now on."""
    EXPIRED = "expired"
    """A lease has ended before it was given back, or the credential has become too old to be handed out."""
    DELETED = "deleted"
    """The latest version is gone or unusable; the last good one stays in use."""
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    """Nothing is handed out from now on."""
    RECOVERED = "recovered"
    REVOKED = "revoked"
    """A lease was given back, or could not be."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Notice:
    """`ttl` in seconds, inf for a lease without end; `detail` is one word: what expired, or why it ended."""

    kind: NoticeKind
    accessor: str = ""
    version: int | None = None
    ttl: float | None = None
    detail: str = ""


_GOING_ON = frozenset({Phase.HOLDING, Phase.WAVERING})


def notices(before: Session, event: Event, after: Session) -> tuple[Notice, ...]:
    """Everything to tell of one step, in the order in which it happened."""
    return (*_of_leases(before, event, after), *_of_credentials(before, event, after), *_of_phases(before, after))


def _of_leases(before: Session, event: Event, after: Session) -> Iterator[Notice]:
    accessor = _accessor(after) or _accessor(before)
    match event:
        case Granted() if not (before.lease and before.lease.accessor == event.accessor):  # else only looked at again
            yield Notice(NoticeKind.CREATED, event.accessor, ttl=event.ttl)
        case Renewed():
            yield Notice(NoticeKind.RENEWED, event.term.accessor, ttl=event.ttl, detail=event.term.kind)
        case Revoked():
            yield Notice(NoticeKind.REVOKED, event.term.accessor, detail="" if event.done else "failed")
        case _ if before.lease and after.lease is None and after.phase in _GOING_ON:
            yield Notice(NoticeKind.EXPIRED, accessor, detail="token")


def _of_credentials(before: Session, event: Event, after: Session) -> Iterator[Notice]:
    if isinstance(event, Fetched) and event.changed and before.version is not None:
        yield Notice(NoticeKind.ROTATED, _accessor(after), event.version)
    if isinstance(event, Missing) and after.missing and after.missing != before.missing:
        yield Notice(NoticeKind.DELETED, _accessor(after), before.version, detail=event.state)
    if isinstance(event, Fetched) and before.missing and before.phase is Phase.HOLDING:
        yield Notice(NoticeKind.RECOVERED, _accessor(after), event.version, detail="restored")
    if before.held and after.held is None and after.phase in _GOING_ON:
        yield Notice(NoticeKind.EXPIRED, _accessor(after), before.version, detail="credentials")


def _of_phases(before: Session, after: Session) -> Iterator[Notice]:
    waits = after.phase is Phase.LOGGED_OUT and after.failures == 1 > before.failures
    if before.phase is after.phase and not waits:
        return
    about = {"accessor": _accessor(after) or _accessor(before), "version": after.version}
    match after.phase:
        case Phase.WAVERING | Phase.LOGGED_OUT:
            yield Notice(NoticeKind.UNREACHABLE, **about)  # type: ignore[arg-type]
        case Phase.REFUSED:
            yield Notice(NoticeKind.REFUSED, **about)  # type: ignore[arg-type]
        case Phase.HOLDING if before.failures or before.phase is not Phase.LOGGED_OUT:
            yield Notice(NoticeKind.RECOVERED, **about)  # type: ignore[arg-type]
        case Phase.ENDED:
            yield Notice(NoticeKind.ENDED, **about, detail=after.reason)  # type: ignore[arg-type]


def _accessor(session: Session) -> str:
    return session.lease.accessor if session.lease else ""
