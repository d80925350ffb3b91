"""A Vault and a Binance for the real clients, and bots that `exec` starts between them."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Timer
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.cli.stage import Spawn, Stage, fresh
from tests.clients.table import UNICODE
from tests.support import QUICK, unavailable
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.clients.table import Client
    from vault_binance.credentials import KeyType
    from vault_binance.testing.emulator.state import IssuedKey, RawRequest, Response
    from vault_binance.testing.server_binary import Binary

PATIENCE_S = 60
"""For a driver that says nothing any more; none is waited for so long."""


class Received(NamedTuple):
    """`changed` is the answer to the same request with one byte changed, where that is of interest."""

    request: RawRequest
    response: Response
    changed: Response


class Recording(Emulator):
    """An emulator that keeps what it received, byte for byte."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Received] = []

    def answer(self, request: RawRequest) -> Response:
        response = super().answer(request)
        changed = request.query.replace(UNICODE, UNICODE[:-1] + b"0").replace(b"test.com", b"test.con")
        if changed != request.query:
            self.heard.append(Received(request, response, super().answer(replace(request, query=changed))))
        else:
            self.heard.append(Received(request, response, response))
        return response

    def asked_with(self, key: IssuedKey) -> list[Received]:
        return [one for one in self.heard if one.request.headers.get("x-mbx-apikey") == key.api_key.reveal()]


class Bot:
    """A driver at work."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, word: str) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{word}\n")
        stdin.flush()
        line = stdout.readline()
        assert line, f"it said nothing to {word!r}, but: {self._complaint()}"
        return dict(json.loads(line))

    def dismiss(self) -> tuple[int, str]:
        """Let it come to its end; its exit code and what it complained of."""
        _, complaint = self._process.communicate()
        return self._process.returncode, complaint

    def _complaint(self) -> str:
        assert self._process.stderr is not None
        return self._process.stderr.read()


@dataclass(slots=True)
class Desk:
    """One credential in Vault with its key at Binance, the bot that may read it, and its client."""

    stage: Stage
    binance: Recording
    client: Client
    key_type: KeyType
    cwd: Path
    name: str = field(default_factory=fresh)
    environ: dict[str, str] = field(default_factory=dict)

    def new_key(self) -> IssuedKey:
        """Make a key at Binance, bound to this address, and store it as the latest version."""
        trading = {"enableSpotAndMarginTrading": True, "enableFutures": True}
        issued = self.binance.add_key(key_type=self.key_type, permissions=trading, ip_list=("127.0.0.1",))
        pair = issued.credentials()
        self.stage.put(self.name, pair.api_key.reveal(), pair.secret.reveal(), key_type=self.key_type.value)
        return issued

    def hire(self) -> None:
        """Make the bot that may read the credential, which is there by now, and its environment."""
        self.stage.add_bot(self.name, self.name)
        identity = self.stage.bot(self.name, self.name, wrapped=False)
        self.environ = {**identity, "VAULT_BINANCE_FUTURES_URL": self.binance.url}
        if not self.profile:
            self.environ["BINANCE_BASE_URL"] = self.binance.url

    @property
    def profile(self) -> str:
        return self.client.profiles[self.key_type]

    @contextmanager
    def bot(self) -> Iterator[Bot]:
        """The client, started by `exec` with the bot's identity."""
        options = ("--profile", self.profile) if self.profile else ()
        line = ("exec", *options, "--", *self.client.command)
        with Spawn(self.cwd).started(*line, environ=self.environ, stdin=subprocess.PIPE) as process:
            watch = Timer(PATIENCE_S, process.kill)
            watch.start()
            try:
                yield Bot(process)
            finally:
                watch.cancel()


@pytest.fixture(scope="session")
def binance() -> Iterator[Recording]:
    with Recording() as server:
        yield server


@pytest.fixture(scope="session")
def stage(vault_binary: Binary, binance: Recording) -> Iterator[Stage]:
    with DevVault(vault_binary, hooks=QUICK) as vault:
        stage = Stage(vault, binance)
        stage.set_up()
        yield stage


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """For the case (client, key type) that the test is given."""
    client, key_type = request.param
    if not client.installed:
        unavailable(f"no environment with {client.environment}: scripts/clients makes it")
    return Desk(request.getfixturevalue("stage"), request.getfixturevalue("binance"), client, key_type, tmp_path)
