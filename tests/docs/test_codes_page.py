"""docs/reference/codes.md is drawn from the table of codes."""

import runpy
from pathlib import Path

from vault_binance.binance.codes.table import TABLE

DOCS = Path(__file__).parents[2] / "docs"
DRAWN = runpy.run_path(str(DOCS / "draw" / "codes.py"))


def test_the_page_is_drawn_from_the_table():
    assert (DOCS / "reference" / "codes.md").read_text() == DRAWN["page"](), (
        "python docs/draw/codes.py > docs/reference/codes.md"
    )


def test_no_code_is_missing_from_the_page():
    assert DRAWN["by_section"]().keys() <= set(DRAWN["SECTIONS"].values())
    page = DRAWN["page"]()
    for row in TABLE[:-1]:
        assert f"`{row.statuses or row.code}` {row.name}" in page
