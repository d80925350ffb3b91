"""Every finding of the audit, provoked on a real Vault and found in its real log; and an ordinary life without."""

from __future__ import annotations

import http.client
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

import vault_binance
from tests.contract.platforms import PAIR, Trusting, certificate
from tests.door import operator_door
from tests.support import QUICK
from vault_binance.errors import VaultBinanceError
from vault_binance.health.values import Severity
from vault_binance.layout import Layout
from vault_binance.ops import bots, kill_switch, policy_texts
from vault_binance.ops.audit.files import Input, blocks
from vault_binance.ops.audit.findings import BURST, KINDS, Watch
from vault_binance.ops.audit.lines import Tally, entries, words
from vault_binance.ops.audit.names_given import asked_of
from vault_binance.ops.audit.story import Story
from vault_binance.redacted import Redacted
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.provisioned import set_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from vault_binance.ops.audit.story import Event
    from vault_binance.testing.server_binary import Binary
    from vault_binance.vault.admin import HvacVault

ELSEWHERE = "127.0.0.2"
"""Loopback has many addresses."""


@pytest.fixture(scope="module")
def server(vault_binary: Binary) -> Iterator[DevVault]:
    with DevVault(vault_binary, audit_log=True, hooks=QUICK) as server:
        yield server


@dataclass
class Life:
    """An instance with the bot mm-1, and what the log has of it from here on."""

    trusting: Trusting
    folder: Path
    begins: int = 0
    bot: dict[str, str] = field(default_factory=dict)
    other_log: Path | None = None

    @property
    def layout(self) -> Layout:
        return self.trusting.layout

    @property
    def value(self) -> str:
        return self.layout.credential_path("market-maker")

    @property
    def role(self) -> str:
        return f"auth/{self.layout.approle_mount}/role/mm-1"

    @property
    def entity(self) -> str:
        return f"identity/entity/name/{self.layout.entity('mm-1')}"

    def root(self, method: str, path: str, body: Any = None) -> Any:
        return self.ask(method, path, body, token=self.trusting.server.root_token.reveal())

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "", source: str = "127.0.0.1") -> Any:
        address = urlsplit(self.trusting.server.address)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, source_address=(source, 0))
        try:
            content = json.dumps(body) if body is not None else None
            connection.request(method, f"/v1/{path}", content, {"X-Vault-Token": token} if token else {})
            text = connection.getresponse().read()
        finally:
            connection.close()
        return json.loads(text) if text else {}

    def token(self, *policies: str, **settings: Any) -> str:
        body = {"policies": [*policies], "no_default_policy": True, "ttl": "1h", **settings}
        return str(self.root("POST", "auth/token/create", body)["auth"]["client_token"])

    def login(self, secret_id: str = "", source: str = "127.0.0.1") -> str:
        body = {"role_id": self.bot["VAULT_BINANCE_ROLE_ID"], "secret_id": secret_id or self.trusting.secret_id("mm-1")}
        made = self.ask("POST", f"auth/{self.layout.approle_mount}/login", body, source=source)
        return str(made["auth"]["client_token"])

    def operator(self, token: str) -> AbstractContextManager[HvacVault]:
        return operator_door(self.trusting.server, Redacted(token))

    def told(self, **settings: Any) -> list[tuple[Event, tuple[str, ...]]]:
        log = self.other_log or self.trusting.server.audit_log
        assert log is not None
        part = self.folder / "part.log"
        part.write_bytes(log.read_bytes()[0 if self.other_log else self.begins :])
        tally, read, watch = Tally(), Input(str(part)), Watch(self.layout)
        story = Story(self.layout, tally, **settings)
        events = story.events(entries(blocks(read), words(self.layout), read, tally))
        assert (tally.not_understood, tally.cut) == (0, 0)
        return [(event, watch.look(event)) for event in events]

    def found(self) -> set[str]:
        return {finding for _, findings in self.told() for finding in findings}


@pytest.fixture
def life(server: DevVault, tmp_path: Path) -> Life:
    begins = server.audit_log.stat().st_size
    life = Life(Trusting.at(server), tmp_path, begins)
    life.bot = life.trusting.bot("mm-1")
    return life


def root_used(life: Life) -> None:
    life.root("POST", life.value, {"data": PAIR, "options": {"cas": 1}})


def root_generated(life: Life) -> None:
    life.ask("PUT", "sys/generate-root/attempt", {})
    life.ask("DELETE", "sys/generate-root/attempt")


def secrets_in_log(life: Life) -> None:
    life.other_log = life.folder / "raw.log"
    options = {"file_path": str(life.other_log), "log_raw": "true"}
    life.root("PUT", "sys/audit/raw", {"type": "file", "options": options})
    life.root("GET", life.value)
    life.root("DELETE", "sys/audit/raw")


def not_its_bot(life: Life) -> None:
    policy = life.layout.policy("wide")
    life.root(
        "PUT",
        f"sys/policies/acl/{policy}",
        {"policy": f'path "{life.layout.kv_mount}/*" {{ capabilities = ["read"] }}'},
    )
    life.ask("GET", life.value, token=life.token(policy))


def two_credentials(life: Life) -> None:
    token = life.login()
    life.ask("GET", life.value, token=token)
    life.root("POST", life.layout.credential_path("arb"), {"data": PAIR, "options": {"cas": 0}})
    repoint(life, life.entity)
    life.ask("GET", life.layout.credential_path("arb"), token=token)


def repoint(life: Life, path: str) -> None:
    metadata = {"managed_by": life.layout.managed_by, "binance_bot": "mm-1", "binance_credential": "arb"}
    life.root("POST", path, {"metadata": metadata})


def not_its_credential(life: Life) -> None:
    life.ask("GET", life.layout.credential_path("arb"), token=life.login())


def used_after_suspend(life: Life) -> None:
    entity = life.root("GET", life.entity)["data"]["id"]
    life.root("POST", life.entity, {"disabled": True})
    life.root("POST", f"identity/entity/id/{entity}", {"disabled": False})
    life.ask("GET", life.value, token=life.login())


def unwrap_refused(life: Life) -> None:
    token = life.trusting.wrapped_secret_id("mm-1")
    for _ in range(2):
        life.ask("POST", "sys/wrapping/unwrap", token=token)


def opened_elsewhere(life: Life) -> None:
    token = life.trusting.wrapped_secret_id("mm-1")
    opened = life.ask("POST", "sys/wrapping/unwrap", token=token, source=ELSEWHERE)
    life.login(opened["data"]["secret_id"])


def second_factor(life: Life) -> str:
    method = life.root("POST", "identity/mfa/method/totp", {"issuer": life.layout.managed_by})["data"]["method_id"]
    entity = life.root("GET", life.entity)["data"]["id"]
    body = {"mfa_method_ids": [method], "identity_entity_ids": [entity]}
    life.root("POST", f"identity/mfa/login-enforcement/{life.layout.enforcement}", body)
    life.root("POST", "identity/mfa/method/totp/admin-destroy", {"method_id": method, "entity_id": entity})
    return str(method)


def second_factor_dropped(life: Life) -> None:
    second_factor(life)
    life.root("DELETE", f"identity/mfa/login-enforcement/{life.layout.enforcement}")


def transit(life: Life, *requests: tuple[str, str, Any]) -> None:
    life.root("POST", f"sys/mounts/{life.layout.transit_mount}", {"type": "transit"})
    life.root("POST", f"{life.layout.transit_mount}/keys/arb", {"type": "ed25519"})
    for method, path, body in requests:
        life.root(method, f"{life.layout.transit_mount}/{path}", body)


def audit_devices(life: Life) -> None:
    options = {"file_path": str(life.folder / "two.log")}
    life.root("PUT", "sys/audit/two", {"type": "file", "options": options})
    life.root("DELETE", "sys/audit/two")


def suspended_secret_id(life: Life) -> None:
    life.root("POST", life.entity, {"disabled": True})
    life.trusting.wrapped_secret_id("mm-1")


def refused_after_suspend(life: Life) -> None:
    token = life.login()
    life.root("POST", life.entity, {"disabled": True})
    life.ask("GET", life.value, token=token)


def denials(life: Life) -> None:
    token = life.token("default")
    for _ in range(BURST):
        life.ask("GET", life.value, token=token)


def long_token(life: Life) -> None:
    token = life.token(life.layout.policy("writer"), ttl="72h")
    life.ask("POST", life.value, {"data": PAIR, "options": {"cas": 1}}, token=token)


def new_address(life: Life) -> None:
    life.login()
    life.login(source=ELSEWHERE)


def pinned(life: Life) -> None:
    life.root("POST", f"auth/{life.layout.cert_mount}/certs/mm-1", {"certificate": certificate(life.folder, "mm-1")})


def by_id(life: Life) -> None:
    life.root("POST", f"identity/entity/id/{life.root('GET', life.entity)['data']['id']}", {"metadata": {"a": "b"}})
    repoint(life, "identity/entity")


def metadata(life: Life, body: Any) -> None:
    life.root("POST", f"{life.layout.kv_mount}/metadata/credentials/market-maker", body)


def overwritten(life: Life) -> None:
    """In a log that begins after the bot was made."""
    log = life.trusting.server.audit_log
    assert log is not None
    life.begins = log.stat().st_size
    repoint(life, life.entity)


PROVOKED: dict[str, Callable[[Life], object]] = {
    "root-used": root_used,
    "root-generated": root_generated,
    "secrets-in-log": secrets_in_log,
    "not-its-bot": not_its_bot,
    "two-credentials": two_credentials,
    "not-its-credential": not_its_credential,
    "used-after-suspend": used_after_suspend,
    "unwrap-refused": unwrap_refused,
    "opened-elsewhere": opened_elsewhere,
    "secret-id-unwrapped": lambda life: life.root("POST", f"{life.role}/secret-id", {}),
    "bot-repointed": lambda life: repoint(life, life.entity),
    "entity-policies": lambda life: life.root("POST", life.entity, {"policies": ["default"]}),
    "history-shortened": lambda life: metadata(life, {"max_versions": 1}),
    "key-exposed": lambda life: transit(life, ("POST", "keys/arb/config", {"exportable": True})),
    "audit-ended": audit_devices,
    "second-factor-dropped": second_factor_dropped,
    "mount-ended": lambda life: life.root("DELETE", f"sys/auth/{life.layout.cert_mount}"),
    "policy-changed": lambda life: life.root("PUT", f"sys/policies/acl/{life.layout.policy('reader')}", {"policy": ""}),
    "bot-overwritten": overwritten,
    "entity-changed": by_id,
    "secret-id-suspended": suspended_secret_id,
    "role-changed": lambda life: life.root("POST", life.role, {"token_bound_cidrs": []}),
    "role-part-changed": lambda life: life.root("POST", f"{life.role}/token-ttl", {"token_ttl": "1h"}),
    "certificate-pinned": pinned,
    "group-changed": lambda life: life.root("POST", f"identity/group/name/{life.layout.group('writer')}", {}),
    "second-factor-changed": second_factor,
    "value-asked": lambda life: life.ask("GET", life.value, token=life.token("default")),
    "store-configured": lambda life: life.root("POST", f"{life.layout.kv_mount}/config", {"max_versions": 1}),
    "mount-tuned": lambda life: life.root("POST", f"sys/mounts/{life.layout.kv_mount}/tune", {"description": "x"}),
    "long-token": long_token,
    "denials": denials,
    "unwrap-unknown": lambda life: life.ask("POST", "sys/wrapping/lookup", {"token": "hvs.of-somebody"}),
    "refused-after-suspend": refused_after_suspend,
    "new-address": new_address,
    "secret-id-made": lambda life: life.trusting.wrapped_secret_id("mm-1"),
    "login-tied": lambda life: None,  # making the bot did it
    "audit-enabled": audit_devices,
}


def test_each_finding_is_provoked() -> None:
    assert PROVOKED.keys() == KINDS.keys()


@pytest.mark.parametrize("finding", PROVOKED)
def test_it_is_found_in_a_real_log(finding: str, life: Life) -> None:
    PROVOKED[finding](life)
    assert finding in life.found()


def test_a_person_whose_entity_carries_our_readers_policy_is_no_bot(life: Life) -> None:
    """Whoever may write any entity has every credential so; no other team's login carries our policy by itself."""
    life.root("POST", "sys/auth/people", {"type": "userpass"})
    life.root("POST", "auth/people/users/zed", {"password": "p"})
    made = {"policies": [life.layout.policy("reader")], "metadata": {"binance_credential": "*"}}
    entity = life.root("POST", "identity/entity", {"name": "zed", **made})["data"]["id"]
    accessor = life.root("GET", "sys/auth")["people/"]["accessor"]
    alias = {"name": "zed", "canonical_id": entity, "mount_accessor": accessor}
    life.root("POST", "identity/entity-alias", alias)
    token = life.ask("POST", "auth/people/login/zed", {"password": "p"})["auth"]["client_token"]
    life.ask("GET", life.value, token=token)
    life.root("DELETE", "sys/auth/people")
    life.root("DELETE", f"identity/entity/id/{entity}")
    (found,) = (findings for event, findings in life.told() if event.who == "people-zed" and event.action == "read")
    assert "not-its-bot" in found


@pytest.mark.parametrize(
    ("finding", "provoke"),
    [
        ("key-exposed", lambda life: transit(life, ("POST", "keys/arb/config", {"exportable": "true"}))),
        ("key-exposed", lambda life: transit(life, ("POST", "keys/new", {"type": "ed25519", "exportable": True}))),
        ("bot-repointed", lambda life: life.root("POST", life.entity, {"metadata": "binance_credential=arb"})),
        ("bot-repointed", lambda life: life.root("POST", life.entity, {"metadata": ["binance_credential=arb"]})),
        (
            "bot-repointed",
            lambda life: life.root("POST", life.entity, {"metadata": {"binance_credential": "arb", "removed": "x"}}),
        ),
    ],
)
def test_so_is_what_vaults_own_command_sends_as_text_or_hides_elsewhere(
    finding: str, provoke: Callable[[Life], object], life: Life
) -> None:
    provoke(life)
    assert finding in life.found()


@pytest.mark.parametrize("request_", [("GET", "export/signing-key/arb", None), ("GET", "backup/arb", None)])
def test_a_signing_key_that_leaves_vault_is_found(request_: tuple[str, str, Any], life: Life) -> None:
    exposing = {"exportable": True, "allow_plaintext_backup": True}
    transit(life, ("POST", "keys/arb/config", exposing), request_)
    assert [findings for _, findings in life.told()][-1][:1] == ("root-used",)
    assert "key-exposed" in [findings for _, findings in life.told()][-1]


def test_an_ordinary_life_has_nothing_grave(server: DevVault, tmp_path: Path) -> None:
    """Set up, stored, made, lent, suspended, allowed, revoked and removed, each with the role that is for it."""
    trusting = Trusting(server, layout := Layout("quiet"))
    life = Life(trusting, tmp_path, server.audit_log.stat().st_size)
    life.root("PUT", "sys/policies/acl/team-admin", {"policy": policy_texts.render("setup", layout)})
    with life.operator(life.token("team-admin")) as vault:
        set_up(vault, layout)
    roles = {role: life.token(layout.policy(role)) for role in ("writer", "provisioner", "issuer")}
    with life.operator(roles["writer"]) as vault:
        vault.write_secret(layout.kv_mount, layout.credential("market-maker"), PAIR, cas=0)
    with life.operator(roles["provisioner"]) as vault:
        made = bots.add(vault, layout, "mm-1", "market-maker")
    with life.operator(roles["issuer"]) as vault:
        wrapped = bots.secret_id(vault, layout, "mm-1", wrap_ttl=300).token.reveal()
    environ = {**trusting.environ, "VAULT_BINANCE_BOT": "mm-1", "VAULT_BINANCE_ROLE_ID": made.role_id}
    with vault_binance.borrow(environ={**environ, "VAULT_BINANCE_WRAPPED_SECRET_ID": wrapped}) as credentials:
        assert credentials.version == 1
    with life.operator(roles["provisioner"]) as vault:
        kill_switch.suspend(vault, layout, "mm-1")
        kill_switch.allow(vault, layout, "mm-1")
        kill_switch.revoke(vault, layout, "mm-1")
        kill_switch.remove(vault, layout, "mm-1", now="2026-11-26T12:00:00Z")
    with life.operator(life.token(layout.policy("auditor"))) as vault:
        names = asked_of(vault, layout)
    told = life.told(bots=names)
    assert [(event.who, event.action) for event, _ in told if event.action == "read"] == [("mm-1", "read")]
    assert {event.action for event, _ in told} >= {
        "write policy",
        "store",
        "make bot",
        "unwrap",
        "suspend",
        "delete role",
    }
    grave = [(event, found) for event, found in told if any(KINDS[one].severity is Severity.HIGH for one in found)]
    assert grave == []


def test_an_id_of_a_former_life_still_has_its_bots_name(life: Life) -> None:
    before = life.root("GET", life.entity)["data"]["id"]
    with life.trusting.operator() as vault:
        kill_switch.remove(vault, life.layout, "mm-1", now="2026-11-26T12:00:00Z")
        assert asked_of(vault, life.layout)[before] == "mm-1"


def test_a_bot_that_is_there_keeps_its_name_whatever_another_claims(life: Life) -> None:
    """Whoever provisions may write metadata, and so the id of another bot for a former one of their own."""
    live = life.root("GET", life.entity)["data"]["id"]
    metadata = {"managed_by": life.layout.managed_by, "former_ids": live}
    name = f"identity/entity/name/{life.layout.entity('zz-1')}"
    life.root("POST", name, {"metadata": metadata})
    with life.trusting.operator() as vault:
        assert asked_of(vault, life.layout)[live] == "mm-1"
    life.root("DELETE", name)


def test_a_bot_that_is_refused_leaves_its_name(life: Life) -> None:
    with life.trusting.operator() as vault:
        kill_switch.suspend(vault, life.layout, "mm-1")
    with (
        suppress(VaultBinanceError),
        vault_binance.borrow(environ={**life.bot, "VAULT_BINANCE_SECRET_ID": life.trusting.secret_id("mm-1")}),
    ):
        pass
    event, _ = life.told()[-1]
    assert (event.action, event.allowed) == ("log in", False)
