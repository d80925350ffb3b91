"""FakeVault's wrapping tokens: an answer put away for whoever opens it first."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vault_binance.testing.fake_parts import Refused, data, stamp
from vault_binance.vault.wire import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

    from vault_binance.testing.fake_parts import Clock, Names

_UNKNOWN = "wrapping token is not valid or does not exist"


@dataclass(frozen=True, slots=True)
class _Wrapped:
    answer: Answer = field(repr=False)
    path: str
    created: datetime
    expires: datetime
    ttl: int


class Wrapping:
    """What is wrapped and not opened yet, by its token."""

    def __init__(self, clock: Clock, names: Names) -> None:
        self._clock, self._names = clock, names
        self._wrapped: dict[str, _Wrapped] = {}

    def wrap(self, answer: Answer, path: str, ttl: int) -> Answer:
        """Put an answer away for whoever brings the token that is returned instead; only once."""
        token, now = self._names.token(), self._clock.now()
        self._wrapped[token] = _Wrapped(answer, path, now, self._clock.after(ttl), ttl)
        inside = (answer.body.get("auth") or {}).get("accessor") or (answer.body.get("data") or {}).get(
            "secret_id_accessor"
        )
        info = {"token": token, "accessor": self._names.accessor(), "ttl": ttl, "creation_time": stamp(now)}
        info |= {"creation_path": path} | ({"wrapped_accessor": inside} if inside else {})
        return Answer(200, {"wrap_info": info, "request_id": ""})

    def spoil(self, token: str) -> bool:
        """A call made with a wrapping token uses it up, whatever it asks. Was it one?"""
        return self._wrapped.pop(token, None) is not None

    def look_up(self, token: str) -> Answer:
        wrapped = self._unopened(token)
        found = {"creation_path": wrapped.path, "creation_time": stamp(wrapped.created), "creation_ttl": wrapped.ttl}
        return data(found)

    def unwrap(self, token: str) -> Answer:
        answer = self._unopened(token).answer
        del self._wrapped[token]
        return replace(answer)

    def _unopened(self, token: str) -> _Wrapped:
        if not token:
            raise Refused(403, "error validating wrapping token: token is empty")
        wrapped = self._wrapped.get(token)
        if wrapped is None or wrapped.expires <= self._clock.now():
            raise Refused(400, _UNKNOWN)
        return wrapped
