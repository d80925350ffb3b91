"""A gate before a real Vault, with one port for each bot, so that a call is counted for the bot that made it.

Rules of the file
- Every request that arrives is one line in the log, the refused ones too; a connection cut while `gone` is one as well.
- It runs as a process of its own, so that 200 bots and their measurer share no interpreter lock with it.
- Nothing is kept of a request but its time, method, path and the status of its answer.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPEN, SEALED, GONE = "open", "sealed", "gone"
"""Pass on; answer 503 as a sealed Vault does; accept and hang up, as a balancer does that has no server behind it."""

_OWN_HEADERS = frozenset({"connection", "content-length", "transfer-encoding"})
_SEALED = 503, {"Content-Type": "application/json"}, b'{"errors":["Vault is sealed"]}\n'


class Call(NamedTuple):
    """What one bot asked, and when by the wall clock; the status is 0 where it was cut off."""

    at: float
    bot: int
    method: str
    path: str
    status: int

    @property
    def kind(self) -> str:
        names = {"login": "login", "renew-self": "renew", "revoke-self": "revoke", "": "cut"}
        last = self.path.rpartition("/")[2]
        return names.get(last, "read" if "/data/" in self.path else "other")


class Gate:
    """The gate from outside: its addresses, one a bot; its state; and what has passed."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self._log = process, log
        self.addresses: list[str] = [f"http://127.0.0.1:{port}" for port in json.loads(self._answer())]

    def turn(self, state: str) -> float:
        """Change to OPEN, SEALED or GONE; return when."""
        print(state, file=self._process.stdin, flush=True)
        self._answer()
        return time.time()

    def calls(self) -> list[Call]:
        rows = (line.split(" ") for line in self._log.read_text().splitlines())
        return [Call(float(at), int(bot), method, path, int(status)) for at, bot, method, path, status in rows]

    def _answer(self) -> str:
        assert self._process.stdout  # noqa: S101  for the type checker
        return self._process.stdout.readline()


@contextmanager
def gate(upstream: str, count: int, log: Path) -> Iterator[Gate]:
    """Open a gate with `count` ports before the plain-http server at `upstream`."""
    command = [sys.executable, __file__, upstream.rpartition(":")[2], str(count), str(log)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Gate(process, log)
        finally:
            process.terminate()


class _Passage:
    """The gate from inside."""

    def __init__(self, upstream: int, log: Path) -> None:
        self._upstream, self._state = upstream, OPEN
        self._log = log.open("w", buffering=1)
        self._open: set[asyncio.StreamWriter] = set()

    async def listen(self, count: int) -> list[int]:
        servers = [await asyncio.start_server(self._server(bot), "127.0.0.1", 0) for bot in range(count)]
        return [server.sockets[0].getsockname()[1] for server in servers]

    def turn(self, state: str) -> None:
        self._state = state
        if state == GONE:
            for writer in self._open:
                writer.transport.abort()

    def _server(self, bot: int):  # noqa: ANN202  what start_server takes
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open.add(writer)
            with suppress(OSError, EOFError):
                while self._state != GONE and await self._exchange(bot, reader, writer):
                    pass
                if self._state == GONE:
                    self._note(time.time(), bot, "-", "-/", 0)
            self._open.discard(writer)
            writer.close()

        return serve

    async def _exchange(self, bot: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        (method, path, _), headers, body = await _message(reader)
        at = time.time()
        status, named, text = _SEALED if self._state == SEALED else await self._passed_on(method, path, headers, body)
        self._note(at, bot, method, path.partition("?")[0], status)
        length = {} if status == 204 else {"Content-Length": str(len(text))}
        writer.write(_head(f"HTTP/1.1 {status} -", {**named, **length}) + text)
        await writer.drain()
        return headers.get("connection", "").lower() != "close"

    async def _passed_on(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        try:
            # As HTTP/1.0, so that the answer comes without chunks and ends where the connection ends.
            named = {**_kept(headers), "content-length": str(len(body))}
            writer.write(_head(f"{method} {path} HTTP/1.0", named) + body)
            (_, status, *_), answered, text = await _message(reader)
            return int(status), _kept(answered), text or await reader.read()
        finally:
            writer.close()

    def _note(self, at: float, bot: int, method: str, path: str, status: int) -> None:
        self._log.write(f"{at:.6f} {bot} {method} {path} {status}\n")


async def _message(reader: asyncio.StreamReader) -> tuple[list[str], dict[str, str], bytes]:
    """The first line, the headers in lower case, and as much of a body as was announced."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
    return first.split(" ", 2), headers, await reader.readexactly(int(headers.get("content-length", 0)))


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name not in _OWN_HEADERS}


def _head(first: str, headers: Mapping[str, str]) -> bytes:
    return "\r\n".join([first, *(f"{name}: {text}" for name, text in headers.items()), "", ""]).encode("latin-1")


async def _run(upstream: int, count: int, log: Path) -> None:
    passage = _Passage(upstream, log)
    print(json.dumps(await passage.listen(count)), flush=True)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        passage.turn(line.decode().strip())
        print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
