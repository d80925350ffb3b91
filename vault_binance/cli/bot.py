"""`bot`: make bots, hand out their logins, suspend, revoke and remove them; certificates are in bot_enroll.py."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from datetime import UTC, datetime

import click

from vault_binance.cli.bot_enroll import enroll, expiry
from vault_binance.cli.completion import a_file
from vault_binance.cli.confirm import confirm
from vault_binance.cli.delivery import destination
from vault_binance.cli.output import formatted, note, show_one, show_rows, warning
from vault_binance.connect import operator
from vault_binance.errors import ConfigError, PermissionDenied
from vault_binance.layout import check_name
from vault_binance.ops import bots, kill_switch
from vault_binance.ops import enroll as enrolling
from vault_binance.variables import seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.bots import Bot
    from vault_binance.ops.kill_switch import Revocation
    from vault_binance.vault.operator_port import OperatorVault


@click.group("bot")
def bot() -> None:
    """Bots: each is one identity that may read one credential."""


bot.add_command(enroll)


@bot.command("add")
@click.argument("name")
@click.option("--credential", required=True, metavar="NAME", help="The one credential it may read.")
@click.option("--bind-cidr", "cidrs", multiple=True, metavar="CIDR", help="Addresses it may log in from; repeatable.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=a_file,
    help="Where to write the RoleID; default <name>.role-id, - for stdout.",
)
@click.pass_obj
def add(environ: Mapping[str, str], name: str, credential: str, cidrs: tuple[str, ...], output: str | None) -> None:
    """Make a bot that may read one credential and nothing else."""
    check_name(name, "bot")
    check_name(credential, "credential")
    bound = [_cidr(cidr) for cidr in cidrs]
    place = f"{name}.role-id" if output is None else output
    with destination(place, mode=0o644) as deliver, operator(environ) as (vault, layout):
        made = bots.add(vault, layout, name, credential, cidrs=bound)
        deliver(made.role_id)
        _warn_of_certificate(vault, layout, made)
        role, entity, reads = f"{layout.approle_mount}/{name}", layout.entity(name), layout.shown_path(credential)
    click.echo(f"entity {entity}, role {role}: may read {reads} and nothing else", err=output == "-")
    note(f"it needs a login as well: vault-binance bot secret-id {name} --wrap 5m -o {name}.wrapped")
    note(f"or, on its host: vault-binance bot enroll {name}")


def _warn_of_certificate(vault: OperatorVault, layout: Layout, made: Bot) -> None:
    with suppress(PermissionDenied):
        if enrolling.bound_elsewhere(vault, layout, made.name, made.cidrs):
            warning(f"the certificate of {made.name} is bound to other addresses until it is enrolled again")


def _cidr(cidr: str) -> str:
    """With its mask: Vault answers 500 to an address without one, when half of the bot is made."""
    try:
        return str(ipaddress.ip_network(cidr))
    except ValueError as error:
        raise ConfigError(f"--bind-cidr {cidr!a}: {error}", hint="as in 10.0.4.7/32") from None


@bot.command("secret-id")
@click.argument("name")
@click.option(
    "--wrap", default="5m", show_default=True, metavar="TIME", help="How long the wrapping may stay unopened."
)
@click.option("--ttl", default="", metavar="TIME", help="Life of the SecretID itself; default the role's 30 days.")
@click.option("--once", is_flag=True, help="Good for a single login: for a job that never restarts.")
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    shell_complete=a_file,
    help="Where to write the wrapping token, mode 0600; default stdout.",
)
@click.pass_obj
def secret_id(environ: Mapping[str, str], name: str, wrap: str, ttl: str, once: bool, output: str) -> None:
    """Make a SecretID that only its wrapping token can open, once."""
    wrap_seconds = int(seconds(wrap, "--wrap"))
    ttl_seconds = int(seconds(ttl, "--ttl")) if ttl else 0
    if wrap_seconds < 1:
        raise ConfigError("--wrap must be at least one second", hint="as in --wrap 5m")
    check_name(name, "bot")
    with destination(output, mode=0o600) as deliver, operator(environ) as (vault, layout):
        wrapped = bots.secret_id(vault, layout, name, wrap_ttl=wrap_seconds, ttl=ttl_seconds, once=once)
        deliver(wrapped.token.reveal())
    place = "" if output == "-" else f"in {output}: "
    note(f"wrapped SecretID {place}to be unwrapped once, within {wrapped.ttl} s   accessor {wrapped.accessor}")


@bot.command("list")
@formatted
@click.pass_obj
def list_(environ: Mapping[str, str], format_: str, field: str | None) -> None:
    """List the bots, what each reads and whether it may."""
    with operator(environ) as (vault, layout):
        found = bots.listed(vault, layout)
        certificates = [expiry(vault, layout, one.name, datetime.now(UTC)) for one in found]
    rows: list[dict[str, object]] = [
        {
            "name": one.name,
            "state": one.state,
            "credential": one.credential,
            "secret_ids": "?" if one.secret_ids is None else one.secret_ids,
            "certificate": certificate,
            "from": list(one.cidrs) or ["anywhere"],
            "entity": one.entity_id,
        }
        for one, certificate in zip(found, certificates, strict=True)
    ]
    show_rows(rows, format_, field)
    if not rows:
        note(f"no bot in {layout.approle_mount}/ (is this Vault set up? vault-binance status)")


@bot.command("suspend")
@click.argument("name")
@click.pass_obj
def suspend(environ: Mapping[str, str], name: str) -> None:
    """Refuse every token and login of a bot from now on."""
    with operator(environ) as (vault, layout):
        kill_switch.suspend(vault, layout, name)
    click.echo(f"{name} is refused from now on (vault-binance bot allow {name} undoes it)")
    note(
        f"not reached: whatever this bot has read already (vault-binance audit --bot {name} shows it). "
        "It stays valid at Binance until you delete it there"
    )


@bot.command("allow")
@click.argument("name")
@click.pass_obj
def allow(environ: Mapping[str, str], name: str) -> None:
    """Undo suspend."""
    with operator(environ) as (vault, layout):
        kill_switch.allow(vault, layout, name)
    click.echo(f"{name} is allowed again")


@bot.command("revoke")
@click.argument("name")
@click.option("--format", "format_", type=click.Choice(["table", "json", "yaml"]), default="table")
@click.pass_obj
def revoke(environ: Mapping[str, str], name: str, format_: str) -> None:
    """Suspend a bot, end its SecretIDs, certificate and tokens."""
    with operator(environ) as (vault, layout):
        done = kill_switch.revoke(vault, layout, name)
    _show_revocation(name, "revoked", done, format_)


@bot.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "yaml"]), default="table")
@click.pass_obj
def remove(environ: Mapping[str, str], name: str, yes: bool, format_: str) -> None:
    """Revoke a bot and delete its role. A disabled entity stays, so that old audit lines keep a name."""
    check_name(name, "bot")
    if not yes:
        confirm(f"remove bot {name}?")
    with operator(environ) as (vault, layout):
        done = kill_switch.remove(vault, layout, name, now=datetime.now(UTC).isoformat(timespec="seconds"))
    _show_revocation(name, "removed", done, format_)


def _show_revocation(name: str, state: str, done: Revocation, format_: str) -> None:
    if format_ != "table":
        row = {
            "name": name,
            "state": state,
            "secret_ids_destroyed": done.secret_ids,
            "certificate_ended": done.unpinned,
        }
        show_one({**row, "not_reached": list(done.not_reached)}, format_)
        return
    plural = "" if done.secret_ids == 1 else "s"
    ended = "its certificate and its tokens" if done.unpinned else "its tokens"
    click.echo(f"{name} is {state}: refused, {done.secret_ids} SecretID{plural} destroyed, {ended} ended")
    if done.unpinned and state == "revoked":
        note("allowed again, it is to be enrolled again: vault-binance bot enroll")
    for alias in done.untied:
        note(f"allowed again, its login as {alias} needs an alias anew, at that mount of yours: docs/howto/restarts.md")
    for text in done.not_reached:
        note(f"not reached: {text}")
