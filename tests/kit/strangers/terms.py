"""A stranger's markers, mistyped."""

import pytest


@pytest.mark.binance(permision=["futures"])
def test_keyword(binance_bot): ...


@pytest.mark.binance("arb")
def test_position(binance_credential): ...


@pytest.mark.binance(permissions=["future"])
def test_permission(binance_credential): ...


@pytest.mark.binance(key_type="ecdsa")
def test_key_type(binance_credential): ...


@pytest.mark.binance(credential="Market Maker")
def test_name(binance_credential): ...


def test_outage_too_late(request, vault_server):
    request.getfixturevalue("vault_outage")
