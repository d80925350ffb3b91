"""How far each role gets in one and in two calls: does a value come within its reach?

Rules of the file
- All writes that a role may make, the hostile ones too, singly and in every order of two; then all ways to a value.
- What is known to be within reach, of one role and of two together, is in reach.py and made in test_reach.py.
"""

from __future__ import annotations

from itertools import product
from secrets import token_hex
from typing import Any

import pytest

from tests.contract.policy_uses import CERTS, KV, NEW, ROLES, TRANSIT
from tests.contract.roles import BOT, CREDENTIAL, MARKED, OURS, Stage, set_up, staged
from tests.door import operator_door
from vault_binance.layout import POLICIES
from vault_binance.ops import bots

OTHER = "market-maker-2"
UNUSED = "NAME"
"""In a path: a name that is not there yet, where one may be made and not replaced."""
ENTITIES = "identity/entity/name"
WIDE = f"# {OURS.managed_by}\n" + 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }'

Write = tuple[str, str, Any, str]


@pytest.fixture(scope="module")
def stage(vault_binary):
    with staged(vault_binary) as made:
        with operator_door(made.server) as vault:
            bots.add(vault, OURS, BOT, CREDENTIAL)
        made.root("POST", f"{TRANSIT}/keys/{CREDENTIAL}", {"type": "ed25519"})
        yield made


def _new(value: str) -> dict[str, Any]:
    return {"options": {"cas": 0}, "data": {"v": value}}


def reader(_: Stage) -> list[Write]:
    return [
        ("POST", f"{KV}/data/reports/{BOT}", _new("findings"), ""),
        ("POST", f"{KV}/data/reports/{BOT}", {"options": {"cas": 1}, "data": {"v": f"../credentials/{OTHER}"}}, ""),
        ("POST", "auth/token/renew-self", {"increment": "768h"}, ""),
        ("POST", "sys/capabilities-self", {"paths": [f"{KV}/data/credentials/{OTHER}"]}, ""),
        ("POST", "sys/capabilities-self", {"paths": [f"{KV}/data/credentials/{OTHER}"]}, "5m"),
    ]


def signer(_: Stage) -> list[Write]:
    return [
        ("POST", f"{TRANSIT}/sign/{CREDENTIAL}", {"input": "aGVsbG8="}, ""),
        ("POST", f"{TRANSIT}/hmac/{CREDENTIAL}/sha2-256", {"input": "aGVsbG8="}, ""),
        ("POST", "auth/token/renew-self", {"increment": "768h"}, ""),
        ("POST", "sys/capabilities-self", {"paths": [f"{KV}/data/credentials/{OTHER}"]}, ""),
    ]


def writer(_: Stage) -> list[Write]:
    """Its own key is `mine`; what others put in stays readable for the test."""
    versions = {"versions": [1]}
    return [
        ("POST", f"{KV}/data/credentials/mine", _new("mine"), ""),
        ("POST", f"{KV}/data/credentials/hedger", {"options": {"cas": 1}, "data": {"v": "mine"}}, ""),
        ("PATCH", f"{KV}/metadata/credentials/{OTHER}", {"custom_metadata": {"owner": BOT, "policies": "root"}}, ""),
        *(("POST", f"{KV}/{verb}/credentials/mine", versions, "") for verb in ("delete", "undelete", "destroy")),
        ("POST", f"{KV}/undelete/credentials/{OTHER}", versions, ""),
        ("POST", f"{KV}/data/pending/{UNUSED}", _new("mine"), ""),
        ("DELETE", f"{KV}/metadata/pending/{OTHER}", None, ""),
        ("POST", f"{KV}/data/credentials/other", _new("mine"), "5m"),
    ]


def issuer(_: Stage) -> list[Write]:
    return [
        ("POST", f"{ROLES}/{BOT}/secret-id", {}, "5m"),
        ("POST", f"{ROLES}/{BOT}/secret-id", {"num_uses": 1, "metadata": '{"binance_credential": "*"}'}, "1s"),
    ]


def provisioner(stage: Stage) -> list[Write]:
    """It even has its own token's entity in reach, by an alias."""
    mine = {"name": "role-id", "canonical_id": stage.entity, "mount_accessor": stage.accessors[OURS.instance]}
    entity = stage.root("GET", f"{ENTITIES}/{OURS.entity(BOT)}")["id"]
    values = ("*", "+", OTHER)
    return [
        *(("POST", f"{ENTITIES}/binance-{BOT}", {"metadata": MARKED | {"binance_credential": v}}, "") for v in values),
        ("POST", f"{ENTITIES}/binance-new", {"metadata": MARKED, "disabled": False}, ""),
        ("DELETE", f"{ENTITIES}/binance-new", None, ""),
        ("POST", "identity/entity-alias", mine, ""),
        ("POST", "identity/entity-alias", mine | {"canonical_id": entity}, ""),
        *(("POST", f"{ROLES}/new", {"token_policies": [OURS.policy(one)]}, "") for one in ("reader", "signer")),
        ("POST", f"{ROLES}/new", {"token_ttl": "768h", "secret_id_ttl": 0, "token_bound_cidrs": []}, ""),
        ("POST", f"{ROLES}/{BOT}/secret-id-accessor/destroy", {"secret_id_accessor": "x"}, ""),
        ("DELETE", f"{ROLES}/new", None, ""),
        ("DELETE", f"{CERTS}/{BOT}", None, ""),
    ]


def auditor(_: Stage) -> list[Write]:
    accessor = {"accessor": "x", "paths": [f"{KV}/data/credentials/{OTHER}"]}
    paths = ("sys/capabilities-accessor", "auth/token/lookup-accessor")
    return [("POST", path, accessor, wrap) for path in paths for wrap in ("", "5m")]


def setup(_: Stage) -> list[Write]:
    """It writes the roles' policies, but not the one it goes by."""
    return [
        *(("PUT", f"sys/policies/acl/{OURS.policy(role)}", {"policy": WIDE}, "") for role in POLICIES),
        ("POST", f"sys/mounts/{KV}/tune", {"description": "x"}, ""),
        ("POST", f"{KV}/config", {"max_versions": 9, "cas_required": False}, ""),
        *(
            ("POST", f"sys/auth/{mount}/tune", {"description": "x", "max_lease_ttl": "768h"}, "")
            for mount in (OURS.approle_mount, OURS.cert_mount)
        ),
    ]


def tokens_in(answer: Any) -> list[str]:
    """A wrapping token is a token too."""
    return [answer["token"]] if isinstance(answer, dict) and "token" in answer else []


@pytest.mark.parametrize("writes", [reader, signer, writer, issuer, provisioner, auditor, setup])
def test_no_two_calls_of_a_role_reach_a_value(stage: Stage, writes: Any):
    role = writes.__name__
    own = {f"{KV}/{CREDENTIAL}"} if role == "reader" else set()
    calls = writes(stage)
    stage.hold(stage.text(role))
    try:
        for pair in [*((one,) for one in calls), *product(calls, repeat=2)]:
            for method, path, body, wrap in pair:
                status, answer = stage.ask(method, path.replace(UNUSED, token_hex(4)), body, wrap=wrap)
                assert status != 403, (role, method, path, "is not granted: nothing was tried")
                assert all(stage.values_read(token) == set() for token in tokens_in(answer))
            assert stage.values_read() == own, pair
    finally:
        _put_right(stage)
    assert f"{KV}/{OTHER}" in stage.values_read(stage.server.root_token.reveal()), "there was nothing to read"


def _put_right(stage: Stage) -> None:
    set_up(stage.server, OURS)
    stage.root("POST", f"{ENTITIES}/{OURS.entity(BOT)}", {"metadata": MARKED, "disabled": False})
    entity = stage.root("GET", f"{ENTITIES}/{OURS.entity(BOT)}")["id"]
    role_id = stage.root("GET", f"{ROLES}/{BOT}/role-id")["role_id"]
    alias = {"name": role_id, "canonical_id": entity, "mount_accessor": stage.accessors[OURS.instance]}
    stage.root("POST", "identity/entity-alias", alias)


def test_setup_of_a_new_instance_reads_nothing_of_another(stage):
    stage.hold(stage.text("setup", NEW))
    mount = {"type": "kv", "options": {"version": "2"}}

    assert stage.ask("POST", f"sys/mounts/{NEW.kv_mount}", mount)[0] == 204
    assert stage.values_read() == set()
