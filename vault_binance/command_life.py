"""The life of a supervised command: what is due, given what is seen of it and of its lease.

    life, order = advance(life, sight, now, rules, jitter)      again, until nothing changes and nothing is ordered
    life = heard(life, number, now, rules)                      after a signal from outside was passed on

Rules of the file
- Pure and total; times are seconds of one clock that the caller reads, `jitter` is from 0 to below 1.
- What is seen is a state and not a count: ten rotations during a drain are one restart, with the newest credential.
- A command is ended because of a rotation, a refusal or a signal. That Vault is away, or the credential too old, is
  none of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf
from signal import SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM

ENDS_RESTARTS = frozenset({SIGTERM, SIGINT, SIGQUIT, SIGHUP})
"""During a drain they say that the command is not to come back."""


class OnChange(StrEnum):
    RESTART = "restart"
    SIGNAL = "signal"
    EXIT = "exit"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Rules:
    """`number` is the signal of SIGNAL; `splay` and `kill_timeout` are seconds."""

    on_change: OnChange
    number: int = 0
    refusal_ends: bool = True
    splay: float = 0.0
    kill_timeout: float = 30.0


class Stage(StrEnum):
    RUNNING = "running"
    CHANGING = "changing"
    """A rotation is known, and acted upon once its splay is over."""
    DRAINING = "draining"
    KILLED = "killed"
    OVER = "over"


class Then(StrEnum):
    """What follows a drain."""

    RESTART = "restart"
    MIRROR = "mirror"
    """End as the command did."""
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Life:
    """`due_at` is when the stage has lasted long enough; `spread`: what the command left behind was asked to end."""

    stage: Stage = Stage.RUNNING
    due_at: float = inf
    then: Then = Then.MIRROR
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """`outdated`: there is another credential for the command than the one that it has. `others`: the command has
    ended, and something in its process group has not.
    """

    outdated: bool = False
    refused: bool = False
    ended: bool = False
    others: bool = False


# Orders


@dataclass(frozen=True, slots=True)
class Send:
    """To the command alone: whoever started workers knows in which order they end."""

    number: int


@dataclass(frozen=True, slots=True)
class SendAll:
    """To all of its process group."""

    number: int


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the command that another credential is there for it."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Start it anew, with the newest credential."""


@dataclass(frozen=True, slots=True)
class Finish:
    then: Then


Order = Send | SendAll | Tell | Begin | Finish


def advance(life: Life, sight: Sight, now: float, rules: Rules, jitter: float) -> tuple[Life, Order | None]:
    """What is due now, and the life after it."""
    if life.stage is Stage.OVER:
        return life, None
    if sight.ended and life.stage in {Stage.RUNNING, Stage.CHANGING}:
        return replace(life, stage=Stage.OVER), Finish(Then.MIRROR)
    if sight.refused and rules.refusal_ends and life.then is not Then.REFUSE:
        return _refused(life, now, rules)
    if life.stage in {Stage.DRAINING, Stage.KILLED}:
        return _drained(life) if sight.ended and not sight.others else _draining(life, sight, now)
    if not sight.outdated or rules.on_change is OnChange.IGNORE:
        return Life(), None
    return _changing(life, now, rules, jitter)


def heard(life: Life, number: int, now: float, rules: Rules) -> Life:
    """After the command was sent `number` on somebody's behalf. TERM begins a drain as a rotation does."""
    if number == SIGTERM and life.stage in {Stage.RUNNING, Stage.CHANGING}:
        return Life(Stage.DRAINING, now + rules.kill_timeout)
    if number in ENDS_RESTARTS and life.then is Then.RESTART:
        return replace(life, then=Then.MIRROR)
    return life


def _refused(life: Life, now: float, rules: Rules) -> tuple[Life, Order | None]:
    if life.stage in {Stage.DRAINING, Stage.KILLED}:
        return replace(life, then=Then.REFUSE), None
    return Life(Stage.DRAINING, now + rules.kill_timeout, Then.REFUSE), Send(SIGTERM)


def _changing(life: Life, now: float, rules: Rules, jitter: float) -> tuple[Life, Order | None]:
    if life.stage is Stage.RUNNING:
        return Life(Stage.CHANGING, now + rules.splay * jitter), None
    if now < life.due_at:
        return life, None
    if rules.on_change is OnChange.SIGNAL:
        return Life(), Tell()
    then = Then.RESTART if rules.on_change is OnChange.RESTART else Then.MIRROR
    return Life(Stage.DRAINING, now + rules.kill_timeout, then), Send(SIGTERM)


def _draining(life: Life, sight: Sight, now: float) -> tuple[Life, Order | None]:
    """A shell that ends at once leaves the bot that it started: that one gets the rest of the drain."""
    if life.stage is Stage.DRAINING and now >= life.due_at:
        return replace(life, stage=Stage.KILLED), SendAll(SIGKILL)
    if life.stage is Stage.KILLED and sight.ended:
        return _drained(life)
    if sight.ended and not life.spread:
        return replace(life, spread=True), SendAll(SIGTERM)
    return life, None


def _drained(life: Life) -> tuple[Life, Order | None]:
    if life.then is Then.RESTART:
        return Life(), Begin()
    return replace(life, stage=Stage.OVER), Finish(life.then)
