"""FakeVault's leases of secrets: sys/leases/, for engines that lend what they are read for.

Rules of the file
- Whoever knows a lease's id may renew it, whosever token it belongs to, and gets what the engine says: as in Vault.
- A lease ends by time, by hand, or with its token; when it is asked for next, it is gone.
- Their maximum is the system's: mounts are not tuned here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from vault_binance.testing.fake_parts import SYSTEM_MAX_TTL, Refused, done, endpoint
from vault_binance.testing.fake_tokens import caller
from vault_binance.vault.wire import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from vault_binance.testing.fake_parts import Call, Clock, Names
    from vault_binance.testing.fake_tokens import Token, Tokens

    Data = Callable[[], Mapping[str, Any] | None]


@dataclass
class _Lease:
    """`data` is what a renewal answers besides; None where the secret is gone."""

    id: str
    token: Token
    ttl: float
    renewable: bool
    issued: datetime
    expires: datetime
    data: Data


class Leases:
    """Those that have not ended, by id."""

    def __init__(self, clock: Clock, names: Names, tokens: Tokens) -> None:
        self._clock, self._names, self._tokens = clock, names, tokens
        self._leases: dict[str, _Lease] = {}
        self.endpoints = (
            endpoint("leases/renew", update=self._renew),
            endpoint("leases/revoke", update=self._revoke),
        )

    def lend(self, call: Call, data: Data, ttl: float, *, renewable: bool) -> Answer:
        """The answer to a read, with a lease of `ttl` seconds on it."""
        lease = _Lease(
            f"{call.full_path}/{self._names.short('lease')}",
            caller(call),
            ttl,
            renewable,
            self._clock.now(),
            self._clock.after(ttl),
            data,
        )
        self._leases[lease.id] = lease
        return self._shown(lease)

    def _shown(self, lease: _Lease) -> Answer:
        left = round((lease.expires - self._clock.now()).total_seconds())
        shown = {"lease_id": lease.id, "lease_duration": left, "renewable": lease.renewable}
        return Answer(200, {**shown, "data": lease.data()})

    def _renew(self, call: Call) -> Answer:
        lease = self._leases.get(_named(call))
        if lease is None or lease.expires <= self._clock.now() or not self._tokens.lives(lease.token):
            raise Refused(400, "lease not found")
        if not lease.renewable:
            raise Refused(400, "lease is not renewable")
        if lease.data() is None:
            return done()
        end = lease.issued + timedelta(seconds=SYSTEM_MAX_TTL)
        lease.expires = min(self._clock.after(call.seconds("increment") or lease.ttl), end)
        return self._shown(lease)

    def _revoke(self, call: Call) -> Answer:
        """Vault does not mind where there is none."""
        self._leases.pop(_named(call), None)
        return done()


def _named(call: Call) -> str:
    if not call.text("lease_id"):
        raise Refused(400, "lease_id must be specified")
    return call.text("lease_id")
