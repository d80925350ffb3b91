"""`key put`: the one moment in which a person holds the secret; it is checked at Binance before it leaves memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from vault_binance.cli import secret_input
from vault_binance.cli.expecting import expecting, typed
from vault_binance.cli.output import note
from vault_binance.cli.verify import show_findings
from vault_binance.connect import checked_private_key, operator, verified
from vault_binance.credentials import Credentials, Environment, KeyType, clean_token
from vault_binance.errors import BinanceUnavailable, ConfigError, KeyRejected
from vault_binance.health import Severity
from vault_binance.layout import check_name
from vault_binance.ops import keys, provision
from vault_binance.ops.expected import expected
from vault_binance.variables import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.health import Expectations
    from vault_binance.ops.verify import Verification
    from vault_binance.redacted import Redacted

ENVIRONMENTS = [one.value for one in Environment]
KEY_TYPES = [one.value.lower() for one in KeyType]
"""As texts: of an enum click would take the names of its members, LIVE for live."""

FROM: Any = {"metavar": secret_input.SOURCE, "callback": secret_input.source}

LONGEST_TEXT = 512
"""Bytes of one value of custom metadata in Vault, which takes printable letters only."""


@click.command("put")
@click.argument("name")
@click.option(
    "--environment",
    type=click.Choice(ENVIRONMENTS),
    default=Environment.LIVE.value,
    show_default=True,
    help="Where the key belongs.",
)
@click.option(
    "--type",
    "key_type",
    type=click.Choice(KEY_TYPES, case_sensitive=False),
    default="hmac",
    show_default=True,
    help="What kind of key Binance says it is.",
)
@click.option("--api-key", **FROM, help="Where the API key comes from; default a hidden prompt.")
@click.option("--api-secret", **FROM, help="The same for an HMAC secret.")
@click.option("--private-key", **FROM, help="The PEM of a key of type ed25519 or rsa; not asked for by a prompt.")
@click.option("--any-length", is_flag=True, help="Accept a key or secret that has not 64 characters.")
@click.option("--no-verify", is_flag=True, help="Do not ask Binance about the key first.")
@expecting
@click.option("--owner", default="", help="Team or person who answers for it.")
@click.option("--purpose", default="", help="What it is for.")
@click.option("--account", default="", help="Which Binance account it belongs to.")
@click.option("--rotate-after", default="", metavar="TIME", help="When it is due to be replaced, as in 90d.")
@click.pass_obj
def put(
    environ: Mapping[str, str],
    name: str,
    environment: str,
    key_type: str,
    api_key: str | None,
    api_secret: str | None,
    private_key: str | None,
    any_length: bool,
    no_verify: bool,
    allow: tuple[str, ...],
    forbid: tuple[str, ...],
    require_ip: bool | None,
    owner: str,
    purpose: str,
    account: str,
    rotate_after: str,
) -> None:
    """Store an API key and its secret as one new version.

    Somebody else's newer version is never covered up: a lost race writes nothing.
    """
    check_name(name, "credential")
    kind = KeyType(key_type.upper())
    _check_sources(kind, api_secret, private_key)
    if rotate_after:
        seconds(rotate_after, "--rotate-after")
    about = {"owner": owner, "purpose": purpose, "account": account, "rotate_after": rotate_after}
    for what, text in about.items():
        _check_text(text, what)
    asked = typed(allow, forbid, require_ip=require_ip)
    with operator(environ) as (vault, layout):
        based_on = keys.current_version(vault, layout, name)
        provision.require_kv_mount(vault, layout)
        expectations = expected(vault, layout, name, asked)
        kept_key = clean_token(secret_input.read(api_key, "API key", "--api-key"), "the API key", any_length=any_length)
        secret = _secret(kind, api_secret, private_key, any_length=any_length)
        credentials = Credentials(name, kept_key, secret, kind, Environment(environment))
        checked = None if no_verify else _checked(credentials, environ, expectations)
        version = keys.put(
            vault, layout, credentials, about | asked | _verdict(checked, based_on + 1), based_on=based_on
        )
    _tell(f"{layout.shown_path(name)}   version {version}", credentials, checked)


def _check_sources(key_type: KeyType, api_secret: str | None, private_key: str | None) -> None:
    if key_type is KeyType.HMAC and private_key is not None:
        raise ConfigError("--private-key is not for an HMAC key", hint="say what it is: --type ed25519, or rsa")
    if key_type is not KeyType.HMAC and api_secret is not None:
        raise ConfigError(f"--api-secret is not for a key of type {key_type}", hint="give the PEM: --private-key @FILE")
    if key_type is not KeyType.HMAC and private_key is None:
        raise ConfigError(
            "a private key has several lines: no prompt can take it", hint="give the PEM: --private-key @FILE"
        )


def _check_text(text: str, what: str) -> None:
    """Vault would refuse it only when the pair is stored already: what describes a key is written second."""
    if not text.isprintable() or len(text.encode()) > LONGEST_TEXT:
        raise ConfigError(f"--{what} must be one line of at most {LONGEST_TEXT} bytes", hint="nothing was stored")


def _secret(key_type: KeyType, api_secret: str | None, private_key: str | None, *, any_length: bool) -> Redacted:
    if key_type is KeyType.HMAC:
        text = secret_input.read(api_secret, "API secret", "--api-secret")
        return clean_token(text, "the API secret", any_length=any_length)
    return checked_private_key(secret_input.read(private_key, "private key", "--private-key", whole=True), key_type)


def _checked(credentials: Credentials, environ: Mapping[str, str], expectations: Expectations) -> Verification:
    click.echo("checking it at Binance, from this address, before it leaves memory", err=True)
    try:
        checked = verified(credentials, environ, expectations=expectations)
        if checked.refused:
            show_findings(checked, err=True)
        checked.require_accepted()
    except (KeyRejected, BinanceUnavailable) as error:
        error.message += ". nothing was stored"
        error.hint = f"{error.hint}. To store it unchecked: --no-verify".lstrip(". ")
        raise
    show_findings(checked, err=True)
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
        if checked.restrictions.ip_restrict is not None:
            verdict["ip_restricted"] = str(checked.restrictions.ip_restrict).lower()
    return verdict


def _tell(place: str, credentials: Credentials, checked: Verification | None) -> None:
    high = 0 if checked is None else checked.count(Severity.HIGH)
    found = "not checked" if checked is None else f"{high} finding{'' if high == 1 else 's'} at HIGH"
    click.echo(f"stored   {place}   {credentials.key_type}   fingerprint {credentials.fingerprint[:8]}   {found}")
    if high:
        note(f"the key is stored as it is; after a change at Binance: vault-binance verify {credentials.name}")
