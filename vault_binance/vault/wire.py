"""One HTTP exchange with Vault on the standard library's http.client: the road of both doors.

Rules of the file
- Imports stay few: a bot's start-up pays for each (design, section 4).
- The token travels in a header, to the configured host or to one that is allowed by name, and never from https to http.
- At most one redirect is followed. A target that is refused, by us or by the network, is transient: a standby names a
  dead leader until the election is over (reference: Vault, 6.2).
- What may have reached the server is sent a second time only if it asks and changes nothing.
- Secrets are in the open in `_once` and below, whose frames are gone before an error is raised: a traceback that shows
  variables shows none of them.
- No proxy, no netrc, no cookie: what is not in Config does not happen.
"""

from __future__ import annotations

import json
import select
import time
from dataclasses import dataclass, field, replace
from http.client import HTTPException, HTTPResponse, IncompleteRead
from urllib.parse import quote, urlsplit

from vault_binance.config import LONGEST_TIMEOUT, Address
from vault_binance.errors import ConfigError, VaultBinanceError, VaultUnavailable
from vault_binance.redacted import Hidden
from vault_binance.vault.connections import Connection, TlsConnection, Trust, UnixConnection, lost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from vault_binance.config import Config
    from vault_binance.redacted import Redacted
else:
    Protocol = object

_LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes; Vault itself refuses larger requests, and an endless answer must not fill the bot's memory."""
_PIECE = 64 * 1024
_REDIRECTS = frozenset({301, 302, 307, 308})
_ASKING = frozenset({"GET", "LIST", "HEAD"})
_ENDED_BY_SERVER = frozenset({"SSLEOFError", "SSLZeroReturnError"})
"""How TLS says what ConnectionError says without; by name, since a plain connection does not load ssl."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `body` is the JSON object, empty where there was none. `retry_after` in seconds, where sent."""

    status: int
    body: Mapping[str, Any] = field(repr=False)
    retry_after: float | None = None
    is_json: bool = True


class Sends(Protocol):
    """What carries a request to Vault: a Wire, or a fake of Vault itself."""

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        token: Redacted | None = None,
        wrap_ttl: int = 0,
    ) -> Answer: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    body: Mapping[str, object] | None = field(repr=False)
    token: Redacted | None
    wrap_ttl: int


class Wire:
    """A keep-alive connection to one Vault; not for use by two threads at once."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._connection: Connection | None = None
        self._trust = Trust(config)

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        token: Redacted | None = None,
        wrap_ttl: int = 0,
    ) -> Answer:
        """Send one request to /v1/`path`; the answer comes wrapped where `wrap_ttl` seconds are asked for.

        Raises VaultUnavailable where nothing answers, ConfigError for a certificate that is not trusted and for
        settings with which no request can be made.
        """
        target = f"{self._config.address.prefix}/v1/{quote(path, safe='/?=&', errors='surrogateescape')}"
        request = _Request(method, target, body, token, wrap_ttl)
        answer = self._exchange(request)
        return answer if isinstance(answer, Answer) else self._redirected(answer, request)

    def close(self) -> None:
        """End the connection; the next `send` makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, request: _Request) -> Answer | str:
        """The answer, or the location it redirects to."""
        answer = self._attempt(request)
        if isinstance(answer, VaultBinanceError):
            raise answer
        return answer

    def _attempt(self, request: _Request) -> Answer | str | VaultBinanceError:
        kept = self._is_kept()
        try:
            return self._once(request)
        except (OSError, HTTPException, ValueError, OverflowError) as error:
            ended = isinstance(error, ConnectionError) or type(error).__name__ in _ENDED_BY_SERVER
            if not (kept and ended and request.method in _ASKING):
                return lost(error, self._config)
        return self._attempt(request)  # on a new connection, and so for the last time

    def _is_kept(self) -> bool:
        """Is there a connection still to be used? One that is readable before a question was closed by the server."""
        if self._connection is None or self._connection.sock is None:
            return False
        poll = select.poll()
        poll.register(self._connection.sock, select.POLLIN)
        if not poll.poll(0):
            return True
        self.close()
        return False

    def _once(self, request: _Request) -> Answer | str:
        timeout = min(self._config.timeout, LONGEST_TIMEOUT) or None  # 0 is Vault's way to say that there is none
        try:
            if self._connection is None:
                self._connection = self._connect(timeout)
            self._connection.deadline = time.monotonic() + timeout if timeout else None
            self._connection.request(request.method, request.target, _encoded(request.body), self._headers(request))
            sock = self._connection.sock
            response = self._connection.getresponse()
            if response.status in _REDIRECTS and (location := response.headers.get("Location")):
                self.close()
                return str(location)
            raw = _read(response)
            if response.will_close:
                self.close()
            else:
                sock.settimeout(timeout)
        except BaseException:  # an interrupted exchange leaves a connection that nobody can use again
            self.close()
            raise
        body, is_json = _json_object(raw)
        return Answer(response.status, body, _retry_after(response.headers.get("Retry-After")), is_json)

    def _headers(self, request: _Request) -> dict[str, str]:
        kind = "application/merge-patch+json" if request.method == "PATCH" else "application/json"
        headers = {"X-Vault-Request": "true", "Accept": "application/json", "Content-Type": kind}
        if self._config.namespace:
            headers["X-Vault-Namespace"] = self._config.namespace
        if request.wrap_ttl:
            headers["X-Vault-Wrap-TTL"] = str(request.wrap_ttl)
        if request.token is not None:
            headers["X-Vault-Token"] = request.token.reveal()
        return headers

    def _redirected(self, location: str, request: _Request) -> Answer:
        address, target = self._allowed_target(location)
        leader = Wire(replace(self._config, address=address))
        leader._trust = self._trust
        try:
            answer = leader._exchange(replace(request, target=target))
        finally:
            leader.close()
        if isinstance(answer, Answer):
            return answer
        raise self._astray("in circles")

    def _allowed_target(self, location: str) -> tuple[Address, str]:
        own = self._config.address
        try:
            parts = urlsplit(location)
            here = not (parts.scheme or parts.netloc)
            address = own if here else Address.parse(f"{parts.scheme or own.scheme}://{parts.netloc}")
        except (ValueError, ConfigError):
            raise self._astray("to what is no address") from None
        if not parts.path.startswith("/") or (address.socket and not here):
            raise self._astray("to what is no address")
        hosts = self._config.allowed_hosts if own.socket else (own.host, *self._config.allowed_hosts)
        if not here and address.scheme != own.scheme:
            hint = "it leads from https to http, or back: mend api_addr in the server's configuration"
            raise self._astray(f"to {address}, where this token must not go", hint)
        if not here and address.host not in hosts:
            hint = f"if that is a node of the same cluster: export VAULT_BINANCE_ALLOWED_HOSTS={address.host}"
            raise self._astray(f"to {address}, where this token must not go", hint)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        return address, quote(target, safe="/?=&%", encoding="latin-1")

    def _astray(self, where: str, hint: str = "look: vault status") -> VaultUnavailable:
        return VaultUnavailable(f"Vault at {self._config.address} redirects {where}", hint=hint)

    def _connect(self, timeout: float | None) -> Connection:
        address = self._config.address
        if address.socket:
            return UnixConnection(address.socket, timeout)
        if address.scheme == "http":
            return Connection(address.host, address.port, timeout=timeout)
        return TlsConnection(address, timeout, self._trust.context(), self._config.tls_server_name)


def _encoded(body: Mapping[str, object] | None) -> bytes | None:
    return None if body is None else json.dumps(body).encode()


def _read(response: HTTPResponse) -> bytes:
    raw = bytearray()
    ends_by_closing = response.length is None and not response.chunked
    while len(raw) <= _LARGEST_ANSWER:
        piece = response.read1(_PIECE)
        if not piece:
            break
        raw += piece
    else:
        raise HTTPException("the answer does not end")
    # http.client does not mind an answer that was cut, and takes headers that were cut for a body that ends by closing.
    if response.length or (ends_by_closing and not raw):
        raise IncompleteRead(bytes(raw), response.length)
    response.close()
    return bytes(raw)


def _json_object(raw: bytes) -> tuple[Mapping[str, Any], bool]:
    if not raw:
        return {}, True
    try:
        body = json.loads(raw, object_hook=Hidden)
    except (ValueError, RecursionError):
        return {}, False
    return (body, True) if isinstance(body, dict) else ({}, False)


def _retry_after(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
