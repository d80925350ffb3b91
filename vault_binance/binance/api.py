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

import httpx

from vault_binance import __version__
from vault_binance.binance import answers
from vault_binance.binance.bodies import Unreadable, collected, is_refusal, object_in
from vault_binance.binance.codes.table import Refusal, explained
from vault_binance.binance.hosts import OVERRIDES, Product, base_url, is_binances
from vault_binance.binance.port import Account, Restrictions, ServerTime, TradingStatus
from vault_binance.binance.signer import Signer, check_api_key, now_ms
from vault_binance.credentials import Environment
from vault_binance.errors import (
    BinanceUnavailable,
    ConfigError,
    KeyRejected,
    VaultBinanceError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Self

    from vault_binance.credentials import Credentials

TIMEOUT_S = 10.0
"""For connecting, and for every read; Binance itself gives up after 10 s (reference: Binance, 1.4)."""

_ORIGIN = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")
_EXTENSIONS = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S)}


_TIME = {Product.SPOT: "/api/v3/time", Product.USDS_FUTURES: "/fapi/v1/time", Product.COIN_FUTURES: "/dapi/v1/time"}


class BinanceApi:
    """One credential's view of Binance; implements `port.Binance`.

    `urls` override the environment's addresses, for an emulator or another of Binance's hosts: scheme, host and port;
    an empty one is none, and `url` is short for spot's. Raises ConfigError for any other, and MalformedCredentials for
    an API key that cannot stand in a header.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        url: str = "",
        urls: Mapping[Product, str] | None = None,
        clock: Callable[[], int] = now_ms,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._credentials = credentials
        given = {**(urls or {}), **({Product.SPOT: url} if url else {})}
        self._urls = {product: _checked(text, product) for product, text in given.items() if text}
        self._clock = clock
        check_api_key(credentials)
        self._signer = Signer(credentials, clock=clock)
        self._transport = transport or httpx.HTTPTransport()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def reaches(self, product: Product) -> bool:
        """Whether the key may be shown there: to an address that was given, or to Binance's own where spot's is, too.

        Else a key of an emulator would be shown to the real futures host because only one variable was set.
        """
        environment = self._credentials.environment
        return product in self._urls or is_binances(self._base(Product.SPOT), environment)

    def server_time(self, product: Product = Product.SPOT) -> ServerTime:
        path = _TIME[product]
        sent = self._clock()
        answer = self._get(path, product=product)
        received = self._clock()
        server = answers.whole(answer.get("serverTime"))
        if server is None:
            raise _not_binance(f"GET {path}")
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
        if not answers.is_restrictions(answer):
            raise _not_binance("GET /sapi/v1/account/apiRestrictions")
        return answers.restrictions(answer)

    def account(self) -> Account:
        answer = self._get_signed("/api/v3/account", {"omitZeroBalances": "true"})
        if not answers.is_account(answer):
            raise _not_binance("GET /api/v3/account")
        return answers.account(answer)

    def account_status(self) -> str | None:
        return answers.account_status(self._get_signed("/sapi/v1/account/status"))

    def trading_status(self) -> TradingStatus:
        return answers.trading_status(self._get_signed("/sapi/v1/account/apiTradingStatus"))

    def is_in_maintenance(self) -> bool | None:
        return answers.maintenance(self._get("/sapi/v1/system/status"))

    def futures_account(self) -> None:
        """Nothing of what it says is kept: it is asked for whether it answers."""
        self._get_signed("/fapi/v3/account", product=Product.USDS_FUTURES)

    def _get_signed(
        self, path: str, params: Mapping[str, str] | None = None, *, product: Product = Product.SPOT
    ) -> Mapping[str, Any]:
        signed = self._signer.request(params or {})
        return self._get(path, signed.query, signed.headers, product=product)

    def _get(
        self,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        *,
        product: Product = Product.SPOT,
    ) -> Mapping[str, Any]:
        asked, base = f"GET {path}", self._base(product)
        url = f"{base}{path}?{query}" if query else f"{base}{path}"
        always = {"User-Agent": f"vault-binance/{__version__}", "Accept": "application/json"}
        response = self._send(
            httpx.Request("GET", url, headers={**always, **(headers or {})}, extensions=_EXTENSIONS), asked, base
        )
        body = object_in(response.content)
        if not response.is_success or is_refusal(body):
            raise self._explained(response, body or {}, asked, product)
        if body is None:
            raise _not_binance(asked)
        return body

    def _base(self, product: Product) -> str:
        return self._urls.get(product) or base_url(self._credentials.environment, product)

    def _send(self, request: httpx.Request, asked: str, base: str) -> httpx.Response:
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
            f"{asked}: {failure}, at {base}",
            hint="can this machine reach that address? No proxy is taken from the environment.\n"
            "a request with effects may have been carried out all the same",
        )

    def _explained(
        self, response: httpx.Response, answer: Mapping[str, Any], asked: str, product: Product
    ) -> VaultBinanceError:
        text = answers.printable(answer.get("msg"))
        refusal = Refusal(
            status=response.status_code,
            code=answers.whole(answer.get("code")) or 0,
            text=text,
            retry_after=answers.seconds(response.headers.get("Retry-After", "")),
            asked=asked,
            environment=self._credentials.environment,
            product=product,
        )
        error = explained(refusal)
        if isinstance(error, KeyRejected):
            error.seen_from = answers.address_in(text)
        if isinstance(error, BinanceUnavailable):
            error.status = refusal.status
        return error


def _checked(url: str, product: Product) -> str:
    trimmed = url.rstrip("/")
    if not _is_origin(trimmed):
        raise ConfigError(
            "the address of Binance is not of the form https://host or https://host:port",
            hint=f"leave out path, query and user: {OVERRIDES[product]}={base_url(Environment.LIVE, product)}",
        )
    return trimmed


def _is_origin(url: str) -> bool:
    """The pattern says what we mean; httpx says what it can use (an address such as [:::] it cannot)."""
    try:
        port = httpx.URL(url).port
    except httpx.InvalidURL:
        return False
    return bool(_ORIGIN.fullmatch(url)) and (port or 0) < 65_536


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
