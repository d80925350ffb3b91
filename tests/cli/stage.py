"""A set-up Vault, a Binance, a credential and a bot: what the tests of the command line act on.

Rules of the file
- A stage is made by the services and not by the commands: the commands are what is tested.
- Environments are whole: a command sees what a test gave it and nothing of the run's own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import TYPE_CHECKING

from tests.door import operator_door
from tests.support import ROOT
from vault_binance.credentials import Credentials
from vault_binance.layout import Layout
from vault_binance.ops import bots, keys
from vault_binance.redacted import Redacted
from vault_binance.testing.provisioned import set_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from vault_binance.testing.dev_server import DevVault
    from vault_binance.testing.emulator import Emulator
    from vault_binance.vault.admin import HvacVault

API_KEY, API_SECRET = "K3y" * 21 + "K", "S3c" * 21 + "S"
OTHER_KEY, OTHER_SECRET = "0ldK" * 16, "0ldS" * 16
PAIR = f"{API_KEY}\n{API_SECRET}\n"
PUT = ("--no-verify", "--api-key", "-", "--api-secret", "-")
"""How a pair goes in by standard input, and the options for it."""

LAYOUT = Layout()


def fresh() -> str:
    """A name that no other test uses."""
    return f"n{token_hex(5)}"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left: both streams and the exit code."""

    out: str
    err: str
    code: int

    @property
    def error(self) -> str:
        """The text of its one `error:` line; fails where there is none, or more."""
        (line,) = [line for line in self.err.splitlines() if line.startswith("error:")]
        return line.removeprefix("error:").strip()

    @property
    def hint(self) -> str:
        (line,) = [line for line in self.err.splitlines() if line.startswith("hint:")]
        return line.removeprefix("hint:").strip()


@dataclass(frozen=True, slots=True)
class Stage:
    vault: DevVault
    binance: Emulator | None = None

    @property
    def environ(self) -> dict[str, str]:
        """An operator's, with the root token."""
        return {
            "VAULT_ADDR": self.vault.address,
            "VAULT_TOKEN": self.vault.root_token.reveal(),
            "VAULT_MAX_RETRIES": "0",
            **self.binance_url,
        }

    @property
    def binance_url(self) -> dict[str, str]:
        return {"VAULT_BINANCE_BINANCE_URL": self.binance.url} if self.binance else {}

    def bot(self, name: str = "mm-1", credential: str = "market-maker", *, wrapped: bool = True) -> dict[str, str]:
        """A bot's environment, with a SecretID made for it now."""
        with self.operator() as vault:
            role_id = vault.role_id(LAYOUT.approle_mount, name)
            made = bots.secret_id(vault, LAYOUT, name, wrap_ttl=300)
        environ = {
            "VAULT_ADDR": self.vault.address,
            "VAULT_MAX_RETRIES": "0",
            "VAULT_BINANCE_BOT": name,
            "VAULT_BINANCE_CREDENTIAL": credential,
            "VAULT_BINANCE_ROLE_ID": role_id,
            **self.binance_url,
        }
        if wrapped:
            return {**environ, "VAULT_BINANCE_WRAPPED_SECRET_ID": made.token.reveal()}
        _, answer = self.vault.call("POST", "sys/wrapping/unwrap", {"token": made.token.reveal()})
        return {**environ, "VAULT_BINANCE_SECRET_ID": answer["data"]["secret_id"]}

    def operator(self) -> AbstractContextManager[HvacVault]:
        return operator_door(self.vault)

    def put(self, name: str, api_key: str = API_KEY, secret: str = API_SECRET, **fields: str) -> int:
        """Store a version as `key put` does, or with other `fields`."""
        pair = {"api_key": api_key, "api_secret": secret, "key_type": "HMAC", "environment": "live", **fields}
        with self.operator() as vault:
            based_on = keys.current_version(vault, LAYOUT, name)
            credentials = Credentials.from_fields(name, {field: Redacted(text) for field, text in pair.items()})
            return keys.put(vault, LAYOUT, credentials, {}, based_on=based_on)

    def add_bot(self, name: str, credential: str) -> None:
        with self.operator() as vault:
            bots.add(vault, LAYOUT, name, credential)

    def set_up(self) -> None:
        with self.operator() as vault:
            set_up(vault, LAYOUT)
        self.put("market-maker")
        self.add_bot("mm-1", "market-maker")

    def version(self, name: str) -> int:
        """The latest version, 0 where nothing was ever stored: what "nothing was written" is measured by."""
        with self.operator() as vault:
            return keys.current_version(vault, LAYOUT, name)

    def token(self, *policies: str, **settings: object) -> str:
        body = {"policies": list(policies) or ["default"], **settings}
        _, answer = self.vault.call("POST", "auth/token/create", body)
        return str(answer["auth"]["client_token"])

    def opens(self, token: str) -> bool:
        """Whether a wrapping token is still to be opened."""
        return self.vault.call("POST", "sys/wrapping/lookup", {"token": token})[0] == 200

    @property
    def audit_log(self) -> Path:
        assert self.vault.audit_log is not None
        return self.vault.audit_log


@dataclass(slots=True)
class Spawn:
    """Starts the program as a user's shell does: a process of its own, in a directory of its own."""

    cwd: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def program(self) -> list[str]:
        return [sys.executable, "-m", "vault_binance"]

    def whole(self, environ: Mapping[str, str]) -> dict[str, str]:
        shell = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT)}
        return {**shell, **self.environ, **environ}

    def __call__(self, *arguments: str, environ: Mapping[str, str] | None = None, stdin: str | None = None) -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "vault_binance", *arguments],
            cwd=self.cwd,
            env=self.whole(environ or {}),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return Ran(done.stdout, done.stderr, done.returncode)

    def shell(self, line: str, environ: Mapping[str, str] | None = None) -> Ran:
        """A line of shell in which $VB is the program; what a shell makes of signals and closed streams."""
        program = f"{sys.executable} -m vault_binance"
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.cwd,
            env={**self.whole(environ or {}), "VB": program},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return Ran(done.stdout, done.stderr, done.returncode)

    @contextmanager
    def started(
        self, *arguments: str, environ: Mapping[str, str] | None = None, stdin: int = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[str]]:
        """A running program, ended with the block. It hears SIGINT even where the run itself was told not to."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "vault_binance", *arguments],
                cwd=self.cwd,
                env=self.whole(environ or {}),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        finally:
            signal.signal(signal.SIGINT, before)
        with process:
            try:
                yield process
            finally:
                process.kill()
