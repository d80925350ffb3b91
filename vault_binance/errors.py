"""Every way this package fails, as one tree.

Rules of the file
- A class exists only where a caller does something different next: retry, mend the configuration, ask, stop.
- An error carries its own exit code and hint; the command line prints them and decides nothing.
- No message is ever read by code, and none ever contains a secret value.

    VaultBinanceError            1
    ├─ ConfigError              10   nothing was sent
    │  └─ MalformedCredentials  10   nothing was sent, or nothing was handed out
    ├─ VaultUnavailable         20   transient: ask again
    ├─ PermissionDenied         21   after a fresh login, where a login is possible
    ├─ WriteConflict            22   check-and-set lost: nothing was written
    │  └─ NotOurs               22   the name belongs to somebody else: nothing was written
    ├─ SecretNotFound           23   absent, deleted or destroyed: `state` says which
    ├─ LoginRefused             24
    │  └─ WrappedTokenInvalid   24   used or expired: treat as intercepted unless its time was up
    ├─ CredentialsStale         25   transient: Vault has been away for too long
    ├─ LeaseEnded               25   `reason` says how
    ├─ UnsafeKey                12   a check found something at HIGH
    ├─ CommandFailed            126 or 127   `exec`: the command cannot be started
    ├─ BinanceUnavailable       30   transient
    │  └─ RateLimited           30   transient, `retry_after` in seconds
    ├─ KeyRejected              31   `code` is Binance's own
    └─ SigningError             32

Source of the codes: design, section 8.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    SecretState = Literal["absent", "deleted", "destroyed"]

FOUND = 12
"""No failure: a command that looks for something ends with it where it found it."""


class VaultBinanceError(Exception):
    """Base of the tree; `transient` means that the same call may succeed later, unchanged."""

    exit_code = 1
    transient = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def hint(self) -> str:
        """What to do about it."""
        return self._hint

    @hint.setter
    def hint(self, text: str) -> None:
        """A note too: a traceback, a test runner and a log with `exc_info` show it below the message."""
        self._hint = text
        self.__notes__ = [f"hint:  {text}"] if text else []

    def __reduce__(self) -> tuple[object, ...]:
        """Whole, keyword arguments included: errors come back from worker processes, and test runners copy them."""
        return _remade, (type(self), self.args, self.__dict__)


def _remade(kind: type[VaultBinanceError], args: tuple[object, ...], state: dict[str, object]) -> VaultBinanceError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigError(VaultBinanceError):
    """A setting, a name or a file is wrong; nothing was sent."""

    exit_code = 10


class MalformedCredentials(ConfigError):
    """A key or secret that Binance could not have issued, or a stored pair with a part missing."""


class VaultUnavailable(VaultBinanceError):
    """No answer, or one that says "later": 412, 429, 5xx except 501, sealed."""

    exit_code = 20
    transient = True

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after
        """Seconds Vault asked to wait, where it did."""


class PermissionDenied(VaultBinanceError):
    """403. Vault answers the same for a dead token and for a missing policy: `hint` says what was found out."""

    exit_code = 21
    path = ""
    """What was refused, as the API names it, where an operator's command asked for it; so `capabilities`."""
    capabilities: frozenset[str] = frozenset()
    """One of these would have been enough."""


class WriteConflict(VaultBinanceError):
    """Somebody else wrote first; nothing was written."""

    exit_code = 22


class NotOurs(WriteConflict):
    """An object of that name exists without our `managed_by` mark; nothing was written (design, section 6)."""


class SecretNotFound(VaultBinanceError):
    """No such secret or version; `state` tells absent, deleted and destroyed apart."""

    exit_code = 23

    def __init__(self, message: str, *, hint: str = "", state: SecretState = "absent", version: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.state = state
        self.version = version
        """Of what was deleted or destroyed, 0 where nothing was ever there: what a check-and-set is based on."""


class LoginRefused(VaultBinanceError):
    """Vault did not accept this identity: RoleID, SecretID, address, or a disabled entity."""

    exit_code = 24


class WrappedTokenInvalid(LoginRefused):
    """The wrapping token was used, has expired, or wraps something else than was promised."""


class CredentialsStale(VaultBinanceError):
    """There are no credentials, or they are older than the bot may use: Vault cannot be reached (design, section 5)."""

    exit_code = 25
    transient = True


class LeaseEnded(VaultBinanceError):
    """A lease that cannot be kept, or that gives nothing any more; the error behind it, if any, is its cause."""

    exit_code = 25

    def __init__(self, message: str, *, hint: str = "", reason: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        """One word for a machine: refused, closed, failed, not-renewable."""


class UnsafeKey(VaultBinanceError):
    """Binance takes the key, and a check found something at HIGH: nothing was started with it."""

    exit_code = FOUND


class CommandFailed(VaultBinanceError):
    """`exec` could not start the command: 127 not found, 126 not executable (POSIX shells' convention)."""

    def __init__(self, message: str, *, hint: str = "", exit_code: int) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


class BinanceUnavailable(VaultBinanceError):
    """Binance did not answer, or answered 5xx: the fate of a request with effects is unknown."""

    exit_code = 30
    transient = True
    status = 0
    """HTTP's, where there was an answer."""
    maintenance = False
    """Binance says so itself."""


class RateLimited(BinanceUnavailable):
    """429 or 418; `retry_after` in seconds, from the header of the same name."""

    def __init__(self, message: str, *, hint: str = "", retry_after: float) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class KeyRejected(VaultBinanceError):
    """Binance refused this key or its signature; `code` is Binance's own, such as -2015."""

    exit_code = 31
    seen_from = ""
    """The address that Binance sees, where it said so: futures alone do."""

    def __init__(self, message: str, *, hint: str = "", code: int) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class SigningError(VaultBinanceError):
    """The secret cannot sign: an unreadable PEM, a key of another type than stored."""

    exit_code = 32
