"""docs/reference/emulator.md: its tables are those of the code."""

import runpy
from pathlib import Path

import pytest

from vault_binance.testing.emulator.endpoints.table import ENDPOINTS

DOCS = Path(__file__).parents[3] / "docs"
DRAWING = runpy.run_path(str(DOCS / "draw" / "emulator.py"))


def test_the_tables_are_those_of_the_code():
    page = (DOCS / "reference" / "emulator.md").read_text()
    assert DRAWING["drawn"](page) == page, "python docs/draw/emulator.py"


def test_every_endpoint_is_on_the_page():
    page = (DOCS / "reference" / "emulator.md").read_text()
    assert not {path for _, path in ENDPOINTS if f"| `{path}` |" not in page}


@pytest.mark.parametrize("name", ["faults", "methods", "endpoints"])
def test_each_table_has_its_place(name):
    assert (DOCS / "reference" / "emulator.md").read_text().count(f"<!-- {name} -->\n| ") == 1
