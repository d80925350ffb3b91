"""httpx, and all that this house knows of it: another client for HTTP takes the place of this one file.

Rules of the file
- Two things are offered. `Connections` is for our own questions to Binance. `HttpxAuth` is for a caller who has httpx
  himself, and is the one thing shaped like httpx that leaves here, since httpx asks for it.
- For our own questions httpx is used below its `Client`: the Client logs every URL at INFO, signature and all, and
  follows redirects. Its transport does neither.
- No proxy is taken from the environment: Binance judges a key by the address it sees, and a proxy meant for something
  else would make that another one. SSL_CERT_FILE and SSL_CERT_DIR are honoured, since only TLS depends on them.
- What is packed is unpacked once, and as Binance packs it: an answer packed twice is a bomb.
- No failure of httpx leaves: it holds the request, and with it key and signature. No query is ever part of a message,
  nor of a variable that a traceback could show.
- httpx logs whole URLs at INFO: a filter on its logger takes the signature out, from the first HttpxAuth on. For HTTP/2
  hpack logs every header at DEBUG, the API key too, as text and as it is packed: its loggers are silenced.
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from functools import lru_cache

import httpx

from vault_binance import __version__
from vault_binance.binance.bodies import LONGEST_S, Unreadable, collected, unpackable
from vault_binance.binance.cut_off import CutOff
from vault_binance.on_disk import state_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Mapping
    from typing import Any

    from vault_binance.binance.signer import Signed

TIMEOUT_S = 10.0
"""For connecting, and for every read; Binance itself gives up after 10 s (reference: Binance, 1.4)."""

Transport = httpx.BaseTransport
"""What carries requests; one of their own is how tests answer in Binance's place."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a URL leads."""

    scheme: str
    host: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer whose body is in memory, decompressed."""

    status: int
    retry_after: str
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Unanswered(Exception):
    """No answer came, or none with an end; the text says why, and holds nothing of the request."""


class Connections:
    """One client's connections to Binance."""

    def __init__(self, transport: Transport | None = None) -> None:
        self._transport = transport or httpx.HTTPTransport(verify=_authorities())
        self._cut_off = CutOff()

    def close(self) -> None:
        self._transport.close()
        self._cut_off.close()

    def get(self, url: str, signed: Signed | None) -> Answer:
        """Raises Unanswered. Nothing is tried twice."""
        try:
            with self._cut_off.within(LONGEST_S):
                return _read(self._transport.handle_request(_request(url, signed, self._extensions)))
        except Unreadable as error:
            failure = str(error)
        except httpx.TimeoutException:
            failure = f"no answer within {TIMEOUT_S:g} s"
        except httpx.ConnectError:
            failure = "no connection"
        except httpx.HTTPError as error:
            failure = f"the connection failed ({type(error).__name__})"
        if self._cut_off.has_ended:
            failure = f"the answer takes longer than {LONGEST_S:g} s"
        raise Unanswered(failure)  # outside of the except clauses: httpx's errors hold the request

    @property
    def _extensions(self) -> dict[str, Any]:
        return {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_S), "trace": self._trace}

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpx's connections call at every step."""
        if event == "connection.connect_tcp.complete":
            self._cut_off.hold(info["return_value"].get_extra_info("socket"))


def _authorities() -> ssl.SSLContext:
    """Whom to believe: those that come with httpx, or the file and the directory that a team has for it."""
    places = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    return _read_authorities(places, state_of(places))


@lru_cache(maxsize=1)
def _read_authorities(places: tuple[str, str], state: object) -> ssl.SSLContext:  # noqa: ARG001  httpx looks there itself
    """Read again only where a team's were replaced while we run.

    A client is made for each credential, and to read more than a hundred certificates takes 30 ms.
    """
    return httpx.create_ssl_context()


def address_in(url: str) -> Address | None:
    """None for what cannot be asked: an address such as [:::], or a port beyond the last."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    return Address(parsed.scheme, parsed.host) if (parsed.port or 0) < 65_536 else None


def _request(url: str, signed: Signed | None, extensions: dict[str, Any]) -> httpx.Request:
    always = {"User-Agent": f"vault-binance/{__version__}", "Accept": "application/json"}
    if signed is None:
        return httpx.Request("GET", url, headers=always, extensions=extensions)
    return httpx.Request("GET", f"{url}?{signed.query}", headers={**always, **signed.headers}, extensions=extensions)


def _read(response: httpx.Response) -> Answer:
    """Raises Unreadable for an answer without an end."""
    try:
        if not unpackable(response.headers.get("Content-Encoding", "")):
            raise Unreadable("the answer is packed in a way that nobody asked for")
        body = collected(response.iter_bytes())
    finally:
        response.close()
    return Answer(response.status_code, response.headers.get("Retry-After", ""), body)


# For a caller who has httpx himself


class Outgoing:
    """A request of the caller's as httpx has serialised it, about to leave."""

    def __init__(self, request: httpx.Request) -> None:
        self._request = request

    @property
    def address(self) -> Address:
        return Address(self._request.url.scheme, self._request.url.host)

    @property
    def query(self) -> str:
        return self._request.url.query.decode("ascii")

    @query.setter
    def query(self, text: str) -> None:
        self._request.url = self._request.url.copy_with(query=text.encode("ascii"))

    @property
    def body(self) -> bytes:
        return self._request.content

    @property
    def content_type(self) -> str:
        """Without its parameters; empty where it is not said."""
        return str(self._request.headers.get("Content-Type", "")).partition(";")[0].strip().lower()

    def add(self, headers: Mapping[str, str]) -> None:
        self._request.headers.update(headers)


class HttpxAuth(httpx.Auth):
    """What httpx.Client and httpx.AsyncClient take as `auth`: one flow for both, and it does no I/O."""

    requires_request_body = True

    def __init__(self) -> None:
        _quieten()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """What httpx calls for each request; where it raises, nothing is sent."""
        self._prepare(Outgoing(request))
        yield request

    def _prepare(self, outgoing: Outgoing) -> None:
        """Change what is about to leave."""
        raise NotImplementedError


_SIGNATURE = re.compile(r"(signature=)[^&\s\"']+")


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
