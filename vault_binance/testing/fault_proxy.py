"""A proxy before a real server, which does on demand what a server will not: delay, babble, cut, refuse.

    with FaultProxy(server.address) as proxy:
        proxy.fault = Fault.status(503).times(2)
        ...                                  # VAULT_ADDR is proxy.address
        assert [seen.path for seen in proxy.requests] == ["/v1/auth/token/lookup-self"] * 3

Rules of the file
- What was seen is kept without values: header names, and whether there was a token; a path has none in our house.
- No fault waits longer than the proxy lives: leaving the `with` block ends all of them.
- A fault strikes each request that it is meant for until it is used up or replaced; the others pass through unchanged.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from http.client import HTTPConnection, HTTPException, parse_headers
from urllib.parse import urlsplit

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader
    from typing import Self

_HTTP = b"HTTP/1.1 "
_NOT_FORWARDED = frozenset({"connection", "host", "content-length", "transfer-encoding"})


_Kind = Enum("_Kind", ["NONE", "SLOW", "ANSWER", "CUT", "DROP", "REFUSE"])


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a request instead of passing through. Made by its class methods; `none()` ends another."""

    kind: _Kind = _Kind.NONE
    seconds: float = 0.0
    answer: bytes = b""
    kept: int = 0
    path: str = ""
    left: int | None = None

    @classmethod
    def none(cls) -> Self:
        return cls()

    @classmethod
    def slow(cls, seconds: float) -> Self:
        """Pass it on after this time. A client with a shorter timeout finds a server that accepts and says nothing."""
        return cls(_Kind.SLOW, seconds=seconds)

    @classmethod
    def garbage(cls, body: bytes = b"<html>It works!</html>", *, raw: bool = False) -> Self:
        """200 with a body that is no JSON; with `raw` these bytes alone, without any HTTP around them."""
        return cls(_Kind.ANSWER, answer=body if raw else _answer(200, body, {"Content-Type": "text/html"}))

    @classmethod
    def cut(cls, *, kept: int = 0) -> Self:
        """Let the server do it, then close after `kept` bytes of the answer: nobody knows whether it happened."""
        return cls(_Kind.CUT, kept=kept)

    @classmethod
    def drop(cls) -> Self:
        """Close before the server hears of it."""
        return cls(_Kind.DROP)

    @classmethod
    def redirect(cls, location: str) -> Self:
        """307, as from a standby that does not forward."""
        return cls(_Kind.ANSWER, answer=_answer(307, b"", {"Location": location}))

    @classmethod
    def rate_limited(cls, retry_after: int | None = None) -> Self:
        """429, as from a quota; Vault sends Retry-After only where it was told to."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return cls(
            _Kind.ANSWER, answer=_answer(429, b'{"errors":["request path: rate limit quota exceeded"]}', headers)
        )

    @classmethod
    def status(cls, status: int, *, body: Mapping[str, object] | None = None, is_json: bool = True) -> Self:
        """Any status, with Vault's JSON, or with a page as a load balancer sends it."""
        page = json.dumps(body or {"errors": []}).encode() if is_json else b"<html>an error page</html>"
        return cls(_Kind.ANSWER, answer=_answer(status, page, {}))

    @classmethod
    def refuse(cls) -> Self:
        """Stop listening, and close what is open; any other fault, `none` included, listens again at the same port."""
        return cls(_Kind.REFUSE)

    def times(self, count: int) -> Self:
        """Strike this often, then let everything pass."""
        return replace(self, left=count)

    def on(self, path: str) -> Self:
        """Strike only requests whose path begins so, as in "/v1/auth/"."""
        return replace(self, path=path)


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived, without a value; `headers` are names in lower case.

    `at` is the monotonic time at which it came, `status` what it was answered with: 0 where nothing was, or not yet.
    """

    method: str
    path: str
    headers: tuple[str, ...]
    has_token: bool
    at: float = field(default=0.0, compare=False)
    status: int = field(default=0, compare=False)


class FaultProxy:
    """A proxy before the plain-http server at `upstream`, for the length of a `with` block."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        if parts.scheme != "http" or not parts.hostname or not parts.port:
            raise ConfigError(f"{upstream!a} is not http://host:port", hint="no server with TLS can stand behind")
        self._upstream = (parts.hostname, parts.port)
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        self._fault = Fault.none()
        self._open: set[socket.socket] = set()
        self._ended = threading.Event()
        self._listener: socket.socket | None = None
        self._accepting: threading.Thread | None = None
        self._wake, self._woken = socket.socketpair()
        self._port = 0

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._stop_listening()
        self._wake.close()
        self._woken.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> tuple[Seen, ...]:
        """What has arrived so far, faults and all."""
        with self._lock:
            return tuple(self._seen)

    @property
    def fault(self) -> Fault:
        with self._lock:
            return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        with self._lock:
            self._fault = fault
        if fault.kind is _Kind.REFUSE:
            self._stop_listening()
        elif self._listener is None:
            self._listen()

    def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))  # with SO_REUSEADDR, so that it comes back
        self._port = int(self._listener.getsockname()[1])
        self._accepting = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._accepting.start()

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None and self._accepting is not None:
            self._wake.send(b".")
            self._accepting.join()
            listener.close()
        with self._lock:
            connections, self._open = self._open, set()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while self._woken not in select.select([listener, self._woken], [], [])[0]:
            connection, _ = listener.accept()
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        self._woken.recv(1)

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream, suppress(OSError, HTTPException, ValueError):
            while self._exchange(connection, stream):
                pass
        with self._lock:
            self._open.discard(connection)

    def _exchange(self, connection: socket.socket, stream: BufferedReader) -> bool:
        """One request; false where the connection has to end."""
        if not (line := stream.readline(65536)):
            return False
        method, path = line.decode("latin-1").split()[:2]
        headers = parse_headers(stream)
        body = stream.read(int(headers.get("Content-Length") or 0))
        names = tuple(name.lower() for name in headers)
        number = self._arrived(Seen(method, path, names, "x-vault-token" in names or "authorization" in names))
        fault = self._struck_by(path)
        if fault.kind is _Kind.SLOW and self._ended.wait(fault.seconds):
            return False
        if fault.kind in {_Kind.DROP, _Kind.REFUSE}:
            return False
        kept = {name: text for name, text in headers.items() if name.lower() not in _NOT_FORWARDED}
        answer = fault.answer if fault.kind is _Kind.ANSWER else self._forwarded(method, path, body, kept)
        if fault.kind is _Kind.CUT:
            connection.sendall(answer[: fault.kept])
            return False
        self._answered(number, answer)
        connection.sendall(answer)
        return answer.startswith(_HTTP)

    def _arrived(self, seen: Seen) -> int:
        with self._lock:
            self._seen.append(replace(seen, at=time.monotonic()))
            return len(self._seen) - 1

    def _answered(self, number: int, answer: bytes) -> None:
        status = int(answer[len(_HTTP) :][:3]) if answer.startswith(_HTTP) else 0
        with self._lock:
            self._seen[number] = replace(self._seen[number], status=status)

    def _struck_by(self, path: str) -> Fault:
        with self._lock:
            fault = self._fault
            if not path.startswith(fault.path) or fault.left == 0:
                return Fault.none()
            if fault.left is not None:
                self._fault = replace(fault, left=fault.left - 1)
            return fault

    def _forwarded(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        upstream = HTTPConnection(*self._upstream, timeout=60)
        try:
            upstream.request(method, path, body or None, dict(headers))
            answer = upstream.getresponse()
            kept = {name: text for name, text in answer.getheaders() if name.lower() not in _NOT_FORWARDED}
            return _answer(answer.status, answer.read(), kept)
        finally:
            upstream.close()


def _answer(status: int, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"{status} -", f"Content-Length: {len(body)}", *(f"{name}: {headers[name]}" for name in headers)]
    return _HTTP + "\r\n".join([*lines, "", ""]).encode("latin-1") + body
