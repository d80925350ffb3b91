"""docs/reference/roles.md is what the contract tests run."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_drawn_from_the_tables():
    drawn = runpy.run_path(str(DOCS / "draw" / "roles.py"))["page"]()
    assert (DOCS / "reference" / "roles.md").read_text() == drawn, "python docs/draw/roles.py > docs/reference/roles.md"
