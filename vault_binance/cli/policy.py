"""`policy`: the roles as files, beside what Vault has."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING, Any

import click

from vault_binance.cli.output import formatted, note, plain, show_rows
from vault_binance.cli.policy_explain import explain
from vault_binance.cli.policy_test import check, test
from vault_binance.config import layout_from
from vault_binance.connect import operator
from vault_binance.errors import FOUND
from vault_binance.layout import POLICIES
from vault_binance.ops import our_mounts, policy_texts
from vault_binance.ops.setup import provision
from vault_binance.ops.setup.steps import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping


ROLE: Any = {"metavar": "ROLE", "type": click.Choice([*POLICIES, policy_texts.SETUP])}


@click.group("policy")
def policy() -> None:
    """The roles: each may do its part and not the others'."""


for _command in (test, explain, check):
    policy.add_command(_command)


@policy.command("list")
@formatted
@click.pass_obj
def list_(environ: Mapping[str, str], format_: str, field: str | None) -> None:
    """List the roles and whether Vault has them as they are here."""
    with operator(environ) as (vault, layout):
        texts = policy_texts.of_this_vault(vault, layout)
        rows = [_row(name, text, vault.policy(name)) for name, text in texts.items()]
    show_rows(rows, format_, field)


def _row(name: str, text: str, present: str | None) -> dict[str, object]:
    state = "absent" if present is None else "same" if present == text else "differs"
    purpose = text.splitlines()[1].removeprefix("# ").partition(": ")[2]
    return {"policy": name, "in_vault": state, "purpose": purpose}


@policy.command("show")
@click.argument("role", **ROLE)
@click.pass_obj
def show(environ: Mapping[str, str], role: str) -> None:
    """Print a role's policy as it would be written. It needs no Vault."""
    click.echo(policy_texts.render(role, layout_from(environ)), nl=False)


@policy.command("diff")
@click.pass_obj
def diff(environ: Mapping[str, str]) -> int:
    """Print what differs between Vault and here. Exit 12 where something does."""
    with operator(environ) as (vault, layout):
        texts = policy_texts.of_this_vault(vault, layout)
        pairs = [(name, vault.policy(name) or "", text) for name, text in texts.items()]
    different = [pair for pair in pairs if pair[1] != pair[2]]
    for name, present, text in different:
        lines = unified_diff(present.splitlines(), text.splitlines(), f"vault/{name}", f"here/{name}", lineterm="")
        click.echo("\n".join(plain(line.expandtabs(4)) for line in lines))
    return FOUND if different else 0


@policy.command("apply")
@click.option("--adopt", is_flag=True, help="Overwrite policies of these names that are not ours.")
@click.pass_obj
def apply(environ: Mapping[str, str], adopt: bool) -> None:
    """Write the policies that differ; mounts are left to setup."""
    with operator(environ) as (vault, layout):
        steps = provision.plan(provision.look(vault, layout), layout, adopt=adopt)
        our_mounts.approle_mount(vault, layout)
        written = [step for step in steps if (step.verb, step.kind) == (Verb.WRITE, "policy")]
        provision.carry_out(vault, layout, written)
    show_rows([{"step": "wrote", "policy": step.name, "note": step.note} for step in written], "table")
    if not written:
        note("nothing to write: Vault has the policies as they are here")
