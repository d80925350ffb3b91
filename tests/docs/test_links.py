"""Every link of every page leads somewhere: to a file that is there, and to a heading that is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.pages import anchors, links, pages
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGES = pages()


def astray(page: Path) -> list[str]:
    """The links of a page that lead nowhere; of an address elsewhere only the form is looked at."""
    found = []
    for link in links(page.read_text(encoding="utf-8")):
        parts = urlsplit(link)
        if parts.scheme:
            if parts.scheme not in {"https", "http", "mailto"} or not (parts.netloc or parts.path):
                found.append(link)
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        page_there = target / "README.md" if target.is_dir() else target  # as a directory is shown
        if not target.exists() or (parts.fragment and parts.fragment not in anchors(page_there)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    assert astray(page) == []


def test_the_front_page_leads_to_every_how_to():
    linked = {link.partition("#")[0] for link in links((ROOT / "docs" / "index.md").read_text(encoding="utf-8"))}
    assert {f"howto/{page.name}" for page in (ROOT / "docs" / "howto").glob("*.md")} - linked == set()


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    (tmp_path / "other.md").write_text("# A *heading*, with `code`\n\n## Twice\n\n## Twice\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Here\n\n[a](other.md) [b](other.md#a-heading-with-code) [c](other.md#twice-1) [d](#here) ![e](none.svg)\n"
        '[f](none.md) [g](other.md#no) [h](#nowhere) [i](htp://x.y) [j](https://example.com/a#b) <img src="gone.png">\n'
    )
    assert astray(page) == ["none.svg", "none.md", "other.md#no", "#nowhere", "htp://x.y", "gone.png"]
