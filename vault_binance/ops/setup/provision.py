"""What `setup` builds in a Vault that others use too: what is ours, and nothing of theirs.

Rules of the file
- Look first, plan purely, then carry out: `--dry-run` is the same plan, not carried out.
- What exists under one of our names without our mark is never touched unless it is adopted (design, section 6).
- Every step can be repeated: a run that was interrupted is finished by running again.
- No step reads or writes a value: an older structure is brought up to date beneath them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from vault_binance.errors import NotOurs, PermissionDenied
from vault_binance.ops import policy_texts
from vault_binance.ops.setup import audit_trail, mounts, second_factor
from vault_binance.ops.setup.audit_trail import AuditTrail
from vault_binance.ops.setup.steps import Step, Verb
from vault_binance.vault.operator_port import Mount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vault_binance.layout import Layout
    from vault_binance.ops.setup.mounts import Mounts
    from vault_binance.ops.setup.second_factor import People
    from vault_binance.ops.structure import SecondFactor
    from vault_binance.vault.operator_port import OperatorVault


@dataclass(frozen=True, slots=True)
class Facts:
    """What is in Vault under our names. `audit_devices` is None where we may not ask."""

    mounts: Mounts
    policies: Mapping[str, str | None]
    people: People
    audit_devices: Sequence[str] | None


def look(vault: OperatorVault, layout: Layout) -> Facts:
    return Facts(
        mounts=mounts.look(vault, layout),
        policies={name: vault.policy(name) for name in policy_texts.render_all(layout)},
        people=second_factor.look(vault, layout),
        audit_devices=_audit_devices(vault),
    )


def _audit_devices(vault: OperatorVault) -> Sequence[str] | None:
    try:
        return vault.audit_devices()
    except PermissionDenied:
        return None


def plan(
    facts: Facts,
    layout: Layout,
    *,
    adopt: bool = False,
    factor: SecondFactor | None = None,
    audit: AuditTrail | None = None,
) -> tuple[Step, ...]:
    """All steps, in order. `factor` and `audit` are what is asked for; without them all stays as it is in Vault.

    Raises ConfigError for what cannot be taken over at all, and NotOurs naming every object of somebody else's that
    could, unless they are to be adopted.
    """
    factor = second_factor.chosen(factor, facts.people, layout)
    reference = _reference(facts, layout, audit)
    steps = (
        *audit_trail.enabling(audit, facts.audit_devices, layout),
        *mounts.steps(facts.mounts, layout, reference),
        *_policy_steps(facts, layout),
        *second_factor.steps(facts.people, layout, factor),
        *mounts.marks(facts.mounts, layout, reference),
        *audit_trail.found(audit, facts.audit_devices, reference, layout),
    )
    foreign = [
        *mounts.foreign(facts.mounts, layout),
        *_foreign_policies(facts, layout),
        *second_factor.foreign(facts.people, layout, factor),
    ]
    if foreign and not adopt:
        raise NotOurs(
            f"not ours, and there already: {', '.join(foreign)}. nothing was changed",
            hint="use another name (--instance), or take them over knowingly: setup --adopt",
        )
    return steps


def _reference(facts: Facts, layout: Layout, audit: AuditTrail | None) -> str:
    """Of an audit trail elsewhere: what is said now, else what our KV mount has said before."""
    if audit is None or audit.is_device:
        return mounts.audit_reference(facts.mounts, layout)
    return audit.value


def _foreign_policies(facts: Facts, layout: Layout) -> list[str]:
    return [
        f"the policy {name}" for name, text in facts.policies.items() if text and not policy_texts.is_ours(text, layout)
    ]


def _policy_steps(facts: Facts, layout: Layout) -> list[Step]:
    approle = facts.mounts.approle
    texts = policy_texts.render_all(layout, approle_accessor=approle.accessor if approle else policy_texts.NO_ACCESSOR)
    return [
        Step(Verb.KEEP if facts.policies[name] == text else Verb.WRITE, "policy", name, _digest(text, facts))
        for name, text in texts.items()
    ]


def _digest(text: str, facts: Facts) -> str:
    """Without a digest where the text will name a mount that is still to be made."""
    if facts.mounts.approle is None and policy_texts.NO_ACCESSOR in text:
        return f"{len(text.splitlines())} lines, sha256 once the mount is there"
    return _sized(text)


def _sized(text: str) -> str:
    return f"{len(text.splitlines())} lines, sha256 {sha256(text.encode()).hexdigest()[:8]}"


def carry_out(vault: OperatorVault, layout: Layout, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Do what the plan says, and return it as it was done: the provisioner's policy has its digest only then, and a
    device that the server refuses to make is missing.
    """
    texts = cache(lambda: policy_texts.of_this_vault(vault, layout))  # once the AppRole mount is there
    return tuple(_done(vault, layout, step, texts) for step in steps)


def _done(vault: OperatorVault, layout: Layout, step: Step, texts: Callable[[], Mapping[str, str]]) -> Step:
    match step.verb, step.target:
        case ((Verb.KEEP | Verb.MISS), _):
            return step
        case _, AuditTrail() as device:
            made = vault.enable_audit(layout.instance, device.kind, device.options)
            return step if made else audit_trail.refused(step)
        case verb, Mount() as mount:
            mounts.carry_out(vault, verb, mount)
        case _, None:
            vault.write_policy(step.name, texts()[step.name])
            return replace(step, note=_sized(texts()[step.name]))
        case _:
            second_factor.carry_out(vault, layout, step)
    return step
