"""The WebSocket APIs as a pure function: sorted parameters, sessions, subscriptions."""

import json
from dataclasses import replace

import pytest

from tests.component.testing.emulated import (
    ALL,
    NOW,
    SECRET,
    UID,
    World,
    ed25519_key,
    ed25519_signature,
    hmac_key,
    hmac_signature,
)
from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.endpoints.table import ENDPOINTS
from vault_binance.testing.emulator.frames import Session
from vault_binance.testing.emulator.websocket import REST, hear, heard_by

HMAC, ED25519 = "k" * 64, "e" * 64
ORDER = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.001",
    "price": "40000",
}


class Socket:
    """One connection to a world."""

    def __init__(self, world, family=Family.API):
        self.world, self.session = world, Session(family, "127.0.0.1", NOW)
        self.heard = None

    def say(self, method, identity=1, **params):
        return self.raw(json.dumps({"id": identity, "method": method, "params": params}, ensure_ascii=False))

    def raw(self, text):
        self.heard = hear(text, self.session, self.world.state, self.world.now)
        self.session, self.world.state = self.heard.session, self.heard.state
        return self.heard.message

    def signed(self, method, api_key=HMAC, **params):
        whole = {**params, "apiKey": api_key, "timestamp": self.world.now}
        payload = "&".join(f"{name}={whole[name]}" for name in sorted(whole)).encode()
        made = ed25519_signature(payload) if api_key == ED25519 else hmac_signature(payload, SECRET)
        return self.say(method, **whole, signature=made)

    def logged_on(self):
        assert self.signed("session.logon", ED25519)["status"] == 200
        return self


@pytest.fixture
def socket():
    world = World()
    world.state = world.state.with_key(ed25519_key())
    return Socket(world)


def error(message):
    return message["status"], message["error"]["code"]


def test_public_methods(socket):
    assert socket.say("ping")["result"] == {}
    assert socket.say("time", "abc") == {
        "id": "abc",
        "status": 200,
        "result": {"serverTime": NOW},
        "rateLimits": [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000, "count": 2}
        ],
    }


@pytest.mark.parametrize("api_key", [HMAC, ED25519])
def test_each_request_may_be_signed_by_any_key(socket, api_key):
    assert socket.signed("account.status", api_key)["result"]["uid"] == UID


def test_text_beyond_ascii_is_signed_as_it_is(socket):
    """The opposite of REST (reference: Binance, 2.1)."""
    assert error(socket.signed("order.status", symbol="１２３", orderId=1)) == (400, -1121)  # noqa: RUF001


def test_an_order_from_placing_to_cancelling(socket):
    number = socket.signed("order.place", **ORDER)["result"]["orderId"]
    assert socket.signed("openOrders.status")["result"][0]["orderId"] == number
    assert socket.signed("order.status", symbol="BTCUSDT", orderId=number)["result"]["status"] == "NEW"
    assert socket.signed("order.cancel", symbol="BTCUSDT", orderId=number)["result"]["status"] == "CANCELED"
    assert error(socket.signed("order.cancel", symbol="BTCUSDT", orderId=number)) == (400, -2011)
    assert socket.signed("order.test", **ORDER)["result"] == {}


def test_a_wrong_signature_a_late_one_and_none(socket):
    assert error(socket.say("account.status", apiKey=HMAC, timestamp=NOW, signature="00")) == (400, -1022)
    assert error(socket.say("account.status", apiKey=HMAC, timestamp=NOW)) == (400, -1102)
    assert error(socket.say("account.status", apiKey=HMAC, timestamp=1, signature="00")) == (400, -1021)
    assert error(socket.say("account.status")) == (401, -2014)
    assert error(socket.say("account.status", apiKey="unknown", timestamp=NOW, signature="00")) == (400, -2008)


def test_permissions_are_asked_here_too(socket):
    socket.world.change(permissions={})
    assert error(socket.signed("order.place", **ORDER)) == (401, -2015)
    assert socket.signed("account.status")["status"] == 200


@pytest.mark.parametrize("text", ["", "[]", "1", '{"id":1}', '{"method":"ping","params":[1]}', '{"method":"ping"'])
def test_what_is_no_request(socket, text):
    assert error(socket.raw(text)) == (400, -1135)


def test_what_there_is_not(socket):
    assert error(socket.say("userDataStream.start")) == (400, -1020)


def test_a_session_from_logon_to_logout(socket):
    before = socket.say("session.status")["result"]
    assert (before["apiKey"], before["authorizedSince"], before["connectedSince"]) == (None, None, NOW)
    socket.logged_on()
    assert socket.say("session.status")["result"]["apiKey"] == ED25519
    assert socket.say("account.status", timestamp=NOW)["result"]["uid"] == UID
    assert error(socket.say("account.status")) == (400, -1102), "the timestamp is still required"
    assert socket.signed("account.status", HMAC)["status"] == 200, "another key may be named"
    assert socket.say("session.logout")["result"]["apiKey"] is None
    assert error(socket.say("account.status", timestamp=NOW)) == (401, -2014)


def test_only_ed25519_logs_on(socket):
    assert error(socket.signed("session.logon", HMAC)) == (400, -1020)


def test_a_key_that_is_revoked_while_logged_on(socket):
    socket.logged_on()
    socket.world.change(ED25519, deleted=True)
    text = "Invalid API-key, IP, or permissions for action."
    expected = {"id": None, "status": 401, "error": {"code": -2015, "msg": text}}
    assert socket.say("account.status", timestamp=NOW) == expected
    assert socket.say("session.status")["result"]["apiKey"] is None


def test_a_key_that_is_forgotten_while_logged_on(socket):
    socket.logged_on()
    socket.world.state = socket.world.state.without_key(ED25519)
    assert socket.say("ping")["id"] is None


def test_a_ban_says_until_when(socket):
    world = socket.world
    world.state = replace(world.state, weights=world.state.weights.banning("127.0.0.1", NOW + 1000))
    told = socket.say("ping")
    assert error(told) == (418, -1003)
    assert told["error"]["data"] == {"serverTime": NOW, "retryAfter": NOW + 1000}
    world.now += 1000
    assert socket.say("ping")["status"] == 200


def test_subscriptions(socket):
    assert error(socket.say("userDataStream.subscribe")) == (401, -1002)
    socket.logged_on()
    assert socket.say("userDataStream.subscribe")["result"] == {"subscriptionId": 0}
    assert error(socket.say("userDataStream.subscribe")) == (400, -2035)
    socket.world.state = socket.world.state.with_key(hmac_key("other", uid=8))
    assert socket.signed("userDataStream.subscribe.signature", "other")["result"] == {"subscriptionId": 1}
    assert socket.say("session.subscriptions")["result"] == [{"subscriptionId": 0}, {"subscriptionId": 1}]
    assert socket.say("session.status")["result"]["userDataStream"] is True
    socket.say("session.logout")
    assert socket.say("session.subscriptions")["result"] == [{"subscriptionId": 1}]
    assert error(socket.say("userDataStream.unsubscribe", subscriptionId=0)) == (400, -2036)
    assert socket.say("userDataStream.unsubscribe", subscriptionId=1)["result"] == {}
    assert socket.say("session.subscriptions")["result"] == []


def test_who_subscribed_hears_of_the_orders_of_its_account(socket):
    socket.signed("userDataStream.subscribe.signature")
    number = socket.signed("order.place", **ORDER)["result"]["orderId"]
    socket.signed("order.cancel", symbol="BTCUSDT", orderId=number)
    socket.signed("order.place", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001")
    told = [message for _, message in heard_by("line", socket.session, socket.world.state.events)]
    assert {message["subscriptionId"] for message in told} == {0}
    happened = [(message["event"]["x"], message["event"]["X"]) for message in told]
    assert happened == [("NEW", "NEW"), ("CANCELED", "CANCELED"), ("NEW", "NEW"), ("TRADE", "FILLED")]
    stranger = Socket(socket.world)
    assert heard_by("line", stranger.session, socket.world.state.events) == []


def test_futures():
    world = World()
    world.state = world.state.with_key(ed25519_key())
    socket = Socket(world, Family.FAPI)
    assert socket.logged_on().say("v2/account.balance", timestamp=NOW)["result"][0]["asset"] == "USDT"
    placed = socket.signed("order.place", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
    assert placed["result"]["status"] == "FILLED"
    assert socket.say("userDataStream.start", apiKey=HMAC)["result"]["listenKey"]
    world.change(permissions={**ALL, "enableFutures": False})
    told = socket.signed("account.status", HMAC)
    assert told["error"]["msg"].endswith("request ip: 127.0.0.1")


def test_every_method_is_an_endpoint_that_is_there():
    for methods in REST.values():
        assert set(methods.values()) <= set(ENDPOINTS)


def test_numbers_are_signed_as_they_were_written(socket):
    """An integer is one, a decimal is text on futures; on spot clients send either."""
    assert socket.signed("order.test", **{**ORDER, "price": 40000, "quantity": 0.001})["status"] == 200
    assert socket.signed("order.test", **ORDER, computeCommissionRates="true")["status"] == 200


def test_nothing_kept_shows_a_secret(socket):
    socket.signed("account.status", HMAC)
    assert HMAC not in repr(socket.heard)
    socket.logged_on()
    assert ED25519 not in repr(socket.heard) + repr(socket.session)
