"""What hangs on parameters, on wrapping and on an entity's metadata: asked for in earnest, on a real Vault.

Rules of the file
- A refusal is 403 and nothing else, and is not the server's own opinion: root may do the same, or could.
- What Vault does with a strange name is written down as a fact, beside our rule that refuses the name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.policy_uses import CERTS, KV, ROLES, TRANSIT
from tests.contract.roles import BOT, CREDENTIAL, MARKED, OURS, THEIRS, VALUES, Stage, staged, stanzas
from tests.door import operator_door
from vault_binance.errors import ConfigError
from vault_binance.layout import POLICIES, Layout
from vault_binance.ops import bots, enroll
from vault_binance.policy.text import parse_policy
from vault_binance.redacted import Redacted
from vault_binance.vault.certificates import new_certificate

OTHER = "market-maker-2"
ENTITIES, ALIASES = "identity/entity/name", "identity/entity-alias"
SETTINGS = {"custom_metadata": {"owner": "desk-a"}}
AUTH_MOUNTS = (OURS.approle_mount, OURS.cert_mount)
MOUNT_PATHS = (f"sys/mounts/{KV}", f"sys/mounts/{TRANSIT}", *(f"sys/auth/{mount}" for mount in AUTH_MOUNTS))
IN_CLEAR = {"audit_non_hmac_response_keys": ["data"]}
"""The audit log would show every credential that is read (measured on 1.21.1)."""
PINNED = enroll.role_settings(OURS, new_certificate(BOT, days=1, now=datetime.now(UTC))[1], ())
"""What `bot enroll` writes: no role of ours may."""
WRITER = OURS.policy("writer")
WRONG_GROUPS: tuple[dict[str, Any], ...] = (
    {"policies": ["everything"]},
    {"policies": [WRITER, "everything"]},
    {"policies": f"{WRITER},everything"},
    {"policies": []},
    {"policies": [WRITER], "member_entity_ids": ["alice"]},
    {"policies": [WRITER], "member_group_ids": ["admins"]},
    {"policies": [WRITER], "name": "admins"},
    {"policies": [WRITER], "type": "external"},
    {"policies": [WRITER], "metadata": {"managed_by": THEIRS.managed_by, "second_factor": "idp"}},
    {"policies": [WRITER], "metadata": {"managed_by": OURS.managed_by}},
)
WRONG_METHODS: tuple[dict[str, Any], ...] = (
    {"issuer": THEIRS.managed_by},
    {"issuer": ""},
    {"issuer": OURS.managed_by, "algorithm": "SHA512"},
    {"issuer": OURS.managed_by, "skew": 0},
    {"issuer": OURS.managed_by, "method_id": "an-id"},
)
TOO_MANY: tuple[dict[str, Any], ...] = (
    {"auth_method_types": ["userpass"]},
    {"auth_method_types": "userpass"},
    {"auth_method_accessors": ["auth_userpass_1"]},
    {"identity_entity_ids": ["alice"]},
)
"""What an enforcement may not name: a whole mount of everybody's, or one person."""
NOTHING: tuple[object, ...] = ("", [])
"""What passes every list of allowed values in Vault unless it is denied (measured on 1.21.1)."""


@dataclass
class Names:
    """What requests name and the server chose."""

    alice: str
    """An entity of somebody else's, with rights of its own."""
    their_bot: str
    approle: str
    cert: str
    shared: str


@pytest.fixture(scope="module")
def stage(vault_binary):
    with staged(vault_binary) as made:
        yield made


@pytest.fixture(scope="module")
def names(stage: Stage) -> Names:
    root = stage.root
    with operator_door(stage.server) as vault:
        bots.add(vault, OURS, BOT, CREDENTIAL)
        theirs = bots.add(vault, THEIRS, BOT, CREDENTIAL)
    root("PUT", "sys/policies/acl/everything", {"policy": 'path "*" { capabilities = ["read"] }'})
    root("POST", "sys/auth/approle", {"type": "approle"})
    root("POST", "auth/approle/role/shared")
    root("POST", f"{KV}/data/reports/bot-2", {"options": {"cas": 0}, "data": {"v": "findings"}})
    return Names(
        alice=root("POST", f"{ENTITIES}/alice", {"policies": ["everything"]})["id"],
        their_bot=theirs.entity_id,
        approle=stage.accessors[OURS.instance],
        cert=stage.accessor(OURS.cert_mount),
        shared=stage.accessor("approle"),
    )


def reader(_: Names) -> list[tuple[Any, ...]]:
    mine, other = f"{KV}/data/credentials/{CREDENTIAL}", f"{KV}/data/credentials/{OTHER}"
    return [
        ("GET", other),
        ("GET", f"{other}?version=1"),
        ("GET", f"{KV}/metadata/credentials/{CREDENTIAL}"),
        ("GET", f"{KV}/subkeys/credentials/{CREDENTIAL}"),
        ("LIST", f"{KV}/metadata/credentials"),
        ("LIST", f"{KV}/metadata"),
        ("POST", mine, {"options": {"cas": 1}, "data": {"v": "changed"}}),
        ("PATCH", mine, {"options": {"cas": 1}, "data": {"v": "changed"}}),
        ("DELETE", mine),
        ("POST", f"{KV}/destroy/credentials/{CREDENTIAL}", {"versions": [1]}),
        ("GET", f"{KV}/data/reports/bot-2"),
        ("POST", f"{KV}/data/reports/bot-2", {"options": {"cas": 1}, "data": {"v": "changed"}}),
        ("GET", f"{THEIRS.kv_mount}/data/credentials/{CREDENTIAL}"),
        ("POST", "auth/token/create", {}),
        ("GET", f"{ENTITIES}/{OURS.entity(BOT)}"),
    ]


def signer(_: Names) -> list[tuple[Any, ...]]:
    return [
        ("GET", f"{KV}/data/credentials/{CREDENTIAL}"),
        ("GET", f"{TRANSIT}/keys/{CREDENTIAL}"),
        ("GET", f"{TRANSIT}/export/signing-key/{CREDENTIAL}"),
        ("GET", f"{TRANSIT}/backup/{CREDENTIAL}"),
        ("POST", f"{TRANSIT}/sign/{OTHER}", {"input": "aGVsbG8="}),
        ("POST", f"{TRANSIT}/keys/{CREDENTIAL}/config", {"exportable": True}),
        ("POST", f"{TRANSIT}/keys/{CREDENTIAL}/rotate"),
        ("DELETE", f"{TRANSIT}/keys/{CREDENTIAL}"),
    ]


def writer(_: Names) -> list[tuple[Any, ...]]:
    data, metadata = f"{KV}/data/credentials/{CREDENTIAL}", f"{KV}/metadata/credentials/{CREDENTIAL}"
    shortening = (
        {"max_versions": 1},
        {"cas_required": False},
        {"delete_version_after": "1s"},
        {"max_versions": 1, **SETTINGS},
        {"Max_Versions": 1},
    )
    return [
        ("GET", data),
        ("GET", f"{data}?version=1"),
        ("GET", f"{KV}/subkeys/credentials/{CREDENTIAL}"),
        ("PATCH", data, {"options": {"cas": 1}, "data": {"v": "changed"}}),
        ("DELETE", data),
        ("DELETE", metadata),
        ("POST", metadata, SETTINGS),
        *((method, metadata, body) for method in ("POST", "PATCH") for body in shortening),
        ("POST", f"{KV}/config", {"max_versions": 1}),
        ("POST", f"{KV}/destroy/reports/bot-2", {"versions": [1]}),
        ("GET", f"{KV}/data/pending/..%2fcredentials%2f{CREDENTIAL}"),
        ("POST", f"{THEIRS.kv_mount}/data/credentials/{CREDENTIAL}", {"options": {"cas": 1}, "data": {"v": "changed"}}),
    ]


def issuer(_: Names) -> list[tuple[Any, ...]]:
    mint = f"{ROLES}/{BOT}/secret-id"
    return [
        ("POST", mint, {}),
        ("POST", mint, {}, "0s"),
        ("POST", mint, {}, "25h"),
        ("LIST", mint),
        ("POST", f"{mint}/lookup", {"secret_id": "x"}, "5m"),
        ("POST", f"{ROLES}/{BOT}/custom-secret-id", {"secret_id": "chosen"}, "5m"),
        ("GET", f"{ROLES}/{BOT}/role-id"),
        ("GET", f"{ROLES}/{BOT}"),
        ("POST", f"{ROLES}/{BOT}", {"token_policies": ["binance-reader"]}),
        ("GET", f"{ENTITIES}/{OURS.entity(BOT)}"),
        ("GET", f"{CERTS}/{BOT}"),
        ("POST", f"{CERTS}/{BOT}", PINNED),
        ("DELETE", f"{CERTS}/{BOT}"),
        ("POST", f"auth/{THEIRS.approle_mount}/role/{BOT}/secret-id", {}, "5m"),
        ("POST", "auth/approle/role/shared/secret-id", {}, "5m"),
    ]


def provisioner(names: Names) -> list[tuple[Any, ...]]:
    entity, role, mint = f"{ENTITIES}/{OURS.entity(BOT)}", f"{ROLES}/{BOT}", f"{ROLES}/{BOT}/secret-id"
    alias = {"name": "x", "canonical_id": names.alice, "mount_accessor": names.approle}
    settings: tuple[dict[str, Any], ...] = (
        {"token_policies": ["binance-writer"]},
        {"token_policies": ["binance-reader", "root"]},
        {"token_policies": "binance-reader,root"},
        {"token_policies": "binance-reader, binance-writer"},
        {"token_policies": [THEIRS.policy("reader")]},
        {"Token_Policies": ["root"]},
        {"policies": ["binance-reader"]},
        {"bind_secret_id": False},
        {"local_secret_ids": True},
        {"role_id": "chosen"},
        {"token_no_default_policy": False},
        {"token_type": "batch"},
        {"token_type": "default-batch"},
        *({name: ""} for name in ("token_policies", "token_no_default_policy", "token_type")),
        {"token_policies": []},
        {"token_period": "1h"},
        {"token_num_uses": 0},
        {"token_explicit_max_ttl": "1h"},
        {"period": "1h"},
    )
    return [
        ("POST", entity, {"policies": ["everything"]}),
        ("POST", entity, {"policies": []}),
        ("POST", entity, {"Policies": ["everything"], "disabled": False}),
        ("POST", f"{ENTITIES}/binance-new", {"id": names.alice, "metadata": {}}),
        ("POST", f"{ENTITIES}/binance-new", {"id": names.their_bot, "disabled": True}),
        ("POST", f"{ENTITIES}/binance-new", {"ID": names.alice}),
        ("POST", entity, {"name": "alice"}),
        *((method, f"{ENTITIES}/alice", {"disabled": True}) for method in ("GET", "POST", "DELETE")),
        *((method, f"{ENTITIES}/{THEIRS.entity(BOT)}", {"disabled": True}) for method in ("GET", "POST", "DELETE")),
        ("POST", "identity/entity", {"name": "binance-new"}),
        ("POST", f"identity/entity/id/{names.alice}", {"disabled": True}),
        ("POST", "identity/entity/merge", {"from_entity_ids": [names.alice], "to_entity_id": names.their_bot}),
        ("POST", "identity/group", {"name": "admins", "member_entity_ids": [names.alice]}),
        ("POST", ALIASES, alias | {"mount_accessor": names.shared}),
        ("POST", ALIASES, alias | {"mount_accessor": f"{names.approle},{names.shared}"}),
        *(("POST", ALIASES, alias | {"mount_accessor": nothing}) for nothing in NOTHING),
        ("POST", ALIASES, alias | {"id": "x"}),
        ("POST", ALIASES, alias | {"custom_metadata": {"a": "b"}}),
        ("POST", ALIASES, {"name": "x", "entity_id": names.alice, "mount_accessor": names.approle}),
        *(("POST", role, body) for body in settings),
        *(("POST", f"{ROLES}/made-anew", body) for body in settings),
        ("POST", f"{role}/policies", {"policies": ["root"]}),
        ("POST", f"{role}/token-policies", {"token_policies": ["root"]}),
        ("POST", f"{role}/bind-secret-id", {"bind_secret_id": False}),
        ("POST", f"{role}/role-id", {"role_id": "chosen"}),
        ("POST", mint, {}),
        ("POST", mint, {}, "5m"),
        ("POST", f"{ROLES}/{BOT}/custom-secret-id", {"secret_id": "chosen"}),
        ("POST", f"{ROLES}/{BOT}/custom-secret-id", {"secret_id": "chosen"}, "5m"),
        ("POST", f"{ROLES}/{BOT}/secret-id-accessor/lookup", {"secret_id_accessor": "x"}),
        *((method, f"auth/{THEIRS.approle_mount}/role/{BOT}") for method in ("GET", "POST", "DELETE")),
        *((method, "auth/approle/role/shared") for method in ("GET", "POST", "DELETE")),
        ("POST", ALIASES, alias | {"name": BOT, "mount_accessor": names.cert}),
        *(("POST", f"{CERTS}/{name}", body) for name in (BOT, "new") for body in (PINNED, {}, {"token_ttl": 60})),
        ("LIST", CERTS),
        ("POST", f"auth/{OURS.cert_mount}/config", {"disable_binding": True}),
        ("POST", f"auth/{OURS.cert_mount}/crls/{BOT}", {"crl": "x"}),
        *((method, f"auth/{THEIRS.cert_mount}/certs/{BOT}") for method in ("GET", "DELETE")),
        ("GET", f"{KV}/data/credentials/{CREDENTIAL}"),
        ("PUT", "sys/policies/acl/binance-reader", {"policy": "# wider"}),
        *(("POST", f"sys/auth/{mount}/tune", {"description": "changed"}) for mount in AUTH_MOUNTS),
    ]


def auditor(_: Names) -> list[tuple[Any, ...]]:
    return [
        ("GET", f"{KV}/data/credentials/{CREDENTIAL}"),
        ("GET", f"{KV}/data/pending/half-made"),
        ("GET", f"{KV}/subkeys/credentials/{CREDENTIAL}"),
        ("POST", f"{KV}/data/reports/bot-2", {"options": {"cas": 1}, "data": {"v": "changed"}}),
        ("PATCH", f"{KV}/metadata/credentials/{CREDENTIAL}", SETTINGS),
        ("GET", "sys/policies/acl/everything"),
        ("GET", f"sys/policies/acl/{THEIRS.policy('reader')}"),
        ("PUT", "sys/policies/acl/binance-auditor", {"policy": "# wider"}),
        ("GET", f"{ENTITIES}/alice"),
        ("POST", f"{ENTITIES}/{OURS.entity(BOT)}", {"disabled": True}),
        ("POST", f"{ROLES}/{BOT}/secret-id", {}, "5m"),
        ("POST", f"{CERTS}/{BOT}", PINNED),
        ("DELETE", f"{CERTS}/{BOT}"),
        ("POST", "sys/capabilities", {"token": "x", "paths": ["a"]}),
        ("GET", "sys/mounts"),
    ]


def setup(_: Names) -> list[tuple[Any, ...]]:
    group, totp = f"identity/group/name/{OURS.group('writer')}", "identity/mfa/method/totp"
    enforcement = f"identity/mfa/login-enforcement/{OURS.enforcement}"
    return [
        ("GET", f"{KV}/data/credentials/{CREDENTIAL}"),
        ("DELETE", f"sys/mounts/{KV}"),
        *(("DELETE", f"sys/auth/{mount}") for mount in AUTH_MOUNTS),
        ("GET", f"{CERTS}/{BOT}"),
        ("POST", f"{CERTS}/{BOT}", PINNED),
        ("DELETE", "sys/policies/acl/binance-reader"),
        ("PUT", "sys/policies/acl/binance-setup", {"policy": "# wider"}),
        ("PUT", "sys/policies/acl/everything", {"policy": "# narrower"}),
        ("POST", f"sys/mounts/{THEIRS.kv_mount}/tune", {"description": "changed"}),
        ("POST", "sys/auth/approle/tune", {"description": "changed"}),
        *(("POST", f"{path}/tune", IN_CLEAR) for path in MOUNT_PATHS),
        ("POST", f"sys/mounts/{KV}/tune", {"listing_visibility": "unauth"}),
        ("POST", f"sys/auth/{OURS.approle_mount}/tune", {"token_type": "batch"}),
        *(("POST", f"{KV}/config", {"delete_version_after": after}) for after in ("1s", 1, "", [])),
        ("PUT", "sys/audit/file", {"type": "file", "options": {"file_path": "/dev/null"}}),
        ("POST", f"sys/audit/{OURS.instance}", {"type": "file", "options": {"file_path": "/dev/null"}}),
        ("GET", "sys/mounts"),
        ("GET", "sys/auth"),
        ("DELETE", f"sys/mounts/{TRANSIT}"),
        ("POST", f"{TRANSIT}/keys/new", {"exportable": True}),
        *(("POST", group, body) for body in WRONG_GROUPS),
        *(("POST", f"identity/group/name/{name}", {"policies": [name]}) for name in ("admins", OURS.policy("reader"))),
        ("POST", "identity/group", {"name": OURS.group("writer"), "policies": ["everything"]}),
        ("DELETE", group),
        *(("POST", totp, body) for body in WRONG_METHODS),
        *(("POST", f"{totp}/{place}", {"issuer": OURS.managed_by}) for place in ("an-id", "admin-generate")),
        *(("POST", enforcement, {"mfa_method_ids": ["x"], **body}) for body in TOO_MANY),
        ("POST", "identity/mfa/login-enforcement/admins", {"mfa_method_ids": [], "identity_group_ids": []}),
        ("DELETE", "identity/mfa/login-enforcement/admins"),
    ]


@pytest.mark.parametrize("requests", [reader, signer, writer, issuer, provisioner, auditor, setup])
def test_refused(stage: Stage, names: Names, requests: Any):
    stage.hold(stage.text(requests.__name__))
    answers = {}
    for method, path, *rest in requests(names):
        body, wrap = (*rest, None, "")[:2]
        answers[method, path, str(body), wrap] = stage.ask(method, path, body, wrap=wrap)[0]

    assert {request: status for request, status in answers.items() if status != 403} == {}


class TestWhatTheBoundsLeaveFree:
    def test_the_writer_may_merge_into_the_custom_metadata(self, stage):
        stage.hold(stage.text("writer"))
        path = f"{KV}/metadata/credentials/hedger"

        assert stage.ask("PATCH", path, SETTINGS)[0] == 204
        assert stage.ask("PATCH", path, {"custom_metadata": {"purpose": "hedging"}})[0] == 204
        found = stage.root("GET", path)
        assert found["custom_metadata"] == {"owner": "desk-a", "purpose": "hedging"}
        assert (found["max_versions"], found["delete_version_after"]) == (0, "0s")

    @pytest.mark.parametrize("wrap", ["1s", "5m", "24h"])
    def test_the_issuer_may_mint_wrapped(self, stage, names, wrap):
        stage.hold(stage.text("issuer"))
        status, wrapped = stage.ask("POST", f"{ROLES}/{BOT}/secret-id", {"num_uses": 1, "ttl": "1h"}, wrap=wrap)

        assert status == 200
        assert wrapped["creation_path"] == f"{ROLES}/{BOT}/secret-id"
        assert "secret_id" not in wrapped

    @pytest.mark.parametrize("policies", [["binance-reader"], ["binance-signer"], "binance-reader"])
    def test_the_provisioner_may_give_a_role_what_bots_have(self, stage, names, policies):
        stage.hold(stage.text("provisioner"))
        settings = bots.role_settings(OURS, ["10.0.4.7/32"]) | {"token_policies": policies}

        assert stage.ask("POST", f"{ROLES}/given", settings)[0] == 204
        made = stage.root("GET", f"{ROLES}/given")
        assert made["token_policies"] == ([policies] if isinstance(policies, str) else policies)
        assert (made["token_no_default_policy"], made["token_type"]) == (True, "service")
        assert made["bind_secret_id"] is True

    @pytest.mark.parametrize("name", ["token_no_default_policy", "token_type"])
    def test_an_empty_list_is_no_text_and_no_flag(self, stage, names, name):
        stage.hold(stage.text("provisioner"))

        assert stage.ask("POST", f"{ROLES}/{BOT}", {name: []})[0] == 400

    @pytest.mark.parametrize("policies", [[["root"]], ["binance-reader", ["root"]], {"a": "root"}])
    def test_lists_within_lists_are_no_policies(self, stage, policies):
        """Vault converts the field before it asks the policy."""
        stage.hold(stage.text("provisioner"))

        assert stage.ask("POST", f"{ROLES}/nested", {"token_policies": policies})[0] == 400
        assert stage.client.ask("GET", f"{ROLES}/nested")[0] == 404

    def test_the_provisioner_may_write_what_bot_add_writes(self, stage, names):
        stage.hold(stage.text("provisioner"))
        with operator_door(stage.server, Redacted(stage.token)) as vault:
            made = bots.add(vault, OURS, "by-provisioner", CREDENTIAL, cidrs=["10.0.4.7/32"])

        assert stage.root("GET", f"{ENTITIES}/binance-by-provisioner")["aliases"][0]["name"] == made.role_id


@pytest.mark.parametrize("role", [*POLICIES, "setup", "enroll"])
def test_where_values_are_listed_nothing_is_none_of_them(stage: Stage, role: str):
    """Every list of allowed values of every policy, with both ways to write nothing, unless nothing is the value."""
    bounded = [rule for rule in parse_policy(role, stage.text(role)).rules if any(rule.allowed.values())]
    assert bool(bounded) is (role in {"provisioner", "setup", "enroll"})
    for rule in bounded:
        assert {name for name, values in rule.allowed.items() if any(values)} == set(rule.denied)
        assert all(values == NOTHING for values in rule.denied.values())


class TestMetadataThatIsNoName:
    """Vault puts an entity's metadata into the reader's path as it is (reference: Vault, 4.4)."""

    OURS_ALL = frozenset(name for name in VALUES if name.startswith("binance/"))

    @pytest.mark.parametrize(
        ("value", "read"),
        [
            (CREDENTIAL, {f"binance/{CREDENTIAL}"}),
            ("*", OURS_ALL),
            ("+", OURS_ALL),
            ("market-maker*", {f"binance/{CREDENTIAL}", f"binance/{OTHER}"}),
            ("market-maker-+", set()),
            ("", set()),
            (f"{CREDENTIAL}/", set()),
            (f"../credentials/{CREDENTIAL}", set()),
            ("{{identity.entity.name}}", set()),
        ],
    )
    def test_what_the_reader_reads_then(self, stage, value, read):
        stage.hold(stage.text("reader"), metadata=MARKED | {"binance_credential": value})

        assert stage.values_read() == read

    def test_a_slash_reaches_below_a_name(self, stage):
        """On Vault it is a path like any other; OpenBao refuses the policy (reference: Vault, 4.5)."""
        stage.root("POST", f"{KV}/data/credentials/desk/a", {"options": {"cas": 0}, "data": {"v": "nested"}})
        stage.hold(stage.text("reader"), metadata=MARKED | {"binance_credential": "desk/a"})

        assert stage.ask("GET", f"{KV}/data/credentials/desk/a")[0] == 200

    def test_without_metadata_nothing_is_read(self, stage):
        stage.hold(stage.text("reader"), metadata={})

        assert stage.values_read() == set()
        assert stage.ask("GET", f"{KV}/data/reports/{BOT}")[0] == 403

    @pytest.mark.parametrize("bot", ["*", "+"])
    def test_a_star_for_a_bot_reaches_every_report_and_no_credential(self, stage, names, bot):
        stage.hold(stage.text("reader"), metadata={"binance_bot": bot})

        assert stage.ask("GET", f"{KV}/data/reports/bot-2")[0] == 200
        assert stage.values_read() == set()

    def test_it_counts_at_once_for_a_token_that_is_out(self, stage):
        stage.hold(stage.text("reader"))
        assert stage.values_read() == {f"binance/{CREDENTIAL}"}
        stage.hold(stage.text("reader"), metadata=MARKED | {"binance_credential": "hedger"})
        assert stage.values_read() == {"binance/hedger"}

    @pytest.mark.parametrize("name", ["*", "+", "market-maker*", "", "desk/a", "a b", "{{x}}", "A"])
    def test_our_own_names_are_none_of_these(self, name):
        with pytest.raises(ConfigError):
            OURS.credential(name)
        with pytest.raises(ConfigError):
            OURS.entity(name)


class TestTwoInstances:
    """A live instance beside a testnet, in one Vault."""

    @pytest.mark.parametrize(("mine", "other"), [(OURS, THEIRS), (THEIRS, OURS)])
    @pytest.mark.parametrize("role", [*POLICIES, "setup"])
    def test_a_role_of_one_has_no_capability_in_the_other(self, stage, role, mine, other):
        stage.hold(stage.text(role, mine))
        paths = [path.replace("{{identity.entity.id}}", "x") for path in stanzas(stage.text(role, other))]
        named = [path.replace("+", "x").replace("*", "x") for path in paths if other.instance in path.split("{{")[0]]
        named += [f"{other.kv_mount}/data/credentials/{CREDENTIAL}", f"{other.kv_mount}/data/reports/{BOT}"]

        assert set(map(tuple, stage.client.capabilities(stage.token, named).values())) == {("deny",)}

    def test_the_names_of_one_are_not_within_the_patterns_of_the_other(self):
        """`binance-*` is a pattern of the first; the first hyphen ends an instance's name."""
        assert not THEIRS.policy("reader").startswith("binance-")
        assert not THEIRS.entity(BOT).startswith("binance-")
        with pytest.raises(ConfigError):
            Layout("binance-transit")

    def test_a_bot_of_one_reads_nothing_of_the_other_under_the_same_names(self, stage, names):
        """The same credential name in both, logged in for real."""
        for layout in (OURS, THEIRS):
            roles = f"auth/{layout.approle_mount}/role/{BOT}"
            role_id = stage.root("GET", f"{roles}/role-id")["role_id"]
            secret_id = stage.root("POST", f"{roles}/secret-id")["secret_id"]
            token = stage.log_in(layout.approle_mount, role_id, secret_id)["client_token"]

            assert stage.values_read(token) == {f"{layout.kv_mount}/{CREDENTIAL}"}
