"""What Vault's JSON says in the values of the port: for both doors.

Rules of the file
- What may be secret is Redacted before it leaves.
- An answer of another shape raises whatever taking it apart raises; the doors say that it is no Vault's.
"""

from __future__ import annotations

from vault_binance.errors import ConfigError, LeaseEnded, LoginRefused, SecretNotFound, WrappedTokenInvalid
from vault_binance.redacted import Redacted
from vault_binance.vault.port import Health, KvPath, Lease, Secret, SecretLease, TokenInfo, WrappingInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_KV = frozenset({"kv", "generic"})
"""`generic` is what KV v1 was called; a mount made then still is one."""


def lease_from(auth: Mapping[str, Any]) -> Lease:
    if not auth["client_token"] and auth.get("mfa_requirement"):
        raise LoginRefused(
            "Vault asks for a second factor, which a bot has not",
            hint="leave this auth method out of the MFA login enforcement: vault list identity/mfa/login-enforcement",
        )
    return Lease(
        token=_text(auth["client_token"]),
        accessor=str(auth.get("accessor", "")),
        ttl=_seconds(auth["lease_duration"]),
        renewable=bool(auth["renewable"]),
        policies=tuple(auth.get("token_policies") or auth.get("policies") or ()),
    )


def wrapping_from(data: Mapping[str, Any]) -> WrappingInfo:
    return WrappingInfo(str(data["creation_path"]), str(data["creation_time"]), _seconds(data["creation_ttl"]))


def secret_id_from(data: Mapping[str, Any]) -> Redacted:
    if not isinstance(data.get("secret_id"), str):
        raise WrappedTokenInvalid("the wrapping token holds no SecretID", hint="was another kind of secret wrapped?")
    return _text(data["secret_id"])


def _text(value: object) -> Redacted:
    if not isinstance(value, str) or not value:
        raise TypeError
    return Redacted(value)


def _seconds(value: Any) -> int:
    """Raises OverflowError for a number of more digits than a clock can be added to: JSON knows no limit."""
    float(seconds := int(value))
    return seconds


def kv_path(path: str, data: Mapping[str, Any]) -> KvPath:
    """Where the API reads `path`, by what Vault says of its mount. Raises ConfigError where no bot should read it."""
    mount, options = str(data["path"]), data.get("options") or {}
    if path == mount.rstrip("/"):
        raise ConfigError(f"{path} is a whole mount", hint=f"name a secret in it, as in {mount}market-maker")
    if data["type"] not in _KV:
        return KvPath(path, kv_version=0)
    if options.get("version") == "2":
        return KvPath(f"{mount}data/{path.removeprefix(mount)}")
    if options.get("leased_passthrough") == "true":  # only this spelling has an effect (measured on 1.21.1)
        raise ConfigError(
            f"{mount} is a KV v1 mount with leased_passthrough: whoever learns a lease id gets the secret by renewing",
            hint="move the secret to a KV v2 mount: vault-binance setup makes one, vault-binance key put fills it",
        )
    return KvPath(path, kv_version=1)


def secret_from(body: Mapping[str, Any], path: KvPath) -> Secret:
    """What a read found: a version of KV v2; or what KV v1 and other engines have, which is version 0."""
    data = body["data"]
    if path.kv_version != 2:
        return Secret(_redacted(data), version=0, lease=secret_lease_from(body) if body.get("lease_id") else None)
    fields, metadata = data.get("data"), data.get("metadata")
    if not isinstance(fields, dict) or not isinstance(metadata, dict):
        raise ConfigError(
            f"{path.data} is not in a KV v2 mount",
            hint="KV v1 has no versions and no check-and-set; look: vault secrets list -detailed",
        )
    return Secret(
        fields=_redacted(fields),
        version=int(metadata["version"]),
        created=str(metadata.get("created_time", "")),
        custom_metadata=dict(metadata.get("custom_metadata") or {}),
    )


def secret_lease_from(body: Mapping[str, Any]) -> SecretLease:
    return SecretLease(_text(body["lease_id"]), _seconds(body["lease_duration"]), bool(body["renewable"]))


def renewed_from(body: Mapping[str, Any]) -> SecretLease:
    """A KV v1 secret that was deleted meanwhile is renewed with a 204 and nothing in it (measured on 1.21.1)."""
    if not body:
        raise LeaseEnded(
            "there is nothing left to renew: the secret of this lease is gone",
            hint="read it again, to see what is there now",
            reason="not-renewable",
        )
    return secret_lease_from(body)


def _redacted(fields: Mapping[str, Any]) -> dict[str, object]:
    return {name: _hidden(value) for name, value in fields.items()}


def _hidden(value: object) -> object:
    if isinstance(value, str):
        return Redacted(value)
    if isinstance(value, dict):
        return _redacted(value)
    return [_hidden(entry) for entry in value] if isinstance(value, list) else value


def not_found(body: Mapping[str, Any], path: str) -> SecretNotFound:
    """Tell absent, deleted and destroyed apart: for the latter two a 404 carries the version's metadata."""
    data = body.get("data")
    metadata = data.get("metadata") if isinstance(data, dict) else None
    metadata = metadata if isinstance(metadata, dict) else {}
    number = metadata.get("version")
    number = number if isinstance(number, int) else 0
    version = f"version {number or ''} of {path}"
    if metadata.get("destroyed"):
        return SecretNotFound(
            f"{version} was destroyed",
            hint="it is gone for good; store a new pair: vault-binance key put",
            state="destroyed",
            version=number,
        )
    if metadata.get("deletion_time"):
        return SecretNotFound(
            f"{version} was deleted on {str(metadata['deletion_time'])[:19]}",
            hint="an operator can bring it back: vault-binance key restore",
            state="deleted",
            version=number,
        )
    return SecretNotFound(f"nothing at {path}", hint="is the name right? see: vault-binance key list", state="absent")


def token_from(data: Mapping[str, Any]) -> TokenInfo:
    return TokenInfo(
        accessor=str(data.get("accessor", "")),
        ttl=_seconds(data["ttl"]),
        renewable=bool(data.get("renewable", False)),
        num_uses=int(data["num_uses"]),
        policies=tuple(data.get("policies") or ()) + tuple(data.get("identity_policies") or ()),
        entity_id=str(data.get("entity_id", "")),
        kind=str(data.get("type", "")),
        identity_policies=tuple(data.get("identity_policies") or ()),
        period=_seconds(data.get("period") or 0),
        explicit_max_ttl=_seconds(data.get("explicit_max_ttl") or 0),
        path=str(data.get("path", "")),
    )


def health_from(body: Mapping[str, Any]) -> Health:
    return Health(
        initialized=bool(body.get("initialized", False)),
        sealed=bool(body.get("sealed", True)),
        standby=bool(body.get("standby", False)),
        version=str(body.get("version", "")),
    )
