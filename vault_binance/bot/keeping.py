"""A lease kept: plan, carry out, advance, and show readers what came of it. No thread, no waiting.

Rules of the file
- One caller steps; anybody may read `state`, which is replaced whole, and leave a wish for the next step.
- What is handed out is decided at the moment of reading, by the clock: a loop that is late hands out nothing stale.
- What nobody foresaw ends the session, with the exception kept for whoever reads next.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from dataclasses import dataclass, replace
from itertools import count

from vault_binance.bot import journal
from vault_binance.bot.errands import Errands, clock
from vault_binance.errors import CredentialsStale, LeaseEnded, PermissionDenied, VaultBinanceError, VaultUnavailable
from vault_binance.lease import OVER, advance, plan, usable
from vault_binance.lease_values import (
    CloseRequested,
    Confirmed,
    Elapsed,
    Fetched,
    Missing,
    NotRenewable,
    Phase,
    Read,
    RefreshRequested,
    Refused,
    Session,
    Stop,
    Unreachable,
    Wait,
)
from vault_binance.notices import NoticeKind, notices

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_binance.bot.lending import Request
    from vault_binance.bot.logins import Logins
    from vault_binance.credentials import Credentials
    from vault_binance.lease_values import Action, Event
    from vault_binance.notices import Notice
    from vault_binance.schedules import Schedule
    from vault_binance.vault.port import BotVault


@dataclass(frozen=True, slots=True)
class State:
    """What readers see, as of one moment. `error` is the last failure, the cause of what is raised.

    `answered` is the last wish for a read that has been answered: the read began after it was taken up.
    """

    session: Session
    credentials: Credentials | None = None
    error: BaseException | None = None
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What a step came to: seconds to wait before the next, None after the last; what there is to tell."""

    wait: float | None = 0.0
    told: tuple[Notice, ...] = ()
    change: tuple[Credentials | None, Credentials] | None = None


class Keeper:
    """One bot's lease of one credential; its token is given back at the end."""

    def __init__(
        self,
        vault: BotVault,
        logins: Logins,
        request: Request,
        schedule: Schedule,
        *,
        bot: str = "",
        wait: float = 0.0,
        clock: Callable[[], float] = clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`wait`: seconds to try for a first credential while Vault cannot be reached. `bot` is told to monitoring."""
        self.schedule, self._clock, self._jitter = schedule, clock, jitter
        self._errands = Errands(vault, logins, request, clock)
        self._wishes: deque[tuple[int, Event]] = deque()
        self._reports: deque[Mapping[str, str]] = deque(maxlen=1)
        self._numbers, self._taken = count(1), 0
        self._closing = False
        self.is_explaining = False
        """While it is found out why a read was denied: `state` has its phase by then, and not yet its reason."""
        self.name, self.instance, self.bot = request.label, request.layout.instance, bot
        self.state = State(Session(give_up_at=clock() + wait))
        self.calls: Counter[tuple[str, str]] = Counter()
        """How often each action had each outcome."""
        self.told: Counter[NoticeKind] = Counter()
        """How often there was each kind of news."""

    def wish(self, event: RefreshRequested | CloseRequested) -> int:
        """To be granted by the next step; may be called from any thread. Returns the wish's number, for `answered`."""
        self._closing = self._closing or isinstance(event, CloseRequested)
        number = next(self._numbers)
        self._wishes.append((number, event))
        return number

    def report(self, fields: Mapping[str, str]) -> None:
        """To be left in Vault by the next step that has a token; may be called from any thread."""
        if self.bot:
            self._reports.append(fields)

    @property
    def about(self) -> Mapping[str, str]:
        """The custom metadata of what was read last: what the team wants of the key."""
        return self._errands.about

    def step(self) -> Step:
        """Carry out the one thing that is due."""
        told = [*self._advance(Elapsed())]
        if self._reports and self.state.session.phase is Phase.HOLDING:
            self._errands.report(self.bot, self._reports.popleft(), journal.report_failed)
        while self._wishes:
            number, event = self._wishes.popleft()
            self._taken = max(self._taken, number)
            told += self._advance(event)
        action = plan(self.state.session, self._clock())
        if isinstance(action, Wait):
            return Step(action.seconds, tuple(told))
        if isinstance(action, Stop):
            self._errands.close()
            return Step(None, tuple(told))
        before = self._errands.credentials
        told += self._carry_out(action)
        rotated = any(notice.kind is NoticeKind.ROTATED for notice in told)
        change = (before, self._errands.credentials) if rotated and self._errands.credentials else None
        return Step(0.0, tuple(told), change)

    def credentials(self) -> Credentials:
        """What may be handed out now. Raises CredentialsStale or LeaseEnded; does no I/O and takes no lock."""
        state = self.state
        if state.credentials and not self._closing and usable(state.session, self._clock()):
            return state.credentials
        error = _withheld(state, self.name, closing=self._closing)
        raise error from (None if getattr(error, "reason", "") == "closed" else state.error)

    def is_late(self) -> bool:
        """Whether what is held became too old and no step has seen it yet: the host slept, and the steps with it."""
        session = self.state.session
        return session.held is not None and not usable(session, self._clock())

    def age(self) -> float | None:
        """Seconds since the credential that is handed out was asked for."""
        held = self.state.session.held
        return self._clock() - held.read_at if held else None

    def until(self) -> float | None:
        """Seconds for which what is held may still be handed out, if Vault said nothing more."""
        held = self.state.session.held
        return max(0.0, held.until - self._clock()) if held else None

    def left(self) -> float | None:
        """Seconds until the lease in use ends, None where there is none."""
        lease = self.state.session.lease
        return max(0.0, lease.ends_at - self._clock()) if lease else None

    def fail(self, error: BaseException) -> Step:
        """End the session for what nobody foresaw; the steps that are left give back what was created."""
        self._errands.error = error
        return Step(told=self._advance(CloseRequested("failed")))

    def forked(self) -> None:
        """In a child process: the parent's connection and tokens are its own; the credentials are good until stale."""
        self._errands.forked()
        self._wishes.clear()
        session = self.state.session
        if session.phase not in OVER:
            phase = Phase.WAVERING if session.held else session.phase
            session = Session(phase, held=session.held, version=session.version, give_up_at=session.give_up_at)
        self.state = replace(self.state, session=session)

    def _carry_out(self, action: Action) -> tuple[Notice, ...]:
        event = self._errands.run(action, self.state.session)
        self.calls[type(action).__name__, _outcome(event)] += 1
        before = self.state
        self.is_explaining = isinstance(event, Refused) and isinstance(event.on, Read)
        try:
            told = self._advance(event)  # readers are given nothing from here on, whatever it takes to say why
            if self.is_explaining and self.state.session.phase is not Phase.HOLDING:
                self._explain(before)
        finally:
            self.is_explaining = False
        return told

    def _explain(self, before: State) -> None:
        """Say why a read is denied: found out when it begins, and kept while it is denied again and again."""
        if before.session.phase is self.state.session.phase and isinstance(before.error, PermissionDenied):
            self._errands.error = before.error
        else:
            self._errands.explain()
        self.state = replace(self.state, error=self._errands.error)

    def _advance(self, event: Event) -> tuple[Notice, ...]:
        now = self._clock()
        before = self.state.session
        late = advance(before, Elapsed(), now, self.schedule, 0.0)  # a call may have outlasted what it was made for
        after = advance(late, event, now, self.schedule, self._jitter())
        terms = [term for term in (after.lease, after.secret, *after.spent) if term]
        self._errands.keep_only({term.number for term in terms})
        self.state = State(
            after,
            self._errands.credentials if after.held else None,
            self._errands.error,
            self._taken if _tells(event, after) else self.state.answered,
        )
        told = (*notices(before, Elapsed(), late), *notices(late, event, after))
        self.told.update(notice.kind for notice in told)
        return told


def _tells(event: Event, after: Session) -> bool:
    """Whether after this event it is known what there is to hand out."""
    answered = isinstance(event, Fetched | Confirmed | Missing | Unreachable)
    return answered or (isinstance(event, Refused) and after.phase is not Phase.HOLDING)


def _outcome(event: Event) -> str:
    match event:
        case Unreachable():
            return "unreachable"
        case Refused():
            return "refused"
        case Missing():
            return "missing"
        case NotRenewable():
            return "not_renewable"
        case _:
            return "ok" if getattr(event, "done", True) else "failed"


def _hint(error: BaseException) -> str:
    """What to do about it. Of what nobody foresaw only class and place are told: its text may quote anything."""
    if isinstance(error, VaultBinanceError):
        return error.hint
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f", at {place.tb_frame.f_code.co_filename} line {place.tb_lineno}" if place else ""
    return f"{type(error).__name__}, which nobody foresaw{where}: if it comes again, report it with these words"


def _withheld(state: State, name: str, *, closing: bool) -> VaultBinanceError:
    """Why there is nothing to hand out; the cause tells more."""
    session, error = state.session, state.error
    if closing and not session.reason:
        return LeaseEnded(f"the lease of {name} has ended: closed", reason="closed")
    hint = _hint(error) if error and session.reason != "closed" else ""
    if session.phase is Phase.REFUSED:
        return LeaseEnded(f"Vault refuses {name}: nothing is handed out", hint=hint, reason="refused")
    if session.phase in OVER:
        return LeaseEnded(f"the lease of {name} has ended: {session.reason}", hint=hint, reason=session.reason)
    if session.version is None:
        hint = hint or "use it as: with Fetcher(...) as vault, or call its start() first"
        return CredentialsStale(f"there are no credentials for {name} yet", hint=hint)
    why = "Vault cannot be reached" if isinstance(error, VaultUnavailable) else "they were not read again in time"
    why = f"the latest version is {session.missing}" if session.missing else why
    return CredentialsStale(f"the credentials of {name} are too old to be used: {why}", hint=hint)
