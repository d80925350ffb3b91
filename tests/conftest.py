"""Fixtures of every test: a clean environment, and real servers for those that ask.

Rules of the file
- No test sees the caller's Vault settings or home directory; servers are found with the environment the run began with.
- A server is shared by a whole worker: a test makes its own mounts and leaves other things as they were.
- What is missing is skipped or failed in one place, `support.unavailable`.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.support import ENVIRONMENT, unavailable
from vault_binance.errors import ConfigError
from vault_binance.testing.container import VaultContainer, docker_unreachable
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.server_binary import VARIABLE, Binary, find_binary

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRUBBED = ("VAULT_", "BAO_")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home directory, in an environment without VAULT_*, BAO_* and VAULT_BINANCE_*."""
    for name in [name for name in os.environ if name.startswith(SCRUBBED) and name != VARIABLE]:
        monkeypatch.delenv(name)
    with TemporaryDirectory(prefix="home-") as directory:
        monkeypatch.setenv("HOME", directory)
        yield Path(directory)


@pytest.fixture(scope="session")
def vault_binary() -> Binary:
    try:
        return find_binary(ENVIRONMENT)
    except ConfigError as error:
        unavailable(f"{error}: {error.hint}")


@pytest.fixture(scope="session")
def dev_vault(vault_binary: Binary) -> Iterator[DevVault]:
    """A dev server with an audit log, one for each worker."""
    with DevVault(vault_binary, audit_log=True) as server:
        yield server


@pytest.fixture(scope="session")
def vault_container(request: pytest.FixtureRequest) -> Iterator[VaultContainer]:
    """A dev server in a container, one for each worker; a test that pauses or kills it brings it back."""
    if reason := docker_unreachable():
        unavailable(f"no container engine (scripts/docker-up may start one): {reason}")
    with VaultContainer(request.getfixturevalue("vault_binary")) as server:
        yield server
