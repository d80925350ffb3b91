"""What one instance looks like in a Vault, as the server shows it, without what chance or time decided.

Two Vaults in which the same was made, by `setup` or by Terraform, have equal snapshots.

Rules of the file
- Ours is what lies under our names or carries our mark; all the rest is tests/contract/forty_teams.py's.
- An id, an accessor and a RoleID become the name of what they stand for, so a wrong reference shows as a wrong name.
- Nothing, zero, false and a list of one empty string are one and the same: Vault means the same by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.contract.plain_client import PlainClient
    from vault_binance.layout import Layout

CHANCE = frozenset(
    {
        "accessor",
        "backend_aware_uuid",
        "bucket_key_hash",
        "creation_time",
        "deprecation_status",
        "id",
        "last_update_time",
        "merged_entity_ids",
        "modify_index",
        "namespace_id",
        "plugin_version",
        "running_plugin_version",
        "running_sha256",
        "uuid",
    }
)
"""Fields that differ between two Vaults in which the same was made."""

MEANINGLESS = frozenset({"qr_size"})
"""Terraform's provider sends 0 where nothing is set, which is no picture; ours is drawn from the URL."""


class Seen:
    """One instance in one Vault; `names` is what ids and accessors stand for."""

    def __init__(self, client: PlainClient, layout: Layout) -> None:
        self.client, self.layout = client, layout
        self.names: dict[str, str] = {}

    def snapshot(self) -> dict[str, Any]:
        """What -> what Vault says of it."""
        found = [*self._mounts(), *self._logins(), *self._entities(), *self._groups(), *self._second_factor()]
        found += [*self._policies(), *self._quotas(), *self._audit()]
        return {what: self._settled(said) for what, said in found}

    def _mounts(self) -> Iterator[tuple[str, Any]]:
        mounts = self.client.must("GET", "sys/mounts")
        for path in (self.layout.kv_mount, self.layout.transit_mount):
            if f"{path}/" in mounts:
                yield f"mount {path}/", mounts[f"{path}/"]
                yield f"tuning of {path}/", self.client.must("GET", f"sys/mounts/{path}/tune")
        if f"{self.layout.kv_mount}/" in mounts:
            yield "the KV mount's configuration", self.client.must("GET", f"{self.layout.kv_mount}/config")

    def _logins(self) -> Iterator[tuple[str, Any]]:
        mounts = self.client.must("GET", "sys/auth")
        self.names |= {one["accessor"]: f"<accessor of {path}>" for path, one in mounts.items()}
        for path, folder in ((self.layout.approle_mount, "role"), (self.layout.cert_mount, "certs")):
            if f"{path}/" not in mounts:
                continue
            yield f"auth mount {path}/", mounts[f"{path}/"]
            yield f"tuning of auth/{path}/", self.client.must("GET", f"sys/mounts/auth/{path}/tune")
            for role in self.client.keys(f"auth/{path}/{folder}"):
                yield f"role {path}/{role}", self.client.must("GET", f"auth/{path}/{folder}/{role}")
                if folder == "role":
                    role_id = self.client.must("GET", f"auth/{path}/role/{role}/role-id")["role_id"]
                    self.names[role_id] = f"<RoleID of {role}>"

    def _entities(self) -> Iterator[tuple[str, Any]]:
        for entity in self._each("identity/entity/id"):
            self.names[entity["id"]] = f"<entity {entity['name']}>"
            if self._ours(entity):
                aliases = [{name: one[name] for name in ("name", "mount_accessor")} for one in entity["aliases"] or ()]
                shown = {name: entity[name] for name in ("metadata", "policies", "disabled")}
                yield f"entity {entity['name']}", shown | {"aliases": aliases}

    def _groups(self) -> Iterator[tuple[str, Any]]:
        for group in self._each("identity/group/id"):
            self.names[group["id"]] = f"<group {group['name']}>"
            if self._ours(group):
                fields = ("type", "metadata", "policies", "member_entity_ids", "member_group_ids", "alias")
                yield f"group {group['name']}", {name: group[name] for name in fields}

    def _second_factor(self) -> Iterator[tuple[str, Any]]:
        for method in self._each("identity/mfa/method/totp"):
            self.names[method["id"]] = f"<TOTP method of {method['issuer']}>"
            if method["issuer"] == self.layout.managed_by:
                yield "TOTP method", method
        for enforcement in self._each("identity/mfa/login-enforcement"):
            if enforcement["name"].startswith(f"{self.layout.instance}-"):
                yield f"login enforcement {enforcement['name']}", enforcement

    def _policies(self) -> Iterator[tuple[str, Any]]:
        for name in self.client.keys("sys/policies/acl"):
            if name.startswith(f"{self.layout.instance}-"):
                text = self.client.must("GET", f"sys/policies/acl/{name}")["policy"]
                for accessor, meaning in self.names.items():
                    text = text.replace(accessor, meaning)
                yield f"policy {name}", text

    def _quotas(self) -> Iterator[tuple[str, Any]]:
        for name in self.client.keys("sys/quotas/rate-limit"):
            quota = self.client.must("GET", f"sys/quotas/rate-limit/{name}")
            if quota["path"].removeprefix("auth/").startswith((f"{self.layout.kv_mount}/", f"{self.layout.instance}-")):
                yield f"rate limit {name}", quota

    def _audit(self) -> Iterator[tuple[str, Any]]:
        """Of whom it belongs to nothing is known, and where it writes is the server's own business."""
        for path, device in self.client.must("GET", "sys/audit").items():
            yield f"audit device {path}", {"type": device["type"]}

    def _each(self, folder: str) -> list[Any]:
        return self.client.many("GET", [f"{folder}/{key}" for key in self.client.keys(folder)])

    def _ours(self, one: Mapping[str, Any]) -> bool:
        marked = (one["metadata"] or {}).get("managed_by") == self.layout.managed_by
        return marked or str(one["name"]).startswith(f"{self.layout.instance}-")

    def _settled(self, said: Any) -> Any:
        """Without chance and without nothings; lists in one order, since Vault keeps none."""
        if isinstance(said, dict):
            parts = {name: self._settled(part) for name, part in said.items() if name not in CHANCE | MEANINGLESS}
            return {name: part for name, part in parts.items() if part}
        if isinstance(said, list):
            return sorted((part for part in map(self._settled, said) if part), key=str)
        return self.names.get(said, said) if isinstance(said, str) else said


def snapshot(client: PlainClient, layout: Layout) -> dict[str, Any]:
    return Seen(client, layout).snapshot()


def differences(one: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, str]) -> list[str]:
    """One line for each thing that is not the same: where it is, and what either says."""
    mine, theirs = dict(_flat(one)), dict(_flat(other))
    return [
        f"{place}: {names[0]} {mine.get(place, 'has none')!r}, {names[1]} {theirs.get(place, 'has none')!r}"
        for place in sorted(mine.keys() | theirs.keys())
        if mine.get(place) != theirs.get(place)
    ]


def _flat(said: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(said, dict):
        yield place, said
        return
    for name, part in said.items():
        yield from _flat(part, f"{place}, {name}" if place else name)
