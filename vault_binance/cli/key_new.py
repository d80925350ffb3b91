"""`key new` and `key pending`: a key pair made here, whose private half goes straight to Vault and is never shown.

Rules of the file
- stdout has the public half and nothing else: it is what a person carries to Binance.
- One that waits is shown again, and never replaced without a yes: Binance may have its public half already.
"""

from __future__ import annotations

import click

from vault_binance.cli.confirm import confirm
from vault_binance.cli.describing import ENVIRONMENTS
from vault_binance.cli.output import formatted, note, show_one, show_rows
from vault_binance.connect import new_private_key, operator, public_key
from vault_binance.credentials import Environment, KeyType
from vault_binance.errors import SecretNotFound, WriteConflict
from vault_binance.layout import check_name
from vault_binance.ops import our_mounts, pending

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.pending import Waiting
    from vault_binance.vault.operator_port import OperatorVault

MADE_HERE = [one.value.lower() for one in KeyType if one is not KeyType.HMAC]
BITS = ["2048", "3072", "4096"]

REGISTERED = {
    Environment.LIVE: "at Binance: API Management, Create API, Self-generated; paste the public key, dashes included",
    Environment.TESTNET: "register the public key, dashes included, at https://testnet.binance.vision",
    Environment.DEMO: "register the public key, dashes included, in the API management of Binance's demo trading",
}
"""Source: Binance's FAQ, "How to generate an Ed25519 key pair to send API requests"; hosts as in reference, 13."""


@click.command("new")
@click.argument("name")
@click.option("--type", "key_type", type=click.Choice(MADE_HERE, case_sensitive=False), help="Default ed25519.")
@click.option("--bits", type=click.Choice(BITS), help="Of an RSA key; default 2048.")
@click.option(
    "--environment",
    type=click.Choice(ENVIRONMENTS),
    help="Where the key will belong; default that of the credential it replaces, else live.",
)
@click.option("--discard", is_flag=True, help="Throw away one that waits, and make another.")
@click.option("--yes", is_flag=True, help="Do not ask before one that waits is thrown away.")
@formatted
@click.pass_obj
def new(
    environ: Mapping[str, str],
    name: str,
    key_type: str | None,
    bits: str | None,
    environment: str | None,
    discard: bool,
    yes: bool,
    format_: str,
    field: str | None,
) -> None:
    """Make a key pair; print the public half, for Binance.

    The private half waits in Vault until key put completes it with the API key that Binance gives for it.
    """
    check_name(name, "credential")
    kind, place = KeyType(key_type.upper()) if key_type else None, Environment(environment) if environment else None
    if bits and kind is not KeyType.RSA:
        raise click.UsageError("--bits goes with --type rsa: other keys have one size")
    with operator(environ) as (vault, layout):
        our_mounts.require_kv_mount(vault, layout)
        waits = None if discard else pending.waiting(vault, layout, name)
        if waits is not None and _is_what_was_asked(waits, kind, place, bits):
            made, again = waits, True
        else:
            place, again = place or _environment(vault, layout, name), False
            private_key = new_private_key(kind or KeyType.ED25519, bits=int(bits or BITS[0]))
            _make_room(vault, layout, name, yes=yes)
            made = pending.keep(vault, layout, name, private_key, kind or KeyType.ED25519, place)
    _show(made, format_, field)
    _tell(made, pending.shown_path(layout, name), again=again)


def _is_what_was_asked(waits: Waiting, kind: KeyType | None, place: Environment | None, bits: str | None) -> bool:
    fits = kind in {None, waits.key_type} and place in {None, waits.environment}
    return fits and (bits is None or int(bits) == public_key(waits.private_key)[1])


def _environment(vault: OperatorVault, layout: Layout, name: str) -> Environment:
    """That of the credential which the new key will replace: a testnet bot's is not to become a live one."""
    metadata = vault.secret_metadata(layout.kv_mount, layout.credential(name))
    stored = metadata.custom_metadata.get("environment", "") if metadata else ""
    return Environment(stored) if stored in ENVIRONMENTS else Environment.LIVE


def _make_room(vault: OperatorVault, layout: Layout, name: str, *, yes: bool) -> None:
    seen = pending.since(vault, layout, name)
    if not seen:
        return
    if not yes:
        confirm(
            f"throw away the private key that waits for {name} since {seen[:19]}, whose public half Binance may know?"
        )
    _erase(vault, layout, name, seen)


def _erase(vault: OperatorVault, layout: Layout, name: str, seen: str) -> None:
    if not pending.erase(vault, layout, name, seen):
        raise WriteConflict(
            f"the key that waits for {name} is another one than a moment ago. nothing was changed",
            hint="somebody else is at work on it; look: vault-binance key pending",
        )
    click.echo(f"erased   {pending.shown_path(layout, name)}   it waited since {seen[:19]}", err=True)


def _show(made: Waiting, format_: str, field: str | None) -> None:
    public, _ = public_key(made.private_key)
    if format_ == "table" and not field:
        click.echo(public, nl=False)
        return
    row = {"name": made.name, "key_type": made.key_type.value, "environment": made.environment.value}
    show_one({**row, "since": made.since, "public_key": public}, format_, field)


def _tell(made: Waiting, path: str, *, again: bool) -> None:
    if again:
        note(f"nothing was made: this {made.key_type} key waits at {path} since {made.since[:19]}")
    else:
        click.echo(
            f"made     {path}   {made.key_type}   {made.environment}   the private half is nowhere else", err=True
        )
    note(REGISTERED[made.environment])
    if made.environment is Environment.LIVE:
        note('leave "Enable Withdrawals" unticked, and restrict access to the addresses of the bot')
    note(f"then give the API key that Binance shows for it: vault-binance key put {made.name}")


@click.command("pending")
@click.argument("name", required=False)
@click.option("--discard", is_flag=True, help="Throw away the key that waits under NAME.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@formatted
@click.pass_obj
def waiting(
    environ: Mapping[str, str], name: str | None, discard: bool, yes: bool, format_: str, field: str | None
) -> None:
    """List the keys that wait for their API key. No value is shown."""
    if name is not None:
        check_name(name, "credential")
    if discard and name is None:
        raise click.UsageError("--discard needs the NAME of the one to throw away")
    with operator(environ) as (vault, layout):
        if discard and name is not None:
            our_mounts.require_kv_mount(vault, layout)
            _require(pending.since(vault, layout, name), name, layout)
            _make_room(vault, layout, name, yes=yes)
            return
        found = [row for row in pending.listed(vault, layout) if name in {None, row["name"]}]
    if name is not None:
        _require("".join(row["since"] for row in found), name, layout)
    show_rows(found, format_, field)
    if not found:
        note("no key waits")


def _require(seen: str, name: str, layout: Layout) -> None:
    if not seen:
        raise SecretNotFound(
            f"no key waits at {pending.shown_path(layout, name)}",
            hint=f"make one: vault-binance key new {name}. Those that wait: vault-binance key pending",
        )
