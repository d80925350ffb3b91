"""The only wiring: settings become doors, doors become services. Nothing else knows both a door and a service."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from vault_binance.bot.identities import identity_from
from vault_binance.bot.lending import Loan, Request, lend
from vault_binance.config import BotSettings, Config, layout_from
from vault_binance.errors import ConfigError, PermissionDenied
from vault_binance.redacted import Hidden
from vault_binance.variables import variable
from vault_binance.vault.http import HttpVault
from vault_binance.vault.wire import Wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from vault_binance.binance.api import BinanceApi
    from vault_binance.binance.hosts import Product
    from vault_binance.credentials import Credentials, Environment, KeyType
    from vault_binance.health.drift import Observation
    from vault_binance.health.expectations import Expectations
    from vault_binance.layout import Layout
    from vault_binance.ops.verify import Verification
    from vault_binance.redacted import Redacted
    from vault_binance.vault.login_port import LoginVault, Returns
    from vault_binance.vault.operator_port import Certificate, OperatorVault
    from vault_binance.vault.port import Health


@contextmanager
def borrow(
    name: str = "",
    *,
    path: str = "",
    version: int | None = None,
    environ: Mapping[str, str] | None = None,
    wait: float | None = None,
    warn: Callable[[str], None] | None = None,
) -> Iterator[Credentials]:
    """Borrow a credential for the length of the block; settings come from the environment, as on the command line.

    `name` defaults to VAULT_BINANCE_CREDENTIAL; `path` reads mount/any/path of an existing Vault instead. The token is
    revoked when the block ends. `wait`, seconds to try for while Vault is away, replaces VAULT_BINANCE_WAIT. Raises the
    errors of vault_binance.errors; `transient` says which may go away.
    """
    environ = unshown(environ)
    with borrowed(name, path=path, version=version, environ=environ, wait=wait, warn=warn) as loan:
        yield loan.credentials


@contextmanager
def borrowed(
    name: str = "",
    *,
    path: str = "",
    version: int | None = None,
    environ: Mapping[str, str] | None = None,
    wait: float | None = None,
    warn: Callable[[str], None] | None = None,
) -> Iterator[Loan]:
    """As `borrow`, with what the team wants of the key and a place for what is found out about it."""
    environ = unshown(environ)
    settings, config = BotSettings.from_environment(environ), Config.from_environment(environ)
    request = request_for(settings, name, path, version)
    identity = identity_from(settings, config)
    wire = Wire(config)
    vault = HttpVault(wire, max_retries=config.max_retries)
    try:
        wait = settings.wait if wait is None else wait
        with lend(vault, identity, request, warn=warn or _log, wait=wait, bot=settings.bot) as loan:
            yield loan
    finally:
        wire.close()


def request_for(settings: BotSettings, name: str, path: str, version: int | None = None) -> Request:
    """What is to be lent. Raises ConfigError for a bad name, before anything is sent."""
    if name and path:
        raise ConfigError(f"the credential {name!a} and the path {path!a}: which of the two?", hint="give one of them")
    name = name or ("" if path else settings.credential)
    if not name and not path:
        raise ConfigError("which credential?", hint="name it, or set VAULT_BINANCE_CREDENTIAL")
    if name:
        settings.layout.credential(name)
    return Request(settings.layout, name, path, version)


@contextmanager
def operator(environ: Mapping[str, str] | None = None) -> Iterator[tuple[OperatorVault, Layout]]:
    """The operators' door and the instance's layout; raises ConfigError where there is no token."""
    from vault_binance.vault.admin import HvacVault

    environ = unshown(environ)
    layout, config = layout_from(environ), Config.from_environment(environ)
    token = config.needed_token()
    wire = Wire(config)
    try:
        yield HvacVault(wire, token, max_retries=config.max_retries), layout
    except PermissionDenied as error:
        from vault_binance.ops.roles import advised

        raise advised(error, layout) from None
    finally:
        wire.close()


@contextmanager
def login_door(environ: Mapping[str, str] | None = None) -> Iterator[LoginVault]:
    """The door through which people log in; no token is needed, and one that is set is not sent."""
    from vault_binance.vault.logins import PeopleVault

    wire = Wire(Config.from_environment(unshown(environ)))
    try:
        yield PeopleVault(wire)
    finally:
        wire.close()


def loopback(port: int) -> AbstractContextManager[Returns]:
    """Where a browser comes back to; see vault_binance.vault.callback."""
    from vault_binance.vault.callback import listening

    return listening(port)


def health(environ: Mapping[str, str] | None = None) -> Health:
    """How Vault is, for which no token is needed; one that is sealed says so too."""
    config = Config.from_environment(unshown(environ))
    wire = Wire(config)
    try:
        return HttpVault(wire, max_retries=config.max_retries).health()
    finally:
        wire.close()


def verified(
    credentials: Credentials,
    environ: Mapping[str, str] | None = None,
    *,
    expectations: Expectations | None = None,
    before: Observation | None = None,
    product: Product | None = None,
) -> Verification:
    """Ask Binance about a key, from here; see vault_binance.ops.verify. A refused key is a verdict, not an error.

    The variables of `hosts.OVERRIDES`, such as VAULT_BINANCE_BINANCE_URL, replace Binance's addresses; with one of them
    the key is shown to no other environment, and to futures only as `BinanceApi.reaches` says.
    """
    from vault_binance.binance.api import BinanceApi
    from vault_binance.binance.hosts import OVERRIDES, Product
    from vault_binance.binance.signer import now_ms
    from vault_binance.health.expectations import Expectations
    from vault_binance.ops.verify import verify

    environ, product = unshown(environ), product or Product.SPOT
    urls = {one: variable(environ, name) for one, name in OVERRIDES.items()}
    with BinanceApi(credentials, urls=urls) as binance:
        if product is not Product.SPOT and not binance.reaches(product):
            raise ConfigError(
                f"{OVERRIDES[Product.SPOT]} replaces the address of spot alone: this key is not shown to {product}",
                hint=f"set {OVERRIDES[product]} too",
            )
        return verify(
            binance,
            credentials,
            expectations or Expectations(),
            now_ms,
            product=product,
            before=before,
            elsewhere=None if any(urls.values()) else partial(_elsewhere, credentials),
        )


def _elsewhere(credentials: Credentials, environment: Environment) -> BinanceApi:
    """The same pair at another of Binance's environments, to find out where it belongs."""
    from vault_binance.binance.api import BinanceApi

    return BinanceApi(replace(credentials, environment=environment))


def checked_private_key(pem: Redacted, passphrase: Redacted | None, key_type: KeyType) -> Redacted:
    """The PEM, opened, if it is a private key of this type that can sign; see vault_binance.binance.new_keys."""
    from vault_binance.binance.new_keys import ready

    return ready(pem, passphrase, key_type)


def is_encrypted(pem: Redacted) -> bool:
    """Whether a private key has a passphrase; see vault_binance.binance.new_keys."""
    from vault_binance.binance.new_keys import is_encrypted

    return is_encrypted(pem)


def new_private_key(key_type: KeyType, *, bits: int) -> Redacted:
    """A private key that nobody has seen; see vault_binance.binance.new_keys."""
    from vault_binance.binance.new_keys import new_private_key

    return new_private_key(key_type, bits=bits)


def public_key(private_key: Redacted) -> tuple[str, int]:
    """The public half in PEM, and its bits; see vault_binance.binance.new_keys."""
    from vault_binance.binance.new_keys import public_key

    return public_key(private_key)


def new_certificate(common_name: str, *, days: int, now: datetime) -> tuple[Redacted, Certificate]:
    """A key and the certificate that goes with it; see vault_binance.vault.certificates."""
    from vault_binance.vault import certificates

    return certificates.new_certificate(common_name, days=days, now=now)


def read_certificate(text: str) -> Certificate:
    """The certificate in a PEM text, if it is one to be pinned; see vault_binance.vault.certificates."""
    from vault_binance.vault import certificates

    return certificates.read_certificate(text)


def unshown(environ: Mapping[str, str] | None) -> Mapping[str, str]:
    """These settings, or the process's own, out of sight of a traceback that shows variables, and of a signature that
    shows defaults: they may hold a SecretID or a token.
    """
    return Hidden(os.environ if environ is None else environ)  # type: ignore[return-value]  # of texts


def _log(text: str) -> None:
    import logging

    logging.getLogger("vault_binance").warning(text)
