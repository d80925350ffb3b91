"""A stub server on the loopback, plain or TLS or on a unix socket, which keeps what it was asked.

It speaks HTTP by hand, so that a test may let it answer what no HTTP library would.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.client import parse_headers

SEALED_NOT = {"initialized": True, "sealed": False, "standby": False, "version": "1.21.1"}


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int
    peer_certificate: dict

    @property
    def token(self):
        return self.headers.get("x-vault-token")


def answer(status=200, body=SEALED_NOT, **headers):
    """An answer as bytes; `body` is JSON unless it is bytes already."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} -", f"Content-Length: {len(raw)}"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


class Loopback:
    """`answers` is bytes, or a function of what was asked; after an answer of None or b"" the connection is closed.

    `keep` says whether a connection lives on after an answer; `tls` is a server's ssl.SSLContext.
    """

    def __init__(self, answers=None, *, tls=None, keep=True, path=None, host="127.0.0.1"):
        self.answers = answers if answers is not None else answer()
        self.asked: list[Asked] = []
        self.keep = keep
        self._tls = tls
        self._stop = threading.Event()
        self._threads, self._connections, self._count = [], [], 0
        if path:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(path))
            self._listener.listen()
            self.address = f"unix://{path}"
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._listener = socket.create_server((host, 0), family=family)
            self.port = self._listener.getsockname()[1]
            shown = f"[{host}]" if ":" in host else host
            self.address = f"{'https' if tls else 'http'}://{shown}:{self.port}"

    def __enter__(self):
        self._run(self._accept)
        return self

    def __exit__(self, *_):
        self._stop.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.close_connections()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def close_connections(self):
        """As a server does with idle ones, or when it restarts."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds):
        """For answers that must not come: until the server ends."""
        self._stop.wait(seconds)

    def _run(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with suppress(OSError):
            while not self._stop.is_set():
                connection, _ = self._listener.accept()
                self._count += 1
                self._connections.append(connection)
                self._run(self._serve, connection, self._count)

    def _serve(self, connection, number):
        with connection, suppress(OSError, ValueError):
            if self._tls is None:
                self._talk(connection, number)
            else:
                with self._tls.wrap_socket(connection, server_side=True) as secured:
                    self._connections.append(secured)
                    self._talk(secured, number)

    def _talk(self, connection, number):
        with connection.makefile("rb") as stream:
            while line := stream.readline():
                method, target = line.decode("latin-1").split()[:2]
                headers = {name.lower(): text for name, text in parse_headers(stream).items()}
                body = stream.read(int(headers.get("content-length", 0)))
                certificate = (connection.getpeercert() or {}) if self._tls else {}
                asked = Asked(method, target, headers, body, number, certificate)
                self.asked.append(asked)
                raw = self.answers(asked) if callable(self.answers) else self.answers
                for piece in [raw] if isinstance(raw, bytes) else raw or ():
                    connection.sendall(piece)
                if not raw or not self.keep:
                    return


def server_tls(certificate, key, *, client_ca=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context


def refused_port():
    """A port on which nobody listens, and which nobody is given meanwhile: close it after use."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held
