"""Each fault as a client meets it, over real sockets on the loopback; and that the proxy keeps no value."""

from __future__ import annotations

import http.client
import json
import threading

import pytest

from tests.loopback import Loopback, answer
from tests.rows import each_row
from vault_binance.config import Address, Config
from vault_binance.errors import ConfigError, VaultUnavailable, WrappedTokenInvalid
from vault_binance.redacted import Redacted
from vault_binance.testing.fault_proxy import Fault, FaultProxy, Seen
from vault_binance.vault.http import HttpVault
from vault_binance.vault.wire import Wire

CANARY = "canary-7f3a91c2d4e5"
TOKEN = Redacted(CANARY)
BODY = {"data": {"ttl": 60, "num_uses": 0}}


@pytest.fixture
def server():
    with Loopback(answer(200, BODY, X_Extra="kept")) as server:
        yield server


@pytest.fixture
def proxy(server):
    with FaultProxy(server.address) as proxy:
        yield proxy


@pytest.fixture
def wire(proxy):
    wire = Wire(Config(Address.parse(proxy.address), timeout=5))
    yield wire
    wire.close()


def test_without_a_fault_everything_passes_through_unchanged(server, proxy):
    connection = http.client.HTTPConnection(proxy.address.removeprefix("http://"), timeout=5)
    for number in range(2):
        connection.request("PATCH", f"/v1/x?version={number}", b'{"a": 1}', {"X-Vault-Token": CANARY, "X-Y": "z"})
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())) == (200, BODY)
        assert response.headers["X-Extra"] == "kept"
    connection.close()
    asked = server.asked[1]
    assert (asked.method, asked.target, asked.body) == ("PATCH", "/v1/x?version=1", b'{"a": 1}')
    assert (asked.token, asked.headers["x-y"]) == (CANARY, "z")


def test_what_was_seen_is_kept_without_a_value(proxy, wire):
    wire.send("GET", "auth/token/lookup-self", token=TOKEN)
    wire.send("POST", "auth/approle/login", body={"secret_id": CANARY})
    first, second = proxy.requests
    assert first == Seen("GET", "/v1/auth/token/lookup-self", first.headers, has_token=True)
    assert {"x-vault-token", "x-vault-request"} <= set(first.headers)
    assert (second.method, second.has_token) == ("POST", False)
    assert CANARY not in repr(proxy.requests)


def test_each_request_is_kept_with_its_time_and_what_it_was_answered_with(proxy, wire):
    wire.send("GET", "x")
    proxy.fault = Fault.status(503).times(1)
    wire.send("GET", "x")
    proxy.fault = Fault.cut(kept=60).times(1)
    with pytest.raises(VaultUnavailable):
        wire.send("POST", "x")
    proxy.fault = Fault.garbage(b"hello", raw=True).times(1)
    with pytest.raises(VaultUnavailable):
        wire.send("POST", "x")
    assert [seen.status for seen in proxy.requests] == [200, 503, 0, 0]
    times = [seen.at for seen in proxy.requests]
    assert 0 < times[0] <= times[1] <= times[2] <= times[3]


@pytest.mark.parametrize("prepared", [Fault.slow(600), Fault.drop(), Fault.cut(), Fault.cut(kept=60), Fault.refuse()])
def test_a_server_that_cannot_be_understood_is_transient(proxy, prepared):
    wire = Wire(Config(Address.parse(proxy.address), timeout=0.05 if prepared.seconds else 5))
    proxy.fault = prepared
    with pytest.raises(VaultUnavailable):
        wire.send("GET", "sys/health")
    wire.close()


def test_a_slow_answer_comes_in_the_end(server, proxy, wire):
    proxy.fault = Fault.slow(0.001)
    assert wire.send("GET", "x").body == BODY
    assert len(server.asked) == 1


def test_leaving_the_block_ends_every_delay(server):
    with FaultProxy(server.address) as proxy:
        proxy.fault = Fault.slow(600)
        wire = Wire(Config(Address.parse(proxy.address), timeout=0.02))
        with pytest.raises(VaultUnavailable, match="no answer within"):
            wire.send("GET", "x")
        before = threading.active_count()
    for thread in threading.enumerate():
        if "_serve" in thread.name:
            thread.join(5)
    assert threading.active_count() < before
    assert server.asked == [], "a client that has gone is not answered for"


def test_garbage_is_json_to_nobody(proxy, wire):
    for fault in (Fault.garbage(), Fault.garbage(b"\x00\xff\xfe")):
        proxy.fault = fault
        sent = wire.send("GET", "x")
        assert (sent.status, sent.is_json) == (200, False)
    proxy.fault = Fault.garbage(b"\x00\x01\x02 no HTTP at all\r\n\r\n", raw=True)
    with pytest.raises(VaultUnavailable, match="BadStatusLine"):
        wire.send("GET", "x")


def test_a_cut_request_was_done_and_a_dropped_one_was_not(server, proxy, wire):
    proxy.fault = Fault.drop()
    with pytest.raises(VaultUnavailable):
        wire.send("POST", "x")
    assert server.asked == []
    proxy.fault = Fault.cut(kept=70)
    with pytest.raises(VaultUnavailable, match="IncompleteRead"):
        wire.send("POST", "x")
    assert len(server.asked) == 1


def test_an_unwrap_that_was_cut_is_not_asked_for_again(server, proxy, wire):
    """On a kept connection too: the second try would find the token used, and raise the alarm of an interception."""
    server.answers = lambda asked: answer(200 if len(server.asked) < 3 else 400, {"data": {"secret_id": "x"}})
    wire.send("GET", "sys/health")
    proxy.fault = Fault.cut().on("/v1/sys/wrapping/unwrap")
    with pytest.raises(VaultUnavailable, match="may have been used up"):
        HttpVault(wire, max_retries=3, sleep=lambda _: None).unwrap_secret_id(TOKEN)
    assert [seen.path for seen in proxy.requests].count("/v1/sys/wrapping/unwrap") == 1
    proxy.fault = Fault.none()
    with pytest.raises(WrappedTokenInvalid):
        HttpVault(wire).unwrap_secret_id(TOKEN)


def test_a_redirect_leads_where_it_says(proxy, wire):
    with Loopback(answer(200, {"data": {"here": 1}})) as leader:
        proxy.fault = Fault.redirect(f"{leader.address}/v1/other")
        assert wire.send("GET", "x", token=TOKEN).body == {"data": {"here": 1}}
        assert leader.asked[0].target == "/v1/other"


@pytest.mark.parametrize(("retry_after", "read"), [(7, 7.0), (None, None)])
def test_a_limited_rate_is_429_with_or_without_retry_after(proxy, wire, retry_after, read):
    proxy.fault = Fault.rate_limited(retry_after)
    sent = wire.send("GET", "x")
    assert (sent.status, sent.retry_after, sent.is_json) == (429, read, True)


@pytest.mark.parametrize("is_json", [True, False])
def test_any_status_comes_with_vaults_json_or_with_a_balancers_page(proxy, wire, is_json):
    for status in (412, 500, 502, 503):
        proxy.fault = Fault.status(status, is_json=is_json)
        sent = wire.send("GET", "x")
        assert (sent.status, sent.is_json) == (status, is_json)
    proxy.fault = Fault.status(503, body={"sealed": True})
    assert wire.send("GET", "x").body == {"sealed": True}


def test_refusing_closes_what_is_open_and_ends_at_the_same_address(server, proxy, wire):
    address = proxy.address
    wire.send("GET", "x")
    for _ in range(2):
        proxy.fault = Fault.refuse()
        proxy.fault = Fault.refuse()
        with pytest.raises(VaultUnavailable, match="refused"):
            wire.send("GET", "x")
        proxy.fault = Fault.none()
        assert proxy.address == address
        assert wire.send("GET", "x").status == 200
    assert len(server.asked) == 3


def test_a_fault_strikes_as_often_and_where_it_is_told_to(server, proxy, wire):
    proxy.fault = Fault.status(503).times(2).on("/v1/auth/")
    statuses = [wire.send("GET", path).status for path in ("auth/a", "kv/b", "auth/c", "auth/d", "kv/e")]
    assert statuses == [503, 200, 503, 200, 200]
    assert proxy.fault.left == 0
    assert len(proxy.requests) == 5
    assert len(server.asked) == 3


def test_retries_over_a_fault_succeed(proxy, wire):
    proxy.fault = Fault.status(502).times(2)
    pauses = []
    info = HttpVault(wire, max_retries=2, sleep=pauses.append).token_info(TOKEN)
    assert info.ttl == 60
    assert len(pauses) == 2


def test_a_server_that_is_gone_shows_as_a_closed_connection(server, proxy, wire):
    server.__exit__()
    with pytest.raises(VaultUnavailable):
        wire.send("GET", "x")


@each_row("upstream", ["https://127.0.0.1:8200", "127.0.0.1:8200", "http://127.0.0.1", "unix:///x"])
def test_only_a_plain_http_server_can_stand_behind(upstream):
    with pytest.raises(ConfigError):
        FaultProxy(upstream)


def test_a_client_that_speaks_no_http_harms_nobody(proxy, wire):
    connection = http.client.HTTPConnection(proxy.address.removeprefix("http://"), timeout=5)
    connection.connect()
    connection.sock.sendall(b"\x16\x03\x01\n")
    assert connection.sock.recv(10) == b""
    connection.close()
    assert wire.send("GET", "x").status == 200
