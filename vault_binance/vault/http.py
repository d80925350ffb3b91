"""The bots' door: the few calls of BotVault, each one request, with the outcome of vault_binance.vault.outcomes.

Rules of the file
- A call that is safe to repeat is tried again while the failure is transient, at most Config.max_retries times;
  unwrapping is not safe to repeat, since its first try may have used the token up.
- What may be secret is Redacted before it leaves; nothing JSON-shaped does.
"""

from __future__ import annotations

import time
from contextlib import suppress

from vault_binance.errors import (
    ConfigError,
    LoginRefused,
    SecretNotFound,
    VaultBinanceError,
    VaultUnavailable,
    WrappedTokenInvalid,
)
from vault_binance.redacted import Hidden, Redacted
from vault_binance.vault.again import again
from vault_binance.vault.outcomes import Operation, failure, outcome
from vault_binance.vault.port import Health, KvPath, Lease, Secret, TokenInfo, WrappingInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from vault_binance.vault.wire import Answer, Sends

    _Result = TypeVar("_Result")


class HttpVault:
    """BotVault over anything that sends requests."""

    def __init__(self, wire: Sends, *, max_retries: int = 0, sleep: Callable[[float], None] = time.sleep) -> None:
        self._wire = wire
        self._max_retries = max_retries
        self._sleep = sleep

    def log_in(self, mount: str, role_id: Redacted, secret_id: Redacted) -> Lease:
        body = Hidden(role_id=role_id.reveal(), secret_id=secret_id.reveal())
        return self._call(Operation.LOG_IN, "POST", f"auth/{mount}/login", _lease, "auth", body=body)

    def wrapping_info(self, wrapping_token: Redacted) -> WrappingInfo:
        """Ask by body, without a token header: any call made *with* a wrapping token uses it up."""
        body = Hidden(token=wrapping_token.reveal())
        return self._call(Operation.LOOK_UP_WRAPPING, "POST", "sys/wrapping/lookup", _wrapping, body=body)

    def unwrap_secret_id(self, wrapping_token: Redacted) -> Redacted:
        try:
            return self._once(Operation.UNWRAP, "POST", "sys/wrapping/unwrap", _secret_id, token=wrapping_token)
        except VaultUnavailable as error:
            raise VaultUnavailable(
                f"{error.message}; the wrapping token may have been used up by this try",
                hint="try again; if it is then refused as invalid, ask for a new one: vault-binance bot secret-id",
                retry_after=error.retry_after,
            ) from None

    def locate(self, token: Redacted, path: str) -> KvPath:
        """Ask which mount holds `path`; any token may ask about paths that it can reach."""
        asked = f"sys/internal/ui/mounts/{path}"
        return self._call(Operation.LOOK_UP, "GET", asked, lambda data: _located(path, data), token=token)

    def read(self, token: Redacted, path: KvPath, *, version: int | None = None) -> Secret:
        query = "" if version is None else f"?version={version}"
        return self._call(Operation.READ, "GET", path.data + query, lambda data: secret_from(data, path), token=token)

    def revoke(self, token: Redacted) -> None:
        self._call(Operation.REVOKE, "POST", "auth/token/revoke-self", lambda _: None, "", token=token)

    def token_info(self, token: Redacted) -> TokenInfo:
        return self._call(Operation.LOOK_UP, "GET", "auth/token/lookup-self", token_from, token=token)

    def entity_metadata(self, token: Redacted, entity_id: str) -> Mapping[str, str]:
        asked = f"identity/entity/id/{entity_id}"
        return self._call(Operation.LOOK_UP, "GET", asked, lambda data: dict(data.get("metadata") or {}), token=token)

    def capabilities(self, token: Redacted, path: str) -> tuple[str, ...]:
        asked, body = "sys/capabilities-self", {"paths": [path]}
        return self._call(Operation.LOOK_UP, "POST", asked, lambda data: tuple(data[path]), body=body, token=token)

    def health(self) -> Health:
        answer = self._wire.send("GET", "sys/health")
        if not isinstance(answer.body.get("sealed"), bool):
            raise _no_answer(Operation.LOOK_UP, answer, "sys/health")
        return health_from(answer.body)

    def _call(
        self,
        operation: Operation,
        method: str,
        path: str,
        parse: Callable[[Mapping[str, Any]], _Result],
        part: str = "data",
        *,
        body: Mapping[str, object] | None = None,
        token: Redacted | None = None,
    ) -> _Result:
        """What `parse` makes of the answer's `part`, `data` or `auth`; an empty `part` expects none."""
        return again(
            lambda: self._once(operation, method, path, parse, part, body=body, token=token),
            self._max_retries,
            self._sleep,
        )

    def _once(
        self,
        operation: Operation,
        method: str,
        path: str,
        parse: Callable[[Mapping[str, Any]], _Result],
        part: str = "data",
        *,
        body: Mapping[str, object] | None = None,
        token: Redacted | None = None,
    ) -> _Result:
        answer = self._wire.send(method, path, body=body, token=token)
        if not answer.is_json:
            raise _no_answer(operation, answer, path)
        if answer.status >= 300:
            raise self._failure(operation, answer, path)
        found = answer.body.get(part) if part else {}
        if isinstance(found, dict):
            with suppress(LookupError, TypeError, ValueError, AttributeError, OverflowError):  # not Vault's shape
                return parse(found)
        raise no_vault(path, answer.status)

    def _failure(self, operation: Operation, answer: Answer, path: str) -> VaultBinanceError:
        if answer.status == 404 and operation is Operation.READ:
            return not_found(answer.body, path)
        return refusal(self._wire, operation, answer, path)


def refusal(wire: Sends, operation: Operation, answer: Answer, path: str) -> VaultBinanceError:
    """The error that an answer is, for both doors; a 503 is looked into, since only a sealed Vault can be unsealed."""
    if not answer.is_json:
        return _no_answer(operation, answer, path)
    sealed = answer.status == 503 and is_sealed(wire)
    return failure(operation, answer.status, path, retry_after=answer.retry_after, sealed=sealed)


def is_sealed(wire: Sends) -> bool:
    """Does Vault itself say so? A load balancer's own 503 says nothing of the kind."""
    try:
        return wire.send("GET", "sys/health").body.get("sealed") is True
    except VaultBinanceError:
        return False


def _no_answer(operation: Operation, answer: Answer, path: str) -> VaultBinanceError:
    """What answered is not Vault: something before it that has no Vault to ask now, or something else altogether."""
    if outcome(operation, answer.status).transient:
        return failure(operation, answer.status, path, retry_after=answer.retry_after)
    return no_vault(path, answer.status)


def no_vault(path: str, status: int) -> ConfigError:
    return ConfigError(
        f"what answered {status} for {path} is not a Vault",
        hint="VAULT_ADDR may name a proxy, or use http:// where the server speaks https",
    )


def _lease(auth: Mapping[str, Any]) -> Lease:
    if not auth["client_token"] and auth.get("mfa_requirement"):
        raise LoginRefused(
            "Vault asks for a second factor, which a bot has not",
            hint="leave this auth method out of the MFA login enforcement: vault list identity/mfa/login-enforcement",
        )
    return Lease(
        token=_text(auth["client_token"]),
        accessor=str(auth.get("accessor", "")),
        ttl=int(auth["lease_duration"]),
        renewable=bool(auth["renewable"]),
        policies=tuple(auth.get("token_policies") or auth.get("policies") or ()),
    )


def _wrapping(data: Mapping[str, Any]) -> WrappingInfo:
    return WrappingInfo(str(data["creation_path"]), str(data["creation_time"]), int(data["creation_ttl"]))


def _secret_id(data: Mapping[str, Any]) -> Redacted:
    if not isinstance(data.get("secret_id"), str):
        raise WrappedTokenInvalid("the wrapping token holds no SecretID", hint="was another kind of secret wrapped?")
    return _text(data["secret_id"])


def _text(value: object) -> Redacted:
    if not isinstance(value, str) or not value:
        raise TypeError
    return Redacted(value)


def _located(path: str, data: Mapping[str, Any]) -> KvPath:
    return kv_path(path, str(data["path"]), str((data.get("options") or {}).get("version", "")))


def secret_from(data: Mapping[str, Any], path: KvPath) -> Secret:
    """A Secret from the `data` of a KV read; version 0 is KV v1, which has none."""
    if path.kv_version == 1:
        return Secret(_redacted(data), version=0)
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


def _redacted(fields: Mapping[str, Any]) -> dict[str, object]:
    return {name: _hidden(value) for name, value in fields.items()}


def _hidden(value: object) -> object:
    if isinstance(value, str):
        return Redacted(value)
    if isinstance(value, dict):
        return _redacted(value)
    return [_hidden(entry) for entry in value] if isinstance(value, list) else value


def kv_path(path: str, mount: str, kv_version: str) -> KvPath:
    """Where the KV engine at `mount` (with its trailing slash) keeps `path`."""
    if path == mount.rstrip("/"):
        raise ConfigError(f"{path} is a whole mount", hint=f"name a secret in it, as in {mount}market-maker")
    rest = path.removeprefix(mount)
    if kv_version == "2":
        return KvPath(f"{mount}data/{rest}")
    return KvPath(path, kv_version=1)


def not_found(body: Mapping[str, Any], path: str) -> SecretNotFound:
    """Tell absent, deleted and destroyed apart: for the latter two a 404 carries the version's metadata."""
    data = body.get("data")
    metadata = data.get("metadata") if isinstance(data, dict) else None
    metadata = metadata if isinstance(metadata, dict) else {}
    version = f"version {metadata.get('version', '')} of {path}"
    if metadata.get("destroyed"):
        return SecretNotFound(
            f"{version} was destroyed",
            hint="it is gone for good; store a new pair: vault-binance key put",
            state="destroyed",
        )
    if metadata.get("deletion_time"):
        return SecretNotFound(
            f"{version} was deleted on {str(metadata['deletion_time'])[:19]}",
            hint="an operator can bring it back: vault-binance key restore",
            state="deleted",
        )
    return SecretNotFound(f"nothing at {path}", hint="is the name right? see: vault-binance key list", state="absent")


def token_from(data: Mapping[str, Any]) -> TokenInfo:
    return TokenInfo(
        accessor=str(data.get("accessor", "")),
        ttl=int(data["ttl"]),
        renewable=bool(data.get("renewable", False)),
        num_uses=int(data["num_uses"]),
        policies=tuple(data.get("policies") or ()) + tuple(data.get("identity_policies") or ()),
        entity_id=str(data.get("entity_id", "")),
        kind=str(data.get("type", "")),
    )


def health_from(body: Mapping[str, Any]) -> Health:
    return Health(
        initialized=bool(body.get("initialized", False)),
        sealed=bool(body.get("sealed", True)),
        standby=bool(body.get("standby", False)),
        version=str(body.get("version", "")),
    )
