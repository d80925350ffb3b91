"""What our own tests stand on, for your bot's tests: servers, fakes, an emulated Binance, all of it provisioned.

    from vault_binance.testing import DevVault, Emulator, ProvisionedVault

    with DevVault() as server, Emulator() as binance:
        vault = ProvisionedVault(server, binance)
        bot = vault.add_bot("mm-1", vault.add_credential("market-maker"))

In pytest the fixtures of vault_binance.testing.pytest_plugin do that. The names below are the public ones; they load
when first used. What goes wrong at Binance and what goes wrong before Vault are both called Fault where they live:
here each says whose it is.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.testing.container import VaultContainer
    from vault_binance.testing.dev_server import DevVault, RaftVault
    from vault_binance.testing.emulator import Emulator, IssuedKey, Limits, LogEntry
    from vault_binance.testing.emulator import Fault as BinanceFault
    from vault_binance.testing.fake_clock import FakeClock
    from vault_binance.testing.fake_vault import FakeVault
    from vault_binance.testing.fault_proxy import Fault as VaultFault
    from vault_binance.testing.fault_proxy import FaultProxy
    from vault_binance.testing.hooks import AppRole, Policies, ShortTtls
    from vault_binance.testing.outage import VaultOutage
    from vault_binance.testing.provisioned import ProvisionedBot, ProvisionedVault, StoredCredential
    from vault_binance.testing.server_binary import Binary, find_binary

__all__ = [
    "AppRole",
    "BinanceFault",
    "Binary",
    "DevVault",
    "Emulator",
    "FakeClock",
    "FakeVault",
    "FaultProxy",
    "IssuedKey",
    "Limits",
    "LogEntry",
    "Policies",
    "ProvisionedBot",
    "ProvisionedVault",
    "RaftVault",
    "ShortTtls",
    "StoredCredential",
    "VaultContainer",
    "VaultFault",
    "VaultOutage",
    "find_binary",
]

_HOMES = {
    "AppRole": ("vault_binance.testing.hooks", "AppRole"),
    "BinanceFault": ("vault_binance.testing.emulator", "Fault"),
    "Binary": ("vault_binance.testing.server_binary", "Binary"),
    "DevVault": ("vault_binance.testing.dev_server", "DevVault"),
    "Emulator": ("vault_binance.testing.emulator", "Emulator"),
    "FakeClock": ("vault_binance.testing.fake_clock", "FakeClock"),
    "FakeVault": ("vault_binance.testing.fake_vault", "FakeVault"),
    "FaultProxy": ("vault_binance.testing.fault_proxy", "FaultProxy"),
    "IssuedKey": ("vault_binance.testing.emulator", "IssuedKey"),
    "Limits": ("vault_binance.testing.emulator", "Limits"),
    "LogEntry": ("vault_binance.testing.emulator", "LogEntry"),
    "Policies": ("vault_binance.testing.hooks", "Policies"),
    "ProvisionedBot": ("vault_binance.testing.provisioned", "ProvisionedBot"),
    "ProvisionedVault": ("vault_binance.testing.provisioned", "ProvisionedVault"),
    "RaftVault": ("vault_binance.testing.dev_server", "RaftVault"),
    "ShortTtls": ("vault_binance.testing.hooks", "ShortTtls"),
    "StoredCredential": ("vault_binance.testing.provisioned", "StoredCredential"),
    "VaultContainer": ("vault_binance.testing.container", "VaultContainer"),
    "VaultFault": ("vault_binance.testing.fault_proxy", "Fault"),
    "VaultOutage": ("vault_binance.testing.outage", "VaultOutage"),
    "find_binary": ("vault_binance.testing.server_binary", "find_binary"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, own = _HOMES[name]
    return getattr(import_module(home), own)
