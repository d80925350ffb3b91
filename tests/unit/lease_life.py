"""One life of the lease machine in a simulated world, carried out as beside a real bot, with what must always hold.

Rules of the file
- What holds at every moment of every life is asserted here, while it is lived; what needs a special story is a test.
- The judge knows the world and the events, and derives from them alone what the machine should have done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

from tests.unit.lease_world import Leased, Story, Token, World
from vault_binance.lease import advance, plan, usable
from vault_binance.lease_values import (
    Check,
    CloseRequested,
    Confirmed,
    Elapsed,
    Fetched,
    Granted,
    LogIn,
    Missing,
    Phase,
    Read,
    RefreshRequested,
    Refused,
    Replaced,
    Revoke,
    Session,
    Stop,
    Unreachable,
    Wait,
)
from vault_binance.notices import notices

AT_ONCE = 8
"""Actions without time passing: giving back, logging in, reading, and some more."""
BLINK = 1e-6


@dataclass(frozen=True)
class Call:
    action: object
    event: object
    asked: float
    answered: float


@dataclass(frozen=True)
class Handed:
    """From `since` to `until` whoever asked got this version."""

    version: int
    read_at: float
    since: float
    until: float


@dataclass
class Life:
    story: Story
    calls: list[Call] = field(default_factory=list)
    handed: list[Handed] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    told: list[object] = field(default_factory=list)
    session: Session = field(default_factory=Session)
    things: dict[int, Token | Leased] = field(default_factory=dict)
    under: Token | None = None
    """The token with which the credential in use was read last."""
    secret: Leased | None = None
    doubts: int = 0
    """1: a token is not yet known to read; 2: it was refused once."""
    refused: bool = False
    was_refused: bool = False
    failures: int = 0
    logged_in_at: float = float("-inf")
    closed_at: float | None = None
    still: int = 0

    def __post_init__(self) -> None:
        self.world = World(self.story)
        self.session = Session(give_up_at=self.story.wait)
        moments = {"refresh": RefreshRequested(), "replaced": Replaced()}
        wishes = [(one.at, moments[one.kind]) for one in self.story.troubles if one.kind in moments]
        self.wishes = sorted([*wishes, (self.story.close_at, CloseRequested())], key=lambda wish: wish[0])

    def live(self) -> Life:
        while True:
            self.hear(Elapsed())
            action = plan(self.session, self.world.now)
            if isinstance(action, Stop):
                break
            before = self.world.now
            self.wait(action) if isinstance(action, Wait) else self.call(action)
            self.is_no_hot_loop(before)
        self.is_over()
        return self

    def hear(self, event) -> None:
        before, now = self.session, self.world.now
        self.session = advance(before, event, now, self.story.schedule, self.world.random.random())
        self.told += notices(before, event, self.session)
        if self.session.numbers > before.numbers:
            self.things[self.session.numbers] = self.world.made
        self.closed_at = now if isinstance(event, CloseRequested) and self.closed_at is None else self.closed_at

    def wait(self, action: Wait) -> None:
        assert action.seconds > 0
        assert isfinite(action.seconds)
        self.waits.append(action.seconds)
        next_wish = self.wishes[0][0] if self.wishes else self.world.now + action.seconds
        self.spend(lambda: self.world.let_pass(min(action.seconds, max(0.0, next_wish - self.world.now))))
        self.make_wishes()

    def call(self, action) -> None:
        self.is_in_place(action)
        asked = self.world.now
        event = self.spend(lambda: self.world.answer(action, self.thing_of(action)))
        self.calls.append(Call(action, event, asked, self.world.now))
        if self.world.random.random() < 0.5:  # a wish may be heard while a call is made, or after it
            self.make_wishes()
        used = self.thing_of(action)
        closing = self.closed_at is not None
        self.hear(event)
        if not closing:
            self.judge(event, used)
        self.make_wishes()

    def thing_of(self, action):
        if isinstance(action, Read | Check):
            return self.things[self.session.lease.number] if self.session.lease else None
        return None if isinstance(action, LogIn) else self.things[action.term.number]

    def make_wishes(self) -> None:
        while self.wishes and self.wishes[0][0] <= self.world.now:
            self.hear(self.wishes.pop(0)[1])

    def spend(self, what):
        """Meanwhile what is held is handed out to whoever asks."""
        session, since = self.session, self.world.now
        in_use = usable(session, since)
        ends = self.ends() if in_use else 0.0
        result = what()
        if in_use:
            until = min(self.world.now, session.held.until)
            self.handed.append(Handed(session.held.version, session.held.read_at, since, until))
            self.may_be_handed_out(self.handed[-1], ends)
        return result

    def ends(self) -> float:
        """When what is in use ends at the latest, as Vault has it: with its lease, and its token."""
        if self.secret:
            return min(self.secret.ends, self.secret.parent.ends)
        return self.under.ends if self.under and not self.story.schedule.max_stale else float("inf")

    # What holds at every moment

    def is_no_hot_loop(self, before: float) -> None:
        self.still = 0 if self.world.now > before else self.still + 1
        assert self.still <= AT_ONCE, "no time passes"

    def is_in_place(self, action) -> None:
        over, gap = self.closed_at is not None, self.story.schedule.login_gap
        match action:
            case Revoke():
                assert over or self.refused or self.thing_of(action) is not self.under, "given back while in use"
            case LogIn():
                assert self.world.now >= self.logged_in_at + gap - BLINK, "two logins at once"
        assert not over or isinstance(action, Revoke), "a call after the end"

    def may_be_handed_out(self, handed: Handed, ends: float) -> None:
        stale = self.story.schedule.max_stale
        assert not stale or handed.until - handed.read_at <= stale + BLINK, "older than max_stale"
        assert handed.until <= ends + BLINK, "past the end of its lease"
        assert not self.refused, "handed out after a refusal"
        assert self.closed_at is None, "handed out after the end"

    def judge(self, event, used) -> None:
        """A refusal counts once a fresh login, or two reads with its token, are refused."""
        match event:
            case Fetched() | Confirmed():
                self.is_read(event, used)
            case Granted() if event.took < event.ttl:
                self.doubts, self.logged_in_at = 1, self.world.now
            case Refused():
                self.judge_refusal(event.on)
            case Missing("absent") if self.doubts == 1 and not self.refused:
                self.doubts = 2
            case Missing() if not self.refused:
                self.is_read(event, used)
            case Unreachable() | Missing() | Granted():
                self.failed(getattr(event, "retry_after", 0.0))
        assert not (self.refused and usable(self.session, self.world.now)), "usable after a refusal"

    def judge_refusal(self, on) -> None:
        if isinstance(on, Read) and self.doubts == 1 and not self.refused:
            self.doubts = 2
        elif isinstance(on, LogIn) or (isinstance(on, Read) and self.doubts):
            self.is_refused()

    def is_read(self, event, used) -> None:
        """A read that was allowed: of a secret, of the token that it was leased under, or of nothing."""
        self.refused, self.doubts, self.failures = False, 0, 0
        if self.session.phase in {Phase.CLOSING, Phase.ENDED}:
            return
        assert self.session.phase is Phase.HOLDING
        self.under = used
        self.secret = self.world.made if isinstance(event, Fetched) else self.secret
        asked = self.world.now - event.took
        assert isinstance(event, Missing) or self.session.held.read_at <= asked + BLINK, "older than it seems"

    def is_refused(self) -> None:
        self.refused, self.was_refused, self.doubts = True, True, 0
        self.failed()

    def failed(self, retry_after: float = 0.0) -> None:
        """Pauses double from the first, whatever has failed, until something is read; Vault's own wish goes first."""
        self.failures += 1
        if self.session.phase in {Phase.CLOSING, Phase.ENDED}:
            return
        schedule, pause = self.story.schedule, self.session.retry_at - self.world.now
        least = min(schedule.first_pause * 2.0 ** min(self.failures - 1, 30), schedule.longest_pause)
        least = max(least, min(retry_after, schedule.longest_obeyed))
        assert least - BLINK <= pause <= least * (1 + schedule.pause_spread) + BLINK

    def is_over(self) -> None:
        """What we made is given back with one try, unless it has ended; nothing else was touched."""
        now = self.world.now
        for thing in self.world.given:
            assert thing.tries <= 1, "more than one try"
            token = thing.parent if isinstance(thing, Leased) else thing
            if not token.ours:
                assert token.tries == 0, "not ours to give back"
            if thing is token and not token.ours:
                continue
            assert thing.tries or token.tries or not thing.lives(now + thing.took), "a lease is left behind"

    # What tests ask

    def number_of(self, action: type, since: float = 0.0, until: float = float("inf")) -> int:
        return sum(isinstance(call.action, action) and since <= call.asked < until for call in self.calls)

    def reads_after(self, moment: float) -> list[Call]:
        good = (Fetched, Confirmed)
        return [call for call in self.calls if isinstance(call.event, good) and call.asked >= moment]

    def spent_calling(self, since: float, until: float) -> float:
        return sum(call.answered - call.asked for call in self.calls if call.answered > since and call.asked < until)
