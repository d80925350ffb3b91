"""`doctor`: is this Vault as an instance of ours should be, and safe?"""

from __future__ import annotations

import click

from vault_binance.cli.output import colored, in_format, note, plain, show_rows
from vault_binance.cli.verdicts import COLORS
from vault_binance.connect import operator
from vault_binance.health.values import Severity
from vault_binance.ops.doctor.assess import assess
from vault_binance.ops.doctor.look import look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.doctor.assess import Assessment, Unseen
    from vault_binance.ops.doctor.rules import Finding


@click.command("doctor")
@click.option(
    "--login",
    "logins",
    multiple=True,
    metavar="PATH",
    help="A role or user of your own login methods to judge too: auth/oidc/role/NAME.",
)
@click.option(
    "--accessor", "accessors", multiple=True, metavar="ACCESSOR", help="Judge the token with this accessor too."
)
@in_format()
@click.pass_obj
def doctor(environ: Mapping[str, str], logins: tuple[str, ...], accessors: tuple[str, ...], format_: str) -> int:
    """Compare Vault with what an instance should be, whoever provisioned it, and say what mends each difference.

    Changes nothing. Exit 12 where something is found at HIGH, and where something could not be seen.
    """
    with operator(environ) as (vault, layout):
        assessed = assess(look(vault, layout, logins=logins, accessors=accessors), layout)
    if format_ == "table":
        _show(assessed, layout)
    else:
        show_rows([*map(_row, assessed.findings), *map(_unseen_row, assessed.unseen)], format_)
    return assessed.exit_code


def _row(finding: Finding) -> dict[str, object]:
    return {
        "severity": finding.severity.name,
        "code": finding.code,
        "where": finding.where,
        "what": finding.fact,
        "why": finding.reason,
        "mend": finding.remedy,
    }


def _unseen_row(unseen: Unseen) -> dict[str, object]:
    return {
        "severity": "UNKNOWN",
        "code": "not-seen",
        "where": unseen.where,
        "what": "not seen",
        "why": _whose(unseen) or "not seen is not fine",
        "mend": unseen.remedy,
    }


def _whose(unseen: Unseen) -> str:
    return f"may: {', '.join(unseen.roles)}" if unseen.roles else ""


def _show(assessed: Assessment, layout: Layout) -> None:
    for finding in assessed.findings:
        label = click.style(finding.severity.name.ljust(7), fg=COLORS[finding.severity], bold=True)
        click.echo(f"{label}  {plain(finding.where)}: {plain(finding.fact)}", color=colored())
        for line in (finding.reason, finding.remedy):
            click.echo(f"         {plain(line)}")
    click.echo(_summary(assessed, layout))
    for unseen in assessed.unseen:
        where = "" if f'"{unseen.where}' in unseen.remedy else f"{unseen.where}: "
        label = click.style("UNKNOWN", fg="magenta", bold=True)
        click.echo(f"{label}  {plain(where + unseen.remedy)}   {_whose(unseen)}".rstrip(), color=colored())
    for text in _advice(assessed):
        note(text)


def _summary(assessed: Assessment, layout: Layout) -> str:
    counts = {severity: sum(one.severity is severity for one in assessed.findings) for severity in reversed(Severity)}
    found = [f"{number} {severity.name}" for severity, number in counts.items() if number]
    unseen = [f"{len(assessed.unseen)} UNKNOWN"] if assessed.unseen else []
    verdict = ", ".join([*found, *unseen]) or "sound"
    return f"{layout.instance}: {verdict}   looked at {plain(', '.join(assessed.looked_at)) or 'nothing'}"


def _advice(assessed: Assessment) -> Iterator[str]:
    if any(one.remedy.startswith(("vault-binance setup", "vault-binance policy")) for one in assessed.findings):
        yield "made by Terraform? terraform apply mends what it manages; then look again"
    if assessed.unseen:
        yield "what was not seen may be anything: ask somebody who may look, or add the lines to your policy"
