"""What the rest of the house knows of Binance: plain values, and the calls that judge a key.

Rules of the file
- Nothing here is shaped like httpx or JSON.
- Times are milliseconds since 1970, as Binance counts them.
- A client is made for one credential; asking it never shows a secret.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault_binance.binance.hosts import Product
from vault_binance.health.values import Restrictions, TradingStatus

__all__ = ["Account", "Binance", "Product", "Restrictions", "ServerTime", "TradingStatus"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object


@dataclass(frozen=True, slots=True)
class ServerTime:
    """Binance's clock, read once; it was right at some moment between sending and receiving."""

    server_ms: int
    sent_ms: int
    received_ms: int

    @property
    def skew_ms(self) -> int:
        """How far our clock is ahead of Binance's, wrong by at most half of the round trip; negative when behind."""
        return (self.sent_ms + self.received_ms) // 2 - self.server_ms

    @property
    def round_trip_ms(self) -> int:
        return self.received_ms - self.sent_ms


@dataclass(frozen=True, slots=True)
class Account:
    """What /api/v3/account says of the account. It says nothing of the key's permissions: those are Restrictions."""

    can_trade: bool | None = None
    can_withdraw: bool | None = None
    account_type: str = ""
    uid: int | None = None


class Binance(Protocol):
    """The questions about one key, all of them reads. Each raises errors of vault_binance.errors and nothing else."""

    def server_time(self, product: Product = Product.SPOT) -> ServerTime: ...

    def restrictions(self) -> Restrictions | None:
        """None where this environment has no such endpoint: the testnet has no /sapi."""

    def account(self) -> Account: ...

    def account_status(self) -> str | None:
        """Binance's word for the account: Normal, or another; None where it did not say."""

    def trading_status(self) -> TradingStatus: ...

    def is_in_maintenance(self) -> bool | None:
        """What the public /sapi/v1/system/status says; None where it does not say."""

    def reaches(self, product: Product) -> bool:
        """Whether the key may be shown to that product's host: never to a real one because only spot was replaced."""

    def futures_account(self) -> None:
        """Prove the key to the USDS futures API; KeyRejected carries the address Binance sees, where it is told."""
