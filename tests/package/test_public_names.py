"""The lists of public names are exact: what a type checker sees, what loads, and what is listed are the same."""

from __future__ import annotations

import ast
from importlib import import_module
from inspect import getdoc
from pathlib import Path

import pytest

FACES = ("vault_binance", "vault_binance.testing")
each_face = pytest.mark.parametrize("face", FACES)


def for_type_checkers(face: str) -> list[str]:
    """The names of ours that a face imports where TYPE_CHECKING is true."""
    path = import_module(face).__file__
    assert path
    blocks = [node for node in ast.parse(Path(path).read_text()).body if isinstance(node, ast.If)]
    return [
        alias.asname or alias.name
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vault_binance.")
        for alias in node.names
    ]


@each_face
def test_what_is_listed_is_what_a_type_checker_sees(face: str) -> None:
    listed = import_module(face).__all__
    assert sorted(set(listed)) == sorted(listed)
    assert sorted(listed) == sorted({*for_type_checkers(face), *({"__version__"} & {*listed})})


@each_face
def test_every_public_name_loads_and_says_what_it_is(face: str) -> None:
    module = import_module(face)
    named = {name: getattr(module, name) for name in module.__all__ if name != "__version__"}
    assert [name for name, value in named.items() if not getdoc(value)] == []


@each_face
def test_a_name_that_is_not_listed_is_not_there(face: str) -> None:
    module = import_module(face)
    assert module._HOMES.keys() == {*module.__all__} - {"__version__"}
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        module.Nothing  # noqa: B018


def test_what_public_errors_derive_from_is_public() -> None:
    """So that whoever catches by a class finds it in the list."""
    from vault_binance import errors

    module = import_module("vault_binance")
    listed = {name for name in module.__all__ if name in vars(errors)}
    bases = {
        base.__name__ for name in listed for base in vars(errors)[name].__mro__ if base.__module__ == errors.__name__
    }
    assert bases <= listed
