"""docs/reference/testing.md: what the testing kit has, from the plugin and the public names themselves.

python docs/draw/testing.py > docs/reference/testing.md
"""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from page import code, table

from vault_binance import testing
from vault_binance.testing import outage, provisioned, pytest_plugin
from vault_binance.testing.marker_terms import SAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GROUPS = {
    "Servers": ("DevVault", "RaftVault", "VaultContainer", "FakeVault", "find_binary", "Binary"),
    "What dresses a server": ("Policies", "AppRole", "ShortTtls"),
    "What goes wrong": ("VaultOutage", "FaultProxy", "VaultFault", "FakeClock"),
    "Binance": ("Emulator", "BinanceFault", "Limits", "IssuedKey", "LogEntry"),
    "A bot between them": ("ProvisionedVault", "StoredCredential", "ProvisionedBot"),
}


def said(thing: object) -> str:
    """The first paragraph of what it says of itself, on one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def fixtures() -> Iterator[tuple[str, str, str, str]]:
    """Name, type, scope and meaning of each that is not the plugin's own business."""
    for node in ast.parse(Path(pytest_plugin.__file__).read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            for decorator in node.decorator_list:
                if ast.unparse(decorator).startswith("pytest.fixture"):
                    scope = "worker" if "session" in ast.unparse(decorator) else "test"
                    kind = ast.unparse(node.returns).removeprefix("Iterator[").removesuffix("]") if node.returns else ""
                    yield code(node.name), code(kind), scope, " ".join((ast.get_docstring(node) or "").split())


def options() -> Iterable[tuple[str, str, str]]:
    for name, terms in pytest_plugin.OPTIONS.items():
        values = ", ".join(map(code, terms.get("choices", (terms.get("metavar", ""),))))
        yield code(name), values if values != "``" else "", f"{terms['help']}{default(terms.get('default'))}"


def default(value: object) -> str:
    return f" (default: `{value}`)" if value else ""


def methods(kind: type) -> Iterable[tuple[str, str]]:
    for name, method in vars(kind).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            given = str(inspect.signature(method)).partition(" -> ")[0].replace("(self, ", "(").replace("(self)", "()")
            short = given if len(given) < 30 else f"({', '.join(list(inspect.signature(method).parameters)[1:])})"
            yield code(f"{name}{short}"), said(method)


def names(group: Iterable[str]) -> str:
    return table(("name", "says"), *((code(name), said(getattr(testing, name))) for name in group))


def page() -> str:
    groups = "\n\n".join(f"### {title}\n\n{names(group)}" for title, group in GROUPS.items())
    terms = [(code(f"{name}="), code(example), meaning) for name, (example, meaning) in SAYS.items()]
    return f"""# The testing kit

For the tests of your bot. [Test a bot](../howto/test-a-bot.md) has them at work; this page has all of them.

The extra `testing` of the package brings what they need. The pytest plugin is there as soon as the package is
installed; `-p no:vault_binance` leaves it out. A run that does not use it imports one file of it.

## Fixtures

{table(("fixture", "is", "lives for", "says"), *fixtures())}

A test that asks for any of them sees no variable that begins with `VAULT_`, `BAO_` or `BINANCE_` but those of its bot
and of the emulator, and an empty home directory, for `~/.vault-token` is a login; and no proxy is asked for the
loopback. All of it comes back after the test, and not by a `monkeypatch.undo()` within. `VAULT_BINANCE_VAULT_BIN`
stays: it says where the tests' server is. Fixtures of yours that live longer than a test are kept from nothing.

`vault_server` is in memory, and is ready in a tenth of a second, unless a test of the session asks for `vault_outage`:
then it is on Raft storage, which takes two seconds. With pytest-xdist each worker that needs a server has one of its
own; each test has an instance of its own on it, so that no two meet. All fixtures are synchronous, and so serve tests
that are awaited, under pytest-asyncio and others.

## Options

{table(("option", "values", "says"), *options())}

A server process is looked for on the PATH as `vault` and `bao`, among those kept from an earlier run, in the vendor's
image, and built with Go; `VAULT_BINANCE_VAULT_BIN` names one. `--vault=fake` needs none of them: FakeVault answers as
Vault does for what this package asks, which the contract tests compare with real servers call by call.

## Markers

{table(("marker", "says"), *((code(name), meaning) for name, meaning in pytest_plugin.MARKERS.items()))}

Without `needs_vault` a test that cannot have its server fails, with what was tried.

{table(("term", "without it", "says"), *terms)}

Permissions are the words of `vault-binance testing emulator`, such as `futures` and `withdrawals`, or Binance's own
names. A marker of a class and one of a test add up, and the nearer one wins. What is no term is refused.

## A bot

`binance_bot` is a ProvisionedBot; `binance_bot.credential` the StoredCredential that it reads, and `.credential.key`
that key as Binance issued it. `binance_bot.environ` is all that a process needs to be this bot; it is not shown when
printed. It logs in once: after `new_login()` once more.

{table(("of a ProvisionedBot", "says"), *methods(provisioned.ProvisionedBot))}

{table(("of a StoredCredential", "says"), *methods(provisioned.StoredCredential))}

{table(("of a ProvisionedVault", "says"), *methods(provisioned.ProvisionedVault))}

`binance_bot.vault` is the ProvisionedVault, for a second bot or credential.

## Outages

{table(("of `vault_outage`", "says"), *methods(outage.VaultOutage))}

The first three are for a `with` block, after which Vault is up again, whatever happened in it.

## For other runners

`vault_binance.testing` has these names; their signatures are among the [public names](api.md#vault_binancetesting).
Servers, emulator and proxy are context managers.

{groups}

A server takes `hooks=[...]`: each is called with the server once it has started fresh, and a function of yours is one
too. `tls=True` gives it a certificate, and then `server.cacert` is what verifies it. `server.address` and
`server.root_token` are where it is and who may do everything; `server.call(method, path, body)` asks it.

```python
import unittest

from vault_binance import borrow
from vault_binance.testing import AppRole, DevVault, Emulator, Policies, ProvisionedVault, ShortTtls

READ = 'path "kept/data/*" {{ capabilities = ["read"] }}'
BATCH = AppRole("batch", policies=("read-kept",), ttl=60)  # a login that is not ours, beside our bots
HOOKS = [Policies({{"read-kept": READ}}), BATCH, ShortTtls(300)]  # no token of auth/token lives longer than 300 s


class BotTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = cls.enterClassContext(DevVault(hooks=HOOKS))

    def setUp(self) -> None:
        vault = ProvisionedVault(self.server, self.enterContext(Emulator()))
        self.addCleanup(vault.close)
        self.bot = vault.add_bot("mm-1", vault.add_credential("market-maker"))

    def test_it_borrows(self) -> None:
        with borrow(environ=self.bot.environ) as credentials:
            self.assertEqual(credentials.version, 1)
```

Drawn from the code by docs/draw/testing.py.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
