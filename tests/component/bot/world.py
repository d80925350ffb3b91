"""A fake Vault with a credential and a bot, and a Keeper for it: what the tests of the lease act on.

Time stands still until a test moves it, for Vault and for the bot alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from vault_binance.bot.identities import AppRole, Token
from vault_binance.bot.keeping import Keeper, Step
from vault_binance.bot.lending import Request
from vault_binance.bot.logins import Logins
from vault_binance.layout import Layout
from vault_binance.ops import bots, kill_switch
from vault_binance.redacted import Redacted
from vault_binance.schedules import STANDARD, Schedule
from vault_binance.testing.fake_vault import FakeVault
from vault_binance.testing.provisioned import set_up
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.http import HttpVault

if TYPE_CHECKING:
    from collections.abc import Callable

LAYOUT = Layout()
NAME, BOT = "maker", "bot-1"
LOGIN, READ = "auth/binance-approle/login", f"binance/data/credentials/{NAME}"
RENEW, REVOKE = "auth/token/renew-self", "auth/token/revoke-self"


def pair(number: int) -> dict[str, str]:
    """The key and secret of a version."""
    return {"api_key": f"K{number}".ljust(64, "k"), "api_secret": f"S{number}".ljust(64, "s")}


@dataclass
class World:
    fake: FakeVault = field(default_factory=FakeVault)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.operator = HvacVault(self.fake, self.fake.root_token)
        set_up(self.operator, LAYOUT)
        self.put(1)
        self.role_id = bots.add(self.operator, LAYOUT, BOT, NAME).role_id
        self.secret_id = self.made("POST", LAYOUT.secret_id_path(BOT), {})["data"]["secret_id"]
        self.fake.calls.clear()

    def made(self, method: str, path: str, body: dict[str, Any]) -> Any:
        answer = self.fake.send(method, path, body=body, token=self.fake.root_token)
        assert answer.status < 300, answer
        return answer.body

    def put(self, number: int) -> None:
        """Store version `number`."""
        self.operator.write_secret("binance", f"credentials/{NAME}", pair(number), cas=number - 1)

    def suspend(self) -> None:
        kill_switch.suspend(self.operator, LAYOUT, BOT)
        self.fake.calls.clear()

    def allow(self) -> None:
        kill_switch.allow(self.operator, LAYOUT, BOT)
        self.fake.calls.clear()

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.fake.advance(seconds)

    @property
    def identity(self) -> AppRole:
        return AppRole(LAYOUT.approle_mount, Redacted(self.role_id), Redacted(self.secret_id))

    def token(self, *, kept_alive: bool = False) -> Token:
        """The bot's own, from a login that somebody else made."""
        token = self.identity.log_in(HttpVault(self.fake)).token
        self.fake.calls.clear()
        return Token(token, kept_alive)

    def keeper(
        self,
        who: Callable[[], Any] | None = None,
        *,
        schedule: Schedule = STANDARD,
        path: str = "",
        wait: float = 0.0,
        **changed: float,
    ) -> Keeper:
        request = Request(LAYOUT, "" if path else NAME, path)
        vault = HttpVault(self.fake, ask_why=False)
        logins = Logins(who or (lambda: self.identity))
        schedule = replace(schedule, **changed)
        return Keeper(vault, logins, request, schedule, wait=wait, clock=lambda: self.now, jitter=lambda: 0.0)

    @property
    def calls(self) -> list[str]:
        """The paths asked for since this was last read."""
        seen = [path for _, path in self.fake.calls]
        self.fake.calls.clear()
        return seen

    @property
    def tokens(self) -> int:
        """How many live besides the root token."""
        tokens = self.fake._tokens
        return sum(tokens.lives(token) for token in list(tokens._tokens.values())) - 1


def until_waiting(keeper: Keeper) -> tuple[float | None, list[str]]:
    """Step until there is nothing to do now: the wait, and the kinds of what was told."""
    told: list[str] = []
    while True:
        step: Step = keeper.step()
        told += [str(notice.kind) for notice in step.told]
        if step.wait != 0.0:
            return step.wait, told


def started(world: World, **settings: Any) -> Keeper:
    """A keeper that has done all there was to do at once."""
    keeper = world.keeper(**settings)
    until_waiting(keeper)
    return keeper


def life(world: World, keeper: Keeper, seconds: float) -> list[str]:
    """Let time pass, with every step that falls due; what was told meanwhile."""
    end, told = world.now + seconds, []
    while True:
        wait, news = until_waiting(keeper)
        told += news
        if wait is None or world.now + wait > end:
            world.advance(end - world.now)
            return told
        world.advance(wait)
