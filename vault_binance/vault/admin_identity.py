"""Entities, aliases, AppRole and certificate roles: who a bot is and how it logs in. A part of the operators' door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vault_binance.errors import SecretNotFound, VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.vault.admin_answers import understood
from vault_binance.vault.operator_port import Alias, Entity, WrappedSecretId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _fits_a_path(name: str) -> bool:
    """Vault gives entities any name, and refuses a path that cannot be printed; beyond ? is no path any more."""
    return name.isprintable() and "?" not in name and not {"", ".", ".."} & {*name.split("/")}


@understood
class IdentityCalls:
    """The identity, AppRole and certificate part of OperatorVault."""

    _client: Any
    _adapter: Any

    def entities(self) -> Sequence[str]:
        try:
            return tuple(self._client.secrets.identity.list_entities_by_name()["data"]["keys"])
        except SecretNotFound:
            return ()

    def entity(self, name: str) -> Entity | None:
        """By its path, as roles of ours may; a name that no path can carry is looked up, which takes another right."""
        if not _fits_a_path(name):
            return self._found({"name": name})
        try:
            answer = self._client.secrets.identity.read_entity_by_name(name)
        except SecretNotFound:
            return None
        return _entity(answer["data"])

    def write_entity(
        self, name: str, *, disabled: bool | None = None, metadata: Mapping[str, str] | None = None
    ) -> Entity:
        """Create or overwrite; Vault does not ask, so callers read first. What is None stays as it is."""
        body: dict[str, object] = {} if disabled is None else {"disabled": disabled}
        if metadata is not None:
            body["metadata"] = dict(metadata)
        self._adapter.post(f"/v1/identity/entity/name/{name}", json=body)
        entity = self.entity(name)
        if entity is None:
            raise SecretNotFound(f"entity {name} is gone right after it was written", hint="who else works on it?")
        return entity

    def delete_entity(self, name: str) -> None:
        self._client.secrets.identity.delete_entity_by_name(name)

    def add_alias(self, entity_id: str, name: str, mount_accessor: str) -> None:
        self._client.secrets.identity.create_or_update_entity_alias(
            name=name, canonical_id=entity_id, mount_accessor=mount_accessor
        )

    def entity_of_alias(self, name: str, mount_accessor: str) -> Entity | None:
        """Whoever logs in under this name at that mount; Vault answers 204 where nobody has yet."""
        return self._found({"alias_name": name, "alias_mount_accessor": mount_accessor})

    def make_entity_of_alias(self, name: str, mount_accessor: str) -> Entity:
        """As a first login makes it, with a name of Vault's choice; what is there already stays as it is."""
        alias = {"name": name, "mount_accessor": mount_accessor}
        self._adapter.post("/v1/identity/entity-alias", json=alias)
        entity = self.entity_of_alias(name, mount_accessor)
        if entity is None:
            raise SecretNotFound(f"the entity of {name} is gone right after it was made", hint="who else works on it?")
        return entity

    def entity_by_id(self, entity_id: str) -> Entity | None:
        return self._found({"id": entity_id})

    def _found(self, by: Mapping[str, str]) -> Entity | None:
        body = self._adapter.post("/v1/identity/lookup/entity", json=dict(by))
        return _entity(body["data"]) if body else None

    def roles(self, mount: str) -> Sequence[str]:
        try:
            return tuple(self._client.auth.approle.list_roles(mount_point=mount)["data"]["keys"])
        except SecretNotFound:
            return ()

    def role(self, mount: str, name: str) -> Mapping[str, Any] | None:
        try:
            return dict(self._client.auth.approle.read_role(name, mount_point=mount)["data"])
        except SecretNotFound:
            return None

    def write_role(self, mount: str, name: str, settings: Mapping[str, Any]) -> None:
        self._adapter.post(f"/v1/auth/{mount}/role/{name}", json=dict(settings))

    def delete_role(self, mount: str, name: str) -> None:
        self._client.auth.approle.delete_role(name, mount_point=mount)

    def role_id(self, mount: str, name: str) -> str:
        return str(self._client.auth.approle.read_role_id(name, mount_point=mount)["data"]["role_id"])

    def wrapped_secret_id(
        self, mount: str, name: str, *, wrap_ttl: int, settings: Mapping[str, Any]
    ) -> WrappedSecretId:
        path = f"auth/{mount}/role/{name}/secret-id"
        wrapped = self._adapter.post(f"/v1/{path}", json=dict(settings), wrap_ttl=wrap_ttl)["wrap_info"]
        return WrappedSecretId(
            token=Redacted(str(wrapped["token"])),
            ttl=int(wrapped["ttl"]),
            creation_path=str(wrapped["creation_path"]),
            accessor=str(wrapped["wrapped_accessor"]),  # of the SecretID; `accessor` is the wrapping token's own
        )

    def secret_id_accessors(self, mount: str, name: str) -> Sequence[str]:
        """Vault answers 404 where there is none, and 400 where there is no such role."""
        answer = self._adapter.answer("list", f"auth/{mount}/role/{name}/secret-id", {}, tolerated={400, 404})
        return () if answer.status >= 400 else tuple(answer.body["data"]["keys"])

    def destroy_secret_id(self, mount: str, name: str, accessor: str) -> None:
        """Vault answers 500 for a SecretID that is gone already: look whether it is."""
        try:
            self._client.auth.approle.destroy_secret_id_accessor(name, accessor, mount_point=mount)
        except VaultUnavailable:
            if accessor in self.secret_id_accessors(mount, name):
                raise
            raise SecretNotFound(f"role {name} has no SecretID with the accessor {accessor}") from None

    def certificate_role(self, mount: str, name: str) -> Mapping[str, Any] | None:
        """None also where there is no such mount: Vault answers 404 to both.

        The query is for a policy that requires this parameter of whoever writes: Vault demands it of readers too.
        """
        asked = f"auth/{mount}/certs/{name}?allowed_common_names={name}"
        answer = self._adapter.answer("get", asked, {}, tolerated={404})
        return None if answer.status == 404 else dict(answer.body["data"])

    def write_certificate_role(self, mount: str, name: str, settings: Mapping[str, Any]) -> None:
        self._adapter.post(f"/v1/auth/{mount}/certs/{name}", json=dict(settings))

    def delete_certificate_role(self, mount: str, name: str) -> None:
        self._client.auth.cert.delete_certificate_role(name, mount_point=mount)


def _entity(data: Mapping[str, Any]) -> Entity:
    return Entity(
        id=str(data["id"]),
        name=str(data["name"]),
        metadata=dict(data.get("metadata") or {}),
        disabled=bool(data.get("disabled")),
        policies=tuple(data.get("policies") or ()),
        aliases=tuple(
            Alias(str(alias["id"]), str(alias["name"]), str(alias["mount_accessor"]), _mount(alias))
            for alias in data.get("aliases") or ()
        ),
        groups=tuple(data.get("group_ids") or ()),
    )


def _mount(alias: Mapping[str, Any]) -> str:
    return str(alias.get("mount_path") or "").removeprefix("auth/").rstrip("/")
