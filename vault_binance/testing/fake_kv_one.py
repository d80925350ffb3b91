"""FakeVault's KV version 1: the latest value only, without versions and check-and-set.

With the mount option leased_passthrough every read is a lease, whose renewal gives the secret to whoever knows its id.
Our doors refuse such a mount; this is here to show why (reference: Vault, 2.4).
"""

from __future__ import annotations

from vault_binance.policy.text import duration
from vault_binance.testing.fake_parts import SYSTEM_MAX_TTL, Engine, Refused, children, done, endpoint, keys
from vault_binance.vault.wire import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault_binance.testing.fake_leases import Leases
    from vault_binance.testing.fake_parts import Call


class KvOne(Engine):
    """KV version 1: the latest value only. `leases` are made where the mount is leased_passthrough, else None."""

    kind = "kv"

    def __init__(self, leases: Leases | None = None) -> None:
        self._leases = leases
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

    def _read(self, call: Call, path: str) -> Answer:
        """Without a lease, `lease_duration` is a hint (reference: Vault, 2.2)."""
        if path not in self._values:
            raise Refused(404)
        values = self._values[path]
        ttl, renewable = _ttl(values)
        if self._leases:
            return self._leases.lend(call, lambda: self._values.get(path), ttl, renewable=renewable)
        return Answer(200, {"lease_duration": round(ttl), "data": values})

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


def _ttl(values: Mapping[str, Any]) -> tuple[float, bool]:
    """Seconds, and whether the secret names them: only then can its lease be renewed, even if they say nothing."""
    named = [values[name] for name in ("ttl", "lease") if name in values]
    try:
        own = duration(named[0]) if named else 0.0
    except ValueError:
        own = 0.0
    return own or SYSTEM_MAX_TTL, bool(named)
