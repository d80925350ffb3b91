"""FakeVault on a socket: Vault's API over HTTP on the loopback, for whoever finds Vault by its address.

Rules of the file
- It only carries: what to answer is FakeVault's business.
- What FakeVault does not know is answered with 501 and raised when it ends: no test shall pass on it.
- The port is kept from the first listening on, so that it comes back where it was.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

from vault_binance.policy.text import duration
from vault_binance.redacted import Redacted
from vault_binance.testing.listener import Listener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault_binance.testing.fake_vault import FakeVault


class Listening:
    """Where one FakeVault is reached. While `answering` is not set, connections are accepted and nothing is said."""

    def __init__(self, vault: FakeVault) -> None:
        self.vault = vault
        self.answering = threading.Event()
        self.answering.set()
        self.ended = False
        self.unknown: NotImplementedError | None = None
        self._port = 0
        self._server: _Socket | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def listen(self) -> None:
        self._server = server = _Socket(self, self._port)
        self._port = int(server.server_address[1])
        server.begin()

    def close(self) -> None:
        """Stop listening and end every connection; harmless if that was done."""
        server, self._server = self._server, None
        if server:
            server.end()

    def end(self) -> None:
        self.ended = True
        self.answering.set()
        self.close()
        if self.unknown:
            raise self.unknown


class _Socket(Listener):
    daemon_threads = True

    def __init__(self, listening: Listening, port: int) -> None:
        self.listening = listening
        super().__init__(port, _Conversation)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may go away; what FakeVault does not know is kept elsewhere."""


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave in one packet: two would wait 40 ms for a delayed acknowledgement
    server: _Socket

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "")
        raw = self.rfile.read(int(length)) if length.isdigit() else b""
        listening = self.server.listening
        listening.answering.wait()
        if listening.ended or listening.vault.unreachable:
            self.close_connection = True
            return
        status, body = self._answered(raw)
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_LIST = do_HEAD = _serve  # noqa: N815  what http.server looks for

    def _answered(self, raw: bytes) -> tuple[int, bytes]:
        listening, token = self.server.listening, self.headers.get("X-Vault-Token", "")
        path, mark, query = self.path.removeprefix("/v1/").partition("?")
        try:
            answer = listening.vault.send(
                self.command,
                f"{unquote(path)}{mark}{query}",
                body=json.loads(raw) if raw else None,
                token=Redacted(token) if token else None,
                wrap_ttl=int(duration(self.headers.get("X-Vault-Wrap-TTL") or 0)),
            )
        except NotImplementedError as error:
            listening.unknown = error
            return 501, json.dumps({"errors": [str(error)]}).encode()
        return answer.status, json.dumps(answer.body).encode() if answer.body else b""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: paths may be asked for, and a test's output is the test's."""
