"""What an HTTP status of Binance's means, whatever the product; source: reference, Binance, 1.4, 11.2 and 12."""

from __future__ import annotations

from vault_binance.binance.codes.row import Fate, Outcome, Row

LIMIT_WAIT = 60.0  # limits are counted per minute (reference: Binance, 12)
BAN_WAIT = 120.0  # bans last from 2 minutes to 3 days (reference: Binance, 12)

SHARED = "limits are counted per address: every bot behind this one shares them. Asking before then makes it worse"
LOOK = "a request with effects may have been carried out all the same: look before asking again"

LIMITS = (
    Row(
        Outcome.LIMIT,
        None,
        "I'm a teapot",
        "this address is banned for sending too much",
        ("requests went on after answers of 429", "another bot behind this address sent too much"),
        SHARED,
        status={418},
        statuses="418",
        wait=BAN_WAIT,
    ),
    Row(
        Outcome.LIMIT,
        None,
        "Too Many Requests",
        "too many requests from this address",
        ("polling where a stream would do", "several bots behind one address", "orders placed too fast"),
        SHARED,
        status={429},
        statuses="429",
        wait=LIMIT_WAIT,
    ),
)
"""They come before every code: during a ban the code may be any (reference: Binance, 17)."""

FAILURES = (
    Row(
        Outcome.LATER,
        None,
        "Service Unavailable",
        "Binance is not available, or too busy",
        ("load", "maintenance", "an order that was passed on and not heard of again"),
        LOOK,
        fate=Fate.UNKNOWN,
        status={503},
        statuses="503",
    ),
    Row(
        Outcome.LATER,
        None,
        "Internal Server Error and kin",
        "Binance failed",
        ("a fault on Binance's side", "an answer that took longer than 10 s"),
        LOOK,
        fate=Fate.UNKNOWN,
        status=range(500, 600),
        statuses="5xx",
    ),
)
"""They come before codes too: a 5xx leaves the fate of a request open, whatever its body says."""

OTHERS = (
    Row(
        Outcome.PLACE,
        None,
        "Unavailable For Legal Reasons",
        "Binance does not serve this location",
        ("the address of this machine is in a restricted country; many clouds and CI machines are",),
        "run where the bot runs, or test against the emulator: vault-binance testing emulator",
        status={451},
        statuses="451",
    ),
    Row(
        Outcome.PLACE,
        None,
        "Forbidden",
        "Binance's firewall refused the request",
        ("the address is suspect: a proxy or a VPN", "the text of the request is: words of SQL", "very many requests"),
        "it judges the address and the text of the request, not the key. Is a proxy or a VPN in between?",
        status={403},
        statuses="403",
    ),
    Row(
        Outcome.SETTING,
        None,
        "Not Found",
        "there is no such endpoint",
        ("the base URL is another product's or another environment's", "the testnet has no /sapi"),
        "is the base URL right?",
        status={404},
        statuses="404",
        tells_environment=True,
    ),
    Row(
        Outcome.SETTING,
        None,
        "a redirection",
        "this is not Binance's API: it redirects",
        ("the base URL is that of the web site, or http:// for https://", "a log-in page of the network"),
        "is the base URL right?",
        status=range(300, 400),
        statuses="3xx",
        tells_environment=True,
    ),
    Row(
        Outcome.REQUEST,
        None,
        "Conflict",
        "a cancel-and-replace was carried out in part",
        ("the old order was cancelled and the new one refused", "the new one was placed and the old one not cancelled"),
        "ask for both orders before sending anything again",
        fate=Fate.PARTLY,
        status={409},
        statuses="409",
    ),
    Row(
        Outcome.REQUEST,
        None,
        "Gone",
        "this endpoint was retired",
        ("a client library from before February 2026 asks the spot market for a listenKey",),
        "update the client; spot user data comes from userDataStream.subscribe of the WebSocket API",
        status={410},
        statuses="410",
    ),
    Row(
        Outcome.UNEXPECTED,
        None,
        "Unauthorized",
        "the request is not authorized, and no code of Binance's says why",
        ("something in between asks for a log-in: a proxy", "with a code, that code says more"),
        "is it Binance that answers? With a code: vault-binance explain CODE",
        status={401},
        statuses="401",
    ),
    Row(
        Outcome.UNEXPECTED,
        None,
        "Bad Request",
        "Binance refused the request",
        ("the request is malformed", "with a code, that code says more"),
        "Binance's own words say more; with a code: vault-binance explain CODE",
        status={400},
        statuses="400",
    ),
)

LAST = Row(
    Outcome.UNEXPECTED,
    None,
    "",
    "Binance refused the request",
    ("a rule of Binance's that is not in our table",),
    "Binance's own words, where there are any, say more",
    fate=Fate.UNKNOWN,
)
"""The row that matches everything."""
