"""`examples/bot`: a project of somebody else's, which knows our public names and no more."""

from __future__ import annotations

import ast
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PROJECT = Path(__file__).parents[2] / "examples" / "bot"
PUBLIC = {"vault_binance", "vault_binance.testing"}


def test_its_tests_pass_on_the_built_wheel(run):
    run("newest", PROJECT, "-p", "no:asyncio").assert_outcomes(passed=9)


@pytest.mark.parametrize("path", sorted(PROJECT.rglob("*.py")), ids=lambda path: path.name)
def test_it_imports_public_names_alone(path):
    for node in ast.walk(ast.parse(path.read_text())):
        assert not (isinstance(node, ast.Import) and any(name.name.startswith("vault_binance") for name in node.names))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vault_binance"):
            assert node.module in PUBLIC
            assert {name.name for name in node.names} <= set(import_module(node.module).__all__)


def test_it_asks_for_us_by_name_as_a_stranger_does():
    said = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    assert "vault-binance" in said["project"]["dependencies"]
    assert "vault-binance[testing]" in said["dependency-groups"]["tests"]
