"""The programs of docs/draw, for the tests of what they draw."""

from __future__ import annotations

from functools import cache
from runpy import run_path
from typing import Any

import pytest

from tests.support import ROOT

DOCS = ROOT / "docs"
DRAW = DOCS / "draw"


@cache
def drawing(program: str) -> dict[str, Any]:
    """What a program has, by its names; nothing is drawn yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DRAW)
        return run_path(str(DRAW / program))
