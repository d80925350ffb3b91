"""`operator`: give people roles, with a second factor of theirs, see who has which, take them away."""

from __future__ import annotations

import sys
import time

import click

from vault_binance.cli.completion import a_file
from vault_binance.cli.output import formatted, note, show_rows
from vault_binance.cli.qr import require_kind, shown
from vault_binance.cli.secret_input import read
from vault_binance.connect import operator as operator_door
from vault_binance.errors import ConfigError, PermissionDenied, VaultBinanceError
from vault_binance.layout import OPERATOR_ROLES
from vault_binance.ops import people
from vault_binance.ops.identity_provider import require_second_factor
from vault_binance.ops.people import Login
from vault_binance.ops.structure import SecondFactor
from vault_binance.policy.text import rule_text
from vault_binance.totp import Authenticator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from vault_binance.layout import Layout
    from vault_binance.ops.people import Addition, Circle, Removal
    from vault_binance.redacted import Redacted
    from vault_binance.vault.operator_port import OperatorVault

    _Command = TypeVar("_Command", bound=Callable[..., object])

TRIES = 3
WHO_MAY = "no role of vault-binance gives roles to people, since that is having every role"


@click.group("operator")
def operator() -> None:
    """People: each role is a group, whose members need a second factor."""


def _of_somebody(command: _Command) -> _Command:
    """Give a command the ways to say who is meant."""
    command = click.option("--entity", metavar="ID", help="The person's identity entity, in place of NAME and --at.")(
        command
    )
    command = click.option("--at", "mount", metavar="MOUNT", help="Where they log in: userpass, ldap, oidc.")(command)
    return click.argument("name", required=False)(command)


@operator.command("add")
@_of_somebody
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(OPERATOR_ROLES), help="Repeatable.")
@click.option(
    "--idp-role", metavar="NAME", help="The login role at --at, where the identity provider asks for the factor."
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=a_file,
    help="The QR code as .svg or .png, or the address as text, meanwhile.",
)
@click.option("--code", type=click.Choice(["-"]), help="Take the code from standard input, a line for each try.")
@click.option("--output-policy", is_flag=True, help="Print the policy that this needs, for one role.")
@click.pass_obj
def add(
    environ: Mapping[str, str],
    name: str | None,
    mount: str | None,
    entity: str | None,
    roles: tuple[str, ...],
    idp_role: str | None,
    output: str | None,
    code: str | None,
    output_policy: bool,
) -> None:
    """Give a person a role, once they have a second factor.

    NAME is what they log in with at the team's own auth mount. An authenticator app scans the QR code and shows a code;
    typed here, it ends the enrolment, and only then has the person the role. Others at that mount notice nothing.

    The two need to be together for it, or on the phone. Who has lost theirs is removed and added again.
    """
    who = _who(name, mount, entity)
    require_kind(output or "")
    if idp_role is not None and not mount:
        raise click.UsageError("--idp-role goes with --at: it is a login role of that mount")
    if output_policy:
        _print_policy(environ, who, roles, idp_role)
        return
    with operator_door(environ) as (vault, layout):
        try:
            found = people.circle(vault, layout)
            person = people.introduced(vault, layout, who) if isinstance(who, Login) else people.by_id(vault, who)
            people.require_addable(found, layout, person, roles)
            _require_claim(vault, found, who, mount, idp_role)
            done = people.add(
                vault, layout, person, roles, prove=_proof(layout, _account(who), output, code), found=found
            )
        except PermissionDenied as error:
            raise _advised(error) from None
    _tell(str(who), done, layout)


def _who(name: str | None, mount: str | None, entity: str | None) -> Login | str:
    if entity is not None and name is None:
        return entity
    if name is not None and mount and entity is None:
        return Login(name, mount.strip("/"))
    raise click.UsageError("who? NAME --at MOUNT, or --entity ID")


def _require_claim(
    vault: OperatorVault, found: Circle, who: Login | str, mount: str | None, idp_role: str | None
) -> None:
    """Where the identity provider asks for the second factor, see that the login insists on it."""
    if found.second_factor is SecondFactor.TOTP:
        if idp_role is not None:
            raise ConfigError("this instance asks for a code itself", hint="leave --idp-role out")
        return
    if idp_role is None or mount is None:
        raise ConfigError(
            "the identity provider asks people of this instance for their second factor",
            hint="say by which login role they come, so that it can be looked at: --at oidc --idp-role NAME",
        )
    login = who if isinstance(who, Login) else Login(who, mount.strip("/"))
    claim = require_second_factor(vault, people.login_mount(vault, login), login, idp_role)
    note(f"the login role {idp_role} insists on {claim}; what that means is your identity provider's to say")


def _account(who: Login | str) -> str:
    return who.name if isinstance(who, Login) else who


def _proof(layout: Layout, account: str, output: str | None, source: str | None) -> Callable[[Redacted], None]:
    def prove(address: Redacted) -> None:
        app = Authenticator.from_address(address)
        _require_answers(source)
        try:
            with shown(app.address(layout.managed_by, account), output):
                _ask(app, source)
        except (click.Abort, KeyboardInterrupt):
            note("this QR code is void, and nobody has a role by it")
            raise

    return prove


def _require_answers(source: str | None) -> None:
    if source is None and (sys.stdin is None or not sys.stdin.isatty()):
        raise ConfigError("no terminal to ask for the code on", hint="give it by --code -, a line for each try")


def _ask(app: Authenticator, source: str | None) -> None:
    for left in reversed(range(TRIES)):
        if app.accepts(read(source, "code that the app shows", "--code"), time.time()):
            return
        if left:
            note(f"that is not what the app shows now; {left} more {'tries' if left > 1 else 'try'}")
    raise VaultBinanceError(
        f"{TRIES} wrong codes. nothing was changed",
        hint="is the clock right, here and on the phone? this QR code is void; run it again for another one",
    )


def _advised(error: PermissionDenied) -> PermissionDenied:
    error.hint = f"{error.hint}\n{WHO_MAY}\nthe policy for this one: the same command with --output-policy"
    error.path = ""  # whoever may do this one step may not do the rest: no role, and not who may set up
    return error


def _print_policy(environ: Mapping[str, str], who: Login | str, roles: tuple[str, ...], idp_role: str | None) -> None:
    if len(roles) != 1:
        raise click.UsageError("--output-policy is for one role: print one for each")
    if not isinstance(who, Login):
        raise click.UsageError("--output-policy goes with NAME --at MOUNT")
    with operator_door(environ) as (vault, layout):
        text, is_known = people.needed(vault, layout, who, roles[0], idp_role=idp_role or "")
    click.echo(text, nl=False)
    if not is_known:
        note(f"{who} has never logged in: with this their entity is made, and no more")
        note("for the rest print it again then, or once they have logged in")


def _tell(who: str, done: Addition, layout: Layout) -> None:
    click.echo(f"{who} is {' and '.join(done.roles)} ({', '.join(map(layout.policy, done.roles))})")
    if done.second_factor is SecondFactor.TOTP:
        note("from now on their login asks for a code, by whatever way they log in: vault-binance login")
        note("a token from before has the role too, without a code, until it ends")
    if done.second_factor is SecondFactor.TOTP and not done.enrolled:
        note("they were enrolled already, and keep their authenticator")


@operator.command("list")
@formatted
@click.pass_obj
def list_(environ: Mapping[str, str], format_: str, field: str | None) -> None:
    """List who has which role, and where they log in."""
    with operator_door(environ) as (vault, layout):
        found = people.circle(vault, layout)
        everybody = people.listed(vault, found)
    rows: list[dict[str, object]] = [
        {
            "name": [login.name for login in one.logins],
            "at": [login.mount or login.mount_accessor for login in one.logins],
            "roles": list(one.roles),
            "second_factor": found.second_factor.value,
            "state": one.state,
            "entity": one.entity_id,
        }
        for one in everybody
    ]
    show_rows(rows, format_, field)
    if any(one.state == "?" for one in everybody):
        note(f"whose entities these are is not this token's to see: {rule_text('identity/lookup/entity', ['update'])}")
    for role, group in found.groups.items():
        if group.groups:
            note(f"the group {group.name} holds other groups: their members are {role} too, and not listed here")
    if not rows:
        note("nobody has a role yet: vault-binance operator add NAME --at MOUNT --role ROLE")


@operator.command("remove")
@_of_somebody
@click.option("--role", "roles", multiple=True, type=click.Choice(OPERATOR_ROLES), help="Repeatable; default all.")
@click.pass_obj
def remove(
    environ: Mapping[str, str], name: str | None, mount: str | None, entity: str | None, roles: tuple[str, ...]
) -> None:
    """Take roles from a person, at once and from live tokens too.

    With the last role their second factor is forgotten. Their login stays: it is the team's.
    """
    who = _who(name, mount, entity)
    with operator_door(environ) as (vault, layout):
        try:
            person = people.known(vault, who) if isinstance(who, Login) else people.by_id(vault, who)
            done = people.remove(vault, layout, person, roles or OPERATOR_ROLES)
        except PermissionDenied as error:
            raise _advised(error) from None
    _tell_removal(str(who), done)


def _tell_removal(who: str, done: Removal) -> None:
    if done.ended:
        click.echo(f"{who} is no longer {' or '.join(done.ended)}, with any token")
    else:
        click.echo(f"{who} had no such role")
    if done.left:
        note(f"they are {' and '.join(done.left)} still")
    if done.forgotten:
        note("their second factor is forgotten: their login asks for no code of ours any more")
