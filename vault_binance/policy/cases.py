"""Promises held against policies: which hold, and which rules no promise is about.

Rules of the file
- A case that names parameters or wrapping is judged as a request; any other by capabilities, as sys/capabilities does.
- A rule is touched by a case for whose path it is the one that counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault_binance.policy.access import Request
from vault_binance.policy.spec import wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vault_binance.policy.access import Access, Policy, Stanza
    from vault_binance.policy.spec import Case


@dataclass(frozen=True, slots=True)
class Outcome:
    """One capability of one case. `by` is where the deciding rule stands, empty where none matches or none is known."""

    case: Case
    capability: str
    expected: bool
    allowed: bool
    by: str = ""

    @property
    def holds(self) -> bool:
        return self.expected is self.allowed


def asked_path(path: str, capability: str) -> str:
    """Vault takes a list of `a` for a list of `a/`."""
    return f"{path.rstrip('/')}/" if capability == "list" else path


def judged(case: Case, access: Access) -> list[Outcome]:
    return [
        Outcome(case, word, expected, _allowed(case, access, word), _decided_by(case, access, word))
        for word, expected in wanted(case)
    ]


def answered(case: Case, found: Mapping[str, tuple[str, ...]]) -> list[Outcome]:
    """By what a server said of a token: capabilities by path, asked with `asked_path`."""
    return [
        Outcome(case, word, expected, not {word, "root"}.isdisjoint(found[asked_path(case.path, word)]), "a token")
        for word, expected in wanted(case)
    ]


def _allowed(case: Case, access: Access, capability: str) -> bool:
    path = asked_path(case.path, capability)
    if case.is_request:
        return access.allows(Request(path, capability, case.parameters or {}, case.wrap_ttl or 0.0))
    return not {capability, "root"}.isdisjoint(access.capabilities(path))


def _decided_by(case: Case, access: Access, capability: str) -> str:
    return ", ".join(stanza.place for stanza in deciding(access, asked_path(case.path, capability)))


def deciding(access: Access, path: str) -> list[Stanza]:
    """The stanzas that make up the rule that counts, none where there is none."""
    rule = access.rule(path, listing=path.endswith("/"))
    return access.stanzas[rule.path] if rule else []


def untouched(policies: Iterable[Policy], tried: Iterable[tuple[Case, Access]]) -> list[str]:
    """Where the rules stand that no case was about, with their paths."""
    touched = {
        stanza.place
        for case, access in tried
        for word, _ in wanted(case)
        for stanza in deciding(access, asked_path(case.path, word))
    }
    every = {f"{policy.name}:{rule.line}": rule.path for policy in policies for rule in policy.rules}
    return [f"{where} {path}" for where, path in every.items() if where not in touched]
