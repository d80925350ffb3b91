"""Futures, USDS-M under `/fapi` and COIN-M under `/dapi`: the account, its settings, and the listen key still there.

Rules of the file
- One function serves both; they differ in assets, symbols and a few names of fields.
- Binance says of enableFutures that it allows futures trading; here every signed call of futures needs it, as the
  -2015 of a key that predates its futures account has it (reference: Binance, 4 and 17).
- The listen key asks for the API key alone, and stays the same for an hour (reference: Binance, 7).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

from vault_binance.testing.emulator.account import Family, ListenKey
from vault_binance.testing.emulator.call import ZERO, Call, Endpoint, Security, eight, public, reads, refused
from vault_binance.testing.emulator.endpoints.market import MARKETS, futures_info, market
from vault_binance.testing.emulator.endpoints.spot import ping, server_time
from vault_binance.testing.emulator.keys import derived_token
from vault_binance.testing.emulator.limits import HOUR_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault_binance.testing.emulator.account import Account, Balance
    from vault_binance.testing.emulator.state import State

MOST_LEVERAGE = 125

FUTURES = ("enableFutures",)
reading = partial(reads, needs=FUTURES)
changing = partial(Endpoint, needs=FUTURES)


def account(call: Call) -> Mapping[str, Any]:
    """v2 of USDS-M, v1 of COIN-M: with the rights of the account and all positions."""
    rights = {"feeTier": 0, "canTrade": True, "canDeposit": True, "canWithdraw": True, "updateTime": 0}
    more = {"feeBurn": True, "multiAssetsMargin": call.account.multi_assets, "tradeGroupId": -1}
    return {
        **rights,
        **(more if call.family is Family.FAPI else {}),
        **(_totals(call) if call.family is Family.FAPI else {}),
        "assets": _assets(call),
        "positions": [_account_position(call, name) for name in MARKETS[call.family]],
    }


def slim_account(call: Call) -> Mapping[str, Any]:
    """v3: without the rights, and only positions that there are."""
    held = [name for name in MARKETS[call.family] if call.account.positions.get((call.family, name))]
    return {**_totals(call), "assets": _assets(call), "positions": [_account_position(call, name) for name in held]}


def _totals(call: Call) -> Mapping[str, Any]:
    wallet = eight(sum((each.free for each in call.account.held(call.family).values()), Decimal(0)))
    empty = ("InitialMargin", "MaintMargin", "UnrealizedProfit", "PositionInitialMargin", "OpenOrderInitialMargin")
    full = (
        "totalWalletBalance",
        "totalMarginBalance",
        "totalCrossWalletBalance",
        "availableBalance",
        "maxWithdrawAmount",
    )
    return {**{f"total{name}": ZERO for name in empty}, "totalCrossUnPnl": ZERO, **dict.fromkeys(full, wallet)}


def _assets(call: Call) -> list[Mapping[str, Any]]:
    return [_asset(call, name, each) for name, each in call.account.held(call.family).items()]


def _asset(call: Call, name: str, held: Balance) -> Mapping[str, Any]:
    full = ("walletBalance", "marginBalance", "crossWalletBalance", "availableBalance", "maxWithdrawAmount")
    empty = ("unrealizedProfit", "maintMargin", "initialMargin", "positionInitialMargin", "openOrderInitialMargin")
    amounts = {**dict.fromkeys(full, eight(held.free)), **dict.fromkeys(empty, ZERO), "crossUnPnl": ZERO}
    return {"asset": name, **amounts, "marginAvailable": True, "updateTime": call.now_ms}


def _account_position(call: Call, symbol: str) -> Mapping[str, Any]:
    amount = call.account.positions.get((call.family, symbol), Decimal(0))
    empty = ("initialMargin", "maintMargin", "unrealizedProfit", "positionInitialMargin", "openOrderInitialMargin")
    return {
        "symbol": symbol,
        **dict.fromkeys(empty, ZERO),
        "leverage": _setting(call, symbol, "leverage", "20"),
        "isolated": _setting(call, symbol, "marginType", "CROSSED") == "ISOLATED",
        "isolatedMargin": ZERO,
        "isolatedWallet": ZERO,
        "entryPrice": _entry(call, symbol, amount),
        "breakEvenPrice": _entry(call, symbol, amount),
        "maxNotional": "250000",
        "maxQty": "100",
        "bidNotional": "0",
        "askNotional": "0",
        "positionSide": "BOTH",
        "positionAmt": str(amount),
        "notional": eight(amount * MARKETS[call.family][symbol].price),
        "notionalValue": ZERO,
        "updateTime": call.now_ms if amount else 0,
    }


def _entry(call: Call, symbol: str, amount: Decimal) -> str:
    return eight(MARKETS[call.family][symbol].price) if amount else "0.0"


def balance(call: Call) -> list[Mapping[str, Any]]:
    full = ("balance", "crossWalletBalance", "availableBalance", "maxWithdrawAmount", "withdrawAvailable")
    return [
        {"accountAlias": f"alias{call.uid}", "asset": name, **dict.fromkeys(full, eight(each.free)), "crossUnPnl": ZERO}
        | {"marginAvailable": True, "updateTime": call.now_ms}
        for name, each in call.account.held(call.family).items()
    ]


def positions(call: Call) -> list[Mapping[str, Any]]:
    """v2 of USDS-M and v1 of COIN-M: a row for every symbol."""
    return [_position(call, name) for name in MARKETS[call.family] if call.maybe("symbol") in {"", name}]


def held_positions(call: Call) -> list[Mapping[str, Any]]:
    return [row for row in positions(call) if Decimal(row["positionAmt"])]


def _position(call: Call, symbol: str) -> Mapping[str, Any]:
    traded, amount = MARKETS[call.family][symbol], call.account.positions.get((call.family, symbol), Decimal(0))
    coin = call.family is Family.DAPI
    entry = _entry(call, symbol, amount)
    return {
        "symbol": symbol,
        "positionSide": "BOTH",
        "positionAmt": str(amount),
        "entryPrice": entry,
        "breakEvenPrice": entry,
        "markPrice": eight(traded.price),
        "unRealizedProfit": ZERO,
        "liquidationPrice": "0",
        "leverage": _setting(call, symbol, "leverage", "20"),
        "maxQty" if coin else "maxNotionalValue": "250000",
        "marginType": _setting(call, symbol, "marginType", "CROSSED").lower().replace("crossed", "cross"),
        "isolatedMargin": ZERO,
        "isAutoAddMargin": "false",
        "isolatedWallet": "0",
        "notionalValue" if coin else "notional": eight(amount * traded.price),
        "marginAsset": traded.base if coin else traded.quote,
        "updateTime": call.now_ms if amount else 0,
    }


def config(call: Call) -> Mapping[str, Any]:
    can = {"canTrade": True, "canDeposit": True, "canWithdraw": True}
    modes = {"dualSidePosition": call.account.dual_side, "multiAssetsMargin": call.account.multi_assets}
    return {"feeTier": 0, **can, **modes, "updateTime": 0, "tradeGroupId": -1}


def trading_status(call: Call) -> Mapping[str, Any]:
    row = {"isLocked": True, "plannedRecoverTime": call.now_ms + HOUR_MS, "indicator": "UFR", "value": 0.05}
    told = {"BTCUSDT": [{**row, "triggerValue": 0.995}]} if call.account.locked else {}
    return {"indicators": told, "updateTime": call.now_ms}


def sides(call: Call) -> Mapping[str, Any]:
    return {"dualSidePosition": call.account.dual_side}


def set_sides(call: Call) -> tuple[Any, State]:
    call.text("dualSidePosition")
    if call.flag("dualSidePosition") is call.account.dual_side:
        raise refused(400, -4059, "No need to change position side.")
    return _done(call, replace(call.account, dual_side=not call.account.dual_side))


def multi_assets(call: Call) -> Mapping[str, Any]:
    return {"multiAssetsMargin": call.account.multi_assets}


def set_multi_assets(call: Call) -> tuple[Any, State]:
    call.text("multiAssetsMargin")
    if call.flag("multiAssetsMargin") is call.account.multi_assets:
        raise refused(400, -4171, "No need to change multi-assets mode.")
    return _done(call, replace(call.account, multi_assets=not call.account.multi_assets))


def _done(call: Call, changed: Account) -> tuple[Any, State]:
    return {"code": 200, "msg": "success"}, call.state.with_account(changed)


def _listen_key(call: Call) -> ListenKey | None:
    known = call.account.listen_keys.get(call.family)
    return known if known and call.now_ms < known.until_ms else None


def _require_stream(call: Call) -> None:
    if _listen_key(call) is None:
        raise refused(400, -1125, "This listenKey does not exist.")


def open_stream(call: Call) -> tuple[Any, State]:
    known, state = _listen_key(call), call.state
    if known is None:
        number, state = state.next_number()
        known = ListenKey(derived_token(state.seed, number, "listenKey"), 0)
    kept = replace(known, until_ms=call.now_ms + HOUR_MS)
    return {"listenKey": kept.text}, state.with_account(state.account(call.uid).with_listen_key(call.family, kept))


def keep_stream(call: Call) -> tuple[Any, State]:
    _require_stream(call)
    return open_stream(call)


def close_stream(call: Call) -> tuple[Any, State]:
    _require_stream(call)
    return {}, call.state.with_account(call.account.with_listen_key(call.family, None))


def _setting(call: Call, symbol: str, name: str, default: str) -> str:
    return call.account.settings.get((call.family, symbol, name), default)


def set_leverage(call: Call) -> tuple[Any, State]:
    symbol, wanted = call.text("symbol"), call.whole("leverage", 0)
    market(call, symbol)
    if not 1 <= wanted <= MOST_LEVERAGE:
        raise refused(400, -4028, f"Leverage {wanted} is not valid")
    account = call.account.with_setting(call.family, symbol, "leverage", str(wanted))
    told = {"symbol": symbol, "leverage": wanted, "maxNotionalValue": "250000"}
    return told, call.state.with_account(account)


def set_margin_type(call: Call) -> tuple[Any, State]:
    symbol, wanted = call.text("symbol"), call.text("marginType")
    market(call, symbol)
    if wanted == _setting(call, symbol, "marginType", "CROSSED"):
        raise refused(400, -4046, "No need to change margin type.")
    return _done(call, call.account.with_setting(call.family, symbol, "marginType", wanted))


def brackets(call: Call) -> Any:
    coin = call.family is Family.DAPI
    floor, cap = ("qtyFloor", "qtyCap") if coin else ("notionalFloor", "notionalCap")
    bracket = {"bracket": 1, "initialLeverage": MOST_LEVERAGE, floor: 0, cap: 250_000, "maintMarginRatio": 0.004}
    names = [name for name in MARKETS[call.family] if call.maybe("symbol") in {"", name}]
    return [{"symbol": name, "brackets": [{**bracket, "cum": 0.0}]} for name in names]


def _common(base: str) -> dict[tuple[str, str], Endpoint]:
    return {
        ("GET", f"{base}/ping"): public(1, ping),
        ("GET", f"{base}/time"): public(1, server_time),
        ("GET", f"{base}/exchangeInfo"): public(1, futures_info),
        ("POST", f"{base}/listenKey"): changing(1, open_stream, Security.KEY),
        ("PUT", f"{base}/listenKey"): changing(1, keep_stream, Security.KEY),
        ("DELETE", f"{base}/listenKey"): changing(1, close_stream, Security.KEY),
        ("POST", f"{base}/leverage"): changing(1, set_leverage),
        ("POST", f"{base}/marginType"): changing(1, set_margin_type),
        ("GET", f"{base}/positionSide/dual"): reading(30, sides),
        ("POST", f"{base}/positionSide/dual"): changing(1, set_sides),
    }


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    **_common("/fapi/v1"),
    ("GET", "/fapi/v2/account"): reading(5, account),
    ("GET", "/fapi/v3/account"): reading(5, slim_account),
    ("GET", "/fapi/v2/balance"): reading(5, balance),
    ("GET", "/fapi/v3/balance"): reading(5, balance),
    ("GET", "/fapi/v1/accountConfig"): reading(5, config),
    ("GET", "/fapi/v1/apiTradingStatus"): reading(1, trading_status),
    ("GET", "/fapi/v1/multiAssetsMargin"): reading(30, multi_assets),
    ("POST", "/fapi/v1/multiAssetsMargin"): changing(1, set_multi_assets),
    ("GET", "/fapi/v1/leverageBracket"): reading(1, brackets),
    ("GET", "/dapi/v2/leverageBracket"): reading(1, brackets),
    ("GET", "/fapi/v2/positionRisk"): reading(5, positions),
    ("GET", "/fapi/v3/positionRisk"): reading(5, held_positions),
    **_common("/dapi/v1"),
    ("GET", "/dapi/v1/account"): reading(5, account),
    ("GET", "/dapi/v1/balance"): reading(1, balance),
    ("GET", "/dapi/v1/positionRisk"): reading(1, positions),
}
