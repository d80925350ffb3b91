"""Versions of secrets and what is known of them: the KV v2 part of the operators' door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vault_binance.errors import SecretNotFound, VaultBinanceError, WriteConflict
from vault_binance.vault.admin_answers import understood
from vault_binance.vault.answers import not_found, secret_from
from vault_binance.vault.operator_port import SecretMetadata, VersionInfo
from vault_binance.vault.port import KvPath, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@understood
class KvCalls:
    """The KV v2 part of OperatorVault. Every write is a check-and-set."""

    _client: Any
    _adapter: Any

    def list_secrets(self, mount: str, path: str) -> Sequence[str]:
        try:
            return tuple(self._client.secrets.kv.v2.list_secrets(path, mount_point=mount)["data"]["keys"])
        except SecretNotFound:
            return ()

    def secret_metadata(self, mount: str, path: str) -> SecretMetadata | None:
        try:
            data = self._client.secrets.kv.v2.read_secret_metadata(path, mount_point=mount)["data"]
        except SecretNotFound:
            return None
        return SecretMetadata(
            current_version=int(data["current_version"]),
            versions=tuple(_version(int(number), entry) for number, entry in sorted_versions(data["versions"])),
            custom_metadata=dict(data.get("custom_metadata") or {}),
            max_versions=int(data.get("max_versions") or 0),
            delete_version_after=str(data.get("delete_version_after") or "0s"),
        )

    def read_secret(self, mount: str, path: str, *, version: int | None = None) -> Secret:
        api_path = f"{mount}/data/{path}"
        query = "" if version is None else f"?version={version}"
        answer = self._adapter.answer("get", api_path + query, {}, tolerated={404})
        if answer.status == 404:
            raise not_found(answer.body, api_path)
        return secret_from(answer.body, KvPath(api_path))

    def write_secret(self, mount: str, path: str, fields: Mapping[str, str], *, cas: int) -> int:
        """Write the version after `cas` and return its number; raises WriteConflict where somebody was quicker."""
        try:
            answer = self._client.secrets.kv.v2.create_or_update_secret(path, dict(fields), cas=cas, mount_point=mount)
        except VaultBinanceError as error:
            raise self._conflict(mount, path, cas) or error from None
        return int(answer["data"]["version"])

    def _conflict(self, mount: str, path: str, cas: int) -> WriteConflict | None:
        """Vault answers 400 to a lost check-and-set as to much else: look whether the version has moved."""
        try:
            metadata = self.secret_metadata(mount, path)
        except VaultBinanceError:
            return None
        if metadata is None or metadata.current_version == cas:
            return None
        latest = metadata.versions[-1]
        who = f" by {latest.created_by}" if latest.created_by else ""
        return WriteConflict(
            f"version {latest.version} of {mount}/{path} was written{who} at {latest.created[:19]}; "
            f"yours is based on version {cas}. nothing was written",
            hint=f"look first: vault-binance key history {path.rpartition('/')[2]}",
        )

    def merge_custom_metadata(self, mount: str, path: str, changes: Mapping[str, str]) -> None:
        """Merge by PATCH: POST would replace the whole map, and what others keep there (reference: Vault, 4.4)."""
        body = {"custom_metadata": dict(changes)}
        self._adapter.request("patch", f"/v1/{mount}/metadata/{path}", json=body)

    def delete_versions(self, mount: str, path: str, versions: Sequence[int]) -> None:
        self._client.secrets.kv.v2.delete_secret_versions(path, list(versions), mount_point=mount)

    def undelete_versions(self, mount: str, path: str, versions: Sequence[int]) -> None:
        self._client.secrets.kv.v2.undelete_secret_versions(path, list(versions), mount_point=mount)

    def destroy_versions(self, mount: str, path: str, versions: Sequence[int]) -> None:
        self._client.secrets.kv.v2.destroy_secret_versions(path, list(versions), mount_point=mount)

    def erase_secret(self, mount: str, path: str) -> None:
        """All of it, with its history: for what is no record of a credential. What is not there is erased already."""
        self._client.secrets.kv.v2.delete_metadata_and_all_versions(path, mount_point=mount)


def sorted_versions(versions: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(versions.items(), key=lambda item: int(item[0]))


def _version(number: int, entry: Mapping[str, Any]) -> VersionInfo:
    return VersionInfo(
        version=number,
        created=str(entry["created_time"]),
        deleted=str(entry.get("deletion_time") or ""),
        destroyed=bool(entry.get("destroyed")),
        created_by=_actor(entry.get("created_by")),
        deleted_by=_actor(entry.get("deleted_by")),
    )


def _actor(entry: Mapping[str, Any] | None) -> str:
    """Who it was, where the server says so: the entity's id if there is one, else the token's display name."""
    return str((entry or {}).get("entity_id") or (entry or {}).get("actor") or "")
