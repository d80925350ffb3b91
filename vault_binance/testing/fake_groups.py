"""FakeVault's identity groups: internal ones, by name. A part of its identity engine.

Rules of the file
- A group's name is found in any case, and a write renames the group to the case it was written in, as Vault does.
- Members of a group in a group have the rights of both, as in Vault; only tests make such groups.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vault_binance.testing.fake_parts import Refused, data, done, endpoint, keys, stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from vault_binance.testing.fake_parts import Call, Clock, Names
    from vault_binance.vault.wire import Answer


@dataclass
class Group:
    id: str
    name: str
    created: datetime
    updated: datetime
    policies: list[str] = field(default_factory=list)
    metadata: Mapping[str, str] | None = None
    members: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    writes: int = 0


class Groups:
    """`is_entity` tells whether an id is one of an entity that is there."""

    def __init__(self, clock: Clock, names: Names, is_entity: Callable[[str], bool]) -> None:
        self._clock, self._names, self._is_entity = clock, names, is_entity
        self._groups: dict[str, Group] = {}
        self.endpoints = (
            endpoint("group/name", list=lambda _: keys([group.name for group in self._groups.values()])),
            endpoint("group/name/(.+)", read=self._read, update=self._write, delete=self._delete),
        )

    def has(self, group_id: str) -> bool:
        return group_id in self._groups

    def forget(self, entity_id: str) -> None:
        for group in self._groups.values():
            group.members = [member for member in group.members if member != entity_id]

    def direct(self, entity_id: str) -> list[str]:
        return [group.id for group in self._groups.values() if entity_id in group.members]

    def inherited(self, entity_id: str) -> list[str]:
        """Groups that hold one of the entity's own, at any depth."""
        found: list[str] = []
        inside = set(self.direct(entity_id))
        while above := [
            one.id for one in self._groups.values() if inside & {*one.groups} and one.id not in {*inside, *found}
        ]:
            found += above
            inside |= {*above}
        return found

    def policies(self, entity_id: str) -> list[str]:
        ids = self.direct(entity_id) + self.inherited(entity_id)
        return sorted({policy for one in ids for policy in self._groups[one].policies})

    def _by_name(self, name: str) -> Group | None:
        return next((group for group in self._groups.values() if group.name.lower() == name.lower()), None)

    def _read(self, _: Call, name: str) -> Answer:
        group = self._by_name(name)
        if group is None:
            raise Refused(404)
        return data(self._shown(group))

    def _write(self, call: Call, name: str) -> Answer:
        """What is given replaces what was there; what is not given stays."""
        members, groups = call.words("member_entity_ids"), call.words("member_group_ids")
        if any(not self._is_entity(one) for one in members) or any(one not in self._groups for one in groups):
            raise Refused(500, "invalid entity ID, or group ID")
        group, now = self._by_name(name), self._clock.now()
        is_new = group is None
        group = group or Group(self._names.id(), name, now, now)
        self._groups[group.id] = group
        self._overwrite(group, call, name)
        return data({"id": group.id, "name": group.name}) if is_new else done()

    def _overwrite(self, group: Group, call: Call, name: str) -> None:
        if "member_entity_ids" in call.parameters:
            group.members = call.words("member_entity_ids")
        if "member_group_ids" in call.parameters:
            group.groups = call.words("member_group_ids")
        if "policies" in call.parameters:
            group.policies = call.words("policies")
        if "metadata" in call.parameters:
            group.metadata = dict(call.parameters["metadata"] or {})
        group.name, group.updated, group.writes = name, self._clock.now(), group.writes + 1

    def _delete(self, _: Call, name: str) -> Answer:
        if group := self._by_name(name):
            del self._groups[group.id]
        return done()

    def _shown(self, group: Group) -> dict[str, Any]:
        return {
            "alias": {},
            "creation_time": stamp(group.created),
            "id": group.id,
            "last_update_time": stamp(group.updated),
            "member_entity_ids": group.members or None,
            "member_group_ids": group.groups or None,
            "metadata": group.metadata,
            "modify_index": group.writes,
            "name": group.name,
            "namespace_id": "root",
            "parent_group_ids": [one.id for one in self._groups.values() if group.id in one.groups] or None,
            "policies": group.policies or None,
            "type": "internal",
        }
