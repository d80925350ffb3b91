"""docs/reference/doctor.md is what the code says."""

import runpy
from pathlib import Path

from vault_binance.ops.doctor.rules import RULES, SECTIONS

DOCS = Path(__file__).parents[4] / "docs"
DRAWN = runpy.run_path(str(DOCS / "draw" / "doctor.py"))


def test_the_page_is_as_it_would_be_drawn():
    assert (DOCS / "reference" / "doctor.md").read_text() == DRAWN["page"](), (
        "python docs/draw/doctor.py > docs/reference/doctor.md"
    )


def test_no_code_is_in_two_sections():
    assert sum(map(len, SECTIONS.values())) == len(RULES)
