"""The servers of the contract: one suite runs on the fake, on a server process and on a container.

Rules of the file
- A test gets fresh mounts, roles, entities and policies, all under one random name: it may run beside any other.
- What a door offers is asked through the door; `ask` is for the rest.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.forty_teams import FortyTeams, forty_teams
from tests.contract.shell import BINANCE, Done, Shell
from vault_binance.cli.main import run
from vault_binance.config import Address, Config
from vault_binance.redacted import Redacted
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.fake_vault import FakeVault
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.http import HttpVault
from vault_binance.vault.port import KvPath, Lease
from vault_binance.vault.wire import Answer, Sends, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from vault_binance.layout import Layout
    from vault_binance.testing.server_binary import Binary


@dataclass
class Server:
    """One of the servers, with its doors. `name` is this test's own: its KV mount, and part of all its other names."""

    kind: str
    sends: Sends
    root: Redacted
    name: str = field(default_factory=lambda: f"t{token_hex(5)}")

    @property
    def operator(self) -> HvacVault:
        return HvacVault(self.sends, self.root)

    @property
    def bot(self) -> HttpVault:
        return HttpVault(self.sends)

    @property
    def approle(self) -> str:
        return f"{self.name}-approle"

    def wait(self, seconds: float) -> None:
        self.sends.advance(seconds) if isinstance(self.sends, FakeVault) else time.sleep(seconds)

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        token: Redacted | None = None,
        wrap: int = 0,
    ) -> Answer:
        return self.sends.send(method, path, body=body, token=token or self.root, wrap_ttl=wrap)

    def made(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        answer = self.ask(method, path, body)
        assert answer.status < 300, answer
        return answer.body

    def data(self, path: str) -> KvPath:
        return KvPath(f"{self.name}/data/{path}")

    def kv(self) -> HvacVault:
        """The operator, with an empty KV mount."""
        operator = self.operator
        operator.enable_kv(self.name, "of a test")
        return operator

    def token(self, policy: str, **settings: Any) -> Redacted:
        """A token with this policy text and no other."""
        name = f"{self.name}-{token_hex(3)}"
        self.operator.write_policy(name, policy)
        body = {"policies": [name], "no_default_policy": True} | settings
        return Redacted(self.made("POST", "auth/token/create", body)["auth"]["client_token"])

    def login(self, policy: str = "", **settings: Any) -> Login:
        """A bot with a role, an entity of its own and, if given, a policy text besides the default one."""
        operator = self.operator
        if operator.auth_mount(self.approle) is None:
            operator.enable_auth(self.approle, "approle", "of a test")
        bot = f"{self.name}-{token_hex(3)}"
        if policy:
            operator.write_policy(bot, policy)
        operator.write_role(self.approle, bot, {"token_ttl": 600, "token_policies": [bot] if policy else []} | settings)
        role_id = operator.role_id(self.approle, bot)
        mount = operator.auth_mount(self.approle)
        entity = operator.write_entity(bot, metadata={"lent": "one"}, disabled=False)
        assert mount
        operator.add_alias(entity.id, role_id, mount.accessor)
        return Login(self, bot, Redacted(role_id), entity.id)


@dataclass
class Login:
    """What a bot needs to log in at the test's AppRole mount."""

    server: Server
    name: str
    role_id: Redacted
    entity_id: str

    def secret_id(self, **settings: Any) -> Redacted:
        path = f"auth/{self.server.approle}/role/{self.name}/secret-id"
        return Redacted(self.server.made("POST", path, settings)["data"]["secret_id"])

    def with_secret(self, secret_id: Redacted) -> Lease:
        return self.server.bot.log_in(self.server.approle, {"role_id": self.role_id, "secret_id": secret_id})

    def token(self) -> Redacted:
        return self.with_secret(self.secret_id()).token

    def suspend(self, *, disabled: bool = True) -> None:
        self.server.operator.write_entity(self.name, disabled=disabled)


def over_http(kind: str, address: str, root: Redacted) -> Iterator[Server]:
    wire = Wire(Config(Address.parse(address)))
    try:
        yield Server(kind, wire, root)
    finally:
        wire.close()


@pytest.fixture
def fake() -> Server:
    vault = FakeVault()
    return Server("fake", vault, vault.root_token)


@pytest.fixture
def real(dev_vault: DevVault) -> Iterator[Server]:
    yield from over_http("process", dev_vault.address, dev_vault.root_token)


@pytest.fixture(params=["fake", "process", "container"])
def vault(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each of the three servers in turn."""
    if request.param == "fake":
        yield request.getfixturevalue("fake")
    elif request.param == "process":
        yield request.getfixturevalue("real")
    else:
        container = request.getfixturevalue("vault_container")
        yield from over_http("container", container.address, container.root_token)


@pytest.fixture(params=["fake", "process"])
def sealed_vault(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of its own, sealed for good."""
    if request.param == "fake":
        server = request.getfixturevalue("fake")
        server.sends.sealed = True
        yield server
        return
    binary: Binary = request.getfixturevalue("vault_binary")
    with DevVault(binary) as process:
        for server in over_http("process", process.address, process.root_token):
            server.made("PUT", "sys/seal")
            yield server


@pytest.fixture(scope="session")
def teams(vault_binary: Binary) -> Iterator[FortyTeams]:
    """The Vault of forty teams, one for each worker; a test has an instance of its own, or the one called binance."""
    with forty_teams(vault_binary) as made:
        yield made


@pytest.fixture
def shell(shell_at: Callable[[FortyTeams], Shell], teams: FortyTeams) -> Shell:
    return shell_at(teams)


@pytest.fixture
def shell_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[FortyTeams], Shell]:
    """The command line, in an empty directory, with its settings in the environment."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str, token: str, layout: Layout = BINANCE, stdin: str = "") -> Done:
        monkeypatch.setenv("VAULT_TOKEN", token)
        monkeypatch.setenv("VAULT_BINANCE_INSTANCE", layout.instance)
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = run(arguments)
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    def at(teams: FortyTeams) -> Shell:
        monkeypatch.setenv("VAULT_ADDR", teams.server.address)
        return Shell(teams, command)

    return at
