"""FakeVault's KV engines: version 2 with its history, version 1 without.

Rules of the file
- Times and numbers are those that Vault shows; what it keeps of a version that is gone stays visible here too.
- `delete_version_after` is not imitated, and raises where it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vault_binance.testing.fake_parts import Engine, Refused, children, data, done, endpoint, keys, stamp
from vault_binance.testing.fake_tokens import caller
from vault_binance.vault.wire import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from vault_binance.testing.fake_parts import Call, Clock

_MOST_VERSIONS = 10
"""Kept where neither mount nor key says otherwise."""
_LONGEST_VALUE = 512
_NO_SUCH_PATH = "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints."


@dataclass
class _Version:
    created: datetime
    created_by: Mapping[str, str]
    fields: Any = field(repr=False)
    deleted: datetime | None = None
    deleted_by: Mapping[str, str] | None = None
    destroyed: bool = False

    @property
    def gone(self) -> bool:
        return self.destroyed or self.deleted is not None


@dataclass
class _Key:
    created: datetime
    updated: datetime
    current: int = 0
    oldest: int = 0
    versions: dict[int, _Version] = field(default_factory=dict)
    custom: dict[str, str] | None = None
    max_versions: int = 0
    cas_required: bool = False
    updated_by: Mapping[str, str] | None = None


class KvTwo(Engine):
    """KV version 2."""

    kind = "kv"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: dict[str, _Key] = {}
        self._cas_required, self._max_versions = False, 0
        writing = {"read": self._read, "update": self._write, "delete": self._delete_latest}
        known = {"read": self._read_metadata, "update": self._write_metadata, "patch": self._patch_metadata}
        self.endpoints = (
            endpoint("config", read=self._read_config, update=self._write_config),
            endpoint("data/(.+[^/])", exists=self._has_versions, **writing),
            endpoint("metadata/?", list=self._list),
            endpoint(
                "metadata/(.+)", exists=self._keys.__contains__, delete=self._delete_all, list=self._list, **known
            ),
            endpoint("delete/(.+)", update=self._delete),
            endpoint("undelete/(.+)", update=self._undelete),
            endpoint("destroy/(.+)", update=self._destroy),
        )

    def lost(self, call: Call) -> Answer:
        if call.path.startswith("subkeys/"):
            return super().lost(call)
        return Answer(404, {"data": None, "warnings": [_NO_SUCH_PATH]})

    def _has_versions(self, path: str) -> bool:
        return path in self._keys and bool(self._keys[path].versions)

    def _key(self, path: str) -> _Key:
        try:
            return self._keys[path]
        except KeyError:
            raise Refused(404) from None

    def _new_key(self, path: str) -> _Key:
        now = self._clock.now()
        return self._keys.setdefault(path, _Key(now, now))

    def _read_config(self, _: Call) -> Answer:
        found = {"cas_required": self._cas_required, "max_versions": self._max_versions}
        return data(found | {"delete_version_after": "0s"})

    def _write_config(self, call: Call) -> Answer:
        _without_expiry(call)
        self._cas_required = bool(call.parameters.get("cas_required", self._cas_required))
        self._max_versions = call.count("max_versions", self._max_versions)
        return done()

    def _read(self, call: Call, path: str) -> Answer:
        key = self._key(path)
        number = call.count("version") or key.current
        version = key.versions.get(number)
        if version is None:
            raise Refused(404)
        found = {"data": None if version.gone else version.fields, "metadata": _shown(key, number)}
        return Answer(404 if version.gone else 200, {"data": found})

    def _write(self, call: Call, path: str) -> Answer:
        if "data" not in call.parameters:
            raise Refused(400, "no data provided")
        self._check_and_set(call, self._keys.get(path))
        key = self._new_key(path)
        made = self._actor(call, "update" if key.versions else "create")
        key.current += 1
        key.updated, key.updated_by = self._clock.now(), made
        key.versions[key.current] = _Version(key.updated, made, call.parameters["data"])
        self._forget_oldest(key)
        return data(_shown(key, key.current))

    def _check_and_set(self, call: Call, key: _Key | None) -> None:
        expected = (call.parameters.get("options") or {}).get("cas")
        if expected is None:
            if self._cas_required or (key and key.cas_required):
                raise Refused(400, "check-and-set parameter required for this call")
        elif not isinstance(expected, int):
            raise Refused(400, "error parsing check-and-set parameter")
        elif expected != (key.current if key else 0):
            raise Refused(400, "check-and-set parameter did not match the current version")

    def _forget_oldest(self, key: _Key) -> None:
        most = key.max_versions or self._max_versions or _MOST_VERSIONS
        for number in [number for number in key.versions if number <= key.current - most]:
            del key.versions[number]
            key.oldest = number + 1

    def _delete_latest(self, call: Call, path: str) -> Answer:
        if self._has_versions(path):
            self._mark_deleted(call, self._keys[path], [self._keys[path].current], "delete")
        return done()

    def _delete(self, call: Call, path: str) -> Answer:
        key, numbers = self._named(call, path)
        self._mark_deleted(call, key, numbers, "update")
        return done()

    def _mark_deleted(self, call: Call, key: _Key, numbers: list[int], operation: str) -> None:
        for version in _chosen(key, numbers):
            if not version.gone:
                version.deleted, version.deleted_by = self._clock.now(), self._actor(call, operation)

    def _undelete(self, call: Call, path: str) -> Answer:
        key, numbers = self._named(call, path)
        for version in _chosen(key, numbers):
            if not version.destroyed:
                version.deleted, version.deleted_by = None, None
        return done()

    def _destroy(self, call: Call, path: str) -> Answer:
        key, numbers = self._named(call, path)
        for version in _chosen(key, numbers):
            version.destroyed, version.fields = True, None
        return done()

    def _named(self, call: Call, path: str) -> tuple[_Key, list[int]]:
        """The key, an empty one where there is none: Vault does not mind."""
        numbers = [int(number) for number in call.words("versions")]
        if not numbers:
            raise Refused(400, "No version number provided")
        now = self._clock.now()
        return self._keys.get(path, _Key(now, now)), numbers

    def _list(self, _: Call, folder: str = "") -> Answer:
        return keys(children(self._keys, folder))

    def _read_metadata(self, _: Call, path: str) -> Answer:
        key = self._key(path)
        versions = {str(number): _history(key, number) for number in key.versions}
        return data(
            {
                "cas_required": key.cas_required,
                "created_time": stamp(key.created),
                "current_version": key.current,
                "custom_metadata": key.custom,
                "delete_version_after": "0s",
                "last_updated_by": key.updated_by,
                "max_versions": key.max_versions,
                "oldest_version": key.oldest,
                "updated_time": stamp(key.updated),
                "versions": versions,
            }
        )

    def _write_metadata(self, call: Call, path: str) -> Answer:
        """POST: a map that is given replaces the one that was there."""
        custom = _checked(call)
        key = self._new_key(path)
        self._set(key, call)
        if "custom_metadata" in call.parameters:
            key.custom = {name: value for name, value in custom.items() if value is not None}
        return done()

    def _patch_metadata(self, call: Call, path: str) -> Answer:
        """PATCH: what is given is merged, null removes."""
        key, custom = self._key(path), _checked(call)
        self._set(key, call)
        merged = {**(key.custom or {}), **custom}
        key.custom = {name: value for name, value in merged.items() if value is not None}
        return done()

    def _set(self, key: _Key, call: Call) -> None:
        _without_expiry(call)
        key.max_versions = call.count("max_versions", key.max_versions)
        key.cas_required = bool(call.parameters.get("cas_required", key.cas_required))

    def _delete_all(self, _: Call, path: str) -> Answer:
        self._keys.pop(path, None)
        return done()

    def _actor(self, call: Call, operation: str) -> Mapping[str, str]:
        token = caller(call)
        who = {"actor": token.display_name, "operation": operation, "client_id": token.entity_id or token.accessor}
        return who | ({"entity_id": token.entity_id} if token.entity_id else {})


class KvOne(Engine):
    """KV version 1: the latest value only."""

    kind = "kv"

    def __init__(self) -> None:
        self._values: dict[str, Mapping[str, Any]] = {}
        self.endpoints = (
            endpoint("", list=self._list),
            endpoint(
                "(.*)",
                exists=self._values.__contains__,
                read=self._read,
                update=self._write,
                delete=self._delete,
                list=self._list,
            ),
        )

    def _read(self, _: Call, path: str) -> Answer:
        if path not in self._values:
            raise Refused(404)
        return Answer(200, {"lease_duration": 2764800, "data": self._values[path]})

    def _write(self, call: Call, path: str) -> Answer:
        if not call.parameters:
            raise Refused(400, "missing data fields")
        self._values[path] = dict(call.parameters)
        return done()

    def _delete(self, _: Call, path: str) -> Answer:
        self._values.pop(path, None)
        return done()

    def _list(self, _: Call, folder: str = "") -> Answer:
        return keys(children(self._values, folder))


def _chosen(key: _Key, numbers: list[int]) -> list[_Version]:
    return [key.versions[number] for number in numbers if number in key.versions]


def _shown(key: _Key, number: int) -> dict[str, Any]:
    """A version as it is shown with its data."""
    version = key.versions[number]
    return {
        "created_time": stamp(version.created),
        "custom_metadata": key.custom,
        "deletion_time": stamp(version.deleted),
        "destroyed": version.destroyed,
        "version": number,
    }


def _history(key: _Key, number: int) -> dict[str, Any]:
    """A version as it is shown in the metadata."""
    version = key.versions[number]
    return {
        "created_by": version.created_by,
        "created_time": stamp(version.created),
        "deleted_by": version.deleted_by,
        "deletion_time": stamp(version.deleted),
        "destroyed": version.destroyed,
    }


def _checked(call: Call) -> Mapping[str, str | None]:
    custom = call.parameters.get("custom_metadata") or {}
    if any(value is not None and not isinstance(value, str) for value in custom.values()):
        raise Refused(500, "custom_metadata holds something else than text")
    if any(value is not None and not 0 < len(value) <= _LONGEST_VALUE for value in custom.values()):
        raise Refused(400, "custom_metadata validation failed")
    return dict(custom)


def _without_expiry(call: Call) -> None:
    if call.seconds("delete_version_after"):
        raise NotImplementedError("FakeVault does not delete versions after a time")
