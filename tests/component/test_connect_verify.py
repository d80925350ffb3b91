"""How a key is wired to Binance: which addresses count, and to whom else it may be shown."""

import pytest

from vault_binance import connect
from vault_binance.binance.hosts import Product
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import ConfigError
from vault_binance.health.expectations import Expectations
from vault_binance.ops import verify
from vault_binance.redacted import Redacted

SPOT, FUTURES = "VAULT_BINANCE_BINANCE_URL", "VAULT_BINANCE_FUTURES_URL"


@pytest.fixture
def asked(monkeypatch):
    """What `verify` was called with, in place of asking."""
    calls = []

    def recorded(binance, credentials, expectations, _clock, **options):
        bases = {product: binance._base(product) for product in Product}
        calls.append({"bases": bases, "expectations": expectations, **options})

    monkeypatch.setattr(verify, "verify", recorded)
    return calls


def verified(environ, environment=Environment.LIVE, **options):
    pair = Credentials("mm", Redacted("k" * 64), Redacted("s" * 64), KeyType.HMAC, environment)
    connect.verified(pair, environ, **options)


def test_without_settings_binances_own_addresses_count_and_other_environments_may_be_asked(asked):
    verified({})
    (call,) = asked
    assert call["bases"][Product.USDS_FUTURES] == "https://fapi.binance.com"
    assert (call["expectations"], call["before"], call["product"]) == (Expectations(), None, Product.SPOT)
    with call["elsewhere"](Environment.TESTNET) as other:
        assert other._base(Product.SPOT) == "https://testnet.binance.vision"
        assert other._credentials.api_key.reveal() == "k" * 64


@pytest.mark.parametrize("name", [SPOT, FUTURES, "VAULT_BINANCE_COIN_FUTURES_URL"])
def test_with_any_address_replaced_the_key_is_shown_to_no_other_environment(asked, name):
    verified({name: "http://127.0.0.1:1"})
    assert asked[0]["elsewhere"] is None
    assert "http://127.0.0.1:1" in asked[0]["bases"].values()


def test_a_futures_host_that_was_not_named_beside_spots_is_not_asked(asked):
    with pytest.raises(ConfigError) as info:
        verified({SPOT: "http://127.0.0.1:1"}, product=Product.USDS_FUTURES)
    assert (asked, info.value.hint) == ([], f"set {FUTURES} too")
    verified({SPOT: "http://127.0.0.1:1", FUTURES: "http://127.0.0.1:2"}, product=Product.USDS_FUTURES)
    verified({FUTURES: "http://127.0.0.1:2"}, Environment.TESTNET, product=Product.USDS_FUTURES)
    assert [call["product"] for call in asked] == [Product.USDS_FUTURES] * 2
