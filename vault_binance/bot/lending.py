"""A credential lent for the length of a `with` block: log in, read once, give the token back.

Rules of the file
- Key and secret come from one read. A token that we made is revoked on every way out; one handed in never is.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import inf

from vault_binance.bot.diagnosis import denied
from vault_binance.bot.identities import token_for
from vault_binance.credentials import Credentials
from vault_binance.errors import ConfigError, PermissionDenied, SecretNotFound, VaultBinanceError
from vault_binance.vault.again import until
from vault_binance.vault.port import KvPath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vault_binance.bot.identities import Identity
    from vault_binance.errors import VaultUnavailable
    from vault_binance.layout import Layout
    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import BotVault, Secret

_SETTLE = 0.2
"""Seconds before the one second try of a read with a fresh token: standby nodes may not know it yet (reference: Vault,
6.2)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to lend: a credential by name, or any path of an existing Vault; `version` None is the latest."""

    layout: Layout
    name: str
    path: str = ""
    version: int | None = None

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.name or self.path


class Loan:
    """A credential for as long as its token lives. `about` is its custom metadata: what the team wants of the key.

    `bot` is who leaves reports, empty for a token that is nobody's. No dataclass: that would cost every start.
    """

    def __init__(self, secret: Secret, vault: BotVault, token: Redacted, request: Request, bot: str) -> None:
        self.credentials = Credentials.from_fields(request.label, secret.fields, version=secret.version)
        self.about, self.bot = secret.custom_metadata, bot
        self._vault, self._token, self._layout = vault, token, request.layout

    def last_report(self) -> Mapping[str, str]:
        """What this bot found out before; empty where there is none. Raises VaultUnavailable."""
        from vault_binance.bot.reports import last  # a start that verifies nothing does not pay for it

        return last(self._vault, self._token, self._layout.report_path(self.bot)) if self.bot else {}

    def report(self, fields: Mapping[str, str], warn: Callable[[str], None]) -> None:
        """Leave findings where operators see them; `warn` is told why that could not be done."""
        from vault_binance.bot.reports import leave

        if self.bot:
            leave(self._vault, self._token, self._layout.report_path(self.bot), fields, warn=warn)


@contextmanager
def lend(
    vault: BotVault,
    identity: Identity,
    request: Request,
    *,
    warn: Callable[[str], None],
    wait: float = 0.0,
    bot: str = "",
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Loan]:
    """Yield the loan; afterwards the token made for it is revoked. `warn` is told of a refused revocation, and once
    that Vault is away and waited for. `bot` is whose reports these are.

    `wait`: seconds to try for it while Vault is away; what cannot go away by waiting is raised at once.
    """
    read = partial(_read_fresh, sleep=sleep) if identity.ours else _read
    deadline, away = clock() + wait, _told_once(warn, wait)
    token = until(deadline, partial(token_for, vault, identity), sleep, clock, away)
    try:
        secret = until(deadline, partial(read, vault, token, request), sleep, clock, away)
        yield Loan(secret, vault, token, request, bot)
    finally:
        if identity.ours:
            _give_back(vault, token, warn)


def _told_once(warn: Callable[[str], None], wait: float) -> Callable[[VaultUnavailable], None]:
    """For what may happen many times while one credential is waited for."""
    told: list[VaultUnavailable] = []

    def away(error: VaultUnavailable) -> None:
        if not told:
            warn(f"Vault is away, waiting {_span(wait)}: {error.message}")
        told.append(error)

    return away


def _span(seconds: float) -> str:
    """As it is written for --wait."""
    if seconds == inf:
        return "for as long as it takes"
    size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0 or size == 1)
    return f"for up to {seconds / size:g}{unit}"


_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def _read_fresh(vault: BotVault, token: Redacted, request: Request, sleep: Callable[[float], None]) -> Secret:
    """Read with a token so young that the node asked may not know it yet: one more try before it is believed."""
    try:
        return vault.read(token, located(vault, token, request), version=request.version)
    except SecretNotFound as error:
        if error.state != "absent":
            raise
    except PermissionDenied:
        pass
    sleep(_SETTLE)
    return _read(vault, token, request)


def _read(vault: BotVault, token: Redacted, request: Request) -> Secret:
    path = located(vault, token, request)
    try:
        return vault.read(token, path, version=request.version)
    except PermissionDenied:
        raise denied(vault, token, path.data, request.name, request.layout) from None


def located(vault: BotVault, token: Redacted, request: Request) -> KvPath:
    """Where it is read; Vault is asked only about a path of an existing Vault."""
    if not request.path:
        return KvPath(request.layout.credential_path(request.name))
    path = vault.locate(token, request.path.strip("/"))
    if request.version is not None and path.kv_version != 2:
        raise ConfigError(
            f"version {request.version} of {path.data}: only KV v2 keeps versions", hint="leave the version out"
        )
    return path


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
