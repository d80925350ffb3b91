"""`policy test` and `policy check`: promises held against policies, and mistakes in the text of any."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vault_binance.cli.output import note, show_rows, warning
from vault_binance.config import layout_from
from vault_binance.connect import operator
from vault_binance.errors import FOUND
from vault_binance.health.values import Severity
from vault_binance.ops.policy_holders import Here, There, policy_file, read_text
from vault_binance.ops.policy_test import run_cases
from vault_binance.policy.mistakes import mistakes
from vault_binance.policy.spec import parse_spec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_binance.ops.policy_test import Tested
    from vault_binance.policy.cases import Outcome
    from vault_binance.policy.spec import Case

FORMATS = click.Choice(["table", "json", "yaml"])
SHOWN = 5


@click.command("test")
@click.argument("spec", metavar="SPEC", type=click.Path(path_type=Path))
@click.option("--policies", metavar="DIR", type=click.Path(path_type=Path), help="Policies of your own: DIR/NAME.hcl.")
@click.option("--live", is_flag=True, help="Judge the texts that Vault has, and ask it about tokens.")
@click.option("--verbose", is_flag=True, help="Show what holds too.")
@click.option("--format", "format_", type=FORMATS, default="table", show_default=True)
@click.pass_obj
def test(environ: Mapping[str, str], spec: Path, policies: Path | None, live: bool, verbose: bool, format_: str) -> int:
    """Hold promises in a file against policies.

    SPEC is TOML, a case for each promise; exit 12 where one is broken.

    Without --live no Vault is needed: roles are judged as they are here. policies/roles.test.toml is what we promise of
    ours, to copy.
    """
    layout, cases = layout_from(environ), parse_spec(str(spec), read_text(spec))
    here = Here(layout, spec.parent, policies)
    if not live:
        return _tell(run_cases(cases, here), verbose=verbose, format_=format_)
    with operator(environ) as (vault, _):
        there = There(layout, spec.parent, vault, policies)
        done = run_cases(cases, there, vault)
    note(_what_was_asked(cases))
    return _tell(done, verbose=verbose, format_=format_)


def _what_was_asked(cases: Sequence[Case]) -> str:
    tokens = sum(case.needs_vault for case in cases)
    texts = "policies were read from Vault and judged here; no token was asked"
    if tokens == len(cases):
        return "Vault was asked about tokens; parameters and wrapping have no say in its answers"
    return f"{texts}, but for {tokens} of {len(cases)} cases" if tokens else texts


def _tell(done: Tested, *, verbose: bool, format_: str) -> int:
    for text in done.notes:
        note(text)
    if done.untouched:
        warning(f"no case is about {len(done.untouched)} rules: {_some(done.untouched, every=verbose)}")
    shown = done.outcomes if verbose else done.failed
    if shown or format_ != "table":
        show_rows([_row(outcome) for outcome in shown], format_)
    cases, failed = {outcome.case.place for outcome in done.outcomes}, len(done.failed)
    broken = f"{failed} of them broken" if failed else "all of them kept"
    note(f"{len(cases)} cases, {len(done.outcomes)} promises: {broken}")
    return FOUND if failed else 0


def _some(rules: Sequence[str], *, every: bool) -> str:
    more = 0 if every else len(rules) - SHOWN
    return "; ".join(rules if more <= 0 else [*rules[:SHOWN], f"and {more} more (--verbose)"])


def _row(outcome: Outcome) -> dict[str, object]:
    return {
        "case": outcome.case.place,
        "who": outcome.case.holder,
        "path": outcome.case.path,
        "capability": outcome.capability,
        "promised": "can" if outcome.expected else "cannot",
        "found": "can" if outcome.allowed else "cannot",
        "kept": outcome.holds,
        "by": outcome.by,
    }


@click.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--kv", "kv_mounts", multiple=True, metavar="MOUNT", help="A KV v2 mount, where no path shows that it is."
)
@click.option("--format", "format_", type=FORMATS, default="table", show_default=True)
@click.pass_obj
def check(environ: Mapping[str, str], files: tuple[Path, ...], kv_mounts: tuple[str, ...], format_: str) -> int:
    """Tell mistakes in policies that Vault takes.

    It needs no Vault; exit 12 with a mistake at HIGH. Files given together are judged as the policies of one token.
    What Vault would refuse is an error, exit 10.
    """
    mounts = (layout_from(environ).kv_mount, *(mount.strip("/") for mount in kv_mounts))
    policies = [policy_file(file) for file in files]
    found = mistakes(policies, mounts)
    rows: list[dict[str, object]] = [
        {"severity": one.severity.name, "policy": one.policy, "line": one.line, "path": one.path, "says": one.says}
        for one in found
    ]
    show_rows(rows, format_)
    if not found:
        note(f"nothing found in {', '.join(map(str, files))}")
    for policy in policies:
        if not policy.rules:
            note(f"{policy.name} has no rule: it grants nothing")
    return FOUND if any(one.severity is Severity.HIGH for one in found) else 0
