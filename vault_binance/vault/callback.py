"""The loopback address to which a browser comes back from an identity provider, as Vault's own command has it.

Rules of the file
- It listens on this host alone, for one answer: the one with the state that was sent out. Others are turned away, since
  any page in that browser can ask for this address.
- What came back is Redacted: with it, and what Vault was told at the start, anybody would be logged in.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from vault_binance.errors import ConfigError, LoginRefused
from vault_binance.redacted import Hidden, Redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH = "/oidc/callback"
SECONDS = 300.0
_LOOK = 0.1


class _Server(ThreadingHTTPServer):
    """A thread for each visit: who says nothing, or a letter a second, keeps the browser from nothing."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a browser that left, or what somebody sent who is none, is no traceback on the terminal."""


class Callback:
    """`uri` is what the login role has to allow."""

    def __init__(self, server: HTTPServer, port: int) -> None:
        self.uri = f"http://localhost:{port}{PATH}"
        self._server = server

    def wait(self, state: Redacted) -> Redacted:
        """The code that the browser brings. Raises LoginRefused where it brings a refusal, or none in five minutes."""
        visit = _Visit(state)
        self._server.RequestHandlerClass = visit.answering()
        deadline = time.monotonic() + SECONDS
        while not visit.came:
            left = deadline - time.monotonic()
            if left <= 0:
                raise LoginRefused("nobody came back from the browser", hint="begin the login again")
            self._server.timeout = min(left, _LOOK)
            self._server.handle_request()
        return visit.brought()


class _Visit:
    """What a browser brought; `code` is None until then, and where it brought a refusal."""

    code: Redacted | None = None
    refusal = ""

    def __init__(self, state: Redacted) -> None:
        self._state = state
        self.came = False

    def brought(self) -> Redacted:
        if self.code is None:
            hint = "log in there with the right account"
            raise LoginRefused(f"the identity provider refused: {self.refusal}", hint=hint)
        return self.code

    def answering(self) -> type[BaseHTTPRequestHandler]:
        visit = self

        class Answering(BaseHTTPRequestHandler):
            timeout = 5

            def do_GET(self) -> None:
                is_ours = visit.takes(self.path)
                try:
                    self.send_response(200 if is_ours else 400)
                    self.send_header("Content-Type", "text/plain; charset=utf-8")
                    self.end_headers()
                    text = (
                        "Go back to the terminal; this window may be closed." if is_ours else "Not what was asked for."
                    )
                    self.wfile.write(text.encode())
                finally:
                    visit.came = visit.came or is_ours

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its own signature
                """Nothing: the address holds the code."""

        return Answering

    def takes(self, target: str) -> bool:
        parts = urlsplit(target)
        given = Hidden({name: values[0] for name, values in parse_qs(parts.query).items()})
        if self.came or parts.path != PATH or Redacted(str(given.get("state", ""))) != self._state:
            return False
        code = str(given.get("code", ""))
        self.code = Redacted(code) if re.fullmatch(r"[^&\s]+", code) else None
        error = str(given.get("error", ""))
        self.refusal = error if re.fullmatch(r"[a-z_]{1,40}", error) else "it sent no code"
        return True


@contextmanager
def listening(port: int) -> Iterator[Callback]:
    """Raises ConfigError where the port is taken."""
    try:
        server = _Server(("127.0.0.1", port), BaseHTTPRequestHandler)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on port {port}: {error.strerror}", hint="another login waits there? or give another --port"
        ) from None
    with server:
        yield Callback(server, port)
