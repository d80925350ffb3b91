"""All endpoints in one table: method and path to what they weigh, what they need and how they answer."""

from __future__ import annotations

from vault_binance.testing.emulator.endpoints import (
    futures,
    futures_orders,
    sapi,
    spot,
    spot_orders,
    subaccounts,
    tickers,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.testing.emulator.call import Endpoint

ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    **spot.ENDPOINTS,
    **spot_orders.ENDPOINTS,
    **tickers.ENDPOINTS,
    **sapi.ENDPOINTS,
    **subaccounts.ENDPOINTS,
    **futures.ENDPOINTS,
    **futures_orders.ENDPOINTS,
}
