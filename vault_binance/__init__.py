"""Binance API credentials from the Vault a team already runs.

    import vault_binance

    with vault_binance.borrow("market-maker") as credentials:
        client = Client(credentials.api_key.reveal(), credentials.secret.reveal())

The names below are the public ones; they load when first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.connect import borrow
    from vault_binance.connect_async import AsyncFetcher
    from vault_binance.connect_lease import Fetcher
    from vault_binance.credentials import Credentials, Environment, KeyType
    from vault_binance.redacted import Redacted

__version__ = "0.1.0"
__all__ = ["AsyncFetcher", "Credentials", "Environment", "Fetcher", "KeyType", "Redacted", "__version__", "borrow"]

_HOMES = {
    "AsyncFetcher": "vault_binance.connect_async",
    "Credentials": "vault_binance.credentials",
    "Environment": "vault_binance.credentials",
    "Fetcher": "vault_binance.connect_lease",
    "KeyType": "vault_binance.credentials",
    "Redacted": "vault_binance.redacted",
    "borrow": "vault_binance.connect",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
