"""A WebSocket on a connection that began as HTTP: the protocol is `websockets`, without its sockets.

Rules of the file
- `websockets` is imported when somebody asks for an upgrade; without it the answer is 501, and what to install.
- The library's own log is off: at its lowest level it prints frames, and so signatures.
- A connection is written to by its own thread and by whoever has an event for it: one lock, one message at a time.
"""

from __future__ import annotations

import json
import logging
import threading
from contextlib import suppress

from vault_binance.testing.emulator.state import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from websockets.server import ServerProtocol

    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.emulator.frames import Session

READ = 65_536
NEEDED = "the emulator's WebSocket API needs the library websockets: pip install 'vault-binance[testing]'"
MISSING = Response(501, NEEDED + "\n", content_type="text/plain; charset=utf-8")


def available() -> bool:
    try:
        import websockets.server  # noqa: F401
    except ImportError:
        return False
    return True


class Line:
    """One WebSocket: `serve` until it ends."""

    def __init__(self, emulator: Emulator, incoming: Any, outgoing: Any) -> None:
        from websockets.server import ServerProtocol

        silent = logging.getLogger("vault_binance.emulator")
        silent.disabled = True
        self._protocol: ServerProtocol = ServerProtocol(logger=silent)
        self._emulator = emulator
        self._incoming = incoming
        self._outgoing = outgoing
        self._lock = threading.Lock()

    def serve(self, handshake: bytes, session: Session) -> None:
        """`handshake` is the request that asked for the upgrade, as its bytes came."""
        with self._lock:
            self._protocol.receive_data(handshake)
            for request in self._protocol.events_received():
                self._protocol.send_response(self._protocol.accept(request))  # type: ignore[arg-type]
            self._flush()
        self._emulator.connected(self, session)
        try:
            for text in self._texts():
                self._emulator.hear(self, text)
        finally:
            self._emulator.disconnected(self)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send one message; whoever is gone is told nothing."""
        text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
        with self._lock, suppress(OSError, ValueError, _closed()):
            self._protocol.send_text(text.encode())
            self._flush()

    def _texts(self) -> Iterator[str]:
        from websockets.frames import Opcode

        parts: list[bytes] = []
        while data := self._incoming.read1(READ):
            with self._lock:
                self._protocol.receive_data(data)
                frames = self._protocol.events_received()
                self._flush()
            for frame in frames:
                if frame.opcode in {Opcode.TEXT, Opcode.CONT}:  # type: ignore[union-attr]
                    parts.append(bytes(frame.data))  # type: ignore[union-attr]
                    if frame.fin:  # type: ignore[union-attr]
                        yield b"".join(parts).decode(errors="replace")
                        parts.clear()
            if self._protocol.close_expected():
                return

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            self._outgoing.write(data)
        self._outgoing.flush()


def _closed() -> type[Exception]:
    from websockets.exceptions import InvalidState

    return InvalidState
