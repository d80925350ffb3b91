"""The story that scripts/terraform-apply tells: an example applied to a fresh Vault, used, looked at and compared.

Rules of the file
- Everything is done by the real programs: Terraform, the command line as a process of its own, a Vault server.
- Terraform and the command line hold tokens of roles; the root token makes those tokens and asks for the snapshots.
- A statement is said when it has held; the first that does not ends the story with what was there instead.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.contract.instance_snapshot import differences, snapshot
from tests.contract.plain_client import PlainClient
from tests.contract.terraform_runs import NotAsExpected, Ran, Workshop
from tests.terraform_mirror import ROOT
from vault_binance.layout import Layout
from vault_binance.testing.dev_server import DevVault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.terraform_mirror import Mirror
    from vault_binance.testing.server_binary import Binary

LAYOUT = Layout()
KEY, SECRET = (f"canary{secrets.token_hex(29)}" for _ in range(2))
"""What must be found in no file and no output; as long as Binance's."""

SEES = 'import os; print(os.environ["BINANCE_API_KEY"][-8:], "VAULT_TOKEN" in os.environ)'
"""The main job in one line: the bot has the key, and no token."""

TOKENS = re.compile(rb"hv[sbr]\.[A-Za-z0-9_-]{20,}|dev-[0-9a-f]{32}")
"""A token of Vault's, whoever's: the provider's own child tokens too."""


@dataclass
class Stage:
    """One Vault with what is asked of it; `folder` is the working directory of the command line."""

    server: DevVault
    client: PlainClient
    folder: Path
    canaries: list[str] = field(default_factory=lambda: [KEY, SECRET])

    def token(self, *policies: str, **settings: Any) -> str:
        body = {"policies": list(policies), "ttl": "15m", "no_default_policy": True} | settings
        made = str(self.client.must("POST", "auth/token/create", body)["client_token"])
        self.canaries.append(made)
        return made

    def role(self, role: str) -> str:
        return self.token(LAYOUT.policy(role), no_default_policy=False)

    def cli(self, *arguments: str, token: str = "", stdin: str = "", expected: int = 0, **environ: str) -> Ran:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        given = {**kept, "HOME": str(self.folder), "PYTHONPATH": str(ROOT), "VAULT_ADDR": self.server.address, **environ}
        if token:
            given["VAULT_TOKEN"] = token
        command = [sys.executable, "-m", "vault_binance", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=given, input=stdin, capture_output=True, text=True, check=False
        )
        ran = Ran(" ".join(["vault-binance", *arguments]), done.returncode, done.stdout, done.stderr)
        if ran.code != expected:
            raise NotAsExpected(ran.told)
        return ran

    def put_key(self, credential: str) -> None:
        arguments = ("key", "put", credential, "--no-verify", "--api-key", "-", "--api-secret", "-")
        self.cli(*arguments, token=self.role("writer"), stdin=f"{KEY}\n{SECRET}\n")


@contextmanager
def stage(binary: Binary | None, folder: Path) -> Iterator[Stage]:
    folder.mkdir()
    with DevVault(binary, audit_log=True) as server:
        client = PlainClient(server)
        try:
            yield Stage(server, client, folder, [KEY, SECRET, server.root_token.reveal()])
        finally:
            client.close()


@dataclass
class Story:
    """One run of the script. `say` is told each statement that has held."""

    binary: Binary | None
    mirror: Mirror | None
    directory: Path
    say: Callable[[str], None]

    def tell(self) -> None:
        self.modules()
        self.minimal()

    def modules(self) -> None:
        """Every configuration is valid by the provider's schema, and the tests of those that have some pass."""
        workshop = self._workshop("modules")
        for place in workshop.roots():
            one = workshop.root(place)
            one.validate()
            if one.has_tests and not (passed := one.tests()):
                raise NotAsExpected(f"{place}: its tests did not run")
            self.say(f"{place} is valid" + (f", {passed} of its tests pass" if one.has_tests else ""))

    def minimal(self) -> None:
        with stage(self.binary, self.directory / "minimal") as there:
            workshop = self._workshop("minimal-run")
            example = workshop.root("examples/minimal", **_vault(there, there.server.root_token.reveal()))
            example.init()
            self._apply("examples/minimal", example)
            environment = example.outputs()["environment"]
            self._use(there, environment)
            self._doctor(there)
            if changed := example.changes():
                raise NotAsExpected(f"after its use the example would change:\n{changed}")
            self.say("after its use a plan changes nothing either")
            self._refuse_to_destroy(example)
            self._search(there, workshop)
            self._compare(there, environment)

    def _apply(self, name: str, example: Any) -> None:
        example.apply()
        self.say(f"{name} is applied to a fresh Vault")
        if changed := example.changes():
            raise NotAsExpected(f"a second plan would change:\n{changed}")
        self.say("a second plan changes nothing")

    def _use(self, there: Stage, environment: Mapping[str, str]) -> None:
        """The main job: the key goes in, the login is handed out once, the bot has the key."""
        bot, credential = environment["VAULT_BINANCE_BOT"], environment["VAULT_BINANCE_CREDENTIAL"]
        there.put_key(credential)
        wrapped = there.cli("bot", "secret-id", bot, token=there.role("issuer")).out.strip()
        there.canaries.append(wrapped)
        given = {**environment, "VAULT_BINANCE_WRAPPED_SECRET_ID": wrapped}
        ran = there.cli("exec", credential, "--", sys.executable, "-c", SEES, **given)
        if ran.out.split() != [KEY[-8:], "False"]:
            raise NotAsExpected(f"the bot did not see the key, or saw a token:\n{ran.told}")
        self.say(f"bot {bot}, made by Terraform, got {credential} for one run")

    def _doctor(self, there: Stage) -> None:
        if "doctor" not in there.cli("--help").out:
            return
        there.cli("doctor", token=there.role("auditor"))
        self.say("doctor finds nothing")

    def _refuse_to_destroy(self, example: Any) -> None:
        ran = example.run("destroy", "-auto-approve", "-input=false", expected=1)
        if "prevent_destroy" not in ran.told:
            raise NotAsExpected(f"destroy was refused for another reason:\n{ran.told}")
        self.say("terraform destroy is refused")

    def _search(self, there: Stage, workshop: Workshop) -> None:
        """No key, SecretID or token in any state, plan or output, nor a key in Vault's own audit log."""
        sought = [canary.encode() for canary in there.canaries]
        for name, text in workshop.written():
            if any(canary in text for canary in sought) or TOKENS.search(text):
                raise NotAsExpected(f"a secret stands in {name}")
        if there.server.audit_log and any(one in there.server.audit_log.read_bytes() for one in sought):
            raise NotAsExpected("a secret stands in Vault's audit log")
        self.say("no key, SecretID or token stands in state, plan, output or audit log")

    def _compare(self, there: Stage, environment: Mapping[str, str]) -> None:
        """The same by `setup` and `bot add`, in another Vault."""
        bot, credential = environment["VAULT_BINANCE_BOT"], environment["VAULT_BINANCE_CREDENTIAL"]
        with stage(self.binary, self.directory / "setup") as other:
            policy = other.cli("setup", "--output-policy").out
            other.client.must("PUT", "sys/policies/acl/team-setup", {"policy": policy})
            other.cli("setup", token=other.token("team-setup"))
            other.put_key(credential)
            other.cli("bot", "add", bot, "--credential", credential, token=other.role("provisioner"))
            found = differences(
                snapshot(other.client, LAYOUT), snapshot(there.client, LAYOUT), ("setup says", "Terraform says")
            )
        if found:
            raise NotAsExpected("setup and Terraform do not leave the same:\n" + "\n".join(found))
        self.say("vault-binance setup and bot add leave the same Vault")

    def _workshop(self, name: str) -> Workshop:
        directory = self.directory / name
        directory.mkdir()
        return Workshop(directory, self.mirror)


def _vault(there: Stage, token: str) -> dict[str, str]:
    return {"VAULT_ADDR": there.server.address, "VAULT_TOKEN": token}
