"""Vault's access rules as a function: which policies, for whom, on which path, may do what.

Rules of the file
- It answers as Vault 1.21 does, also where that surprises; the contract tests hold it against a real server.
- A path has one rule: the exact one, else the best of the patterns that match. Nothing is added from a wider pattern.
- The same pattern in several policies is one rule with the capabilities of all; `deny` in any of them leaves nothing.
- No policy text here: vault_binance.policy_text makes Rules of it.

Sources: reference Vault, 4.2 (priority), 4.4 (parameters), 4.5 (templates); the tests for what those leave open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import reduce

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

CAPABILITIES = ("create", "read", "update", "patch", "delete", "list", "sudo", "deny")
TEMPLATE = re.compile(r"\{\{\s*identity\.entity\.(id|name|metadata\.([^}\s]+))\s*\}\}")
"""The identity templates that are understood; those on aliases and groups are not."""

_DENY = frozenset({"deny"})
_CARRY_PARAMETERS = frozenset({"create", "read", "update", "patch"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One stanza: `path` as written, or filled in for one subject. Wrapping bounds in seconds, 0 is none.

    Parameter names in `allowed` and `denied` are lower-case; an empty list of values stands for every value.
    """

    path: str
    capabilities: frozenset[str] = frozenset()
    allowed: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    denied: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    min_wrap: float = 0.0
    max_wrap: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """A named list of rules. The one called `root` allows everything, whatever its rules."""

    name: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """The identity entity whose properties fill the templates."""

    id: str
    name: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: `capability` is what the operation needs, `parameters` the body or query as Vault sees it.

    `wrap_ttl` in seconds, 0 where the answer shall not be wrapped.
    """

    path: str
    capability: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    wrap_ttl: float = 0.0


def capabilities(policies: Iterable[Policy], subject: Subject | None, path: str) -> tuple[str, ...]:
    """What sys/capabilities answers: sorted names, or `deny` or `root` alone. Parameters and wrapping do not count."""
    return Access(policies, subject).capabilities(path)


def allows(policies: Iterable[Policy], subject: Subject | None, request: Request) -> bool:
    return Access(policies, subject).allows(request)


class Access:
    """All policies of one token, filled in for its subject and united: asked often, built once.

    `broken` is a set of policies that Vault cannot build either (a template that becomes `+*`): it refuses everything.
    """

    def __init__(self, policies: Iterable[Policy], subject: Subject | None = None) -> None:
        policies = tuple(policies)
        self.root = any(policy.name == "root" for policy in policies)
        self._rules: dict[str, Rule] = {}
        for policy in policies:
            for rule in policy.rules:
                self._add(rule, subject)
        self.broken = any("+*" in path for path in self._rules)

    def _add(self, rule: Rule, subject: Subject | None) -> None:
        path = filled(rule.path, subject)
        if path is None:
            return
        path = path.removeprefix("/")
        rule = replace(rule, path=path)
        self._rules[path] = _united(self._rules[path], rule) if path in self._rules else rule

    def rule(self, path: str, *, listing: bool = False) -> Rule | None:
        """The one rule that counts.

        Listing `a/` is taken for listing `a` where no exact rule says `a/`: so `a*` or `*` goes before `a/*` there.
        """
        path = path.lstrip("/")
        bare = path.removesuffix("/") if listing else path
        for exact in (path, bare):
            if exact in self._rules and not _is_pattern(exact):
                return self._rules[exact]
        return self._best_pattern(bare) or self._best_pattern(path)

    def _best_pattern(self, path: str) -> Rule | None:
        matching = [rule for rule in self._rules.values() if _is_pattern(rule.path) and _matches(rule.path, path)]
        return max(matching, key=_priority, default=None)

    def capabilities(self, path: str) -> tuple[str, ...]:
        if self.root:
            return ("root",)
        rule = None if self.broken else self.rule(path, listing=True)
        found = rule.capabilities if rule else frozenset()
        return tuple(sorted(found)) if found and "deny" not in found else ("deny",)

    def allows(self, request: Request) -> bool:
        if self.root or self.broken:
            return self.root
        rule = self.rule(request.path, listing=request.capability == "list")
        if rule is None or request.capability not in rule.capabilities or not _wrapping_allowed(rule, request.wrap_ttl):
            return False
        return request.capability not in _CARRY_PARAMETERS or _parameters_allowed(rule, request.parameters)

    def reaches(self, mount: str) -> bool:
        """Whether a token sees `mount` (with its slash): anything is granted on it or below.

        Or, a quirk of Vault's, a plain `*` pattern matches the mount, even one that denies, and no rule has a `+`.
        """
        granted = [rule for rule in self._rules.values() if rule.capabilities and "deny" not in rule.capabilities]
        if self.capabilities(mount) != ("deny",) or any(_may_reach(rule.path, mount) for rule in granted):
            return True
        quirk = not any(map(_is_segmented, self._rules))
        return quirk and any(_is_pattern(path) and _matches(path, mount) for path in self._rules)


def filled(path: str, subject: Subject | None) -> str | None:
    """The path with its templates filled in, unescaped as Vault does it; None where the subject lacks a property."""
    if "{{" not in path:
        return path
    values = [_property(subject, match) for match in TEMPLATE.finditer(path)]
    if None in values:
        return None
    return reduce(lambda text, value: TEMPLATE.sub(lambda _: str(value), text, count=1), values, path)


def _property(subject: Subject | None, match: re.Match[str]) -> str | None:
    if subject is None:
        return None
    if match[2]:
        return subject.metadata.get(match[2])
    return subject.id if match[1] == "id" else subject.name


def _united(first: Rule, second: Rule) -> Rule:
    """Two stanzas for one pattern. Capabilities add up, and so do parameters: also those that are denied."""
    if "deny" in first.capabilities | second.capabilities:
        return Rule(first.path, _DENY)
    return Rule(
        path=first.path,
        capabilities=first.capabilities | second.capabilities,
        allowed=_values_united(first.allowed, second.allowed),
        denied=_values_united(first.denied, second.denied),
        required=tuple(dict.fromkeys(first.required + second.required)),
        min_wrap=_lower(first.min_wrap, second.min_wrap),
        max_wrap=_lower(first.max_wrap, second.max_wrap),
    )


def _values_united(
    first: Mapping[str, tuple[object, ...]], second: Mapping[str, tuple[object, ...]]
) -> Mapping[str, tuple[object, ...]]:
    """An empty list, which stands for every value, wins over any other."""
    both = {name: first[name] + second[name] if first[name] and second[name] else () for name in first.keys() & second}
    return {**first, **second, **both}


def _lower(first: float, second: float) -> float:
    return min(first, second) if first and second else first or second


def _is_segmented(path: str) -> bool:
    """Whether `+` is a wildcard in it. Only as a whole segment it matches another one, but Vault sorts by this."""
    return path == "+" or "/+" in path or path.startswith("+/")


def _is_pattern(path: str) -> bool:
    return path.endswith("*") or _is_segmented(path)


def _matches(pattern: str, path: str) -> bool:
    if not _is_segmented(pattern):
        return path.startswith(pattern[:-1])
    open_end = pattern.endswith("*")
    wanted, parts = pattern.removesuffix("*").split("/"), path.split("/")
    if len(parts) < len(wanted) or (len(parts) > len(wanted) and not open_end):
        return False
    *exact, last = zip(wanted, parts, strict=False)
    return all(_segment_matches(*pair) for pair in exact) and _segment_matches(*last, open_end=open_end)


def _segment_matches(wanted: str, part: str, *, open_end: bool = False) -> bool:
    return wanted in {"+", part} or (open_end and part.startswith(wanted))


def _priority(rule: Rule) -> tuple[int, bool, int, int, str]:
    """Greatest wins: later first wildcard, no `*` at the end, fewer `+`, longer, lexicographically larger."""
    path = rule.path.removesuffix("*")
    first = path.index("+") if _is_segmented(rule.path) else len(path)
    return first, not rule.path.endswith("*"), -path.split("/").count("+"), len(path), path


def _may_reach(pattern: str, mount: str) -> bool:
    """Whether it is for something on or below `mount`."""
    if not _is_segmented(pattern):
        return pattern.startswith(mount)
    segments, wanted = mount.removesuffix("/").split("/"), pattern.split("/")
    return len(wanted) >= len(segments) and all(w in {"+", s} for w, s in zip(wanted, segments, strict=False))


def _wrapping_allowed(rule: Rule, wrap_ttl: float) -> bool:
    if rule.max_wrap and not 0 < wrap_ttl <= rule.max_wrap:
        return False
    return not rule.min_wrap or wrap_ttl >= rule.min_wrap


def _parameters_allowed(rule: Rule, parameters: Mapping[str, object]) -> bool:
    if not all(name.lower() in parameters for name in rule.required):
        return False
    if not parameters:
        return True
    given = [(name.lower(), value) for name, value in parameters.items()]
    if "*" in rule.denied or any(_is_denied(rule.denied, name, value) for name, value in given):
        return False
    return not rule.allowed or all(_is_allowed(rule.allowed, name, value) for name, value in given)


def _is_denied(denied: Mapping[str, tuple[object, ...]], name: str, value: object) -> bool:
    return name in denied and (not denied[name] or _listed(value, denied[name], any))


def _is_allowed(allowed: Mapping[str, tuple[object, ...]], name: str, value: object) -> bool:
    if name not in allowed:
        return "*" in allowed
    return not allowed[name] or _listed(value, allowed[name], all)


def _listed(value: object, values: tuple[object, ...], several: Callable[[Iterable[bool]], bool]) -> bool:
    """Whether a value is listed, itself or element by element: text is also taken for a comma-separated list."""
    if any(_equal(value, listed) for listed in values):
        return True
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")] if value else []
    if not isinstance(value, list):
        return False
    return several(any(_equal(element, listed) for listed in values) for element in value)


def _equal(value: object, listed: object) -> bool:
    """Text may have one `*` at either end in the policy. A number is never equal: Vault compares unlike types there."""
    if isinstance(value, str) and isinstance(listed, str):
        return _glob(listed, value)
    if isinstance(value, list) and isinstance(listed, list | tuple):
        return len(value) == len(listed) and all(_same(a, b) for a, b in zip(value, listed, strict=True))
    return isinstance(value, bool) and value is listed


def _same(value: object, listed: object) -> bool:
    return isinstance(value, str | bool) and type(value) is type(listed) and value == listed


def _glob(pattern: str, text: str) -> bool:
    if len(pattern) < 2:
        return pattern == text
    match pattern.startswith("*"), pattern.endswith("*"):
        case True, True:
            return pattern[1:-1] in text
        case True, False:
            return text.endswith(pattern[1:])
        case False, True:
            return text.startswith(pattern[:-1])
    return pattern == text
