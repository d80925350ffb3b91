"""Doctor on people: their groups, the second factor that a login asks of them, and ways around it.

Rules of the file
- Pure: facts in, findings out.
- With TOTP, Vault asks for the second factor by our enforcement; with `idp` the provider does, and only the login
  role's bound claims prove it: Vault believes what they demand and nothing else.
- Who is in the groups is the team's affair, but for what must not come together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vault_binance.layout import OPERATOR_ROLES
from vault_binance.ops import structure
from vault_binance.ops.doctor.rules import found
from vault_binance.ops.doctor.seen import NotSeen, seen
from vault_binance.ops.doctor.structure import ADOPT, SETUP
from vault_binance.ops.identity_provider import insisted_on
from vault_binance.ops.structure import SecondFactor
from vault_binance.vault.operator_port import Enforcement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.doctor.rules import Finding
    from vault_binance.ops.doctor.seen import Seen
    from vault_binance.vault.operator_port import Group


CLAIM = 'bound_claims = { amr = "mfa" }   (in vault_jwt_auth_backend_role; or what your provider says)'


def second_factor(facts: Seen, layout: Layout) -> SecondFactor | None:
    """Who asks for it, as our groups say; None where none of them could be seen."""
    return structure.second_factor(seen(facts.groups).values(), layout)


def people_findings(facts: Seen, layout: Layout) -> Iterator[Finding]:
    for role, group in seen(facts.groups).items():
        yield from _group(role, group, facts, layout)
    yield from _factor(facts, layout)
    yield from _issuers(facts, layout)
    match second_factor(facts, layout):
        case SecondFactor.TOTP:
            yield from _enforcement(facts, layout)
        case SecondFactor.IDP:
            yield from _left_over(facts, layout)
    yield from _logins(facts, layout)


def _group(role: str, group: Group | None, facts: Seen, layout: Layout) -> Iterator[Finding]:
    name = layout.group(role)
    path = f"identity/group/name/{name}"
    if group is None:
        yield found("group-missing", path, f"no group {name}", SETUP)
        return
    if not layout.is_marked(group.metadata):
        yield found("group-not-ours", path, f"{name} is somebody else's", ADOPT)
        return
    if group.policies != (layout.policy(role),):
        fact = f"policies: {', '.join(group.policies) or 'none'}"
        yield found("group-policies", path, fact, SETUP)
    if group.groups or group.kind != "internal":
        fact = f"holds {len(group.groups)} other groups" if group.groups else f"it is {group.kind}"
        mend = f"vault write {path} member_group_ids=" if group.groups else f"vault delete {path} && {SETUP}"
        yield found("group-of-groups", path, fact, mend)
    for bot in _bots_in(group, facts, layout):
        rest = ",".join(one for one in group.members if one != bot.id)
        yield found("bot-in-group", path, f"{bot.name} is a member", f"vault write {path} member_entity_ids={rest}")


def _bots_in(group: Group, facts: Seen, layout: Layout) -> list[Any]:
    bots = [entity for entity in seen(facts.entities).values() if layout.is_marked(entity.metadata)]
    return [entity for entity in bots if entity.id in group.members]


def _ours(facts: Seen, layout: Layout) -> dict[str, Group]:
    groups = {role: group for role, group in seen(facts.groups).items() if group is not None}
    return {role: group for role, group in groups.items() if layout.is_marked(group.metadata)}


def _factor(facts: Seen, layout: Layout) -> Iterator[Finding]:
    said = {group.metadata.get("second_factor", "nothing") for group in _ours(facts, layout).values()}
    if len(said) > 1 or said - {one.value for one in SecondFactor}:
        where = f"identity/group/name/{layout.group('writer')}"
        yield found("group-factor-unclear", where, f"second_factor: {', '.join(sorted(said))}", SETUP)


def _issuers(facts: Seen, layout: Layout) -> Iterator[Finding]:
    groups = _ours(facts, layout)
    issuer = groups.pop("issuer", None)
    for member in issuer.members if issuer else ():
        others = [role for role, group in groups.items() if member in group.members]
        if others:
            path = f"identity/group/name/{layout.group('issuer')}"
            fact = f"entity {member} is {' and '.join(others)} too"
            remedy = f"vault-binance operator remove --entity {member} --role issuer"
            yield found("issuer-and-another", path, fact, remedy)


def _enforcement(facts: Seen, layout: Layout) -> Iterator[Finding]:
    rule, path = facts.enforcement, f"identity/mfa/login-enforcement/{layout.enforcement}"
    if rule is None:
        yield found("enforcement-missing", path, f"no enforcement {layout.enforcement}", SETUP)
    if rule is None or isinstance(rule, NotSeen):
        return
    groups = _ours(facts, layout)
    missed = [role for role, group in groups.items() if group.id not in rule.groups]
    if missed:
        yield found("enforcement-misses-group", path, f"not for {', '.join(missed)}", SETUP)
    if len(groups) == len(OPERATOR_ROLES) and (others := _others(rule, {one.id for one in groups.values()})):
        yield found("enforcement-hits-others", path, f"for {', '.join(others)} too", SETUP)
    yield from _methods(path, facts, layout)


def _left_over(facts: Seen, layout: Layout) -> Iterator[Finding]:
    """One of our name with another method is somebody else's, and asks nothing of ours."""
    if isinstance(facts.enforcement, Enforcement) and _has_ours(facts, layout):
        path = f"identity/mfa/login-enforcement/{layout.enforcement}"
        yield found("enforcement-left", path, "it is there, and the groups say idp", SETUP)


def _others(rule: Enforcement, ours: set[str]) -> list[str]:
    groups = [f"group {one}" for one in rule.groups if one not in ours]
    entities = [f"entity {one}" for one in rule.entities]
    return [*rule.mount_accessors, *(f"every {kind} mount" for kind in rule.mount_kinds), *groups, *entities]


def _methods(path: str, facts: Seen, layout: Layout) -> Iterator[Finding]:
    right = structure.totp_method(layout)
    for method_id, method in facts.methods.items():
        if isinstance(method, NotSeen):
            continue
        if method is None or method.issuer != right.issuer:
            fact = f"method {method_id} of {method.issuer!a}" if method else f"method {method_id} is no TOTP method"
            mend = SETUP if _has_ours(facts, layout) else ADOPT
            yield found("enforcement-of-another-method", path, fact, mend)
        elif weakness := structure.weakness(method):
            where = f"identity/mfa/method/totp/{method_id}"
            yield found("method-weak", where, weakness, f"{structure.strong(method)}   (all enrol anew)")
        elif (method.algorithm, method.digits, method.period) != (right.algorithm, right.digits, right.period):
            where = f"identity/mfa/method/totp/{method_id}"
            fact = f"{method.algorithm}, {method.digits} digits, {method.period} s"
            mend = f"{structure.strong(method)}   (all enrol anew)"
            yield found("method-differs", where, fact, mend)


def _has_ours(facts: Seen, layout: Layout) -> bool:
    return any(
        method and method.issuer == structure.totp_method(layout).issuer for method in seen(facts.methods).values()
    )


def _logins(facts: Seen, layout: Layout) -> Iterator[Finding]:
    """The team's own roles and users, where doctor was told of them."""
    idp = second_factor(facts, layout) is SecondFactor.IDP
    for path, role in seen(facts.logins).items():
        if role is None:
            continue
        proven = idp and insisted_on(role)
        carried = sorted(_operators(role, layout))
        if carried and not proven:
            remedy = f"take {' and '.join(carried)} out of its token_policies, then: vault-binance operator add"
            yield found("login-without-group", path, f"token_policies: {', '.join(carried)}", remedy)
        if idp and not proven:
            yield found("second-factor-unproven", path, _claimed(role), CLAIM)


def _operators(role: Mapping[str, Any], layout: Layout) -> set[str]:
    """LDAP's users and groups have their policies under the older name."""
    carried = [*(role.get("token_policies") or ()), *(role.get("policies") or ())]
    return {*carried} & {layout.policy(one) for one in OPERATOR_ROLES}


def _claimed(role: Mapping[str, Any]) -> str:
    claims = role.get("bound_claims") or {}
    return f"bound_claims: {', '.join(f'{key}={value}' for key, value in claims.items()) or 'none'}"
