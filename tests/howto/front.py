"""What stands before a Vault in a company: it ends TLS, passes on what arrives, and keeps what it saw of it."""

from __future__ import annotations

import ssl
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.loopback import Loopback, answer, server_tls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.loopback import Asked
    from vault_binance.testing.dev_server import DevVault


@dataclass
class Front:
    """`namespaces` has the header of each request. With `leader` it is a standby: it redirects there, path and all.

    Below `prefix` it serves what Vault has at the root; to the next `refusals` requests it says 503 itself, in HTML.
    """

    server: DevVault
    address: str = ""
    namespaces: list[str | None] = field(default_factory=list)
    leader: str = ""
    prefix: str = ""
    refusals: int = 0

    def answer_to(self, asked: Asked) -> bytes:
        self.namespaces.append(asked.headers.get("x-vault-namespace"))
        if self.refusals:
            self.refusals -= 1
            return answer(503, b"<html>no server available</html>", Content_Type="text/html")
        if self.leader:
            return answer(307, b"", Location=f"{self.leader}{asked.target}")
        return self._passed_on(asked)

    def _passed_on(self, asked: Asked) -> bytes:
        vault = urlsplit(self.server.address)
        trusted = ssl.create_default_context(cafile=self.server.cacert)
        headers = {name: text for name, text in asked.headers.items() if name != "host"}
        with closing(HTTPSConnection(vault.hostname or "", vault.port, context=trusted)) as connection:
            connection.request(asked.method, asked.target.removeprefix(self.prefix), asked.body, headers)
            found = connection.getresponse()
            return answer(found.status, found.read(), Content_Type="application/json")


@contextmanager
def front(server: DevVault, host: str = "127.0.0.1") -> Iterator[Front]:
    """On `host`, with the server's own certificate, which is for 127.0.0.1 and localhost."""
    assert server.cacert
    shown = server_tls(server.cacert.with_name("vault-cert.pem"), server.cacert.with_name("vault-key.pem"))
    made = Front(server)
    with Loopback(made.answer_to, tls=shown, host=host) as listening:
        made.address = listening.address
        yield made
