"""`key put` for a key that waits: the API key completes it, and a bot sees the whole pair or the one before.

Rules of the file
- The pair is stored by one write, and what waits is erased after it. Cut in between, the same command erases it.
- A key that Binance refuses is not stored, and goes on waiting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vault_binance.cli.output import note
from vault_binance.connect import public_key
from vault_binance.credentials import KeyType
from vault_binance.errors import ConfigError, KeyRejected, PermissionDenied, SecretNotFound, VaultBinanceError
from vault_binance.health.refusals import SIGNATURE
from vault_binance.ops import keys, pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_binance.cli.describing import Asked
    from vault_binance.credentials import Credentials
    from vault_binance.layout import Layout
    from vault_binance.ops.pending import Waiting
    from vault_binance.redacted import Redacted
    from vault_binance.vault.operator_port import OperatorVault


def found(vault: OperatorVault, layout: Layout, asked: Asked) -> Waiting | None:
    """The key that the API key is to complete; None where an HMAC secret is to be asked for instead.

    Raises ConfigError where a private key was meant and none waits, or another one than was said.
    """
    if asked.key_type is KeyType.HMAC:
        return None
    try:
        waits = pending.waiting(vault, layout, asked.name)
    except PermissionDenied:
        if asked.key_type is None:
            return None  # a policy of the team's own: it stores HMAC pairs, as before
        raise
    if waits is None and asked.key_type is not None:
        raise ConfigError(
            f"no private key: none was given, and none waits at {pending.shown_path(layout, asked.name)}",
            hint=f"make one: vault-binance key new {asked.name} --type {asked.key_type.lower()}\n"
            "or give one: --private-key @FILE",
        )
    if waits is not None:
        _check(waits, asked)
    return waits


def _check(waits: Waiting, asked: Asked) -> None:
    for said, kept, option in (
        (asked.key_type, waits.key_type, "--type"),
        (asked.environment, waits.environment, "--environment"),
    ):
        if said is not None and said is not kept:
            raise ConfigError(
                f"the key that waits for {asked.name} was made for {kept}, not {said}",
                hint=f"leave {option} out, or make another: vault-binance key new {asked.name} {option} {said.lower()}",
            )


def complete(
    vault: OperatorVault, layout: Layout, waits: Waiting, api_key: Redacted, store: Callable[[Credentials], None]
) -> None:
    """Store the whole pair, unless it is in place already, and erase what waits."""
    credentials = waits.with_api_key(api_key)
    if (version := _in_place(vault, layout, credentials)) is not None:
        place = f"{layout.shown_path(waits.name)}   version {version}"
        click.echo(f"in place {place}   {waits.key_type}   fingerprint {credentials.fingerprint[:8]}")
    else:
        _store(credentials, store)
    _erase(vault, layout, waits)


def _in_place(vault: OperatorVault, layout: Layout, credentials: Credentials) -> int | None:
    try:
        key = keys.found(vault, layout, credentials.name)
    except SecretNotFound:
        return None
    return key.version if pending.is_in_place(key, credentials, public_key(credentials.secret)[0]) else None


def _store(credentials: Credentials, store: Callable[[Credentials], None]) -> None:
    try:
        store(credentials)
    except KeyRejected as error:
        asked = (
            "the private half still waits. Is this the API key that Binance gave for it? For its public half: "
            f"vault-binance key new {credentials.name}"
        )
        error.hint = asked if error.code == SIGNATURE else f"{asked}\n{error.hint}"
        raise


def _erase(vault: OperatorVault, layout: Layout, waits: Waiting) -> None:
    try:
        is_erased = pending.erase(vault, layout, waits.name, waits.since)
    except VaultBinanceError as error:
        error.hint = f"the pair is in place, and a copy of its private half still waits: run it again. {error.hint}"
        raise
    if not is_erased:
        note(f"another key waits for {waits.name} by now, and was left alone: vault-binance key pending")


def since(vault: OperatorVault, layout: Layout, name: str) -> str:
    """Since when a key waits; empty for none, and for who may not know."""
    try:
        return pending.since(vault, layout, name)
    except PermissionDenied:
        return ""
