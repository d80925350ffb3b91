"""Where Binance is: one total match from environment and product to a base URL.

Rules of the file
- Source of the hosts: reference, Binance, 13. A key of `testnet` belongs to the spot testnet or to the futures testnet,
  which are two places with keys of their own; `live` and `demo` keys are the same for all products.
- Every base URL can be replaced by a variable, for an emulator or for another of Binance's hosts.
"""

from __future__ import annotations

from enum import StrEnum

from vault_binance.credentials import Environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Product(StrEnum):
    """A part of Binance with a host and error codes of its own."""

    SPOT = "spot"
    USDS_FUTURES = "usds-futures"
    COIN_FUTURES = "coin-futures"


OVERRIDES = {
    Product.SPOT: "VAULT_BINANCE_BINANCE_URL",
    Product.USDS_FUTURES: "VAULT_BINANCE_FUTURES_URL",
    Product.COIN_FUTURES: "VAULT_BINANCE_COIN_FUTURES_URL",
}
"""Variables that replace a base URL: scheme, host and port."""


def base_url(environment: Environment, product: Product = Product.SPOT) -> str:
    """Where the REST API of a product is; `/sapi` is on the spot host."""
    return _hosts(environment)[product]


def is_binances(url: str, environment: Environment) -> bool:
    """Whether this is a host of Binance's own on which keys of that environment live (reference: Binance, 13)."""
    return url.rstrip("/").lower() in {*_hosts(environment).values(), *_OTHER_SPOT_HOSTS.get(environment, ())}


def home_of(host: str) -> Environment | None:
    """Whose keys live on that host, where it is Binance's own; None for any other."""
    url = f"https://{host.lower().rstrip('.')}"
    return next((one for one in Environment if is_binances(url, one)), None)


def keeps_a_key(scheme: str, host: str) -> bool:
    """Whether an API key may be sent there: it goes over TLS, or stays on this machine."""
    return scheme == "https" or host == "localhost" or _is_loopback(host)


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


_OTHER_SPOT_HOSTS = {
    Environment.LIVE: tuple(f"https://{name}.binance.com" for name in ("api-gcp", "api1", "api2", "api3", "api4")),
    Environment.TESTNET: ("https://api1.testnet.binance.vision",),
}


def _hosts(environment: Environment) -> Mapping[Product, str]:
    match environment:
        case Environment.LIVE:
            return {
                Product.SPOT: "https://api.binance.com",
                Product.USDS_FUTURES: "https://fapi.binance.com",
                Product.COIN_FUTURES: "https://dapi.binance.com",
            }
        case Environment.TESTNET:
            return {
                Product.SPOT: "https://testnet.binance.vision",
                Product.USDS_FUTURES: "https://testnet.binancefuture.com",
                Product.COIN_FUTURES: "https://testnet.binancefuture.com",
            }
        case Environment.DEMO:
            return {
                Product.SPOT: "https://demo-api.binance.com",
                Product.USDS_FUTURES: "https://demo-fapi.binance.com",
                Product.COIN_FUTURES: "https://demo-dapi.binance.com",
            }
