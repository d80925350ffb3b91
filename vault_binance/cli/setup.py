"""`setup`: our mounts and policies in a Vault that others use too."""

from __future__ import annotations

import click

from vault_binance.cli.output import note, show_rows
from vault_binance.config import layout_from
from vault_binance.connect import operator
from vault_binance.ops import policy_texts, provision
from vault_binance.ops.provision import Step, Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DONE = {
    Verb.ENABLE: "enabled",
    Verb.CONFIGURE: "configured",
    Verb.WRITE: "wrote",
    Verb.ADOPT: "adopted",
    Verb.KEEP: "unchanged",
    Verb.MISS: "missing",
}


@click.command("setup")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--adopt", is_flag=True, help="Take over what stands under our names without our mark.")
@click.option("--output-policy", is_flag=True, help="Print the policy that running this needs, and do nothing.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "yaml"]), default="table")
@click.pass_obj
def setup(environ: Mapping[str, str], dry_run: bool, adopt: bool, output_policy: bool, format_: str) -> None:
    """Make the KV mount, the mounts for logins and the policies of one instance; safe to repeat."""
    if output_policy:
        layout = layout_from(environ)
        click.echo(policy_texts.render(policy_texts.SETUP, layout), nl=False)
        return
    with operator(environ) as (vault, layout):
        steps = provision.plan(provision.look(vault, layout), layout, adopt=adopt)
        if not dry_run:
            steps = provision.carry_out(vault, layout, steps)
    show_rows(_rows(steps, dry_run=dry_run), format_)
    if dry_run:
        note("nothing was changed")


def _rows(steps: Sequence[Step], *, dry_run: bool) -> list[dict[str, object]]:
    def said(step: Step) -> str:
        settled = step.verb in {Verb.KEEP, Verb.MISS}
        return f"would {step.verb}" if dry_run and not settled else _DONE[step.verb]

    return [{"step": said(step), "kind": step.kind, "name": step.name, "note": step.note} for step in steps]
