"""Binance's questions and answers, over the connections of transport.py.

Rules of the file
- What is signed is, byte for byte, what is sent, and it is stamped and signed at the moment of sending.
- The API key travels on signed requests alone, over TLS or within this machine, and to no host of Binance's where keys
  of another environment live. No query is ever part of a message, nor of a variable that a traceback could show.
- Nothing is tried twice here: whoever calls knows whether that is wanted.
"""

from __future__ import annotations

import re

from vault_binance.binance import answers
from vault_binance.binance.bodies import is_refusal, object_in
from vault_binance.binance.codes.table import Refusal, explained
from vault_binance.binance.hosts import OVERRIDES, Product, base_url, home_of, is_binances, keeps_a_key
from vault_binance.binance.port import Account, Restrictions, ServerTime, TradingStatus
from vault_binance.binance.signer import Signer, check_api_key, now_ms
from vault_binance.binance.transport import Connections, Unanswered, address_in
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

    from vault_binance.binance.signer import Signed
    from vault_binance.binance.transport import Address, Answer, Transport
    from vault_binance.credentials import Credentials

_ORIGIN = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")

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
        transport: Transport | None = None,
    ) -> None:
        self._credentials = credentials
        given = {**(urls or {}), **({Product.SPOT: url} if url else {})}
        self._urls = {
            product: _checked(text, product, credentials.environment) for product, text in given.items() if text
        }
        self._clock = clock
        check_api_key(credentials)
        self._signer = Signer(credentials, clock=clock)
        self._connections = Connections(transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        self._connections.close()

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
        if not answers.is_futures_account(self._get_signed("/fapi/v3/account", product=Product.USDS_FUTURES)):
            raise _not_binance("GET /fapi/v3/account")

    def _get_signed(
        self, path: str, params: Mapping[str, str] | None = None, *, product: Product = Product.SPOT
    ) -> Mapping[str, Any]:
        return self._get(path, self._signer.request(params or {}), product=product)

    def _get(
        self,
        path: str,
        signed: Signed | None = None,
        *,
        product: Product = Product.SPOT,
    ) -> Mapping[str, Any]:
        asked = f"GET {path}"
        answer = self._send(self._base(product), path, signed)
        body = object_in(answer.body)
        if not answer.is_success or is_refusal(body):
            raise self._explained(answer, body or {}, asked, product)
        if body is None:
            raise _not_binance(asked)
        return body

    def _base(self, product: Product) -> str:
        return self._urls.get(product) or base_url(self._credentials.environment, product)

    def _send(self, base: str, path: str, signed: Signed | None) -> Answer:
        try:
            return self._connections.get(base + path, signed)
        except Unanswered as error:
            failure = str(error)
        # Outside of the except clause: what was not answered holds the request in its traceback.
        raise BinanceUnavailable(
            f"GET {path}: {failure}, at {base}",
            hint="can this machine reach that address? No proxy is taken from the environment",
        )

    def _explained(self, answer: Answer, body: Mapping[str, Any], asked: str, product: Product) -> VaultBinanceError:
        text = answers.printable(body.get("msg"))
        refusal = Refusal(
            status=answer.status,
            code=answers.whole(body.get("code")) or 0,
            text=text,
            retry_after=answers.seconds(answer.retry_after),
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


def _checked(url: str, product: Product, environment: Environment) -> str:
    trimmed = url.rstrip("/")
    address = address_in(trimmed) if _ORIGIN.fullmatch(trimmed) else None
    if address is None:
        raise ConfigError(
            "the address of Binance is not of the form https://host or https://host:port",
            hint=f"leave out path, query and user: {OVERRIDES[product]}={base_url(Environment.LIVE, product)}",
        )
    _check_place(address, product, environment)
    return trimmed


def _check_place(to: Address, product: Product, environment: Environment) -> None:
    if not keeps_a_key(to.scheme, to.host):
        raise ConfigError(
            f"{OVERRIDES[product]}: no API key is sent to {to.host} without TLS", hint="write https://, or 127.0.0.1"
        )
    home = home_of(to.host)
    if home not in {None, environment}:
        raise ConfigError(
            f"{OVERRIDES[product]}: {to.host} is of Binance's {home} environment, and the key is one of {environment}",
            hint=f"is it a key of {home}? Then that is to be said of it: --environment {home}",
        )


def _not_binance(asked: str) -> BinanceUnavailable:
    return BinanceUnavailable(
        f"{asked}: the answer is not Binance's",
        hint="does something in between answer in its place: a proxy, a captive portal, a wrong base URL?",
    )
