"""Why a path is granted or not: the rule that decides, those that lost to it and why, and what would have matched.

Rules of the file
- It judges nothing itself: Access does; here is said how it came about.
- A hint is a path that is granted and looks like the one that was meant (reference: Vault, 4.9).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault_binance.policy.patterns import why_lost
from vault_binance.policy.subject import TEMPLATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_binance.policy.access import Access, Rule, Stanza


@dataclass(frozen=True, slots=True)
class Beaten:
    """A pattern that matches and does not count; `pattern` is filled in."""

    pattern: str
    stanzas: tuple[Stanza, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A rule that would match, had the subject these properties."""

    stanza: Stanza
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`may` as sys/capabilities answers; `rule` is None where nothing matches, or all is allowed or refused anyway."""

    path: str
    may: tuple[str, ...]
    rule: Rule | None
    stanzas: tuple[Stanza, ...]
    beaten: tuple[Beaten, ...]
    missing: tuple[Missing, ...]
    hints: tuple[str, ...]


def explained(access: Access, path: str) -> Explanation:
    """`path` ends in a slash where listing is meant."""
    path = path.lstrip("/")
    found = access.matching(path, listing=path.endswith("/"))
    rule = None if access.root or access.broken or not found else found[0]
    return Explanation(
        path=path,
        may=access.capabilities(path),
        rule=rule,
        stanzas=tuple(access.stanzas[rule.path]) if rule else (),
        beaten=tuple(_beaten(access, rule, found[1:])) if rule else (),
        missing=tuple(_missing(access, path)),
        hints=tuple(_hints(access, path)),
    )


def bounds(rule: Rule) -> list[str]:
    """What else a request must fulfil, one line each: sys/capabilities does not tell."""
    said = [f"parameter {name} must be given" for name in rule.required]
    said += [f"parameter {name}: {_values('any value', values)}" for name, values in rule.allowed.items()]
    said += ["no other parameter"] if rule.allowed and "*" not in rule.allowed else []
    said += [f"parameter {name}: not {_values('at all', values)}" for name, values in rule.denied.items()]
    said += [f"wrapped for at least {rule.min_wrap:g} s"] if rule.min_wrap else []
    return said + ([f"wrapped for at most {rule.max_wrap:g} s"] if rule.max_wrap else [])


def _values(every: str, values: tuple[object, ...]) -> str:
    return " or ".join(map(repr, values)) if values else every


def _beaten(access: Access, winner: Rule, others: list[Rule]) -> Iterator[Beaten]:
    for rule in others:
        yield Beaten(rule.path, tuple(access.stanzas[rule.path]), why_lost(rule.path, winner.path))


def _missing(access: Access, path: str) -> Iterator[Missing]:
    for stanza in access.unfilled:
        if match := _as_regex(stanza.rule.path.removeprefix("/")).fullmatch(path):
            names = TEMPLATE.findall(stanza.rule.path)
            yield Missing(stanza, dict(zip(names, match.groups(), strict=True)))


def _as_regex(pattern: str) -> re.Pattern[str]:
    """With a group for each template; what a property may be is one segment that is no wildcard."""
    open_end, pattern = pattern.endswith("*"), pattern.removesuffix("*")
    fixed = TEMPLATE.split(pattern)[::2]  # every second part is a property's name
    literal = [re.sub(r"(^|/)\\\+(?=/|$)", r"\1[^/]*", re.escape(part)) for part in fixed]
    return re.compile("([^/]+)".join(literal) + (".*" if open_end else ""))


def _hints(access: Access, path: str) -> Iterator[str]:
    """Where nothing is granted: paths nearby that are, and what was confused."""
    if access.broken:
        yield "a property that was filled in makes a '+*': Vault refuses everything to this token"
    elif not access.root and not access.matching(path, listing=path.endswith("/")):
        for other, why in _nearby(path).items():
            if (may := access.capabilities(other)) != ("deny",):
                yield f"{other} is granted {', '.join(may)}: {why}"


def _nearby(path: str) -> dict[str, str]:
    """Paths that may have been meant, and what would explain it. Where a mount ends is not known: all is tried."""
    found = {path.removeprefix("v1/"): "a policy's path does not begin with v1/"}
    found |= {f"{path}/": "a folder is listed with a slash at its end"}
    found |= {path.removesuffix("/"): "a slash at the end is for listing"}
    segments = path.split("/")
    for end in range(1, min(len(segments), _DEEPEST)):
        mount, below = "/".join(segments[:end]), segments[end:]
        found |= {"/".join([mount, "data", *below]): "KV v2 keeps values below data/"}
        if below[0] == "data":
            below = below[1:]
        found |= {"/".join([mount, "metadata", *below]): _METADATA}
    found.pop(path, None)
    return found


_METADATA = "KV v2 lists and describes below metadata/"
_DEEPEST = 4
"""Segments of a path in which a mount is looked for."""
