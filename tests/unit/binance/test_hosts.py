"""Where Binance is, for every environment and product."""

from itertools import product
from urllib.parse import urlsplit

import pytest

from tests.rows import each_row
from vault_binance.binance.hosts import OVERRIDES, Product, base_url, is_binances
from vault_binance.credentials import Environment


@each_row(("environment", "kind"), list(product(Environment, Product)))
def test_every_place_has_an_address_and_a_variable(environment, kind):
    parts = urlsplit(base_url(environment, kind))
    assert (parts.scheme, parts.path, parts.query) == ("https", "", "")
    assert OVERRIDES[kind].startswith("VAULT_BINANCE_")


def test_no_two_environments_share_a_host():
    hosts = {one: {base_url(one, kind) for kind in Product} for one in Environment}
    assert sum(map(len, hosts.values())) == len(set().union(*hosts.values()))


@pytest.mark.parametrize("environment", Environment)
def test_a_host_of_binances_own_belongs_to_one_environment(environment):
    for kind in Product:
        assert is_binances(base_url(environment, kind), environment)
        for other in set(Environment) - {environment}:
            assert not is_binances(base_url(environment, kind), other)


@each_row(
    ("url", "own"),
    [
        ("https://api1.binance.com", True),
        ("https://API-GCP.binance.com/", True),
        ("http://api.binance.com", False),
        ("https://api.binance.com.evil.example", False),
        ("https://api.binance.com:8443", False),
        ("https://api.binance.us", False),
        ("http://127.0.0.1:8080", False),
    ],
)
def test_what_is_binances_own(url, own):
    assert is_binances(url, Environment.LIVE) is own
