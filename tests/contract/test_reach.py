"""How far whoever holds a role gets with what is granted: each row of reach.py, made in earnest on a real Vault.

Rules of the file
- Tokens are real logins (holders.py), so the second factor and the default policy are in it.
- That there are no other rows is what test_escalations.py searches for.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from os import SEEK_END
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

from tests.contract import test_reach as this
from tests.contract.holders import EVERYTHING, LENT, OTHER, OTHER_BOT, SIGNING_BOT, Holders, furnished
from tests.contract.policy_uses import KV, ROLES, TRANSIT
from tests.contract.reach import ALONE, PRINTED, TOGETHER
from tests.contract.roles import BOT, CREDENTIAL, MARKED, OURS, VALUES, set_up, staged
from tests.door import operator_door
from tests.people import PASSWORD
from vault_binance.layout import MAX_VERSIONS, OPERATOR_ROLES, POLICIES
from vault_binance.ops import bots, enroll, kill_switch, policy_texts
from vault_binance.vault.certificates import new_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

MINE, OTHERS = f"{KV}/{CREDENTIAL}", f"{KV}/{OTHER}"
OF_THE_INSTANCE = {name for name in VALUES if name.startswith(f"{KV}/")}
ENTITIES, ALIAS = "identity/entity/name", "identity/entity-alias"
INPUT = {"input": "aGVsbG8="}
ROWS = (*ALONE, *TOGETHER, *PRINTED)


@pytest.fixture(scope="module")
def holders(vault_binary) -> Iterator[Holders]:
    with staged(vault_binary, audit_log=True) as stage:
        yield furnished(stage)


@pytest.fixture(autouse=True)
def logged(request, holders: Holders) -> Iterator[None]:
    """What a row says of the audit log is in it once the row was made."""
    rows = [row for row in ROWS if f"test_{row.test}" == request.function.__name__]
    with holders.stage.server.audit_log.open() as log:
        log.seek(0, SEEK_END)
        yield
        asked = [entry["request"] for entry in map(json.loads, log) if entry["type"] == "request"]
    found = [f"{one['operation']} {one['path']}" for one in asked]
    assert [seen for row in rows for seen in row.seen if not any(one.startswith(seen) for one in found)] == []


@pytest.fixture
def put_right(holders: Holders) -> Iterator[None]:
    yield
    holders.as_it_was()


def values(holders: Holders, role: str) -> set[str]:
    return holders.stage.values_read(holders.tokens[role])


def repoint(holders: Holders, bot: str, value: str) -> None:
    metadata = MARKED | {"binance_credential": value}
    holders.done("provisioner", "POST", f"{ENTITIES}/{OURS.entity(bot)}", {"metadata": metadata})


# Alone


def test_reader_reads_older_versions(holders):
    path = f"{KV}/data/credentials/{CREDENTIAL}"
    holders.root("POST", path, {"options": {"cas": 1}, "data": {"api_secret": VALUES[MINE], "v": "second"}})

    assert "v" not in holders.done("reader", "GET", f"{path}?version=1")["data"]
    holders.root("POST", f"{KV}/destroy/credentials/{CREDENTIAL}", {"versions": [1]})
    assert holders.ask("reader", "GET", f"{path}?version=1")[0] == 404


def test_reader_wraps_its_credential(holders, put_right):
    wrapped = holders.done("reader", "GET", f"{KV}/data/credentials/{CREDENTIAL}", wrap="24h")
    with operator_door(holders.stage.server) as vault:
        kill_switch.suspend(vault, OURS, BOT)
    assert holders.ask("reader", "GET", "auth/token/lookup-self")[0] == 403

    opened = holders.stage.client.must("POST", "sys/wrapping/unwrap", token=wrapped["token"])
    assert opened["data"]["api_secret"] == VALUES[MINE]


def test_signer_signs_anything(holders):
    path = f"{TRANSIT}/sign/{CREDENTIAL}"
    one = holders.done("signer", "POST", path, INPUT)["signature"]

    assert holders.done("signer", "POST", path, {"batch_input": [INPUT]})["batch_results"][0]["signature"] == one
    assert holders.done("signer", "POST", path, INPUT | {"name": OTHER})["signature"] == one


def test_writer_replaces_a_key(holders):
    version = holders.done("writer", "GET", f"{KV}/metadata/credentials/hedger")["current_version"]
    body = {"options": {"cas": version}, "data": {"v": "mine"}}

    assert holders.done("writer", "POST", f"{KV}/data/credentials/hedger", body)["version"] == version + 1
    older = holders.root("GET", f"{KV}/data/credentials/hedger?version={version}")
    assert older["data"]["api_secret"] == VALUES[f"{KV}/hedger"]


def test_writer_reads_a_half_made_key(holders):
    assert holders.done("writer", "GET", f"{KV}/data/pending/kept")["data"] == {"private_key": "half-made"}


def test_writer_destroys_versions(holders):
    data, metadata = (f"{KV}/{kind}/credentials/to-be-erased" for kind in ("data", "metadata"))
    for version in range(MAX_VERSIONS + 2):
        holders.done("writer", "POST", data, {"options": {"cas": version}, "data": {"v": "mine"}})
    last = MAX_VERSIONS + 2
    holders.done("writer", "POST", f"{KV}/destroy/credentials/to-be-erased", {"versions": [last]})

    found = holders.done("writer", "GET", metadata)
    assert found["versions"][str(last)]["destroyed"] is True
    assert (found["current_version"], found["oldest_version"]) == (last, 3)


def test_issuer_opens_what_it_mints(holders):
    body = {"role_id": holders.names["other-role-id"], "secret_id": holders.minted(OTHER_BOT)}

    login = f"auth/{OURS.approle_mount}/login"

    assert holders.stage.client.ask("POST", login, body, token="")[0] == 200
    assert holders.known_role_ids("issuer") == set()
    for guess in (OTHER_BOT, OURS.entity(OTHER_BOT), holders.names["other-bot"]):
        assert holders.stage.client.ask("POST", login, body | {"role_id": guess}, token="")[0] == 400


def test_what_an_issuer_asks_for_beyond_the_role_is_refused_or_ignored(holders, put_right):
    path = f"{ROLES}/{BOT}/secret-id"
    other = holders.done("issuer", "POST", path, {"role_name": OTHER_BOT, "secret_id": "chosen"}, wrap="5m")
    secret_id = holders.stage.client.must("POST", "sys/wrapping/unwrap", token=other["token"])["secret_id"]
    body = {"role_id": holders.names["other-role-id"], "secret_id": secret_id}
    assert secret_id != "chosen"
    assert holders.stage.client.ask("POST", f"auth/{OURS.approle_mount}/login", body, token="")[0] == 400

    holders.root("POST", f"{ROLES}/{BOT}", bots.role_settings(OURS, ["10.0.4.7/32"]))
    for wider in ({"ttl": "9000h"}, {"cidr_list": ["127.0.0.0/8"]}, {"token_bound_cidrs": ["127.0.0.0/8"]}):
        assert holders.ask("issuer", "POST", path, wider, wrap="5m")[0] >= 400


@pytest.mark.parametrize("value", [OTHER, "*", "+"])
def test_provisioner_repoints_a_bot(holders, put_right, value):
    repoint(holders, BOT, value)

    assert values(holders, "provisioner") == set()
    assert values(holders, "reader") == ({OTHERS} if value == OTHER else OF_THE_INSTANCE)


def test_provisioner_ties_a_login_to_any_entity(holders, put_right):
    holders.done("provisioner", "POST", ALIAS, holders.alias(BOT, holders.names["alice"]))

    assert values(holders, "reader") == {MINE}
    login = holders.logged_in(BOT)
    assert login["entity_id"] == holders.names["alice"]
    assert holders.stage.values_read(login["client_token"]) == set(VALUES)


def test_the_second_factor_of_our_groups_is_asked_of_a_login_that_was_tied_to_a_member(holders, put_right):
    writer = holders.people["writer"].entity
    holders.done("provisioner", "POST", ALIAS, holders.alias(BOT, writer))

    login = holders.logged_in(BOT)
    assert (login["client_token"], bool(login["mfa_requirement"]["mfa_request_id"])) == ("", True)


def test_provisioner_loosens_a_bots_role(holders, put_right):
    settings = {"token_bound_cidrs": [], "token_ttl": "9000h", "token_max_ttl": "9000h"}
    holders.done("provisioner", "POST", f"{ROLES}/{SIGNING_BOT}", settings | {"token_policies": ["binance-reader"]})

    login = holders.logged_in(SIGNING_BOT)
    most = holders.root("GET", f"sys/mounts/auth/{OURS.approle_mount}/tune")["max_lease_ttl"]
    assert holders.stage.values_read(login["client_token"]) == {MINE}
    assert login["lease_duration"] <= most < 9000 * 3600


def test_provisioner_ends_bots(holders, put_right):
    holders.done("provisioner", "POST", f"{ENTITIES}/{OURS.entity(BOT)}", {"disabled": True})
    assert values(holders, "reader") == set()
    holders.done("provisioner", "POST", f"{ENTITIES}/{OURS.entity(BOT)}", {"disabled": False})
    assert values(holders, "reader") == {MINE}


def test_auditor_sees_role_ids(holders):
    assert holders.known_role_ids("auditor") == set(LENT)


# Together


def test_reader_and_provisioner(holders, put_right):
    repoint(holders, BOT, "*")
    assert values(holders, "reader") == OF_THE_INSTANCE


def test_signer_and_provisioner(holders, put_right):
    path = f"{TRANSIT}/sign/{OTHER}"
    assert holders.ask("signer", "POST", path, INPUT)[0] == 403
    repoint(holders, SIGNING_BOT, OTHER)
    assert holders.ask("signer", "POST", path, INPUT)[0] == 200


@pytest.mark.parametrize(
    ("entity", "read"),
    [("alice", set(VALUES)), ("their-bot", {MINE}), ("other-bot", {OTHERS})],
)
def test_issuer_and_provisioner(holders, entity, read):
    """Vault cannot limit whose entity gets the alias: a person's rights, in any team, by the id alone."""
    name = OTHER_BOT if entity == "other-bot" else new_role(holders)
    tied = holders.alias(name, holders.names[entity])
    holders.done("provisioner", "POST", ALIAS, tied)
    login = holders.stage.log_in(OURS.approle_mount, tied["name"], holders.minted(name))

    assert login["entity_id"] == holders.names[entity]
    assert holders.stage.values_read(login["client_token"]) == read


def new_role(holders: Holders) -> str:
    name = f"new-{token_hex(3)}"
    holders.done("provisioner", "POST", f"{ROLES}/{name}", bots.role_settings(OURS, []))
    return name


@pytest.mark.parametrize(("credential", "read"), [(OTHER, {OTHERS}), ("*", OF_THE_INSTANCE)])
def test_issuer_and_provisioner_make_a_bot_of_their_own(holders, credential, read):
    name = new_role(holders)
    entity = f"{ENTITIES}/{OURS.entity(name)}"
    holders.done("provisioner", "POST", entity, {"metadata": MARKED | {"binance_credential": credential}})
    tied = holders.alias(name, holders.done("provisioner", "GET", entity)["id"])
    holders.done("provisioner", "POST", ALIAS, tied)
    login = holders.stage.log_in(OURS.approle_mount, tied["name"], holders.minted(name))

    assert holders.stage.values_read(login["client_token"]) == read


def test_issuer_and_auditor(holders):
    entity = holders.done("auditor", "GET", f"{ENTITIES}/{OURS.entity(OTHER_BOT)}")
    role_id = entity["aliases"][0]["name"]
    token = holders.stage.log_in(OURS.approle_mount, role_id, holders.minted(OTHER_BOT))["client_token"]

    assert holders.stage.values_read(token) == {OTHERS}


def test_issuer_and_a_bot(holders, put_right):
    own = holders.done("reader", "GET", f"identity/entity/id/{holders.words('reader')['own']}")
    role_id, secret_id = own["aliases"][0]["name"], holders.minted(BOT)
    token = holders.stage.log_in(OURS.approle_mount, role_id, secret_id)["client_token"]
    assert holders.stage.values_read(token) == {MINE}

    with operator_door(holders.stage.server) as vault:
        kill_switch.suspend(vault, OURS, BOT)
    body = {"role_id": role_id, "secret_id": secret_id}
    assert holders.stage.client.ask("POST", f"auth/{OURS.approle_mount}/login", body, token="")[0] == 403


# Printed


def test_setup_rewrites_a_role(holders):
    """Not for the token that runs it, but for the next that holds the role."""
    stage = holders.stage
    stage.hold(stage.text("setup"))
    try:
        assert stage.ask("PUT", f"sys/policies/acl/{OURS.policy('auditor')}", {"policy": EVERYTHING})[0] == 204
        assert stage.values_read() == set()
        assert values(holders, "auditor") == set(VALUES)
    finally:
        set_up(stage.server, OURS)
    assert values(holders, "auditor") == set()


def test_setup_ends_the_second_factor(holders):
    stage, path = holders.stage, f"identity/mfa/login-enforcement/{OURS.enforcement}"
    stage.hold(stage.text("setup"))
    enforced = stage.ask("GET", path)[1]
    login = ("POST", f"auth/userpass/login/{holders.people['writer'].name}", {"password": PASSWORD})
    try:
        assert stage.ask("DELETE", path)[0] == 204
        token = stage.client.must(*login, token="")["client_token"]
        assert stage.client.ask("LIST", f"{KV}/metadata/credentials", token=token)[0] == 200
    finally:
        kept = {name: enforced[name] for name in ("mfa_method_ids", "identity_group_ids")}
        holders.root("POST", path, kept)
    assert stage.client.must(*login, token="")["client_token"] == ""


def test_enroll_is_the_bot(holders):
    """The login that follows needs a Vault with TLS: test_enroll.py."""
    stage = holders.stage
    about = {"entity_id": holders.words("reader")["own"], "cert_accessor": stage.accessor(OURS.cert_mount)}
    stage.hold(policy_texts.render("enroll", OURS, bot=BOT, **about))
    mine = {bot: new_certificate(bot, days=1, now=datetime.now(UTC))[1] for bot in (BOT, OTHER_BOT)}
    pinned = {
        bot: stage.ask("POST", f"auth/{OURS.cert_mount}/certs/{bot}", enroll.role_settings(OURS, one, []))[0]
        for bot, one in mine.items()
    }

    assert pinned == {BOT: 204, OTHER_BOT: 403}


def test_operator_gives_its_role_to_anybody(holders):
    stage = holders.stage
    stage.hold(policy_texts.render("operator", OURS, given_role="writer"))
    given = {
        role: stage.ask("POST", f"identity/group/name/{OURS.group(role)}", {"member_entity_ids": [stage.entity]})[0]
        for role in OPERATOR_ROLES
    }

    assert given == {role: 204 if role == "writer" else 403 for role in OPERATOR_ROLES}
    assert stage.ask("LIST", f"{KV}/metadata/credentials")[0] == 200
    members = [holders.people["writer"].entity]
    holders.root("POST", f"identity/group/name/{OURS.group('writer')}", {"member_entity_ids": members})


def test_every_row_of_reach_is_made_here():
    assert all(callable(getattr(this, f"test_{row.test}")) for row in ROWS)
    assert len({row.test for row in ROWS}) == len(ROWS)
    assert {row.who[0] for row in ALONE} == set(POLICIES)
    assert all(len(row.who) == 2 and set(row.who) <= set(POLICIES) for row in TOGETHER)
    policies = {path.name.partition(".")[0] for path in policy_texts.folder().glob("*.hcl")}
    assert {row.who[0] for row in PRINTED} == policies - {*POLICIES}
