"""Where Binance is, for every environment and product."""

from itertools import product
from urllib.parse import urlsplit

import pytest

from vault_binance.binance.hosts import OVERRIDES, Product, base_url
from vault_binance.credentials import Environment


@pytest.mark.parametrize(("environment", "kind"), list(product(Environment, Product)))
def test_every_place_has_an_address_and_a_variable(environment, kind):
    parts = urlsplit(base_url(environment, kind))
    assert (parts.scheme, parts.path, parts.query) == ("https", "", "")
    assert OVERRIDES[kind].startswith("VAULT_BINANCE_")


def test_no_two_environments_share_a_host():
    hosts = {one: {base_url(one, kind) for kind in Product} for one in Environment}
    assert sum(map(len, hosts.values())) == len(set().union(*hosts.values()))
