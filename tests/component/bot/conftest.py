"""What the tests of the lease act on."""

from __future__ import annotations

import pytest

from tests.component.bot.world import World


@pytest.fixture
def world() -> World:
    return World()
