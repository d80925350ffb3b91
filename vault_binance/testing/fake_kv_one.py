"""FakeVault's KV version 1: the latest value only, without versions and check-and-set."""

from __future__ import annotations

from vault_binance.testing.fake_parts import Engine, Refused, children, done, endpoint, keys
from vault_binance.vault.wire import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault_binance.testing.fake_parts import Call

_LEASE_DURATION = 768 * 3600
"""Seconds; a hint that Vault gives with every read, and no lease (reference: Vault, 2.2)."""


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
        return Answer(200, {"lease_duration": _LEASE_DURATION, "data": self._values[path]})

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
