"""The emulator as a test author meets it: accounts, faults and bans over real sockets, the door under /emulator/."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from binance_common.errors import BadRequestError, RateLimitBanError, TooManyRequestsError

from vault_binance.credentials import KeyType
from vault_binance.testing.emulator import Emulator
from vault_binance.testing.emulator.faults import Fault
from vault_binance.testing.emulator.limits import Limits

TRADING = {"enableSpotAndMarginTrading": True}
LIMIT = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "time_in_force": "GTC", "quantity": 0.001, "price": 40000}


@pytest.fixture
def emulator():
    with Emulator(record=True, control=True) as running:
        yield running


def ask(emulator, path, method="GET", **options):
    return httpx.request(method, emulator.url + path, trust_env=False, **options)


class Official:
    """binance-sdk-spot's REST client, unmodified; every worker collects this file and one imports that for 1.7 s."""

    def __init__(self, emulator, issued):
        from binance_common.configuration import ConfigurationRestAPI
        from binance_sdk_spot.spot import Spot

        pair = issued.credentials()
        secret = {"api_secret" if pair.key_type is KeyType.HMAC else "private_key": pair.secret.reveal()}
        config = ConfigurationRestAPI(
            api_key=pair.api_key.reveal(), base_path=emulator.url, timeout=5000, retries=0, **secret
        )
        self.api = Spot(config_rest_api=config).rest_api

    def __enter__(self):
        return self.api

    def __exit__(self, *exc_info):
        self.api._session.close()


@pytest.mark.parametrize("key_type", [KeyType.HMAC, KeyType.ED25519])
def test_the_official_client_places_queries_and_cancels_orders(emulator, key_type):
    issued = emulator.add_key(key_type=key_type, permissions=TRADING)
    with Official(emulator, issued) as api:
        number = api.new_order(**LIMIT).data().order_id
        assert [each.order_id for each in api.get_open_orders().data()] == [number]
        assert api.delete_order("BTCUSDT", order_id=number).data().status == "CANCELED"
        assert api.get_order("BTCUSDT", order_id=number).data().status == "CANCELED"
        assert api.exchange_info(symbol="BTCUSDT").data().symbols[0].base_asset == "BTC"
        with pytest.raises(BadRequestError) as caught:
            api.new_order(**{**LIMIT, "quantity": 1})
    assert caught.value.status_code == -2010


def test_an_order_may_be_carried_out_though_its_answer_never_came(emulator):
    account = emulator.add_account()
    issued = emulator.add_key(permissions=TRADING, account=account)
    emulator.fail(Fault.DONE_BUT_CUT, path="/api/v3/order")
    with Official(emulator, issued) as api:
        with pytest.raises(Exception, match=r"Network|aborted|closed"):
            api.new_order(**LIMIT)
        assert len(api.get_open_orders().data()) == 1
    assert emulator.account(account).orders[0].status == "NEW"


def test_a_cut_comes_before_anything_was_done(emulator):
    emulator.fail(Fault.CUT)
    with pytest.raises(httpx.RemoteProtocolError):
        ask(emulator, "/api/v3/ping")
    assert (emulator.log[-1].status, emulator.log[-1].accepted) == (0, False)
    assert ask(emulator, "/api/v3/ping").status_code == 200


def test_bans_and_limits_are_what_the_official_client_takes_them_for(emulator):
    issued = emulator.add_key()
    with Official(emulator, issued) as api:
        emulator.fail(Fault.RATE_LIMITED)
        with pytest.raises(TooManyRequestsError):
            api.get_account()
        emulator.ban("127.0.0.1")
        with pytest.raises(RateLimitBanError):
            api.get_account()
        emulator.mend()
        assert api.get_account().data().can_trade


def test_limits_may_be_enforced_within_a_minute():
    with Emulator(time_ms=lambda: 1_700_000_000_000, limits=Limits(enforced=True, weight={"api": 3})) as emulator:
        statuses = [ask(emulator, "/api/v3/ping").status_code for _ in range(7)]
    assert statuses == [200, 200, 200, 429, 429, 429, 418]


def test_a_slow_answer_does_not_keep_the_emulator_from_stopping():
    decided = threading.Event()
    emulator = Emulator(told=lambda _entry: decided.set())
    emulator.start()
    emulator.fail(Fault.SLOW, delay_s=600)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, emulator, "/api/v3/ping", timeout=60)
        assert decided.wait(60)
        emulator.stop()
        assert isinstance(asked.exception(), httpx.RemoteProtocolError)


def test_a_slow_answer_comes(emulator):
    emulator.fail(Fault.SLOW, delay_s=0.01)
    assert ask(emulator, "/api/v3/ping").json() == {}


def test_what_was_received_is_kept_raw_and_shown_nowhere(emulator):
    issued = emulator.add_key()
    with Official(emulator, issued) as api:
        api.get_account()
    (request,) = emulator.received
    assert b"signature=" in request.query
    assert request.headers["x-mbx-apikey"] == issued.api_key.reveal()
    assert "signature" not in repr(emulator.received) + repr(emulator.log) + repr(emulator.state)
    assert issued.api_key.reveal() not in repr(emulator.received) + repr(emulator.state)


def test_nothing_is_recorded_unless_it_was_asked_for():
    with pytest.raises(RuntimeError, match="record=True"):
        _ = Emulator().received


def test_keys_of_an_account_share_it_and_others_do_not(emulator):
    shared = emulator.add_account(email="desk@emulator.test")
    first, second = (emulator.add_key(permissions=TRADING, account=shared) for _ in range(2))
    alone = emulator.add_key()
    with Official(emulator, first) as api:
        api.new_order(**LIMIT)
    for issued, orders in ((second, 1), (alone, 0)):
        with Official(emulator, issued) as api:
            assert len(api.get_open_orders().data()) == orders


def test_trading_may_be_locked(emulator):
    account = emulator.add_account()
    issued = emulator.add_key(permissions=TRADING, account=account)
    emulator.change_account(account, locked=True)
    with Official(emulator, issued) as api, pytest.raises(BadRequestError):
        api.new_order(**LIMIT)


def test_each_entry_of_the_log_is_told():
    told = []
    with Emulator(told=told.append) as emulator:
        ask(emulator, "/api/v3/ping")
        assert tuple(told) == emulator.log


# The door


def test_a_key_from_making_to_deleting_by_the_door(emulator):
    made = ask(emulator, "/emulator/keys", "POST", json={"permissions": TRADING, "ip_list": ["10.0.0.1"]}).json()
    named = f"/emulator/keys/{made['fingerprint']}"
    assert (made["type"], len(made["secret"])) == ("HMAC", 64)
    assert ask(emulator, named, "PATCH", json={"ip_list": []}).json() == {}
    assert emulator.state.keys[made["api_key"]].ip_list == ()
    assert ask(emulator, named, "DELETE").status_code == 200
    assert emulator.state.keys[made["api_key"]].deleted
    ask(emulator, named, "DELETE", json={"forget": True})
    assert made["api_key"] not in emulator.state.keys
    assert ask(emulator, named, "DELETE").status_code == 404


def test_a_public_key_by_the_door_brings_no_secret(emulator):
    from vault_binance.testing.emulator.keys import material

    pem = material(KeyType.ED25519, None, None).public_key_pem
    made = ask(emulator, "/emulator/keys", "POST", json={"type": "ed25519", "public_key_pem": pem}).json()
    assert "secret" not in made


def test_accounts_faults_clock_and_log_by_the_door(emulator):
    account = ask(emulator, "/emulator/accounts", "POST", json={"email": "a@emulator.test"}).json()["account"]
    ask(emulator, f"/emulator/accounts/{account}", "PATCH", json={"locked": True})
    assert emulator.account(account).locked
    ask(emulator, "/emulator/faults", "POST", json={"fault": "rate-limited", "times": None})
    assert ask(emulator, "/api/v3/ping").status_code == 429
    ask(emulator, "/emulator/faults", "DELETE")
    assert ask(emulator, "/api/v3/ping").status_code == 200
    ask(emulator, "/emulator/clock", "POST", json={"offset_ms": 60_000})
    assert emulator.offset_ms == 60_000
    assert [entry["status"] for entry in ask(emulator, "/emulator/log").json()] == [429, 200]


@pytest.mark.parametrize(
    ("method", "what", "body", "status"),
    [
        ("POST", "faults", {"fault": "earthquake"}, 400),
        ("POST", "faults", {"fault": "slow", "when": "now"}, 400),
        ("POST", "keys", {"type": "dsa"}, 400),
        ("POST", "keys", [], 400),
        ("POST", "clock", {}, 400),
        ("DELETE", "keys/nobodys", None, 404),
    ],
)
def test_what_the_door_does_not_understand(emulator, method, what, body, status):
    """It says so in a sentence, without a word of Python's."""
    answer = ask(emulator, f"/emulator/{what}", method, json=body)
    assert (answer.status_code, "Error" in answer.json()["error"]) == (status, False)


def test_what_is_no_door_is_not_found(emulator):
    assert ask(emulator, "/emulator/secrets").status_code == 404


def test_the_door_is_shut_unless_it_was_opened():
    with Emulator() as emulator:
        assert ask(emulator, "/emulator/log").status_code == 404
