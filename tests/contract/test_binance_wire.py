"""Binance's door against servers on the loopback that do not speak HTTP as they should."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from tests.loopback import Loopback, answer, refused_port
from vault_binance.binance import transport
from vault_binance.binance.api import BinanceApi
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import BinanceUnavailable, ConfigError, VaultBinanceError
from vault_binance.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "CanaryKey" + "k" * 55, "CanarySecret" + "s" * 52

GARBAGE = {
    "nothing": b"",
    "no HTTP": b"220 smtp.example ESMTP\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x28",
    "no status": b"HTTP/1.1 \r\n\r\n",
    "a status in letters": b"HTTP/1.1 OK\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Ty",
    "a header without a colon": b"HTTP/1.1 200 OK\r\nCanary\r\n\r\n",
    "a header without an end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,
    "headers without an end": b"HTTP/1.1 200 OK\r\n" + b"X-Canary: y\r\n" * 30_000,
    "half a body": b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"serverTime": 1}',
    "a length below zero": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a chunk without a length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "chunks without an end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    "packed as it is not": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "another version": b"HTTP/3.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
}


def failure(url: str) -> VaultBinanceError:
    credentials = Credentials("bot", Redacted(KEY), Redacted(SECRET), KeyType.HMAC, Environment.LIVE)
    with pytest.raises(VaultBinanceError) as info, BinanceApi(credentials, url=url) as binance:
        binance.restrictions()
    error = info.value
    assert error.hint
    assert error.__context__ is None
    assert "Canary" not in f"{error} {error.hint} {vars(error)}"
    assert "signature=" not in f"{error} {error.hint} {vars(error)}"
    return error


@pytest.mark.parametrize("raw", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_http_is_an_error_of_ours(raw: bytes) -> None:
    with Loopback(raw, keep=False) as server:
        error = failure(server.address)
        assert type(error) is BinanceUnavailable
        assert error.transient
        assert len(server.asked) == 1, "nothing is tried twice here"


def test_a_redirect_is_not_followed() -> None:
    with Loopback() as other, Loopback(answer(302, b"", Location=other.address)) as server:
        assert type(failure(server.address)) is ConfigError
        assert other.asked == []


def test_fifty_megabytes_are_not_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n"
    with Loopback(lambda _: (head, *(b"x" * 65_536 for _ in range(800))), keep=False) as server:
        assert "longer than 4 MiB" in str(failure(server.address))


@pytest.mark.parametrize("begun", [b"HTTP/1.1 200 OK\r\nX-A: ", b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a": 1'])
def test_an_answer_that_never_ends_is_given_up_on(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes meanwhile: a timeout for each read would begin anew with every byte."""
    monkeypatch.setattr(transport, "LONGEST_S", 0.2)
    with Loopback() as server:

        def endless(_: object) -> Iterator[bytes]:
            yield begun
            server.wait(60)

        server.answers = endless
        assert "the answer takes longer than 0.2 s" in str(failure(server.address))


def test_a_handshake_that_never_ends_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LONGEST_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "the answer takes longer than 0.2 s" in str(failure(f"https://127.0.0.1:{silent.getsockname()[1]}"))


def test_no_descriptor_is_left_of_a_client() -> None:
    with Loopback(answer(200, b'{"serverTime": 1}')) as server:
        before = len(os.listdir("/dev/fd"))  # noqa: PTH208
        for _ in range(5):
            failure(server.address)
        assert len(os.listdir("/dev/fd")) <= before + 1  # noqa: PTH208  the server's end of the last one


def test_nobody_listens() -> None:
    with refused_port() as held:
        assert "no connection" in str(failure(f"http://127.0.0.1:{held.getsockname()[1]}"))
