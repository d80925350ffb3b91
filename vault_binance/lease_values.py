"""What the lease machine speaks of: phases, leases, actions, events, and the session that holds all it knows.

Rules of the file
- Values alone, frozen; what is decided with them is in vault_binance.lease.
- Times are seconds of one clock that the caller reads; `inf` is never.
- No secret is among them: a lease is told by its number, and a token stays with whoever uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf


class Phase(StrEnum):
    LOGGED_OUT = "logged out"
    """No credential yet."""
    HOLDING = "holding"
    WAVERING = "wavering"
    """Vault is away; what was read last is still good, until it is too old."""
    REFUSED = "refused"
    """Nothing is handed out; logins go on, rarely."""
    CLOSING = "closing"
    ENDED = "ended"


class Kind(StrEnum):
    TOKEN = "token"  # noqa: S105  the kind of a lease
    SECRET = "secret"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Term:
    """A lease as the machine sees it. Times are the caller's clock, in seconds; `number` tells leases apart."""

    kind: Kind
    number: int
    ttl: float
    ends_at: float
    due_at: float
    renewable: bool
    ours: bool = True
    accessor: str = ""
    proven: bool = False
    """Has a read succeeded with it?"""
    doubted: bool = False
    """Its first read was refused once, and is tried again."""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """The credential that is handed out: which version, asked for when, and good until when."""

    version: int
    read_at: float
    until: float


# Actions


@dataclass(frozen=True, slots=True)
class LogIn:
    pass


@dataclass(frozen=True, slots=True)
class Renew:
    term: Term


@dataclass(frozen=True, slots=True)
class Read:
    pass


@dataclass(frozen=True, slots=True)
class Check:
    """Ask whether the token is alive: where reading again would make another secret."""


@dataclass(frozen=True, slots=True)
class Revoke:
    term: Term


@dataclass(frozen=True, slots=True)
class Wait:
    seconds: float


@dataclass(frozen=True, slots=True)
class Stop:
    reason: str


Action = LogIn | Renew | Read | Check | Revoke | Wait | Stop


# Events. `took` is how long the answer needed: a lease and a credential are as old as the question.


@dataclass(frozen=True, slots=True)
class Granted:
    """Logged in. `ttl` inf never ends; `ours` is false for a token that somebody else made."""

    ttl: float
    renewable: bool
    accessor: str = ""
    ours: bool = True
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Renewed:
    term: Term
    ttl: float
    renewable: bool
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class NotRenewable:
    """It lives on until its end, and no longer."""

    term: Term


@dataclass(frozen=True, slots=True)
class Fetched:
    """Read. `ttl` and `renewable` are the secret's own lease's, where it came with one."""

    version: int
    changed: bool = False
    ttl: float | None = None
    renewable: bool = False
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Confirmed:
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Missing:
    """The read was allowed and gave nothing to use; `state` is absent, deleted, destroyed or malformed."""

    state: str
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Unreachable:
    on: Action
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    on: Action


@dataclass(frozen=True, slots=True)
class Replaced:
    """Somebody put another token where this one came from."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """`done` is false where the one try failed."""

    term: Term
    done: bool = True


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time has passed: what has run out is let go."""


@dataclass(frozen=True, slots=True)
class RefreshRequested:
    pass


@dataclass(frozen=True, slots=True)
class CloseRequested:
    reason: str = "closed"


Event = (
    Granted
    | Renewed
    | NotRenewable
    | Fetched
    | Confirmed
    | Missing
    | Unreachable
    | Refused
    | Replaced
    | Revoked
    | Elapsed
    | RefreshRequested
    | CloseRequested
)


@dataclass(frozen=True, slots=True)
class Session:
    """Everything the machine knows. `spent` are leases to give back; `give_up_at` ends the wait for a first
    credential; `reason` is why it was refused or ended.
    """

    phase: Phase = Phase.LOGGED_OUT
    lease: Term | None = None
    secret: Term | None = None
    held: Held | None = None
    version: int | None = None
    missing: str = ""
    spent: tuple[Term, ...] = ()
    failures: int = 0
    retry_at: float = -inf
    asked_until: float = -inf
    read_at: float = -inf
    tried_at: float = -inf
    login_at: float = -inf
    give_up_at: float = -inf
    numbers: int = 0
    reason: str = ""
