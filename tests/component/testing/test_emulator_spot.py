"""Spot: what clients read of the market, and orders from placing to cancelling."""

from decimal import Decimal

import pytest

from tests.component.testing.emulated import NOW, UID, World
from vault_binance.testing.emulator.account import Balance, Family

ORDER = "/api/v3/order"
LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.001",
    "price": "40000",
}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}


@pytest.fixture
def world():
    return World()


def balance(world, asset):
    return world.state.account(UID).balance(Family.API, asset)


def test_a_limit_order_rests_and_locks_what_it_may_cost(world):
    placed = world.ask("POST", ORDER, **LIMIT)
    assert (placed["status"], placed["executedQty"], placed["fills"]) == ("NEW", "0.00000000", [])
    assert balance(world, "USDT") == Balance(Decimal(960), Decimal(40))
    (resting,) = world.ask("GET", "/api/v3/openOrders", symbol="BTCUSDT")
    assert resting["orderId"] == placed["orderId"]
    assert world.ask("GET", ORDER, symbol="BTCUSDT", orderId=placed["orderId"]) == resting


def test_a_market_order_is_filled_and_moves_the_balances(world):
    placed = world.ask("POST", ORDER, **MARKET)
    assert (placed["status"], placed["cummulativeQuoteQty"]) == ("FILLED", "50.00000000")
    assert placed["fills"][0]["price"] == "50000.00000000"
    assert (balance(world, "USDT").free, balance(world, "BTC").free) == (950, Decimal("0.001"))
    (trade,) = world.ask("GET", "/api/v3/myTrades", symbol="BTCUSDT")
    assert (trade["orderId"], trade["isBuyer"], trade["quoteQty"]) == (placed["orderId"], True, "50.00000000")
    world.ask("POST", ORDER, **{**MARKET, "side": "SELL"})
    assert (balance(world, "USDT").free, balance(world, "BTC").free) == (1000, 0)


def test_a_market_order_may_say_what_to_spend(world):
    spent = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "100"}
    assert world.ask("POST", ORDER, **spent)["executedQty"] == "0.00200000"


def test_a_cancelled_order_gives_back_what_it_locked(world):
    number = world.ask("POST", ORDER, **LIMIT)["orderId"]
    gone = world.ask("DELETE", ORDER, symbol="BTCUSDT", orderId=number)
    assert (gone["status"], gone["orderId"]) == ("CANCELED", number)
    assert balance(world, "USDT") == Balance(Decimal(1000))
    assert world.code("DELETE", ORDER, symbol="BTCUSDT", orderId=number) == (400, -2011)
    assert world.ask("GET", ORDER, symbol="BTCUSDT", orderId=number)["status"] == "CANCELED"


def test_an_order_is_found_by_the_name_its_owner_gave_it(world):
    world.ask("POST", ORDER, **LIMIT, newClientOrderId="mine")
    assert world.ask("GET", ORDER, symbol="BTCUSDT", origClientOrderId="mine")["clientOrderId"] == "mine"
    assert world.code("POST", ORDER, **LIMIT, newClientOrderId="mine") == (400, -2010)
    assert world.ask("DELETE", ORDER, symbol="BTCUSDT", origClientOrderId="mine")["origClientOrderId"] == "mine"


def test_all_of_a_symbol_are_cancelled_at_once(world):
    for _ in range(3):
        world.ask("POST", ORDER, **LIMIT)
    assert len(world.ask("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")) == 3
    assert balance(world, "USDT") == Balance(Decimal(1000))
    assert world.code("DELETE", "/api/v3/openOrders", symbol="BTCUSDT") == (400, -2011)
    assert [each["status"] for each in world.ask("GET", "/api/v3/allOrders", symbol="BTCUSDT")] == ["CANCELED"] * 3


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"symbol": ""}, -1102),
        ({"symbol": "NOPE"}, -1121),
        ({"side": "HOLD"}, -1117),
        ({"type": "WISH"}, -1116),
        ({"quantity": ""}, -1102),
        ({"quantity": "much"}, -1100),
        ({"quantity": "0"}, -1013),
        ({"price": ""}, -1102),
        ({"timeInForce": ""}, -1102),
        ({"price": "40000.001"}, -1013),
        ({"quantity": "0.0000001"}, -1013),
        ({"quantity": "0.00001"}, -1013),
        ({"quantity": "1"}, -2010),
        ({"side": "SELL"}, -2010),
        ({"newOrderRespType": "NOVEL"}, -1102),
    ],
)
def test_what_is_wrong_with_an_order(world, changed, code):
    for path in (ORDER, "/api/v3/order/test")[: 1 if "newOrderRespType" in changed else 2]:
        assert world.code("POST", path, **{**LIMIT, **changed}) == (400, code)
    assert world.state.account(UID).orders == ()


def test_trying_an_order_out_changes_nothing(world):
    assert world.ask("POST", "/api/v3/order/test", **LIMIT) == {}
    assert "standardCommissionForOrder" in world.ask(
        "POST", "/api/v3/order/test", **LIMIT, computeCommissionRates="true"
    )
    assert world.state.account(UID).orders == ()


@pytest.mark.parametrize(("method", "code"), [("GET", -2013), ("DELETE", -2011)])
def test_an_order_that_is_not_there(world, method, code):
    assert world.code(method, ORDER, symbol="BTCUSDT", orderId=1) == (400, code)
    assert world.code(method, ORDER, symbol="BTCUSDT") == (400, -1102)
    assert world.code(method, ORDER, symbol="NOPE", orderId=1) == (400, -1121)


def test_a_locked_account_places_no_orders(world):
    from dataclasses import replace

    world.state = world.state.with_account(replace(world.state.account(UID), locked=True))
    assert world.code("POST", ORDER, **LIMIT) == (400, -2010)
    assert world.ask("GET", "/sapi/v1/account/apiTradingStatus")["data"]["isLocked"] is True


def test_what_must_be_filled_at_once_expires(world):
    placed = world.ask("POST", ORDER, **{**LIMIT, "timeInForce": "IOC"})
    assert (placed["status"], balance(world, "USDT")) == ("EXPIRED", Balance(Decimal(1000)))


def test_orders_are_counted_by_account(world):
    world.ask("POST", ORDER, **LIMIT)
    world.ask("POST", ORDER, **LIMIT)
    assert (world.headers["X-MBX-ORDER-COUNT-10S"], world.headers["X-MBX-ORDER-COUNT-1D"]) == ("2", "2")
    assert [each["count"] for each in world.ask("GET", "/api/v3/rateLimit/order")] == [2, 2]
    world.now += 60_000
    assert [each["count"] for each in world.ask("GET", "/api/v3/rateLimit/order")] == [0, 2]


def test_the_same_requests_get_the_same_answers():
    one, two = World(), World()
    assert one.ask("POST", ORDER, **LIMIT) == two.ask("POST", ORDER, **LIMIT)


def test_the_answer_is_as_long_as_was_asked(world):
    assert "status" not in world.ask("POST", ORDER, **LIMIT, newOrderRespType="ACK")
    assert "fills" not in world.ask("POST", ORDER, **LIMIT, newOrderRespType="RESULT")


def test_exchange_info_has_what_clients_read(world):
    (symbol,) = world.public("/api/v3/exchangeInfo", symbol="BTCUSDT")["symbols"]
    kinds = {each["filterType"] for each in symbol["filters"]}
    assert kinds >= {"PRICE_FILTER", "LOT_SIZE", "NOTIONAL"}
    assert "MARKET" in symbol["orderTypes"]
    assert len(world.public("/api/v3/exchangeInfo", symbols='["BTCUSDT","ETHUSDT"]')["symbols"]) == 2
    assert world.public("/api/v3/exchangeInfo", symbol="NOPE")["code"] == -1121


@pytest.mark.parametrize("base", ["/api/v3", "/fapi/v1"])
def test_prices(world, base):
    assert world.public(f"{base}/ticker/price", symbol="BTCUSDT")["price"] == "50000.00000000"
    assert len(world.public(f"{base}/ticker/bookTicker")) >= 2
    assert [each["symbol"] for each in world.public(f"{base}/ticker/24hr", symbols='["ETHUSDT"]')] == ["ETHUSDT"]
    assert world.public(f"{base}/depth", symbol="BTCUSDT", limit=2)["bids"][1][0] == "49998.00000000"
    assert world.public(f"{base}/depth", symbol="BTCUSDT", limit="few")["code"] == -1100


@pytest.mark.parametrize("path", ["/api/v3/userDataStream", "/sapi/v1/userDataStream"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_listen_key_of_spot_is_gone(world, method, path):
    """410 and HTML, which a JSON parser fails on (reference: Binance, 7)."""
    assert "410 Gone" in world.public(path, method, api_key="k" * 64)
    assert (world.last.status, world.last.content_type) == (410, "text/html")


def test_the_account_in_microseconds(world):
    told = world.ask("GET", "/api/v3/account", headers={"x-mbx-time-unit": "microsecond"})
    assert told["updateTime"] == NOW * 1000
