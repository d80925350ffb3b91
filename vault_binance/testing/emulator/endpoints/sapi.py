"""Wallet and margin endpoints under `/sapi`: what a key may do, the account's standing, money in and out.

Rules of the file
- Bodies as in reference: Binance, 4 and 5. No endpoint tells a key its own addresses, only that there are some.
- Withdrawals want the permission and a key restricted to addresses; nothing ever leaves: a withdrawal is a row.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from vault_binance.testing.emulator.account import Family, Transfer
from vault_binance.testing.emulator.call import Call, Endpoint, eight, public, reads, refused
from vault_binance.testing.emulator.endpoints.market import SPOT
from vault_binance.testing.emulator.limits import HOUR_MS
from vault_binance.testing.emulator.state import PERMISSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault_binance.testing.emulator.state import State

COINS = {"USDT": ("TetherUS", "ETH"), "BTC": ("Bitcoin", "BTC"), "ETH": ("Ethereum", "ETH"), "BNB": ("BNB", "BSC")}
"""By coin: its name and the network it is taken out by."""

TRANSFERS = {
    "MAIN_UMFUTURE": (Family.API, Family.FAPI),
    "UMFUTURE_MAIN": (Family.FAPI, Family.API),
    "MAIN_CMFUTURE": (Family.API, Family.DAPI),
    "CMFUTURE_MAIN": (Family.DAPI, Family.API),
}


def restrictions(call: Call) -> Mapping[str, Any]:
    key = call.key
    if key is None:
        return {}
    flags = {name: key.may(name, call.now_ms) for name in (*PERMISSIONS, *key.permissions)}
    ends = {} if key.trading_until_ms is None else {"tradingAuthorityExpirationTime": key.trading_until_ms}
    return {"ipRestrict": bool(key.ip_list), "createTime": key.create_time_ms, **flags, **ends}


def status(_call: Call) -> Mapping[str, Any]:
    return {"data": "Normal"}


def trading_status(call: Call) -> Mapping[str, Any]:
    locked = call.account.locked
    return {
        "data": {
            "isLocked": locked,
            "plannedRecoverTime": call.now_ms + HOUR_MS if locked else 0,
            "triggerCondition": {"GCR": 150, "IFER": 150, "UFR": 300},
            "updateTime": call.now_ms,
        }
    }


def info(_call: Call) -> Mapping[str, Any]:
    enabled = ("isMarginEnabled", "isFutureEnabled", "isOptionsEnabled", "isPortfolioMarginRetailEnabled")
    return {"vipLevel": 0, **dict.fromkeys(enabled, False), "isFutureEnabled": True}


def system(_call: Call) -> Mapping[str, Any]:
    return {"status": 0, "msg": "normal"}


def coins(call: Call) -> list[Mapping[str, Any]]:
    return [_coin(call, coin, *named) for coin, named in COINS.items()]


def _coin(call: Call, coin: str, name: str, network: str) -> Mapping[str, Any]:
    held = call.account.balance(Family.API, coin)
    nothing = dict.fromkeys(("freeze", "withdrawing", "ipoing", "ipoable", "storage"), "0")
    can = {"depositAllEnable": True, "withdrawAllEnable": True, "trading": True, "isLegalMoney": False}
    amounts = {"free": eight(held.free), "locked": eight(held.locked)}
    return {"coin": coin, "name": name, **can, **amounts, **nothing, "networkList": [_network(coin, network)]}


def _network(coin: str, network: str) -> Mapping[str, Any]:
    return {
        "network": network,
        "coin": coin,
        "name": network,
        "isDefault": True,
        "depositEnable": True,
        "withdrawEnable": True,
        "depositDesc": "",
        "withdrawDesc": "",
        "specialTips": "",
        "resetAddressStatus": False,
        "addressRegex": "^[0-9A-Za-z]{20,100}$",
        "memoRegex": "",
        "withdrawIntegerMultiple": "0.00000001",
        "withdrawFee": "0.001",
        "withdrawMin": "0.002",
        "withdrawMax": "9999999",
        "withdrawInternalMin": "0",
        "depositDust": "0.001",
        "minConfirm": 12,
        "unLockConfirm": 64,
        "sameAddress": False,
        "withdrawTag": False,
        "estimatedArrivalTime": 5,
        "busy": False,
        "contractAddressUrl": "",
        "contractAddress": "",
    }


def margin_pairs(_call: Call) -> list[Mapping[str, Any]]:
    allowed = {"isBuyAllowed": True, "isSellAllowed": True, "isMarginTrade": True}
    return [
        {"id": number, "symbol": name, "base": each.base, "quote": each.quote, **allowed}
        for number, (name, each) in enumerate(SPOT.items(), 1)
    ]


def isolated_pairs(call: Call) -> list[Mapping[str, Any]]:
    return [{name: value for name, value in each.items() if name != "id"} for each in margin_pairs(call)]


def withdraw(call: Call) -> tuple[Any, State]:
    coin, address, amount = call.text("coin"), call.text("address"), call.decimal("amount")
    if coin not in COINS or call.account.balance(Family.API, coin).free < amount:
        raise refused(400, -4026, "User has insufficient balance")
    number, state = call.state.next_number()
    network = call.maybe("network", COINS[coin][1])
    made = Transfer(number, coin, amount, call.now_ms, address, network, call.maybe("withdrawOrderId"))
    account = call.account.moved(Family.API, coin, -amount)
    state = state.with_account(replace(account, transfers=(*account.transfers, made)))
    return {"id": f"{number:032x}"}, state


def withdrawals(call: Call) -> list[Mapping[str, Any]]:
    coin = call.maybe("coin")
    made = [each for each in reversed(call.account.transfers) if each.kind == "WITHDRAW" and coin in {"", each.coin}]
    return [_withdrawal(each) for each in made]


def _withdrawal(made: Transfer) -> Mapping[str, Any]:
    """Times are UTC as text here, unlike everywhere else."""
    at = datetime.fromtimestamp(made.time_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "id": f"{made.number:032x}",
        "amount": eight(made.amount),
        "transactionFee": "0.001",
        "coin": made.coin,
        "status": 4,
        "address": made.address,
        "txId": "",
        "applyTime": at,
        "network": made.network,
        "transferType": 0,
        **({"withdrawOrderId": made.order_id} if made.order_id else {}),
        "info": "",
        "confirmNo": 0,
        "walletType": 0,
        "txKey": "",
    }


def deposits(_call: Call) -> list[Mapping[str, Any]]:
    """None was ever made."""
    return []


def transfer(call: Call) -> tuple[Any, State]:
    kind, asset, amount = call.text("type"), call.text("asset"), call.decimal("amount")
    if kind not in TRANSFERS:
        raise refused(400, -1100, "Illegal characters found in parameter 'type'.")
    source, target = TRANSFERS[kind]
    if call.account.balance(source, asset).free < amount:
        raise refused(400, -3041, "Balance is not enough")
    number, state = call.state.next_number()
    account = call.account.moved(source, asset, -amount).moved(target, asset, amount)
    return {"tranId": number}, state.with_account(account)


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "/sapi/v1/system/status"): public(1, system),
    ("GET", "/sapi/v1/account/apiRestrictions"): reads(1, restrictions),
    ("GET", "/sapi/v1/account/status"): reads(1, status),
    ("GET", "/sapi/v1/account/apiTradingStatus"): reads(1, trading_status),
    ("GET", "/sapi/v1/account/info"): reads(1, info),
    ("GET", "/sapi/v1/capital/config/getall"): reads(10, coins),
    ("GET", "/sapi/v1/margin/allPairs"): reads(1, margin_pairs),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): reads(10, isolated_pairs),
    ("GET", "/sapi/v1/capital/withdraw/history"): reads(18_000, withdrawals, by_uid=True),
    ("GET", "/sapi/v1/capital/deposit/hisrec"): reads(1, deposits),
    ("POST", "/sapi/v1/capital/withdraw/apply"): Endpoint(
        900, withdraw, needs=("enableWithdrawals",), restricted=True, by_uid=True
    ),
    ("POST", "/sapi/v1/asset/transfer"): Endpoint(300, transfer, needs=("permitsUniversalTransfer",), by_uid=True),
}
