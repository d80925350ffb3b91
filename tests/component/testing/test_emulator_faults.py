"""Faults on demand, limits and bans: what clients see when Binance, or the way to it, fails."""

import json
from dataclasses import replace

import pytest

from tests.component.testing.emulated import NOW, UID, World
from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.faults import SAYS, Fault, PlannedFault
from vault_binance.testing.emulator.limits import Limits

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
PING = "/api/v3/ping"


@pytest.fixture
def world():
    return World()


def plan(world, fault, **where):
    world.state = replace(world.state, faults=(*world.state.faults, PlannedFault(fault, **where)))


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.RATE_LIMITED, 429, -1003),
        (Fault.BANNED, 418, -1003),
        (Fault.FIREWALL, 403, 0),
        (Fault.RESTRICTED_LOCATION, 451, 0),
        (Fault.SERVER_ERROR, 500, -1000),
        (Fault.DONE_BUT_TIMEOUT, 503, -1007),
        (Fault.DONE_BUT_CUT, 200, 0),
        (Fault.CUT, 0, 0),
        (Fault.HTML, 200, 0),
        (Fault.TRUNCATED, 200, 0),
        (Fault.CODE_IN_200, 200, -1000),
        (Fault.SLOW, 200, 0),
    ],
)
def test_each_fault_once_and_then_no_more(world, fault, status, code):
    plan(world, fault, delay_s=9)
    response = world.send_order()
    assert (response.status, response.code) == (status, code)
    assert response.cut is (fault in {Fault.CUT, Fault.DONE_BUT_CUT})
    assert response.delay_s == (9 if fault is Fault.SLOW else 0)
    done = {Fault.DONE_BUT_TIMEOUT, Fault.DONE_BUT_CUT, Fault.TRUNCATED, Fault.SLOW}
    assert len(world.state.account(UID).orders) == (fault in done)
    assert world.state.faults == ()
    assert (world.send_order().status, world.last.cut) == (200, False)


def test_every_fault_has_its_words():
    assert set(SAYS) == set(Fault)


def test_a_fault_looks_as_documented(world):
    plan(world, Fault.RESTRICTED_LOCATION)
    assert "restricted location" in world.public(PING)["msg"]
    plan(world, Fault.RATE_LIMITED, retry_after_s=7)
    world.public(PING)
    assert world.headers["Retry-After"] == "7"
    plan(world, Fault.BANNED)
    assert f"IP banned until {NOW + 120_000}." in world.public(PING)["msg"]
    assert world.headers["Retry-After"] == "120"
    plan(world, Fault.TRUNCATED)
    with pytest.raises(ValueError, match=r"delimiter|Unterminated"):
        json.loads(world.send_order().body)


def test_a_fault_may_have_another_status(world):
    plan(world, Fault.SERVER_ERROR, status=502)
    plan(world, Fault.DONE_BUT_TIMEOUT, status=408)
    assert [world.send_order().status for _ in range(2)] == [502, 408]


def test_faults_are_for_so_many_requests_of_a_kind(world):
    plan(world, Fault.SERVER_ERROR, times=2, method="GET", path="/api/*", source="127.0.0.1")
    codes = [
        world.public(path, method).get("code", 0)
        for method, path in (("GET", "/fapi/v1/ping"), ("GET", PING), ("GET", PING), ("GET", PING))
    ]
    assert codes == [0, -1000, -1000, 0]


def test_a_fault_may_stay(world):
    plan(world, Fault.FIREWALL, times=None)
    for _ in range(3):
        assert "403" in world.public(PING)
    assert len(world.state.faults) == 1


def limited(**limits):
    world = World()
    world.state = replace(world.state, limits=Limits(enforced=True, **limits))
    return world


def test_too_much_weight_is_429_and_going_on_is_418():
    """Retry-After is to be obeyed; who does not is banned (reference: Binance, 11.2)."""
    world = limited(weight={Family.API: 2, Family.SAPI: 1, Family.FAPI: 1}, patience=2)
    seen = []
    for _ in range(6):
        world.public(PING)
        seen.append(world.last.status)
    assert seen == [200, 200, 429, 429, 418, 418]
    assert world.headers["Retry-After"] == "120"
    world.now += 119_999
    assert world.public(PING)["code"] == -1003
    world.now += 1
    assert world.public(PING) == {}


def test_who_waits_as_told_is_served_again():
    world = limited(weight={Family.API: 1})
    world.now = NOW - NOW % 60_000 + 59_000
    world.public(PING)
    world.public(PING)
    assert (world.last.status, world.headers["Retry-After"]) == (429, "1")
    world.now += 1000
    assert world.public(PING) == {}
    assert world.state.weights.refusals == {}


def test_limits_are_by_address_and_by_api():
    world = limited(weight={Family.API: 1, Family.FAPI: 1, Family.SAPI: 1})
    world.public(PING)
    assert world.public("/fapi/v1/ping") == {}
    world.source = "127.0.0.2"
    assert world.public(PING) == {}


def test_sapi_answers_429_always():
    world = limited(weight={Family.API: 100, Family.SAPI: 0}, patience=0)
    for _ in range(3):
        assert world.code("GET", "/sapi/v1/account/status") == (429, -1003)
    world.state = replace(world.state, weights=world.state.weights.banning("127.0.0.1", NOW + 1000))
    assert world.code("GET", "/sapi/v1/account/status") == (429, -1003)
    assert world.code("GET", "/api/v3/account") == (418, -1003)


def test_too_many_orders(world):
    world = limited()
    for _ in range(100):
        world.ask("POST", "/fapi/v1/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
        world.ask("POST", "/api/v3/order", **{**ORDER, "type": "LIMIT", "price": "5000", "timeInForce": "GTC"})
    assert world.code("POST", "/api/v3/order", **ORDER) == (429, -1015)
    world.now += 10_000
    assert world.code("POST", "/api/v3/order", **ORDER) == (200, 0)


def test_limits_are_only_told_unless_they_are_enforced(world):
    world.state = replace(world.state, limits=Limits(weight=dict.fromkeys(Family, 0)))
    assert world.public(PING) == {}
