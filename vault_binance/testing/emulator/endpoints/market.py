"""What can be traded: a few symbols with fixed prices, and exchangeInfo as clients want it.

Rules of the file
- Prices never move. Filters are those that clients read for their precision; price, lot and notional are enforced.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import refused
from vault_binance.testing.emulator.limits import ORDERS, WEIGHT_A_MINUTE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault_binance.testing.emulator.call import Call


@dataclass(frozen=True, slots=True)
class Market:
    """`step` is the smallest quantity, `tick` the smallest change of a price, `least` the smallest notional."""

    base: str
    quote: str
    price: Decimal
    step: str
    tick: str = "0.01000000"
    least: Decimal = Decimal(5)


SPOT = {
    "BTCUSDT": Market("BTC", "USDT", Decimal(50_000), "0.00001000"),
    "ETHUSDT": Market("ETH", "USDT", Decimal(2_500), "0.00010000"),
    "BNBUSDT": Market("BNB", "USDT", Decimal(600), "0.00100000"),
}
FUTURES = {
    "BTCUSDT": Market("BTC", "USDT", Decimal(50_000), "0.001", "0.10", Decimal(100)),
    "ETHUSDT": Market("ETH", "USDT", Decimal(2_500), "0.001", "0.01", Decimal(20)),
}
COIN = {"BTCUSD_PERP": Market("BTC", "USD", Decimal(50_000), "1", "0.1", Decimal(0))}
MARKETS: Mapping[Family, Mapping[str, Market]] = {Family.API: SPOT, Family.FAPI: FUTURES, Family.DAPI: COIN}

ORDER_TYPES = ("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT")
FUTURES_TYPES = ("LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
MODES = ("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH")
INTERVALS = {"10S": ("SECOND", 10), "1M": ("MINUTE", 1), "1D": ("DAY", 1)}
PERPETUAL_END_MS = 4_133_404_800_000
ONBOARDED_MS = 1_569_398_400_000


def market(call: Call, symbol: str) -> Market:
    found = MARKETS[call.family].get(symbol)
    if found is None:
        raise refused(400, -1121, "Invalid symbol.")
    return found


def symbols_asked(call: Call) -> list[str]:
    """`symbols`, a list in JSON; empty without one."""
    text = call.maybe("symbols").strip("[]").replace('"', "")
    return [name.strip() for name in text.split(",")] if text else []


def rate_limits(family: Family) -> list[dict[str, Any]]:
    weight = {
        "rateLimitType": "REQUEST_WEIGHT",
        "interval": "MINUTE",
        "intervalNum": 1,
        "limit": WEIGHT_A_MINUTE[family],
    }
    raw = {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 300_000}
    return [weight, *order_limits(family), *([raw] if family is Family.API else [])]


def order_limits(family: Family) -> list[dict[str, Any]]:
    return [
        {
            "rateLimitType": "ORDERS",
            "interval": INTERVALS[name][0],
            "intervalNum": INTERVALS[name][1],
            "limit": limit,
        }
        for name, _, limit in ORDERS[family]
    ]


def spot_info(call: Call) -> Mapping[str, Any]:
    wanted = _wanted(call)
    return {
        "timezone": "UTC",
        "serverTime": call.stamp(),
        "rateLimits": rate_limits(Family.API),
        "exchangeFilters": [],
        "symbols": [_spot_symbol(name, each) for name, each in SPOT.items() if name in wanted],
    }


def _wanted(call: Call) -> set[str]:
    """`symbol` or `symbols`; without either all."""
    symbol = call.maybe("symbol")
    wanted = [symbol] if symbol else symbols_asked(call) or SPOT
    for name in wanted:
        market(call, name)
    return set(wanted)


def _spot_symbol(name: str, each: Market) -> Mapping[str, Any]:
    precise = dict.fromkeys(
        (
            "baseAssetPrecision",
            "quotePrecision",
            "quoteAssetPrecision",
            "baseCommissionPrecision",
            "quoteCommissionPrecision",
        ),
        8,
    )
    can = {
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": True,
    }
    kinds = {"orderTypes": list(ORDER_TYPES), "permissions": [], "permissionSets": [["SPOT", "MARGIN"]]}
    modes = {"defaultSelfTradePreventionMode": "EXPIRE_MAKER", "allowedSelfTradePreventionModes": list(MODES)}
    named = {"symbol": name, "status": "TRADING", "baseAsset": each.base, "quoteAsset": each.quote}
    return {**named, **precise, **can, "filters": _spot_filters(each), **kinds, **modes}


def _spot_filters(each: Market) -> list[Mapping[str, Any]]:
    lots = {"minQty": each.step, "maxQty": "9000.00000000", "stepSize": each.step}
    notional = {"minNotional": f"{each.least:.8f}", "maxNotional": "9000000.00000000", "avgPriceMins": 5}
    return [
        {"filterType": "PRICE_FILTER", "minPrice": each.tick, "maxPrice": "1000000.00000000", "tickSize": each.tick},
        {"filterType": "LOT_SIZE", **lots},
        {"filterType": "MARKET_LOT_SIZE", **lots, "minQty": "0.00000000", "stepSize": "0.00000000"},
        {"filterType": "NOTIONAL", **notional, "applyMinToMarket": True, "applyMaxToMarket": False},
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
    ]


def futures_info(call: Call) -> Mapping[str, Any]:
    family = call.family
    assets = sorted({_margin_asset(family, each) for each in MARKETS[family].values()})
    listed = [{"asset": name, "marginAvailable": True, "autoAssetExchange": "0"} for name in assets]
    return {
        "timezone": "UTC",
        "serverTime": call.now_ms,
        "futuresType": "U_MARGINED" if family is Family.FAPI else "COIN_MARGINED",
        "rateLimits": rate_limits(family),
        "exchangeFilters": [],
        "assets": listed,
        "symbols": [_futures_symbol(family, name, each) for name, each in MARKETS[family].items()],
    }


def _margin_asset(family: Family, each: Market) -> str:
    return each.quote if family is Family.FAPI else each.base


def _futures_symbol(family: Family, name: str, each: Market) -> Mapping[str, Any]:
    coin = {"contractStatus": "TRADING", "contractSize": 100, "equalQtyPrecision": 4}
    return {
        "symbol": name,
        "pair": name.partition("_")[0],
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_END_MS,
        "onboardDate": ONBOARDED_MS,
        **({"status": "TRADING"} if family is Family.FAPI else coin),
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": each.base,
        "quoteAsset": each.quote,
        "marginAsset": _margin_asset(family, each),
        "pricePrecision": 2,
        "quantityPrecision": 3 if family is Family.FAPI else 0,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.015000",
        "marketTakeBound": "0.05",
        "filters": _futures_filters(each),
        "orderTypes": list(FUTURES_TYPES),
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
    }


def _futures_filters(each: Market) -> list[Mapping[str, Any]]:
    lots = {"minQty": each.step, "maxQty": "1000", "stepSize": each.step}
    return [
        {"filterType": "PRICE_FILTER", "minPrice": each.tick, "maxPrice": "1000000", "tickSize": each.tick},
        {"filterType": "LOT_SIZE", **lots},
        {"filterType": "MARKET_LOT_SIZE", **lots},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": str(each.least)},
        {"filterType": "PERCENT_PRICE", "multiplierUp": "1.0500", "multiplierDown": "0.9500", "multiplierDecimal": "4"},
    ]
