"""Which variables of the environment the code reads: from its syntax, so that a new one cannot be forgotten.

Rules of the file
- What is read is a call of `vault_binance.variables`, or a key looked up in something called environ.
- A name that is no text where it is read is looked for among the constants of its module and of those that it imports;
  one that is made while the program runs is reported as unresolved, with its place.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OURS = {"_own", "_secret"}
VAULTS = {"given", "vault_variable"}
AS_A_WHOLE = {"variable"}


class Read(NamedTuple):
    """One place where a variable is read; `name` is empty where the syntax does not tell it."""

    name: str
    file: str
    text: str


def reads(root: Path) -> Iterator[Read]:
    """Every read below a package's directory."""
    for path in sorted(root.rglob("*.py")):
        tree = parsed(path)
        constants = _constants(tree, root)
        for node in ast.walk(tree):
            for prefixes, key in _looked_up(node):
                for prefix in prefixes:
                    name = _named(key, constants)
                    yield Read(prefix + name if name else "", str(path.relative_to(root)), ast.unparse(node))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _looked_up(node: ast.AST) -> Iterator[tuple[tuple[str, ...], ast.expr]]:
    """The prefixes that a name gets there, and the expression that names it."""
    if isinstance(node, ast.Call):
        called = node.func.id if isinstance(node.func, ast.Name) and node.args and _environ(node.args[0]) else ""
        if called in OURS:
            yield ("VAULT_BINANCE_",), node.args[1]
        elif called in VAULTS:
            yield ("BAO_", "VAULT_"), node.args[1]
        elif called in AS_A_WHOLE:
            yield ("",), node.args[1]
        elif isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "pop"} and _environ(node.func.value):
            yield ("",), node.args[0]
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _environ(node.value):
        yield ("",), node.slice
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In) and _environ(node.comparators[0]):
        yield ("",), node.left


def _environ(node: ast.expr) -> bool:
    return ast.unparse(node).rpartition(".")[2] in {"environ", "_environ"}


def _named(key: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(key, ast.Constant):
        return str(key.value)
    return constants.get(key.id, "") if isinstance(key, ast.Name) else ""


def _constants(tree: ast.Module, root: Path, *, follow: bool = True) -> dict[str, str]:
    """Texts of a module by their names, those that it imports from its own package included."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
        if follow and isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{root.name}."):
            file = root.joinpath(*str(node.module).split(".")[1:]).with_suffix(".py")
            if file.is_file():
                theirs = _constants(parsed(file), root, follow=False)
                found |= {one.asname or one.name: theirs[one.name] for one in node.names if one.name in theirs}
    return found
