"""What an account holds: balances, orders and positions, as plain frozen values.

Rules of the file
- Keys of one account share all of it. Spot, USDS-M and COIN-M futures each have balances and orders of their own.
- There is no market: a limit order rests, a market order is filled at once at the price of `market`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

ZERO = Decimal(0)


class Family(StrEnum):
    """The first part of a path: which of Binance's APIs is meant."""

    API = "api"
    SAPI = "sapi"
    FAPI = "fapi"
    DAPI = "dapi"

    @property
    def is_futures(self) -> bool:
        return self in {Family.FAPI, Family.DAPI}


@dataclass(frozen=True, slots=True)
class Balance:
    free: Decimal = ZERO
    locked: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Order:
    """`price` is zero for a market order; `quote` is what was paid or received for `executed`."""

    order_id: int
    family: Family
    symbol: str
    client_order_id: str
    side: str
    kind: str
    quantity: Decimal
    time_ms: int
    price: Decimal = ZERO
    stop_price: Decimal = ZERO
    time_in_force: str = "GTC"
    status: str = "NEW"
    executed: Decimal = ZERO
    quote: Decimal = ZERO
    updated_ms: int = 0
    position_side: str = "BOTH"
    reduce_only: bool = False

    @property
    def open(self) -> bool:
        return self.status == "NEW"


@dataclass(frozen=True, slots=True)
class Transfer:
    """A withdrawal that was asked for, or a universal transfer."""

    number: int
    coin: str
    amount: Decimal
    time_ms: int
    address: str = ""
    network: str = ""
    order_id: str = ""
    kind: str = "WITHDRAW"


@dataclass(frozen=True, slots=True)
class ListenKey:
    text: str = field(repr=False)
    until_ms: int


def _opening() -> dict[tuple[Family, str], Balance]:
    return {
        (Family.API, "USDT"): Balance(Decimal(1000)),
        (Family.FAPI, "USDT"): Balance(Decimal(1000)),
        (Family.DAPI, "BTC"): Balance(Decimal(1)),
    }


@dataclass(frozen=True, slots=True)
class Account:
    """`master` is the uid of the account above a sub-account; `locked` is Binance's ban on trading by API."""

    uid: int
    email: str = ""
    master: int | None = None
    locked: bool = False
    dual_side: bool = False
    multi_assets: bool = False
    balances: Mapping[tuple[Family, str], Balance] = field(default_factory=_opening)
    orders: tuple[Order, ...] = ()
    positions: Mapping[tuple[Family, str], Decimal] = field(default_factory=dict)
    settings: Mapping[tuple[Family, str, str], str] = field(default_factory=dict)
    transfers: tuple[Transfer, ...] = ()
    listen_keys: Mapping[Family, ListenKey] = field(default_factory=dict)

    def balance(self, family: Family, asset: str) -> Balance:
        return self.balances.get((family, asset), Balance())

    def moved(self, family: Family, asset: str, free: Decimal = ZERO, locked: Decimal = ZERO) -> Account:
        """The account after `free` and `locked` were added to what it has of an asset."""
        had = self.balance(family, asset)
        now = Balance(had.free + free, had.locked + locked)
        return replace(self, balances={**self.balances, (family, asset): now})

    def held(self, family: Family) -> dict[str, Balance]:
        """What there is of each asset, without those there is nothing of."""
        return {
            asset: held for (of, asset), held in self.balances.items() if of is family and (held.free or held.locked)
        }

    def with_order(self, order: Order) -> Account:
        """Add an order, or put it in the place of the one of the same number."""
        others = tuple(each for each in self.orders if each.order_id != order.order_id)
        return replace(self, orders=tuple(sorted((*others, order), key=lambda each: each.order_id)))

    def orders_of(self, family: Family, symbol: str = "") -> tuple[Order, ...]:
        return tuple(each for each in self.orders if each.family is family and symbol in {"", each.symbol})

    def with_position(self, family: Family, symbol: str, change: Decimal) -> Account:
        amount = self.positions.get((family, symbol), ZERO) + change
        return replace(self, positions={**self.positions, (family, symbol): amount})

    def with_setting(self, family: Family, symbol: str, name: str, value: str) -> Account:
        return replace(self, settings={**self.settings, (family, symbol, name): value})

    def with_listen_key(self, family: Family, listen_key: ListenKey | None) -> Account:
        others = {of: each for of, each in self.listen_keys.items() if of is not family}
        return replace(self, listen_keys={**others, family: listen_key} if listen_key else others)
