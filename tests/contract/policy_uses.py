"""One real request for every capability that a policy grants, so that nothing is granted for no use.

Each succeeds with the role's whole policy and is refused once that one capability is taken out of it. The order within
a role is the order of the requests: what one makes, the next reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.contract.roles import BOT, CREDENTIAL, OURS
from vault_binance.layout import OPERATOR_ROLES, POLICIES, Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW = Layout("binance_new")
"""An instance that is not there yet, for the role that sets one up."""


@dataclass(frozen=True)
class Use:
    """`stanza` is as rendered; `undo` is a path that root deletes afterwards."""

    stanza: str
    capability: str
    method: str
    path: str
    body: Any = None
    wrap: str = ""
    undo: str = ""


@dataclass(frozen=True)
class Known:
    """What the requests name and a server chooses: the asking entity, and of one bot what Vault made for it."""

    entity: str
    role_id: str
    secret_id_accessor: str
    token_accessor: str
    approle_accessor: str
    totp_method: str
    group: str


KV, TRANSIT = OURS.kv_mount, OURS.transit_mount
ROLES = f"auth/{OURS.approle_mount}/role"
CERTS = f"auth/{OURS.cert_mount}/certs"
MY_CREDENTIAL, MY_BOT = "{{identity.entity.metadata.binance_credential}}", "{{identity.entity.metadata.binance_bot}}"


def _same(capability: str, method: str, *paths: str, body: Any = None) -> list[Use]:
    return [Use(path, capability, method, path, body) for path in paths]


def _listed(*paths: str) -> list[Use]:
    return [Use(f"{path}/", "list", "LIST", path) for path in paths]


def _stored(value: str, cas: int) -> dict[str, Any]:
    return {"options": {"cas": cas}, "data": {"v": value}}


def _own(known: Known) -> list[Use]:
    return [
        *_same("update", "POST", "auth/token/renew-self"),
        *_same("read", "GET", "auth/token/lookup-self"),
        *_same("update", "POST", "sys/capabilities-self", body={"paths": ["binance/config"]}),
        Use("identity/entity/id/{{identity.entity.id}}", "read", "GET", f"identity/entity/id/{known.entity}"),
        *_same("update", "POST", "auth/token/revoke-self"),
    ]


def reader(known: Known) -> list[Use]:
    stanza, path = f"{KV}/data/reports/{MY_BOT}", f"{KV}/data/reports/{BOT}"
    return [
        Use(f"{KV}/data/credentials/{MY_CREDENTIAL}", "read", "GET", f"{KV}/data/credentials/{CREDENTIAL}"),
        Use(stanza, "create", "POST", path, _stored("first findings", 0)),
        Use(stanza, "update", "POST", path, _stored("more findings", 1)),
        Use(stanza, "read", "GET", path),
        *_own(known),
    ]


def signer(known: Known) -> list[Use]:
    signs = ("sign/{}", "sign/{}/sha2-256", "hmac/{}/sha2-256")
    stanza, path = (f"{TRANSIT}/{{}}".format, f"{TRANSIT}/{{}}".format)
    return [
        *(
            Use(stanza(s.format(MY_CREDENTIAL)), "update", "POST", path(s.format(CREDENTIAL)), {"input": "aGVsbG8="})
            for s in signs
        ),
        *_own(known),
    ]


def writer(_: Known) -> list[Use]:
    data, metadata = f"{KV}/data/credentials", f"{KV}/metadata/credentials"
    pending, waiting = f"{KV}/data/pending", f"{KV}/metadata/pending"
    return [
        Use(f"{data}/+", "create", "POST", f"{data}/new", _stored("first", 0)),
        Use(f"{data}/+", "update", "POST", f"{data}/new", _stored("second", 1)),
        Use(f"{metadata}/+", "patch", "PATCH", f"{metadata}/new", {"custom_metadata": {"owner": "desk-a"}}),
        Use(f"{metadata}/+", "read", "GET", f"{metadata}/new"),
        *_listed(metadata),
        *(
            Use(f"{KV}/{verb}/credentials/+", "update", "POST", f"{KV}/{verb}/credentials/new", {"versions": [1]})
            for verb in ("delete", "undelete", "destroy")
        ),
        Use(f"{pending}/+", "create", "POST", f"{pending}/new", _stored("half", 0)),
        Use(f"{pending}/+", "read", "GET", f"{pending}/new"),
        Use(f"{waiting}/+", "read", "GET", f"{waiting}/new"),
        *_listed(waiting),
        Use(f"{waiting}/+", "delete", "DELETE", f"{waiting}/new"),
        Use(f"{KV}/data/reports/+", "read", "GET", f"{KV}/data/reports/kept"),
        *_listed(f"{KV}/metadata/reports"),
    ]


def issuer(_: Known) -> list[Use]:
    return [Use(f"{ROLES}/+/secret-id", "update", "POST", f"{ROLES}/{BOT}/secret-id", {}, wrap="5m")]


def provisioner(known: Known) -> list[Use]:
    entities, entity = "identity/entity/name/binance-*", "identity/entity/name/binance-new"
    alias = {"name": known.role_id, "canonical_id": known.entity, "mount_accessor": known.approle_accessor}
    accessor = {"secret_id_accessor": known.secret_id_accessor}
    destroy = "secret-id-accessor/destroy"
    return [
        Use(entities, "update", "POST", entity, {"metadata": {"managed_by": OURS.managed_by}, "disabled": True}),
        Use(entities, "read", "GET", entity),
        Use(entities, "delete", "DELETE", entity),
        *_same("update", "POST", "identity/entity-alias", body=alias),
        Use(f"{ROLES}/+", "create", "POST", f"{ROLES}/new", {"token_policies": ["binance-reader"]}),
        Use(f"{ROLES}/+", "update", "POST", f"{ROLES}/new", {"token_ttl": 900}),
        Use(f"{ROLES}/+", "read", "GET", f"{ROLES}/new"),
        Use(f"{ROLES}/+/role-id", "read", "GET", f"{ROLES}/new/role-id"),
        Use(f"{ROLES}/+", "delete", "DELETE", f"{ROLES}/new"),
        *_listed(ROLES),
        Use(f"{ROLES}/+/secret-id/", "list", "LIST", f"{ROLES}/{BOT}/secret-id"),
        Use(f"{ROLES}/+/{destroy}", "update", "POST", f"{ROLES}/{BOT}/{destroy}", accessor),
        Use(f"{KV}/metadata/credentials/+", "read", "GET", f"{KV}/metadata/credentials/{CREDENTIAL}"),
        Use(f"{CERTS}/+", "read", "GET", f"{CERTS}/{BOT}"),
        Use(f"{CERTS}/+", "delete", "DELETE", f"{CERTS}/new"),
        *_same("read", "GET", *_auth_mounts(OURS)),
    ]


def auditor(known: Known) -> list[Use]:
    body = {"accessor": known.token_accessor, "paths": ["binance/config"]}
    return [
        *_same("read", "GET", f"{KV}/config", f"sys/mounts/{KV}", f"sys/mounts/{TRANSIT}", *_auth_mounts(OURS)),
        *_listed(f"{KV}/metadata", f"{KV}/metadata/credentials", f"{KV}/metadata/pending", f"{KV}/metadata/reports"),
        *_listed(ROLES),
        Use(f"{KV}/metadata/credentials/+", "read", "GET", f"{KV}/metadata/credentials/{CREDENTIAL}"),
        Use(f"{KV}/metadata/pending/+", "read", "GET", f"{KV}/metadata/pending/kept"),
        Use(f"{KV}/data/reports/+", "read", "GET", f"{KV}/data/reports/kept"),
        Use("sys/policies/acl/binance-*", "read", "GET", "sys/policies/acl/binance-reader"),
        Use(f"{ROLES}/+", "read", "GET", f"{ROLES}/{BOT}"),
        Use(f"{CERTS}/+", "read", "GET", f"{CERTS}/{BOT}"),
        Use("identity/entity/name/binance-*", "read", "GET", f"identity/entity/name/binance-{BOT}"),
        *_listed("identity/entity/name", CERTS, f"{TRANSIT}/keys"),
        Use(f"{TRANSIT}/keys/+", "read", "GET", f"{TRANSIT}/keys/{CREDENTIAL}"),
        Use(f"{ROLES}/+/role-id", "read", "GET", f"{ROLES}/{BOT}/role-id"),
        Use("identity/group/name/binance-*", "read", "GET", f"identity/group/name/{OURS.group('auditor')}"),
        *_same("read", "GET", f"identity/mfa/login-enforcement/{OURS.enforcement}"),
        Use("identity/mfa/method/totp/+", "read", "GET", f"identity/mfa/method/totp/{known.totp_method}"),
        *_same("read", "GET", "sys/audit"),
        *_same("sudo", "GET", "sys/audit"),
        *_same("update", "POST", "auth/token/lookup-accessor", body={"accessor": known.token_accessor}),
        *_same("update", "POST", "sys/capabilities-accessor", body=body),
    ]


def setup(known: Known) -> list[Use]:
    """Written for the instance NEW, in the order in which it comes to be."""
    mount, config = f"sys/mounts/{NEW.kv_mount}", f"{NEW.kv_mount}/config"
    transit = f"sys/mounts/{NEW.transit_mount}"
    return [
        *_same("read", "GET", "sys/audit"),
        *_same("sudo", "GET", "sys/audit"),
        *_same("update", "POST", mount, body={"type": "kv", "options": {"version": "2"}}),
        *_same("read", "GET", mount),
        *_same("update", "POST", f"{mount}/tune", body={"description": "theirs no longer"}),
        *_same("update", "POST", config, body={"max_versions": 10}),
        *_same("read", "GET", config),
        *_same("update", "POST", transit, body={"type": "transit"}),
        *_same("read", "GET", transit),
        *_same("update", "POST", f"{transit}/tune", body={"description": "theirs no longer"}),
        *_auth_mount(NEW.approle_mount, "approle"),
        *_auth_mount(NEW.cert_mount, "cert"),
        *_same("read", "GET", *_auth_mounts(NEW)),
        *_policies(),
        *_second_factor(known),
    ]


def _auth_mounts(layout: Layout) -> list[str]:
    return [f"sys/mounts/auth/{mount}" for mount in (layout.approle_mount, layout.cert_mount)]


def _auth_mount(path: str, kind: str) -> list[Use]:
    auth, body = f"sys/auth/{path}", {"description": "theirs no longer"}
    return [
        Use(auth, "update", "POST", auth, {"type": kind}, undo=auth),
        *_same("sudo", "POST", auth, body={"type": kind}),
        *_same("update", "POST", f"{auth}/tune", body=body),
        *_same("sudo", "POST", f"{auth}/tune", body=body),
    ]


def _policies() -> Iterator[Use]:
    for role in POLICIES:
        path = f"sys/policies/acl/{NEW.policy(role)}"
        yield Use(path, "update", "PUT", path, {"policy": "# no rules"})
        yield Use(path, "read", "GET", path)


def _second_factor(known: Known) -> Iterator[Use]:
    for role in OPERATOR_ROLES:
        path, said = f"identity/group/name/{NEW.group(role)}", {"managed_by": NEW.managed_by, "second_factor": "totp"}
        yield Use(path, "update", "POST", path, {"policies": [NEW.policy(role)], "metadata": said})
        yield Use(path, "read", "GET", path)
    totp, enforcement = "identity/mfa/method/totp", f"identity/mfa/login-enforcement/{NEW.enforcement}"
    method = {"issuer": NEW.managed_by, "algorithm": "SHA1", "digits": 6, "period": 30}
    asked = {"mfa_method_ids": [known.totp_method], "identity_group_ids": [known.group]}
    yield from _same("update", "POST", totp, body=method)
    yield from _listed(totp)
    yield Use(f"{totp}/+", "read", "GET", f"{totp}/{known.totp_method}")
    yield from _same("update", "POST", enforcement, body=asked | {"auth_method_types": []})
    yield from _same("read", "GET", enforcement)
    yield from _same("delete", "DELETE", enforcement)


USES = {made.__name__: made for made in (reader, signer, writer, issuer, provisioner, auditor, setup)}
"""Role -> its requests, given what the server chose."""
