"""`doctor`: a Vault beside what an instance of ours should look like, whoever provisioned it.

Rules of the file
- `look` (look.py) asks, `assess` decides, the command line shows: the decision is pure.
- What could not be seen is neither fine nor a finding: it is told with the capability it takes and the roles that have
  it, and a Vault of which a part was not seen is not sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_binance.errors import FOUND
from vault_binance.health.values import Severity
from vault_binance.ops.doctor.bots import bot_findings
from vault_binance.ops.doctor.people import people_findings, second_factor
from vault_binance.ops.doctor.rules import RULES
from vault_binance.ops.doctor.seen import NotSeen, not_seen, seen
from vault_binance.ops.doctor.structure import absent, external_audit, mounts, newer, structure_findings
from vault_binance.ops.doctor.tokens import token_findings
from vault_binance.ops.roles import who_may
from vault_binance.ops.structure import SecondFactor
from vault_binance.policy.text import rule_text
from vault_binance.vault.operator_port import Mount

if TYPE_CHECKING:
    from vault_binance.layout import Layout
    from vault_binance.ops.doctor.rules import Finding
    from vault_binance.ops.doctor.seen import Seen


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part that was not seen, and what would show it: a policy's line, or an option of the command."""

    where: str
    remedy: str
    roles: tuple[str, ...] = ()
    """Of ours, that may look there."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Findings worst first; `looked_at` says in a few words what there was."""

    findings: tuple[Finding, ...]
    unseen: tuple[Unseen, ...]
    looked_at: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        return FOUND if self.unseen or any(one.severity is Severity.HIGH for one in self.findings) else 0


def assess(facts: Seen, layout: Layout) -> Assessment:
    findings = (
        absent(facts, layout)
        or newer(facts, layout)
        or [
            *structure_findings(facts, layout),
            *bot_findings(facts, layout),
            *people_findings(facts, layout),
        ]
    )
    findings += token_findings(facts, layout)
    order = list(RULES)
    worst_first = sorted(findings, key=lambda one: (-one.severity, order.index(one.code)))
    return Assessment(
        tuple(worst_first), (*_refused(facts, layout), *_untold(facts, layout)), _looked_at(facts, layout)
    )


def _refused(facts: Seen, layout: Layout) -> list[Unseen]:
    refusals = sorted({*not_seen(facts)})
    if external_audit(facts, layout):
        refusals = [one for one in refusals if one.path != "sys/audit"]
    return [
        Unseen(one.path, _stanza(one.path, one.capability), _roles(one.path, one.capability, layout))
        for one in refusals
    ]


def _stanza(path: str, capability: str) -> str:
    shown = f"{path.rstrip('/')}/" if capability == "list" else path
    return rule_text(shown, [capability])


def _roles(path: str, capability: str, layout: Layout) -> tuple[str, ...]:
    return tuple(who_may(layout, path, frozenset({capability})))


def _untold(facts: Seen, layout: Layout) -> list[Unseen]:
    """Who asks for the second factor at the provider's cannot be found without being told the login."""
    if second_factor(facts, layout) is not SecondFactor.IDP or facts.logins:
        return []
    return [Unseen("the provider's second factor", "name the role by which people log in: --login auth/oidc/role/NAME")]


def _looked_at(facts: Seen, layout: Layout) -> tuple[str, ...]:
    """What there was, in numbers."""
    counts = {
        "mounts": sum(isinstance(mount, Mount) for mount in mounts(facts, layout).values()),
        "policies": sum(text is not None for text in seen(facts.policies).values()),
        "credentials": len(seen(facts.credentials)),
        "logins of bots": sum(len(seen(logins)) for logins in (facts.roles, facts.certificates)),
        "entities": len(seen(facts.entities)),
        "groups": sum(group is not None for group in seen(facts.groups).values()),
        "tokens": sum(not isinstance(one.info, NotSeen) for one in facts.tokens),
    }
    told = [f"{what} {number}" for what, number in counts.items()]
    external = external_audit(facts, layout)
    return (*told, f"audit trail elsewhere, by its record: {external}") if external else tuple(told)
