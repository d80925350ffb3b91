"""Logging in again and again, for as long as a bot runs: who it is, is asked anew each time.

Rules of the file
- What stands in a file is read at each login, so that what an operator or an agent replaces there is used from then on.
- A wrapping token is opened once; its SecretID is kept in memory for the logins after it, until another one is there.
- A file that is gone or half written does not end a bot that has logged in before: it stays who it was. So does one
  whose new proof is refused, for as long as the old one is good.
"""

from __future__ import annotations

from vault_binance.bot.identities import AppRole, Token
from vault_binance.errors import ConfigError, LoginRefused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_binance.bot.identities import Identity
    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import BotVault, Lease


class Logins:
    """Each call logs in; not for use by two threads at once."""

    def __init__(self, who: Callable[[], Identity]) -> None:
        """`who` reads the settings and says who this process is; it may raise ConfigError."""
        self._who = who
        self._last: Identity | None = None
        self._good: Identity | None = None
        self._wrapping: Redacted | None = None
        self._plain: AppRole | None = None

    def __call__(self, vault: BotVault) -> tuple[Lease, Identity]:
        """A lease, and whose it is: `.ours` says whether its token is to be revoked at the end.

        Raises what a login raises, and ConfigError where nobody could be asked who this is, not even before.
        """
        self._last = asked = self._asked()
        identity = None
        try:
            identity = self._unwrapped(vault, asked)
            return self._logged_in(vault, identity)
        except LoginRefused:
            if self._good is None or self._good == identity:
                raise
            return self._logged_in(vault, self._good)

    def _logged_in(self, vault: BotVault, identity: Identity) -> tuple[Lease, Identity]:
        lease = identity.log_in(vault)
        self._good = identity
        return lease, identity

    def changed(self) -> bool:
        """Whether the file of the token in use holds another one by now: log in, before the old one ends.

        Reads a file and asks nobody; always False for an identity whose tokens we make.
        """
        last = self._last
        if not (isinstance(last, Token) and last.kept_alive):
            return False
        now = self._asked()
        return not isinstance(now, Token) or now.token != last.token

    def _asked(self) -> Identity:
        try:
            return self._who()
        except ConfigError:
            if self._last is None:
                raise
            return self._last

    def _unwrapped(self, vault: BotVault, identity: Identity) -> Identity:
        if not (isinstance(identity, AppRole) and identity.wrapped):
            return identity
        if self._plain is None or self._wrapping != identity.secret_id:
            self._plain = AppRole(identity.mount, identity.role_id, identity.opened(vault))
            self._wrapping = identity.secret_id
        return self._plain
