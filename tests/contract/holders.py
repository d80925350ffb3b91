"""Whoever holds a role, logged in as it would be: bots by AppRole, people by userpass with their second factor.

Rules of the file
- Roles of people come from our identity groups alone: the login itself gives nothing but the default policy.
- What `setup` has made is taken as it is; what an older structure lacks is added here by root.
- Beside both instances there is what other teams have: an entity with every right, mounts, a Transit key, a lease.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.contract.plain_client import Asked
from tests.contract.policy_uses import ROLES
from tests.contract.roles import BOT, CREDENTIAL, MARKED, OURS, THEIRS, Stage
from tests.contract.test_policies import rows
from tests.door import operator_door
from tests.people import KNOWN, PASSWORD
from vault_binance.layout import OPERATOR_ROLES
from vault_binance.ops import bots
from vault_binance.redacted import Redacted
from vault_binance.totp import Authenticator

if TYPE_CHECKING:
    from vault_binance.layout import Layout

SIGNING_BOT, OTHER_BOT, OTHER = "bot-signs", "bot-2", "market-maker-2"
EVERYTHING = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }'
LENT = {BOT: CREDENTIAL, SIGNING_BOT: CREDENTIAL, OTHER_BOT: OTHER}
"""Bot -> credential, in both instances."""
BOTS = {"reader": BOT, "signer": SIGNING_BOT}
"""Role -> the bot that has it."""


@dataclass
class Person:
    """Somebody who is in our group of one role. `otpauth` is what their telephone was shown."""

    name: str
    entity: str
    otpauth: str = ""


@dataclass
class Holders:
    """`names` are what the server chose, by the words that requests use for them."""

    stage: Stage
    tokens: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def root(self, method: str, path: str, body: Any = None) -> Any:
        return self.stage.root(method, path, body)

    # People

    def enrol(self, layout: Layout, role: str, person: Person) -> None:
        """A member of the role's group, once the second factor is theirs."""
        self.names["method"] = method = second_factor(self.stage, layout)
        body = {"method_id": method, "entity_id": person.entity}
        person.otpauth = self.root("POST", "identity/mfa/method/totp/admin-generate", body)["url"]
        group = f"identity/group/name/{layout.group(role)}"
        members = self.root("GET", group)["member_entity_ids"] or []
        self.root("POST", group, {"member_entity_ids": [*members, person.entity]})
        self.names[person.name] = person.entity

    def person(self, name: str, mount: str) -> Person:
        """Somebody with an entity of their own, who logs in under this name."""
        entity = self.root("POST", f"identity/entity/name/{name}")["id"]
        alias = {"name": name, "canonical_id": entity, "mount_accessor": self.stage.accessor(mount)}
        self.root("POST", "identity/entity-alias", alias)
        return Person(name, entity)

    def by_password(self, person: Person) -> Any:
        return self._with_second(person, f"auth/userpass/login/{person.name}", {"password": PASSWORD})

    def by_jwt(self, person: Person, jwt: str) -> Any:
        return self._with_second(person, "auth/jwt/login", {"role": "people", "jwt": jwt})

    def _with_second(self, person: Person, path: str, body: dict[str, str]) -> Any:
        """Both factors; what the first alone gives is no token."""
        first = self.stage.client.must("POST", path, body, token="")
        assert first["client_token"] == ""
        wanted = first["mfa_requirement"]
        (constraint,) = wanted["mfa_constraints"].values()
        payload = {constraint["any"][0]["id"]: [Authenticator.from_address(Redacted(person.otpauth)).code(time.time())]}
        validated = {"mfa_request_id": wanted["mfa_request_id"], "mfa_payload": payload}
        return self.stage.client.must("POST", "sys/mfa/validate", validated, token="")

    def words(self, role: str) -> dict[str, str]:
        """`names`, and what whoever holds the role would put in of its own."""
        return self.names | self.own(self.entity(self.tokens[role]))

    def own(self, entity: Any) -> dict[str, str]:
        return {"own": entity["id"], "own-name": entity["name"], "own-alias": entity["aliases"][0]["id"]}

    def entity(self, token: str) -> Any:
        entity = self.stage.client.must("GET", "auth/token/lookup-self", token=token)["entity_id"]
        return self.root("GET", f"identity/entity/id/{entity}")

    # Bots

    def logged_in(self, bot: str) -> Any:
        """The bot's own next login."""
        path = f"{ROLES}/{bot}"
        role_id = self.root("GET", f"{path}/role-id")["role_id"]
        return self.stage.log_in(OURS.approle_mount, role_id, self.root("POST", f"{path}/secret-id")["secret_id"])

    def alias(self, bot: str, entity: str) -> dict[str, str]:
        """Ties the bot's login to the entity."""
        role_id = self.root("GET", f"{ROLES}/{bot}/role-id")["role_id"]
        return {"name": role_id, "canonical_id": entity, "mount_accessor": self.names["accessor"]}

    def as_it_was(self) -> None:
        """The bots again as `bot add` makes them."""
        for bot, credential in LENT.items():
            marked = MARKED | {"binance_bot": bot, "binance_credential": credential}
            entity = f"identity/entity/name/{OURS.entity(bot)}"
            self.root("POST", entity, {"metadata": marked, "disabled": False})
            policy = OURS.policy("signer" if bot == SIGNING_BOT else "reader")
            self.root("POST", f"{ROLES}/{bot}", bots.role_settings(OURS, []) | {"token_policies": [policy]})
            self.root("POST", "identity/entity-alias", self.alias(bot, self.root("GET", entity)["id"]))

    # What they do

    def ask(self, role: str, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        return self.stage.client.ask(method, path, body, token=self.tokens[role], **more)

    def done(self, role: str, method: str, path: str, body: Any = None, **more: Any) -> Any:
        status, answer = self.ask(role, method, path, body, **more)
        assert status < 300, (status, role, method, path, answer)
        return answer

    def minted(self, bot: str) -> str:
        """A SecretID, by the issuer's right and the wrapping token's own."""
        wrapped = self.done("issuer", "POST", f"{ROLES}/{bot}/secret-id", {}, wrap="5m")
        return str(self.done("issuer", "POST", "sys/wrapping/unwrap", {"token": wrapped["token"]})["secret_id"])

    def known_role_ids(self, role: str) -> set[str]:
        """The bots whose RoleID whoever holds the role can see: all that it may read is read."""
        own = self.words(role)["own"]
        paths = [path for path, cells in rows().items() if cells[role] & {"read", "list"}]
        named = {path.replace(BOT, bot).replace("<own>", own) for path in paths for bot in LENT}
        asked = [Asked("LIST" if path.endswith("/") else "GET", path.rstrip("/")) for path in sorted(named)]
        seen = str(self.stage.client.each(asked, self.tokens[role]))
        return {bot for bot in LENT if self.root("GET", f"{ROLES}/{bot}/role-id")["role_id"] in seen}


def second_factor(stage: Stage, layout: Layout) -> str:
    """The id of our TOTP method; method, groups and enforcement are made where `setup` did not."""
    path = f"identity/mfa/login-enforcement/{layout.enforcement}"
    status, found = stage.client.ask("GET", path)
    if status == 200:
        return str(found["mfa_method_ids"][0])
    made = {"issuer": layout.managed_by, "period": 30, "algorithm": "SHA1", "digits": 6}
    method = str(stage.root("POST", "identity/mfa/method/totp", made)["method_id"])
    mark = {"managed_by": layout.managed_by, "second_factor": "totp"}
    ids = [_group(stage, layout, role, mark) for role in OPERATOR_ROLES]
    stage.root("POST", path, {"mfa_method_ids": [method], "identity_group_ids": ids})
    return method


def _group(stage: Stage, layout: Layout, role: str, mark: dict[str, str]) -> str:
    path = f"identity/group/name/{layout.group(role)}"
    stage.root("POST", path, {"policies": [layout.policy(role)], "metadata": mark})
    return str(stage.root("GET", path)["id"])


def furnished(stage: Stage) -> Holders:
    """The stage with bots and keys in both instances, people in our groups, other teams; everybody logged in."""
    holders = Holders(stage)
    _furnish_instances(holders)
    _furnish_others(holders)
    for role in BOTS:
        holders.tokens[role] = holders.logged_in(BOTS[role])["client_token"]
    for role in OPERATOR_ROLES:
        person = holders.people[role] = holders.person(f"{role}-person", "userpass")
        holders.root("POST", f"auth/userpass/users/{person.name}", KNOWN)
        holders.enrol(OURS, role, person)
        holders.tokens[role] = holders.by_password(person)["client_token"]
    return holders


def _furnish_instances(holders: Holders) -> None:
    stage, root = holders.stage, holders.root
    for layout in (OURS, THEIRS):
        if stage.client.ask("GET", f"sys/mounts/{layout.transit_mount}")[0] != 200:
            root("POST", f"sys/mounts/{layout.transit_mount}", {"type": "transit"})
        for name in (CREDENTIAL, OTHER):
            root("POST", f"{layout.transit_mount}/keys/{name}", {"type": "ed25519"})
        with operator_door(stage.server) as vault:
            for bot, credential in LENT.items():
                bots.add(vault, layout, bot, credential)
        role = f"auth/{layout.approle_mount}/role/{SIGNING_BOT}"
        root("POST", role, {"token_policies": [layout.policy("signer")]})
    root("POST", f"{OURS.kv_mount}/data/pending/kept", {"options": {"cas": 0}, "data": {"private_key": "half-made"}})
    root("POST", f"{OURS.kv_mount}/data/reports/{OTHER_BOT}", {"options": {"cas": 0}, "data": {"v": "findings"}})
    minted = root("POST", f"auth/{OURS.approle_mount}/role/{OTHER_BOT}/secret-id")
    holders.names |= {
        "accessor": stage.accessors[OURS.instance],
        "other-bot": root("GET", f"identity/entity/name/{OURS.entity(OTHER_BOT)}")["id"],
        "their-bot": root("GET", f"identity/entity/name/{THEIRS.entity(BOT)}")["id"],
        "other-role-id": root("GET", f"auth/{OURS.approle_mount}/role/{OTHER_BOT}/role-id")["role_id"],
        "other-secret-id": minted["secret_id"],
        "other-secret-id-accessor": minted["secret_id_accessor"],
    }


def _furnish_others(holders: Holders) -> None:
    stage, root = holders.stage, holders.root
    root("PUT", "sys/policies/acl/everything", {"policy": EVERYTHING})
    alice = root("POST", "identity/entity/name/alice", {"policies": ["everything"]})["id"]
    root("POST", "sys/auth/userpass", {"type": "userpass"})
    root("POST", "auth/userpass/users/alice", KNOWN)
    alias = {"name": "alice", "canonical_id": alice, "mount_accessor": stage.accessor("userpass")}
    root("POST", "identity/entity-alias", alias)
    root("POST", "sys/auth/approle", {"type": "approle"})
    root("POST", "auth/approle/role/shared", {"token_policies": ["everything"]})
    root("POST", "sys/mounts/team", {"type": "kv", "options": {"version": "2"}})
    root("POST", "team/data/credentials/market-maker-1", {"data": {"v": "of-a-team"}})
    leased = {"type": "kv", "options": {"version": "1", "leased_passthrough": "true"}}
    root("POST", "sys/mounts/leased", leased)
    root("POST", "leased/old", {"ttl": "1h", "v": "leased-value"})
    group = root("POST", "identity/group", {"name": "admins", "policies": ["everything"]})["id"]
    holders.names["lease"] = stage.server.call("GET", "leased/old")[1]["lease_id"]
    holders.names |= {"alice": alice, "admins": group, "userpass": stage.accessor("userpass")}
    holders.names["their-token"] = root("POST", "auth/token/create", {"policies": ["everything"]})["client_token"]
