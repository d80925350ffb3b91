"""A Binance to test against: see vault_binance.testing.emulator.emulator, and docs/reference/emulator.md.

The names below are the public ones.
"""

from vault_binance.testing.emulator.emulator import Emulator, now_ms
from vault_binance.testing.emulator.faults import Fault
from vault_binance.testing.emulator.limits import Limits
from vault_binance.testing.emulator.state import IssuedKey, LogEntry, RawRequest

__all__ = ["Emulator", "Fault", "IssuedKey", "Limits", "LogEntry", "RawRequest", "now_ms"]
