"""FakeVault's identity engine: entities and their aliases, which decide whose token it is; groups and MFA beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from vault_binance.testing.fake_groups import Groups
from vault_binance.testing.fake_parts import Engine, Refused, data, done, endpoint, keys, stamp
from vault_binance.testing.fake_second_factor import SecondFactors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from vault_binance.testing.fake_parts import Call, Clock, Names
    from vault_binance.testing.fake_tokens import Tokens
    from vault_binance.vault.wire import Answer


@dataclass
class Alias:
    id: str
    name: str
    accessor: str
    created: datetime
    updated: datetime
    metadata: Mapping[str, str] | None = None


@dataclass
class Entity:
    id: str
    name: str
    created: datetime
    updated: datetime
    metadata: Mapping[str, str] | None = None
    policies: list[str] = field(default_factory=list)
    disabled: bool = False
    aliases: list[Alias] = field(default_factory=list)


class Identity(Engine):
    """`mounts` tells kind and path of an auth mount by its accessor; None where there is no such mount."""

    kind = "identity"

    def __init__(
        self, clock: Clock, names: Names, tokens: Tokens, mounts: Callable[[str], tuple[str, str] | None]
    ) -> None:
        self._clock, self._names, self._tokens, self._mounts = clock, names, tokens, mounts
        self._entities: dict[str, Entity] = {}
        self._groups = Groups(clock, names, lambda one: one in self._entities)
        self._second_factors = SecondFactors(names, lambda one: one in self._entities, self._groups.has)
        self.endpoints = (
            endpoint("entity/name", list=lambda _: keys([entity.name for entity in self._entities.values()])),
            endpoint("entity/name/(.+)", read=self._read_name, update=self._write_name, delete=self._delete_name),
            endpoint("entity/id/(.+)", read=self._read_id, update=self._write_id, delete=self._delete_id),
            endpoint("entity", update=self._write),
            endpoint("entity-alias", update=self._write_alias),
            endpoint("lookup/entity", update=self._look_up),
            *self._groups.endpoints,
            *self._second_factors.endpoints,
        )

    def by_id(self, entity_id: str) -> Entity | None:
        return self._entities.get(entity_id)

    def policies(self, entity_id: str) -> list[str]:
        """Those of the entity itself and of its groups."""
        entity = self._entities.get(entity_id)
        return [*entity.policies, *self._groups.policies(entity_id)] if entity else []

    def logged_in(self, accessor: str, name: str, metadata: Mapping[str, str]) -> Entity:
        """The entity of a login, made at the first one. 403 where it is disabled."""
        alias = self._alias(accessor, name) or self._new_alias(self._new_entity(), accessor, name)
        entity = self._owner(alias)
        if entity.disabled:
            raise Refused(403, "permission denied")
        groups = self._groups.direct(entity.id) + self._groups.inherited(entity.id)
        if self._second_factors.asks(entity.id, groups, accessor, (self._mounts(accessor) or ("", ""))[0]):
            raise NotImplementedError("FakeVault asks nobody for a second factor")
        alias.metadata, alias.updated = dict(metadata), self._clock.now()
        return entity

    def forget_mount(self, accessor: str) -> None:
        for entity in self._entities.values():
            entity.aliases = [alias for alias in entity.aliases if alias.accessor != accessor]

    def _by_name(self, name: str) -> Entity | None:
        return next((entity for entity in self._entities.values() if entity.name.lower() == name.lower()), None)

    def _new_entity(self, name: str = "") -> Entity:
        now = self._clock.now()
        entity = Entity(self._names.id(), name or self._names.short("entity"), now, now)
        self._entities[entity.id] = entity
        return entity

    def _read_name(self, _: Call, name: str) -> Answer:
        return self._shown(self._by_name(name))

    def _read_id(self, _: Call, entity_id: str) -> Answer:
        return self._shown(self.by_id(entity_id))

    def _look_up(self, call: Call) -> Answer:
        """By id, name or alias; a 204 where there is none."""
        name, accessor = call.text("alias_name"), call.text("alias_mount_accessor")
        if bool(name) is not bool(accessor):
            raise Refused(400, "both 'alias_name' and 'alias_mount_accessor' needs to be set")
        if not (name or call.text("id") or call.text("name")):
            raise Refused(400, "query parameter not supplied")
        alias = self._alias(accessor, name) if name else None
        named = self._by_name(call.text("name")) if call.text("name") else None
        entity = self._owner(alias) if alias else named or self.by_id(call.text("id"))
        return self._shown(entity) if entity else done()

    def _write(self, call: Call) -> Answer:
        if entity_id := call.text("id"):
            return self._write_id(call, entity_id)
        return self._write_name(call, call.text("name"))

    def _write_name(self, call: Call, name: str) -> Answer:
        entity = self._by_name(name)
        if entity:
            return self._overwritten(entity, call)
        entity = self._new_entity(name)
        self._overwritten(entity, call)
        return data({"aliases": None, "id": entity.id, "name": entity.name})

    def _write_id(self, call: Call, entity_id: str) -> Answer:
        entity = self.by_id(entity_id)
        if entity is None:
            raise Refused(400, "entity not found from id")
        return self._overwritten(entity, call)

    def _overwritten(self, entity: Entity, call: Call) -> Answer:
        """What is given replaces what was there, without a question; what is not given stays."""
        given = call.parameters
        entity.name = call.text("name") or entity.name
        if "metadata" in given:
            entity.metadata = dict(given["metadata"] or {})
        if "policies" in given:
            entity.policies = call.words("policies")
        if "disabled" in given:
            entity.disabled = bool(given["disabled"])
        entity.updated = self._clock.now()
        return done()

    def _delete_name(self, call: Call, name: str) -> Answer:
        entity = self._by_name(name)
        return self._delete_id(call, entity.id) if entity else done()

    def _delete_id(self, _: Call, entity_id: str) -> Answer:
        if self._entities.pop(entity_id, None):
            self._tokens.end_where(lambda token: token.entity_id == entity_id)
            self._groups.forget(entity_id)
            self._second_factors.forget(entity_id)
        return done()

    def _alias(self, accessor: str, name: str) -> Alias | None:
        every = (alias for entity in self._entities.values() for alias in entity.aliases)
        return next((alias for alias in every if (alias.accessor, alias.name) == (accessor, name)), None)

    def _owner(self, alias: Alias) -> Entity:
        return next(entity for entity in self._entities.values() if alias in entity.aliases)

    def _new_alias(self, entity: Entity, accessor: str, name: str) -> Alias:
        now = self._clock.now()
        entity.aliases.append(Alias(self._names.id(), name, accessor, now, now))
        return entity.aliases[-1]

    def _write_alias(self, call: Call) -> Answer:
        """Make an alias, or move the one that has this name to another entity."""
        name, accessor, owner = call.text("name"), call.text("mount_accessor"), call.text("canonical_id")
        if self._mounts(accessor) is None:
            raise Refused(400, f'invalid mount accessor "{accessor}"')
        if owner and owner not in self._entities:
            raise Refused(400, "invalid canonical ID")
        alias = self._alias(accessor, name)
        entity = self._entities[owner] if owner else self._owner(alias) if alias else self._new_entity()
        if any(other.accessor == accessor and other.name != name for other in entity.aliases):
            raise Refused(400, "Alias already exists for requested entity and mount accessor")
        if alias is None:
            alias = self._new_alias(entity, accessor, name)
        elif alias in entity.aliases:
            return done()
        else:
            self._owner(alias).aliases.remove(alias)
            entity.aliases.append(alias)
        return data({"canonical_id": entity.id, "id": alias.id})

    def _shown(self, entity: Entity | None) -> Answer:
        if entity is None:
            raise Refused(404)
        direct, inherited = self._groups.direct(entity.id), self._groups.inherited(entity.id)
        return data(
            {
                "aliases": [self._shown_alias(entity, alias) for alias in entity.aliases],
                "creation_time": stamp(entity.created),
                "direct_group_ids": direct,
                "disabled": entity.disabled,
                "group_ids": direct + inherited,
                "id": entity.id,
                "inherited_group_ids": inherited,
                "last_update_time": stamp(entity.updated),
                "merged_entity_ids": None,
                "metadata": entity.metadata,
                "name": entity.name,
                "namespace_id": "root",
                "policies": entity.policies,
            }
        )

    def _shown_alias(self, entity: Entity, alias: Alias) -> dict[str, Any]:
        kind, path = self._mounts(alias.accessor) or ("", "")
        return {
            "canonical_id": entity.id,
            "creation_time": stamp(alias.created),
            "custom_metadata": None,
            "id": alias.id,
            "last_update_time": stamp(alias.updated),
            "local": False,
            "merged_from_canonical_ids": None,
            "metadata": alias.metadata,
            "mount_accessor": alias.accessor,
            "mount_path": path,
            "mount_type": kind,
            "name": alias.name,
        }
