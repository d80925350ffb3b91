"""For any parameters, what the emulator receives raw is what was signed: over real sockets, by two HTTP libraries and
over a WebSocket.
"""

from __future__ import annotations

import asyncio
import http.client
import json
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.sync.client import connect

from vault_binance import BinanceAuth, Signer
from vault_binance.binance.keys import signature_of
from vault_binance.credentials import KeyType
from vault_binance.signing import ws_payload
from vault_binance.testing.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_binance.credentials import Credentials
    from vault_binance.testing.emulator.state import RawRequest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BAD_SIGNATURE = -1022

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
VALUES = ANY_TEXT | st.integers() | st.booleans() | st.decimals(allow_nan=False, allow_infinity=False, places=8)
NAMES = ANY_TEXT.filter(lambda name: name not in {"", "signature", "timestamp", "recvWindow", "apiKey"})
PARAMS = st.dictionaries(NAMES, VALUES, max_size=5)
over_sockets = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(record=True) as running:
        yield running


@pytest.fixture(scope="module", params=KeyType)
def credentials(emulator: Emulator, request: pytest.FixtureRequest) -> Credentials:
    return emulator.add_key(key_type=request.param, permissions={"enableSpotAndMarginTrading": True}).credentials()


@pytest.fixture(scope="module")
def signer(credentials: Credentials) -> Signer:
    """One for all examples: an RSA key is read once by it, and reading takes longer than a request."""
    return Signer(credentials)


@pytest.fixture(scope="module")
def api(emulator: Emulator, credentials: Credentials) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=emulator.url, auth=BinanceAuth(credentials), trust_env=False) as client:
        yield client


@contextmanager
def one_request(emulator: Emulator) -> Iterator[list[RawRequest]]:
    """What arrived in the block: one request, with a signature that holds."""
    before = len(emulator.received)
    seen: list[RawRequest] = []
    yield seen
    seen += emulator.received[before:]
    (entry,) = emulator.log[before:]
    assert entry.code != BAD_SIGNATURE
    assert entry.status != 401


def raw_call(emulator: Emulator, method: str, target: str, body: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc, timeout=10)
    try:
        connection.request(method, target, body.encode("ascii") or None, headers)
        return int(json.loads(connection.getresponse().read()).get("code", 0))
    finally:
        connection.close()


@over_sockets
@given(query=PARAMS, form=PARAMS)
def test_a_library_that_sends_text_sends_what_was_signed(emulator, signer, query, form):
    form = {name: value for name, value in form.items() if name not in query}
    signed = signer.request(query, form)
    with one_request(emulator) as received:
        raw_call(emulator, "POST", f"/api/v3/order/test?{signed.query}", signed.body, {**signed.headers, **FORM})
    assert (received[0].query, received[0].body) == (signed.query.encode(), signed.body.encode())


@over_sockets
@given(params=st.dictionaries(NAMES, ANY_TEXT | st.integers() | st.booleans(), max_size=5), form=PARAMS)
def test_httpx_sends_what_was_signed(emulator, api, params, form):
    data = {name: value for name, value in form.items() if isinstance(value, str)}
    with one_request(emulator) as received:
        api.post("/api/v3/order/test", params=params, data=data or None)
    sent = dict(parse_qsl(received[0].query.decode(), keep_blank_values=True))
    assert {name: sent[name] for name in params} == {name: as_httpx_writes(value) for name, value in params.items()}


def as_httpx_writes(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


@pytest.fixture(scope="module")
def signature(credentials: Credentials) -> Callable[[bytes], str]:
    return signature_of(credentials)


@over_sockets
@given(params=PARAMS)
def test_over_a_websocket_what_was_signed_is_what_is_read(emulator, signer, signature, params):
    request = signer.websocket(params)
    with connect(emulator.url.replace("http", "ws") + "/ws-api/v3") as socket, one_request(emulator) as received:
        socket.send(json.dumps({"id": 1, "method": "account.status", "params": request}))
        answer = json.loads(socket.recv(timeout=10))
    assert answer["status"] == 200, answer
    heard = json.loads(received[0].body)["params"]
    assert signature(ws_payload(heard)) == request["signature"]


def test_an_async_client_is_accepted_too(emulator, credentials):
    async def ask() -> int:
        async with httpx.AsyncClient(base_url=emulator.url, auth=BinanceAuth(credentials), trust_env=False) as api:
            return (await api.get("/api/v3/account")).status_code

    assert asyncio.run(ask()) == 200


@pytest.mark.parametrize(
    "params",
    [
        {"symbol": "１２３４５６"},  # noqa: RUF001
        {"text": "\N{ROCKET}" * 3},
        {"text": "x" * 10_000},
        {"text": "a+b@test.com &=%#?/\\'\"<>\r\n\t\0"},
        {"quantity": Decimal("1E-8"), "flag": True},
    ],
    ids=["wide digits", "emoji", "ten thousand characters", "everything special", "decimal and boolean"],
)
def test_what_people_try_is_never_a_bad_signature(emulator, signer, params):
    signed = signer.request(params)
    with one_request(emulator):
        raw_call(emulator, "GET", f"/api/v3/account?{signed.query}", "", dict(signed.headers))


def test_one_byte_changed_on_the_way_is_a_bad_signature(emulator, signer):
    signed = signer.request({"symbol": "BTCUSDT"})
    target = f"/api/v3/account?{signed.query.replace('BTCUSDT', 'ETHUSDT')}"
    assert raw_call(emulator, "GET", target, "", dict(signed.headers)) == BAD_SIGNATURE


@pytest.mark.parametrize("key_type", KeyType)
def test_a_futures_listen_key_wants_the_api_key_alone(emulator, key_type):
    held = emulator.add_key(key_type=key_type, permissions={"enableFutures": True}).credentials()
    with httpx.Client(base_url=emulator.url, auth=BinanceAuth(held, signed=False), trust_env=False) as api:
        assert "listenKey" in api.post("/fapi/v1/listenKey").json()


def test_a_logged_on_websocket_asks_without_signature_and_hears_of_a_revocation(emulator):
    held = emulator.add_key(key_type=KeyType.ED25519)
    signer = Signer(held.credentials())
    with connect(emulator.url.replace("http", "ws") + "/ws-api/v3") as socket:

        def ask(method: str, params: object) -> dict[str, object]:
            socket.send(json.dumps({"id": 7, "method": method, "params": params}))
            return json.loads(socket.recv(timeout=10))

        logon = signer.logon()
        assert ask("session.logon", logon)["status"] == 200
        assert ask("account.status", {"timestamp": emulator.time_ms()})["status"] == 200
        emulator.delete_key(held.api_key)
        refused = ask("account.status", {"timestamp": emulator.time_ms()})
    assert (refused["id"], refused["status"], refused["error"]["code"]) == (None, 401, -2015)
