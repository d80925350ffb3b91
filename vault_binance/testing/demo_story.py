"""The demo: the main job from a leaky .env file to an audit trail, on a real Vault and an emulated Binance.

Rules of the file
- Everything is done by the real commands, as processes of their own; nothing is staged but the two servers.
- A step states what it proves and is true only if every command ended as expected and every check held.
- All of it lives in one temporary folder and on loopback; nothing of the caller's Vault or home is touched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from vault_binance.redacted import Redacted
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.emulator import Emulator
from vault_binance.testing.server_binary import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Self

BOTS = "vault_binance.testing.demo_bots"
WITHIN = 10.0
"""Seconds for one command; a demo that hangs proves nothing."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One command as typed, with what it printed; `expected` is the exit code the step counts on."""

    typed: str
    exit_code: int
    expected: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Step:
    """One proof. `checks` are statements beyond exit codes, each with whether it held; `seconds` is its wall time."""

    title: str
    proves: str
    commands: tuple[Ran, ...]
    checks: tuple[tuple[str, bool], ...]
    seconds: float

    @property
    def holds(self) -> bool:
        return all(ran.exit_code == ran.expected for ran in self.commands) and all(held for _, held in self.checks)


@dataclass
class _Notes:
    """What a step collects while it runs."""

    commands: list[Ran] = field(default_factory=list)
    checks: list[tuple[str, bool]] = field(default_factory=list)


class Story:
    """The stage and the steps. Entering starts the emulator; the Vault starts in the second step, as the story has it.

    Raises ConfigError where no Vault server can be found or built.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._notes = _Notes()
        self._tokens: dict[str, Redacted] = {}

    def __enter__(self) -> Self:
        self.folder = Path(self._open.enter_context(TemporaryDirectory(prefix="vault-binance-demo-")))
        self.binance = self._open.enter_context(Emulator())
        self.leaky = self.binance.add_key(permissions={"enableSpotAndMarginTrading": True, "enableWithdrawals": True})
        self.arb = self.binance.add_key(permissions={"enableSpotAndMarginTrading": True}, ip_list=["127.0.0.1"])
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def steps(self) -> Iterator[Step]:
        """Each step when it is done."""
        acts: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("a key in a .env file", "its danger shows before any Vault is there", self._look_at_env_file),
            (
                "a Vault, set up; the key goes in",
                "one pair, checked before it leaves memory, with no root token in use",
                self._put_in,
            ),
            ("a bot, with a login that opens once", "one identity, one credential, nothing else", self._add_bots),
            ("the bot trades", "it has the key for one run, and no token of Vault", self._trade),
            ("others are refused", "no other bot reads it, no login is opened twice", self._refuse),
            ("the kill switch", "a running bot is cut off at once", self._suspend),
            ("the audit log tells it all", "who, from where, what, when, and no secret in it", self._audit),
        )
        for title, proves, act in acts:
            self._notes, begun = _Notes(), time.monotonic()
            act()
            spent = time.monotonic() - begun
            yield Step(title, proves, tuple(self._notes.commands), tuple(self._notes.checks), spent)

    def _look_at_env_file(self) -> None:
        secret = self.leaky.credentials().secret
        text = f"BINANCE_API_KEY={self.leaky.api_key.reveal()}\nBINANCE_API_SECRET={secret.reveal()}\n"
        (self.folder / ".env").write_text(text, encoding="ascii")
        ran = self._run(["verify", "--env-file", ".env"], expected=12)
        self._check("withdrawals are found", "withdrawals are allowed" in ran.stdout)
        self._check("the missing IP restriction is found", "no IP restriction" in ran.stdout)

    def _put_in(self) -> None:
        self.vault = self._open.enter_context(DevVault(audit_log=True))
        policy = self._run(["setup", "--output-policy"])
        self._root("PUT", "sys/policies/acl/team-setup", {"policy": policy.stdout})
        self._give_token("setup", "team-setup")
        self._run(["setup"], role="setup")
        for role in ("writer", "provisioner", "issuer"):
            self._give_token(role, f"binance-{role}")
        for name, issued in (("market-maker", self.leaky), ("arb", self.arb)):
            pair = f"{issued.api_key.reveal()}\n{issued.credentials().secret.reveal()}\n"
            self._run(["key", "put", name, "--api-key", "-", "--api-secret", "-"], role="writer", stdin=pair)
        (self.folder / ".env").unlink()

    def _add_bots(self) -> None:
        for bot, credential in (("mm-1", "market-maker"), ("arb-1", "arb")):
            self._run(["bot", "add", bot, "--credential", credential], role="provisioner")
            self._hand_out_login(bot)
        self._run(["bot", "list"], role="provisioner")

    def _trade(self) -> None:
        ran = self._run(["exec", "market-maker", "--", "python", "-m", BOTS, "trade"], bot="mm-1")
        facts = _facts(ran.stdout)
        self._check("Binance accepted the signed request", facts.get("accepted") is True)
        self._check("the bot saw no variable of Vault", facts.get("vault_variables_seen") == [])

    def _refuse(self) -> None:
        self._run(["fetch", "market-maker"], bot="arb-1", expected=21)
        self._run(["fetch", "market-maker"], bot="mm-1", expected=24)

    def _suspend(self) -> None:
        self._hand_out_login("mm-1")
        with self._started("watch", bot="mm-1") as bot:
            output = bot.stdout
            reading = output is not None and '"reading"' in output.readline()
            typed_at = time.time()
            self._run(["bot", "suspend", "mm-1"], role="provisioner")
            facts = _facts(bot.communicate(timeout=WITHIN)[0])
        refused_at = facts.get("refused_at")
        self._check("the bot was reading when it was suspended", reading)
        after = f" {refused_at - typed_at:.2f} s after the command was typed" if isinstance(refused_at, float) else ""
        self._check(f"the running bot was refused{after}", isinstance(refused_at, float))

    def _audit(self) -> None:
        log = self.folder / "audit.log"
        log.symlink_to(self.vault.audit_log or "")
        self._run(["audit", "--log", log.name])
        grave = self._run(["audit", "--log", log.name, "--findings", "--denied"], expected=12).stdout
        self._check("it finds the bot that asked for another's key", "not its credential" in grave)
        self._check("it finds the login that was opened twice", "opened before" in grave)
        text = log.read_text(encoding="utf-8")
        self._check("the log has the reading of the credential", "binance/data/credentials/market-maker" in text)
        self._check("no key, secret or token stands in it", not any(value in text for value in self._secrets()))

    def _root(self, method: str, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        """What the Vault's own admin does before and beside us; the only use of the root token."""
        _, answer = self.vault.call(method, path, dict(body))
        return answer if isinstance(answer, dict) else {}

    def _give_token(self, role: str, policy: str) -> None:
        body = {"policies": [policy], "display_name": role, "ttl": "10m"}
        auth = self._root("POST", "auth/token/create", body)["auth"]
        self._tokens[role] = Redacted(str(auth["client_token"] if isinstance(auth, dict) else ""))

    def _secrets(self) -> list[str]:
        issued = [key.credentials() for key in (self.leaky, self.arb)]
        wrapped = [path.read_text(encoding="ascii").strip() for path in self.folder.glob("*.wrapped")]
        pairs = [value.reveal() for key in issued for value in (key.api_key, key.secret)]
        tokens = [token.reveal() for token in (self.vault.root_token, *self._tokens.values())]
        return [*pairs, *wrapped, *tokens]

    def _hand_out_login(self, bot: str) -> None:
        self._run(["bot", "secret-id", bot, "--wrap", "5m", "-o", f"{bot}.wrapped"], role="issuer")

    def _check(self, statement: str, held: bool) -> None:  # noqa: FBT001  reads as a sentence
        self._notes.checks.append((statement, held))

    def _run(
        self, arguments: Sequence[str], *, role: str = "", bot: str = "", stdin: str = "", expected: int = 0
    ) -> Ran:
        environ = self._environment(role=role, bot=bot)
        command = [sys.executable, "-m", "vault_binance", *_with_this_python(arguments)]
        done = subprocess.run(
            command, env=environ, cwd=self.folder, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )
        typed = " ".join(["vault-binance", *arguments])
        ran = Ran(typed, done.returncode, expected, done.stdout, done.stderr)
        self._notes.commands.append(ran)
        return ran

    def _started(self, role: str, *, bot: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", BOTS, role],
            env=self._environment(bot=bot),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _environment(self, *, role: str = "", bot: str = "") -> Mapping[str, str]:
        """Only what the person or bot of the story would have: nothing of the caller's Vault, home or proxies."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH", VARIABLE) if name in os.environ}
        environ = {**kept, "HOME": str(self.folder), "BINANCE_BASE_URL": self.binance.url}
        environ["VAULT_BINANCE_BINANCE_URL"] = self.binance.url
        if role:
            environ |= {"VAULT_ADDR": self.vault.address, "VAULT_TOKEN": self._tokens[role].reveal()}
        if bot:
            environ |= {
                "VAULT_ADDR": self.vault.address,
                "VAULT_BINANCE_BOT": bot,
                "VAULT_BINANCE_CREDENTIAL": "market-maker",
                "VAULT_BINANCE_ROLE_ID_FILE": f"{bot}.role-id",
                "VAULT_BINANCE_WRAPPED_SECRET_ID_FILE": f"{bot}.wrapped",
            }
        return environ


def _with_this_python(arguments: Sequence[str]) -> list[str]:
    return [sys.executable if argument == "python" else argument for argument in arguments]


def _facts(text: str) -> dict[str, object]:
    """The last line that is a JSON object; empty where there is none."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            found = json.loads(line)
            return found if isinstance(found, dict) else {}
    return {}
