"""What the code says when it fails: the first words of every error, from its syntax.

Rules of the file
- A text is a template: `…` stands for whatever is put in while the program runs.
- What is for tests and for those who write them is left out: no one on call meets it.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import vault_binance
from tests.docs.environment_reads import parsed

PACKAGE = Path(vault_binance.__file__).parent
FOR_TESTS = PACKAGE / "testing"
GAP = "…"
END = "\0"
"""Between two texts, and in none."""


def trees() -> list[ast.Module]:
    return [parsed(path) for path in sorted(PACKAGE.rglob("*.py")) if not path.is_relative_to(FOR_TESTS)]


@cache
def calls() -> dict[str, list[ast.Call]]:
    """Every call by a plain name, by that name."""
    found: dict[str, list[ast.Call]] = {}
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found.setdefault(node.func.id, []).append(node)
    return found


def raised(kind: str) -> list[str]:
    """What is said where an error of this class is made; a text that comes from elsewhere is left out."""
    made = [template(node.args[0]) for node in calls().get(kind, ()) if node.args]
    return [says for says in made if _has_words(says)]


def _has_words(says: str) -> bool:
    """More than what holds gaps together."""
    return sum(letter.isalpha() for letter in says) > 5


def returned(file: str) -> list[str]:
    """Texts that functions of a file give back."""
    returns = [node for node in ast.walk(parsed(PACKAGE / file)) if isinstance(node, ast.Return) and node.value]
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
    return END.join({said for tree in trees() for node in ast.walk(tree) if (said := template_of(node))})


def template_of(node: ast.AST) -> str:
    return template(node) if isinstance(node, ast.Constant | ast.JoinedStr) else ""


def constants(*files: str) -> set[str]:
    """Every text that stands in these files, gaps included."""
    return {said for file in files for node in ast.walk(parsed(PACKAGE / file)) if (said := template_of(node))}
