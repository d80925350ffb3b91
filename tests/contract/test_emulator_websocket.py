"""The WebSocket API over a real connection, with a client that somebody else wrote."""

import base64
import json
import logging
import sys

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from vault_binance.credentials import KeyType
from vault_binance.testing.emulator import Emulator

TRADING = {"enableSpotAndMarginTrading": True}
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}


@pytest.fixture
def emulator():
    with Emulator(record=True) as running:
        yield running


class Talk:
    """A connection of one key."""

    def __init__(self, emulator, issued, path="/ws-api/v3"):
        self.emulator, self.api_key = emulator, issued.api_key.reveal()
        self.private = load_pem_private_key(issued.secret.reveal().encode(), None)
        self.connecting = connect(emulator.url.replace("http", "ws") + path, proxy=None)

    def __enter__(self):
        self.socket = self.connecting.__enter__()
        return self

    def __exit__(self, *exc_info):
        self.connecting.__exit__(*exc_info)

    def say(self, method, **params):
        self.socket.send(json.dumps({"id": 1, "method": method, "params": params}))
        return self.hear()

    def hear(self):
        return json.loads(self.socket.recv(timeout=10))

    def signed(self, method, **params):
        whole = {**params, "apiKey": self.api_key, "timestamp": self.emulator.time_ms()}
        payload = "&".join(f"{name}={whole[name]}" for name in sorted(whole))
        return self.say(method, **whole, signature=base64.b64encode(self.private.sign(payload.encode())).decode())


def test_a_session_from_logon_to_revocation(emulator):
    issued = emulator.add_key(key_type=KeyType.ED25519, permissions=TRADING)
    with Talk(emulator, issued) as talk:
        assert talk.signed("session.logon")["result"]["apiKey"] == talk.api_key
        assert talk.say("order.place", **ORDER, timestamp=emulator.time_ms())["result"]["status"] == "FILLED"
        emulator.delete_key(issued.api_key)
        told = talk.say("account.status", timestamp=emulator.time_ms())
    assert (told["id"], told["status"], told["error"]["code"]) == (None, 401, -2015)
    assert [(entry.method, entry.path, entry.code) for entry in emulator.log] == [
        ("WS", "session.logon", 0),
        ("WS", "order.place", 0),
        ("WS", "account.status", -2015),
    ]


def test_who_subscribed_is_told_of_an_order_placed_elsewhere(emulator):
    issued = emulator.add_key(key_type=KeyType.ED25519, permissions=TRADING)
    with Talk(emulator, issued) as listening, Talk(emulator, issued) as trading:
        assert listening.signed("userDataStream.subscribe.signature")["result"] == {"subscriptionId": 0}
        trading.signed("order.place", **ORDER)
        events = [listening.hear()["event"] for _ in range(2)]
    assert [(event["e"], event["x"]) for event in events] == [("executionReport", "NEW"), ("executionReport", "TRADE")]


def test_a_long_message_in_pieces_and_a_ping(emulator):
    issued = emulator.add_key(key_type=KeyType.ED25519)
    with Talk(emulator, issued) as talk:
        talk.socket.send(iter(['{"id":"pieces",', '"method":', '"ping"}']))
        assert talk.hear()["id"] == "pieces"
        assert talk.socket.ping().wait(10)


def test_futures_have_a_socket_of_their_own(emulator):
    issued = emulator.add_key(key_type=KeyType.ED25519, permissions={"enableFutures": True})
    with Talk(emulator, issued, "/ws-fapi/v1") as talk:
        assert talk.signed("v2/account.status")["result"]["assets"]


def test_another_path_is_not_there(emulator):
    url = emulator.url.replace("http", "ws") + "/ws-other"
    with pytest.raises(InvalidStatus) as caught, connect(url, proxy=None):
        pass
    assert caught.value.response.status_code == 404


def test_stopping_ends_the_connections():
    emulator = Emulator()
    emulator.start()
    with Talk(emulator, emulator.add_key(key_type=KeyType.ED25519)) as talk:
        talk.say("ping")
        emulator.stop()
        with pytest.raises(ConnectionClosed):
            talk.hear()


def test_without_the_library_the_answer_says_what_to_install(emulator, monkeypatch):
    monkeypatch.setitem(sys.modules, "websockets.server", None)
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    answer = httpx.get(emulator.url + "/ws-api/v3", headers=headers, trust_env=False)
    assert answer.status_code == 501
    assert "pip install 'vault-binance[testing]'" in answer.text


def test_a_handshake_that_is_none_is_refused(emulator):
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    answer = httpx.get(emulator.url + "/ws-api/v3", headers=headers, trust_env=False)
    assert answer.status_code == 400


def test_no_log_holds_a_frame(emulator, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    issued = emulator.add_key(key_type=KeyType.ED25519)
    with caplog.at_level(logging.CRITICAL, "websockets.client"), Talk(emulator, issued) as talk:
        talk.signed("session.logon")
    out, err = capfd.readouterr()
    assert "signature" not in caplog.text + out + err + repr(emulator.log) + repr(emulator.received)
    assert b'"signature"' in emulator.received[0].body
