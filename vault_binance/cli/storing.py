"""A pair on its way into Vault: opened where it has to be, checked at Binance before it leaves memory, stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vault_binance.cli import secret_input
from vault_binance.cli.output import note
from vault_binance.cli.verdicts import show_findings
from vault_binance.connect import checked_private_key, is_encrypted, public_key, verified
from vault_binance.credentials import KeyType
from vault_binance.errors import BinanceUnavailable, KeyRejected
from vault_binance.health.values import Severity
from vault_binance.ops import keys, pending
from vault_binance.ops.expected import expected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.cli.describing import Asked
    from vault_binance.credentials import Credentials
    from vault_binance.health.expectations import Expectations
    from vault_binance.layout import Layout
    from vault_binance.ops.verify import Verification
    from vault_binance.redacted import Redacted
    from vault_binance.vault.operator_port import OperatorVault


def store(
    vault: OperatorVault,
    layout: Layout,
    environ: Mapping[str, str],
    asked: Asked,
    based_on: int,
    credentials: Credentials,
) -> None:
    """Check a pair at Binance, unless told otherwise, and store it as the version after `based_on`; say so."""
    wanted = expected(vault, layout, asked.name, asked.expectations)
    checked = _checked(credentials, environ, wanted) if asked.verify else None
    about = dict(asked.about) | dict(asked.expectations) | _verdict(checked, based_on + 1)
    if credentials.key_type is not KeyType.HMAC:
        about |= pending.public_half(public_key(credentials.secret)[0], based_on + 1)
    version = keys.put(vault, layout, credentials, about, based_on=based_on)
    _tell(f"{layout.shown_path(credentials.name)}   version {version}", credentials, checked)


def opened(pem: Redacted, passphrase: Redacted | None, key_type: KeyType) -> Redacted:
    """The private key as it is to be stored; a passphrase that it needs and nobody has given is asked for."""
    if passphrase is None and is_encrypted(pem):
        passphrase = secret_input.passphrase(None)
    return checked_private_key(pem, passphrase, key_type)


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
    return checked.observation.to_metadata(version) | {"verified_high": str(checked.count(Severity.HIGH))}


def _tell(place: str, credentials: Credentials, checked: Verification | None) -> None:
    found = "not checked" if checked is None else checked.tally
    click.echo(f"stored   {place}   {credentials.key_type}   fingerprint {credentials.fingerprint[:8]}   {found}")
    if checked and not checked.is_sound:
        note("the key is stored as it is. A bot that may read it tells whether a change at Binance has helped:")
        note(f"  vault-binance verify {credentials.name}")
