"""Vault's access rules as a function: which policies, for whom, on which path, may do what.

Rules of the file
- It answers as Vault 1.21 does, also where that surprises; the contract tests hold it against a real server.
- A path has one rule: the exact one, else the best of the patterns that match. Nothing is added from a wider pattern.
- The same pattern in several policies is one rule with the capabilities of all; `deny` in any of them leaves nothing.
- No policy text here: vault_binance.policy.text makes Rules of it.

Sources: reference Vault, 4.2 (priority), 4.4 (parameters), 4.5 (templates); the tests for what those leave open.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vault_binance.policy.parameters import lower, parameters_allowed, values_united, wrapping_allowed
from vault_binance.policy.patterns import is_pattern, is_segmented, matches, may_reach, priority
from vault_binance.policy.subject import filled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vault_binance.policy.subject import Subject

CAPABILITIES = ("create", "read", "update", "patch", "delete", "list", "sudo", "deny")
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
    line: int = field(default=0, compare=False)
    """Where the stanza begins in its policy's text."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A named list of rules. The one called `root` allows everything, whatever its rules."""

    name: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Stanza:
    """A rule as it was written, and the policy it stands in."""

    policy: str
    rule: Rule

    @property
    def place(self) -> str:
        return f"{self.policy}:{self.rule.line}"


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
        self.stanzas: dict[str, list[Stanza]] = {}
        """Every pattern that there is for this subject, and what it was written as."""
        self.unfilled: list[Stanza] = []
        """What asks for a property that the subject has not: no rule for it."""
        self._rules: dict[str, Rule] = {}
        for policy in policies:
            for rule in policy.rules:
                self._add(Stanza(policy.name, rule), subject)
        self.broken = any("+*" in path for path in self._rules)

    def _add(self, stanza: Stanza, subject: Subject | None) -> None:
        path = filled(stanza.rule.path, subject)
        if path is None:
            self.unfilled.append(stanza)
            return
        path = path.removeprefix("/")
        rule = replace(stanza.rule, path=path)
        self._rules[path] = _united(self._rules[path], rule) if path in self._rules else rule
        self.stanzas.setdefault(path, []).append(stanza)

    def rule(self, path: str, *, listing: bool = False) -> Rule | None:
        """The one rule that counts."""
        return next(iter(self.matching(path, listing=listing)), None)

    def matching(self, path: str, *, listing: bool = False) -> list[Rule]:
        """All rules that match, the one that counts first.

        Listing `a/` is taken for listing `a` where no exact rule says `a/`: so `a*` or `*` goes before `a/*` there.
        """
        path = path.lstrip("/")
        bare = path.removesuffix("/") if listing else path
        forms = dict.fromkeys((path, bare))
        exact = [self._rules[form] for form in forms if form in self._rules and not is_pattern(form)]
        found = exact + self._patterns(bare) + self._patterns(path)
        return list({rule.path: rule for rule in found}.values())

    def _patterns(self, path: str) -> list[Rule]:
        """Those that match, best first."""
        matching = [rule for rule in self._rules.values() if is_pattern(rule.path) and matches(rule.path, path)]
        return sorted(matching, key=lambda rule: priority(rule.path), reverse=True)

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
        if rule is None or request.capability not in rule.capabilities or not wrapping_allowed(rule, request.wrap_ttl):
            return False
        return request.capability not in _CARRY_PARAMETERS or parameters_allowed(rule, request.parameters)

    def reaches(self, mount: str) -> bool:
        """Whether a token sees `mount` (with its slash): anything is granted on it or below.

        Or, a quirk of Vault's, a plain `*` pattern matches the mount, even one that denies, and no rule has a `+`.
        """
        granted = [rule for rule in self._rules.values() if rule.capabilities and "deny" not in rule.capabilities]
        if self.capabilities(mount) != ("deny",) or any(may_reach(rule.path, mount) for rule in granted):
            return True
        quirk = not any(map(is_segmented, self._rules))
        return quirk and any(is_pattern(path) and matches(path, mount) for path in self._rules)


def _united(first: Rule, second: Rule) -> Rule:
    """Two stanzas for one pattern. Capabilities add up, and so do parameters: also those that are denied."""
    if "deny" in first.capabilities | second.capabilities:
        return Rule(first.path, _DENY)
    return Rule(
        path=first.path,
        capabilities=first.capabilities | second.capabilities,
        allowed=values_united(first.allowed, second.allowed),
        denied=values_united(first.denied, second.denied),
        required=tuple(dict.fromkeys(first.required + second.required)),
        min_wrap=lower(first.min_wrap, second.min_wrap),
        max_wrap=lower(first.max_wrap, second.max_wrap),
    )
