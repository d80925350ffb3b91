"""How much may be asked: weight by address and minute, orders by account, and what follows too much of it.

Rules of the file
- Counting is always on, for the headers; refusing is `Limits.enforced` (reference: Binance, 11.2 and 12).
- Documented: 429 with Retry-After, then 418 and a ban of at least two minutes for an address that goes on. After how
  many 429 is not: here it is `Limits.patience`. `/sapi` answers 429 always.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vault_binance.testing.emulator.account import Family

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.testing.emulator.account import Account

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
SHORTEST_BAN_MS = 2 * MINUTE_MS
WEIGHT_A_MINUTE = {Family.API: 6000, Family.SAPI: 12_000, Family.FAPI: 2400, Family.DAPI: 2400}
ORDERS = {
    Family.API: (("10S", 10_000, 100), ("1D", DAY_MS, 200_000)),
    Family.FAPI: (("10S", 10_000, 300), ("1M", MINUTE_MS, 1200)),
    Family.DAPI: (("1M", MINUTE_MS, 1200),),
}
"""By API: the interval's name in a header, its length, and how many new orders an account may place in it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`weight` replaces Binance's limits by API ("api", "sapi", "fapi", "dapi"); what is not named keeps its own."""

    enforced: bool = False
    weight: Mapping[str, int] = field(default_factory=dict)
    patience: int = 3
    ban_ms: int = SHORTEST_BAN_MS

    def of(self, family: Family) -> int:
        """Weight a minute for one address."""
        return self.weight.get(family, WEIGHT_A_MINUTE[family])


@dataclass(frozen=True, slots=True)
class Weights:
    """Weight spent in one minute, by API and by who pays, an address or an account; and how refusals were heeded."""

    minute: int = 0
    spent: Mapping[tuple[Family, str], int] = field(default_factory=dict)
    refusals: Mapping[str, int] = field(default_factory=dict)
    banned_until_ms: Mapping[str, int] = field(default_factory=dict)

    def used(self, family: Family, payer: str, now_ms: int) -> int:
        return self.spent.get((family, payer), 0) if self.minute == now_ms // MINUTE_MS else 0

    def plus(self, family: Family, payer: str, weight: int, now_ms: int) -> Weights:
        minute = now_ms // MINUTE_MS
        same = self.minute == minute
        spent = {**(self.spent if same else {}), (family, payer): self.used(family, payer, now_ms) + weight}
        return replace(self, minute=minute, spent=spent, refusals=self.refusals if same else {})

    def banned(self, source: str, now_ms: int) -> bool:
        return now_ms < self.banned_until_ms.get(source, 0)

    def banning(self, source: str, until_ms: int) -> Weights:
        return replace(self, banned_until_ms={**self.banned_until_ms, source: until_ms}, refusals={})

    def refusing(self, source: str) -> Weights:
        return replace(self, refusals={**self.refusals, source: self.refusals.get(source, 0) + 1})


def order_counts(account: Account, family: Family, now_ms: int) -> list[tuple[str, int, int]]:
    """By interval: its name, the orders that the account placed in it, and how many it may."""
    placed = account.orders_of(family)
    return [
        (name, sum(each.time_ms // length == now_ms // length for each in placed), limit)
        for name, length, limit in ORDERS.get(family, ())
    ]
