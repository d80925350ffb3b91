"""People: who has which role. A role is membership in its group; person, login and entity are the team's own.

Rules of the file
- Nothing of an entity is changed, neither metadata nor policies. One is made only for who has never logged in, and as
  their first login would make it.
- Membership comes last: whoever is in a group is asked for a code at the next login, and must have it by then.
- An enrolment of somebody in no group of ours was interrupted, or prepared by somebody else: it is replaced, and never
  relied on.
- Groups have no check-and-set. Vault counts their writes: one more than ours means that somebody else was there too.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_binance.errors import (
    ConfigError,
    NotOurs,
    PermissionDenied,
    SecretNotFound,
    VaultBinanceError,
    WriteConflict,
)
from vault_binance.layout import OPERATOR_ROLES
from vault_binance.ops import structure
from vault_binance.ops.login import checked_mount
from vault_binance.ops.policy_texts import OPERATOR, render
from vault_binance.ops.structure import SecondFactor, second_factor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from vault_binance.layout import Layout
    from vault_binance.redacted import Redacted
    from vault_binance.vault.operator_port import Alias, Entity, Group, Mount, OperatorVault, TotpMethod

    Proves = Callable[[Redacted], None]
    """Shows an otpauth:// address to the person and returns once a code of it has come back; raises where none does."""

_SET_UP = "an admin makes what is missing: vault-binance setup   (see what it would do: setup --dry-run)"


@dataclass(frozen=True, slots=True)
class Login:
    """The name somebody logs in with, and the auth mount where they do."""

    name: str
    mount: str

    def __post_init__(self) -> None:
        if not self.name or len(self.name) > 512 or not self.name.isprintable():
            raise ConfigError("the login name is empty, too long, or has a character that cannot be seen")
        checked_mount(self.mount)

    def __str__(self) -> str:
        return f"{self.name} at {self.mount}/"


@dataclass(frozen=True, slots=True)
class Circle:
    """Our groups by role, and who asks their members for a second factor."""

    groups: Mapping[str, Group]
    second_factor: SecondFactor

    def roles(self, entity_id: str) -> tuple[str, ...]:
        """Those that somebody has directly; a group within a group is nobody of ours."""
        return tuple(role for role, group in self.groups.items() if entity_id in group.members)


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever has a role; without `logins` where the entity is not this token's to see."""

    entity_id: str
    roles: tuple[str, ...]
    logins: tuple[Alias, ...] = ()
    state: str = "?"


@dataclass(frozen=True, slots=True)
class Addition:
    """`enrolled` is whether an authenticator was tied to the person now."""

    roles: tuple[str, ...]
    enrolled: bool
    second_factor: SecondFactor


@dataclass(frozen=True, slots=True)
class Removal:
    """`ended` are roles that were lost now, `left` those that the person still has."""

    ended: tuple[str, ...]
    left: tuple[str, ...]
    forgotten: bool


def circle(vault: OperatorVault, layout: Layout) -> Circle:
    """Raises ConfigError where a group is missing, NotOurs where one is somebody else's."""
    groups = {role: _group(vault, layout, role) for role in OPERATOR_ROLES}
    return Circle(groups, second_factor(groups.values(), layout) or SecondFactor.TOTP)


def _group(vault: OperatorVault, layout: Layout, role: str) -> Group:
    name = layout.group(role)
    group = vault.group(name)
    if group is None:
        raise ConfigError(f"there is no identity group {name}: nobody can be given that role yet", hint=_SET_UP)
    if not layout.is_marked(group.metadata) or group.kind != "internal":
        raise NotOurs(
            f"the identity group {name} belongs to somebody else. nothing was changed",
            hint="it lacks our managed_by mark, or its members come from elsewhere; use another instance (--instance)",
        )
    return group


def known(vault: OperatorVault, login: Login) -> Entity:
    """Who logs in so. Raises SecretNotFound for who never has, ConfigError where there is no such mount."""
    found = vault.entity_of_alias(login.name, login_mount(vault, login).accessor)
    if found is None:
        raise SecretNotFound(f"nobody logs in as {login}", hint="see who has a role: vault-binance operator list")
    return found


def introduced(vault: OperatorVault, layout: Layout, login: Login) -> Entity:
    """As `known`; who has never logged in gets the entity that the first login would make."""
    mount = login_mount(vault, login)
    if mount.path in {layout.approle_mount, layout.cert_mount}:
        raise ConfigError(f"{mount.path}/ is where bots log in", hint="people log in at a mount of the team's own")
    found = vault.entity_of_alias(login.name, mount.accessor)
    return found or vault.make_entity_of_alias(login.name, mount.accessor)


def login_mount(vault: OperatorVault, login: Login) -> Mount:
    mount = vault.auth_mount(login.mount)
    if mount is None:
        raise ConfigError(f"there is no auth mount {login.mount}/", hint="see which there are: vault auth list")
    return mount


def by_id(vault: OperatorVault, entity_id: str) -> Entity:
    found = vault.entity_by_id(entity_id)
    if found is None:
        raise SecretNotFound("there is no identity entity with that id", hint="look: vault list identity/entity/id")
    return found


def require_addable(found: Circle, layout: Layout, person: Entity, roles: Collection[str]) -> None:
    """Raise NotOurs for a bot, WriteConflict for who is disabled or would have roles that reach a value together."""
    if "binance_bot" in person.metadata or layout.is_marked(person.metadata):
        raise NotOurs(f"{person.name} is a bot, not a person. nothing was changed")
    if person.disabled:
        raise WriteConflict(
            f"the entity {person.name} is disabled. nothing was changed",
            hint="whoever disabled it had a reason: ask them first",
        )
    together = {*found.roles(person.id), *roles}
    if "issuer" in together and len(together) > 1:
        others = " and ".join(sorted(together - {"issuer"}))
        raise WriteConflict(
            f"issuer and {others} would be one person's. nothing was changed",
            hint="who hands out logins and has another role reaches a key: with provisioner by a bot of their own,\n"
            "with auditor as a bot, whose RoleID they see. Give issuer to somebody who has no other role",
        )


def add(
    vault: OperatorVault, layout: Layout, person: Entity, roles: Sequence[str], *, prove: Proves, found: Circle
) -> Addition:
    """Give somebody roles, and first the second factor that these ask for. Run again, it finishes what it began.

    What `prove` raises ends it, and the enrolment with it: nobody is in a group with a code that was never seen.
    """
    require_addable(found, layout, person, roles)
    had = found.roles(person.id)
    enrolled = False
    if found.second_factor is SecondFactor.TOTP:
        method = our_method(vault, layout, [found.groups[role] for role in roles])
        enrolled = _enrol(vault, method.id, person.id, prove, is_member=bool(had))
    for role in roles:
        _set_members(vault, layout, role, lambda members: members | {person.id})
    return Addition(tuple(roles), enrolled, found.second_factor)


def _enrol(vault: OperatorVault, method: str, entity: str, prove: Proves, *, is_member: bool) -> bool:
    """Whether it was done now: a member's authenticator is relied on, and nobody else's."""
    address = vault.enrol_totp(method, entity) if is_member else None
    if is_member and address is None:
        return False
    try:
        prove(address or _enrolled_anew(vault, method, entity))
    except BaseException:
        with suppress(VaultBinanceError):  # what stays is replaced by the next run
            vault.forget_totp(method, entity)
        raise
    return True


def _enrolled_anew(vault: OperatorVault, method: str, entity: str) -> Redacted:
    vault.forget_totp(method, entity)
    address = vault.enrol_totp(method, entity)
    if address is None:
        raise WriteConflict("somebody else enrols this person at the same time", hint="run it again afterwards")
    return address


def our_method(vault: OperatorVault, layout: Layout, asked: Sequence[Group]) -> TotpMethod:
    """The method by which members of these groups are asked for a code; raises ConfigError where they are not."""
    enforcement = vault.enforcement(layout.enforcement)
    if enforcement is None or not {group.id for group in asked} <= {*enforcement.groups}:
        raise ConfigError(
            f"the login enforcement {layout.enforcement} does not ask these groups for a second factor", hint=_SET_UP
        )
    method = vault.totp_method(enforcement.methods[0]) if len(enforcement.methods) == 1 else None
    if method is None or method.issuer != layout.managed_by:
        raise ConfigError(
            f"the login enforcement {layout.enforcement} asks for another second factor than ours",
            hint=f"it has to name one TOTP method, with the issuer {layout.managed_by}. {_SET_UP}",
        )
    if asked and (weakness := structure.weakness(method)):
        raise ConfigError(f"the TOTP method has {weakness}: its codes can be guessed", hint=structure.strong(method))
    return method


def _set_members(
    vault: OperatorVault, layout: Layout, role: str, change: Callable[[frozenset[str]], frozenset[str]]
) -> bool:
    """Whether there was anything to change. Raises WriteConflict where somebody else wrote meanwhile."""
    before = _group(vault, layout, role)
    wanted = change(frozenset(before.members))
    if wanted == {*before.members}:
        return False
    after = vault.write_group(layout.group(role), members=sorted(wanted))
    if after.writes != before.writes + 1 or {*after.members} != wanted:
        raise WriteConflict(
            f"somebody else changed the group {layout.group(role)} at the same time, and one of you may be undone",
            hint="look who is in it now, and repeat what is still wanted: vault-binance operator list",
        )
    return True


def remove(vault: OperatorVault, layout: Layout, person: Entity, roles: Sequence[str]) -> Removal:
    """Take roles away, from live tokens too; with the last one the second factor is forgotten."""
    ended = [role for role in roles if _set_members(vault, layout, role, lambda members: members - {person.id})]
    found = circle(vault, layout)
    left = found.roles(person.id)
    forgotten = not left and found.second_factor is SecondFactor.TOTP
    if forgotten:
        vault.forget_totp(our_method(vault, layout, ()).id, person.id)
    return Removal(tuple(ended), left, forgotten)


def listed(vault: OperatorVault, found: Circle) -> list[Person]:
    members = sorted({member for group in found.groups.values() for member in group.members})
    people = [_person(vault, member, found.roles(member)) for member in members]
    return sorted(people, key=lambda person: ([one.name for one in person.logins], person.entity_id))


def _person(vault: OperatorVault, entity_id: str, roles: tuple[str, ...]) -> Person:
    try:
        entity = vault.entity_by_id(entity_id)
    except PermissionDenied:  # roles are told by the groups alone
        return Person(entity_id, roles)
    if entity is None:
        return Person(entity_id, roles, state="gone")
    return Person(entity_id, roles, entity.aliases, "disabled" if entity.disabled else "active")


def needed(vault: OperatorVault, layout: Layout, login: Login, role: str, *, idp_role: str = "") -> tuple[str, bool]:
    """The policy that giving this person this role needs, or taking it; and whether the person is known already.

    For who never logged in it allows no more than making the entity: printed again afterwards, it allows the rest.
    """
    found, mount = circle(vault, layout), login_mount(vault, login)
    person = vault.entity_of_alias(login.name, mount.accessor)
    values = {"login_name": login.name, "login_mount": mount.path, "login_accessor": mount.accessor, "given_role": role}
    values |= {"person_id": person.id} if person else {}
    values |= {"idp_role": idp_role} if idp_role else {}
    if found.second_factor is SecondFactor.TOTP:
        values["method_id"] = our_method(vault, layout, [found.groups[role]]).id
    return render(OPERATOR, layout, **values), person is not None
