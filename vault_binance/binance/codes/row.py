"""One meaning of one answer of Binance's, as a value: what it says, why, what to do, and what became of the request.

Rules of the file
- A sentence stands in the row and nowhere else: errors, `vault-binance explain` and the codes page draw theirs from it.
- Causes are those that were seen, likeliest first; Binance's own texts are not copied.
- A row says whether asking again can help, and whether a request with effects may have been carried out.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import Enum, StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from vault_binance.credentials import Environment

WIDTH = 110
"""Columns of a hint."""


class Part(StrEnum):
    """A part of Binance whose codes have meanings of their own (reference: Binance, 11.1)."""

    SPOT = "spot"
    SAPI = "sapi"
    USDS = "usds-futures"
    COIN = "coin-futures"


EVERYWHERE = frozenset(Part)
SPOT_AND_SAPI = frozenset({Part.SPOT, Part.SAPI})
FUTURES = frozenset({Part.USDS, Part.COIN})


class Outcome(Enum):
    """What the caller does next; the value says whether trying again helps."""

    KEY = "no: not before the key, or what uses it, is put right"
    LIMIT = "yes, after the wait that is told; asking earlier makes it longer"
    LATER = "yes, after a pause, and a longer one each time"
    PLACE = "no: not from this address"
    SETTING = "no: not before the setting is mended"
    REQUEST = "no: the same request gets the same answer"
    ACCOUNT = "no: not before the account is put right at Binance"
    UNEXPECTED = "not known"


class Fate(Enum):
    """What became of a request with effects: an order, a transfer, a withdrawal."""

    NOT_DONE = "no: it was refused"
    UNKNOWN = "not known: look at orders and balances before sending it again"
    PARTLY = "in part: look at the orders before sending anything again"
    ALREADY = "there was nothing to do: it is as asked for"


_LOOK_FIRST = "not before you have looked"
_AGAIN = {
    (Fate.UNKNOWN, True): f"reading: yes, after a pause. With effects: {_LOOK_FIRST}",
    (Fate.UNKNOWN, False): _LOOK_FIRST,
    (Fate.PARTLY, False): _LOOK_FIRST,
    (Fate.ALREADY, False): "there is no need to",
}


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One meaning, which is itself and no copy. A status or code left out matches any."""

    outcome: Outcome
    code: int | None
    name: str
    """Binance's name for a code, or what HTTP calls a status."""
    says: str
    causes: tuple[str, ...]
    todo: str
    of: frozenset[Part] = EVERYWHERE
    fate: Fate = Fate.NOT_DONE
    status: Container[int] | None = None
    statuses: str = ""
    """The statuses as they are written: 429, 5xx."""
    wait: float = 0
    """Seconds to wait where Retry-After is missing."""
    again: str = ""
    """Where it is neither what the outcome says nor what the fate does."""
    tells_environment: bool = False
    """Whether the hint is of more use with the environment that the key is stored as."""

    @property
    def transient(self) -> bool:
        return self.outcome in {Outcome.LIMIT, Outcome.LATER}

    @property
    def try_again(self) -> str:
        """Whether sending it again can help: what became of it comes before what the answer says."""
        return self.again or _AGAIN.get((self.fate, self.transient)) or self.outcome.value

    @property
    def hint(self) -> str:
        return self.hint_for(None)

    def hint_for(self, environment: Environment | None) -> str:
        """Causes, then what to do, in lines of WIDTH."""
        stored = f". This credential is stored as {environment}" if environment and self.tells_environment else ""
        causes = f"likely: {'; '.join(self.causes)}"
        return "\n".join(line for text in (causes, self.todo + stored) for line in textwrap.wrap(text, WIDTH))

    def matches(self, part: Part, status: int, code: int) -> bool:
        return (
            part in self.of
            and (self.code is None or self.code == code)
            and (self.status is None or status in self.status)
        )
