"""Codes that mean the same for every product, unless a product says otherwise in a file of its own.

Sources: reference, Binance, 1.4, 7, 11 and 17; github.com/binance/binance-spot-api-docs, errors.md, for names and
meanings.
"""

from __future__ import annotations

from functools import partial

from vault_binance.binance.codes.row import SPOT_AND_SAPI, Fate, Outcome, Row
from vault_binance.binance.codes.statuses import LIMIT_WAIT, LOOK, SHARED

BUILT = "the bot or its client library builds the request wrong"
COMPOSED = "an order of this kind is put together wrong"
MEND = "mend what builds the request; Binance's own words name the parameter"

_key = partial(Row, Outcome.KEY)
_request = partial(Row, Outcome.REQUEST)
_unknown = partial(Row, Outcome.LATER, fate=Fate.UNKNOWN)
_limit = partial(Row, Outcome.LIMIT, wait=LIMIT_WAIT)

LIMITS = (
    _limit(
        -1003,
        "TOO_MANY_REQUESTS",
        "too many requests from this address",
        ("polling where a stream would do", "several bots behind one address", "a ban, after earlier answers of 429"),
        SHARED,
    ),
    _limit(
        -1015,
        "TOO_MANY_ORDERS",
        "too many orders",
        ("more orders within seconds, or within a day, than this account may place",),
        "orders are counted per account: place fewer, and wait",
    ),
)
"""They come before the statuses 5xx: what they say of waiting holds."""

ROWS = (
    # About the key
    _key(
        -2014,
        "BAD_API_KEY_FMT",
        "the API key is malformed",
        ("white space, quotes or an empty value, most often out of a shell or an .env file",),
        "copy it again from Binance, and store it: vault-binance key put",
    ),
    _key(
        -2015,
        "REJECTED_MBX_KEY",
        "the API key, this address or a permission is refused; Binance does not say which",
        (
            "this address is not on its list",
            "it lacks a permission, reading included",
            "the key was deleted",
            "it is another environment's",
            "this address is banned for a while",
        ),
        "these cannot be told apart: look at the key at Binance first. One such answer is no proof that it is gone",
        of=SPOT_AND_SAPI,
        again="once, some minutes later, before anything is changed: it may be a ban that ends",
    ),
    _key(
        -2008,
        "BAD_API_ID",
        "Binance does not know this API key",
        ("it was deleted", "it belongs to another environment"),
        "look for it at Binance; keys without IP restriction are deleted by Binance",
        tells_environment=True,
    ),
    _key(
        -1022,
        "INVALID_SIGNATURE",
        "the signature is not valid",
        (
            "the stored secret does not belong to this API key",
            "the stored key type is wrong",
            "what is sent is not what was signed: letters beyond ASCII, or a query built twice",
        ),
        "store the pair again, both parts from the same key: vault-binance key put",
    ),
    _key(
        -1021,
        "INVALID_TIMESTAMP",
        "this clock and Binance's differ too much",
        ("this clock is more than 1 s ahead, or 5 s behind", "containers on a desktop drift after sleep", "a slow way"),
        "the key itself may be sound: set the clock by NTP, then ask again",
        again="yes, stamped anew, once the clock is right",
    ),
    _key(
        -1002,
        "UNAUTHORIZED",
        "the key is not authorized for this request",
        ("it lacks a permission",),
        "look at the key at Binance",
    ),
    _key(
        -1099,
        "NOT_FOUND",
        "the key is not authorized, or there is no such thing",
        ("it lacks a permission", "the endpoint is another product's"),
        "look at the key at Binance, and at the path that was asked",
    ),
    # On Binance's side
    _unknown(-1000, "UNKNOWN", "something failed at Binance, and it does not say what", ("a fault that passes",), LOOK),
    _unknown(
        -1001, "DISCONNECTED", "Binance could not carry out the request", ("a fault inside Binance that passes",), LOOK
    ),
    _unknown(
        -1006,
        "UNEXPECTED_RESP",
        "Binance had an answer from inside that it could not read",
        ("a fault inside Binance",),
        LOOK,
    ),
    _unknown(
        -1007,
        "TIMEOUT",
        "Binance's own back end did not answer in time",
        ("load: Binance gives up after 10 s",),
        LOOK,
    ),
    Row(
        Outcome.LATER,
        -1008,
        "SERVER_BUSY",
        "Binance is overloaded, and did not take the request",
        ("a market in motion",),
        "wait some minutes",
        of=SPOT_AND_SAPI,
    ),
    _request(
        -1016, "SERVICE_SHUTTING_DOWN", "this service is no longer there", ("it was retired",), "update the client"
    ),
    # About the request
    _request(
        -1010,
        "ERROR_MSG_RECEIVED",
        "the matching engine refused the request",
        ("the order breaks a rule; Binance's own words say which",),
        "mend the order",
    ),
    _request(
        -1013,
        "INVALID_MESSAGE",
        "the request breaks a rule of the symbol, and did not reach the matching engine",
        ("price or quantity is off the symbol's steps", "the order is worth too little", "too many open orders"),
        "ask exchangeInfo for the symbol's filters, and round price and quantity to them",
    ),
    _request(
        -1014,
        "UNKNOWN_ORDER_COMPOSITION",
        "there is no order with this combination of parameters",
        (COMPOSED,),
        "compare type, timeInForce and prices with Binance's page on new orders",
    ),
    _request(
        -1020,
        "UNSUPPORTED_OPERATION",
        "this operation is not supported",
        ("the endpoint does not do this, or not for this account or key type",),
        "compare the request with Binance's page on it",
    ),
    _request(
        -1100,
        "ILLEGAL_CHARS",
        "a parameter has characters that it may not have",
        ("a number in exponent or local notation", "a space in a list", "a None or a boolean written by Python"),
        MEND,
    ),
    _request(
        -1101, "TOO_MANY_PARAMETERS", "too many parameters, or one of them twice", ("a name that is repeated",), MEND
    ),
    _request(
        -1102,
        "MANDATORY_PARAM_EMPTY_OR_MALFORMED",
        "a mandatory parameter is missing, empty or malformed",
        (BUILT, "timestamp or signature got lost on the way: a proxy, a body that was not sent"),
        MEND,
    ),
    _request(
        -1103, "UNKNOWN_PARAM", "a parameter is unknown", ("its name is misspelled, or of another endpoint",), MEND
    ),
    _request(
        -1104,
        "UNREAD_PARAMETERS",
        "more parameters were sent than the endpoint reads",
        ("a name that is repeated",),
        MEND,
    ),
    _request(-1105, "PARAM_EMPTY", "a parameter is empty", ("a value that was None or not set",), MEND),
    _request(-1106, "PARAM_NOT_REQUIRED", "a parameter was sent that does not go with the others", (COMPOSED,), MEND),
    _request(
        -1108,
        "PARAM_OVERFLOW",
        "a number is too large",
        ("price and quantity exchanged", "a missing decimal point"),
        MEND,
        of=SPOT_AND_SAPI,
    ),
    _request(
        -1111,
        "BAD_PRECISION",
        "a number has more decimals than this symbol or asset allows",
        ("a float that was not rounded to the step of the symbol",),
        "round price and quantity to tickSize and stepSize of exchangeInfo, as text and not as a float",
    ),
    _request(
        -1112, "NO_DEPTH", "the book of this symbol is empty", ("the symbol is not trading",), "look at its status"
    ),
    _request(-1114, "TIF_NOT_REQUIRED", "this kind of order has no timeInForce", (COMPOSED,), "leave timeInForce out"),
    _request(-1115, "INVALID_TIF", "there is no such timeInForce", (BUILT,), "GTC, IOC and FOK are for all"),
    _request(-1116, "INVALID_ORDER_TYPE", "there is no such type of order", ("a type of another product",), MEND),
    _request(-1117, "INVALID_SIDE", "the side is neither BUY nor SELL", (BUILT,), MEND),
    _request(-1118, "EMPTY_NEW_CL_ORD_ID", "the new client order ID is empty", (BUILT,), "give one or leave it out"),
    _request(-1119, "EMPTY_ORG_CL_ORD_ID", "the order to act on is not named", (BUILT,), "give its client order ID"),
    _request(-1120, "BAD_INTERVAL", "there is no such interval of candles", ("one of another exchange",), MEND),
    _request(
        -1121,
        "BAD_SYMBOL",
        "there is no such symbol",
        ("written with a slash or a dash", "of another product or environment", "delisted"),
        "look for it in exchangeInfo of the same base URL",
    ),
    _request(-1122, "INVALID_SYMBOLSTATUS", "there is no such status of a symbol", (BUILT,), MEND),
    _request(
        -1125,
        "INVALID_LISTEN_KEY",
        "this listenKey does not exist",
        ("it ran out: it lives 60 minutes unless kept alive", "spot has no listenKeys any more"),
        "futures: make a new one; spot: userDataStream.subscribe of the WebSocket API",
    ),
    _request(
        -1127, "MORE_THAN_XX_HOURS", "the time span is too long", ("startTime and endTime are too far apart",), MEND
    ),
    _request(-1128, "OPTIONAL_PARAMS_BAD_COMBO", "these parameters do not go together", (BUILT,), MEND),
    _request(-1130, "INVALID_PARAMETER", "a parameter has a value that it may not have", (BUILT,), MEND),
    _request(
        -1131,
        "BAD_RECV_WINDOW",
        "recvWindow is too large",
        ("a bot that makes up for a wrong clock by a wide window",),
        "stay below 60000 ms, and set the clock by NTP",
    ),
    # Orders
    _request(
        -2010,
        "NEW_ORDER_REJECTED",
        "the order was refused",
        ("not enough funds", "a client order ID that is in use", "the market is closed", "trading is disabled here"),
        "Binance's own words say which. Of 'disabled' and 'may not': the account, or its contract, at Binance",
    ),
    _request(
        -2011,
        "CANCEL_REJECTED",
        "the cancellation was refused",
        ("the order is filled or cancelled already", "it is another symbol's", "it never existed"),
        "ask for the order; where its fate was unknown, this tells it",
    ),
    _request(
        -2013,
        "NO_SUCH_ORDER",
        "there is no such order",
        ("it never reached Binance", "it is another symbol's or account's", "it was archived"),
        "right after placing: ask again once, since an order can take a moment to be found",
    ),
    _request(
        -2016,
        "NO_TRADING_WINDOW",
        "the symbol has no trading window",
        ("it does not trade yet, or not any more",),
        "look at its status in exchangeInfo",
    ),
)
