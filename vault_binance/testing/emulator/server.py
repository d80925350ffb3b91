"""The sockets of the emulator: HTTP on the loopback, a thread for each connection, every byte as it came.

Rules of the file
- It only carries: what to answer is the emulator's business.
- It says nothing: http.server's own line on stderr would contain the query, and so the signature.
- A failure in a thread is kept for whoever stops the server; a client that goes away is none.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler

from vault_binance.testing.emulator import upgrade
from vault_binance.testing.emulator.call import NOT_FOUND
from vault_binance.testing.emulator.control import PREFIX, control
from vault_binance.testing.emulator.frames import PATHS, Session
from vault_binance.testing.emulator.state import RawRequest
from vault_binance.testing.listener import Listener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.emulator.state import Response


class LoopbackServer(Listener):
    daemon_threads = False  # server_close() then waits for them: nothing outlives the emulator

    def __init__(self, emulator: Emulator, port: int) -> None:
        self.emulator = emulator
        self.failure: BaseException | None = None
        self.stopping = threading.Event()
        super().__init__(port, _Conversation)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        failure = sys.exception()
        if not isinstance(failure, ConnectionError):  # a client may go away; anything else is ours
            self.failure = failure

    def end(self) -> None:
        self.stopping.set()
        super().end()


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave in one packet: two would wait 40 ms for a delayed acknowledgement
    server: LoopbackServer
    raw_requestline: bytes

    def _serve(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._upgrade()
            return
        response = self._answer(self._received())
        stopped = self.server.stopping.wait(response.delay_s) if response.delay_s else False
        if response.cut or stopped:
            self.close_connection = True
            return
        self._send(response)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815  # names that http.server looks for

    def _answer(self, request: RawRequest) -> Response:
        emulator = self.server.emulator
        if emulator.control and request.path.startswith(PREFIX):
            return control(emulator, request)
        return emulator.answer(request)

    def _upgrade(self) -> None:
        """A WebSocket, until it ends."""
        self.close_connection = True
        family = PATHS.get(self.path.partition("?")[0])
        if family is None:
            self._send(NOT_FOUND)
        elif not upgrade.available():
            self._send(upgrade.MISSING)
        else:
            emulator = self.server.emulator
            session = Session(family, self._source(), emulator.time_ms())
            headers = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
            handshake = self.raw_requestline + headers.encode("latin-1") + b"\r\n"
            upgrade.Line(emulator, self.rfile, self.wfile).serve(handshake, session)

    def _send(self, response: Response) -> None:
        body = response.body.encode()
        self.send_response_only(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in response.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

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
