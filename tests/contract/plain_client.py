"""Vault's API as it is, for tests that ask what a token may do: any status is an answer, nothing is retried.

Our own doors are what the tests test, so they are not used here. The connection is kept, and `many` sends its requests
before it reads the first answer: these tests ask fifty thousand times.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_binance.testing.dev_server import DevVault

NONE: Mapping[str, str] = MappingProxyType({})

_KEPT = 60.0
"""Seconds without a request after which another connection is made: Vault closes an idle one after five minutes."""

_AT_ONCE = 100
"""Requests in flight: few enough for the buffers between, for neither side to wait for the other."""


class Asked(NamedTuple):
    """One request; `wrap` is a time as Vault writes it."""

    method: str
    path: str
    body: Any = None
    wrap: str = ""
    headers: Mapping[str, str] = NONE


class PlainClient:
    """Asks with the root token, or with `token`."""

    def __init__(self, server: DevVault) -> None:
        self._server = server
        self._root = server.root_token.reveal()
        self._connect()

    def _connect(self) -> None:
        host, _, port = self._server.address.partition("://")[2].partition(":")
        self._used = time.monotonic()
        self._socket = socket.create_connection((host, int(port)), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._server.cacert:
            context = ssl.create_default_context(cafile=str(self._server.cacert))
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        self._answers = self._socket.makefile("rb")

    def close(self) -> None:
        self._answers.close()
        self._socket.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        wrap: str = "",
        headers: Mapping[str, str] = NONE,
    ) -> tuple[int, Any]:
        """The status, and `data`, `auth` or `wrap_info` of the answer, whichever is there."""
        asked = self._request(method, path, body, self._root if token is None else token, wrap, headers)
        self._send(asked)
        return self._answer()

    def many(self, method: str, paths: Sequence[str]) -> list[Any]:
        """What the root token is answered at each path."""
        return [answer for _, answer in self.each([Asked(method, path) for path in paths], self._root)]

    def each(self, asked: Sequence[Asked], token: str) -> list[tuple[int, Any]]:
        """As `ask`, one answer for each."""
        found: list[tuple[int, Any]] = []
        for start in range(0, len(asked), _AT_ONCE):
            part = asked[start : start + _AT_ONCE]
            self._send(b"".join(self._request(*fields[:3], token, *fields[3:]) for fields in part))
            found += [self._answer() for _ in part]
        return found

    def _send(self, asked: bytes) -> None:
        if time.monotonic() - self._used > _KEPT:
            self.close()
            self._connect()
        self._socket.sendall(asked)
        self._used = time.monotonic()

    def _request(
        self, method: str, path: str, body: Any, token: str, wrap: str, headers: Mapping[str, str] = NONE
    ) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        lines = [f"{method} /v1/{path} HTTP/1.1", "Host: vault", f"Content-Length: {len(content)}"]
        lines += [f"Content-Type: {kind}"] * bool(content) + [f"X-Vault-Token: {token}"] * bool(token)
        lines += [f"X-Vault-Wrap-TTL: {wrap}"] * bool(wrap)
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + content

    def _answer(self) -> tuple[int, Any]:
        answer = http.client.HTTPResponse(_Shared(self._answers))  # type: ignore[arg-type]
        answer.begin()
        text = answer.read()
        found = json.loads(text) if answer.getheader("Content-Type") == "application/json" and text else {}
        parts = (found.get(name) for name in ("auth", "wrap_info", "data"))
        return answer.status, next((part for part in parts if part is not None), found)

    def must(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        status, answer = self.ask(method, path, body, **options)
        assert status < 300, (status, method, path, answer)
        return answer

    def keys(self, path: str) -> list[str]:
        """What LIST says; nothing where nothing is."""
        return list(self.many("LIST", [path])[0].get("keys") or ())

    def capabilities(self, token: str, paths: list[str]) -> dict[str, list[str]]:
        answer = self.must("POST", "sys/capabilities", {"token": token, "paths": paths})
        return {path: answer[path] for path in paths}


class _Shared:
    """The file of a socket, for one answer after another: what was read ahead belongs to the next."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def makefile(self, _mode: str) -> _Shared:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def close(self) -> None:
        """Nothing: the next answer comes from the same file."""
