"""Wallet endpoints, states of a key, and sub-accounts with keys of their own."""

import base64

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from tests.component.testing.emulated import ALL, NOW, PAIR, UID, World, hmac_key
from vault_binance.binance.answers import restrictions
from vault_binance.credentials import KeyType
from vault_binance.health.values import Permission
from vault_binance.testing.emulator.account import Account
from vault_binance.testing.emulator.keys import material, public_part
from vault_binance.testing.emulator.state import WORDS

RESTRICTIONS = "/sapi/v1/account/apiRestrictions"
APPLY = "/sapi/v1/capital/withdraw/apply"
WITHDRAWAL = {"coin": "USDT", "address": "x" * 30, "amount": "10"}
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
EMAIL = "sub@emulator.test"
API = "/sapi/v1/sub-account/subAccountApi"
V2 = "/sapi/v2/sub-account/subAccountApi"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def master(world):
    world.state = world.state.with_account(Account(8, EMAIL, master=UID))
    return world


@pytest.mark.parametrize(
    ("path", "shows"),
    [
        ("/sapi/v1/account/status", "data"),
        ("/sapi/v1/account/apiTradingStatus", "data"),
        ("/sapi/v1/account/info", "vipLevel"),
        ("/sapi/v1/system/status", "msg"),
    ],
)
def test_the_standing_of_an_account(world, path, shows):
    assert shows in world.ask("GET", path)


@pytest.mark.parametrize("path", ["capital/config/getall", "margin/allPairs", "margin/isolated/allPairs"])
def test_what_ccxt_asks_for_unasked_is_there(world, path):
    assert len(world.ask("GET", f"/sapi/v1/{path}")) > 1


def test_a_withdrawal_wants_the_permission_and_a_restricted_key(world):
    assert world.code("POST", APPLY, **WITHDRAWAL) == (401, -2015)
    world.change(ip_list=("127.0.0.1",))
    assert world.ask("POST", APPLY, **WITHDRAWAL)["id"]
    (made,) = world.ask("GET", "/sapi/v1/capital/withdraw/history", coin="USDT")
    assert (made["amount"], made["applyTime"]) == ("10.00000000", "2023-11-14 22:13:20")
    assert world.ask("GET", "/sapi/v1/capital/withdraw/history", coin="BTC") == []
    assert world.code("POST", APPLY, **{**WITHDRAWAL, "amount": "1000"}) == (400, -4026)
    assert world.code("POST", APPLY, **{**WITHDRAWAL, "coin": "NOPE"}) == (400, -4026)
    world.change(permissions={})
    assert world.code("POST", APPLY, **WITHDRAWAL) == (401, -2015)
    assert world.ask("GET", "/sapi/v1/capital/deposit/hisrec") == []


def test_a_transfer_wants_the_universal_permission(world):
    moved = {"type": "MAIN_UMFUTURE", "asset": "USDT", "amount": "100"}
    assert world.ask("POST", "/sapi/v1/asset/transfer", **moved)["tranId"]
    assert world.ask("GET", "/fapi/v2/balance")[0]["balance"] == "1100.00000000"
    assert world.code("POST", "/sapi/v1/asset/transfer", **{**moved, "amount": "1000"}) == (400, -3041)
    assert world.code("POST", "/sapi/v1/asset/transfer", **{**moved, "type": "MAIN_MOON"}) == (400, -1100)
    world.change(permissions={**ALL, "permitsUniversalTransfer": False})
    assert world.code("POST", "/sapi/v1/asset/transfer", **moved) == (401, -2015)


def test_what_weighs_for_the_account_says_so(world):
    world.ask("GET", "/sapi/v1/capital/withdraw/history")
    assert world.headers == {"X-SAPI-USED-UID-WEIGHT-1M": "18000"}
    world.source = "127.0.0.2"
    world.ask("GET", "/sapi/v1/capital/withdraw/history")
    assert world.headers == {"X-SAPI-USED-UID-WEIGHT-1M": "36000"}


def test_the_right_to_trade_runs_out(world):
    """Shown as tradingAuthorityExpirationTime, then unticked (reference: Binance, 10.2)."""
    world.change(trading_until_ms=NOW + 1000)
    assert world.ask("GET", RESTRICTIONS)["tradingAuthorityExpirationTime"] == NOW + 1000
    assert world.code("POST", "/api/v3/order", **ORDER) == (200, 0)
    world.now += 1000
    assert world.code("POST", "/api/v3/order", **ORDER) == (401, -2015)
    assert world.ask("GET", RESTRICTIONS)["enableSpotAndMarginTrading"] is False
    world.change(trading_until_ms=None)
    assert "tradingAuthorityExpirationTime" not in world.ask("GET", RESTRICTIONS)


def test_keys_of_one_account_share_its_orders(world):
    world.state = world.state.with_key(hmac_key("other"))
    world.ask("POST", "/api/v3/order", **ORDER)
    assert len(world.ask("GET", "/api/v3/allOrders", api_key="other", symbol="BTCUSDT")) == 1
    world.state = world.state.with_key(hmac_key("third", uid=9))
    assert world.ask("GET", "/api/v3/allOrders", api_key="third", symbol="BTCUSDT") == []


def test_our_words_for_permissions_are_those_of_the_command_line():
    assert set(WORDS) == {str(each) for each in Permission}
    read = {word: restrictions({name: True}).granted for word, name in WORDS.items()}
    assert read == {word: (Permission(word),) for word in WORDS}


# Sub-accounts


def test_a_sub_account_is_opened_and_listed(world):
    email = world.ask("POST", "/sapi/v1/sub-account/virtualSubAccount", subAccountString="arb")["email"]
    (row,) = world.ask("GET", "/sapi/v1/sub-account/list")["subAccounts"]
    assert (row["email"], row["subUserId"]) == (email, max(world.state.accounts))


def test_a_key_made_here_works_at_once(master):
    made = master.ask("POST", API, email=EMAIL, apiName="mm", canTrade="true", status=2, ipAddress="127.0.0.1,10.0.0.1")
    assert (made["apiName"], made["canTrade"], made["status"]) == ("mm", True, 2)
    assert made["ipList"] == ["127.0.0.1", "10.0.0.1"]
    new = {"api_key": made["apiKey"], "secret": made["secretKey"]}
    assert master.ask("GET", "/api/v3/account", **new)["uid"] == 8
    assert master.code("POST", "/api/v3/order", **ORDER, **new) == (200, 0)
    assert master.code("GET", "/fapi/v2/account", **new) == (401, -2015)
    master.source = "10.0.0.9"
    assert master.code("GET", "/api/v3/account", **new) == (401, -2015)


def test_a_secret_is_told_once_and_names_are_spelt_as_binance_spells_them(master):
    made = master.ask("POST", V2, in_body=True, email=EMAIL, apiName="mm")
    listed = master.ask("GET", API, email=EMAIL)
    assert listed["total"] == 1
    assert listed["rows"][0]["apikey"] == made["apiKey"]
    assert made["secretKey"] not in repr(listed)
    assert master.ask("GET", API, email=EMAIL, page=2)["rows"] == []
    assert master.ask("GET", API, email=EMAIL, subAccountApiKey="other")["total"] == 0


def test_permissions_are_set_anew(master):
    made = master.ask("POST", API, email=EMAIL, apiName="mm", canTrade="true")
    named = {"email": EMAIL, "subAccountApiKey": made["apiKey"]}
    told = master.ask("POST", f"{API}Permission", **named, canFuturesTrade="true")
    assert (told["apikey"], told["canTrade"], told["canFuturesTrade"]) == (made["apiKey"], False, True)
    assert master.code("POST", f"{API}Permission", **named, canFixApiReading="true") == (400, -9000)
    assert master.code("POST", f"{API}Permission", **named, canTrade="yes") == (400, -1102)


def test_addresses_are_added_and_taken_away(master):
    made = master.ask("POST", API, email=EMAIL, apiName="mm")
    named = {"email": EMAIL, "subAccountApiKey": made["apiKey"]}
    assert master.ask("GET", f"{API}/ipRestriction", **named)["ipRestrict"] == "false"
    told = master.ask("POST", f"{V2}/ipRestriction", **named, status=2, ipAddress="10.0.0.1,10.0.0.2")
    assert (told["status"], told["ipList"], told["apiKey"]) == ("2", ["10.0.0.1", "10.0.0.2"], made["apiKey"])
    told = master.ask("DELETE", f"{API}/ipRestriction/ipList", **named, ipAddress="10.0.0.1")
    assert (told["ipRestrict"], told["ipList"]) == ("true", ["10.0.0.2"])
    assert master.ask("POST", f"{V2}/ipRestriction", **named, status=1)["ipList"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 2},
        {"status": 2, "ipAddress": "10.0.0.1, 10.0.0.2"},
        {"status": 2, "ipAddress": "1.1.1.1," * 63},
        {"status": 3},
        {"status": 9},
        {"canTrade": "maybe"},
        {"apiName": ""},
        {"publicKey": "nonsense"},
    ],
    ids=str,
)
def test_what_is_wrong_with_a_new_key(master, wrong):
    assert master.code("POST", API, **{"email": EMAIL, "apiName": "mm", **wrong}) == (400, -1102)


def test_a_third_party_is_named(master):
    made = master.ask("POST", API, email=EMAIL, apiName="mm", status=3, thirdPartyName="somebody")
    assert (made["status"], made["ipList"]) == (3, [])


def ed25519_public():
    raw = load_pem_public_key(PAIR.public_key_pem.encode()).public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(raw).decode()


def test_a_public_key_goes_in_the_body_and_brings_no_secret(master):
    asked = {"email": EMAIL, "apiName": "mm", "publicKey": ed25519_public(), "canFixApiTrading": "true"}
    made = master.ask("POST", V2, in_body=True, **asked)
    assert "secretKey" not in made
    assert master.state.keys[made["apiKey"]].key_type is KeyType.ED25519
    assert made["canFixApiTrading"] is True
    assert master.code("POST", V2, **asked) == (400, -1102)


def test_fix_is_for_ed25519_alone(master):
    asked = {"email": EMAIL, "apiName": "mm", "canFixApiTrading": "true"}
    assert master.code("POST", V2, in_body=True, **asked) == (400, -9000)
    rsa = material(KeyType.RSA, None, None).public_key_pem
    assert master.code("POST", V2, in_body=True, **asked, publicKey=rsa) == (400, -9000)
    assert master.code("POST", API, in_body=True, email=EMAIL, apiName="mm", publicKey=rsa) == (400, -1102)


def test_a_public_key_of_another_kind_is_none():
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    public = generate_private_key(SECP256R1()).public_key()
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(ValueError, match="neither"):
        public_part(text)


def test_a_deleted_key_is_refused_and_listed_no_more(master):
    made = master.ask("POST", API, email=EMAIL, apiName="mm")
    named = {"email": EMAIL, "subAccountApiKey": made["apiKey"]}
    assert master.ask("DELETE", API, **named) == {}
    assert master.code("GET", "/api/v3/account", api_key=made["apiKey"], secret=made["secretKey"]) == (401, -2015)
    assert master.ask("GET", API, email=EMAIL)["total"] == 0
    assert master.code("DELETE", API, **named) == (400, -4001)


def test_sub_accounts_are_their_masters_alone(master):
    master.state = master.state.with_key(hmac_key("other", uid=9))
    assert master.code("POST", API, api_key="other", email=EMAIL, apiName="mm") == (400, -4001)
    master.change(permissions={})
    assert master.code("POST", API, email=EMAIL, apiName="mm") == (401, -2015)


def test_a_sub_account_has_at_most_thirty_keys(master):
    for number in range(30):
        master.ask("POST", API, email=EMAIL, apiName=f"k{number}")
    assert master.code("POST", API, email=EMAIL, apiName="one more") == (400, -4001)
