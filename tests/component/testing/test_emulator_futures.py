"""Futures: which keys may, what clients read at their start, orders and positions, the listen key."""

import pytest

from tests.component.testing.emulated import ALL, NOW, World
from vault_binance.testing.emulator.endpoints.table import ENDPOINTS

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
LIMIT = {**ORDER, "type": "LIMIT", "timeInForce": "GTC", "price": "40000"}
KEY = "k" * 64


@pytest.fixture
def world():
    return World()


@pytest.mark.parametrize(("base", "symbol", "quantity"), [("/fapi", "BTCUSDT", "0.01"), ("/dapi", "BTCUSD_PERP", "1")])
def test_what_is_read_is_answered(world, base, symbol, quantity):
    order = world.ask("POST", f"{base}/v1/order", **{**ORDER, "symbol": symbol, "quantity": quantity})
    paths = [path for method, path in ENDPOINTS if method == "GET" and path.startswith(base)]
    answered = {path: world.code("GET", path, symbol=symbol, orderId=order["orderId"]) for path in paths}
    assert answered == dict.fromkeys(paths, (200, 0))


@pytest.mark.parametrize("path", ["/fapi/v3/account", "/dapi/v1/account"])
def test_a_key_without_futures_or_older_than_them_is_refused_with_its_address(world, path):
    world.change(permissions={**ALL, "enableFutures": False})
    text = "Invalid API-key, IP, or permissions for action, request ip: 127.0.0.1"
    assert world.ask("GET", path) == {"code": -2015, "msg": text}
    world.change(permissions=ALL, before_futures=True)
    assert world.ask("GET", path) == {"code": -2015, "msg": text}
    assert world.ask("GET", "/sapi/v1/account/apiRestrictions")["enableFutures"] is True


def test_timestamps_are_milliseconds_alone(world):
    world.now = NOW * 1000
    request_time, world.now = world.now, NOW
    payload = {"x": "1"}
    assert world.code("GET", "/fapi/v2/account", **payload) == (200, 0)
    from tests.component.testing.emulated import hmac_signature
    from vault_binance.testing.emulator.state import RawRequest

    raw = f"timestamp={request_time}".encode()
    signed = raw + b"&signature=" + hmac_signature(raw).encode()
    told = world.read(world.send(RawRequest("GET", "/fapi/v2/account", signed, headers={"x-mbx-apikey": KEY})))
    assert told["code"] == -1021


def test_a_window_too_wide(world):
    assert world.code("GET", "/fapi/v2/account", recvWindow=60001) == (400, -1131)


def test_a_market_order_opens_and_closes_a_position(world):
    assert world.ask("POST", "/fapi/v1/order", **ORDER)["avgPrice"] == "50000.00000000"
    (held,) = world.ask("GET", "/fapi/v3/positionRisk")
    assert (held["positionAmt"], held["notional"]) == ("0.01", "500.00000000")
    assert [each["symbol"] for each in world.ask("GET", "/fapi/v3/account")["positions"]] == ["BTCUSDT"]
    world.ask("POST", "/fapi/v1/order", **{**ORDER, "side": "SELL"}, reduceOnly="true")
    assert world.ask("GET", "/fapi/v3/positionRisk") == []
    assert len(world.ask("GET", "/fapi/v2/positionRisk")) == 2


def test_an_order_rests_and_is_cancelled(world):
    number = world.ask("POST", "/fapi/v1/order", **LIMIT, newClientOrderId="mine")["orderId"]
    assert [each["orderId"] for each in world.ask("GET", "/fapi/v1/openOrders")] == [number]
    assert world.headers["X-MBX-USED-WEIGHT-1M"]
    assert world.code("POST", "/fapi/v1/order", **LIMIT, newClientOrderId="mine") == (400, -4116)
    assert world.ask("DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=number)["status"] == "CANCELED"
    assert world.code("DELETE", "/fapi/v1/order", symbol="BTCUSDT", orderId=number) == (400, -2011)
    assert world.code("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=1) == (400, -2013)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"quantity": "5"}, -2019),
        ({"quantity": "0.001"}, -4164),
        ({"type": "STOP_LOSS_LIMIT"}, -1116),
        ({"symbol": "X"}, -1121),
    ],
)
def test_what_is_wrong_with_an_order(world, changed, code):
    for path in ("/fapi/v1/order", "/fapi/v1/order/test"):
        assert world.code("POST", path, **{**ORDER, **changed}) == (400, code)
    assert world.ask("POST", "/fapi/v1/order/test", **ORDER)["status"] == "FILLED"


def test_settings_are_kept(world):
    assert world.ask("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=5)["leverage"] == 5
    assert world.ask("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED")["code"] == 200
    row = world.ask("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")[0]
    assert (row["leverage"], row["marginType"]) == ("5", "isolated")
    assert world.code("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=126) == (400, -4028)
    assert world.code("POST", "/fapi/v1/marginType", symbol="BTCUSDT", marginType="ISOLATED") == (400, -4046)


@pytest.mark.parametrize(
    ("path", "name", "again"),
    [("positionSide/dual", "dualSidePosition", -4059), ("multiAssetsMargin", "multiAssetsMargin", -4171)],
)
def test_modes_are_kept_and_not_changed_twice(world, path, name, again):
    assert world.ask("GET", f"/fapi/v1/{path}") == {name: False}
    assert world.ask("POST", f"/fapi/v1/{path}", **{name: "true"}) == {"code": 200, "msg": "success"}
    assert world.ask("GET", f"/fapi/v1/{path}") == {name: True}
    assert world.ask("GET", "/fapi/v1/accountConfig")[name] is True
    assert world.code("POST", f"/fapi/v1/{path}", **{name: "true"}) == (400, again)


def test_the_listen_key_wants_the_header_alone_and_stays_the_same(world):
    path = "/fapi/v1/listenKey"
    assert world.public(path, "PUT", api_key=KEY)["code"] == -1125
    first = world.public(path, "POST", api_key=KEY)["listenKey"]
    world.now += 3_599_999
    assert world.public(path, "POST", api_key=KEY)["listenKey"] == first
    assert world.public(path, "PUT", api_key=KEY)["listenKey"] == first
    assert world.public(path, "DELETE", api_key=KEY) == {}
    assert world.public(path, "DELETE", api_key=KEY)["code"] == -1125
    assert world.public(path, "POST", api_key=KEY)["listenKey"] != first
    world.now += 3_600_000
    assert world.public(path, "PUT", api_key=KEY)["code"] == -1125
    world.change(before_futures=True)
    assert world.public(path, "POST", api_key=KEY)["code"] == -2015
    assert world.public(path, "POST", api_key="u")["code"] == -2008


def test_a_locked_account_is_told_by_its_indicators(world):
    from dataclasses import replace

    assert world.ask("GET", "/fapi/v1/apiTradingStatus")["indicators"] == {}
    world.state = world.state.with_account(replace(world.state.account(7), locked=True))
    assert world.ask("GET", "/fapi/v1/apiTradingStatus")["indicators"]["BTCUSDT"][0]["isLocked"] is True
