"""`key put`: the one moment in which a person holds the secret; it is checked at Binance before it leaves memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import click

from vault_binance.cli import key_waiting as waiting
from vault_binance.cli import secret_input
from vault_binance.cli.expecting import expecting, typed
from vault_binance.cli.output import note
from vault_binance.cli.verdicts import show_findings
from vault_binance.connect import checked_private_key, is_encrypted, operator, public_key, verified
from vault_binance.credentials import Credentials, Environment, KeyType, clean_token
from vault_binance.errors import BinanceUnavailable, ConfigError, KeyRejected
from vault_binance.health.values import Severity
from vault_binance.layout import check_name
from vault_binance.ops import keys, pending, provision
from vault_binance.ops.expected import expected
from vault_binance.redacted import Redacted
from vault_binance.variables import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from vault_binance.health.expectations import Expectations
    from vault_binance.layout import Layout
    from vault_binance.ops.verify import Verification
    from vault_binance.vault.operator_port import OperatorVault

    _Command = TypeVar("_Command", bound=Callable[..., object])

ENVIRONMENTS = [one.value for one in Environment]
KEY_TYPES = [one.value.lower() for one in KeyType]
"""As texts: of an enum click would take the names of its members, LIVE for live."""

FROM: Any = {"metavar": secret_input.SOURCE, "callback": secret_input.source}

LONGEST_TEXT = 512
"""Bytes of one value of custom metadata in Vault, which takes printable letters only."""


DESCRIBING = (
    click.option("--environment", type=click.Choice(ENVIRONMENTS), help="Where the key belongs; default live."),
    click.option(
        "--type",
        "key_type",
        type=click.Choice(KEY_TYPES, case_sensitive=False),
        help="What kind of key Binance says it is; default hmac; with key put, that of the key that waits.",
    ),
    click.option("--passphrase", **FROM, help="What opens an encrypted PEM; default a hidden prompt."),
    click.option("--any-length", is_flag=True, help="Accept a key or secret that has not 64 characters."),
    click.option("--no-verify", is_flag=True, help="Do not ask Binance about the key first."),
    click.option("--owner", default="", help="Team or person who answers for it."),
    click.option("--purpose", default="", help="What it is for."),
    click.option("--account", default="", help="Which Binance account it belongs to."),
    click.option("--rotate-after", default="", metavar="TIME", help="When it is due to be replaced, as in 90d."),
)
"""What every command that stores a pair is told about it."""


def describing(command: _Command) -> _Command:
    """Give a command the options of DESCRIBING and of what is expected, which become an Asked."""
    return reduce(lambda made, option: option(made), reversed((*DESCRIBING, expecting)), command)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person said of a pair that is to be stored. `key_type` and `environment` are None where nothing was."""

    name: str
    key_type: KeyType | None
    environment: Environment | None
    passphrase: str | None
    any_length: bool
    verify: bool
    about: Mapping[str, str]
    expectations: Mapping[str, str]
    """As custom metadata; what is stored counts where nothing was said."""

    @classmethod
    def of(cls, name: str, **options: Any) -> Asked:
        """From the options of DESCRIBING; raises ConfigError for what could not be stored."""
        check_name(name, "credential")
        about = {what: options[what] for what in ("owner", "purpose", "account", "rotate_after")}
        if about["rotate_after"]:
            seconds(about["rotate_after"], "--rotate-after")
        for what, text in about.items():
            _check_text(text, what)
        kind, environment = options["key_type"], options["environment"]
        return cls(
            name,
            KeyType(kind.upper()) if kind else None,
            Environment(environment) if environment else None,
            options["passphrase"],
            options["any_length"],
            not options["no_verify"],
            about,
            typed(options["allow"], options["forbid"], require_ip=options["require_ip"]),
        )


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
        provision.require_kv_mount(vault, layout)
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


def _check_text(text: str, what: str) -> None:
    """Vault would refuse it only when the pair is stored already: what describes a key is written second."""
    if not text.isprintable() or len(text.encode()) > LONGEST_TEXT:
        raise ConfigError(f"--{what} must be one line of at most {LONGEST_TEXT} bytes", hint="nothing was stored")


def _secret(asked: Asked, api_secret: str | None, private_key: str | None) -> Redacted:
    if asked.key_type in {None, KeyType.HMAC}:
        text = secret_input.read(api_secret, "API secret", "--api-secret")
        return clean_token(text, "the API secret", any_length=asked.any_length)
    given = None if asked.passphrase is None else secret_input.passphrase(asked.passphrase)  # its line comes first
    pem = Redacted(secret_input.read(private_key, "private key", "--private-key", whole=True))
    return opened(pem, given, asked.key_type)


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
        note(f"the key is stored as it is; after a change at Binance: vault-binance verify {credentials.name}")
