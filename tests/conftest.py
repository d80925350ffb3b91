"""Fixtures of every test: a clean environment, and real servers for those that ask.

Rules of the file
- No test sees the caller's Vault settings or home directory; servers are found with the environment the run began with.
- A server is shared by a whole worker: a test makes its own mounts and leaves other things as they were.
- What is missing is skipped or failed in one place, `support.unavailable`.
- Hypothesis searches briefly where a part of the tests is run by hand, and longer in scripts/test (HYPOTHESIS_PROFILE).
"""

from __future__ import annotations

import gc
import sys
from fnmatch import fnmatch
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support import ENVIRONMENT, QUICK, at_home_in, need_docker, unavailable
from vault_binance.errors import ConfigError
from vault_binance.testing.container import VaultContainer
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.server_binary import Binary, find_binary

if TYPE_CHECKING:
    from collections.abc import Iterator

gc.set_threshold(500_000)  # at its usual pace the collector takes a tenth of the unit tier's time

settings.register_profile("quick", max_examples=5, deadline=None)
settings.register_profile("full", max_examples=30, deadline=None)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(ENVIRONMENT.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: the collector need not look at it again, as pytest has it do."""
    gc.freeze()


@pytest.fixture(scope="session")
def homes() -> Iterator[Iterator[Path]]:
    """One new directory after the other, all gone at the end of the run: thousands of tests want one each."""
    with TemporaryDirectory(prefix="homes-") as directory:
        yield (Path(directory, str(number)) for number in count())


@pytest.fixture(autouse=True)
def home(homes: Iterator[Path]) -> Iterator[Path]:
    """An empty home directory, in an environment without the caller's settings."""
    directory = next(homes)
    directory.mkdir()
    with at_home_in(directory):
        yield directory


@pytest.fixture(scope="session")
def vault_binary() -> Binary:
    try:
        return find_binary(ENVIRONMENT)
    except ConfigError as error:
        unavailable(f"{error}: {error.hint}")


@pytest.fixture(scope="module")
def dev_vault(vault_binary: Binary) -> Iterator[DevVault]:
    """One for each module: what its tests leave behind is slow to list."""
    with DevVault(vault_binary, hooks=QUICK) as server:
        yield server


@pytest.fixture(scope="session")
def vault_server(vault_binary: Binary) -> Iterator[DevVault]:
    """As the plugin has it, on the binary that was found before the first test was given a home."""
    with DevVault(vault_binary, hooks=QUICK) as server:
        yield server


@pytest.fixture(scope="session")
def vault_container(request: pytest.FixtureRequest) -> Iterator[VaultContainer]:
    """A dev server in a container, one for each worker; a test that pauses or kills it brings it back."""
    need_docker()
    with VaultContainer(request.getfixturevalue("vault_binary")) as server:
        yield server


MEASURED = (
    "unit/*",
    "component/*",
    "cli/*",
    "contract/test_demo.py",
    "contract/test_dev_server.py",
    "contract/test_emulator*.py",
    "contract/test_fake_answers.py",
    "contract/test_looking_contract.py",
    "contract/test_logins.py",
    "contract/test_operator*.py",
    "contract/test_second_factor_contract.py",
    "contract/test_vault_contract.py",
    "contract/test_wire.py",
    "docs/test_environment.py",
    "kit/*",
    "package/*",
)
"""Where coverage is measured: tests in one process that go ways of their own. The others go the same over and over,
and to measure that doubles their time."""


@pytest.fixture(scope="module", autouse=True)
def _measured(request: pytest.FixtureRequest) -> Iterator[None]:
    coverage = sys.modules.get("coverage")
    measuring = coverage and coverage.Coverage.current()
    here = str(request.path.relative_to(Path(__file__).parent))
    if not measuring or any(fnmatch(here, pattern) for pattern in MEASURED):
        yield
        return
    measuring.stop()
    yield
    measuring.start()


LONGEST = (
    "contract/test_faults",
    "clients/test_clients",
    "contract/test_terraform_apply",
    "kit/test_plugin",
    "cli/test_supervise",
    "howto/test_python_bots",
    "contract/test_forty_teams",
    "contract/test_vault_contract",
    "kit/test_pages",
    "contract/test_doctor",
    "cli/test_watch",
    "howto/test_ci",
    "contract/test_upgrade",
    "cli/test_canary",
    "docs/test_build",
    "kit/test_example",
    "contract/test_escalations",
    "howto/test_docker",
    "howto/test_systemd",
    "howto/test_freqtrade",
    "howto/test_vault_agent",
    "howto/test_quickstart",
    "cli/test_supervise_signals",
    "contract/test_forty_teams_at_work",
    "contract/test_fetcher",
    "howto/test_from_env_file",
    "contract/test_policy_contract",
    "cli/test_profiles",
    "contract/test_demo",
    "howto/test_corporate_ca",
    "kit/test_hooks",
    "cli/test_supervise_file",
    "contract/test_terraform_modules",
)
"""Files of more than ten seconds: those that wait and those that work in turn, so that no core is idle meanwhile."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These first: scripts/test gives each file to one worker, and none is to be left with a long one at the end."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition(".py::")[0].removeprefix("tests/"), len(LONGEST)))
