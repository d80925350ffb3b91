"""The lease machine's actions, carried out: each one call or two to Vault, and the event that became of it.

Rules of the file
- Key and secret come from one read. Tokens and lease ids stay here, by their lease's number.
- Nothing is tried twice: when to try again is the machine's decision.
- Before each read of a token that somebody else keeps alive, its file is looked at: that costs no call.
"""

from __future__ import annotations

import time
from math import inf

from vault_binance.bot.diagnosis import denied
from vault_binance.bot.lending import located
from vault_binance.credentials import Credentials
from vault_binance.errors import (
    LeaseEnded,
    LoginRefused,
    MalformedCredentials,
    PermissionDenied,
    SecretNotFound,
    VaultBinanceError,
    VaultUnavailable,
)
from vault_binance.lease_values import (
    Check,
    CloseRequested,
    Confirmed,
    Fetched,
    Granted,
    Kind,
    LogIn,
    Missing,
    NotRenewable,
    Phase,
    Read,
    Refused,
    Renew,
    Renewed,
    Replaced,
    Revoke,
    Revoked,
    Unreachable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from vault_binance.bot.lending import Request
    from vault_binance.bot.logins import Logins
    from vault_binance.lease_values import Action, Event, Session, Term
    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import BotVault, KvPath


def clock() -> float:
    """Seconds that go on while the host sleeps, and that setting the time of day does not move."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Errands:
    """What goes to Vault and comes back; `credentials`, what is said `about` them, and `error` are the last of each."""

    def __init__(self, vault: BotVault, logins: Logins, request: Request, clock: Callable[[], float]) -> None:
        self._vault, self._logins, self._request, self._clock = vault, logins, request, clock
        self._tokens: dict[int, Redacted] = {}
        self._lease_ids: dict[int, Redacted] = {}
        self._token: Redacted | None = None
        self._located: KvPath | None = None
        self.credentials: Credentials | None = None
        self.about: Mapping[str, str] = {}
        self.error: BaseException | None = None

    def run(self, action: Action, session: Session) -> Event:
        """Carry out `action`, which is neither Wait nor Stop."""
        began = self._clock()
        try:
            return self._carried_out(action, session.numbers + 1, began)
        except VaultBinanceError as error:
            if not isinstance(action, Revoke):
                self.error = _bare(error)
            return _failed(action, error, session.phase, self._clock() - began)

    def keep_only(self, numbers: Collection[int]) -> None:
        """Forget the tokens and lease ids of all other leases."""
        for kept in (self._tokens, self._lease_ids):
            for number in kept.keys() - numbers:
                del kept[number]

    def explain(self) -> None:
        """Find out why the last read was denied: three more questions, for the one time that it matters."""
        if isinstance(self.error, PermissionDenied) and self._token and self._located:
            request = self._request
            self.error = denied(self._vault, self._token, self._located.data, request.name, request.layout)

    def report(self, bot: str, fields: Mapping[str, str], warn: Callable[[str], None]) -> None:
        """Leave what was found out about the key; nothing that keeps it from being left is raised."""
        from vault_binance.bot.reports import leave  # only who verifies pays for it

        if self._token:
            leave(self._vault, self._token, self._request.layout.report_path(bot), fields, warn=warn)

    def close(self) -> None:
        self._vault.close()

    def forked(self) -> None:
        """Without what belongs to the parent process; closing this end of its connection leaves it its own."""
        self._vault.close()
        self._token = None
        self.keep_only(())

    def _carried_out(self, action: Action, number: int, began: float) -> Event:
        match action:
            case LogIn():
                return self._log_in(number, began)
            case Read():
                return Replaced() if self._logins.changed() else self._read(number, began)
            case Check():
                self._vault.token_info(self._the_token())
                return Confirmed(self._clock() - began)
            case Renew(term):
                return self._renew(term, began)
            case Revoke(term):
                self._revoke(term)
                return Revoked(term)
        raise TypeError(f"{type(action).__name__} is nothing to carry out")

    def _log_in(self, number: int, began: float) -> Granted:
        lease, identity = self._logins(self._vault)
        self._tokens[number] = self._token = lease.token
        ours = identity.ours and bool(lease.accessor)  # a batch token has none, and cannot be given back
        return Granted(lease.ttl or inf, lease.renewable, lease.accessor, ours, self._clock() - began)

    def _read(self, number: int, began: float) -> Fetched:
        request, token = self._request, self._the_token()
        secret = self._vault.read(token, self._where(token), version=request.version)
        took = self._clock() - began
        credentials = Credentials.from_fields(request.label, secret.fields, version=secret.version)
        changed, self.credentials, self.about = credentials != self.credentials, credentials, secret.custom_metadata
        if secret.lease is None:
            return Fetched(secret.version, changed, took=took)
        self._lease_ids[number] = secret.lease.id
        return Fetched(secret.version, changed, secret.lease.ttl, secret.lease.renewable, took)

    def _where(self, token: Redacted) -> KvPath:
        if self._located is None:
            self._located = located(self._vault, token, self._request)
        return self._located

    def _renew(self, term: Term, began: float) -> Renewed:
        if term.kind is Kind.SECRET:
            secret = self._vault.renew_secret(self._the_token(), self._lease_ids[term.number])
            return Renewed(term, secret.ttl, secret.renewable, self._clock() - began)
        lease = self._vault.renew(self._tokens[term.number])
        return Renewed(term, lease.ttl, lease.renewable, self._clock() - began)

    def _revoke(self, term: Term) -> None:
        if term.kind is Kind.SECRET:
            self._vault.revoke_secret(self._the_token(), self._lease_ids[term.number])
        else:
            self._vault.revoke(self._tokens[term.number])

    def _the_token(self) -> Redacted:
        assert self._token is not None  # noqa: S101  the machine reads after it has logged in
        return self._token


def _bare(error: VaultBinanceError) -> VaultBinanceError:
    """Without its traceback: that would keep the frames of this try, and through them all that were kept before."""
    error.__context__ = None
    return error.with_traceback(None)


def _failed(action: Action, error: VaultBinanceError, phase: Phase, took: float) -> Event:
    match action, error:
        case Revoke(term), _:
            event: Event = Revoked(term, done=False)
        case _, VaultUnavailable():
            event = Unreachable(action, error.retry_after or 0.0)
        case Renew(term), LeaseEnded():
            event = NotRenewable(term)
        case Read(), SecretNotFound():
            event = Missing(error.state, took)
        case Read(), MalformedCredentials():
            event = Missing("malformed", took)
        case _, PermissionDenied() | LoginRefused():
            event = Refused(action)
        case _:  # what cannot go away by itself ends a start; a bot that runs outlives a mended proxy or certificate
            event = CloseRequested("failed") if phase is Phase.LOGGED_OUT else Unreachable(action)
    return event
