"""A Vault of its own with two instances set up, and one token that holds whatever policy a test gives it.

Rules of the file
- Setting up is the product's own: `provision`. Everything else is asked of Vault as it is.
- The token's policies are its entity's, so a test changes what it holds in one write, at once, templates included.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.contract.plain_client import Asked, PlainClient
from tests.door import operator_door
from tests.support import QUICK
from vault_binance.layout import Layout
from vault_binance.ops import policy_texts
from vault_binance.ops.setup import provision
from vault_binance.testing.dev_server import DevVault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.testing.server_binary import Binary

OURS, THEIRS = Layout("binance"), Layout("binance_testnet")
"""Two instances of one Vault; nothing of the second may be reached with a role of the first."""

BOT, CREDENTIAL = "bot-1", "market-maker-1"
MARKED = {"managed_by": OURS.managed_by, "binance_bot": BOT, "binance_credential": CREDENTIAL}

VALUES = {
    f"{layout.kv_mount}/{name}": f"value-of-{name}-in-{layout.instance}."
    for layout in (OURS, THEIRS)
    for name in (CREDENTIAL, "market-maker-2", "hedger")
}
"""What is stored, by mount and credential."""

WAYS_TO_VALUES = [
    way.format(*name.split("/"))
    for name in VALUES
    for way in (
        "{}/data/credentials/{}",
        "{}/metadata/credentials/{}",
        "{}/subkeys/credentials/{}",
        "{}/data/credentials/{}?version=1",
    )
]


@dataclass
class Stage:
    """`token` is the one that holds what `hold` was last given; `entity` is its identity."""

    server: DevVault
    client: PlainClient
    token: str = ""
    entity: str = ""
    accessors: dict[str, str] = field(default_factory=dict)
    _login: dict[str, str] = field(default_factory=dict)

    def text(self, role: str, layout: Layout = OURS) -> str:
        """A role's policy as `setup` writes it."""
        return policy_texts.render(role, layout, approle_accessor=self.accessors.get(layout.instance, "none"))

    def hold(self, *texts: str, metadata: dict[str, str] = MARKED) -> None:
        names = [f"held-{number}" for number in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            self.root("PUT", f"sys/policies/acl/{name}", {"policy": text})
        self.root("POST", f"identity/entity/id/{self.entity}", {"policies": names, "metadata": metadata})

    def ask(self, method: str, path: str, body: Any = None, *, wrap: str = "") -> tuple[int, Any]:
        """Ask with the token that holds the policies."""
        return self.client.ask(method, path, body, token=self.token, wrap=wrap)

    def root(self, method: str, path: str, body: Any = None) -> Any:
        return self.client.must(method, path, body)

    def log_in_anew(self) -> None:
        """The last token may have ended itself."""
        self.token = self.log_in("stage", **self._login)["client_token"]

    def log_in(self, mount: str, role_id: str, secret_id: str) -> Any:
        body = {"role_id": role_id, "secret_id": secret_id}
        return self.client.must("POST", f"auth/{mount}/login", body, token="")

    def values_read(self, token: str | None = None) -> set[str]:
        """Every way to a value that KV v2 knows, tried on all credentials of both instances: whose value came?"""
        answers = str(self.client.each([Asked("GET", path) for path in WAYS_TO_VALUES], token or self.token))
        return {name for name, value in VALUES.items() if value in answers}

    def add_subject(self) -> None:
        """The entity logs in at a mount of somebody else's, with a role that gives it nothing."""
        self.root("POST", "sys/auth/stage", {"type": "approle"})
        self.root("POST", "auth/stage/role/r", {"token_no_default_policy": True})
        role_id = self.root("GET", "auth/stage/role/r/role-id")["role_id"]
        self._login = {"role_id": role_id, "secret_id": self.root("POST", "auth/stage/role/r/secret-id")["secret_id"]}
        self.entity = self.root("POST", "identity/entity/name/stage-subject", {"metadata": MARKED})["id"]
        alias = {"name": role_id, "canonical_id": self.entity, "mount_accessor": self.accessor("stage")}
        self.root("POST", "identity/entity-alias", alias)
        self.log_in_anew()

    def accessor(self, auth_mount: str) -> str:
        return str(self.root("GET", f"sys/auth/{auth_mount}")["accessor"])


@contextmanager
def staged(binary: Binary, *, tls: bool = False, audit_log: bool = False) -> Iterator[Stage]:
    with DevVault(binary, tls=tls, audit_log=audit_log, hooks=QUICK) as server:
        stage = Stage(server, PlainClient(server))
        for layout in (OURS, THEIRS):
            set_up(server, layout)
            stage.accessors[layout.instance] = stage.accessor(layout.approle_mount)
        for name, value in VALUES.items():
            path = name.replace("/", "/data/credentials/")
            stage.root("POST", path, {"options": {"cas": 0}, "data": {"api_secret": value}})
        stage.add_subject()
        yield stage
        stage.client.close()


def set_up(server: DevVault, layout: Layout) -> None:
    with operator_door(server) as vault:
        provision.carry_out(vault, layout, provision.plan(provision.look(vault, layout), layout, adopt=True))


_STANZA = re.compile(r'^path "([^"]+)" \{\n  capabilities\s+= \[([^\]]*)\]', re.MULTILINE)


def stanzas(text: str) -> dict[str, set[str]]:
    """Path -> capabilities, as written."""
    return {match[1]: _words(match[2]) for match in _STANZA.finditer(text)}


def without(text: str, path: str, capability: str) -> str:
    """The policy with one capability of one stanza taken away."""

    def shortened(match: re.Match[str]) -> str:
        if match[1] != path:
            return match[0]
        left = ", ".join(f'"{word}"' for word in sorted(_words(match[2]) - {capability}))
        return match[0].replace(f"[{match[2]}]", f"[{left}]")

    return _STANZA.sub(shortened, text)


def _words(text: str) -> set[str]:
    return set(re.findall(r'"(\w+)"', text))
