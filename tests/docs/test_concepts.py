"""What the pages about concepts and the design say of the code and of its tests."""

from __future__ import annotations

import ast
import re
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, get_args

import pytest

from tests.support import ROOT
from vault_binance import lease
from vault_binance.layout import OPERATOR_ROLES, POLICIES, Layout
from vault_binance.lease_values import Action

if TYPE_CHECKING:
    from collections.abc import Callable

CONCEPTS = ROOT / "docs" / "concepts"
TESTS = ROOT / "tests"
CITED = re.findall(r"`(test_\w+\.py)::(\w+)`", (CONCEPTS / "threat-model.md").read_text(encoding="utf-8"))


@cache
def named_in(file: str) -> frozenset[str]:
    """The names of the tests in all files of that name."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in TESTS.rglob(file)]
    return frozenset(
        node.name
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@pytest.mark.parametrize(("file", "name"), CITED)
def test_a_test_that_the_threat_model_cites_is_there(file: str, name: str) -> None:
    assert name in named_in(file)


def test_every_protection_in_the_threat_model_names_what_shows_it() -> None:
    text = (CONCEPTS / "threat-model.md").read_text(encoding="utf-8")
    protections = text.partition("## What is protected")[2].partition("## What is not protected")[0]
    each = re.split(r"^- ", protections, flags=re.MULTILINE)[1:]
    assert len(each) > 15
    assert [one for one in each if "::" not in one.partition("Shown by")[2]] == []


def test_the_names_of_an_instance_are_those_of_the_code() -> None:
    text = (CONCEPTS / "instances.md").read_text(encoding="utf-8")
    table = text.partition("<!-- names -->")[2].partition("<!-- end -->")[0]
    of = Layout()
    assert re.findall("`(.+?)`", table) == [
        f"{of.kv_mount}/",
        of.shown_path("market-maker"),
        f"{of.kv_mount}/{of.pending('market-maker')}",
        f"{of.kv_mount}/{of.report('mm-1')}",
        f"{of.transit_mount}/",
        f"{of.approle_mount}/",
        f"{of.cert_mount}/",
        of.entity("mm-1"),
        *(of.policy(role) for role in POLICIES),
        *(of.group(role) for role in OPERATOR_ROLES),
        of.enforcement,
    ]


def test_every_role_has_its_row_and_the_bots_come_first() -> None:
    text = (CONCEPTS / "who-may-do-what.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \| ", text, re.MULTILINE)) == POLICIES


@pytest.mark.parametrize("function", [lease.plan, lease.advance])
def test_the_design_calls_the_lease_machine_as_it_is_called(function: Callable[..., object]) -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    assert f"| `{function.__name__}({', '.join(signature(function).parameters)})` |" in text


def test_the_design_names_every_action_of_the_lease_machine() -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("| `plan(")]
    assert set(re.findall(r"`([A-Z]\w+)`", row)) == {action.__name__ for action in get_args(Action)}
