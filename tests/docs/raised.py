"""What the code says when it fails: the first words of every error, from its syntax.

Rules of the file
- A text is a template: `…` stands for whatever is put in while the program runs.
- What is for tests and for those who write them is left out: no one on call meets it.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import vault_binance

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(vault_binance.__file__).parent
FOR_TESTS = PACKAGE / "testing"
GAP = "…"
END = "\0"
"""Between two texts, and in none."""


class Raised(NamedTuple):
    """One place where an error is made; `says` is empty where the text comes from elsewhere."""

    kind: str
    says: str
    file: str


@cache
def parsed() -> dict[str, ast.Module]:
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if not path.is_relative_to(FOR_TESTS)]
    return {str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def raised(kinds: set[str]) -> Iterator[Raised]:
    """Every making of an error of one of these classes."""
    for file, tree in parsed().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
                says = template(node.args[0]) if node.args else ""
                yield Raised(node.func.id, says if _has_words(says) else "", file)


def _has_words(says: str) -> bool:
    """More than what holds gaps together."""
    return sum(letter.isalpha() for letter in says) > 5


def returned(file: str) -> list[str]:
    """Texts that functions of a file give back."""
    returns = [node for node in ast.walk(parsed()[file]) if isinstance(node, ast.Return) and node.value]
    return [said for node in returns if node.value and _has_words(said := template(node.value))]


def template(node: ast.expr) -> str:
    """A text with gaps; empty for what is no text where it stands."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
    return ""


@cache
def texts() -> str:
    """All that the code may say, whole texts and parts of them, one behind the other."""
    return END.join({said for tree in parsed().values() for node in ast.walk(tree) if (said := template_of(node))})


def template_of(node: ast.AST) -> str:
    return template(node) if isinstance(node, ast.Constant | ast.JoinedStr) else ""


def constants(*files: str) -> set[str]:
    """Every text that stands in these files, gaps included."""
    return {said for file in files for node in ast.walk(parsed()[file]) if (said := template_of(node))}
