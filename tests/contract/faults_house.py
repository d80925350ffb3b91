"""What faults are tried on: a set-up Vault that can be killed, and bots in it, each with a credential of its own.

Rules of the file
- Two proxies stand before Vault: the watched bot's, where its calls are counted, and one for whoever starts meanwhile.
- What a fault does to a bot's role, entity, policy or credential is done with the operators' own services.
- Environments are whole: a bot sees what it was given here and nothing of the run's own.
"""

from __future__ import annotations

import io
import os
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from secrets import token_hex
from typing import TYPE_CHECKING
from unittest.mock import patch

from tests.contract.faults_watch import Watch, soon
from tests.door import operator_door
from tests.support import QUICK
from vault_binance import Fetcher
from vault_binance.bot.errands import clock
from vault_binance.cli.main import run
from vault_binance.credentials import Credentials
from vault_binance.layout import Layout
from vault_binance.ops import bots, keys
from vault_binance.redacted import Redacted
from vault_binance.schedules import SWIFT
from vault_binance.testing.dev_server import RaftVault
from vault_binance.testing.fault_proxy import Fault, FaultProxy
from vault_binance.testing.provisioned import set_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Any, Self

    from vault_binance.testing.fault_proxy import Seen
    from vault_binance.testing.server_binary import Binary
    from vault_binance.vault.admin import HvacVault

LAYOUT = Layout()
ROLE = {"token_ttl": 900, "token_max_ttl": 3600}
"""Long enough for nothing to happen to a token by itself."""
NUMBERS = count(1)


class House:
    """A context manager; nothing of it is left behind."""

    def __init__(self, binary: Binary | None = None) -> None:
        self.server = RaftVault(binary, hooks=QUICK)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.server)
            self.proxy = stack.enter_context(FaultProxy(self.server.address))
            self.other_proxy = stack.enter_context(FaultProxy(self.server.address))
            with self.operator() as vault:
                set_up(vault, LAYOUT)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def operator(self) -> AbstractContextManager[HvacVault]:
        return operator_door(self.server)

    def made(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        status, answer = self.server.call(method, path, body)
        assert status < 300, (status, answer)
        return answer

    def strike(self, fault: Fault) -> None:
        """Before everybody who asks this Vault."""
        self.proxy.fault = self.other_proxy.fault = fault

    @contextmanager
    def bot(self, folder: Path, *, timeout: float = 5.0, **role: object) -> Iterator[Bot]:
        """A bot that nobody watches yet; `timeout` in seconds for each of its calls."""
        bot = Bot(self, f"bot-{next(NUMBERS)}", folder, timeout)
        bot.put()
        with self.operator() as vault:
            bots.add(vault, LAYOUT, bot.name, bot.name)
        bot.role(**ROLE | role)
        bot.new_secret_id()
        try:
            yield bot
        finally:
            self.strike(Fault.none())


@dataclass(frozen=True, slots=True)
class Stored:
    """A version of the credential: when it was about to be stored, and when it was."""

    version: int
    fingerprint: str
    began: float
    done: float


@dataclass(slots=True)
class Bot:
    """A role, an entity, a SecretID in a file, and a credential of the same name."""

    house: House
    name: str
    folder: Path
    timeout: float
    stored: list[Stored] = field(default_factory=list)

    @property
    def auth(self) -> str:
        return f"auth/{LAYOUT.approle_mount}/role/{self.name}"

    @property
    def secret_id_file(self) -> Path:
        return self.folder / f"{self.name}.secret-id"

    def put(self) -> None:
        """Store the next version: a pair that no other one has."""
        api_key = f"{self.name}-{token_hex(20)}"
        pair = {"api_key": api_key, "api_secret": token_hex(20), "key_type": "HMAC", "environment": "testnet"}
        credentials = Credentials.from_fields(self.name, {name: Redacted(text) for name, text in pair.items()})
        with self.house.operator() as vault:
            began, based_on = clock(), len(self.stored)
            version = keys.put(vault, LAYOUT, credentials, {}, based_on=based_on)
        self.stored.append(Stored(version, sha256(api_key.encode()).hexdigest(), began, clock()))

    def role(self, **settings: object) -> None:
        self.house.made("POST", self.auth, settings)

    def new_secret_id(self) -> None:
        """Put another one where the bot finds it."""
        made = self.house.made("POST", f"{self.auth}/secret-id", {})
        self.secret_id_file.write_text(made["data"]["secret_id"])

    def environ(self, address: str) -> dict[str, str]:
        role_id = self.house.made("GET", f"{self.auth}/role-id")["data"]["role_id"]
        return {
            "VAULT_ADDR": address,
            "VAULT_CLIENT_TIMEOUT": str(self.timeout),
            "VAULT_MAX_RETRIES": "0",
            "VAULT_BINANCE_BOT": self.name,
            "VAULT_BINANCE_CREDENTIAL": self.name,
            "VAULT_BINANCE_ROLE_ID": role_id,
            "VAULT_BINANCE_SECRET_ID_FILE": str(self.secret_id_file),
        }


@dataclass(slots=True)
class Watched:
    """A bot that runs: its fetcher, who watches it, and its calls; `elsewhere` is the environment of one beside it.

    What is entered into `until_the_end` is left after the fetcher has been closed.
    """

    bot: Bot
    fetcher: Fetcher
    watch: Watch
    elsewhere: dict[str, str]
    until_the_end: ExitStack

    @property
    def house(self) -> House:
        return self.bot.house

    @property
    def calls(self) -> tuple[Seen, ...]:
        return self.house.proxy.requests

    def exit_code(self) -> int:
        """Of `vault-binance fetch`, started now in the bot's place."""
        with (
            patch.dict(os.environ, self.elsewhere, clear=True),
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
        ):
            return run(["fetch"])


@contextmanager
def watched(bot: Bot, max_stale: float, address: Callable[[str], str]) -> Iterator[Watched]:
    """The bot with a fetcher on it, which has read twice; `address` is what the bot knows its proxy by."""
    house = bot.house
    environ, elsewhere = (bot.environ(address(proxy.address)) for proxy in (house.proxy, house.other_proxy))
    with ExitStack() as until_the_end:
        fetcher = Fetcher(environ=environ, schedule=SWIFT, max_stale=max_stale)
        watch = Watch(fetcher)
        with fetcher, watch:
            fetcher.refresh()
            assert soon(lambda: watch.record.samples)
            yield Watched(bot, fetcher, watch, elsewhere, until_the_end)
