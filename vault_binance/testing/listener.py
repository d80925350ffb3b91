"""What the emulator and FakeVault listen with: HTTP on the loopback, of which every connection can be ended."""

from __future__ import annotations

import socket
from contextlib import suppress
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from typing import Any


_POLL_SECONDS = 0.02


class Listener(ThreadingHTTPServer):
    """A thread for each connection, and one that waits for them. Port 0 is one that is free."""

    def __init__(self, port: int, conversation: type[BaseHTTPRequestHandler]) -> None:
        self._connections: set[Any] = set()
        super().__init__(("127.0.0.1", port), conversation)
        self._waiting = Thread(target=self.serve_forever, args=(_POLL_SECONDS,), name=type(self).__name__, daemon=True)

    def begin(self) -> None:
        self._waiting.start()

    def end(self) -> None:
        """Stop listening, and end every connection there is."""
        self.shutdown()
        self._waiting.join()
        for connection in tuple(self._connections):
            with suppress(OSError):  # closed by its own thread meanwhile
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own asks the resolver for a name that nobody needs

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)
