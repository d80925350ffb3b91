"""Codes of the futures: those of both, where they differ from the other products' or stand alone.

Sources: reference, Binance, 6, 11 and 17; developers.binance.com, error codes of the USDS-margined and of the
COIN-margined futures, for names and meanings. What only one of the two has is in futures_apart.py.
"""

from __future__ import annotations

from functools import partial

from vault_binance.binance.codes.row import FUTURES, Fate, Outcome, Row
from vault_binance.binance.codes.shared import BUILT, COMPOSED, MEND

_request = partial(Row, Outcome.REQUEST, of=FUTURES)
_account = partial(Row, Outcome.ACCOUNT, of=FUTURES)
_key = partial(Row, Outcome.KEY, of=FUTURES)
_already = partial(Row, Outcome.REQUEST, of=FUTURES, fate=Fate.ALREADY)

_STEPS = ("a float that was not rounded to the steps of the symbol", "steps that changed since they were read")
_ROUND = "ask exchangeInfo for the symbol's filters, and round price and quantity to them"
_RANGE = ("the price is too far from the mark price",)
_CLOSER = "take a price closer to the market"
_CLOSE_FIRST = "cancel the orders and close the positions it names first"
_MODE = ("the bot expects one-way mode and the account is in hedge mode, or the reverse",)
_ASKED_BEFORE = ("a bot that sets at every start what is set already",)
_GO_ON = "go on: nothing is wrong"
_REDUCING = ("the position is closed already, or smaller than the order", "open orders close it too")
_FUNDS = ("the margin is tied up in positions and orders", "the funds are in another wallet")

ROWS = (
    # About the key
    _key(
        -2015,
        "REJECTED_MBX_KEY",
        "the API key, this address or a permission is refused; Binance does not say which",
        (
            "this address is not on its list",
            "it lacks the right to futures",
            "it is older than the futures account",
            "portfolio margin took that right",
            "the key was deleted",
            "it is another environment's",
            "this address is banned",
        ),
        "these cannot be told apart: look at the key at Binance first. One such answer is no proof that it is gone",
        again="once, some minutes later, before anything is changed: it may be a ban that ends",
    ),
    _key(
        -2017,
        "API_KEYS_LOCKED",
        "the API keys of this account are locked",
        ("Binance locked them: a breach of its rules, or a sign that they were stolen",),
        "look at the account at Binance; its support can lift this",
    ),
    _key(-4056, "INVALID_API_KEY_TYPE", "this type of key cannot do that", (BUILT,), "take a key of another type"),
    _key(-4057, "INVALID_RSA_PUBLIC_KEY", "the public key is not valid", ("a damaged PEM",), "register it again"),
    _request(-1004, "DUPLICATE_IP", "this address is on the list already", _ASKED_BEFORE, _GO_ON, fate=Fate.ALREADY),
    _request(-1005, "NO_SUCH_IP", "this address is not on the list", ("it was taken off",), "look at the list"),
    Row(
        Outcome.PLACE,
        -1011,
        "NON_WHITE_LIST",
        "this address may not use this route",
        ("it is not on the list that this route asks for",),
        "run where the bot runs, or put this address on the key's list at Binance",
        of=FUTURES,
    ),
    Row(
        Outcome.LATER,
        -1008,
        "Request Throttled",
        "Binance is overloaded, and did not take the request",
        ("a market in motion",),
        "wait, and send less at a time; orders that only reduce or close are exempt from this",
        of=FUTURES,
    ),
    # About the request
    _request(-1023, "START_TIME_GREATER_THAN_END_TIME", "the time span ends before it starts", (BUILT,), MEND),
    _request(-1108, "BAD_ASSET", "there is no such asset", (BUILT,), MEND),
    _request(-1109, "BAD_ACCOUNT", "the account is not valid", ("there is no futures account",), "open it at Binance"),
    _request(-1110, "BAD_INSTRUMENT_TYPE", "there is no such type of symbol", (BUILT,), MEND),
    _request(-1113, "WITHDRAW_NOT_NEGATIVE", "a withdrawal has to be negative", (BUILT,), MEND),
    _request(-1126, "ASSET_NOT_SUPPORTED", "this asset is not supported", (BUILT,), MEND),
    _request(-1136, "INVALID_NEW_ORDER_RESP_TYPE", "there is no such newOrderRespType", (BUILT,), "ACK or RESULT"),
    # Orders and margin
    _request(-2012, "CANCEL_ALL_FAIL", "cancelling them all failed", ("orders that are gone",), "ask for open orders"),
    _request(-2018, "BALANCE_NOT_SUFFICIENT", "the balance is not enough", _FUNDS, "add funds or order less"),
    _request(
        -2019,
        "MARGIN_NOT_SUFFICIEN",
        "the margin is not enough",
        (*_FUNDS, "the leverage is lower than the bot believes"),
        "add margin, order less, or raise the leverage knowingly",
    ),
    _request(
        -2020, "UNABLE_TO_FILL", "the order cannot be filled", ("too few orders on the other side",), "order less"
    ),
    _request(
        -2021,
        "ORDER_WOULD_IMMEDIATELY_TRIGGER",
        "the stop order would be triggered at once",
        ("the market has passed the stop price", "the stop is on the wrong side of the market"),
        "compare the stop price with the mark price: without this order the position has no stop",
    ),
    _request(-2022, "REDUCE_ONLY_REJECT", "an order that only reduces was refused", _REDUCING, "look at the position"),
    _account(
        -2023,
        "USER_IN_LIQUIDATION",
        "the account is being liquidated",
        ("the margin fell below what the positions need",),
        "look at the account at once; orders are taken again when it is over",
    ),
    _request(
        -2024, "POSITION_NOT_SUFFICIENT", "the position is smaller than the order", _REDUCING, "look at the position"
    ),
    _request(-2025, "MAX_OPEN_ORDER_EXCEEDED", "there are too many open orders", ("orders left over",), "cancel some"),
    _request(
        -2026,
        "REDUCE_ONLY_ORDER_TYPE_NOT_SUPPORTED",
        "this type of order cannot be one that only reduces",
        (COMPOSED,),
        "take another type",
    ),
    _request(
        -2027,
        "MAX_LEVERAGE_RATIO",
        "the position would be larger than this leverage allows",
        ("high leverage has a low limit",),
        "lower the leverage or order less",
    ),
    _request(
        -2028,
        "MIN_LEVERAGE_RATIO",
        "the margin is not enough for that low a leverage",
        _FUNDS,
        "add margin or close some",
    ),
    _request(-4000, "INVALID_ORDER_STATUS", "the order has another status", ("it is filled or gone",), "ask for it"),
    _request(-4001, "PRICE_LESS_THAN_ZERO", "the price is below zero", (BUILT,), MEND),
    _request(-4002, "PRICE_GREATER_THAN_MAX_PRICE", "the price is above the symbol's highest", _STEPS, _ROUND),
    _request(-4003, "QTY_LESS_THAN_ZERO", "the quantity is not above zero", ("it was rounded down to zero",), _ROUND),
    _request(-4004, "QTY_LESS_THAN_MIN_QTY", "the quantity is below the symbol's lowest", _STEPS, _ROUND),
    _request(-4005, "QTY_GREATER_THAN_MAX_QTY", "the quantity is above the symbol's highest", _STEPS, _ROUND),
    _request(-4006, "STOP_PRICE_LESS_THAN_ZERO", "the stop price is below zero", (BUILT,), MEND),
    _request(
        -4007, "STOP_PRICE_GREATER_THAN_MAX_PRICE", "the stop price is above the symbol's highest", _STEPS, _ROUND
    ),
    _request(-4013, "PRICE_LESS_THAN_MIN_PRICE", "the price is below the symbol's lowest", _STEPS, _ROUND),
    _request(-4014, "PRICE_NOT_INCREASED_BY_TICK_SIZE", "the price is off the symbol's steps", _STEPS, _ROUND),
    _request(-4015, "INVALID_CL_ORD_ID_LEN", "the client order ID is not valid", ("over 36 characters",), "shorten it"),
    _request(-4016, "PRICE_HIGHTER_THAN_MULTIPLIER_UP", "the price is too high for this market", _RANGE, _CLOSER),
    _request(-4024, "PRICE_LOWER_THAN_MULTIPLIER_DOWN", "the price is too low for this market", _RANGE, _CLOSER),
    _request(-4021, "INVALID_DEPTH_LIMIT", "there is no book of that depth", (BUILT,), MEND),
    _request(-4023, "QTY_NOT_INCREASED_BY_STEP_SIZE", "the quantity is off the symbol's steps", _STEPS, _ROUND),
    _request(-4028, "INVALID_LEVERAGE", "there is no such leverage", ("above what the symbol allows",), "lower it"),
    _request(
        -4032, "EXCEED_MAX_CANCEL_ORDER_SIZE", "too many orders in one cancellation", (BUILT,), "send it in pieces"
    ),
    _request(-4045, "MAX_STOP_ORDER_EXCEEDED", "there are too many stop orders", ("orders left over",), "cancel some"),
    _already(-4046, "NO_NEED_TO_CHANGE_MARGIN_TYPE", "the margin type is set already", _ASKED_BEFORE, _GO_ON),
    _request(-4047, "THERE_EXISTS_OPEN_ORDERS", "the margin type cannot change now", ("open orders",), _CLOSE_FIRST),
    _request(-4048, "THERE_EXISTS_QUANTITY", "the margin type cannot change now", ("an open position",), _CLOSE_FIRST),
    _request(-4049, "ADD_ISOLATED_MARGIN_REJECT", "only isolated positions take margin", ("crossed margin",), MEND),
    _request(-4050, "CROSS_BALANCE_INSUFFICIENT", "the crossed balance is not enough", _FUNDS, "add funds"),
    _request(-4051, "ISOLATED_BALANCE_INSUFFICIENT", "the isolated balance is not enough", _FUNDS, "add funds"),
    _request(
        -4054, "ADD_ISOLATED_MARGIN_NO_POSITION_REJECT", "there is no position to add to", _REDUCING, "look at it"
    ),
    _request(-4055, "AMOUNT_MUST_BE_POSITIVE", "the amount is not above zero", (BUILT,), MEND),
    _already(-4059, "NO_NEED_TO_CHANGE_POSITION_SIDE", "the position mode is set already", _ASKED_BEFORE, _GO_ON),
    _request(-4060, "INVALID_POSITION_SIDE", "there is no such positionSide", (BUILT,), "BOTH, LONG or SHORT"),
    _request(
        -4061,
        "POSITION_SIDE_NOT_MATCH",
        "positionSide does not go with the account's position mode",
        _MODE,
        "ask /fapi/v1/positionSide/dual, then set the bot or the account to the same mode",
    ),
    _request(
        -4062, "REDUCE_ONLY_CONFLICT", "reduceOnly does not go with the rest", _MODE, "hedge mode has no reduceOnly"
    ),
    _request(
        -4067,
        "POSITION_SIDE_CHANGE_EXISTS_OPEN_ORDERS",
        "the position mode cannot change now",
        ("open orders",),
        _CLOSE_FIRST,
    ),
    _request(
        -4068,
        "POSITION_SIDE_CHANGE_EXISTS_QUANTITY",
        "the position mode cannot change now",
        ("a position",),
        _CLOSE_FIRST,
    ),
    _request(-4082, "INVALID_BATCH_PLACE_ORDER_SIZE", "too many orders in one batch, or none", (BUILT,), "send fewer"),
    _request(
        -4083,
        "PLACE_BATCH_ORDERS_FAIL",
        "the batch of orders failed",
        ("one of them breaks a rule",),
        "ask for each order before sending any again",
        fate=Fate.UNKNOWN,
    ),
    _request(-4104, "INVALID_CONTRACT_TYPE", "there is no such type of contract", (BUILT,), MEND),
    _request(
        -4120,
        "STOP_ORDER_SWITCH_ALGO",
        "orders with a condition have an endpoint of their own now",
        ("a client library that is too old",),
        "update the client: without this order the position has no stop",
    ),
    _request(
        -4135, "INVALID_ACTIVATION_PRICE", "the activation price is not valid", ("wrong side of the market",), MEND
    ),
    _request(-4139, "ORDER_TYPE_CANNOT_BE_MKT", "a market order cannot be used here", (BUILT,), "send a limit order"),
    _request(-4137, "QUANTITY_EXISTS_WITH_CLOSE_POSITION", "closePosition takes no quantity", (BUILT,), MEND),
    _request(-4138, "REDUCE_ONLY_MUST_BE_TRUE", "closePosition needs reduceOnly to be true", (BUILT,), MEND),
    _request(
        -4142,
        "STRATEGY_INVALID_TRIGGER_PRICE",
        "the stop order would be triggered at once",
        ("the market has passed the stop price",),
        "compare the stop price with the market: without this order the position has no stop",
    ),
    _account(
        -4192,
        "COOLING_OFF_PERIOD",
        "the account takes a break from trading",
        ("its owner asked for it",),
        "wait for its end",
    ),
)
