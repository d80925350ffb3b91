"""A credential lent for the length of a `with` block: log in, read once, give the token back.

Rules of the file
- Key and secret come from one read. A token that we made is revoked on every way out; one handed in never is.
- A wrapped SecretID is opened only if its creation path is exactly the one of this bot's role: anything else may have
  been opened and wrapped again by somebody on the way (reference: Vault, 2.2).
- The SecretID is kept in memory and nowhere else.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass

from vault_binance.bot.diagnosis import denied
from vault_binance.credentials import Credentials
from vault_binance.errors import ConfigError, PermissionDenied, SecretNotFound, VaultBinanceError, WrappedTokenInvalid
from vault_binance.vault.port import KvPath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_binance.config import BotSettings, Config
    from vault_binance.layout import Layout
    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import BotVault, Secret

_SETTLE = 0.2
"""Seconds before the one second try of a read with a fresh token: standby nodes may not know it yet (reference: Vault,
6.2)."""


@dataclass(frozen=True, slots=True)
class AppRole:
    """RoleID and SecretID; with `wrapped` the SecretID is still inside its wrapping token."""

    mount: str
    role_id: Redacted
    secret_id: Redacted
    creation_path: str = ""

    @property
    def wrapped(self) -> bool:
        return bool(self.creation_path)


@dataclass(frozen=True, slots=True)
class ExistingToken:
    """A token from outside: used, never renewed, never revoked."""

    token: Redacted


Identity = AppRole | ExistingToken


@dataclass(frozen=True, slots=True)
class Request:
    """What to lend: a credential by name, or any path of an existing Vault; `version` None is the latest."""

    layout: Layout
    name: str
    path: str = ""
    version: int | None = None


def identity_from(settings: BotSettings, config: Config) -> Identity:
    """Who this process is. A bot's own identity goes before a token that happens to lie about."""
    from vault_binance.redacted import Redacted

    layout = settings.layout
    if settings.role_id and settings.wrapped_secret_id:
        if not settings.bot:
            raise ConfigError("VAULT_BINANCE_BOT is not set: whose wrapped SecretID is this?", hint=_WHO)
        path = layout.secret_id_path(settings.bot)
        return AppRole(layout.approle_mount, Redacted(settings.role_id), settings.wrapped_secret_id, path)
    if settings.role_id and settings.secret_id:
        return AppRole(layout.approle_mount, Redacted(settings.role_id), settings.secret_id)
    if settings.role_id or settings.secret_id or settings.wrapped_secret_id:
        missing = "a SecretID" if settings.role_id else "VAULT_BINANCE_ROLE_ID"
        raise ConfigError(f"half an identity: {missing} is not set", hint=_WHO)
    if config.token is None:
        raise ConfigError("nobody to log in as: no RoleID, no token", hint=_WHO)
    return ExistingToken(config.token)


_WHO = (
    "a bot needs VAULT_BINANCE_BOT, VAULT_BINANCE_ROLE_ID and VAULT_BINANCE_WRAPPED_SECRET_ID, "
    "each also as NAME_FILE; anybody else VAULT_TOKEN"
)


@contextmanager
def lend(
    vault: BotVault,
    identity: Identity,
    request: Request,
    *,
    warn: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Credentials]:
    """Yield the credential; afterwards the token made for it is revoked. A refused revocation is told to `warn`."""
    token, ours = token_for(vault, identity)
    try:
        secret = _read_fresh(vault, token, request, sleep) if ours else _read(vault, token, request)
        yield Credentials.from_fields(request.name or request.path, secret.fields, version=secret.version)
    finally:
        if ours:
            _give_back(vault, token, warn)


def token_for(vault: BotVault, identity: Identity) -> tuple[Redacted, bool]:
    """A token, and whether it was made for us and is ours to revoke."""
    if isinstance(identity, ExistingToken):
        return identity.token, False
    secret_id = _unwrapped(vault, identity) if identity.wrapped else identity.secret_id
    return vault.log_in(identity.mount, identity.role_id, secret_id).token, True


def _unwrapped(vault: BotVault, identity: AppRole) -> Redacted:
    info = vault.wrapping_info(identity.secret_id)
    if info.creation_path != identity.creation_path:
        raise WrappedTokenInvalid(
            f"the wrapping token was made at {info.creation_path!a}, not at {identity.creation_path!a}: not opened",
            hint="somebody may have opened the SecretID and wrapped it again, or it belongs to another bot. "
            "If VAULT_BINANCE_BOT is right, treat it as intercepted: vault-binance bot revoke <bot>",
        )
    return vault.unwrap_secret_id(identity.secret_id)


def _read_fresh(vault: BotVault, token: Redacted, request: Request, sleep: Callable[[float], None]) -> Secret:
    """Read with a token so young that the node asked may not know it yet: one more try before it is believed."""
    try:
        return vault.read(token, _located(vault, token, request), version=request.version)
    except SecretNotFound as error:
        if error.state != "absent":
            raise
    except PermissionDenied:
        pass
    sleep(_SETTLE)
    return _read(vault, token, request)


def _read(vault: BotVault, token: Redacted, request: Request) -> Secret:
    path = _located(vault, token, request)
    try:
        return vault.read(token, path, version=request.version)
    except PermissionDenied:
        raise denied(vault, token, path.data, request.name, request.layout) from None


def _located(vault: BotVault, token: Redacted, request: Request) -> KvPath:
    if not request.path:
        return KvPath(request.layout.credential_path(request.name))
    return vault.locate(token, request.path.strip("/"))


def _give_back(vault: BotVault, token: Redacted, warn: Callable[[str], None]) -> None:
    try:
        vault.revoke(token)
    except PermissionDenied:
        if _is_alive(vault, token):
            warn(
                "the token could not be given back: no policy of it grants auth/token/revoke-self; it lives for its TTL"
            )
    except VaultBinanceError as error:
        warn(f"the token could not be revoked and ends by itself within its TTL: {error.message}")


def _is_alive(vault: BotVault, token: Redacted) -> bool:
    """A 403 at a revocation is the rule where the token has ended: its uses were spent, or an operator was quicker."""
    try:
        vault.token_info(token)
    except VaultBinanceError:
        return False
    return True
