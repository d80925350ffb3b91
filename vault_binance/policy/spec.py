"""The text of a policy test: what somebody promised, as cases.

    [[case]]
    who = "reader"                                    # a role; or "me", whose token this is (--live)
    metadata = { binance_credential = "market-maker" }
    path = "binance/data/credentials/market-maker"
    only = ["read"]                                   # or can = [...] and cannot = [...]

Rules of the file
- A key that is unknown, or a case that promises nothing, is an error with its line: a test must not pass by a typo.
- Capabilities are Vault's own words. Listing is asked with a slash at the path's end, typed or not.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field

from vault_binance.errors import ConfigError
from vault_binance.policy.access import CAPABILITIES
from vault_binance.policy.text import duration, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ME = "me"
"""Whoever runs the test."""

ASKABLE = tuple(word for word in CAPABILITIES if word != "deny")
_WHO = ("who", "policies", "bot", "accessor")
_KEYS = (*_WHO, "metadata", "path", "can", "cannot", "only", "parameters", "wrap_ttl")


@dataclass(frozen=True, slots=True)
class Case:
    """One promise. Exactly one of `who`, `policies`, `bot` and `accessor` is given.

    `parameters` and `wrap_ttl` (seconds) are None where capabilities alone are asked for, as sys/capabilities does.
    """

    place: str
    """Where it stands, for people: its number and line."""
    path: str
    who: str = ""
    policies: tuple[str, ...] = ()
    bot: str = ""
    accessor: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    can: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    parameters: Mapping[str, object] | None = None
    wrap_ttl: float | None = None

    @property
    def needs_vault(self) -> bool:
        return self.who == ME or bool(self.accessor)

    @property
    def is_request(self) -> bool:
        return self.parameters is not None or self.wrap_ttl is not None

    @property
    def holder(self) -> str:
        """Who it is about, for people."""
        return self.who or self.bot or ", ".join(self.policies) or f"accessor {self.accessor}"


def parse_spec(name: str, text: str) -> tuple[Case, ...]:
    """Raises ConfigError with the case and its line; for a spec without cases too."""
    text = text.removeprefix("\ufeff")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is no TOML: {error}", hint=_AS_IN) from None
    except RecursionError:
        raise ConfigError(f"{name} is nested too deep to be read", hint=_AS_IN) from None
    if unknown := sorted(set(content) - {"case"}):
        raise ConfigError(f"{name}: {shown(unknown[0])} is unknown", hint=_AS_IN)
    cases = content.get("case", [])
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise ConfigError(f"{name}: `case` is no table", hint=_AS_IN)
    if not cases:
        raise ConfigError(f"{name} has no case: it would test nothing", hint=_AS_IN)
    places = _places(name, text, len(cases))
    return tuple(_Reader(place, case).case() for place, case in zip(places, cases, strict=True))


_AS_IN = "cases as in policies/roles.test.toml: [[case]], then who, path, and can, cannot or only"


def _places(name: str, text: str, count: int) -> list[str]:
    """TOML tells no lines: they are those of the headers, where each case has one."""
    lines = [number for number, line in enumerate(text.split("\n"), 1) if re.match(r"\s*\[\[\s*case\s*\]\]", line)]
    known = lines if len(lines) == count else []
    return [
        f"{name}, case {number}" + (f", line {known[number - 1]}" if known else "") for number in range(1, count + 1)
    ]


class _Reader:
    """One table, read key by key; whatever is wrong is told with its place."""

    def __init__(self, place: str, table: Mapping[str, object]) -> None:
        self._place, self._table = place, table

    def case(self) -> Case:
        if unknown := [key for key in self._table if key not in _KEYS]:
            raise self._wrong(f"{shown(unknown[0])} is unknown", f"known: {', '.join(_KEYS)}")
        self._one_holder()
        can, cannot = self._expected()
        parameters = self._table.get("parameters")
        if parameters is not None and not isinstance(parameters, dict):
            raise self._wrong("parameters is no table", 'as in parameters = { token_policies = ["team"] }')
        return self._fitting(
            Case(
                place=self._place,
                path=self._path(),
                who=self._text("who"),
                policies=self._texts("policies"),
                bot=self._text("bot"),
                accessor=self._text("accessor"),
                metadata=self._metadata(),
                can=can,
                cannot=cannot,
                parameters=parameters,
                wrap_ttl=self._wrap_ttl(),
            )
        )

    def _fitting(self, case: Case) -> Case:
        """What does not go together."""
        if case.needs_vault and case.is_request:
            raise self._wrong(
                "a token is asked for its capabilities: parameters and wrap_ttl have no say there",
                "leave them out, or name policies: their text is judged",
            )
        if case.needs_vault and case.metadata:
            raise self._wrong("a token has the metadata that its entity has in Vault", "leave metadata out")
        return case

    def _one_holder(self) -> None:
        given = [key for key in _WHO if key in self._table]
        if len(given) != 1:
            which = " and ".join(given) or "nobody"
            raise self._wrong(f"{which}: about whom is it?", f"give one of {', '.join(_WHO)}")
        if not self._table[given[0]]:
            raise self._wrong(f"{given[0]} is empty", "name somebody")

    def _path(self) -> str:
        path = self._text("path")
        if not path.strip("/"):
            raise self._wrong("there is no path", 'as in path = "binance/data/credentials/market-maker"')
        if wrong := re.search(r"(?:^|(?<=/))\+(?=/|$)|\*|\{\{|\$\{", path):
            raise self._wrong(
                f"{wrong[0]!a} in the path {path!a}: a path is asked for, not a pattern", "name one path that it is for"
            )
        return path.removeprefix("/")

    def _expected(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if "only" in self._table:
            if {"can", "cannot"} & set(self._table):
                raise self._wrong("only says what can be done and what cannot", "leave can and cannot out")
            can = self._capabilities("only")
            return can, tuple(word for word in ASKABLE if word not in can)
        can, cannot = self._capabilities("can"), self._capabilities("cannot")
        if both := [word for word in can if word in cannot]:
            raise self._wrong(f"{both[0]!a} is in can and in cannot", "leave one out")
        if not can and not cannot:
            raise self._wrong("it expects nothing", "give can, cannot or only; only = [] is nothing at all")
        return can, cannot

    def _capabilities(self, key: str) -> tuple[str, ...]:
        words = self._texts(key)
        if wrong := [word for word in words if word not in ASKABLE]:
            why = "what is denied stands in cannot" if wrong[0] == "deny" else f"known: {', '.join(ASKABLE)}"
            raise self._wrong(f"{shown(wrong[0])} in {key} is no capability", why)
        return words

    def _metadata(self) -> dict[str, str]:
        found = self._table.get("metadata", {})
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            raise self._wrong("metadata is no table of texts", 'as in metadata = { binance_credential = "arb" }')
        return found

    def _wrap_ttl(self) -> float | None:
        value = self._table.get("wrap_ttl")
        if value is None:
            return None
        try:
            return duration(value)
        except ValueError as error:
            raise self._wrong(
                f"wrap_ttl: {error}", 'as in wrap_ttl = "5m"; 0 is an answer that is not wrapped'
            ) from None

    def _text(self, key: str) -> str:
        value = self._table.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(f"{key} is no text", f'as in {key} = "..."')
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        values = self._table.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self._wrong(f"{key} is no list of texts", f'as in {key} = ["..."]')
        return tuple(values)

    def _wrong(self, what: str, hint: str) -> ConfigError:
        return ConfigError(f"{self._place}: {what}", hint=hint)


def wanted(case: Case) -> Iterator[tuple[str, bool]]:
    """Each capability that the case speaks of, and whether it shall be there."""
    yield from ((word, True) for word in case.can)
    yield from ((word, False) for word in case.cannot)
