"""What Binance's refusals mean: one table from (HTTP status, Binance code) to an error of ours and what to do.

Rules of the file
- First match wins, and the last row matches everything: no answer is left without a meaning.
- Statuses that say "later" come before codes: during a ban the code may be any (reference: Binance, 17, -2015 that is
  not a key fault).
- Binance's message text decides nothing. It is shown only where the table knows no better.
- Spot and /sapi only: futures use some of the numbers with other meanings (reference: Binance, 11.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vault_binance.errors import BinanceUnavailable, ConfigError, KeyRejected, RateLimited, VaultBinanceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from vault_binance.credentials import Environment


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is not a success: `code` is 0 and `text` empty where the body was not Binance's JSON."""

    status: int
    code: int
    text: str
    retry_after: float | None
    """Seconds, where the header of that name said so."""
    asked: str
    """What was asked for: method and path, never the query."""
    environment: Environment


class Outcome(Enum):
    """What the caller does next."""

    KEY = "ask the operator about the key"
    LIMIT = "wait as long as told"
    LATER = "ask again"
    PLACE = "ask from elsewhere; asking again is of no use"
    SETTING = "mend the configuration"
    UNEXPECTED = "report it"


@dataclass(frozen=True, slots=True)
class Row:
    """One meaning. `hint` may name {environment}; a status or code left out matches any."""

    outcome: Outcome
    says: str
    hint: str = ""
    code: int | None = None
    status: Container[int] | None = None
    wait: float = 0
    """Seconds to wait where Retry-After is missing."""

    def matches(self, refusal: Refusal) -> bool:
        return (self.code is None or self.code == refusal.code) and (
            self.status is None or refusal.status in self.status
        )


_LIMIT_WAIT = 60.0  # limits are counted per minute (reference: Binance, 12)
_BAN_WAIT = 120.0  # bans last from 2 minutes to 3 days (reference: Binance, 12)

_SHARED = "limits are counted per address: every bot behind this one shares them. Asking before then makes it worse"

TABLE = (
    Row(
        Outcome.LIMIT,
        "this address is banned for sending too much",
        _SHARED,
        status={418},
        wait=_BAN_WAIT,
    ),
    Row(Outcome.LIMIT, "too many requests from this address", _SHARED, status={429}, wait=_LIMIT_WAIT),
    Row(Outcome.LIMIT, "too many requests from this address", _SHARED, code=-1003, wait=_LIMIT_WAIT),
    Row(Outcome.LIMIT, "too many orders", _SHARED, code=-1015, wait=_LIMIT_WAIT),
    Row(
        Outcome.LATER,
        "Binance failed",
        "a request with effects may have been carried out all the same: look before asking again",
        status=range(500, 600),
    ),
    Row(
        Outcome.LATER,
        "Binance's own back end did not answer in time",
        "a request with effects may have been carried out all the same: look before asking again",
        code=-1007,
    ),
    Row(
        Outcome.KEY,
        "the API key is malformed",
        "white space, quotes or an empty value, most often out of a shell or an .env file.\n"
        "copy it again from Binance, and store it: vault-binance key put",
        code=-2014,
    ),
    Row(
        Outcome.KEY,
        "the API key, this address or a permission is refused; Binance does not say which",
        "one of: the key was deleted; this address is not on its list; it lacks a permission, reading included;\n"
        "this address is banned for a while. Look at the key at Binance before changing anything: one such answer\n"
        "is no proof that the key is gone",
        code=-2015,
    ),
    Row(
        Outcome.KEY,
        "Binance does not know this API key",
        "it was deleted, or belongs to another environment: it is stored as {environment}.\n"
        "keys without IP restriction are deleted by Binance",
        code=-2008,
    ),
    Row(
        Outcome.KEY,
        "the signature is not valid",
        "the stored secret does not belong to this API key, or the stored key type is wrong.\n"
        "store the pair again, both parts from the same key: vault-binance key put",
        code=-1022,
    ),
    Row(
        Outcome.KEY,
        "this clock and Binance's differ too much",
        "more than 1 s ahead or 5 s behind is refused. The key itself may be sound: set the clock by NTP\n"
        "(containers on a desktop drift after sleep), then ask again",
        code=-1021,
    ),
    Row(
        Outcome.KEY,
        "the key is not authorized for this request",
        "it lacks a permission: look at the key at Binance",
        code=-1002,
    ),
    Row(
        Outcome.PLACE,
        "Binance does not serve this location",
        "the address of this machine is in a restricted country; many clouds and CI machines are. Run where the\n"
        "bot runs, or test against the emulator: vault-binance testing emulator",
        status={451},
    ),
    Row(
        Outcome.PLACE,
        "Binance's firewall refused the request",
        "it judges the address and the text of the request, not the key. Is a proxy or a VPN in between?",
        status={403},
    ),
    Row(
        Outcome.SETTING,
        "there is no such endpoint",
        "is the base URL right? The testnet has no /sapi. This credential is stored as {environment}",
        status={404},
    ),
    Row(
        Outcome.SETTING,
        "this is not Binance's API: it redirects",
        "is the base URL right? This credential is stored as {environment}",
        status=range(300, 400),
    ),
    Row(Outcome.UNEXPECTED, "Binance refused the request"),
)


def explained(refusal: Refusal) -> VaultBinanceError:
    """The error to raise for a refusal; total."""
    row = next(row for row in TABLE if row.matches(refusal))
    message = f"{refusal.asked}: {row.says} ({_numbers(refusal)})"
    hint = row.hint.format(environment=refusal.environment)
    match row.outcome:
        case Outcome.KEY:
            return KeyRejected(message, hint=hint, code=refusal.code)
        case Outcome.LIMIT:
            wait = row.wait if refusal.retry_after is None else refusal.retry_after
            return RateLimited(f"{message}; wait {wait:g} s", hint=hint, retry_after=wait)
        case Outcome.LATER:
            return BinanceUnavailable(message, hint=hint)
        case Outcome.PLACE:
            return _final(BinanceUnavailable(message, hint=hint))
        case Outcome.SETTING:
            return ConfigError(message, hint=hint)
        case Outcome.UNEXPECTED:
            return VaultBinanceError(f"{message}: {refusal.text or 'no reason given'}")


def _final(error: BinanceUnavailable) -> BinanceUnavailable:
    """Unavailable for good from here: the class stands for exit code 30, the instance for not trying again."""
    error.transient = False
    return error


def _numbers(refusal: Refusal) -> str:
    return f"HTTP {refusal.status}, code {refusal.code}" if refusal.code else f"HTTP {refusal.status}"
