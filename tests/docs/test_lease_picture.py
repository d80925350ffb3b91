"""docs/pictures/lease.svg is drawn by the lease machine itself."""

from pathlib import Path
from runpy import run_path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_picture_shows_what_the_machine_does():
    """scripts/pictures draws it anew."""
    assert (DOCS / "pictures" / "lease.svg").read_text() == run_path(str(DOCS / "draw" / "lease.py"))["picture"]()
