"""Codes that only the USDS-margined or only the COIN-margined futures have, or with other meanings.

Sources: as in futures.py. A thing that both can say has a number of its own in each: `_each` writes the pair.
"""

from __future__ import annotations

from functools import partial

from vault_binance.binance.codes.row import Fate, Outcome, Part, Row
from vault_binance.binance.codes.shared import BUILT, MEND

USDS, COIN = frozenset({Part.USDS}), frozenset({Part.COIN})

_usds = partial(Row, Outcome.REQUEST, of=USDS)
_coin = partial(Row, Outcome.REQUEST, of=COIN)

_REDUCE = "close positions only; look at the account at Binance"
_LEVERAGE = "lower the leverage"
_RANGE = ("the price is too far from the market",)
_CLOSER = "take a price closer to the market"


def _each(
    usds: int,
    coin: int,
    name: str,
    says: str,
    causes: tuple[str, ...],
    todo: str,
    *,
    outcome: Outcome = Outcome.REQUEST,
    fate: Fate = Fate.NOT_DONE,
    again: str = "",
) -> tuple[Row, Row]:
    """The same meaning with its number among the USDS- and among the COIN-margined futures."""
    row = partial(Row, name=name, says=says, causes=causes, todo=todo, fate=fate, again=again)
    return row(outcome, usds, of=USDS), row(outcome, coin, of=COIN)


_account = partial(_each, outcome=Outcome.ACCOUNT)

ROWS = (
    *_account(
        -4087,
        -4089,
        "REDUCE_ONLY_ORDER_PERMISSION",
        "the account may only reduce positions",
        ("a restriction of this account, or of its region",),
        _REDUCE,
    ),
    *_account(
        -4088,
        -4090,
        "NO_PLACE_ORDER_PERMISSION",
        "the account may not place orders now",
        ("a restriction of this account, or of its region",),
        "look at the account at Binance; its support can lift this",
    ),
    *_each(
        -4115,
        -4111,
        "DUPLICATED_CLIENT_TRAN_ID",
        "clientTranId was used before",
        ("a transfer that was sent twice",),
        "look at the history of transfers: the first one counts",
        again="not before you have looked",
    ),
    *_each(-4114, -4110, "INVALID_CLIENT_TRAN_ID_LEN", "clientTranId is too long", (BUILT,), "below 64 characters"),
    *_each(
        -4118,
        -4112,
        "REDUCE_ONLY_MARGIN_CHECK_FAILED",
        "an order that only reduces was refused",
        ("with the open orders beside it, it would turn the position round",),
        "cancel the open orders on that side first",
    ),
    *_each(
        -4144,
        -4087,
        "INVALID_PAIR",
        "there is no such pair",
        ("a pair of the other futures, or of the spot market",),
        MEND,
    ),
    *_each(-4165, -4088, "INVALID_TIME_INTERVAL", "the time span is too long", (BUILT,), "ask for it in pieces"),
    *_each(
        -4161,
        -4150,
        "ISOLATED_LEVERAGE_REJECT_WITH_POSITION",
        "isolated margin cannot lower the leverage of an open position",
        ("a bot that sets the leverage while it trades",),
        "close the position first",
    ),
    *_each(
        -4164,
        -4178,
        "MIN_NOTIONAL",
        "the order is worth too little",
        ("quantity times price is below the symbol's lowest",),
        "order more; orders that only reduce are exempt",
    ),
    *_each(
        -4183, -4151, "PRICE_HIGHTER_THAN_STOP_MULTIPLIER_UP", "the limit is too far above the stop", _RANGE, _CLOSER
    ),
    *_each(
        -4184, -4152, "PRICE_LOWER_THAN_STOP_MULTIPLIER_DOWN", "the limit is too far below the stop", _RANGE, _CLOSER
    ),
    *_each(
        -4210, -4154, "STOP_PRICE_HIGHER_THAN_PRICE_MULTIPLIER_LIMIT", "the stop price is too high", _RANGE, _CLOSER
    ),
    *_each(-4211, -4155, "STOP_PRICE_LOWER_THAN_PRICE_MULTIPLIER_LIMIT", "the stop price is too low", _RANGE, _CLOSER),
    *_account(
        -4202,
        -4194,
        "ADJUST_LEVERAGE_KYC_FAILED",
        "leverage over 20 needs a verified person",
        ("the account is not verified far enough",),
        _LEVERAGE,
    ),
    *_account(
        -4203, -4195, "ADJUST_LEVERAGE_ONE_MONTH_FAILED", "leverage over 20 comes later", ("a new account",), _LEVERAGE
    ),
    *_account(
        -4205, -4200, "ADJUST_LEVERAGE_X_DAYS_FAILED", "leverage over 20 comes later", ("a new account",), _LEVERAGE
    ),
    *_account(
        -4206,
        -4201,
        "ADJUST_LEVERAGE_KYC_LIMIT",
        "this country has a lower leverage",
        ("rules of the place",),
        _LEVERAGE,
    ),
    *_account(
        -4208,
        -4202,
        "ADJUST_LEVERAGE_ACCOUNT_SYMBOL_FAILED",
        "leverage over 20 does not go with a raised position limit",
        ("the account uses the service that raises it",),
        _LEVERAGE,
    ),
    *_each(
        -4131,
        -4113,
        "MARKET_ORDER_REJECT",
        "the best price on the other side is too far from the mark price",
        ("a thin market",),
        "send a limit order",
    ),
    *_each(-5025, -4196, "LIMIT_ORDER_ONLY", "only limit orders can be changed", (BUILT,), "cancel, and order anew"),
    *_each(
        -5027,
        -4197,
        "SAME_ORDER",
        "the change changes nothing",
        ("price and quantity are as before",),
        "go on: nothing is wrong",
        fate=Fate.ALREADY,
    ),
    *_each(-5026, -4198, "EXCEED_MAX_MODIFY_ORDER_LIMIT", "the order was changed too often", (BUILT,), "order anew"),
    *_each(-5024, -4199, "MOVE_ORDER_NOT_ALLOWED_SYMBOL_REASON", "the symbol does not trade now", ("a halt",), "wait"),
    *_each(
        -5028,
        -4188,
        "ME_RECVWINDOW_REJECT",
        "the request reached the matching engine too late",
        ("a slow way to Binance, or load there", "this clock is behind"),
        "stamp and sign it anew; if it goes on: set the clock by NTP, or widen recvWindow a little",
        again="yes, stamped anew",
    ),
    # USDS-margined alone
    Row(
        Outcome.ACCOUNT,
        -4109,
        "INACTIVE_ACCOUNT",
        "the futures account is asleep",
        ("it was not used for long",),
        "transfer any amount to it",
        of=USDS,
    ),
    _usds(
        -4116,
        "DUPLICATED_CLIENT_ORDER_ID",
        "the client order ID was used before",
        ("an order that was sent twice: the first one arrived",),
        "ask for the order of that ID before sending another",
        again="not before you have looked",
    ),
    _usds(
        -4117, "STOP_ORDER_TRIGGERING", "the stop order is being triggered", ("the market reached it",), "ask for it"
    ),
    _usds(
        -4140, "INVALID_OPENING_POSITION_STATUS", "the symbol opens no positions", ("it is being delisted",), _REDUCE
    ),
    _usds(-4141, "SYMBOL_ALREADY_CLOSED", "the symbol is closed", ("it was delisted",), "look at it in exchangeInfo"),
    _usds(
        -4167,
        "ISOLATED_REJECT_WITH_JOINT_MARGIN",
        "multi-assets mode does not go with isolated margin",
        ("some symbol is set to isolated margin",),
        "set every symbol to crossed margin first",
    ),
    _usds(
        -4168,
        "JOINT_MARGIN_REJECT_WITH_ISOLATED",
        "isolated margin does not go with multi-assets mode",
        ("the account is in multi-assets mode",),
        "leave that mode first: /fapi/v1/multiAssetsMargin",
    ),
    _usds(-4169, "JOINT_MARGIN_REJECT_WITH_MB", "the margin is not enough to change modes", ("losses",), "add margin"),
    _usds(-4170, "JOINT_MARGIN_REJECT_WITH_OPEN_ORDER", "open orders keep the mode", ("open orders",), "cancel them"),
    _usds(
        -4171,
        "NO_NEED_TO_CHANGE_JOINT_MARGIN",
        "the asset mode is set already",
        ("a bot that sets at every start what is set already",),
        "go on: nothing is wrong",
        fate=Fate.ALREADY,
    ),
    _usds(-4209, "ADJUST_LEVERAGE_SYMBOL_FAILED", "the symbol has a lower leverage", ("its own limit",), _LEVERAGE),
    Row(
        Outcome.ACCOUNT,
        -4400,
        "TRADING_QUANTITATIVE_RULE",
        "the account broke the quantitative rules, and may only reduce positions",
        ("many orders that are cancelled or never filled", "orders that are too small, too often"),
        "slow the bot down, and look at /fapi/v1/apiTradingStatus",
        of=USDS,
    ),
    Row(
        Outcome.ACCOUNT,
        -4401,
        "LARGE_POSITION_SYM_RULE",
        "the position is too large for the risk rules, and may only be reduced",
        ("a large share of all positions in this symbol",),
        "reduce the position",
        of=USDS,
    ),
    Row(
        Outcome.PLACE,
        -4402,
        "COMPLIANCE_BLACK_SYMBOL_RESTRICTION",
        "this is not offered in the account's region",
        ("rules of the place",),
        "trade another symbol",
        of=USDS,
        again="no: not with this account",
    ),
    Row(
        Outcome.ACCOUNT,
        -4403,
        "ADJUST_LEVERAGE_COMPLIANCE_FAILED",
        "the account's region has a lower leverage",
        ("rules of the place",),
        _LEVERAGE,
        of=USDS,
    ),
    _usds(-5021, "FOK_ORDER_REJECT", "fill-or-kill: it could not be filled at once", ("a thin market",), "order anew"),
    _usds(-5022, "GTX_ORDER_REJECT", "post-only: it would have taken", ("the market moved",), "order anew"),
    _usds(-5037, "INVALID_PRICE_MATCH", "there is no such priceMatch", (BUILT,), MEND),
    _usds(-5038, "UNSUPPORTED_ORDER_TYPE_PRICE_MATCH", "this type of order has no priceMatch", (BUILT,), MEND),
    _usds(-5039, "INVALID_SELF_TRADE_PREVENTION_MODE", "there is no such mode", (BUILT,), MEND),
    _usds(-5040, "FUTURE_GOOD_TILL_DATE", "goodTillDate is too near or too far", ("below ten minutes",), MEND),
    _usds(-5041, "BBO_ORDER_REJECT", "no price in the book matches", ("a thin market",), "order anew"),
    # COIN-margined alone
    Row(
        Outcome.ACCOUNT,
        -4189,
        "ACCOUNT_REDUCE_ONLY",
        "the account may only reduce positions in this symbol",
        ("a restriction of this account",),
        _REDUCE,
        of=COIN,
    ),
    _coin(
        -4220, "CANNOT_CHANGE_DUAL_SIDE", "both futures have the same position mode", ("portfolio margin",), "set both"
    ),
)
