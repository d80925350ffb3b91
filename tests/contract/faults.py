"""Every fault, each once: what is done to Vault or to the bot, what must come of it, and what was measured.

    observed = observe(house, scenario, folder)

Rules of the file
- A scenario is a generator: what breaks stands before its `yield`, what mends after it. It mends whatever happens.
- The fault lasts until the bot has told of it; a scenario that needs longer waits by itself.
- What is expected stands in the scenario; the test compares, the page of reference/faults.md is made of the same rows.
"""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tests.contract.faults_house import LAYOUT, ROLE, watched
from tests.contract.faults_watch import Record, soon
from vault_binance.bot.errands import clock
from vault_binance.ops import kill_switch
from vault_binance.schedules import SWIFT
from vault_binance.testing.fault_proxy import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.contract.faults_house import Bot, House, Watched
    from vault_binance.testing.fault_proxy import Seen

    Run = Callable[[Watched], Iterator[None]]

HOST = "vault.internal"
"""What the bots know Vault by: a name, so that resolving it can fail."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`events` are expected in this order; `seen`, what readers see: versions, or the names of what is raised.

    `statuses` are Vault's answers other than 2xx, 0 for none; `exits` is the code of a bot that starts meanwhile, None
    where there is no meanwhile. `until` is what is told, and how often, before anything is mended; where nothing is,
    the bot recovers from the fault itself. `calls` is given where their number is sure.
    """

    name: str
    run: Run
    events: tuple[str, ...]
    seen: tuple[str, ...] = ("1",)
    exits: int | None = None
    until: tuple[str, int] = ("", 0)
    mends: bool = True
    statuses: frozenset[int] = frozenset()
    calls: int | None = None
    role: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = 5.0
    max_stale: float = SWIFT.max_stale


@dataclass(frozen=True, slots=True)
class Observed:
    """From the fault to the recovery. `seconds` is the recovery's length, `lasted` that of all."""

    record: Record
    calls: tuple[Seen, ...]
    seconds: float
    lasted: float
    exits: int | None
    recovers_from: float
    bot: Bot

    @property
    def statuses(self) -> frozenset[int]:
        return frozenset(call.status for call in self.calls if not 200 <= call.status < 300)


SCENARIOS: list[Scenario] = []


def scenario(name: str, *events: str, statuses: tuple[int, ...] = (), **expected: Any) -> Callable[[Run], Run]:
    def add(run: Run) -> Run:
        SCENARIOS.append(Scenario(name, run, events, statuses=frozenset(statuses), **expected))
        return run

    return add


# Vault itself


@scenario(
    "killed, and restarted with the same storage",
    "unreachable",
    "recovered",
    until=("unreachable", 1),
    statuses=(0, 500, 503),
    exits=20,
)
def killed(bot: Watched) -> Iterator[None]:
    """500 is Vault's word while it is unsealed and its leader not yet elected."""
    bot.house.server.kill()
    yield
    bot.house.server.restart()


@scenario("sealed, and unsealed", "unreachable", "recovered", until=("unreachable", 1), statuses=(500, 503), exits=20)
def sealed(bot: Watched) -> Iterator[None]:
    bot.house.server.seal()
    yield
    bot.house.server.unseal()


@scenario(
    "paused for longer than the token's TTL",
    "unreachable",
    "expired (token)",
    "created",
    "recovered",
    until=("expired", 1),
    statuses=(0, 403),
    exits=20,
    role={"token_ttl": 3},  # longer than a read and its timeout, so that the pause is noticed first
    timeout=1.0,
)
def paused(bot: Watched) -> Iterator[None]:
    bot.house.server.pause()
    yield
    bot.house.server.resume()


@scenario(
    "out of reach for longer than max_stale, here 2 s",
    "unreachable",
    "expired (credentials)",
    "recovered",
    until=("expired", 1),
    statuses=(0,),
    exits=20,
    seen=("1", "CredentialsStale", "1"),
    max_stale=2.0,
)
def out_of_reach(bot: Watched) -> Iterator[None]:
    bot.house.strike(Fault.drop())
    yield
    bot.house.strike(Fault.none())


# Rights


@scenario(
    "entity disabled, then enabled",
    "expired (token)",
    "refused",
    "revoked (failed)",
    "created",
    "recovered",
    until=("refused", 1),
    seen=("1", "LeaseEnded", "1"),
    statuses=(403,),
    exits=24,
)
def suspended(bot: Watched) -> Iterator[None]:
    with bot.house.operator() as vault:
        kill_switch.suspend(vault, LAYOUT, bot.bot.name)
        yield
        kill_switch.allow(vault, LAYOUT, bot.bot.name)


@scenario("token revoked", "expired (token)", "created", "revoked (failed)", mends=False, statuses=(403,), exits=0)
def token_revoked(bot: Watched) -> Iterator[None]:
    lease = bot.fetcher.session.lease
    assert lease
    bot.house.made("POST", "auth/token/revoke-accessor", {"accessor": lease.accessor})
    yield


@scenario(
    "policy removed, then given back",
    "expired (token)",
    "created",
    "refused",
    "revoked (failed)",
    "created",
    "recovered",
    until=("revoked", 3),
    seen=("1", "LeaseEnded", "1"),
    statuses=(403,),
    exits=21,
)
def policy_removed(bot: Watched) -> Iterator[None]:
    path = f"sys/policies/acl/{LAYOUT.policy('reader')}"
    policy = bot.house.made("GET", path)["data"]["policy"]
    bot.house.made("DELETE", path)
    time.sleep(3)  # each try is a login that is granted: they must become rare all the same
    yield
    bot.house.made("PUT", path, {"policy": policy})


@scenario(
    "SecretID destroyed, so that the next login fails; then replaced in its file",
    "refused",
    "revoked",
    "created",
    "recovered",
    until=("refused", 1),
    seen=("1", "LeaseEnded", "1"),
    statuses=(400,),
    exits=24,
    role={"token_ttl": 2, "token_max_ttl": 3},
)
def secret_id_destroyed(bot: Watched) -> Iterator[None]:
    body = {"secret_id": bot.bot.secret_id_file.read_text()}
    bot.house.made("POST", f"{bot.bot.auth}/secret-id/destroy", body)
    yield
    bot.bot.role(**ROLE)
    bot.bot.new_secret_id()


@scenario(
    "maximum TTL reached: the renewal answers 500",
    "created",
    "revoked",
    until=("created", 1),
    statuses=(500,),
    exits=0,
    role={"token_ttl": 6},
)
def maximum_reached(bot: Watched) -> Iterator[None]:
    """The maximum is lowered below the token's age: where it is not, the machine logs in before it is met."""
    bot.bot.role(token_ttl=2, token_max_ttl=2)
    yield
    bot.bot.role(token_ttl=6, token_max_ttl=3600)


# The credential


@scenario("rotation", "rotated", until=("rotated", 1), mends=False, seen=("1", "2"), exits=0)
def rotated(bot: Watched) -> Iterator[None]:
    bot.bot.put()
    yield


@scenario(
    "latest version deleted, then restored",
    "deleted (deleted)",
    "recovered (restored)",
    until=("deleted", 1),
    statuses=(404,),
    exits=23,
)
def deleted(bot: Watched) -> Iterator[None]:
    path, versions = f"credentials/{bot.bot.name}", {"versions": [1]}
    bot.house.made("POST", f"{LAYOUT.kv_mount}/delete/{path}", versions)
    yield
    bot.house.made("POST", f"{LAYOUT.kv_mount}/undelete/{path}", versions)


@scenario(
    "latest version destroyed, then another one stored",
    "deleted (destroyed)",
    "rotated",
    "recovered (restored)",
    until=("deleted", 1),
    seen=("1", "2"),
    statuses=(404,),
    exits=23,
)
def destroyed(bot: Watched) -> Iterator[None]:
    bot.house.made("PUT", f"{LAYOUT.kv_mount}/destroy/credentials/{bot.bot.name}", {"versions": [1]})
    yield
    bot.bot.put()


# The role


@scenario(
    "role deleted, then made again",
    "refused",
    "revoked",
    "created",
    "recovered",
    until=("refused", 1),
    seen=("1", "LeaseEnded", "1"),
    statuses=(400, 500),
    exits=24,
    role={"token_ttl": 3},
)
def role_deleted(bot: Watched) -> Iterator[None]:
    role = bot.house.made("GET", bot.bot.auth)["data"]
    role_id = bot.house.made("GET", f"{bot.bot.auth}/role-id")["data"]
    bot.house.made("DELETE", bot.bot.auth)
    yield
    bot.bot.role(**role)
    bot.house.made("POST", f"{bot.bot.auth}/role-id", role_id)
    bot.bot.new_secret_id()


@scenario("role's TTL shortened", "created", "revoked", until=("revoked", 1), exits=0, role={"token_ttl": 4})
def ttl_shortened(bot: Watched) -> Iterator[None]:
    bot.bot.role(token_ttl=2)
    yield
    bot.bot.role(token_ttl=4)


# The way to Vault


@scenario(
    "answers slower than the time-out",
    "unreachable",
    "recovered",
    until=("unreachable", 1),
    statuses=(0,),
    exits=20,
    timeout=1.0,
)
def slow(bot: Watched) -> Iterator[None]:
    bot.house.strike(Fault.slow(1.5))
    yield
    bot.house.strike(Fault.none())


@scenario(
    "429 with Retry-After, from a quota",
    "unreachable",
    "recovered",
    until=("unreachable", 1),
    statuses=(429,),
    calls=2,
    exits=20,
)
def quota(bot: Watched) -> Iterator[None]:
    bot.house.made("POST", "sys/quotas/config", {"enable_rate_limit_response_headers": True})
    limit = {"path": f"{LAYOUT.kv_mount}/", "rate": 1, "interval": "3s"}
    bot.house.made("POST", "sys/quotas/rate-limit/faults", limit)
    bot.house.server.call("GET", f"{LAYOUT.kv_mount}/config")  # the one that is allowed
    yield
    time.sleep(1.5)  # a bot that did not wait as it was told would be told again
    bot.house.made("DELETE", "sys/quotas/rate-limit/faults")


@scenario("307 to a dead leader", "unreachable", "recovered", until=("unreachable", 1), statuses=(307,), exits=20)
def redirected(bot: Watched) -> Iterator[None]:
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        bot.house.strike(Fault.redirect(f"http://{HOST}:{dead.getsockname()[1]}/v1/x"))
        yield
        bot.house.strike(Fault.none())


@scenario("garbage instead of an answer", "unreachable", "recovered", until=("unreachable", 1), exits=10)
def garbage(bot: Watched) -> Iterator[None]:
    bot.house.strike(Fault.garbage())
    yield
    bot.house.strike(Fault.none())


@scenario("DNS failure", "unreachable", "recovered", until=("unreachable", 1), statuses=(0,), exits=20)
def nameless(bot: Watched) -> Iterator[None]:
    """A connection that is kept needs no name: it is cut too."""
    Names.known = False
    bot.house.strike(Fault.drop().times(1))
    yield
    bot.house.strike(Fault.none())
    Names.known = True


# Time


@scenario("time of day set forward and back by hours", mends=False)
def time_of_day(bot: Watched) -> Iterator[None]:
    told = time.time
    for hours in (10, -10):
        with patch.object(time, "time", lambda hours=hours: told() + hours * 3600):
            bot.fetcher.refresh()
            time.sleep(SWIFT.read_every)
    yield


@scenario(
    "host asleep for an hour",
    "expired (token)",
    "expired (credentials)",
    "created",
    mends=False,
    seen=("1", "CredentialsStale", "1"),
)
def asleep(bot: Watched) -> Iterator[None]:
    """As the clock shows it that goes on meanwhile; the bot's own wait is as long as it was, and is not over."""
    reading = time.clock_gettime
    bot.until_the_end.enter_context(patch.object(time, "clock_gettime", lambda which: reading(which) + 3600))
    yield


# What comes of it


class Names:
    """Resolves HOST to this machine, or, while it is not known, does not."""

    known = True
    ask = staticmethod(socket.getaddrinfo)

    @classmethod
    def resolve(cls, host: str, *rest: Any, **named: Any) -> Any:
        if host == HOST and not cls.known:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return cls.ask("127.0.0.1" if host == HOST else host, *rest, **named)


def observe(house: House, scenario: Scenario, folder: Path) -> Observed:
    """Let it happen to a bot of its own. Whether it is what was expected, is the caller's to say."""
    with (
        patch.object(socket, "getaddrinfo", Names.resolve),
        house.bot(folder, timeout=scenario.timeout, **scenario.role) as bot,
        watched(bot, scenario.max_stale, lambda address: address.replace("127.0.0.1", HOST)) as seen,
    ):
        return _observed(seen, scenario)


@contextmanager
def _struck(bot: Watched, scenario: Scenario) -> Iterator[list[float]]:
    """With the fault there; then mended, and when: before and after. Of what is not mended, when it had happened."""
    steps, times = scenario.run(bot), []
    next(steps)
    struck = clock()
    try:
        yield times
    finally:
        before = clock() if scenario.mends else struck
        next(steps, None)
        times += [before, clock() if scenario.mends else struck]


def _observed(bot: Watched, scenario: Scenario) -> Observed:
    """The last look is after one read more: what should not have come would have come by then."""
    began, started, calls = clock(), time.monotonic(), len(bot.calls)
    soon(lambda: bot.watch.record.since(began).samples)
    with _struck(bot, scenario) as times:
        soon(lambda: _has_shown(bot, scenario, began))
        exits = None if scenario.exits is None else bot.exit_code()
    mending, mended = times
    soon(lambda: _is_over(bot, scenario, began, mending), 10)
    made, lasted = len(bot.calls), time.monotonic() - started
    bot.fetcher.refresh()
    taken = bot.calls[calls:made]  # not before: the last one may have been without its answer
    record = bot.watch.record.since(began)
    first = record.first_good(mending, scenario.seen[-1])
    seconds = max(0.0, first.at - mended) if first else float("inf")
    return Observed(record, taken, seconds, lasted, exits, mending, bot.bot)


def _has_shown(bot: Watched, scenario: Scenario, began: float) -> bool:
    kind, times = scenario.until
    return sum(told.kind == kind for told in bot.watch.record.since(began).told) >= times


def _is_over(bot: Watched, scenario: Scenario, began: float, mending: float) -> bool:
    record = bot.watch.record.since(began)
    well = record.first_good(mending, scenario.seen[-1]) and not bot.fetcher.session.spent
    return bool(well) and record.events == scenario.events
