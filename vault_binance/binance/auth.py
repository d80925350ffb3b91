"""Authentication for httpx: every request is signed at the moment of sending, with the credential of that moment.

    with Fetcher("market-maker") as vault, httpx.Client(base_url=URL, auth=BinanceAuth(vault)) as api:
        api.post("/api/v3/order", params={"symbol": "BTCUSDT", ...})
        api.get("/api/v3/time", auth=None)

Rules of the file
- What httpx has serialised is signed as it stands and nothing is built a second time: timestamp and signature are
  added to the query, and what httpx then holds is what goes out.
- One flow serves httpx.Client and httpx.AsyncClient; it does no I/O.
- httpx logs whole URLs at INFO: a filter on its logger takes the signature out, from the first BinanceAuth on. For
  HTTP/2 hpack logs every header at DEBUG, the API key too, as text and as it is packed: its loggers are silenced.
- A request that is sent again, by a retry of the caller's, is stamped and signed anew. A redirect is not: httpx follows
  none unless it is told to, and would take the API key along.
"""

from __future__ import annotations

import logging
import re

import httpx

from vault_binance.binance.hosts import keeps_a_key
from vault_binance.binance.signer import OURS, Signer, now_ms
from vault_binance.errors import ConfigError
from vault_binance.signing import RECV_WINDOW_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from vault_binance.binance.signer import Lent
    from vault_binance.credentials import Credentials

_FORM = "application/x-www-form-urlencoded"
_SIGNATURE = re.compile(r"(signature=)[^&\s\"']+")


class BinanceAuth(httpx.Auth):
    """For a whole client or for one request; `auth=None` sends a request without it."""

    requires_request_body = True

    def __init__(
        self,
        source: Credentials | Lent,
        *,
        signed: bool = True,
        recv_window_ms: int = RECV_WINDOW_MS,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        """`source` is a Fetcher, an AsyncFetcher or Credentials. Without `signed` only the API key is sent, as the
        futures listenKey wants it. The rest as for Signer.
        """
        self._signer = Signer(source, recv_window_ms=recv_window_ms, clock=clock)
        self._is_signed = signed
        _quieten()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Raises ConfigError for an address that no key is sent to, and for a body that Binance does not take; and
        whatever the source raises while it has no credential.
        """
        _check_place(request.url)
        if self._is_signed:
            self._sign(request)
        else:
            request.headers.update(self._signer.headers)
        yield request

    def _sign(self, request: httpx.Request) -> None:
        signed = self._signer.text(_unstamped(request.url), _form(request))
        request.url = request.url.copy_with(query=signed.query.encode("ascii"))
        request.headers.update(signed.headers)


def _unstamped(url: httpx.URL) -> str:
    pairs = url.query.decode("ascii").split("&")
    return "&".join(pair for pair in pairs if pair.partition("=")[0] not in OURS)


def _form(request: httpx.Request) -> str:
    body = request.content
    kind = request.headers.get("Content-Type", _FORM).partition(";")[0].strip().lower()
    if body and kind != _FORM:
        raise ConfigError(f"a body of type {kind!a}", hint="Binance takes a form, data={...}, or all in params={...}")
    if not body.isascii():
        raise ConfigError("a body that is not percent-encoded", hint="Binance refuses it with -1022: use data={...}")
    return body.decode("ascii")


def _check_place(url: httpx.URL) -> None:
    """An API key goes over TLS, or stays on this machine."""
    if not keeps_a_key(url.scheme, url.host):
        raise ConfigError(f"{url.scheme}://{url.host}: no API key is sent without TLS", hint="write https://")


class _Unsigned(logging.Filter):
    """Takes signatures out of what httpx logs; the record is changed, for every logger above too."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_masked(argument) for argument in record.args)
        return True


def _masked(argument: object) -> object:
    return _SIGNATURE.sub(r"\1********", str(argument)) if isinstance(argument, (httpx.URL, str)) else argument


class _Silence(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002  logging's
        return False


def _quieten() -> None:
    for name, kind in (("httpx", _Unsigned), ("hpack.hpack", _Silence), ("hpack.table", _Silence)):
        logger = logging.getLogger(name)
        if not any(isinstance(one, kind) for one in logger.filters):
            logger.addFilter(kind())
