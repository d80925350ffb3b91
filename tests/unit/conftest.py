"""How long Hypothesis searches: briefly in the unit tier alone, longer in scripts/test, as HYPOTHESIS_PROFILE says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.conftest import SCRUBBED
from tests.support import ENVIRONMENT
from vault_binance.testing.server_binary import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

settings.register_profile("quick", max_examples=10, deadline=None)
settings.register_profile("full", max_examples=100, deadline=None)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(ENVIRONMENT.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As everywhere, but made once: no unit test writes there, and there are thousands of them."""
    directory = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(SCRUBBED) and name != VARIABLE]:
            patch.delenv(name)
        patch.setenv("HOME", str(directory))
        yield directory
    assert not list(directory.iterdir())
