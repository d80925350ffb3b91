"""What the tests share that is not a fixture."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

ENVIRONMENT = dict(os.environ)
"""As the run began: where the caller's cache, Go and container engine are. Every test sees a scrubbed one instead."""

UNREAD = {"type": "file", "options": {"file_path": "discard", "log_raw": "true"}}
"""An audit device whose log nobody reads: to hash what is in it would be half of the server's work."""


def unavailable(reason: str) -> NoReturn:
    """Skip what needs something this machine has not; in CI fail, for there a tier left out would pass as green."""
    if ENVIRONMENT.get("CI") == "true":
        pytest.fail(f"not available, and CI may leave nothing out: {reason}", pytrace=False)
    pytest.skip(reason)
