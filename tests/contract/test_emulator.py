"""The emulator over real sockets, with our own client and with one that somebody else wrote."""

import http.client
import json
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault_binance.binance.api import BinanceApi
from vault_binance.credentials import Environment, KeyType
from vault_binance.errors import BinanceUnavailable, KeyRejected
from vault_binance.health.expectations import Expectations
from vault_binance.health.values import Severity
from vault_binance.ops.verify import verify
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator import Emulator, now_ms

NOW = 1_700_000_000_000


@pytest.fixture(scope="module")
def emulator():
    with Emulator(time_ms=lambda: NOW) as running:
        yield running


@pytest.fixture(autouse=True)
def on_time(emulator):
    emulator.offset_ms = 0


@pytest.fixture(scope="module")
def rsa_key(emulator):
    return emulator.add_key(key_type=KeyType.RSA)


def our(emulator, issued, *, source=None, clock=lambda: NOW):
    transport = httpx.HTTPTransport(local_address=source) if source else None
    return BinanceApi(issued.credentials(), url=emulator.url, clock=clock, transport=transport)


def refused(emulator, issued, **options):
    with our(emulator, issued, **options) as binance, pytest.raises(KeyRejected) as caught:
        binance.restrictions()
    return caught.value.code


@pytest.mark.parametrize("key_type", KeyType)
def test_our_client_is_accepted_with_every_key_type(emulator, key_type, rsa_key):
    issued = rsa_key if key_type is KeyType.RSA else emulator.add_key(key_type=key_type)
    with our(emulator, issued) as binance:
        assert binance.server_time().server_ms == NOW
        assert binance.account().can_trade is True
        assert binance.restrictions().enable_reading is True
    last = emulator.log[-1]
    assert last.accepted
    assert last.fingerprint == issued.credentials().fingerprint


@pytest.mark.parametrize("key_type", KeyType)
def test_the_official_client_is_accepted(key_type, rsa_key):
    """binance-sdk-spot signs and encodes on its own, and stamps with the real time."""
    with Emulator() as emulator:
        issued = emulator.add_key(key_type=key_type)
        with official(emulator, issued) as api:
            assert api.time().data().server_time >= NOW
            account = api.get_account(omit_zero_balances=True, recv_window=6000.346).data()
    assert account.can_trade is True
    assert account.uid == 354937868


def test_the_official_client_understands_our_refusals():
    with Emulator() as emulator:
        issued = emulator.add_key()
        with official(emulator, issued) as api:
            emulator.offset_ms = 60_000
            assert complaint(api) == ("BadRequestError", -1021)
            emulator.offset_ms = 0
            emulator.delete_key(issued.api_key)
            assert complaint(api) == ("UnauthorizedError", -2015)
            emulator.delete_key(issued.api_key, forget=True)
            assert complaint(api) == ("BadRequestError", -2008)
        other = replace(issued, secret=Redacted("x" * 64))
        emulator.add_key(issued.api_key.reveal(), issued.secret.reveal())
        with official(emulator, other) as api:
            assert complaint(api) == ("BadRequestError", -1022)


class official:  # noqa: N801
    """binance-sdk-spot's REST client for a key; it has no close() of its own. To import it takes a second."""

    def __init__(self, emulator, issued):
        from binance_common.configuration import ConfigurationRestAPI

        pair = issued.credentials()
        secret = {"api_secret" if pair.key_type is KeyType.HMAC else "private_key": pair.secret.reveal()}
        self.config = ConfigurationRestAPI(
            api_key=pair.api_key.reveal(), base_path=emulator.url, timeout=5000, retries=0, **secret
        )

    def __enter__(self):
        from binance_sdk_spot.spot import Spot

        self.api = Spot(config_rest_api=self.config).rest_api
        return self.api

    def __exit__(self, *exc_info):
        self.api._session.close()


def complaint(api):
    from binance_common.errors import Error

    with pytest.raises(Error) as info:
        api.get_account()
    return type(info.value).__name__, info.value.status_code


def test_revocation_takes_effect_at_once(emulator):
    issued = emulator.add_key()
    with our(emulator, issued) as binance:
        assert binance.restrictions() is not None
        emulator.delete_key(issued.api_key)
        with pytest.raises(KeyRejected) as info:
            binance.restrictions()
    assert info.value.code == -2015
    emulator.delete_key(issued.api_key, forget=True)
    assert refused(emulator, issued) == -2008


def test_permissions_and_addresses_may_change(emulator):
    issued = emulator.add_key(permissions={"enableFutures": True})
    with our(emulator, issued) as binance:
        emulator.restrict(issued.api_key, permissions={"enableWithdrawals": True}, ip_list=("127.0.0.1",))
        found = binance.restrictions()
        assert (found.enable_futures, found.enable_withdrawals, found.ip_restrict) == (True, True, True)
        emulator.restrict(issued.api_key, permissions={"enableReading": False})
    assert refused(emulator, issued) == -2015


def test_the_address_seen_is_the_sockets(emulator):
    issued = emulator.add_key(ip_list=("127.0.0.2",))
    assert refused(emulator, issued) == -2015
    with our(emulator, issued, source="127.0.0.2") as binance:
        assert binance.restrictions().ip_restrict is True
    assert [entry.source for entry in emulator.log[-2:]] == ["127.0.0.1", "127.0.0.2"]


@pytest.mark.parametrize(("trusted", "seen"), [(True, "203.0.113.9"), (False, "127.0.0.1")])
def test_a_forwarded_address_counts_only_where_it_is_trusted(trusted, seen):
    with Emulator(trust_forwarded=trusted) as emulator:
        headers = {"X-Forwarded-For": "203.0.113.9, 10.0.0.1"}
        httpx.get(emulator.url + "/api/v3/ping", headers=headers, trust_env=False)
        assert emulator.log[-1].source == seen


@pytest.mark.parametrize(("our_ms", "accepted"), [(NOW + 999, True), (NOW + 1000, False), (NOW - 5001, False)])
def test_clocks(emulator, our_ms, accepted):
    issued = emulator.add_key()
    if accepted:
        with our(emulator, issued, clock=lambda: our_ms) as binance:
            assert binance.restrictions() is not None
    else:
        assert refused(emulator, issued, clock=lambda: our_ms) == -1021


def test_verify_end_to_end(emulator):
    issued = emulator.add_key(permissions={"enableWithdrawals": True})
    emulator.offset_ms = -700
    with our(emulator, issued) as binance:
        verification = verify(binance, issued.credentials("mm"), Expectations(), lambda: NOW)
    assert [(finding.severity, finding.fact) for finding in verification.findings] == [
        (Severity.HIGH, "withdrawals are allowed"),
        (Severity.HIGH, "no IP restriction"),
        (Severity.LOW, "this clock is 700 ms ahead of Binance's"),
        (Severity.LOW, "HMAC keys are deprecated by Binance"),
    ]


def test_verify_on_a_testnet():
    with Emulator(environment=Environment.TESTNET) as emulator:
        issued = emulator.add_key()
        with our(emulator, issued, clock=now_ms) as binance:
            verification = verify(binance, issued.credentials(), Expectations(), now_ms)
        assert [entry.path for entry in emulator.log] == ["/api/v3/time", "/api/v3/time", "/api/v3/account"]
    assert "permissions could not be checked" in [finding.fact for finding in verification.findings]


names = st.text(min_size=1).filter(lambda name: name not in {"signature", "timestamp", "recvWindow"})
values = st.one_of(st.text(), st.integers())
parameters = st.lists(st.tuples(names, values), max_size=6, unique_by=lambda pair: pair[0])


@pytest.fixture(scope="module")
def hmac_client(emulator):
    with our(emulator, emulator.add_key()) as binance:
        yield binance


@pytest.fixture(scope="module")
def ed25519_client(emulator):
    with our(emulator, emulator.add_key(key_type=KeyType.ED25519)) as binance:
        yield binance


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parameters)
def test_whatever_the_parameters_the_bytes_received_are_those_signed(hmac_client, ed25519_client, params):
    """Accepted means just that: the emulator verifies over the bytes that came in."""
    assert hmac_client._get_signed("/api/v3/account", params)["uid"]
    assert ed25519_client._get_signed("/api/v3/account", params)["uid"]


def test_the_log_and_the_output_hold_no_secret(emulator, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    issued = emulator.add_key()
    with our(emulator, issued) as binance:
        binance.restrictions()
    out, err = capfd.readouterr()
    everything = repr(emulator.log) + caplog.text + out + err
    assert "apiRestrictions" in repr(emulator.log)
    for canary in (issued.api_key.reveal(), issued.secret.reveal(), "signature="):
        assert canary not in everything


def test_raw_bytes_reach_the_rules_untouched(emulator):
    """Not even a path of two slashes, or what is no UTF-8, is put right on the way."""
    connection = http.client.HTTPConnection("127.0.0.1", int(emulator.url.rpartition(":")[2]))
    try:
        for target, status in [("//api/v3/ping", 404), ("/api/v3/ping?a=%ff", 200), ("/api/v3/ping", 200)]:
            connection.request("GET", target, body=b"a=1", headers={"Content-Length": "3"})
            response = connection.getresponse()
            response.read()
            assert (target, response.status) == (target, status)
        assert response.headers["X-MBX-USED-WEIGHT-1M"]
    finally:
        connection.close()


def test_many_clients_at_once(emulator):
    issued = emulator.add_key()
    before = len(emulator.log)

    def ask(_):
        with our(emulator, issued) as binance:
            return binance.account().uid

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(12)))) == 1
    assert len(emulator.log) == before + 12


def test_stopping_closes_connections_and_refuses_new_ones():
    emulator = Emulator()
    emulator.start()
    url = emulator.url
    issued = emulator.add_key()
    with BinanceApi(issued.credentials(), url=url) as binance:
        binance.server_time()
        emulator.stop()
        with pytest.raises(BinanceUnavailable):
            binance.server_time()
    with pytest.raises(RuntimeError, match="not running"):
        _ = emulator.url


def test_a_failure_inside_reaches_whoever_stops_it():
    def broken():
        raise ZeroDivisionError

    emulator = Emulator(time_ms=broken)
    emulator.start()
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(emulator.url + "/api/v3/time", trust_env=False)
    with pytest.raises(ZeroDivisionError):
        emulator.stop()


def test_a_client_that_goes_away_is_no_failure():
    with Emulator() as emulator:
        port = int(emulator.url.rpartition(":")[2])
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                connection.sendall(b"GET /api/v3/ping HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")


def test_a_key_may_be_given_as_a_public_key(emulator):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    private = emulator.add_key(key_type=KeyType.ED25519).secret
    public = load_pem_private_key(private.reveal().encode(), None).public_key()
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    issued = emulator.add_key("uploaded", key_type=KeyType.ED25519, public_key_pem=text)
    assert (issued.secret, issued.api_key.reveal()) == (None, "uploaded")
    with our(emulator, replace(issued, secret=private)) as binance:
        assert binance.account().uid


def test_answers_are_json():
    with Emulator(offset_ms=5) as emulator:
        response = httpx.get(emulator.url + "/api/v3/exchangeInfo", trust_env=False)
        assert response.headers["Content-Type"] == "application/json;charset=UTF-8"
        assert json.loads(response.text)["symbols"][0]["symbol"] == "BTCUSDT"
