"""Codes of the spot market alone.

Sources: reference, Binance, 2, 7 and 11; github.com/binance/binance-spot-api-docs, errors.md, for names and meanings.
Not here: what is wrong within a FIX message (-1169 to -1191), which a FIX engine has to explain.
"""

from __future__ import annotations

from functools import partial

from vault_binance.binance.codes.row import Fate, Outcome, Part, Row
from vault_binance.binance.codes.shared import BUILT, COMPOSED, MEND
from vault_binance.binance.codes.statuses import LIMIT_WAIT

SPOT = frozenset({Part.SPOT})

_spot = partial(Row, Outcome.REQUEST, of=SPOT)

_LEGS = ("the two legs of the OCO are exchanged", "price and stop price are on the wrong side of the market")
_SIDES = "compare the prices of both legs with the last price and with the side of the order"
_SBE = ("a client that speaks SBE with a schema that Binance does not speak, or not any more",)

ROWS = (
    _spot(-1134, "BAD_STRATEGY_TYPE", "strategyType is below 1000000", (BUILT,), "take a number from 1000000 on"),
    _spot(-1135, "INVALID_JSON", "a parameter is not valid JSON", ("a list written by Python and not by json",), MEND),
    _spot(-1139, "INVALID_TICKER_TYPE", "there is no such type of ticker", (BUILT,), "FULL or MINI"),
    _spot(-1145, "INVALID_CANCEL_RESTRICTIONS", "there is no such cancelRestrictions", (BUILT,), MEND),
    _spot(-1151, "DUPLICATE_SYMBOLS", "a symbol is more than once in the list", (BUILT,), "name each symbol once"),
    _spot(-1152, "INVALID_SBE_HEADER", "the header X-MBX-SBE is malformed", _SBE, "update the client"),
    _spot(-1153, "UNSUPPORTED_SCHEMA_ID", "this SBE schema is not spoken", _SBE, "update the client"),
    _spot(-1155, "SBE_DISABLED", "SBE is switched off", _SBE, "ask for JSON"),
    _spot(-1158, "OCO_ORDER_TYPE_REJECTED", "an OCO cannot have this type of order", (COMPOSED,), MEND),
    _spot(-1160, "OCO_ICEBERGQTY_TIMEINFORCE", "an iceberg leg of an OCO needs timeInForce GTC", (COMPOSED,), MEND),
    _spot(-1161, "DEPRECATED_SCHEMA", "the answer needs a newer SBE schema", _SBE, "update the client"),
    _spot(-1165, "BUY_OCO_LIMIT_MUST_BE_BELOW", "the limit leg of a buying OCO is not the lower one", _LEGS, _SIDES),
    _spot(-1166, "SELL_OCO_LIMIT_MUST_BE_ABOVE", "the limit leg of a selling OCO is not the upper one", _LEGS, _SIDES),
    _spot(
        -1168, "BOTH_OCO_ORDERS_CANNOT_BE_LIMIT", "an OCO of two limit orders", (COMPOSED,), "one leg needs a trigger"
    ),
    _spot(-1196, "BUY_OCO_STOP_LOSS_MUST_BE_ABOVE", "the stop of a buying OCO is not the upper leg", _LEGS, _SIDES),
    _spot(-1197, "SELL_OCO_STOP_LOSS_MUST_BE_BELOW", "the stop of a selling OCO is not the lower leg", _LEGS, _SIDES),
    _spot(-1198, "BUY_OCO_TAKE_PROFIT_MUST_BE_BELOW", "a buying OCO takes profit above", _LEGS, _SIDES),
    _spot(-1199, "SELL_OCO_TAKE_PROFIT_MUST_BE_ABOVE", "a selling OCO takes profit below", _LEGS, _SIDES),
    _spot(-1194, "INVALID_TIME_UNIT", "there is no such unit of time", (BUILT,), "MICROSECOND or MILLISECOND"),
    _spot(-1220, "SYMBOL_DOES_NOT_MATCH_STATUS", "the symbol has another status", ("a halt",), "look at its status"),
    Row(
        Outcome.LIMIT,
        -1034,
        "TOO_MANY_CONNECTIONS",
        "too many connections, or attempts at one",
        ("connections that are opened anew without a pause", "several bots behind one address or account"),
        "keep connections open, and wait before opening one again",
        of=SPOT,
        wait=LIMIT_WAIT,
    ),
    _spot(-1033, "COMP_ID_IN_USE", "this SenderCompID is in use", ("a second FIX session",), "end the other session"),
    _spot(-1035, "LOGGED_OUT", "the FIX session is over", ("a logout without its message",), "send Logout at the end"),
    _spot(
        -2021,
        "ORDER_CANCEL_REPLACE_PARTIALLY_FAILED",
        "a cancel-and-replace was carried out in part",
        ("the old order was cancelled and the new one refused", "the new one was placed and the old one is there"),
        "ask for both orders before sending anything again",
        fate=Fate.PARTLY,
    ),
    _spot(
        -2022,
        "ORDER_CANCEL_REPLACE_FAILED",
        "a cancel-and-replace failed in both halves",
        ("the old order is filled or gone", "the new one breaks a rule"),
        "ask for the old order; Binance's own words have a reason for each half",
    ),
    _spot(
        -2026, "ORDER_ARCHIVED", "the order is archived", ("it ended unfilled over 90 days ago",), "ask for it no more"
    ),
    _spot(
        -2035,
        "SUBSCRIPTION_ACTIVE",
        "the user data stream is subscribed to already",
        ("a second subscription on the same connection",),
        "use the one that is there",
        fate=Fate.ALREADY,
    ),
    _spot(
        -2036, "SUBSCRIPTION_INACTIVE", "there is no such subscription", ("the connection is new",), "subscribe again"
    ),
    _spot(-2038, "ORDER_AMEND_REJECTED", "the amendment was refused", ("it is filled, or amended too often",), MEND),
    _spot(-2039, "CLIENT_ORDER_ID_INVALID", "order ID and client order ID are not of one order", (BUILT,), MEND),
    _spot(
        -2042,
        "MAXIMUM_SUBSCRIPTION_IDS",
        "this connection had all its subscriptions",
        ("65,535 over its life",),
        "connect anew",
    ),
    _spot(
        -2043, "NO_REFERENCE_PRICE", "this symbol has no reference price", ("a symbol without one",), "do without it"
    ),
)
