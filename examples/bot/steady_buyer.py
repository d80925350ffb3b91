"""Buys a little bitcoin at every tick, for as long as Vault lends it a key.

    STEADY_BUYER_ORDERS=3 steady-buyer

It never holds a key itself: each order is signed with what Vault lends at that moment.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import httpx

from vault_binance import BinanceAuth, CredentialsStale, Fetcher, VaultBinanceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

BINANCE = "https://api.binance.com"
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
TICK_SECONDS = 60.0
KEY_REFUSED = -2015


class Refused(Exception):
    """Binance did not take an order; `code` is its own."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"Binance refused the order: {message} ({code})")
        self.code = code


class Buyer:
    """Places orders with whatever key `vault` lends."""

    def __init__(self, vault: Fetcher) -> None:
        self._vault = vault
        self._api = httpx.Client(base_url=os.environ.get("BINANCE_BASE_URL", BINANCE), auth=BinanceAuth(vault))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._api.close()

    def buy(self) -> str:
        """Place one order and return its status; where Binance refuses the key, ask once whether there is another."""
        try:
            return self._order()
        except Refused as refused:
            if refused.code != KEY_REFUSED:
                raise
        self._vault.refresh()
        return self._order()

    def _order(self) -> str:
        answer = self._api.post("/api/v3/order", params=ORDER)
        body = answer.json()
        if answer.is_error:
            raise Refused(body["code"], body["msg"])
        return str(body["status"])


def trade(vault: Fetcher, orders: int, rest: Callable[[float], object] = time.sleep) -> None:
    """Try this many orders, a tick apart; without a key that is young enough, a tick passes without one."""
    with Buyer(vault) as buyer:
        for number in range(orders):
            if number:
                rest(TICK_SECONDS)
            try:
                print(buyer.buy(), "with version", vault.version)
            except CredentialsStale as stale:  # Vault has been away for too long; it ends by itself
                print("no order:", stale)


def main() -> int:
    """End with the exit code that tells a supervisor whether another start can help."""
    try:
        with Fetcher(verify=True, signals=True) as vault:  # a key that may withdraw is not traded on
            trade(vault, int(os.environ.get("STEADY_BUYER_ORDERS", "1")))
    except VaultBinanceError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return error.exit_code
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
