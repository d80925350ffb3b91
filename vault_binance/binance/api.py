"""Binance over HTTP: the only file that imports httpx, and nothing httpx-shaped leaves it.

Rules of the file
- What is signed is, byte for byte, what is sent, and it is stamped and signed at the moment of sending.
- httpx is used below its `Client`: the Client logs every URL at INFO, signature and all, and follows redirects.
  Its transport does neither.
- No proxy is taken from the environment: Binance judges a key by the address it sees, and a proxy meant for something
  else would make that another one. SSL_CERT_FILE and SSL_CERT_DIR are honoured, since only TLS depends on them.
- The API key travels on signed requests alone; no query is ever part of a message.
- Nothing is tried twice here: whoever calls knows whether that is wanted.
"""

from __future__ import annotations

import re
import time

import httpx

from vault_binance import __version__
from vault_binance.binance.bodies import LONGEST_NAME, Unreadable, collected, has_any, is_refusal, object_in
from vault_binance.binance.codes import Refusal, explained
from vault_binance.binance.hosts import base_url
from vault_binance.binance.keys import sign
from vault_binance.binance.port import Account, Restrictions, ServerTime
from vault_binance.credentials import Environment
from vault_binance.errors import BinanceUnavailable, ConfigError, MalformedCredentials
from vault_binance.signing import RECV_WINDOW_MS, encode, signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Self

    from vault_binance.credentials import Credentials
    from vault_binance.signing import Pairs

TIMEOUT_S = 10.0
"""For connecting, and for every read; Binance itself gives up after 10 s (reference: Binance, 1.4)."""

LONGEST_WAIT_S = 3 * 86_400
"""No ban is longer (reference: Binance, 12); a Retry-After beyond it is not believed."""

_ORIGIN = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")
_EXTENSIONS = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S)}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class BinanceApi:
    """One credential's view of Binance; implements `port.Binance`.

    `url` overrides the environment's address, for an emulator or another of Binance's hosts: scheme, host and port.
    Raises ConfigError for any other, and MalformedCredentials for an API key that cannot stand in a header.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        url: str = "",
        clock: Callable[[], int] = now_ms,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._credentials = credentials
        self._base = _checked(url) if url else base_url(credentials.environment)
        self._clock = clock
        _check_api_key(credentials)
        self._transport = transport or httpx.HTTPTransport()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def server_time(self) -> ServerTime:
        sent = self._clock()
        answer = self._get("/api/v3/time")
        received = self._clock()
        server = _whole(answer.get("serverTime"))
        if server is None:
            raise _not_binance("GET /api/v3/time")
        return ServerTime(server_ms=server, sent_ms=sent, received_ms=received)

    def restrictions(self) -> Restrictions | None:
        """What the key may do, or None: the testnet has no /sapi and is not asked; whether the demo has it is not
        known, so it is asked and believed (reference: Binance, 4 and 18).
        """
        environment = self._credentials.environment
        if environment is Environment.TESTNET:
            return None
        try:
            answer = self._get_signed("/sapi/v1/account/apiRestrictions")
        except ConfigError:  # there is no such endpoint
            if environment is Environment.DEMO:
                return None
            raise
        if not has_any(answer, _FIELDS):
            raise _not_binance("GET /sapi/v1/account/apiRestrictions")
        return _restrictions(answer)

    def account(self) -> Account:
        answer = self._get_signed("/api/v3/account", [("omitZeroBalances", "true")])
        if not has_any(answer, _ACCOUNT_FIELDS):
            raise _not_binance("GET /api/v3/account")
        return Account(
            can_trade=_flag(answer.get("canTrade")),
            can_withdraw=_flag(answer.get("canWithdraw")),
            account_type=_printable(answer.get("accountType")),
            uid=_whole(answer.get("uid")),
        )

    def _get_signed(self, path: str, params: Pairs = ()) -> Mapping[str, Any]:
        query = encode([*params, ("recvWindow", RECV_WINDOW_MS), ("timestamp", self._clock())])
        signature = sign(self._credentials, query.encode("ascii"))
        return self._get(path, signed(query, signature), {"X-MBX-APIKEY": self._credentials.api_key.reveal()})

    def _get(self, path: str, query: str = "", headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        asked = f"GET {path}"
        url = f"{self._base}{path}?{query}" if query else f"{self._base}{path}"
        always = {"User-Agent": f"vault-binance/{__version__}", "Accept": "application/json"}
        response = self._send(
            httpx.Request("GET", url, headers={**always, **(headers or {})}, extensions=_EXTENSIONS), asked
        )
        body = object_in(response.content)
        if not response.is_success or is_refusal(body):
            raise explained(self._refusal(response, body, asked))
        if body is None:
            raise _not_binance(asked)
        return body

    def _send(self, request: httpx.Request, asked: str) -> httpx.Response:
        try:
            response = _read(self._transport.handle_request(request))
        except Unreadable as error:
            failure = str(error)
        except httpx.TimeoutException:
            failure = f"no answer within {TIMEOUT_S:g} s"
        except httpx.ConnectError:
            failure = "no connection"
        except httpx.HTTPError as error:
            failure = f"the connection failed ({type(error).__name__})"
        else:
            return response
        # Outside of the except clauses: httpx's errors hold the request, and are not to be chained.
        raise BinanceUnavailable(
            f"{asked}: {failure}, at {self._base}",
            hint="can this machine reach that address? No proxy is taken from the environment.\n"
            "a request with effects may have been carried out all the same",
        )

    def _refusal(self, response: httpx.Response, body: Mapping[str, Any] | None, asked: str) -> Refusal:
        answer = body or {}
        return Refusal(
            status=response.status_code,
            code=_whole(answer.get("code")) or 0,
            text=_printable(answer.get("msg")),
            retry_after=_seconds(response.headers.get("Retry-After", "")),
            asked=asked,
            environment=self._credentials.environment,
        )


def _checked(url: str) -> str:
    trimmed = url.rstrip("/")
    if not _is_origin(trimmed):
        raise ConfigError(
            "the address of Binance is not of the form https://host or https://host:port",
            hint="leave out path, query and user: VAULT_BINANCE_BINANCE_URL=https://api1.binance.com",
        )
    return trimmed


def _is_origin(url: str) -> bool:
    """The pattern says what we mean; httpx says what it can use (an address such as [:::] it cannot)."""
    try:
        port = httpx.URL(url).port
    except httpx.InvalidURL:
        return False
    return bool(_ORIGIN.fullmatch(url)) and (port or 0) < 65_536


def _check_api_key(credentials: Credentials) -> None:
    """What cannot stand in a header would be quoted, in whole, by the error of the library below."""
    value = credentials.api_key.reveal()
    if not (value.isascii() and value.isalnum()):
        raise MalformedCredentials(
            f"credential {credentials.name}: the API key has a character that Binance's keys never have",
            hint="white space or quotes, perhaps; copy it again from Binance, and store it: vault-binance key put",
        )


def _not_binance(asked: str) -> BinanceUnavailable:
    return BinanceUnavailable(
        f"{asked}: the answer is not Binance's",
        hint="does something in between answer in its place: a proxy, a captive portal, a wrong base URL?",
    )


_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def _read(response: httpx.Response) -> httpx.Response:
    """The same answer with its body in memory, decompressed; raises Unreadable for one without an end."""
    try:
        body = collected(response.iter_bytes())
    finally:
        response.close()
    headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in _OF_THE_WIRE]
    return httpx.Response(response.status_code, headers=headers, content=body)


_FIELDS = {
    "ipRestrict": "ip_restrict",
    "enableReading": "enable_reading",
    "enableWithdrawals": "enable_withdrawals",
    "enableInternalTransfer": "enable_internal_transfer",
    "permitsUniversalTransfer": "permits_universal_transfer",
    "enableSpotAndMarginTrading": "enable_spot_and_margin_trading",
    "enableMargin": "enable_margin",
    "enableFutures": "enable_futures",
    "enableVanillaOptions": "enable_vanilla_options",
    "enablePortfolioMarginTrading": "enable_portfolio_margin_trading",
    "enableFixApiTrade": "enable_fix_api_trade",
    "enableFixReadOnly": "enable_fix_read_only",
}
_ACCOUNT_FIELDS = frozenset({"canTrade", "canWithdraw", "accountType", "uid", "balances"})
_TIMES = {"createTime": "create_time", "tradingAuthorityExpirationTime": "trading_authority_expiration_time"}


def _restrictions(answer: Mapping[str, Any]) -> Restrictions:
    flags = {ours: _flag(answer.get(theirs)) for theirs, ours in _FIELDS.items()}
    times = {ours: _whole(answer.get(theirs)) for theirs, ours in _TIMES.items()}
    others = answer.keys() - _FIELDS.keys() - _TIMES.keys()
    unknown = tuple(sorted(name for name in others if _is_name(name) and _flag(answer[name])))
    return Restrictions(**flags, **times, unknown=unknown)  # type: ignore[arg-type]  # the tables give each its kind


def _is_name(text: str) -> bool:
    return text.isidentifier() and text.isascii() and len(text) <= LONGEST_NAME


def _flag(value: object) -> bool | None:
    """Binance writes booleans as the text "true" in places (reference: Binance, 8)."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None


def _whole(value: object) -> int | None:
    """An integer that has a meaning; JSON's may have thousands of digits."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def _seconds(text: str) -> float | None:
    plausible = text.isascii() and text.isdigit() and len(text) < 10
    return min(float(text), LONGEST_WAIT_S) if plausible else None


def _printable(value: object) -> str:
    return "".join(c for c in value if c.isprintable())[:200] if isinstance(value, str) else ""
