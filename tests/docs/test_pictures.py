"""Pictures are drawn by programs, and the committed ones are as these draw them now."""

from __future__ import annotations

import re

import pytest

from tests.docs.drawing import DOCS, drawing
from tests.support import ROOT

PICTURES = sorted(path.stem for path in (DOCS / "pictures").glob("*.svg"))
OF_A_RUN = {"demo"}
"""Drawn from a run of the demo, in which ids and times differ."""


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in OF_A_RUN])
def test_a_picture_is_as_it_would_be_drawn_now(name: str) -> None:
    drawn = drawing(f"{name}.py")["picture"]()
    assert (DOCS / "pictures" / f"{name}.svg").read_text(encoding="utf-8") == drawn


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_brings_its_own_ground_for_light_pages_and_dark(name: str) -> None:
    text = (DOCS / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
    (width, height) = map(float, re.findall(r'viewBox="0 0 (\S+) (\S+)"', text)[0])
    filled = re.findall(r"<rect [^>]*fill[:=][^>]*>", text)
    sizes = [[float(size) for size in re.findall(r' (?:width|height)="([\d.]+)"', rect)] for rect in filled]
    assert any(size[0] > 0.99 * width and size[1] > 0.99 * height for size in sizes)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_on_a_page(name: str) -> None:
    pages = [ROOT / "README.md", *DOCS.rglob("*.md")]
    assert any(f"pictures/{name}.svg" in page.read_text(encoding="utf-8") for page in pages)
