"""`key`: credentials without their values; the command that takes a value in is in key_put.py."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime

import click

from vault_binance.cli.confirm import confirm
from vault_binance.cli.fetch import as_row
from vault_binance.cli.key_import import import_
from vault_binance.cli.key_new import new, waiting
from vault_binance.cli.key_put import put
from vault_binance.cli.output import formatted, note, show_one, show_rows, span
from vault_binance.connect import operator
from vault_binance.errors import PermissionDenied
from vault_binance.layout import check_name
from vault_binance.ops import bots, keys, our_mounts, pending, reports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vault_binance.health.report import Report
    from vault_binance.layout import Layout
    from vault_binance.ops.keys import Key, Verdict
    from vault_binance.vault.operator_port import OperatorVault, VersionInfo

VERSIONS = click.option(
    "--version", "versions", type=click.IntRange(min=1), multiple=True, help="Repeatable; default the latest."
)


@click.group("key")
def key() -> None:
    """Credentials: an API key and its secret, as one pair, under one name."""


key.add_command(put)
key.add_command(new)
key.add_command(waiting)
key.add_command(import_)


@key.command("list")
@formatted
@click.pass_obj
def list_(environ: Mapping[str, str], format_: str, field: str | None) -> None:
    """List the credentials; no value is read."""
    with operator(environ) as (vault, layout):
        found, readers, told = keys.listed(vault, layout), _readers(vault, layout), _reports(vault, layout)
        waits = _waiting(vault, layout)
    now = datetime.now(UTC)
    show_rows([_summary(one, readers, told, now) for one in found], format_, field)
    if not found:
        note(f"no credential in {layout.kv_mount}/ (is this Vault set up? vault-binance status)")
    if found and readers is None:
        note("read by: this token may not see which bots read what; an auditor's may")
    if waits:
        note(f"waiting for an API key: {', '.join(waits)} (vault-binance key pending)")


def _readers(vault: OperatorVault, layout: Layout) -> Mapping[str, list[str]] | None:
    try:
        return bots.readers(vault, layout)
    except PermissionDenied:
        return None


def _waiting(vault: OperatorVault, layout: Layout) -> Sequence[str]:
    try:
        return pending.names(vault, layout)
    except PermissionDenied:
        return ()


def _reports(vault: OperatorVault, layout: Layout) -> Sequence[Report]:
    """None for whoever may not read them: what `key put` has found is shown all the same."""
    try:
        return reports.found(vault, layout)
    except PermissionDenied:
        return ()


def _summary(
    one: Key, readers: Mapping[str, list[str]] | None, told: Sequence[Report], now: datetime
) -> dict[str, object]:
    due = one.rotate_by()
    return {
        "name": one.name,
        "env": one.metadata.get("environment", "?"),
        "type": one.metadata.get("key_type", "?"),
        "ver": one.version,
        "state": one.state if one.described or one.state != "ok" else "ok, not described",
        "age": span((now - one.created).total_seconds()) if one.created else "",
        "rotate_in": span((due - now).total_seconds()) if due else "",
        "verified": _verified(one, told, now),
        "owner": one.metadata.get("owner", ""),
        "read_by": "?" if readers is None else readers.get(one.name, []),
    }


def _verified(one: Key, told: Sequence[Report], now: datetime) -> str:
    """The worst that is said of this very version, by `key put` or by a bot; a check of an older one says nothing."""
    if not (verdicts := one.verdicts(told)):
        return "never"
    return _said(max(verdicts, key=lambda verdict: (verdict.refused != 0, verdict.high, verdict.checked_at)), now)


def _said(verdict: Verdict, now: datetime, between: str = ", ") -> str:
    """As in `1 HIGH, 3m, mm-1`; without a bot it was `key put`."""
    said = f"refused {verdict.refused}" if verdict.refused else f"{verdict.high} HIGH" if verdict.high else "ok"
    age = span((now - verdict.checked_at).total_seconds())
    return between.join(filter(None, (said, age, verdict.bot)))


@key.command("show")
@click.argument("name")
@click.option("--reveal", is_flag=True, help="Read the value too: needs a policy of your own, and is audited.")
@click.option("--version", "version", type=click.IntRange(min=1), help="With --reveal: an older version.")
@formatted
@click.pass_obj
def show(
    environ: Mapping[str, str], name: str, reveal: bool, version: int | None, format_: str, field: str | None
) -> None:
    """Show what is known of a credential. With --reveal the pair itself."""
    check_name(name, "credential")
    if version is not None and not reveal:
        raise click.UsageError("--version goes with --reveal: what is known of a credential speaks of the latest one")
    with operator(environ) as (vault, layout):
        if reveal:
            row = as_row(keys.reveal(vault, layout, name, version=version), reveal=True)
        else:
            found = keys.found(vault, layout, name)
            ours: dict[str, object] = {"name": name, "version": found.version, "state": found.state}
            now, told = datetime.now(UTC), found.verdicts(_reports(vault, layout))
            checks = {"checks": [_said(verdict, now, " ") for verdict in told]}
            row = ours | dict(sorted(found.metadata.items())) | ours | checks
    show_one(row, format_, field)


@key.command("history")
@click.argument("name")
@formatted
@click.pass_obj
def history(environ: Mapping[str, str], name: str, format_: str, field: str | None) -> None:
    """List the versions of a credential. When, by whom, and what became of them."""
    check_name(name, "credential")
    with operator(environ) as (vault, layout):
        versions = keys.found(vault, layout, name).versions
    show_rows([_past(one) for one in reversed(versions)], format_, field)
    if not any(one.created_by for one in versions):
        note("this server does not record who wrote a version: the audit log does")


def _past(one: VersionInfo) -> dict[str, object]:
    return {
        "version": one.version,
        "created": one.created[:19],
        "by": one.created_by or "?",
        "state": "destroyed" if one.destroyed else "deleted" if one.deleted else "ok",
        "deleted": one.deleted[:19],
        "deleted_by": one.deleted_by,
    }


@contextmanager
def _ours(environ: Mapping[str, str]) -> Iterator[tuple[OperatorVault, Layout]]:
    """The operators' door, for changes: raises NotOurs where the mount is somebody else's."""
    with operator(environ) as (vault, layout):
        our_mounts.require_kv_mount(vault, layout)
        yield vault, layout


@key.command("rollback")
@click.argument("name")
@click.argument("version", type=click.IntRange(min=1))
@click.pass_obj
def rollback(environ: Mapping[str, str], name: str, version: int) -> None:
    """Store an older version's pair as the newest. Needs a policy of your own that reads it."""
    check_name(name, "credential")
    with _ours(environ) as (vault, layout):
        stored = keys.roll_back(vault, layout, name, version)
    click.echo(f"stored   {name}   version {stored}, the pair of version {version}")
    note("if that key was deleted at Binance meanwhile, it stays dead there")


@key.command("delete")
@click.argument("name")
@VERSIONS
@click.pass_obj
def delete(environ: Mapping[str, str], name: str, versions: tuple[int, ...]) -> None:
    """Hide versions from readers; key restore brings them back."""
    check_name(name, "credential")
    with _ours(environ) as (vault, layout):
        done = keys.delete(vault, layout, name, versions)
    back = " ".join(["vault-binance key restore", name, *(f"--version {number}" for number in done)])
    click.echo(f"deleted  {name}   {_numbers(done)}   (undone by: {back})")
    note("the key stays valid at Binance until you delete it there")


@key.command("restore")
@click.argument("name")
@VERSIONS
@click.pass_obj
def restore(environ: Mapping[str, str], name: str, versions: tuple[int, ...]) -> None:
    """Bring deleted versions back."""
    check_name(name, "credential")
    with _ours(environ) as (vault, layout):
        done = keys.restore(vault, layout, name, versions)
    click.echo(f"restored {name}   {_numbers(done)}")


@key.command("destroy")
@click.argument("name")
@VERSIONS
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def destroy(environ: Mapping[str, str], name: str, versions: tuple[int, ...], yes: bool) -> None:
    """Erase versions for good."""
    check_name(name, "credential")
    with _ours(environ) as (vault, layout):
        chosen = versions or (keys.found(vault, layout, name).version,)
        if not yes:
            confirm(f"erase {name} {_numbers(chosen)} for good?")
        done = keys.destroy(vault, layout, name, chosen)
    click.echo(f"destroyed {name}   {_numbers(done)}")
    note("the key stays valid at Binance until you delete it there")


def _numbers(versions: Sequence[int]) -> str:
    return ("version " if len(versions) == 1 else "versions ") + ", ".join(map(str, versions))
