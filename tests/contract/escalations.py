"""What somebody who holds a role may try in order to get further, as data: tests run it, reference/roles.md shows it.

Rules of the file
- An attempt is tried by every role alone, and refused: with 403, but for what ANSWERED names and says why.
- What is granted is not here: what it is good for is in reach.py.
- `<word>` in a path or body stands for what a server chose (holders.py); `<own>` is the asking entity.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.contract.plain_client import Asked
from tests.contract.roles import BOT, CREDENTIAL, OURS, THEIRS
from vault_binance.layout import POLICIES

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER, OTHER_BOT = "market-maker-2", "bot-2"
KV, TRANSIT, THEIR_KV = OURS.kv_mount, OURS.transit_mount, THEIRS.kv_mount
ROLE, OTHER_ROLE = (f"auth/{OURS.approle_mount}/role/{bot}" for bot in (BOT, OTHER_BOT))
MINE, OTHERS = f"{KV}/data/credentials/{CREDENTIAL}", f"{KV}/data/credentials/{OTHER}"
HISTORY = f"{KV}/metadata/credentials/{OTHER}"
ENTITY = f"identity/entity/name/{OURS.entity(OTHER_BOT)}"
WIDE = 'path "*" { capabilities = ["read"] }'
INPUT = {"input": "aGVsbG8="}


def get(*paths: str, **more: Any) -> list[Asked]:
    return [Asked("GET", path, **more) for path in paths]


def post(path: str, *bodies: Any, **more: Any) -> list[Asked]:
    return [Asked("POST", path, body, **more) for body in bodies or (None,)]


def listed(*paths: str) -> list[Asked]:
    return [Asked("LIST", path) for path in paths]


def delete(*paths: str) -> list[Asked]:
    return [Asked("DELETE", path) for path in paths]


def put(path: str, body: Any) -> list[Asked]:
    return [Asked("PUT", path, body)]


def patch(path: str, *bodies: Any) -> list[Asked]:
    return [Asked("PATCH", path, body) for body in bodies]


ROOT = {"policies": ["everything"]}
SHORT = ({"max_versions": 1}, {"delete_version_after": "1s"}, {"cas_required": False})

CATALOGUE: dict[str, tuple[str, list[Asked]]] = {
    "policies on an entity": (
        "any right in the Vault",
        [
            *post("identity/entity/id/<own>", ROOT),
            *post("identity/entity/name/<own-name>", ROOT),
            *post("identity/entity", ROOT | {"id": "<own>"}, ROOT | {"name": "<own-name>"}),
            *post(ENTITY, ROOT, {"Policies": ["everything"]}),
            *post("identity/entity/id/<other-bot>", ROOT),
        ],
    ),
    "a group": (
        "the role of the group, or any right",
        [
            *post("identity/group", {"name": "mine", "policies": ["everything"], "member_entity_ids": ["<own>"]}),
            *post("identity/group", {"id": "<admins>", "member_entity_ids": ["<own>"]}),
            *post("identity/group/id/<admins>", {"member_entity_ids": ["<own>"]}),
            *(
                call
                for role in ("writer", "issuer", "provisioner", "auditor")
                for call in post(f"identity/group/name/{OURS.group(role)}", {"member_entity_ids": ["<own>"]}, ROOT)
            ),
            *delete(f"identity/group/name/{OURS.group('writer')}"),
            *post("identity/group-alias", {"name": "x", "canonical_id": "<admins>", "mount_accessor": "<accessor>"}),
        ],
    ),
    "policies of a role": (
        "any right, at the bot's next login",
        [
            *post(ROLE, {"token_policies": ["everything"]}, {"policies": ["everything"]}, {"Token_Policies": ["root"]}),
            *post(ROLE, {"token_policies": [OURS.policy("reader"), "everything"]}),
            *post(ROLE, {"token_policies": f"{OURS.policy('reader')},everything"}),
            *post(ROLE, {"token_policies": None}, {"token_policies": [None]}, {"token_policies": {}}),
            *post(ROLE, {"alias_metadata": {"binance_credential": "*"}}),
            *post(f"{ROLE}/policies", ROOT),
            *post("auth/approle/role/shared", {"token_policies": ["everything"]}),
            *post(f"auth/{THEIRS.approle_mount}/role/{BOT}", {"token_policies": [OURS.policy("reader")]}),
            *post("auth/userpass/users/alice", {"password": "mine"}),
            *post("auth/userpass/users/alice/password", {"password": "mine"}),
            *post(f"auth/{OURS.cert_mount}/certs/{BOT}", {"certificate": "mine"}),
        ],
    ),
    "a login without a SecretID": (
        "whoever has the RoleID is the bot",
        [
            *post(ROLE, {"bind_secret_id": False}, {"bind_secret_id": ""}, {"role_id": "chosen"}),
            *post(f"{ROLE}/bind-secret-id", {"bind_secret_id": False}),
            *post(f"{ROLE}/role-id", {"role_id": "chosen"}),
        ],
    ),
    "renaming and merging": (
        "another's entity, its rights included",
        [
            *post("identity/entity/id/<alice>", {"name": OURS.entity("new")}, {"disabled": True}),
            *post(f"identity/entity/name/{OURS.entity('new')}", {"id": "<alice>"}, {"id": "<own>", "name": "alice"}),
            *post("identity/entity/merge", {"from_entity_ids": ["<alice>"], "to_entity_id": "<own>"}),
            *post("identity/entity/batch-delete", {"entity_ids": ["<alice>"]}),
            *delete("identity/entity/id/<alice>", "identity/entity/name/alice"),
            *delete(f"identity/entity/name/{THEIRS.entity(BOT)}"),
        ],
    ),
    "an alias of another mount": (
        "a person's login becomes somebody else",
        [
            *post(
                "identity/entity-alias",
                {"name": "<own-name>", "canonical_id": "<alice>", "mount_accessor": "<userpass>"},
                {"name": "<own-name>", "canonical_id": "<other-bot>", "mount_accessor": "<userpass>"},
                {"name": "<own-name>", "entity_id": "<alice>", "mount_accessor": "<userpass>"},
                {"name": "x", "canonical_id": "<own>", "mount_accessor": None},
                {"name": "x", "canonical_id": "<own>"},
            ),
            *post("identity/entity-alias/id/<own-alias>", {"canonical_id": "<alice>"}),
            *delete("identity/entity-alias/id/<own-alias>"),
            *post("identity/persona", {"name": "x", "entity_id": "<alice>", "mount_accessor": "<userpass>"}),
        ],
    ),
    "a SecretID of another bot": (
        "the second half of its login",
        [
            *post(f"{OTHER_ROLE}/secret-id", {}, {"metadata": '{"binance_credential": "*"}'}),
            *post(f"{OTHER_ROLE}/custom-secret-id", {"secret_id": "chosen"}),
            *post(f"{OTHER_ROLE}/custom-secret-id", {"secret_id": "chosen"}, wrap="5m"),
            *post(f"{OTHER_ROLE}/secret-id/lookup", {"secret_id": "<other-secret-id>"}),
            *post(f"{OTHER_ROLE}/secret-id-accessor/lookup", {"secret_id_accessor": "<other-secret-id-accessor>"}),
            *post(f"auth/{THEIRS.approle_mount}/role/{BOT}/secret-id", {}, wrap="5m"),
            *post("auth/approle/role/shared/secret-id", {}, wrap="5m"),
            *post(f"auth/{THEIRS.approle_mount}/role/{BOT}/custom-secret-id", {"secret_id": "chosen"}, wrap="5m"),
            *post(f"auth/{OURS.approle_mount}/tidy/secret-id"),
        ],
    ),
    "reading around the path": (
        "a value that is not lent",
        [
            *get(OTHERS, f"{OTHERS}?version=1", f"{KV}/subkeys/credentials/{OTHER}"),
            *get(OTHERS, wrap="5m"),
            *get(f"{THEIR_KV}/data/credentials/{CREDENTIAL}", f"team/data/credentials/{CREDENTIAL}", "leased/old"),
            *get(f"{KV}/detailed-metadata/credentials/", f"{KV}/data/credentials/{OTHER}/"),
            *listed(f"{KV}/data/credentials", f"{THEIR_KV}/metadata/credentials", "team/metadata"),
            *get(f"{KV}/data/reports/..%2fcredentials%2f{OTHER}", f"{KV}/data/Credentials/{OTHER}"),
            *get(f"{KV.upper()}/data/credentials/{OTHER}", f"{KV}/data/credentials/{OTHER.upper()}"),
            *get(f"{KV}/data/credentials%2f{OTHER}", f"{KV}%2fdata/credentials/{OTHER}"),
            *get(f"{KV}/data/credentials/%2e%2e/credentials/{OTHER}", f"{KV}/data/credentials/market-maker%E2%80%912"),
            *get(f"{KV}/data/credentials/{OTHER}%00", f"{KV}/data/credentials/{OTHER}%20", f"{KV}/data/credentials/*"),
            *get(f"{KV}/data/credentials//{OTHER}", f"{KV}/data/credentials/./{OTHER}", f"/{OTHERS}"),
            *get(f"{KV}/data/credentials/{CREDENTIAL}/../{OTHER}", f"{OTHERS};x", f"{OTHERS}#x"),
            *get(OTHERS, headers={"X-Vault-Namespace": "root"}),
            *get(OTHERS, headers={"X-Vault-Policy-Override": "true"}),
            *get(OTHERS, headers={"X-Vault-Inline-Auth-Path": f"auth/{OURS.approle_mount}/login"}),
            *get("sys/raw/logical", "sys/storage/raft/snapshot", "sys/internal/inspect/router/root"),
            *listed("sys/raw"),
        ],
    ),
    "another's value or report": (
        "a bot that trades with the wrong key",
        [
            *patch(OTHERS, {"options": {"cas": 1}, "data": {"v": "mine"}}),
            *delete(OTHERS, MINE),
            *post(f"{THEIR_KV}/data/credentials/{CREDENTIAL}", {"options": {"cas": 1}, "data": {"v": "mine"}}),
            *post(f"team/data/credentials/{CREDENTIAL}", {"data": {"v": "mine"}}),
            *post(f"{KV}/data/reports/{OTHER_BOT}", {"options": {"cas": 1}, "data": {"v": "mine"}}),
            *post(f"{KV}/data/elsewhere", {"options": {"cas": 0}, "data": {"v": "mine"}}),
        ],
    ),
    "a shorter history": (
        "versions erased without a trace",
        [
            *post(HISTORY, *SHORT, {"max_versions": 1, "custom_metadata": {"a": "b"}}, {"Max_Versions": 1}),
            *(Asked("PUT", HISTORY, body) for body in SHORT),
            *patch(HISTORY, *SHORT, {"Delete_Version_After": "1s"}),
            *(Asked(method, f"{KV}/config", body) for method in ("POST", "PUT") for body in SHORT),
            *patch(f"{KV}/config", *SHORT),
            *post(f"sys/mounts/{KV}/tune", {"options": {"version": "1"}}, {"options": {"max_versions": "1"}}),
            *delete(HISTORY, f"{KV}/metadata/credentials/{CREDENTIAL}", f"{KV}/metadata/reports/{OTHER_BOT}"),
            *post(f"{KV}/destroy/reports/{OTHER_BOT}", {"versions": [1]}),
        ],
    ),
    "out of Transit": (
        "the signing key itself, or a signature of another",
        [
            *get(*(f"{TRANSIT}/export/{kind}/{CREDENTIAL}" for kind in ("signing-key", "hmac-key", "public-key"))),
            *get(f"{TRANSIT}/backup/{CREDENTIAL}", f"{TRANSIT}/keys/{CREDENTIAL}", f"{TRANSIT}/wrapping_key"),
            *get(f"{TRANSIT}/byok-export/mine/{CREDENTIAL}"),
            *post(f"{TRANSIT}/keys/{CREDENTIAL}/config", {"exportable": True}, {"allow_plaintext_backup": True}),
            *post(f"{TRANSIT}/keys/{CREDENTIAL}/config", {"deletion_allowed": True}),
            *post(f"{TRANSIT}/keys/{CREDENTIAL}/trim", {"min_available_version": 1}),
            *post(f"{TRANSIT}/keys/{CREDENTIAL}/rotate"),
            *post(f"{TRANSIT}/keys/{CREDENTIAL}/import", {"ciphertext": "x"}),
            *post(f"{TRANSIT}/keys/{CREDENTIAL}/import_version", {"ciphertext": "x"}),
            *post(f"{TRANSIT}/keys/mine", {"type": "ed25519", "exportable": True}),
            *post(f"{TRANSIT}/restore/mine", {"backup": "x"}),
            *post(f"{TRANSIT}/datakey/plaintext/{CREDENTIAL}"),
            *delete(f"{TRANSIT}/keys/{CREDENTIAL}"),
            *post(f"{TRANSIT}/sign/{OTHER}", INPUT, {"batch_input": [INPUT]}),
            *post(f"{TRANSIT}/sign/{OTHER}/sha2-256", INPUT),
            *post(f"{TRANSIT}/sign/{CREDENTIAL}/sha2-512", INPUT),
            *post(f"{TRANSIT}/hmac/{OTHER}/sha2-256", INPUT),
            *post(f"{TRANSIT}/encrypt/{CREDENTIAL}", {"plaintext": "aGVsbG8="}),
            *post(f"{TRANSIT}/verify/{CREDENTIAL}", INPUT),
            *post(f"{THEIRS.transit_mount}/sign/{CREDENTIAL}", INPUT),
            *post(f"{TRANSIT}/sign/..%2fkeys%2f{OTHER}%2fconfig", {"exportable": True}),
        ],
    ),
    "another token": (
        "rights that outlive one's own, or are another's",
        [
            *post("auth/token/create", {}, ROOT, {"policies": ["root"]}, {"period": "768h"}, {"no_parent": True}),
            *post("auth/token/create-orphan", {}, ROOT),
            *post("auth/token/create/any", {}),
            *post("auth/token/roles/mine", {"allowed_policies": ["everything"], "orphan": True}),
            *post("auth/token/renew", {"token": "<their-token>"}),
            *post("auth/token/lookup", {"token": "<their-token>"}),
            *post("auth/token/revoke", {"token": "<their-token>"}),
            *post("auth/token/revoke-orphan", {"token": "<their-token>"}),
            *post("auth/token/revoke-accessor", {"accessor": "x"}),
            *post("auth/token/tidy"),
            *listed("auth/token/accessors"),
        ],
    ),
    "foreign leases": (
        "another's secret by its lease id, or its end",
        [
            *get("sys/leases/count?type=irrevocable"),
            *listed("sys/leases/lookup/leased", "sys/leases/lookup/auth"),
            *post("sys/leases/revoke", {"lease_id": "<lease>"}),
            *post("sys/revoke", {"lease_id": "<lease>"}),
            *post("sys/leases/revoke-prefix/leased"),
            *post("sys/leases/revoke-force/leased"),
            *post("sys/revoke-prefix/leased"),
            *post("sys/leases/tidy"),
        ],
    ),
    "policies themselves": (
        "any right, for everybody who holds the policy",
        [
            *(
                call
                for name in (*(OURS.policy(role) for role in POLICIES), "default", "everything", "BINANCE-reader")
                for call in put(f"sys/policies/acl/{name}", {"policy": WIDE})
            ),
            *put(f"sys/policy/{OURS.policy('reader')}", {"policy": WIDE, "rules": WIDE}),
            *put(f"sys/policies/acl/{OURS.policy('new')}", {"policy": WIDE}),
            *put("sys/policies/password/x", {"policy": "length = 1"}),
            *delete(f"sys/policies/acl/{OURS.policy('reader')}", f"sys/policy/{OURS.policy('reader')}"),
            *get("sys/policies/acl/everything", "sys/policy", f"sys/policy/{OURS.policy('reader')}"),
            *listed("sys/policies/acl"),
        ],
    ),
    "mounts": (
        "values moved, ended or served to others",
        [
            *post("sys/remount", {"from": KV, "to": "mine"}),
            *post("sys/mounts/mine", {"type": "kv"}),
            *post(f"sys/mounts/{KV}/tune", {"listing_visibility": "unauth"}),
            *delete(f"sys/mounts/{KV}", f"sys/auth/{OURS.approle_mount}"),
            *post("sys/auth/mine", {"type": "approle"}),
            *post(f"sys/auth/{OURS.approle_mount}/tune", {"token_type": "batch"}, {"max_lease_ttl": "87600h"}),
            *post("sys/auth/token/tune", {"max_lease_ttl": "87600h"}),
            *post(f"auth/{OURS.cert_mount}/config", {"disable_binding": True}),
            *put("sys/plugins/catalog/secret/mine", {"sha256": "00", "command": "x"}),
            *put("sys/plugins/reload/backend", {"mounts": [f"{KV}/"]}),
            *get("sys/mounts", "sys/auth", "sys/internal/ui/mounts/team"),
        ],
    ),
    "the audit log": (
        "what follows is seen by nobody",
        [
            *get("sys/audit"),
            *put("sys/audit/mine", {"type": "file", "options": {"file_path": "discard"}}),
            *delete("sys/audit/file"),
            *post("sys/audit-hash/file", {"input": "x"}),
            *post("sys/config/auditing/request-headers/X-Vault-Token", {"hmac": False}),
            *post(f"sys/mounts/{KV}/tune", {"audit_non_hmac_response_keys": ["data"]}),
        ],
    ),
    "the second factor": (
        "a password alone is enough, or a factor of one's own",
        [
            *delete(f"identity/mfa/login-enforcement/{OURS.enforcement}", "identity/mfa/method/totp/<method>"),
            *post(f"identity/mfa/login-enforcement/{OURS.enforcement}", {"mfa_method_ids": ["<method>"]}),
            *post("identity/mfa/method/totp/<method>", {"issuer": "mine", "max_validation_attempts": 1000}),
            *post("identity/mfa/method/totp/generate", {"method_id": "<method>"}),
            *(
                Asked("POST", f"identity/mfa/method/totp/admin-{verb}", {"method_id": "<method>", "entity_id": entity})
                for verb in ("generate", "destroy")
                for entity in ("<own>", "<writer-person>")
            ),
            *listed("identity/mfa/method", "identity/mfa/login-enforcement"),
        ],
    ),
    "the whole server": (
        "everything, or nothing for anybody",
        [
            *put("sys/seal", None),
            *put("sys/rotate", None),
            *post("sys/quotas/rate-limit/mine", {"rate": 1}),
            *post("sys/config/cors", {"enabled": True, "allowed_origins": "*"}),
            *post("sys/capabilities", {"token": "<their-token>", "paths": ["a"]}),
            *post("identity/lookup/entity", {"name": "alice"}),
            *listed("identity/entity/id", "identity/entity/name", "identity/group/id", "identity/entity-alias/id"),
            *get("identity/entity/id/<alice>", "identity/entity/name/alice", "identity/oidc/token/any"),
            *post("identity/oidc/key/mine", {"allowed_client_ids": "*"}),
            *post("identity/oidc/role/mine", {"key": "default"}),
            *post("sys/tools/random", {"bytes": 1}),
            *post("sys/wrapping/rewrap", {"token": "x"}),
        ],
    ),
}
"""Kind -> what it would gain, and the ways to it."""


ANSWERED = {
    f"GET {OTHERS}%00": (400, "no path at all"),
    **dict.fromkeys(
        (
            f"GET {KV}/data/credentials//{OTHER}",
            f"GET {KV}/data/credentials/./{OTHER}",
            f"GET /{OTHERS}",
            f"GET {KV}/data/credentials/{CREDENTIAL}/../{OTHER}",
        ),
        (307, "sent to the plain path, which is refused"),
    ),
    "POST sys/wrapping/rewrap": (400, "open to anybody who has the wrapping token, and this is none"),
}
"""What is not refused by a policy, by anybody's: the status, and why nothing is gained."""

ANSWERED_TO = {
    ("provisioner", "POST identity/entity-alias"): (400, "an alias without a mount is none"),
    ("auditor", f"GET {TRANSIT}/keys/{CREDENTIAL}"): (200, "at most the public half, and whether it may be exported"),
    ("auditor", "GET sys/audit"): (200, "which devices there are"),
    ("auditor", "LIST identity/entity/name"): (200, "names, and of other teams no more than those"),
}
"""The same, of one role."""

PART_OF_THE_ERRAND: dict[str, set[str]] = {
    "enroll": set(),
    "operator": {f"POST identity/group/name/{OURS.group('writer')}"},
    "setup": {
        *(f"{method} {KV}/config" for method in ("POST", "PUT")),
        *(f"PUT sys/policies/acl/{OURS.policy(role)}" for role in POLICIES),
        f"POST sys/auth/{OURS.approle_mount}/tune",
        *(f"{method} identity/mfa/login-enforcement/{OURS.enforcement}" for method in ("POST", "DELETE")),
        "GET sys/audit",
    },
}
"""What the policies that are printed do not refuse, `operator` for a writer: reach.py says what that is worth."""

NOWHERE = {
    **dict.fromkeys(
        (
            f"GET {KV}/detailed-metadata/credentials/",
            f"LIST {KV}/data/credentials",
            f"GET {KV}/data/credentials/{OTHER}/",
            f"GET {KV}/data/Credentials/{OTHER}",
            f"GET {KV.upper()}/data/credentials/{OTHER}",
            f"GET {KV}/data/credentials/{OTHER.upper()}",
            f"GET {KV}/data/credentials/market-maker%E2%80%912",
            f"GET {KV}/data/credentials/{OTHER}%20",
            f"GET {KV}/data/credentials/*",
            f"GET {OTHERS};x",
            f"GET {OTHERS}#x",
            f"POST {TRANSIT}/sign/..%2fkeys%2f{OTHER}%2fconfig",
        ),
        "another name for what is there, which Vault does not take for it either",
    ),
    f"PATCH {KV}/config": "Vault has POST and PUT alone",
    "GET sys/raw/logical": "off unless raw_storage_endpoint is set",
    "GET sys/storage/raft/snapshot": "on Raft storage",
}
"""What is not there for root either, on the server of the tests, and why it is tried all the same."""


class Attempt(NamedTuple):
    kind: str
    asked: Asked

    @property
    def name(self) -> str:
        return f"{self.asked.method} {self.asked.path}"


def attempts() -> list[Attempt]:
    return [Attempt(kind, asked) for kind, (_, calls) in CATALOGUE.items() for asked in calls]


def filled(value: Any, names: Mapping[str, str]) -> Any:
    """With what the server chose in place of each `<word>`, in all that a request consists of."""
    if isinstance(value, str):
        return re.sub(r"<([a-z-]+)>", lambda found: names[found[1]], value)
    if isinstance(value, Asked):
        return Asked(*(filled(part, names) for part in value))
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    if isinstance(value, dict):
        return {name: filled(one, names) for name, one in value.items()}
    return value
