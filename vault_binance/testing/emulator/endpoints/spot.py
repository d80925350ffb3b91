"""Spot: what is public, the account, and the user data stream as it was before it ended.

Rules of the file
- `can...` in the account speaks of the account, whatever the key may do (reference: Binance, 5).
- The listenKey endpoints are gone: 410 and a page of HTML, for any caller (reference: Binance, 7).
"""

from __future__ import annotations

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import ZERO, Call, Endpoint, Refused, Security, eight, page, public, reads
from vault_binance.testing.emulator.endpoints.market import spot_info

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

SIDES = ("maker", "taker", "buyer", "seller")


def ping(_call: Call) -> Mapping[str, Any]:
    return {}


def server_time(call: Call) -> Mapping[str, Any]:
    return {"serverTime": call.stamp()}


def account(call: Call) -> Mapping[str, Any]:
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": dict.fromkeys(SIDES, ZERO),
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.stamp(),
        "accountType": "SPOT",
        "balances": _balances(call),
        "permissions": ["SPOT"],
        "uid": call.uid,
    }


def _balances(call: Call) -> list[Mapping[str, str]]:
    held = call.account.held(Family.API)
    return [{"asset": asset, "free": eight(each.free), "locked": eight(each.locked)} for asset, each in held.items()]


def gone(_call: Call) -> NoReturn:
    raise Refused(page(410, "410 Gone"))


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "/api/v3/ping"): public(1, ping),
    ("GET", "/api/v3/time"): public(1, server_time),
    ("GET", "/api/v3/exchangeInfo"): public(20, spot_info),  # weight: binance-sdk-spot 13.2, exchange_info
    ("GET", "/api/v3/account"): reads(20, account),
    **{
        (method, path): reads(1, gone, Security.NONE, ())
        for path in ("/api/v3/userDataStream", "/sapi/v1/userDataStream")
        for method in ("POST", "PUT", "DELETE")
    },
}
