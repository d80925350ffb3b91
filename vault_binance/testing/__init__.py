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
    "AppRole": "vault_binance.testing.hooks",
    "BinanceFault": "vault_binance.testing.emulator",
    "Binary": "vault_binance.testing.server_binary",
    "DevVault": "vault_binance.testing.dev_server",
    "Emulator": "vault_binance.testing.emulator",
    "FakeClock": "vault_binance.testing.fake_clock",
    "FakeVault": "vault_binance.testing.fake_vault",
    "FaultProxy": "vault_binance.testing.fault_proxy",
    "IssuedKey": "vault_binance.testing.emulator",
    "Limits": "vault_binance.testing.emulator",
    "LogEntry": "vault_binance.testing.emulator",
    "Policies": "vault_binance.testing.hooks",
    "ProvisionedBot": "vault_binance.testing.provisioned",
    "ProvisionedVault": "vault_binance.testing.provisioned",
    "RaftVault": "vault_binance.testing.dev_server",
    "ShortTtls": "vault_binance.testing.hooks",
    "StoredCredential": "vault_binance.testing.provisioned",
    "VaultContainer": "vault_binance.testing.container",
    "VaultFault": "vault_binance.testing.fault_proxy",
    "VaultOutage": "vault_binance.testing.outage",
    "find_binary": "vault_binance.testing.server_binary",
}
_THERE = {"BinanceFault": "Fault", "VaultFault": "Fault"}
"""What a name is where it lives, if it is another."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), _THERE.get(name, name))
