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
    from vault_binance.binance.auth import BinanceAuth
    from vault_binance.binance.signer import Signer
    from vault_binance.bot.metrics import openmetrics, prometheus
    from vault_binance.connect import borrow
    from vault_binance.connect_async import AsyncFetcher
    from vault_binance.connect_lease import Fetcher
    from vault_binance.credentials import Credentials, Environment, KeyType
    from vault_binance.errors import (
        BinanceUnavailable,
        ConfigError,
        CredentialsStale,
        KeyRejected,
        LeaseEnded,
        LoginRefused,
        MalformedCredentials,
        PermissionDenied,
        SecretNotFound,
        SigningError,
        UnsafeKey,
        VaultBinanceError,
        VaultUnavailable,
    )
    from vault_binance.notices import Notice, NoticeKind
    from vault_binance.redacted import Redacted
    from vault_binance.schedules import Schedule

__version__ = "0.1.0"
__all__ = [
    "AsyncFetcher",
    "BinanceAuth",
    "BinanceUnavailable",
    "ConfigError",
    "Credentials",
    "CredentialsStale",
    "Environment",
    "Fetcher",
    "KeyRejected",
    "KeyType",
    "LeaseEnded",
    "LoginRefused",
    "MalformedCredentials",
    "Notice",
    "NoticeKind",
    "PermissionDenied",
    "Redacted",
    "Schedule",
    "SecretNotFound",
    "Signer",
    "SigningError",
    "UnsafeKey",
    "VaultBinanceError",
    "VaultUnavailable",
    "__version__",
    "borrow",
    "openmetrics",
    "prometheus",
]

_HOMES = {
    "AsyncFetcher": "vault_binance.connect_async",
    "BinanceAuth": "vault_binance.binance.auth",
    "BinanceUnavailable": "vault_binance.errors",
    "ConfigError": "vault_binance.errors",
    "Credentials": "vault_binance.credentials",
    "CredentialsStale": "vault_binance.errors",
    "Environment": "vault_binance.credentials",
    "Fetcher": "vault_binance.connect_lease",
    "KeyRejected": "vault_binance.errors",
    "KeyType": "vault_binance.credentials",
    "LeaseEnded": "vault_binance.errors",
    "LoginRefused": "vault_binance.errors",
    "MalformedCredentials": "vault_binance.errors",
    "Notice": "vault_binance.notices",
    "NoticeKind": "vault_binance.notices",
    "PermissionDenied": "vault_binance.errors",
    "Redacted": "vault_binance.redacted",
    "Schedule": "vault_binance.schedules",
    "SecretNotFound": "vault_binance.errors",
    "Signer": "vault_binance.binance.signer",
    "SigningError": "vault_binance.errors",
    "UnsafeKey": "vault_binance.errors",
    "VaultBinanceError": "vault_binance.errors",
    "VaultUnavailable": "vault_binance.errors",
    "borrow": "vault_binance.connect",
    "openmetrics": "vault_binance.bot.metrics",
    "prometheus": "vault_binance.bot.metrics",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
