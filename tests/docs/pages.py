"""The pages, and what stands in them: fenced blocks, links and anchors, as a Markdown parser sees them."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt

from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token


PATTERNS = (
    "PACKAGE.md",
    "README.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/**/*.md",
    "terraform/**/README.md",
    "examples/**/README.md",
    "tools/**/README.md",
)

UNCHECKED = re.compile(r"<!-- unchecked: (.+?) -->\s*$")
"""Right before a block: why nothing in it can be checked."""


class Block(NamedTuple):
    """A code block; `reason` is why it is not checked, where the page says so. An indented one has no language."""

    page: Path
    line: int
    language: str
    text: str
    reason: str = ""

    @property
    def place(self) -> str:
        where = self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page.name
        return f"{where}:{self.line}"


def pages() -> list[Path]:
    found = {path for pattern in PATTERNS for path in ROOT.glob(pattern)}
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(ROOT).parts))


@cache
def tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    for token in tokens(text):
        if token.type in {"fence", "code_block"}:
            assert token.map is not None
            start = token.map[0]
            before = "\n".join(lines[max(0, start - 3) : start]).strip()
            reason = UNCHECKED.search(before)
            yield Block(page, start + 1, token.info.strip(), token.content, reason[1] if reason else "")


def texts(page: Path, language: str) -> list[str]:
    """What stands in the blocks of one language."""
    return [block.text for block in blocks(page) if block.language == language]


def inline(text: str) -> Iterator[Token]:
    for token in tokens(text):
        yield from token.children or ()


def links(text: str) -> Iterator[str]:
    """Where links and pictures lead, HTML's too."""
    for token in inline(text):
        target = token.attrGet("href") if token.type == "link_open" else token.attrGet("src")
        if target:
            yield str(target)
    for token in [*tokens(text), *inline(text)]:
        if token.type in {"html_block", "html_inline"}:
            yield from re.findall(r'(?:href|src)="([^"]+)"', token.content)


def codes(text: str) -> Iterator[str]:
    """What stands between backticks in running text."""
    return (token.content for token in inline(text) if token.type == "code_inline")


@cache
def anchors(page: Path) -> frozenset[str]:
    """Of the headings, as GitHub and Sphinx make them, and those that are written out."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r'<a (?:id|name)="([^"]+)"', text) + re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE)
    parsed = tokens(text)
    for opening, content in pairwise(parsed):
        if opening.type == "heading_open":
            shown = "".join(child.content for child in content.children or () if child.type in {"text", "code_inline"})
            slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
            again = found.count(slug)
            found.append(f"{slug}-{again}" if again else slug)
    return frozenset(found)
