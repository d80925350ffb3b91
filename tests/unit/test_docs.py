"""The examples on the pages: whoever copies one gets a program, with names that are there."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

EXAMPLES = [
    pytest.param(text, id=f"{page.name}-{number}")
    for page in PAGES
    for number, (language, text) in enumerate(BLOCK.findall(page.read_text()))
    if language == "python"
]


def imported(text):
    """Module and name of everything that an example imports from us."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "vault_binance":
            yield from ((node.module, alias.name) for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.startswith("vault_binance"))


def test_every_page_with_an_example_is_found():
    assert {example.id.partition("-")[0] for example in EXAMPLES} >= {"README.md", "lease.md", "events.md"}


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_a_program(text):
    compile(text, "an example", "exec", dont_inherit=True)


@pytest.mark.parametrize("text", EXAMPLES)
def test_what_an_example_imports_is_there(text):
    names = list(imported(text))
    assert names, "an example shows where its names come from"
    missing = [(module, name) for module, name in names if name and not hasattr(import_module(module), name)]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_to_a_file(page):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
