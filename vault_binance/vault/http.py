"""The bots' door: the few calls of BotVault, each one request, with the outcome of vault_binance.vault.outcomes.

Rules of the file
- A call that is safe to repeat is tried again while the failure is transient, at most Config.max_retries times;
  unwrapping is not safe to repeat, since its first try may have used the token up.
- What may be secret is Redacted before it leaves; nothing JSON-shaped does.
"""

from __future__ import annotations

import time

from vault_binance.errors import ConfigError, SecretNotFound, VaultBinanceError, VaultUnavailable, WrappedTokenInvalid
from vault_binance.redacted import Redacted
from vault_binance.vault.again import again
from vault_binance.vault.outcomes import Operation, failure
from vault_binance.vault.port import Health, KvPath, Lease, Secret, TokenInfo, WrappingInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from vault_binance.vault.wire import Answer, Sends


class HttpVault:
    """BotVault over anything that sends requests."""

    def __init__(self, wire: Sends, *, max_retries: int = 0, sleep: Callable[[float], None] = time.sleep) -> None:
        self._wire = wire
        self._max_retries = max_retries
        self._sleep = sleep

    def log_in(self, mount: str, role_id: Redacted, secret_id: Redacted) -> Lease:
        body = {"role_id": role_id.reveal(), "secret_id": secret_id.reveal()}
        return _lease(self._call(Operation.LOG_IN, "POST", f"auth/{mount}/login", "auth", body=body))

    def wrapping_info(self, wrapping_token: Redacted) -> WrappingInfo:
        """Ask by body, without a token header: any call made *with* a wrapping token uses it up."""
        body = {"token": wrapping_token.reveal()}
        data = self._call(Operation.LOOK_UP_WRAPPING, "POST", "sys/wrapping/lookup", body=body)
        return WrappingInfo(str(data["creation_path"]), str(data["creation_time"]), int(data["creation_ttl"]))

    def unwrap_secret_id(self, wrapping_token: Redacted) -> Redacted:
        try:
            data = self._once(Operation.UNWRAP, "POST", "sys/wrapping/unwrap", token=wrapping_token)
        except VaultUnavailable as error:
            raise VaultUnavailable(
                f"{error.message}; the wrapping token may have been used up by this try",
                hint="try again; if it is then refused as invalid, ask for a new one: vault-binance bot secret-id",
            ) from None
        secret_id = data.get("secret_id")
        if not isinstance(secret_id, str):
            raise WrappedTokenInvalid(
                "the wrapping token holds no SecretID", hint="was another kind of secret wrapped?"
            )
        return Redacted(secret_id)

    def locate(self, token: Redacted, path: str) -> KvPath:
        """Ask which mount holds `path`; any token may ask about paths that it can reach."""
        asked = f"sys/internal/ui/mounts/{path}"
        data = self._call(Operation.LOOK_UP, "GET", asked, token=token)
        return kv_path(path, str(data["path"]), str((data.get("options") or {}).get("version", "")))

    def read(self, token: Redacted, path: KvPath, *, version: int | None = None) -> Secret:
        query = "" if version is None else f"?version={version}"
        return secret_from(self._call(Operation.READ, "GET", path.data + query, token=token), path)

    def revoke(self, token: Redacted) -> None:
        self._call(Operation.REVOKE, "POST", "auth/token/revoke-self", "", token=token)

    def token_info(self, token: Redacted) -> TokenInfo:
        return token_from(self._call(Operation.LOOK_UP, "GET", "auth/token/lookup-self", token=token))

    def entity_metadata(self, token: Redacted, entity_id: str) -> Mapping[str, str]:
        data = self._call(Operation.LOOK_UP, "GET", f"identity/entity/id/{entity_id}", token=token)
        return dict(data.get("metadata") or {})

    def capabilities(self, token: Redacted, path: str) -> tuple[str, ...]:
        body = {"paths": [path]}
        return tuple(self._call(Operation.LOOK_UP, "POST", "sys/capabilities-self", body=body, token=token)[path])

    def health(self) -> Health:
        return health_from(self._wire.send("GET", "sys/health").body)

    def _call(
        self,
        operation: Operation,
        method: str,
        path: str,
        part: str = "data",
        *,
        body: Mapping[str, object] | None = None,
        token: Redacted | None = None,
    ) -> Mapping[str, Any]:
        """The object that the answer carries as `part`, `data` or `auth`; an empty `part` expects none."""
        return again(
            lambda: self._once(operation, method, path, part, body=body, token=token), self._max_retries, self._sleep
        )

    def _once(
        self,
        operation: Operation,
        method: str,
        path: str,
        part: str = "data",
        *,
        body: Mapping[str, object] | None = None,
        token: Redacted | None = None,
    ) -> Mapping[str, Any]:
        answer = self._wire.send(method, path, body=body, token=token)
        if not answer.is_json and answer.status < 500:
            raise no_vault(path, answer.status)
        if answer.status >= 300:
            raise self._failure(operation, answer, path)
        found = answer.body.get(part) if part else {}
        if not isinstance(found, dict):
            raise no_vault(path, answer.status)
        return found

    def _failure(self, operation: Operation, answer: Answer, path: str) -> VaultBinanceError:
        if answer.status == 404 and operation is Operation.READ:
            return not_found(answer.body, path)
        sealed = answer.status == 503 and self._is_sealed()
        return failure(operation, answer.status, path, retry_after=answer.retry_after, sealed=sealed)

    def _is_sealed(self) -> bool:
        try:
            return self.health().sealed
        except VaultBinanceError:
            return False


def no_vault(path: str, status: int) -> ConfigError:
    return ConfigError(
        f"what answered {status} for {path} is not a Vault",
        hint="VAULT_ADDR may name a proxy, or use http:// where the server speaks https",
    )


def _lease(auth: Mapping[str, Any]) -> Lease:
    return Lease(
        token=Redacted(str(auth["client_token"])),
        accessor=str(auth.get("accessor", "")),
        ttl=int(auth["lease_duration"]),
        renewable=bool(auth["renewable"]),
        policies=tuple(auth.get("token_policies") or auth.get("policies") or ()),
    )


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
    return {name: Redacted(value) if isinstance(value, str) else value for name, value in fields.items()}


def kv_path(path: str, mount: str, kv_version: str) -> KvPath:
    """Where the KV engine at `mount` (with its trailing slash) keeps `path`."""
    rest = path.removeprefix(mount)
    if kv_version == "2":
        return KvPath(f"{mount}data/{rest}")
    return KvPath(path, kv_version=1)


def not_found(body: Mapping[str, Any], path: str) -> SecretNotFound:
    """Tell absent, deleted and destroyed apart: for the latter two a 404 carries the version's metadata."""
    metadata = (body.get("data") or {}).get("metadata") or {}
    if metadata.get("destroyed"):
        return SecretNotFound(
            f"version {metadata['version']} of {path} was destroyed",
            hint="it is gone for good; store a new pair: vault-binance key put",
            state="destroyed",
        )
    if metadata.get("deletion_time"):
        return SecretNotFound(
            f"version {metadata['version']} of {path} was deleted on {metadata['deletion_time'][:19]}",
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
