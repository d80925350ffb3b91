"""Which request is which deed: paths of Vault's API, with the word that is told for each.

Rules of the file
- First match wins. A path that matches nothing is no business of ours; an empty word is a deed nobody need hear of.
- A deed's facts are what its finding needs and what stands in clear: names of fields and booleans, never a value
  (reference: Vault, 7.2; numbers in a request are hashed too, being text to Vault's parser).
- Vault's own command sends text: its `exportable=true` and `metadata=a=b` are hashes here. What a hash may say is
  judged as if it did.
- `Scope.ANYBODYS` are paths that all teams share: whether such a deed is ours, only what it names can say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vault_binance.layout import Layout

    Entry = Mapping[str, Any]
    Deed = Callable[[Entry], str]

SHORTENING = frozenset({"max_versions", "delete_version_after", "cas_required"})
"""Fields of KV v2 that end older versions, or let a write overwrite what it has not seen."""

_EXPOSING = frozenset({"exportable", "allow_plaintext_backup"})
_OF_ENTITIES = frozenset({"make bot", "allow", "suspend", "suspend or allow", "change entity"})
_SECRET_FIELDS = ("api_key", "api_secret", "private_key")


class Scope(StrEnum):
    """Ours by its path; everybody's, and told whoever it concerns; or anybody's, and ours if what it names is."""

    OURS = "ours"
    EVERYBODYS = "everybody's"
    ANYBODYS = "anybody's"


@dataclass(frozen=True, slots=True)
class Rule:
    pattern: re.Pattern[str]
    deed: Deed
    scope: Scope = Scope.OURS


def mapping(value: object) -> Mapping[str, Any]:
    """What is unwrapped stands in the log as somebody wrapped it: nothing in a line is sure to be a mapping."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> Sequence[object]:
    """As `mapping`, for a list."""
    return value if isinstance(value, list) else ()


def asked(entry: Entry) -> Mapping[str, Any]:
    """The data of a request."""
    return mapping(entry["request"].get("data"))


def answered(entry: Entry) -> Mapping[str, Any]:
    """The data of a response."""
    return mapping(mapping(entry.get("response")).get("data"))


def lent(entry: Entry) -> str:
    """What says to which credential a bot is pointed: a hash, and of metadata that came as text that of all of it."""
    metadata = asked(entry).get("metadata")
    if isinstance(metadata, list):
        return " ".join(map(str, metadata))
    return metadata if isinstance(metadata, str) else str(mapping(metadata).get("binance_credential", ""))


def granted_by(entry: Entry) -> tuple[str, ...]:
    """The policies that let it pass; empty where it did not, or where the server does not tell."""
    granting = mapping(mapping(entry.get("auth")).get("policy_results")).get("granting_policies")
    return tuple(str(one["name"]) for one in listed(granting) if isinstance(one, dict) and one.get("name"))


def operation(entry: Entry) -> str:
    return str(entry["request"].get("operation", ""))


_WRITES = frozenset({"create", "update", "patch"})


def _always(word: str) -> Deed:
    return lambda _: word


def _on(writes: str = "", reads: str = "", deletes: str = "") -> Deed:
    words = {**dict.fromkeys(_WRITES, writes), "read": reads, "delete": deletes}
    return lambda entry: words.get(operation(entry), "")


def _role(entry: Entry) -> str:
    return {"create": "make role", "update": "change role", "delete": "delete role"}.get(operation(entry), "")


def _metadata(entry: Entry) -> str:
    if operation(entry) == "delete":
        return "erase all of"
    return "shorten history" if operation(entry) in _WRITES and SHORTENING & asked(entry).keys() else ""


def _entity(entry: Entry) -> str:
    """Suspending is one boolean in the request, which Vault does not hash; making a bot writes metadata beside it."""
    data = asked(entry)
    if operation(entry) == "delete":
        return "end tokens"
    if operation(entry) not in _WRITES:
        return ""
    if isinstance(data.get("disabled"), str):  # of Vault's own command: a hash, and which of the two it does not say
        return "suspend or allow"
    if data.get("disabled"):
        return "suspend"
    return "make bot" if "metadata" in data else "allow" if "disabled" in data else "change entity"


def _unwrapping(entry: Entry) -> str:
    """Looking up is told only where it failed: a wrapping token that somebody has used already."""
    return "unwrap" if entry["request"]["path"].endswith("/unwrap") or entry.get("error") else ""


def rules(layout: Layout) -> tuple[Rule, ...]:
    kv, transit, approle, cert = layout.kv_mount, layout.transit_mount, layout.approle_mount, layout.cert_mount
    name, role = r"(?P<subject>[^/]+)", rf"auth/{approle}/role/(?P<subject>[^/]+)"
    prefix = f"(?i:{layout.instance}-)"  # Vault folds these names, and no mount's
    mounts = f"{kv}|{transit}|{approle}|{cert}"
    ours: tuple[tuple[str, Deed], ...] = (
        (rf"{kv}/data/credentials/{name}", _on("store", "read", "delete")),
        (rf"{kv}/(?P<deed>delete|undelete|destroy)/credentials/{name}", _on("{deed}")),
        (rf"{kv}/metadata/credentials/{name}", _metadata),
        (rf"{kv}/subkeys/credentials/{name}", _on(reads="read field names")),
        (rf"{kv}/data/pending/{name}", _on("keep half-made key", "read half-made key", "drop half-made key")),
        (rf"{kv}/(?P<deed>delete|undelete|destroy)/pending/{name}", _on("{deed} half-made key")),
        (rf"{kv}/metadata/pending/{name}", _on(deletes="drop half-made key")),
        (rf"{kv}/data/reports/{name}", _on("report", deletes="delete report")),
        (rf"{kv}/config", _on("configure store")),
        (rf"{transit}/(?:sign|hmac)/{name}(?:/[^/]+)?", _on("sign")),
        (rf"{transit}/export/[^/]+/{name}(?:/[^/]+)?", _on(reads="export key")),
        (rf"{transit}/backup/{name}", _on(reads="back up key")),
        (rf"{transit}/keys/{name}", _on("make signing key", deletes="delete signing key")),
        (rf"{transit}/(?:keys/{name}/(?:config|trim)|restore(?:/.*)?|cache-config)", _on("configure signing key")),
        (rf"{transit}/keys/{name}/(?P<deed>rotate|import|import_version)", _on("{deed} signing key")),
        (rf"auth/(?:{approle}|{cert})/login", _always("log in")),
        (rf"{role}/(?:custom-)?secret-id", _on("make SecretID")),
        (rf"{role}/secret-id(?:-accessor)?/destroy", _on("destroy SecretID", deletes="destroy SecretID")),
        (role, _role),
        (rf"{role}/(?!secret-id)[^/]+", _on("change part of role", deletes="change part of role")),
        (rf"auth/{cert}/certs/{name}", _on("pin certificate", deletes="unpin certificate")),
        (rf"identity/entity/name/{prefix}{name}", _entity),
        (rf"identity/group/name/{prefix}{name}", _on("change group", deletes="delete group")),
        (rf"identity/mfa/login-enforcement/(?P<subject>{layout.enforcement})",
         _on("require second factor", deletes="drop second factor")),
        (rf"sys/polic(?:y|ies/acl)/(?P<subject>{prefix}[^/]+)", _on("write policy", deletes="delete policy")),
        (rf"sys/(?:mounts|auth)/(?P<subject>{mounts})/?", _on("enable mount", deletes="end mount")),
        (rf"sys/(?:mounts/(?:auth/)?|auth/)(?P<subject>{mounts})/tune", _on("tune mount")),
        (rf"sys/leases/revoke-(?:prefix|force)/(?:auth/)?(?P<subject>{mounts})(?:/.*)?",
         _on("end all leases")),
    )  # fmt: skip
    everybodys: tuple[tuple[str, Deed], ...] = (
        (r"sys/audit/(?P<subject>.+)", _on("enable audit device", deletes="disable audit device")),
        (r"sys/generate-root/(?:attempt|update)", _on("generate root token")),
        (r"sys/remount", _on("move a mount")),
    )
    anybodys: tuple[tuple[str, Deed], ...] = (
        (r"sys/wrapping/(?:lookup|unwrap|rewrap)", _unwrapping),
        (r"auth/[^/]+(?:/[^/]+)*/login(?:/[^/]+)?", _always("log in")),
        (r"auth/token/(?P<deed>renew|revoke)-self", lambda entry: _TOKENS[entry["request"]["path"][-11:]]),
        (r"auth/token/revoke-accessor", _on("end token")),
        (r"identity/entity/id/(?P<subject>[^/]+)", _on("change entity", deletes="delete entity")),
        (r"identity/entity", _on("change entity")),
        (r"identity/entity/(?:merge|batch-delete)", _on("merge or delete entities")),
        (r"identity/(?:entity-alias|alias|persona)(?:/id/[^/]+)?", _on("tie login", deletes="untie login")),
        (r"identity/group(?:/id/[^/]+)?", _on("change group", deletes="delete group")),
        (r"identity/mfa/method/[^/]+/admin-(?P<deed>generate|destroy)",
         lambda entry: _ENROLMENTS[entry["request"]["path"][-7:]]),
        (r"identity/mfa/method/[^/]+(?:/[^/]+)?", _on("change second factor", deletes="delete second factor")),
    )  # fmt: skip
    scoped = ((Scope.OURS, ours), (Scope.EVERYBODYS, everybodys), (Scope.ANYBODYS, anybodys))
    return tuple(Rule(re.compile(text), deed, scope) for scope, some in scoped for text, deed in some)


_TOKENS = {"/renew-self": "", "revoke-self": "give token back"}
_ENROLMENTS = {"enerate": "enrol second factor", "destroy": "forget second factor"}


def facts(entry: Entry, action: str) -> frozenset[str]:
    """What a deed was like, in words of this file."""
    return frozenset(_facts(entry, action))


def _facts(entry: Entry, action: str) -> list[str]:
    data, response = asked(entry), mapping(entry.get("response"))
    checks = {
        "wrapped": "wrap_info" in response or bool(entry["request"].get("wrap_ttl")),
        "exposes": any(data.get(field, False) is not False for field in _EXPOSING),
        "gives policies": action in _OF_ENTITIES and "policies" in data,
        "enables": action in {"allow", "make bot"} and data.get("disabled") is False,
        "removes": "removed" in mapping(data.get("metadata")),
        # Only an entity that was not there is answered with its id.
        "overwrites": action in _OF_ENTITIES and "metadata" in data and "id" not in answered(entry),
        "in clear": _in_clear(data) or _in_clear(answered(entry)),
        "refused by policy": mapping(mapping(entry.get("auth")).get("policy_results")).get("allowed") is False,
    }
    return [name for name, holds in checks.items() if holds]


def _in_clear(data: Mapping[str, Any]) -> bool:
    """Whether a field of a credential stands in the log as it is: a device with `log_raw`, or keys exempt from HMAC."""
    fields = mapping(data.get("data")) or data
    values = (fields.get(name) for name in _SECRET_FIELDS)
    return any(isinstance(value, str) and value and not value.startswith("hmac-sha256:") for value in values)
