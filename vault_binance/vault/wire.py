"""One HTTP exchange with Vault on the standard library's http.client: the road of both doors.

Rules of the file
- Imports stay few: a bot's start-up pays for each (design, section 4).
- The token travels in a header, to the configured host or to one that is allowed by name, and never from https to http.
- At most one redirect is followed. A target that is refused, by us or by the network, is transient: a standby names a
  dead leader until the election is over (reference: Vault, 6.2).
- No proxy, no netrc, no cookie: what is not in Config does not happen.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import quote, urlsplit

from vault_binance.config import Address
from vault_binance.errors import ConfigError, VaultUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from typing import Any, Protocol

    from vault_binance.config import Config
    from vault_binance.redacted import Redacted
else:
    Protocol = object

_LARGEST_ANSWER = 32 * 1024 * 1024
"""Bytes; Vault itself refuses larger requests, and an endless answer must not fill the bot's memory."""
_REDIRECTS = frozenset({301, 302, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `body` is the JSON object, empty where there was none. `retry_after` in seconds, where sent."""

    status: int
    body: Mapping[str, Any]
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


class Wire:
    """A keep-alive connection to one Vault; not for use by two threads at once."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._connection: HTTPConnection | None = None
        self._tls: ssl.SSLContext | None = None

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

        Raises VaultUnavailable where nothing answers, ConfigError for a certificate that is not trusted.
        """
        payload = None if body is None else json.dumps(body).encode()
        headers = self._headers(token)
        if method == "PATCH":
            headers["Content-Type"] = "application/merge-patch+json"
        if wrap_ttl:
            headers["X-Vault-Wrap-TTL"] = str(wrap_ttl)
        target = f"{self._config.address.prefix}/v1/{quote(path, safe='/?=&')}"
        answer = self._exchange(method, target, payload, headers)
        if isinstance(answer, Answer):
            return answer
        return self._redirected(answer, method, payload, headers)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _headers(self, token: Redacted | None) -> dict[str, str]:
        headers = {"X-Vault-Request": "true", "Accept": "application/json", "Content-Type": "application/json"}
        if self._config.namespace:
            headers["X-Vault-Namespace"] = self._config.namespace
        if token is not None:
            headers["X-Vault-Token"] = token.reveal()
        return headers

    def _exchange(self, method: str, target: str, payload: bytes | None, headers: dict[str, str]) -> Answer | str:
        """One request on the kept connection, made anew once if the server had closed it meanwhile."""
        reused = self._connection is not None
        try:
            return self._once(method, target, payload, headers)
        except (ConnectionError, HTTPException, OSError) as error:
            self.close()
            if not (reused and isinstance(error, ConnectionError)):
                raise self._lost(error) from None
        try:
            return self._once(method, target, payload, headers)
        except (HTTPException, OSError) as error:
            self.close()
            raise self._lost(error) from None

    def _once(self, method: str, target: str, payload: bytes | None, headers: dict[str, str]) -> Answer | str:
        if self._connection is None:
            self._connection = self._connect()
        self._connection.request(method, target, payload, headers)
        response = self._connection.getresponse()
        answer = _answer(response)
        if response.will_close:
            self.close()
        return answer

    def _redirected(self, location: str, method: str, payload: bytes | None, headers: dict[str, str]) -> Answer:
        address, target = self._allowed_target(location)
        self.close()
        leader = Wire(replace(self._config, address=address))
        try:
            answer = leader._exchange(method, target, payload, headers)
        finally:
            leader.close()
        if isinstance(answer, Answer):
            return answer
        raise VaultUnavailable(f"Vault at {self._config.address} redirects in circles", hint="look: vault status")

    def _allowed_target(self, location: str) -> tuple[Address, str]:
        parts, own = urlsplit(location), self._config.address
        address = Address.parse(f"{parts.scheme}://{parts.netloc}") if parts.netloc else own
        if address.scheme != own.scheme or address.host not in {own.host, *self._config.allowed_hosts}:
            raise VaultUnavailable(
                f"Vault at {own} redirects to {address}, where this token must not go",
                hint=f"if that is a node of the same cluster: export VAULT_BINANCE_ALLOWED_HOSTS={address.host}"
                if address.scheme == own.scheme
                else "it leads from https to http, or back: mend api_addr in the server's configuration",
            )
        return address, parts.path + (f"?{parts.query}" if parts.query else "")

    def _connect(self) -> HTTPConnection:
        address, timeout = self._config.address, self._config.timeout
        if address.socket:
            return _UnixConnection(address.socket, timeout)
        if address.scheme == "http":
            return HTTPConnection(address.host, address.port, timeout=timeout)
        if self._tls is None:
            self._tls = _tls_context(self._config)
        return _TlsConnection(address, timeout, self._tls, self._config.tls_server_name)

    def _lost(self, error: Exception) -> Exception:
        """Translate what the network raised; a certificate that does not fit will not fit at the next try either."""
        address = self._config.address
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        if type(error).__name__ == "SSLCertVerificationError":
            return ConfigError(
                f"the certificate of {address} is not trusted",
                hint="name the CA that signed it: VAULT_CACERT=/path/ca.pem; "
                "or the name in it: VAULT_TLS_SERVER_NAME=vault.internal",
            )
        if type(error).__name__ == "SSLError":
            return ConfigError(
                f"no TLS with {address}: {getattr(error, 'reason', None) or reason}",
                hint="does this server speak plain http? then VAULT_ADDR must begin with http://",
            )
        if isinstance(error, TimeoutError):
            reason = f"no answer within {self._config.timeout:g} s"
        return VaultUnavailable(
            f"Vault does not answer at {address}: {reason}",
            hint="is the address right (VAULT_ADDR), is the server up, is there a firewall between?",
        )


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _TlsConnection(HTTPConnection):
    """HTTPSConnection cannot be told another server name than the host it connects to; this can."""

    def __init__(self, address: Address, timeout: float, tls: ssl.SSLContext, server_name: str) -> None:
        super().__init__(address.host, address.port, timeout=timeout)
        self._tls = tls
        self._server_name = server_name or address.host

    def connect(self) -> None:
        super().connect()
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._server_name)


def _tls_context(config: Config) -> ssl.SSLContext:
    import ssl

    try:
        context = ssl.create_default_context(
            cafile=config.cacert or None, capath=None if config.cacert else config.capath or None
        )
        if config.client_cert:
            context.load_cert_chain(config.client_cert, config.client_key)
    except OSError as error:  # SSLError included: a file that is not there, or is no PEM
        names = "VAULT_CACERT, VAULT_CAPATH, VAULT_CLIENT_CERT or VAULT_CLIENT_KEY"
        raise ConfigError(f"a TLS file cannot be loaded: {error.strerror or error}", hint=f"look at {names}") from None
    if config.skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _answer(response: HTTPResponse) -> Answer | str:
    """The answer, or the location it redirects to."""
    raw = response.read(_LARGEST_ANSWER + 1)
    if response.status in _REDIRECTS and (location := response.headers.get("Location")):
        return str(location)
    if len(raw) > _LARGEST_ANSWER:
        raise HTTPException("the answer does not end")
    body, is_json = _json_object(raw)
    return Answer(response.status, body, _retry_after(response.headers.get("Retry-After")), is_json)


def _json_object(raw: bytes) -> tuple[Mapping[str, Any], bool]:
    if not raw:
        return {}, True
    try:
        body = json.loads(raw)
    except ValueError:
        return {}, False
    return (body, True) if isinstance(body, dict) else ({}, False)


def _retry_after(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
