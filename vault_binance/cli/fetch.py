"""`fetch [NAME]`: log in, read the credential, give the token back, print; with --watch, print each change too."""

from __future__ import annotations

from functools import partial

import click

from vault_binance.cli.completion import a_file
from vault_binance.cli.output import formatted, show_one, warning
from vault_binance.connect import borrow
from vault_binance.redacted import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.credentials import Credentials


@click.command("fetch")
@click.argument("name", default="")
@click.option("--path", default="", metavar="MOUNT/PATH", help="Read any KV path of an existing Vault instead.")
@click.option("--version", "version", type=click.IntRange(min=1), help="An older version; default the latest.")
@click.option("--reveal", is_flag=True, help="Show key and secret; without it they are masked.")
@click.option("--watch", "watched", is_flag=True, help="Keep the lease, and print a line for each change.")
@click.option(
    "--status-file",
    default="",
    metavar="FILE",
    shell_complete=a_file,
    help="With --watch: keep the lease's state there, as JSON.",
)
@click.option(
    "--metrics-file",
    default="",
    metavar="FILE",
    shell_complete=a_file,
    help="With --watch: the same in numbers, as Prometheus reads it.",
)
@formatted
@click.pass_context
def fetch(
    ctx: click.Context,
    name: str,
    path: str,
    version: int | None,
    reveal: bool,
    watched: bool,
    status_file: str,
    metrics_file: str,
    format_: str,
    field: str | None,
) -> None:
    """Print a credential. NAME defaults to VAULT_BINANCE_CREDENTIAL.

    Key and secret are masked unless --reveal is given or --field names one of them. --watch prints until nobody reads
    or a signal ends it: the credential that may be used now, then each rotation, refusal and return.
    """
    _check(ctx, watched=watched, alone=version or field, together=status_file or metrics_file)
    environ: Mapping[str, str] = ctx.obj
    if watched:
        from vault_binance.cli.watch import watch
        from vault_binance.connect_lease import Fetcher

        shown = partial(as_row, reveal=reveal)
        fetcher = Fetcher(name, path=path, environ=environ)
        return watch(fetcher, shown, format_, status_file=status_file, metrics_file=metrics_file)
    with borrow(name, path=path, version=version, environ=environ, warn=warning) as credentials:
        row = as_row(credentials, reveal=reveal or field in {"api_key", "secret"})
    return show_one(row, format_, field)


def _check(ctx: click.Context, *, watched: bool, alone: object, together: object) -> None:
    if watched and alone:
        raise click.UsageError("--watch prints whole rows of the latest version: without --version and --field", ctx)
    if together and not watched:
        raise click.UsageError("--status-file and --metrics-file are about a lease that is kept: with --watch", ctx)


def as_row(credentials: Credentials, *, reveal: bool) -> dict[str, object]:
    return {
        "name": credentials.name,
        "version": credentials.version,
        "environment": credentials.environment.value,
        "key_type": credentials.key_type.value,
        "fingerprint": credentials.fingerprint,
        "api_key": credentials.api_key.reveal() if reveal else MASK,
        "secret": credentials.secret.reveal() if reveal else MASK,
    }
