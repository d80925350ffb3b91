"""docs/reference/api.md: every public name, its signature and what is said of it, from the code.

python docs/draw/api.py > docs/reference/api.md
"""

from __future__ import annotations

import ast
import inspect
import sys
from enum import Enum
from importlib import import_module
from textwrap import dedent
from typing import TYPE_CHECKING

from page import for_readers, table

from vault_binance.errors import VaultBinanceError

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = {
    "vault_binance": "For a bot, and for whoever signs. Each name loads what it needs when it is first used.",
    "vault_binance.testing": "For tests of your own, whatever runs them; pytest has the fixtures by itself.",
}

SHOWN = ("__enter__", "__aenter__", "__call__")
"""Of the names between underscores those that a reader uses without writing them."""


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def said(node: ast.AST | None) -> str:
    text = ast.get_docstring(node) if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else ""
    return for_readers(text or "")


def parsed(thing: object) -> ast.stmt:
    (node,) = ast.parse(dedent(inspect.getsource(thing))).body  # type: ignore[arg-type]  # a class or function
    return node


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> str:
    """As it is called: without self, and without what it returns where that is nothing."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if positional and positional[0].arg in {"self", "cls"}:
        (arguments.posonlyargs or arguments.args).pop(0)
    back = f" -> {ast.unparse(node.returns)}" if node.returns and ast.unparse(node.returns) != "None" else ""
    return f"{name}({ast.unparse(arguments)}){back}"


def classes(kind: type) -> list[ast.ClassDef]:
    """Its own, and those of ours that it is made of, nearest first."""
    ours = [one for one in kind.__mro__ if one.__module__.startswith("vault_binance")]
    return [node for one in ours if isinstance(node := parsed(one), ast.ClassDef)]


def members(kind: type) -> Iterator[tuple[str, str]]:
    """What there is to use of an object, and what is said of it; a name that comes twice is told once, the nearest."""
    seen: set[str] = set()
    for body in classes(kind):
        for position, node in enumerate(body.body):
            name, shown = member(node)
            says = said(node) or attribute_said(body.body, position)
            if not shown or name in seen or (name.startswith("_") and name not in SHOWN):
                continue
            if says.startswith("See ") or (isinstance(node, ast.Assign | ast.AnnAssign) and not says and given(node)):
                continue  # told where it leads to; and a field is in the signature
            seen.add(name)
            yield shown, says


def member(node: ast.stmt) -> tuple[str, str]:
    """Its name, and how it is written; nothing for what is no member."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, f"{node.target.id}: {ast.unparse(node.annotation)}"
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, ast.unparse(node)
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return "", ""
    marks = {ast.unparse(mark) for mark in node.decorator_list}
    if "property" in marks:
        return node.name, f"{node.name}: {ast.unparse(node.returns)}" if node.returns else node.name
    if node.name in {"__enter__", "__aenter__"}:
        return node.name, "async with" if node.name == "__aenter__" else "with"
    return node.name, ("await " if isinstance(node, ast.AsyncFunctionDef) else "") + signature(node, node.name)


def default(value: ast.expr | None) -> str:
    """What a field is where nothing is given for it, as it would be in a signature."""
    if not isinstance(value, ast.Call) or ast.unparse(value.func) != "field":
        return f" = {ast.unparse(value)}" if value else ""
    told = {one.arg: ast.unparse(one.value) for one in value.keywords}
    return (
        f" = {told['default']}"
        if "default" in told
        else f" = {told['default_factory']}()"
        if "default_factory" in told
        else ""
    )


def given(field: ast.Assign | ast.AnnAssign) -> bool:
    """Whether it is an argument; some fields are worked out."""
    return "init=False" not in (ast.unparse(field.value) if field.value else "")


def attribute_said(body: list[ast.stmt], position: int) -> str:
    after = body[position + 1] if position + 1 < len(body) else None
    if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
        return for_readers(after.value.value)
    return ""


def made(kind: type, name: str) -> tuple[str, str]:
    """How one is made, and what is said of that."""
    for body in classes(kind):
        for node in body.body:
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                return signature(node, name), said(node)
    fields = [one for body in classes(kind) for one in body.body if isinstance(one, ast.AnnAssign) and given(one)]
    if fields and hasattr(kind, "__dataclass_fields__"):
        return f"{name}({', '.join(member(field)[1] + default(field.value) for field in fields)})", ""
    return name, ""


def enum(kind: type[Enum]) -> str:
    body = classes(kind)[0].body
    spoken = {member(node)[0]: attribute_said(body, position) for position, node in enumerate(body)}
    return table(
        ("member", "value", "says"), *((f"`{one.name}`", f"`{one.value}`", cell(spoken[one.name])) for one in kind)
    )


def entry(name: str, thing: object) -> str:
    if isinstance(thing, str):
        return f"### `{name}`\n\nText: the version of this package."
    if not isinstance(thing, type):
        node = parsed(thing)
        marks = [ast.unparse(mark) for mark in getattr(node, "decorator_list", ())]
        use = "A context manager. " if any("contextmanager" in mark for mark in marks) else ""
        shown = signature(node, name) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else name
        return f"### {name}\n\n`{shown}`\n\n{use}{said(node)}"
    if issubclass(thing, VaultBinanceError):
        return ""
    if issubclass(thing, Enum):
        return "\n\n".join(part for part in (f"### {name}", said(classes(thing)[0]), enum(thing)) if part)
    shown, of_making = made(thing, name)
    rows = [(f"`{cell(spelled)}`", cell(says) or "-") for spelled, says in members(thing)]
    parts = [
        f"### {name}",
        f"`{shown}`",
        said(classes(thing)[0]),
        of_making,
        table(("member", "says"), *rows) if rows else "",
    ]
    return "\n\n".join(part for part in parts if part)


def module(name: str, says: str) -> str:
    home = import_module(name)
    things = {public: getattr(home, public) for public in getattr(home, "__all__", ())}
    failures = [
        one for one, thing in things.items() if isinstance(thing, type) and issubclass(thing, VaultBinanceError)
    ]
    entries = [entry(one, thing) for one, thing in things.items() if one not in failures]
    links = ", ".join(f"[`{one}`](errors.md#{one.lower()})" for one in failures)
    errors = f"Errors: {links}." if links else ""
    return "\n\n".join(part for part in (f"## {name}", says, errors, *entries) if part)


def page() -> str:
    modules = [module(name, says) for name, says in MODULES.items() if hasattr(import_module(name), "__all__")]
    return f"""# Public names

Only what stands here is promised: a change of it is a new version and stands in the changelog; everything else of the
package may change at any time. All is typed. Signatures are as they stand in the code.

{(chr(10) * 2).join(modules)}

Drawn from the code by docs/draw/api.py.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
