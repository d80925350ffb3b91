"""The part of `setup` for people: groups that carry the roles, and the second factor asked of their members.

Rules of the file
- Whom a group holds is never written here: `operator add` does that, after enrolment, so nobody is locked out.
- Our method is the one with our issuer; it is never made a second time and never ended: people are enrolled in it.
- The enforcement names groups and nothing else. One of our name that uses no method of ours is somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError
from vault_binance.ops import structure
from vault_binance.ops.setup.steps import Step, Verb
from vault_binance.ops.structure import SecondFactor
from vault_binance.vault.operator_port import Enforcement, Group, TotpMethod

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import OperatorVault


@dataclass(frozen=True, slots=True)
class People:
    """What is in Vault for people under our names; `method` is the one with our issuer."""

    groups: Mapping[str, Group | None]
    method: TotpMethod | None
    enforcement: Enforcement | None


def look(vault: OperatorVault, layout: Layout) -> People:
    enforcement = vault.enforcement(layout.enforcement)
    return People(
        groups={one.name: vault.group(one.name) for one in structure.groups(layout, SecondFactor.TOTP)},
        method=_our_method(vault, layout, enforcement),
        enforcement=enforcement,
    )


def _our_method(vault: OperatorVault, layout: Layout, enforcement: Enforcement | None) -> TotpMethod | None:
    """That of the enforcement; else, after an interruption, any with our issuer that is as good as one of ours."""

    def listed() -> Iterator[str]:
        yield from vault.totp_methods()

    used = enforcement.methods if enforcement else ()
    for one in chain(used, listed()):
        method = vault.totp_method(one)
        if method and method.issuer == layout.managed_by and (one in used or not structure.weakness(method)):
            return method
    return None


def chosen(asked: SecondFactor | None, people: People, layout: Layout) -> SecondFactor:
    """What was asked for, else what our groups say, else TOTP."""
    return asked or structure.second_factor(people.groups.values(), layout) or SecondFactor.TOTP


def foreign(people: People, layout: Layout, factor: SecondFactor) -> list[str]:
    """What stands under our names and is not ours; an enforcement only where one of ours is wanted."""
    groups = [f"the group {name}" for name, one in people.groups.items() if one and not layout.is_marked(one.metadata)]
    in_the_way = factor is SecondFactor.TOTP and people.enforcement is not None and not _enforces_ours(people)
    return [*groups, *([f"the login enforcement {layout.enforcement}"] if in_the_way else [])]


def _enforces_ours(people: People) -> bool:
    return bool(people.enforcement and people.method and people.method.id in people.enforcement.methods)


def steps(people: People, layout: Layout, factor: SecondFactor) -> list[Step]:
    """Groups first: the enforcement names them by id. Raises ConfigError for a group that no write makes ours."""
    groups = [_group_step(people.groups[wanted.name], wanted, layout) for wanted in structure.groups(layout, factor)]
    return [*groups, *(_totp_steps(people, layout) if factor is SecondFactor.TOTP else _idp_steps(people, layout))]


def _group_step(found: Group | None, wanted: Group, layout: Layout) -> Step:
    note = f"the policy of its name, second factor {wanted.metadata['second_factor']}"
    if found is None:
        return Step(Verb.WRITE, "group", wanted.name, f"{note}; nobody in it yet", wanted)
    if found.kind != "internal":
        raise ConfigError(
            f"the group {wanted.name} is {found.kind}: its members come from a login's own groups, not from us",
            hint="choose another instance: vault-binance --instance NAME setup",
        )
    if (found.policies, dict(found.metadata)) == (wanted.policies, dict(wanted.metadata)):
        return Step(Verb.KEEP, "group", wanted.name)
    verb = Verb.CONFIGURE if layout.is_marked(found.metadata) else Verb.ADOPT
    return Step(verb, "group", wanted.name, f"{note}; {_members_stay(found)}", wanted)


def _members(group: Group | None) -> int:
    return len(group.members) + len(group.groups) if group else 0


def _members_stay(group: Group) -> str:
    return f"the {_members(group)} in it stay" if _members(group) else "nobody in it yet"


def _totp_steps(people: People, layout: Layout) -> list[Step]:
    if people.method and (weakness := structure.weakness(people.method)):
        raise ConfigError(
            f"the second factor can be guessed: the TOTP method has {weakness}. nothing was changed",
            hint=f"{structure.strong(people.method)}\nthen have everybody enrol anew: operator remove, operator add",
        )
    method = structure.totp_method(layout)
    made = f"{method.algorithm}, {method.digits} digits, {method.period} s"
    first = (
        Step(Verb.KEEP, "TOTP method", method.issuer)
        if people.method
        else Step(Verb.ENABLE, "TOTP method", method.issuer, made, method)
    )
    return [first, _enforcement_step(people, layout)]


def _enforcement_step(people: People, layout: Layout) -> Step:
    wanted, found = _wanted_enforcement(people, layout), people.enforcement
    if found and _comparable(found) == _comparable(wanted):
        return Step(Verb.KEEP, "login enforcement", layout.enforcement)
    verb = Verb.WRITE if found is None else Verb.CONFIGURE if _enforces_ours(people) else Verb.ADOPT
    members = sum(map(_members, people.groups.values()))
    warned = f"; {members} of them already: whoever is not enrolled cannot log in from then on" if members else ""
    note = f"asks members of these groups for a code, and nobody else{warned}"
    return Step(verb, "login enforcement", layout.enforcement, note, wanted)


def _wanted_enforcement(people: People, layout: Layout) -> Enforcement:
    """Without the ids that Vault has not chosen yet."""
    ids = [group.id for group in people.groups.values() if group]
    return structure.enforcement(layout, people.method.id if people.method else "", ids)


def _comparable(one: Enforcement) -> tuple[object, ...]:
    return set(one.methods), set(one.groups), one.entities, one.mount_accessors, one.mount_kinds


def _idp_steps(people: People, layout: Layout) -> list[Step]:
    kept = "asked of nobody; whoever is enrolled in it stays"
    method = [Step(Verb.KEEP, "TOTP method", layout.managed_by, kept)] if people.method else []
    if not _enforces_ours(people):
        return method
    note = "Vault asks nobody for a code from then on: the identity provider has to"
    return [*method, Step(Verb.REMOVE, "login enforcement", layout.enforcement, note, people.enforcement)]


def carry_out(vault: OperatorVault, layout: Layout, step: Step) -> None:
    match step.verb, step.target:
        case Verb.REMOVE, Enforcement(name=name):
            vault.delete_enforcement(name)
        case _, Group() as group:
            vault.write_group(group.name, policies=group.policies, metadata=group.metadata)
        case _, TotpMethod() as method:
            if look(vault, layout).method is None:  # made meanwhile, by who ran this at the same time
                vault.make_totp_method(method.issuer)
        case _, Enforcement():
            wanted = _wanted_enforcement(look(vault, layout), layout)
            vault.write_enforcement(wanted.name, methods=wanted.methods, groups=wanted.groups)
