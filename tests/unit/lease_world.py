"""A Vault, a host and a bot's hour in one: what the lease machine may meet, with a clock of its own.

Rules of the file
- A story is data: the role, and what happens when. Its seed decides whatever is left open: a life can be lived again.
- The world knows what is true (which token lives until when); the machine is told only what a real Vault would tell.
- A token lives from the moment at which Vault made it, which is after the question and before the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from random import Random

from vault_binance.lease_values import (
    Check,
    Confirmed,
    Fetched,
    Granted,
    Kind,
    LogIn,
    Missing,
    NotRenewable,
    Read,
    Refused,
    Renew,
    Renewed,
    Revoke,
    Revoked,
    Unreachable,
)
from vault_binance.schedules import STANDARD, Schedule

HOUR = 3600.0
TIME_OUT = 5.0


@dataclass(frozen=True)
class Trouble:
    """`kind` from `at` on, for `lasts` seconds; `value` is what the kind needs: a Retry-After, a TTL."""

    kind: str
    at: float
    lasts: float = inf
    value: float = 0.0

    @property
    def until(self) -> float:
        return self.at + self.lasts


LASTING = (
    "unreachable",
    "sealed",
    "rate limit",
    "slow",
    "suspended",
    "read denied",
    "login denied",
    "renewal denied",
    "renewal failing",
    "login failing",
    "read failing",
    "sporadic 403",
    "sporadic failure",
    "every second call fails",
    "dead after each read",
    "deleted",
    "absent",
    "asleep",
)
MOMENTS = ("rotated", "tokens revoked", "role changed", "replaced", "refresh")


@dataclass(frozen=True)
class Story:
    ttl: float = 900.0
    max_ttl: float = 24 * HOUR
    renewable: bool = True
    ours: bool = True
    uses: float = inf
    secret_ttl: float | None = None
    secret_renewable: bool = True
    schedule: Schedule = STANDARD
    wait: float = inf
    troubles: tuple[Trouble, ...] = ()
    close_at: float = HOUR
    seed: int = 0


@dataclass(eq=False)
class Token:
    ends: float
    ends_at_most: float
    uses: float
    ours: bool = True
    took: float = 0.0
    revoked: bool = False
    tries: int = 0

    def lives(self, now: float) -> bool:
        return not self.revoked and now < self.ends and self.uses > 0


@dataclass(eq=False)
class Leased:
    """A dynamic secret."""

    parent: Token
    ends: float
    took: float = 0.0
    revoked: bool = False
    tries: int = 0

    def lives(self, now: float) -> bool:
        return not self.revoked and now < self.ends and self.parent.lives(now)


@dataclass
class World:
    story: Story
    now: float = 0.0
    version: int = 1
    calls: int = 0
    told: int | None = None
    made: Token | Leased | None = None
    """What the last answer gave: whoever carries out the actions keeps it by the number of its term."""
    given: list[Token | Leased] = field(default_factory=list)
    random: Random = field(default_factory=Random)
    happened: set[Trouble] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = Random(self.story.seed)  # noqa: S311  dice, not keys
        self.ttl, self.max_ttl = self.story.ttl, self.story.max_ttl
        self.sink = None if self.story.ours else self._token(0.0, ours=False)

    def trouble(self, kind: str) -> Trouble | None:
        for one in self.story.troubles:
            if one.kind == kind and one.at <= self.now < one.until:
                return one
        return None

    def let_pass(self, seconds: float) -> None:
        """A host that sleeps wakes up with its clock set forward."""
        until = self.now + seconds
        for one in self.story.troubles:
            if one.kind == "asleep" and self.now <= one.at < until:
                until = max(until, one.until)
        self.now = until
        self._what_happens_once()

    def _what_happens_once(self) -> None:
        for one in self.story.troubles:
            if one.kind in MOMENTS and one.at <= self.now and one not in self.happened:
                self.happened.add(one)
                self._happens(one)

    def _happens(self, one: Trouble) -> None:
        if one.kind == "rotated":
            self.version += 1
        if one.kind == "tokens revoked":
            for token in self.given:
                token.revoked = True
        if one.kind == "role changed":
            self.ttl = one.value
        if one.kind == "replaced" and self.sink:
            self.sink = self._token(self.now, ours=False)

    # Calls

    def answer(self, action, thing):
        """The event that `action` leads to; `thing` is the token or the leased secret that it is about."""
        self.calls += 1
        self.made = None
        if isinstance(action, Revoke):
            thing.tries += 1
        took = self._took()
        if self.trouble("unreachable"):
            self.let_pass(took)
            return self._failed(action)
        before = took * self.random.random()
        self.let_pass(before)
        event = self._failing(action) or self._answered(action, thing)
        asked = self.now - before
        self.let_pass(took - before)
        return self._timed(event, thing, self.now - asked)

    def _took(self) -> float:
        if self.trouble("unreachable"):
            return self.random.choice((0.0, TIME_OUT))
        return self.random.uniform(0, TIME_OUT if self.trouble("slow") else 0.05)

    def _timed(self, event, thing, took):
        """Whoever asked counts from the question: by `took` too early."""
        if counted := thing if isinstance(event, Renewed) else self.made:
            counted.took = took
        return replace(event, took=took) if hasattr(event, "took") else event

    def _failing(self, action):
        kind = {LogIn: "login failing", Renew: "renewal failing", Read: "read failing", Check: "read failing"}
        unlucky = self.random.random() < 0.3
        if self.trouble("sealed") or self.trouble(kind.get(type(action), "")):
            return self._failed(action)
        if limit := self.trouble("rate limit"):
            return self._failed(action, limit.value)
        if self.trouble("sporadic failure") and unlucky:
            return self._failed(action)
        if self.trouble("every second call fails") and self.calls % 2:
            return self._failed(action)
        return None

    def _failed(self, action, retry_after=0.0):
        return Revoked(action.term, done=False) if isinstance(action, Revoke) else Unreachable(action, retry_after)

    def _answered(self, action, thing):
        if isinstance(action, LogIn):
            return self._log_in(action)
        if isinstance(action, Revoke):
            return self._revoke(action, thing)
        token = thing.parent if isinstance(thing, Leased) else thing
        lucky = self.trouble("sporadic 403") and self.random.random() < 0.3
        if lucky or not token.lives(self.now) or self.trouble("suspended"):
            return Refused(action)
        token.uses -= 1
        return self._renew(action, thing) if isinstance(action, Renew) else self._read(action, token)

    def _log_in(self, action):
        if self.trouble("suspended") or self.trouble("login denied"):
            return Refused(action)
        if not self.sink:
            self.made = self._token(self.now)
        elif self.sink.lives(self.now):
            self.made = self.sink
        else:
            return Refused(action)
        if self.made not in self.given:
            self.given.append(self.made)
        return Granted(self.made.ends - self.now, self.story.renewable, str(len(self.given)), self.made.ours)

    def _token(self, now, *, ours=True):
        most = now + self.max_ttl
        return Token(min(now + self.ttl, most), most, self.story.uses, ours)

    def _renew(self, action, thing):
        if self.trouble("renewal denied"):
            return Refused(action)
        wanted = self.ttl if action.term.kind is Kind.TOKEN else self.story.secret_ttl
        most = thing.ends_at_most if isinstance(thing, Token) else thing.parent.ends
        if not action.term.renewable or self.now >= most or not thing.lives(self.now):
            return NotRenewable(action.term)
        thing.ends = min(self.now + wanted, most)
        return Renewed(action.term, thing.ends - self.now, renewable=True)

    def _read(self, action, token):
        if isinstance(action, Check):
            return Confirmed()
        if self.trouble("read denied"):
            return Refused(action)
        for state in ("deleted", "absent"):
            if self.trouble(state):
                return Missing(state)
        token.revoked = token.revoked or bool(self.trouble("dead after each read"))
        changed, self.told = self.told not in {None, self.version}, self.version
        if self.story.secret_ttl is None:
            return Fetched(self.version, changed)
        self.made = Leased(token, self.now + self.story.secret_ttl)
        self.given.append(self.made)
        return Fetched(self.version, changed, self.story.secret_ttl, self.story.secret_renewable)

    def _revoke(self, action, thing):
        alive = thing.lives(self.now) and not self.trouble("suspended")
        thing.revoked = thing.revoked or alive
        return Revoked(action.term, done=alive)
