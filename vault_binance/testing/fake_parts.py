"""What the parts of FakeVault share: a call, the table of its endpoints, the clock and the names it makes up.

Rules of the file
- Names are counted, not drawn: two fakes that see the same calls make the same tokens, ids and accessors.
- The clock stands still unless it is moved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, timedelta

from vault_binance.policy.text import duration
from vault_binance.testing.fake_clock import FakeClock
from vault_binance.vault.wire import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from vault_binance.testing.fake_tokens import Token

SYSTEM_MAX_TTL = 768 * 3600.0
"""Seconds: what a token lives without another limit, in Vault as it is installed."""
_CLEAN_UP = timedelta(minutes=1)


class Refused(Exception):
    """An answer that is an error; texts as Vault 1.21.1 words them, for people who read a test's output."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(status, *errors)
        self.answer = Answer(status, {"errors": list(errors)})


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way. `path` is below its mount; `parameters` are the body or the query."""

    operation: str
    full_path: str
    path: str
    parameters: Mapping[str, Any] = field(repr=False)
    token: Token | None = None
    wrap_ttl: int = 0

    def text(self, name: str, default: str = "") -> str:
        value = self.parameters.get(name, default)
        return default if value is None else str(value)

    def seconds(self, name: str, default: float = 0.0) -> float:
        try:
            return duration(self.parameters[name]) if self.parameters.get(name) not in {None, ""} else default
        except ValueError:
            raise Refused(400, f"Field validation failed: {name} is no duration") from None

    def count(self, name: str, default: int = 0) -> int:
        try:
            return int(self.parameters.get(name) or default)
        except ValueError:
            raise Refused(400, f"Field validation failed: {name} is no number") from None

    def words(self, name: str) -> list[str]:
        """A list, or the comma-separated text that Vault takes for one."""
        value = self.parameters.get(name) or []
        return [word for word in value.split(",") if word] if isinstance(value, str) else [str(word) for word in value]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of an engine's table: the paths it answers, and how.

    `exists` tells whether writing there is an update; without it every write is one, as in Vault. `needs` says what a
    caller must have: `grant` (a policy), `sudo` besides, `token` only, or `nothing`.
    """

    pattern: re.Pattern[str]
    answers: Mapping[str, Callable[..., Answer]]
    exists: Callable[..., bool] | None = None
    needs: str = "grant"


def endpoint(
    pattern: str, *, exists: Callable[..., bool] | None = None, needs: str = "grant", **answers: Callable[..., Answer]
) -> Endpoint:
    """`answers` by operation: read, update, list, delete, patch. Each gets the Call and the pattern's groups."""
    return Endpoint(re.compile(pattern), answers, exists, needs)


class Engine:
    """What is mounted somewhere: its kind and its table. The first row that matches answers."""

    kind = ""
    endpoints: tuple[Endpoint, ...] = ()

    def find(self, path: str) -> tuple[Endpoint, tuple[str, ...]] | None:
        for row in self.endpoints:
            if match := row.pattern.fullmatch(path):
                return row, match.groups()
        return None

    def lost(self, call: Call) -> Answer:
        """The answer for a path of no row: Vault may have one, so none is made up."""
        raise NotImplementedError(f"FakeVault has no answer to {call.operation} {call.full_path}; real Vault may have")

    def unmount(self) -> None:
        """Let go of what others keep for this engine."""


class Clock:
    """The time of one fake, from `now` if given, else standing still; `advance` moves it forward."""

    def __init__(self, now: Callable[[], datetime] | None) -> None:
        self._now = now or FakeClock().now
        self._moved = timedelta()
        self._begun = self.now()

    def now(self) -> datetime:
        return self._now() + self._moved

    def after(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        self._moved += timedelta(seconds=seconds)

    def cleaned_up(self, expires: datetime) -> bool:
        """Whether the clean-up that runs every minute has been there since."""
        minutes = (self.now() - self._begun) // _CLEAN_UP
        return expires <= self._begun + minutes * _CLEAN_UP


class Names:
    """Ids, tokens and accessors, counted."""

    def __init__(self) -> None:
        self._count = 0

    def id(self) -> str:
        return f"00000000-0000-4000-8000-{self._next():012x}"

    def short(self, prefix: str) -> str:
        return f"{prefix}_{self._next():08x}"

    def token(self) -> str:
        return f"hvs.fake{self._next():020d}"

    def accessor(self) -> str:
        return f"accessor{self._next():016d}"

    def _next(self) -> int:
        self._count += 1
        return self._count


def stamp(moment: datetime | None) -> str:
    """RFC 3339 in UTC, as Vault writes it; empty for None."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z") if moment else ""


def data(found: Mapping[str, Any], *, also_on_top: bool = False) -> Answer:
    """A 200. Some endpoints of sys/ repeat their data at the top, for old clients."""
    return Answer(200, {**(found if also_on_top else {}), "data": dict(found)})


def keys(found: list[str]) -> Answer:
    """A list, or the 404 by which Vault says that it is empty."""
    if not found:
        raise Refused(404)
    return data({"keys": found})


def done() -> Answer:
    return Answer(204, {})


def children(paths: Mapping[str, object], folder: str) -> list[str]:
    """The next segment of every path below `folder`, with a slash where more follows."""
    prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
    below = [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]
    return sorted({head + slash for head, slash, _ in (path.partition("/") for path in below)})
