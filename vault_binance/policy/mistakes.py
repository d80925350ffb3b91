"""What policies that Vault takes say without meaning it: the common mistakes, told with their lines.

Rules of the file
- HIGH is a rule that can never do what it says, or that hands out everything; LOW is one that may well be meant.
- Nothing is asked of Vault: which mounts are KV v2 is seen from the policies' own paths, and from names given.

Source: reference Vault, 4.9 (mistakes), 4.4 (parameters).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import zip_longest

from vault_binance.health.values import Severity
from vault_binance.policy.access import Stanza
from vault_binance.policy.patterns import is_pattern, matches, priority
from vault_binance.policy.subject import TEMPLATE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from vault_binance.policy.access import Policy, Rule

    Said = Iterator[tuple[Severity, str]]

KV_PARTS = frozenset({"config", "data", "metadata", "delete", "undelete", "destroy", "subkeys", "detailed-metadata"})
_KV_PATH = re.compile(r"(?!(?:auth|sys|identity)/)([^+*{}]+?)/(?:data|metadata)(?:/.*)?")
_WRITING = frozenset({"create", "update", "patch"})
_ACL = ("sys/policies/acl/any", "sys/policy/any")


@dataclass(frozen=True, slots=True)
class Mistake:
    severity: Severity
    policy: str
    line: int
    path: str
    says: str


def mistakes(policies: Iterable[Policy], kv_mounts: Iterable[str] = ()) -> list[Mistake]:
    """In the order of the policies and their lines. `kv_mounts` are KV v2, beside those that a path shows to be."""
    policies = tuple(policies)
    stanzas = [Stanza(policy.name, _as_vault_has_it(rule)) for policy in policies for rule in policy.rules]
    mounts = {*kv_mounts, *_mounts_seen(stanza.rule.path for stanza in stanzas)}
    found = []
    for stanza in stanzas:
        rule, others = stanza.rule, [other for other in stanzas if other is not stanza]
        for severity, says in (*_of_path(rule), *_of_kv(rule, mounts), *_of_parameters(rule), *_beside(rule, others)):
            found.append(Mistake(severity, stanza.policy, rule.line, rule.path, says))
    return found


def _as_vault_has_it(rule: Rule) -> Rule:
    """Vault drops one slash at the beginning of a path: with it in place nothing here would be told."""
    return replace(rule, path=rule.path.removeprefix("/"))


def _mounts_seen(paths: Iterable[str]) -> Iterator[str]:
    return (match[1] for path in paths if (match := _KV_PATH.fullmatch(path)))


def _of_path(rule: Rule) -> Said:
    fixed = TEMPLATE.sub("x", rule.path)
    if "*" in fixed.removesuffix("*"):
        yield Severity.HIGH, "a * that is not the last character is a letter: + stands for one segment"
    if any("+" in segment and segment not in {"+", "+*"} for segment in fixed.split("/")):
        yield Severity.HIGH, "a + beside other letters is one of them: it stands for a segment only alone"
    if "${" in fixed or "%{" in fixed:
        yield Severity.HIGH, "it was never rendered: Vault knows no ${ } and no %{ }, and takes them as letters"
    if re.search(r"\s", fixed):
        yield Severity.HIGH, "it has white space, which is part of the path"
    if fixed.startswith("v1/"):
        yield Severity.HIGH, "a policy's path does not begin with v1/"
    if not fixed.isascii():
        yield Severity.LOW, f"it has letters beyond ASCII, which may only look like others: {rule.path!a}"
    if not rule.capabilities:
        yield Severity.LOW, "without capabilities it refuses, as deny does, and goes before wider patterns"
    if _WRITING & rule.capabilities and any(_covers(fixed, path) for path in _ACL):
        yield Severity.HIGH, "whoever may write policies has every right there is"


def _of_kv(rule: Rule, mounts: set[str]) -> Said:
    mount = next((one for one in sorted(mounts, key=len, reverse=True) if rule.path.startswith(f"{one}/")), None)
    if mount is None or "deny" in rule.capabilities:
        return
    part, _, name = rule.path.removeprefix(f"{mount}/").partition("/")
    if part and part not in KV_PARTS and not set(part) & set("+*"):
        yield Severity.HIGH, f"{mount}/ is KV v2: without data/ or metadata/ after it, nothing is there"
    if part == "data" and "list" in rule.capabilities:
        yield Severity.HIGH, f"KV v2 lists below {mount}/metadata/: list means nothing on data/"
    if part == "data" and (rule.allowed or rule.denied or rule.required):
        yield Severity.HIGH, "on data/ parameters are `data` and `options`: the names of fields are not seen"
    if part == "data" and name and _WRITING & rule.capabilities == {"create"}:
        yield Severity.LOW, "create without update: a secret that is there gets no second version"
    if part == "data" and name and _WRITING & rule.capabilities == {"update"}:
        yield Severity.LOW, "update without create: no new secret can be made"


def _of_parameters(rule: Rule) -> Said:
    for kind, parameters in (("allowed", rule.allowed), ("denied", rule.denied)):
        for name, values in parameters.items():
            if name == "*" and values:
                yield Severity.HIGH, f'{kind} "*" = [...] with values is taken as []: every value of every other'
            if any(isinstance(value, float) for value in values):
                yield Severity.HIGH, f"{kind} {name}: a number is equal to nothing that is sent"
            if any(isinstance(value, str) and "*" in value[1:-1] for value in values):
                yield Severity.HIGH, f"{kind} {name}: a * in the middle of a value is a letter"
    for name, values in rule.allowed.items():
        if values and name != "*" and not _nothing_denied(rule, name):
            yield Severity.LOW, f'allowed {name}: "" and [] pass every list of values, unless they are denied'


def _nothing_denied(rule: Rule, name: str) -> bool:
    denied = rule.denied.get(name, (None,))
    return not denied or ("" in denied and [] in denied)


def _beside(rule: Rule, others: Sequence[Stanza]) -> Said:
    denied = [other for other in others if other.rule.path == rule.path and "deny" in other.rule.capabilities]
    if denied and "deny" not in rule.capabilities:
        yield Severity.HIGH, f"nothing is left of it: {denied[0].place} denies the same path"
    if wider := _next_wider(rule, others):
        yield from _inside(rule, wider)
    for other in others:
        if path := _lost_to(rule, other.rule):
            yield Severity.LOW, f"it does not count for {path}: {other.rule.path} ({other.place}) is the better pattern"


def _lost_to(rule: Rule, other: Rule) -> str:
    """A path for which both are and the other one counts, its wildcard being later; empty where there is none."""
    if "+" not in rule.path.split("/") or not is_pattern(other.path) or rule.capabilities == other.capabilities:
        return ""
    if matches(rule.path, other.path.removesuffix("*")):  # it lies within: an exception that was meant
        return ""
    theirs = other.path.removesuffix("*").split("/")
    pairs = zip_longest(rule.path.removesuffix("*").split("/"), theirs[: rule.path.count("/") + 1], fillvalue="")
    path = "/".join(
        (another if another not in {"", "+"} else "any") if ours == "+" else ours for ours, another in pairs
    )
    both = matches(rule.path, path) and matches(other.path, path)
    return path if both and priority(other.path) > priority(rule.path) else ""


def _next_wider(rule: Rule, others: Sequence[Stanza]) -> Stanza | None:
    """The best of the patterns in which this one lies: without it, that one would count."""
    path = rule.path.removesuffix("*")
    around = [one for one in others if is_pattern(one.rule.path) and matches(one.rule.path, path)]
    worse = [one for one in around if not is_pattern(rule.path) or priority(rule.path) > priority(one.rule.path)]
    return max(worse, key=lambda one: priority(one.rule.path), default=None)


def _inside(rule: Rule, wider: Stanza) -> Said:
    """The better pattern counts alone. A folder that may be listed and no more is meant so."""
    if "deny" in rule.capabilities or (rule.path.endswith("/") and rule.capabilities == {"list"}):
        return
    where, granted = f"{wider.rule.path} ({wider.place})", wider.rule.capabilities
    if "deny" in granted and rule.capabilities:
        yield Severity.LOW, f"the deny on {where} does not reach it: the better pattern counts alone"
    elif more := granted - rule.capabilities - {"deny"}:
        yield Severity.LOW, f"{', '.join(sorted(more))} of {where} is not added: the better pattern counts alone"


def _covers(pattern: str, path: str) -> bool:
    return matches(pattern, path) if is_pattern(pattern) else pattern == path
