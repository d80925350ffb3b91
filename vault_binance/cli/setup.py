"""`setup`: our mounts, policies, groups and second factor in a Vault that others use too."""

from __future__ import annotations

import click

from vault_binance.cli.output import note, show_rows
from vault_binance.config import layout_from
from vault_binance.connect import operator
from vault_binance.errors import FOUND, CommandFailed, PermissionDenied
from vault_binance.ops import policy_texts
from vault_binance.ops.setup import audit_trail, provision
from vault_binance.ops.setup.audit_trail import AuditTrail
from vault_binance.ops.setup.steps import Verb
from vault_binance.ops.structure import SecondFactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_binance.layout import Layout
    from vault_binance.ops.setup.steps import Step

_DONE = {
    Verb.ENABLE: "enabled",
    Verb.CONFIGURE: "configured",
    Verb.WRITE: "wrote",
    Verb.ADOPT: "adopted",
    Verb.MARK: "marked",
    Verb.REMOVE: "removed",
    Verb.KEEP: "unchanged",
    Verb.MISS: "missing",
}


@click.command("setup")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--adopt", is_flag=True, help="Take over what stands under our names without our mark.")
@click.option(
    "--second-factor",
    type=click.Choice([one.value for one in SecondFactor]),
    help="Who asks people for it: Vault, or the identity provider before it.  [default: as it is; totp in a new one]",
)
@click.option("--audit", "audit", metavar="KIND:VALUE", help="external:REF, file:PATH, socket:ADDRESS or syslog.")
@click.option("--output-policy", is_flag=True, help="Print the policy that running this needs, and do nothing.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "yaml"]), default="table", show_default=True)
@click.pass_obj
def setup(
    environ: Mapping[str, str],
    dry_run: bool,
    adopt: bool,
    second_factor: str | None,
    audit: str | None,
    output_policy: bool,
    format_: str,
) -> None:
    """Make the mounts, policies and groups of one instance, or bring an older one up to date; safe to repeat.

    Exit 12 where all is made and an audit trail is missing: without one nobody could prove who read a key.
    """
    trail = None if audit is None else audit_trail.parse(audit)
    if output_policy:
        click.echo(_policy(trail, layout_from(environ)), nl=False)
        return
    factor = SecondFactor(second_factor) if second_factor else None
    with operator(environ) as (vault, layout):
        try:
            facts = provision.look(vault, layout)
            steps = provision.plan(facts, layout, adopt=adopt, factor=factor, audit=trail)
            if not dry_run:
                steps = provision.carry_out(vault, layout, steps)
        except PermissionDenied as error:
            error.hint = f"{error.hint}\nall that this needs: the same command with --output-policy"
            error.path = ""  # an auditor may look, and that is not what is wanted here
            raise
    show_rows(_rows(steps, dry_run=dry_run), format_)
    if dry_run:
        note("nothing was changed")
    else:
        _require_audit(steps, facts.audit_devices, layout)


def _policy(trail: AuditTrail | None, layout: Layout) -> str:
    needed = policy_texts.render(policy_texts.SETUP, layout)
    return needed + (audit_trail.policy(trail, layout) if trail and trail.is_device else "")


def _rows(steps: Sequence[Step], *, dry_run: bool) -> list[dict[str, object]]:
    def said(step: Step) -> str:
        settled = step.verb in {Verb.KEEP, Verb.MISS}
        return f"would {step.verb}" if dry_run and not settled else _DONE[step.verb]

    return [{"step": said(step), "kind": step.kind, "name": step.name, "note": step.note} for step in steps]


def _require_audit(steps: Sequence[Step], devices: Sequence[str] | None, layout: Layout) -> None:
    for step in steps:
        if step.verb is Verb.MISS:
            if isinstance(step.target, AuditTrail):
                click.echo(audit_trail.server_configuration(step.target, layout), err=True)
            what = f"{step.kind} {step.name}".removesuffix(" -")
            raise CommandFailed(
                f"all is set up except for the {what}: {step.note}",
                hint=audit_trail.advice(step, devices),
                exit_code=FOUND,
            )
