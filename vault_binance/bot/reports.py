"""What a bot found out about its key, left in Vault where operators see it: `reports/<bot>`, written by that bot alone.

Rules of the file
- A report holds no secret: names, times, findings, a fingerprint.
- A report is worth telling and never worth failing for: what keeps it from being left is told, and the bot goes on.
- It is a check-and-set like every write; who was quicker, another start of the same bot, is overwritten once.
"""

from __future__ import annotations

from vault_binance.errors import PermissionDenied, SecretNotFound, VaultBinanceError
from vault_binance.vault.port import KvPath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import BotVault


def last(vault: BotVault, token: Redacted, path: str) -> Mapping[str, str]:
    """The report left before, empty where there is none that may be read. Raises VaultUnavailable."""
    try:
        fields = vault.read(token, KvPath(path)).fields
    except (SecretNotFound, PermissionDenied):
        return {}
    return {name: value.reveal() for name, value in fields.items() if hasattr(value, "reveal")}


def leave(
    vault: BotVault, token: Redacted, path: str, fields: Mapping[str, str], *, warn: Callable[[str], None]
) -> None:
    """Put a report in place of the one before; `warn` is told why that could not be done."""
    try:
        _write(vault, token, path, fields)
    except PermissionDenied:
        warn(f"the report could not be left: no policy of this token grants {path}")
    except VaultBinanceError as error:
        warn(f"the report could not be left: {error.message}")


def _write(vault: BotVault, token: Redacted, path: str, fields: Mapping[str, str]) -> None:
    before = _version(vault, token, path)
    try:
        vault.write(token, path, fields, before)
    except VaultBinanceError:
        if (now := _version(vault, token, path)) == before:
            raise
        vault.write(token, path, fields, now)


def _version(vault: BotVault, token: Redacted, path: str) -> int:
    try:
        return vault.read(token, KvPath(path)).version
    except SecretNotFound as error:
        return error.version
