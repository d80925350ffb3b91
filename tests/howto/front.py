"""What stands before a Vault in a company: it ends TLS, passes on what arrives, and keeps what it saw of it."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.testing.dev_server import DevVault


@dataclass
class Front:
    """`namespaces` has the header of each request. With `leader` it is a standby: it redirects there, path and all.

    Below `prefix` it serves what Vault has at the root; to the next `refusals` requests it says 503 itself, in HTML.
    """

    server: DevVault
    address: str
    namespaces: list[str | None] = field(default_factory=list)
    leader: str = ""
    prefix: str = ""
    refusals: int = 0


@contextmanager
def front(server: DevVault, host: str = "127.0.0.1") -> Iterator[Front]:
    """On `host`, with the server's own certificate, which is for 127.0.0.1 and localhost."""
    assert server.cacert
    trusted = ssl.create_default_context(cafile=server.cacert)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(server.cacert.with_name("vault-cert.pem"), server.cacert.with_name("vault-key.pem"))
    vault = urlsplit(server.address)

    class Passing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            made.namespaces.append(self.headers.get("X-Vault-Namespace"))
            if made.refusals:
                made.refusals -= 1
                self.answer(503, b"<html>no server available</html>", "text/html")
            elif made.leader:
                self.send_response(307)
                self.send_header("Location", f"{made.leader}{self.path}")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                connection = HTTPSConnection(vault.hostname or "", vault.port, context=trusted)
                headers = {name: text for name, text in self.headers.items() if name.lower() != "host"}
                connection.request(self.command, self.path.removeprefix(made.prefix), body, headers)
                found = connection.getresponse()
                self.answer(found.status, found.read(), "application/json")
                connection.close()

        def answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_LIST = pass_on  # noqa: N815  http.server's names

        def log_message(self, *_: object) -> None: ...

    listening = ThreadingHTTPServer((host, 0), Passing)
    listening.socket = shown.wrap_socket(listening.socket, server_side=True, do_handshake_on_connect=False)
    listening.daemon_threads = True
    listening.block_on_close = False
    made = Front(server, f"https://{host}:{listening.server_port}")
    serving = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    serving.start()
    try:
        yield made
    finally:
        listening.shutdown()
        listening.server_close()
        serving.join()
