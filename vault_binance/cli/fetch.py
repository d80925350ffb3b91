"""`fetch [NAME]`: log in, read the credential, give the token back, print."""

from __future__ import annotations

import click

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
@formatted
@click.pass_obj
def fetch(
    environ: Mapping[str, str],
    name: str,
    path: str,
    version: int | None,
    reveal: bool,
    format_: str,
    field: str | None,
) -> None:
    """Print a credential. NAME defaults to VAULT_BINANCE_CREDENTIAL.

    Key and secret are masked unless --reveal is given or --field names one of them.
    """
    with borrow(name, path=path, version=version, environ=environ, warn=warning) as credentials:
        row = as_row(credentials, reveal=reveal or field in {"api_key", "secret"})
    show_one(row, format_, field)


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
