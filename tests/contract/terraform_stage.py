"""Where an example is applied and used: a Vault of its own, and the command line as processes beside it.

Rules of the file
- The root token makes tokens of roles and asks for snapshots; commands and Terraform hold the tokens of roles.
- What is handed out is remembered as a canary: it must be found nowhere afterwards.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.contract.plain_client import PlainClient
from tests.contract.terraform_runs import NotAsExpected, Ran
from tests.support import QUICK, ROOT
from vault_binance.layout import Layout
from vault_binance.redacted import Redacted
from vault_binance.testing.dev_server import DevVault
from vault_binance.totp import Authenticator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.contract.terraform_runs import Workshop
    from vault_binance.testing.server_binary import Binary

LAYOUT = Layout()
KEY, SECRET = (f"canary{secrets.token_hex(29)}" for _ in range(2))
"""What a bot is to have, and nobody else; as long as Binance's."""

SEES = 'import os; print(os.environ["BINANCE_API_KEY"][-8:], "VAULT_TOKEN" in os.environ)'
"""The main job in one line: the bot has the key, and no token."""

TOKENS = re.compile(rb"\bhv[sbr]\.[A-Za-z0-9_-]{20,}|\bdev-[0-9a-f]{32}")
"""A token of Vault's, whoever's: the provider's own child tokens too."""


@dataclass
class Stage:
    """One Vault; `folder` is the working directory of the command line."""

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

    def person(self, role: str) -> str:
        """The token of somebody who has the role as people do: a member of its group, logged in with both factors."""
        make, name, password = self.client.must, f"person-{role}", secrets.token_urlsafe()
        if "staff/" not in make("GET", "sys/auth"):
            make("POST", "sys/auth/staff", {"type": "userpass"})
        make("POST", f"auth/staff/users/{name}", {"password": password, "token_ttl": "15m", "token_max_ttl": "15m"})
        entity = make("POST", f"identity/entity/name/{name}", {})["id"]
        accessor = make("GET", "sys/auth")["staff/"]["accessor"]
        make("POST", "identity/entity-alias", {"name": name, "canonical_id": entity, "mount_accessor": accessor})
        (method,) = make("GET", f"identity/mfa/login-enforcement/{LAYOUT.enforcement}")["mfa_method_ids"]
        body = {"method_id": method, "entity_id": entity}
        app = Authenticator.from_address(Redacted(make("POST", "identity/mfa/method/totp/admin-generate", body)["url"]))
        make("POST", f"identity/group/name/{LAYOUT.group(role)}", {"member_entity_ids": [entity]})
        login = make("POST", f"auth/staff/login/{name}", {"password": password}, token="")
        proof = {"mfa_request_id": login["mfa_requirement"]["mfa_request_id"]}
        proof["mfa_payload"] = {method: [app.code(int(time.time()))]}
        token = str(make("POST", "sys/mfa/validate", proof, token="")["client_token"])
        self.canaries += [app.secret.reveal(), token]
        return token

    def cli(self, *arguments: str, token: str = "", stdin: str = "", **environ: str) -> Ran:
        """Raises NotAsExpected for any other exit code than 0."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        given = {
            **kept,
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "VAULT_ADDR": self.server.address,
            **environ,
        }
        if token:
            given["VAULT_TOKEN"] = token
        command = [sys.executable, "-m", "vault_binance", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=given, input=stdin, capture_output=True, text=True, check=False
        )
        ran = Ran(" ".join(["vault-binance", *arguments]), done.returncode, done.stdout, done.stderr)
        if ran.code:
            raise NotAsExpected(ran.told)
        return ran

    def put_key(self, credential: str) -> None:
        arguments = ("key", "put", credential, "--no-verify", "--api-key", "-", "--api-secret", "-")
        self.cli(*arguments, token=self.role("writer"), stdin=f"{KEY}\n{SECRET}\n")

    def run_bot(self, environment: Mapping[str, str]) -> None:
        """Hand out a login that opens once, and do the main job with it."""
        bot, credential = environment["VAULT_BINANCE_BOT"], environment["VAULT_BINANCE_CREDENTIAL"]
        wrapped = self.cli("bot", "secret-id", bot, token=self.role("issuer")).out.strip()
        self.canaries.append(wrapped)
        given = {**environment, "VAULT_BINANCE_WRAPPED_SECRET_ID": wrapped}
        ran = self.cli("exec", credential, "--", sys.executable, "-c", SEES, **given)
        if ran.out.split() != [KEY[-8:], "False"]:
            raise NotAsExpected(f"the bot did not see the key, or saw a token:\n{ran.told}")

    def set_up(self) -> None:
        """Without Terraform: `setup`, with the policy that it asks for."""
        policy = self.cli("setup", "--output-policy").out
        self.client.must("PUT", "sys/policies/acl/team-setup", {"policy": policy})
        self.cli("setup", token=self.token("team-setup"))

    def search(self, *workshops: Workshop) -> None:
        """Raises NotAsExpected where a secret stands in what Terraform wrote or said, or in Vault's own audit log."""
        sought = [canary.encode() for canary in self.canaries]
        written = [part for workshop in workshops for part in workshop.written()]
        if self.server.audit_log:
            written.append(("Vault's audit log", self.server.audit_log.read_bytes()))
        for name, text in written:
            if any(canary in text for canary in sought) or TOKENS.search(text):
                raise NotAsExpected(f"a secret stands in {name}")


@contextmanager
def stage(binary: Binary | None, folder: Path) -> Iterator[Stage]:
    folder.mkdir()
    with DevVault(binary, audit_log=True, hooks=QUICK) as server:
        client = PlainClient(server)
        try:
            yield Stage(server, client, folder, [KEY, SECRET, server.root_token.reveal()])
        finally:
            client.close()
