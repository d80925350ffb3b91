"""All endpoints in one table: method and path to what they weigh, what they need and how they answer."""

from __future__ import annotations

from vault_binance.testing import (
    emulator_futures,
    emulator_futures_orders,
    emulator_sapi,
    emulator_spot,
    emulator_spot_orders,
    emulator_subaccounts,
    emulator_tickers,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.testing.emulator_call import Endpoint

ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    **emulator_spot.ENDPOINTS,
    **emulator_spot_orders.ENDPOINTS,
    **emulator_tickers.ENDPOINTS,
    **emulator_sapi.ENDPOINTS,
    **emulator_subaccounts.ENDPOINTS,
    **emulator_futures.ENDPOINTS,
    **emulator_futures_orders.ENDPOINTS,
}
