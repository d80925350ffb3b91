"""`key put`: the one moment in which a person holds the secret; it is checked at Binance before it leaves memory."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from vault_binance.cli import secret_input
from vault_binance.cli.output import note
from vault_binance.cli.verify import show_findings
from vault_binance.config import seconds
from vault_binance.connect import binance, operator
from vault_binance.credentials import Credentials, Environment, KeyType, clean_token
from vault_binance.errors import BinanceUnavailable, KeyRejected
from vault_binance.health import Expectations, Severity
from vault_binance.layout import check_name
from vault_binance.ops import keys
from vault_binance.ops.verify import verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.ops.verify import Verification
    from vault_binance.redacted import Redacted


@click.command("put")
@click.argument("name")
@click.option("--environment", type=click.Choice(list(Environment)), default=Environment.LIVE, show_default=True)
@click.option("--type", "key_type", type=click.Choice(list(KeyType), case_sensitive=False), default=KeyType.HMAC)
@click.option("--api-key", metavar=secret_input.SOURCE, help="Where the API key comes from; default a hidden prompt.")
@click.option("--api-secret", metavar=secret_input.SOURCE, help="The same for an HMAC secret.")
@click.option("--private-key", metavar=secret_input.SOURCE, help="The same for a PEM (types ed25519 and rsa).")
@click.option("--any-length", is_flag=True, help="Accept a key or secret that has not 64 characters.")
@click.option("--no-verify", is_flag=True, help="Do not ask Binance about the key first.")
@click.option("--owner", default="", help="Team or person who answers for it.")
@click.option("--purpose", default="", help="What it is for.")
@click.option("--account", default="", help="Which Binance account it belongs to.")
@click.option("--rotate-after", default="", metavar="TIME", help="When it is due to be replaced, as in 90d.")
@click.pass_obj
def put(
    environ: Mapping[str, str],
    name: str,
    environment: Environment,
    key_type: KeyType,
    api_key: str | None,
    api_secret: str | None,
    private_key: str | None,
    any_length: bool,
    no_verify: bool,
    owner: str,
    purpose: str,
    account: str,
    rotate_after: str,
) -> None:
    """Store an API key and its secret as one new version; a lost race writes nothing."""
    check_name(name, "credential")
    if rotate_after:
        seconds(rotate_after, "--rotate-after")
    about = {"owner": owner, "purpose": purpose, "account": account, "rotate_after": rotate_after}
    with operator(environ) as (vault, layout):
        based_on = keys.current_version(vault, layout, name)
        kept_key = clean_token(secret_input.read(api_key, "API key", "--api-key"), "the API key", any_length=any_length)
        secret = _secret(KeyType(key_type), api_secret, private_key, any_length=any_length)
        credentials = Credentials(name, kept_key, secret, KeyType(key_type), Environment(environment))
        checked = None if no_verify else _checked(credentials, environ)
        version = keys.put(vault, layout, credentials, about | _verdict(checked, based_on + 1), based_on=based_on)
    _tell(f"{layout.shown_path(name)}   version {version}", credentials, checked)


def _secret(key_type: KeyType, api_secret: str | None, private_key: str | None, *, any_length: bool) -> Redacted:
    if key_type is KeyType.HMAC:
        text = secret_input.read(api_secret, "API secret", "--api-secret")
        return clean_token(text, "the API secret", any_length=any_length)
    from vault_binance.binance.keys import check_private_key

    return check_private_key(secret_input.read(private_key, "private key", "--private-key", whole=True), key_type)


def _checked(credentials: Credentials, environ: Mapping[str, str]) -> Verification:
    from vault_binance.binance.api import now_ms

    click.echo("checking it at Binance, from this address, before it leaves memory", err=True)
    try:
        with binance(credentials, environ) as api:
            checked = verify(api, credentials, Expectations(), now_ms)
    except (KeyRejected, BinanceUnavailable) as error:
        error.message += ". nothing was stored"
        error.hint = f"{error.hint}. To store it unchecked: --no-verify".lstrip(". ")
        raise
    show_findings(checked)
    return checked


def _verdict(checked: Verification | None, version: int) -> dict[str, str]:
    """What the check leaves in the metadata: no value, and the version it speaks of."""
    if checked is None:
        return {}
    verdict = {
        "verified_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "verified_version": str(version),
        "verified_high": str(checked.count(Severity.HIGH)),
    }
    if checked.restrictions is not None:
        verdict["permissions"] = ",".join(checked.restrictions.granted)
        verdict["ip_restricted"] = str(bool(checked.restrictions.ip_restrict)).lower()
    return verdict


def _tell(place: str, credentials: Credentials, checked: Verification | None) -> None:
    high = 0 if checked is None else checked.count(Severity.HIGH)
    found = "not checked" if checked is None else f"{high} finding{'' if high == 1 else 's'} at HIGH"
    click.echo(f"stored   {place}   {credentials.key_type}   fingerprint {credentials.fingerprint[:8]}   {found}")
    if high:
        note(f"the key is stored as it is; after a change at Binance: vault-binance verify {credentials.name}")
