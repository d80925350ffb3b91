"""`verify`: ask Binance about a key from here, with Vault or, by --env-file, without."""

from __future__ import annotations

from pathlib import Path

import click

from vault_binance.cli.output import colored, note, show_rows, warning
from vault_binance.connect import borrow, verified
from vault_binance.credentials import Environment
from vault_binance.errors import ConfigError, MalformedCredentials
from vault_binance.health import Severity
from vault_binance.ops import env_file as env_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.credentials import Credentials
    from vault_binance.ops.verify import Verification

_COLORS = {Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "cyan"}


@click.command("verify")
@click.argument("name", default="")
@click.option("--env-file", metavar="FILE", help="A key in a .env file; no Vault needed.")
@click.option(
    "--environment",
    type=click.Choice([one.value for one in Environment]),
    help="With --env-file: where the key belongs.",
)
@click.option("--format", "format_", type=click.Choice(["table", "json", "yaml"]), default="table")
@click.pass_obj
def verify(environ: Mapping[str, str], name: str, env_file: str | None, environment: str | None, format_: str) -> int:
    """Judge a key by what Binance says of it, from this address; exit 12 with a finding at HIGH.

    With NAME the key is borrowed from Vault with the identity of whoever runs this.
    """
    if env_file and name:
        raise ConfigError("a NAME in Vault and --env-file: which of the two?", hint="give one of them")
    if env_file:
        checked = verified(_from_file(env_file, environment), environ)
    else:
        with borrow(name, environ=environ, warn=warning) as credentials:
            checked = verified(credentials, environ)
    if format_ == "table":
        show_findings(checked, err=False)
    else:
        show_rows(_rows(checked), format_)
    return 0 if checked.is_sound else 12


def _from_file(path: str, environment: str | None) -> Credentials:
    kept = Environment(environment) if environment else None
    try:
        return env_files.find(env_files.parse(env_files.read(Path(path))), "NAME", environment=kept)
    except MalformedCredentials as error:
        error.message = f"{path}: {error.message}"
        raise


def show_findings(checked: Verification, *, err: bool) -> None:
    """The findings, worst first, for a person; on stderr where they are not the command's result."""
    note(f"clock {checked.skew_ms:+d} ms")
    for finding in sorted(checked.findings, key=lambda one: -one.severity):
        label = click.style(finding.severity.name.ljust(6), fg=_COLORS[finding.severity], bold=True)
        click.echo(f"  {label}  {finding.fact.ljust(44)} {finding.advice}", err=err, color=colored())
    if not checked.findings:
        click.echo("  nothing to say against this key", err=err)


def _rows(checked: Verification) -> list[dict[str, object]]:
    return [
        {"severity": one.severity.name, "fact": one.fact, "reason": one.reason, "remedy": one.remedy}
        for one in checked.findings
    ]
