"""What Binance's refusals mean: one table from (product, HTTP status, code) to an error of ours and what to do.

Rules of the file
- First match wins, and the last row matches everything: no answer is left without a meaning.
- Statuses that say "later" come before codes: during a ban the code may be any (reference: Binance, 17, -2015 that is
  not a key fault).
- Futures reuse numbers with other meanings (reference: Binance, 11.1): a code is looked up with its product, whose own
  rows come before those that are common to all.
- Binance's message text decides nothing. It is shown where a row alone does not say enough: in part, printable, and
  without anything long enough to be a key or a signature.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault_binance.binance.codes import futures, futures_apart, sapi, shared, spot, statuses
from vault_binance.binance.codes.row import EVERYWHERE, Outcome, Part
from vault_binance.binance.hosts import Product
from vault_binance.errors import BinanceUnavailable, ConfigError, KeyRejected, RateLimited, VaultBinanceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_binance.binance.codes.row import Row
    from vault_binance.credentials import Environment

LONGEST_TEXT = 200
"""Characters of Binance's own words that are shown."""

LONGEST_WAIT_S = 3 * 86_400
"""No ban is longer (reference: Binance, 12): a Retry-After beyond it is not believed."""

_SECRET_LIKE = re.compile(r"[A-Za-z0-9+/=_%-]{24,}")
_LARGEST_CODE = 1_000_000_000


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
    product: Product = Product.SPOT


_OWN = (*sapi.ROWS, *futures.ROWS, *futures_apart.ROWS, *spot.ROWS)

TABLE: Sequence[Row] = (
    *statuses.LIMITS,
    *shared.LIMITS,
    *statuses.FAILURES,
    *(row for row in (*_OWN, *shared.ROWS) if row.of < EVERYWHERE),
    *(row for row in shared.ROWS if row.of == EVERYWHERE),
    *statuses.OTHERS,
    statuses.LAST,
)


def part_of(refusal: Refusal) -> Part:
    """Whose codes an answer speaks: /sapi is on the spot host, and told by its path."""
    if refusal.product is Product.SPOT:
        return Part.SAPI if "/sapi/" in refusal.asked else Part.SPOT
    return Part(refusal.product.value)


def row_of(refusal: Refusal) -> Row:
    """The meaning of a refusal; total."""
    part = part_of(refusal)
    return next(row for row in TABLE if row.matches(part, refusal.status, refusal.code))


def meanings(number: int) -> Mapping[Row, tuple[Part, ...]]:
    """What a code (below zero) or an HTTP status means, and in which parts of Binance; empty if not known."""
    rows = [row for row in TABLE if _is_about(row, number)]
    found: dict[Row, tuple[Part, ...]] = {}
    for part in Part:
        for row in [row for row in rows if part in row.of][:1]:
            found[row] = (*found.get(row, ()), part)
    return found


def _is_about(row: Row, number: int) -> bool:
    return row.code == number if row.status is None else number in row.status


def explained(refusal: Refusal) -> VaultBinanceError:
    """The error to raise for a refusal; total."""
    row = row_of(refusal)
    message = f"{refusal.asked}: {row.says} ({_numbers(refusal)})"
    hint = row.hint_for(refusal.environment)
    match row.outcome:
        case Outcome.KEY:
            return KeyRejected(message, hint=hint, code=refusal.code)
        case Outcome.LIMIT:
            wait = _wait(refusal.retry_after, row.wait)
            return RateLimited(f"{message}; wait {wait:g} s", hint=hint, retry_after=wait)
        case Outcome.LATER:
            return BinanceUnavailable(message, hint=hint)
        case Outcome.PLACE:
            return _final(BinanceUnavailable(message, hint=hint))
        case Outcome.SETTING:
            return ConfigError(message, hint=hint)
        case Outcome.REQUEST | Outcome.ACCOUNT | Outcome.UNEXPECTED:
            return VaultBinanceError(f"{message}: {_own_words(refusal.text)}", hint=hint)


def _final(error: BinanceUnavailable) -> BinanceUnavailable:
    """Unavailable for good from here: the class stands for exit code 30, the instance for not trying again."""
    error.transient = False
    return error


def _numbers(refusal: Refusal) -> str:
    if not refusal.code:
        return f"HTTP {refusal.status}"
    code = str(refusal.code) if abs(refusal.code) < _LARGEST_CODE else "of absurd size"
    return f"HTTP {refusal.status}, code {code}"


def _wait(told: float | None, otherwise: float) -> float:
    return told if told is not None and 0 <= told <= LONGEST_WAIT_S else otherwise


def _own_words(text: str) -> str:
    """Binance's reason, or that there is none: a server that is not Binance's could say back what it was sent.

    A text that was cut, here or before, loses its last word too: it may be the beginning of something.
    """
    words = _SECRET_LIKE.sub("…", "".join(c for c in text[:LONGEST_TEXT] if c.isprintable()))
    shown = f"{words.rpartition(' ')[0]} …" if len(text) >= LONGEST_TEXT else words
    return shown.strip() or "no reason given"
