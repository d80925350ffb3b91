"""A Binance to test against, on the loopback: real sockets, real signatures, no real money.

    with Emulator() as binance:
        issued = binance.add_key(permissions={"enableSpotAndMarginTrading": True}, ip_list=("127.0.0.1",))
        bot = subprocess.run(..., env={"BINANCE_BASE_URL": binance.url, ...})

Rules of the file
- It only carries: what to answer is `emulator_rules.decide`, what is known is `emulator_state.State`.
- It listens on 127.0.0.1 and nowhere else. The address it sees is the socket's: bind a client to 127.0.0.2 to be
  another one. With `trust_forwarded` the header X-Forwarded-For says it, for clients that cannot be bound.
- Neither log nor output contains a query or a key: what was asked is kept in `log`.
- A failure in a thread of the server is raised when the emulator stops.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from socketserver import TCPServer

from vault_binance.credentials import Environment, KeyType
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator_keys import material, random_token
from vault_binance.testing.emulator_rules import decide
from vault_binance.testing.emulator_state import (
    FIRST_UID,
    EmulatedKey,
    IssuedKey,
    LogEntry,
    RawRequest,
    State,
    fingerprint,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Self

    from vault_binance.testing.emulator_state import Response

POLL_S = 0.02


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Emulator:
    """Binance's spot API for the keys added to it.

    `time_ms` is Binance's clock in milliseconds; `offset_ms`, which may be changed at any time, is added to it.
    """

    def __init__(
        self,
        *,
        environment: Environment = Environment.LIVE,
        time_ms: Callable[[], int] = now_ms,
        offset_ms: int = 0,
        trust_forwarded: bool = False,
    ) -> None:
        self.offset_ms = offset_ms
        self.trust_forwarded = trust_forwarded
        self._time_ms = time_ms
        self._state = State(environment)
        self._log: list[LogEntry] = []
        self._lock = threading.Lock()
        self._uids = count(FIRST_UID)
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def start(self, port: int = 0) -> None:
        """Listen on a free port, or on `port`."""
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_S,), name="binance-emulator")
        self._thread.daemon = True
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and wait for the threads; raises what went wrong in one of them."""
        server, thread = self._running(), self._thread
        self._server = self._thread = None
        server.shutdown()
        if thread is not None:
            thread.join()
        server.close_all()
        if server.failure is not None:
            raise server.failure

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._running().server_address[1]}"

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """All requests so far, accepted and refused."""
        with self._lock:
            return tuple(self._log)

    def add_key(
        self,
        api_key: str | None = None,
        secret: str | None = None,
        *,
        key_type: KeyType = KeyType.HMAC,
        permissions: Mapping[str, bool] | None = None,
        ip_list: Iterable[str] = (),
        public_key_pem: str | None = None,
    ) -> IssuedKey:
        """Make a key on an account of its own; what is not given is generated.

        `secret` is the HMAC secret or the private key as PEM; with `public_key_pem` the private key stays the
        caller's. `permissions` are Binance's names, such as enableWithdrawals; a new key only reads.
        """
        held = material(key_type, secret, public_key_pem)
        key = EmulatedKey(
            api_key=api_key or random_token(),
            key_type=key_type,
            uid=next(self._uids),
            create_time_ms=self.time_ms(),
            secret=held.kept,
            public_key_pem=held.public_key_pem,
            permissions=dict(permissions or {}),
            ip_list=tuple(ip_list),
        )
        with self._lock:
            self._state = self._state.with_key(key)
        return IssuedKey(Redacted(key.api_key), held.shown, key_type, self._state.environment)

    def restrict(
        self,
        api_key: Redacted,
        *,
        permissions: Mapping[str, bool] | None = None,
        ip_list: Iterable[str] | None = None,
    ) -> None:
        """Change what a key may do, and from where; what is not given stays. An empty `ip_list` is no restriction."""
        with self._lock:
            key = self._state.keys[api_key.reveal()]
            changed = {**key.permissions, **(permissions or {})}
            addresses = key.ip_list if ip_list is None else tuple(ip_list)
            self._state = self._state.with_key(replace(key, permissions=changed, ip_list=addresses))

    def delete_key(self, api_key: Redacted, *, forget: bool = False) -> None:
        """From now on the key is refused with -2015, or with -2008 if `forget`: both are seen at Binance."""
        with self._lock:
            key = self._state.keys[api_key.reveal()]
            self._state = (
                self._state.without_key(key.api_key) if forget else self._state.with_key(replace(key, deleted=True))
            )

    def time_ms(self) -> int:
        return self._time_ms() + self.offset_ms

    def answer(self, request: RawRequest) -> Response:
        """Decide, count and log one request; what the sockets call, and a test may."""
        with self._lock:
            now = self.time_ms()
            response = decide(request, self._state, now)
            self._state = self._state.after(request, response, now)
            self._log.append(_entry(request, response, now))
        return response

    def _running(self) -> _Server:
        if self._server is None:
            raise RuntimeError("the emulator is not running: use it in a with statement, or start() it")
        return self._server


def _entry(request: RawRequest, response: Response, now: int) -> LogEntry:
    return LogEntry(
        time_ms=now,
        source=request.source,
        method=request.method,
        path=request.path,
        fingerprint=fingerprint(request.headers.get("x-mbx-apikey", "")),
        status=response.status,
        code=response.code,
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() then waits for them: nothing outlives the emulator

    def __init__(self, emulator: Emulator, port: int) -> None:
        self.emulator = emulator
        self.failure: BaseException | None = None
        self._connections: set[Any] = set()
        super().__init__(("127.0.0.1", port), _Conversation)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own asks the resolver for a name that nobody needs

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        failure = sys.exception()
        if not isinstance(failure, ConnectionError):  # a client may go away; anything else is ours
            self.failure = failure

    def close_all(self) -> None:
        for connection in tuple(self._connections):
            with suppress(OSError):  # closed by its own thread meanwhile
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave in one packet: two would wait 40 ms for a delayed acknowledgement
    server: _Server
    raw_requestline: bytes

    def _serve(self) -> None:
        response = self.server.emulator.answer(self._received())
        body = response.body.encode()
        self.send_response_only(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815  # names that http.server looks for

    def _received(self) -> RawRequest:
        target = self.raw_requestline.split()[1]  # not self.path: that has been tidied up
        path, _, query = target.partition(b"?")
        length = self.headers.get("Content-Length", "")
        return RawRequest(
            method=self.command,
            path=path.decode("latin-1"),
            query=query,
            body=self.rfile.read(int(length)) if length.isdigit() else b"",
            headers={name.lower(): value for name, value in self.headers.items()},
            source=self._source(),
        )

    def _source(self) -> str:
        forwarded = self.headers.get("X-Forwarded-For", "") if self.server.emulator.trust_forwarded else ""
        return forwarded.split(",")[0].strip() or str(self.client_address[0])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the standard line on stderr contains the query, and so the signature."""
