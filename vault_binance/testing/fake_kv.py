"""FakeVault's KV version 2: versions, their history, and what is known of a secret without reading it.

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
        self.endpoints = (
            endpoint("config", read=self._read_config, update=self._write_config),
            endpoint(
                "data/(.*[^/])",
                exists=self._keys.__contains__,
                read=self._read,
                update=self._write,
                delete=self._delete_latest,
            ),
            endpoint("metadata", list=self._list),
            endpoint(
                "metadata/(.+)",
                exists=self._keys.__contains__,
                read=self._read_metadata,
                update=self._write_metadata,
                patch=self._patch_metadata,
                delete=self._delete_all,
                list=self._list,
            ),
            endpoint("delete/(.+)", update=self._delete),
            endpoint("undelete/(.+)", update=self._undelete),
            endpoint("destroy/(.+)", update=self._destroy),
        )

    def lost(self, call: Call) -> Answer:
        if call.path.startswith("subkeys/"):
            return super().lost(call)
        return Answer(404, {"warnings": [_NO_SUCH_PATH], "mount_type": ""})

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
        if version.gone:
            return Answer(404, {"data": {"data": None, "metadata": _shown(key, number)}, "mount_type": ""})
        return data({"data": version.fields, "metadata": _shown(key, number)})

    def _write(self, call: Call, path: str) -> Answer:
        if "data" not in call.parameters:
            raise Refused(400, "no data provided")
        self._check_and_set(call, self._keys.get(path))
        made = self._actor(call, "update" if path in self._keys else "create")
        key = self._new_key(path)
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
        if path in self._keys:
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
        given = call.parameters.get("custom_metadata")
        custom = _checked({name: "" if value is None else str(value) for name, value in (given or {}).items()})
        key = self._new_key(path)
        self._set(key, call)
        if given is not None:
            key.custom = custom or None
        return done()

    def _patch_metadata(self, call: Call, path: str) -> Answer:
        """PATCH: what is given is merged, null removes."""
        if path not in self._keys:
            return Answer(404, {})
        key = self._keys[path]
        merged = {**(key.custom or {}), **(call.parameters.get("custom_metadata") or {})}
        custom = _checked({name: value for name, value in merged.items() if value is not None})
        self._set(key, call)
        key.custom = custom or None
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


def _checked(custom: dict[str, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in custom.values()):
        raise Refused(500, "custom_metadata holds something else than text")
    if not all(0 < len(value) <= _LONGEST_VALUE for value in custom.values()):
        raise Refused(400, "custom_metadata validation failed")
    return custom


def _without_expiry(call: Call) -> None:
    if call.seconds("delete_version_after"):
        raise NotImplementedError("FakeVault does not delete versions after a time")
