"""What every unit test stands in: one empty home directory, for not one of them writes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import at_home_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """As everywhere, but made once: there are thousands of them."""
    with at_home_in(tmp_path_factory.mktemp("home")) as directory:
        yield directory
    assert not list(directory.iterdir())
