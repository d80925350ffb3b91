"""Mounts, auth methods, policies, audit devices, health: what `setup` and `policy` ask of sys/.

Mounts are made by path: hvac sends every setting that it knows as null, also those that our policies deny.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vault_binance.errors import PermissionDenied, SecretNotFound, VaultBinanceError, VaultUnavailable
from vault_binance.vault.admin_answers import understood
from vault_binance.vault.answers import health_from, token_from
from vault_binance.vault.operator_port import KvConfig, Mount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vault_binance.vault.port import Health, TokenInfo

_READY_TRIES = 100
_READY_PAUSE = 0.05
"""Seconds between looks at a KV mount that has just been made: for a moment it answers 400 to everything."""


@understood
class SystemCalls:
    """The sys/ part of OperatorVault."""

    _client: Any
    _adapter: Any
    _sleep: Callable[[float], None]

    def health(self) -> Health:
        return health_from(self._client.sys.read_health_status(method="GET"))

    def own_token(self) -> TokenInfo:
        return token_from(self._client.auth.token.lookup_self()["data"])

    def audit_devices(self) -> Sequence[str]:
        return sorted(self._client.sys.list_enabled_audit_devices()["data"])

    def enable_audit(self, path: str, kind: str, options: Mapping[str, str]) -> bool:
        """False where the server refuses: it cannot write there, or takes devices from its configuration alone."""
        body = {"json": {"type": kind, "options": dict(options)}}
        return bool(self._adapter.answer("post", f"sys/audit/{path}", body, tolerated={400}).status != 400)

    def mount(self, path: str) -> Mount | None:
        return self._described(f"sys/mounts/{path}", path)

    def visible_mount(self, path: str) -> Mount | None:
        """What any token may know of a mount in which it may do something; None where it may do nothing."""
        answer = self._adapter.answer("get", f"sys/internal/ui/mounts/{path}", {}, tolerated={403})
        return None if answer.status == 403 else _mount(answer.body["data"], path)

    def auth_mount(self, path: str) -> Mount | None:
        return self._described(f"sys/mounts/auth/{path}", path)

    def _described(self, api_path: str, path: str) -> Mount | None:
        """Vault answers 400 for a mount that is not there: no status of its own, so only this call knows.

        Auth methods are asked for below sys/mounts too: below sys/auth even looking needs sudo.
        """
        answer = self._adapter.answer("get", api_path, {}, tolerated={400, 404})
        return None if answer.status >= 400 else _mount(answer.body["data"], path)

    def enable_kv(self, path: str, description: str) -> None:
        """Make a KV v2 mount and wait until it answers."""
        body = {"type": "kv", "description": description, "options": {"version": "2"}}
        self._adapter.post(f"/v1/sys/mounts/{path}", json=body)
        for _ in range(_READY_TRIES):
            try:
                self.kv_config(path)
            except VaultBinanceError as error:
                if isinstance(error, PermissionDenied | VaultUnavailable):
                    raise
                self._sleep(_READY_PAUSE)
            else:
                return
        raise VaultUnavailable(f"the mount {path}/ was made but does not answer", hint="run setup again")

    def kv_config(self, path: str) -> KvConfig:
        data = self._client.secrets.kv.v2.read_configuration(mount_point=path)["data"]
        expiry = str(data.get("delete_version_after") or "0s")
        return KvConfig(bool(data["cas_required"]), int(data["max_versions"]), expiry)

    def configure_kv(self, path: str, config: KvConfig) -> None:
        self._client.secrets.kv.v2.configure(
            max_versions=config.max_versions,
            cas_required=config.cas_required,
            delete_version_after=config.delete_version_after,
            mount_point=path,
        )

    def enable_auth(self, path: str, kind: str, description: str) -> None:
        self._adapter.post(f"/v1/sys/auth/{path}", json={"type": kind, "description": description})

    def enable_transit(self, path: str, description: str) -> None:
        self._adapter.post(f"/v1/sys/mounts/{path}", json={"type": "transit", "description": description})

    def tune_auth_mount(self, path: str, *, default_lease_ttl: int, max_lease_ttl: int) -> None:
        self._client.sys.tune_auth_method(path, default_lease_ttl=default_lease_ttl, max_lease_ttl=max_lease_ttl)

    def describe_mount(self, path: str, description: str) -> None:
        self._client.sys.tune_mount_configuration(path, description=description)

    def describe_auth_mount(self, path: str, description: str) -> None:
        self._client.sys.tune_auth_method(path, description=description)

    def policies(self) -> Sequence[str]:
        return sorted(self._client.sys.list_acl_policies()["data"]["keys"])

    def policy(self, name: str) -> str | None:
        try:
            return str(self._client.sys.read_acl_policy(name)["data"]["policy"])
        except SecretNotFound:
            return None

    def write_policy(self, name: str, text: str) -> None:
        self._client.sys.create_or_update_acl_policy(name, text, pretty_print=False)


def _mount(data: Mapping[str, Any], path: str) -> Mount:
    return Mount(
        path=path,
        kind=str(data["type"]),
        accessor=str(data["accessor"]),
        description=str(data.get("description", "")),
        version=str((data.get("options") or {}).get("version", "")),
        default_lease_ttl=int((data.get("config") or {}).get("default_lease_ttl", 0)),
        max_lease_ttl=int((data.get("config") or {}).get("max_lease_ttl", 0)),
        token_type=str((data.get("config") or {}).get("token_type", "")),
        in_clear=_in_clear(data.get("config") or {}),
    )


def _in_clear(config: Mapping[str, Any]) -> tuple[str, ...]:
    """An empty name is none: Vault keeps one where `vault write` or Terraform sent an empty list as text."""
    listed = (config.get(f"audit_non_hmac_{way}_keys") or () for way in ("request", "response"))
    return tuple(str(one) for names in listed for one in names if one)
