"""`key put`: the one moment in which a person holds the secret; it is checked at Binance before it leaves memory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from vault_binance.cli import key_waiting as waiting
from vault_binance.cli import secret_input
from vault_binance.cli.describing import FROM, Asked, describing
from vault_binance.cli.output import note
from vault_binance.cli.storing import opened, store
from vault_binance.connect import operator
from vault_binance.credentials import Credentials, Environment, KeyType, clean_token
from vault_binance.errors import ConfigError
from vault_binance.ops import keys, our_mounts
from vault_binance.ops.expected import expected
from vault_binance.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command("put")
@click.argument("name")
@describing
@click.option("--api-key", **FROM, help="Where the API key comes from; default a hidden prompt.")
@click.option("--api-secret", **FROM, help="The same for an HMAC secret.")
@click.option("--private-key", **FROM, help="The PEM of a key of type ed25519 or rsa; not asked for by a prompt.")
@click.pass_obj
def put(
    environ: Mapping[str, str],
    /,
    name: str,
    api_key: str | None,
    api_secret: str | None,
    private_key: str | None,
    **described: Any,
) -> None:
    """Store an API key and its secret as one new version.

    With a key that waits (key new) the API key alone completes it. Somebody else's newer version is never covered up:
    a lost race writes nothing.
    """
    asked = Asked.of(name, **described)
    _check_sources(asked, api_secret, private_key)
    with operator(environ) as (vault, layout):
        based_on = keys.current_version(vault, layout, name)
        our_mounts.require_kv_mount(vault, layout)
        expected(vault, layout, name, asked.expectations)  # a contradiction is told before a secret is asked for
        waits = None if api_secret or private_key else waiting.found(vault, layout, asked)
        since = waiting.since(vault, layout, name) if waits is None else ""
        kept_key = clean_token(
            secret_input.read(api_key, "API key", "--api-key"), "the API key", any_length=asked.any_length
        )
        if waits is not None:
            waiting.complete(vault, layout, waits, kept_key, partial(store, vault, layout, environ, asked, based_on))
            return
        secret = _secret(asked, api_secret, private_key)
        environment = asked.environment or Environment.LIVE
        credentials = Credentials(name, kept_key, secret, asked.key_type or KeyType.HMAC, environment)
        store(vault, layout, environ, asked, based_on, credentials)
    if since:
        note(f"a private key still waits for {name} since {since[:19]}: vault-binance key pending")


def _check_sources(asked: Asked, api_secret: str | None, private_key: str | None) -> None:
    is_hmac = asked.key_type in {None, KeyType.HMAC}
    if is_hmac and private_key is not None:
        raise ConfigError("--private-key is not for an HMAC key", hint="say what it is: --type ed25519, or rsa")
    if not is_hmac and api_secret is not None:
        raise ConfigError(
            f"--api-secret is not for a key of type {asked.key_type}", hint="give the PEM: --private-key @FILE"
        )
    if private_key is None and asked.passphrase is not None:
        raise ConfigError("--passphrase opens a private key", hint="give the PEM: --private-key @FILE")


def _secret(asked: Asked, api_secret: str | None, private_key: str | None) -> Redacted:
    if asked.key_type in {None, KeyType.HMAC}:
        text = secret_input.read(api_secret, "API secret", "--api-secret")
        return clean_token(text, "the API secret", any_length=asked.any_length)
    given = None if asked.passphrase is None else secret_input.passphrase(asked.passphrase)  # its line comes first
    pem = Redacted(secret_input.read(private_key, "private key", "--private-key", whole=True))
    return opened(pem, given, asked.key_type)
