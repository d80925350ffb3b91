"""The pytest plugin: a real Vault, a believable Binance, and a bot between them.

    def test_the_bot_trades(binance_bot, binance_emulator):
        with Fetcher() as vault:
            ...

Rules of the file
- It loads in every run of pytest where this package is installed: at import there is pytest, and nothing of ours.
- A test that asks for `binance_bot` is that bot: its settings are in the environment, and nobody else's are.
- A test with any fixture of ours is far from what the developer works with: it finds no Vault, no login and no key, and
  where it has an emulator, no other Binance. No `monkeypatch.undo()` brings that back.
- A server lasts for a worker's session, an instance on it for one test.
- What is missing is a failure, unless the test is marked `needs_vault`: then it is skipped with the reason.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, NoReturn

    from vault_binance.errors import VaultBinanceError
    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.fake_vault import FakeVault
    from vault_binance.testing.marker_terms import Terms
    from vault_binance.testing.outage import VaultOutage
    from vault_binance.testing.provisioned import ProvisionedBot, ProvisionedVault, StoredCredential
    from vault_binance.testing.server import Server
    from vault_binance.testing.server_choice import Choice

MARKERS = {
    "binance(credential=, bot=, key_type=, permissions=, ip_list=)": "the terms of the key and the bot of this test",
    "needs_vault": "where no Vault server can be had, skip this test and say why; --vault-required fails it",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "--vault": {
        "choices": ("process", "container", "fake"),
        "default": "process",
        "help": "what vault_server is: a server process, one in a container, or FakeVault",
    },
    "--vault-image": {
        "default": "hashicorp/vault:1.21.1",
        "metavar": "IMAGE",
        "help": "for --vault=container; `binary` is an image made around the server that is found here",
    },
    "--vault-required": {
        "action": "store_true",
        "help": "fail the tests marked needs_vault, where they would be skipped: for CI",
    },
}

_NOT_THE_BOTS = ("VAULT_", "BAO_", "BINANCE_")
_WHERE_SERVERS_ARE = "VAULT_BINANCE_VAULT_BIN"
_SCRUBBED = "_nobodys_settings"
_CHOICE = pytest.StashKey["Choice"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("vault-binance", "a Vault and a Binance for the tests of bots")
    for name, terms in OPTIONS.items():
        group.addoption(name, **terms)


def pytest_configure(config: pytest.Config) -> None:
    for name, says in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {says}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test with a fixture of ours has `_nobodys_settings` around all of its own: it begins first and ends last."""
    asked = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    if not any(each[-1].func.__module__ == __name__ for each in asked.values()):
        return
    names: list[str] = item.fixturenames  # type: ignore[attr-defined]  # it has fixtures
    if _SCRUBBED in names:
        names.remove(_SCRUBBED)
    of_the_test = [place for place, name in enumerate(names) if name in asked and asked[name][-1].scope == "function"]
    names.insert(min(of_the_test, default=len(names)), _SCRUBBED)


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """A comparison that fails takes a dict apart, whatever its repr: not one that hides what is in it."""
    redacted = sys.modules.get("vault_binance.redacted")
    if redacted and (isinstance(left, redacted.Hidden) or isinstance(right, redacted.Hidden)):
        return [f"{{...}} {op} {{...}}: nothing is shown of what is hidden"]
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before the first fixture: a test that is skipped starts nothing."""
    if item.get_closest_marker("needs_vault") and (reason := _choice(item.config).missing):
        if item.config.getoption("--vault-required"):
            pytest.fail(f"--vault-required, and {reason}", pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def vault_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A real Vault server, one for each worker; it outlives outages where a test of this session asks for some."""
    from vault_binance.errors import VaultBinanceError

    choice = _choice(request.config)
    if choice.missing:
        pytest.fail(f"{choice.missing}\nhint:  mark a test `needs_vault` to have it skipped instead", pytrace=False)
    server = choice.server(durable=any(_outages(item) for item in request.session.items))
    try:
        server.start()
    except VaultBinanceError as error:
        _refuse(error)
    yield server
    server.stop()


@pytest.fixture
def vault_fake(_nobodys_settings: pytest.MonkeyPatch) -> Iterator[FakeVault]:
    """A Vault in memory, fresh for each test, whose time stands still until `advance`."""
    from vault_binance.testing.fake_vault import FakeVault

    with FakeVault() as fake:
        yield fake


@pytest.fixture
def vault_outage(vault_server: Server, _nobodys_settings: pytest.MonkeyPatch) -> VaultOutage:
    """Takes `vault_server` away: `sealed()`, `paused()`, `killed()` for a block, `restart()`."""
    from vault_binance.errors import ConfigError
    from vault_binance.testing.outage import VaultOutage

    try:
        return VaultOutage(vault_server)  # type: ignore[arg-type]  # one that does not outlive it is refused
    except ConfigError as error:
        error.hint = "ask for vault_outage as an argument of the test, so that it is seen before the server starts"
        _refuse(error)


@pytest.fixture
def binance_emulator(_nobodys_settings: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A Binance on the loopback, fresh for each test, and the only one that this package finds in it."""
    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.provisioned import addresses

    with Emulator() as binance:
        for name, url in addresses(binance).items():
            _nobodys_settings.setenv(name, url)
        yield binance


@pytest.fixture
def binance_credential(_provisioned_vault: ProvisionedVault, request: pytest.FixtureRequest) -> StoredCredential:
    """A key at the emulator, stored in Vault; the marker `binance` has its terms."""
    terms = _terms(request)
    return _provisioned_vault.add_credential(
        terms.credential, key_type=terms.key_type, permissions=terms.permissions, ip_list=terms.ip_list
    )


@pytest.fixture
def binance_bot(
    _provisioned_vault: ProvisionedVault,
    binance_credential: StoredCredential,
    request: pytest.FixtureRequest,
    _nobodys_settings: pytest.MonkeyPatch,
) -> ProvisionedBot:
    """A bot that may read that credential; the test's environment is this bot's, with each `new_login()` too."""

    def told(environ: Mapping[str, str]) -> None:
        for name, text in environ.items():
            _nobodys_settings.setenv(name, text)

    return _provisioned_vault.add_bot(_terms(request).bot, binance_credential, told=told)


@pytest.fixture
def _provisioned_vault(vault_server: Server, binance_emulator: Emulator) -> Iterator[ProvisionedVault]:
    from vault_binance.testing.provisioned import ProvisionedVault

    vault = ProvisionedVault(vault_server, binance_emulator)
    yield vault
    vault.close()


@pytest.fixture
def _nobodys_settings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[pytest.MonkeyPatch]:
    """An environment in which no Vault, no login and no key of the developer's is seen; ~/.vault-token is a login."""
    _choice(request.config)  # a server is looked for in the developer's own, where one may be kept
    with pytest.MonkeyPatch.context() as patch:  # and not the test's own, which a test may undo
        for name in [name for name in os.environ if name.startswith(_NOT_THE_BOTS) and name != _WHERE_SERVERS_ARE]:
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        for name in ("NO_PROXY", "no_proxy"):  # a proxy of the developer's would be asked for the emulator
            patch.setenv(name, ",".join(filter(None, [os.environ.get(name), "127.0.0.1", "localhost"])))
        yield patch


def _choice(config: pytest.Config) -> Choice:
    from vault_binance.testing.server_choice import Choice

    if _CHOICE not in config.stash:
        config.stash[_CHOICE] = Choice(config.getoption("--vault"), config.getoption("--vault-image"))
    return config.stash[_CHOICE]


def _outages(item: pytest.Item) -> bool:
    return "vault_outage" in getattr(item, "fixturenames", ())


def _terms(request: pytest.FixtureRequest) -> Terms:
    from vault_binance.errors import ConfigError
    from vault_binance.testing.marker_terms import terms_of

    try:
        return terms_of(request.node.iter_markers("binance"))
    except ConfigError as error:
        _refuse(error)


def _refuse(error: VaultBinanceError) -> NoReturn:
    raise pytest.fail.Exception(f"{error.message}\nhint:  {error.hint}", pytrace=False) from None
