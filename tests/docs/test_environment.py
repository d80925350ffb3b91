"""The table of variables is whole: every name that the code reads is in it, and nothing that nobody reads."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import vault_binance
from tests.docs.environment_reads import reads
from vault_binance import environment
from vault_binance.binance.hosts import OVERRIDES

PACKAGE = Path(vault_binance.__file__).parent


@cache
def found():
    return list(reads(PACKAGE))


MADE_WHILE_IT_RUNS = {
    ("variables.py", "variable(environ, name)"): set(),  # of `given`, whose callers are found themselves
    ("variables.py", "given(environ, suffix)"): set(),
    ("variables.py", "environ.get(name, '')"): set(),
    ("variables.py", "environ.get(f'{name}_FILE', '')"): set(),
    ("config.py", "variable(environ, f'VAULT_BINANCE_{suffix}')"): set(),
    ("config.py", "_own(environ, suffix)"): set(),
    ("config.py", "environ.get(f'{name}_FILE')"): set(),
    ("connect.py", "variable(environ, name)"): set(OVERRIDES.values()),
    ("bot/profiles.py", "variable(environ, OVERRIDES[product])"): set(OVERRIDES.values()),
    ("testing/pytest_plugin.py", "os.environ.get(name)"): {"NO_PROXY", "no_proxy"},
    ("testing/demo_story.py", "os.environ[name]"): {"LANG", "PYTHONPATH"},
    ("testing/demo_story.py", "name in os.environ"): {"LANG", "PYTHONPATH"},
}
"""Reads whose names the syntax does not tell, and the names."""


def read_names() -> set[str]:
    named = {read.name for read in found() if read.name}
    return named.union(*MADE_WHILE_IT_RUNS.values())


def without_files(names: frozenset[str]) -> set[str]:
    return {name for name in names if not (name.endswith("_FILE") and name.removesuffix("_FILE") in names)}


def test_every_variable_that_is_read_is_in_the_table():
    assert sorted(read_names() - environment.names()) == []


def test_every_variable_in_the_table_is_read():
    assert sorted(without_files(environment.names()) - read_names()) == []


def test_every_read_without_a_name_is_known():
    assert {(read.file, read.text) for read in found() if not read.name} == MADE_WHILE_IT_RUNS.keys()


def test_what_may_be_in_a_file_is_what_goes_through_the_one_function_for_it():
    looked_up = {read.name for read in found() if "environ.get(" in read.text or "environ[" in read.text}
    in_file = {name.removesuffix("_FILE") for name in environment.names() if name.endswith("_FILE")}
    assert not looked_up & in_file


def test_no_variable_of_ours_is_written_out_anywhere_that_is_not_in_the_table():
    sources = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    spelled = set(re.findall(r"\b_?VAULT_BINANCE_[A-Z_]*[A-Z]\b", sources))
    assert sorted(spelled - environment.names() - {"VAULT_BINANCE_X"}) == []


def test_a_read_is_found_in_each_of_its_forms(tmp_path):
    package = tmp_path / "a_package"
    package.mkdir()
    (package / "named.py").write_text('HERE = "IN_ANOTHER_MODULE"\n')
    (package / "reading.py").write_text(
        "from a_package.named import HERE\n"
        'THERE = "IN_A_CONSTANT"\n'
        'given(environ, "ADDR"), _own(environ, "BOT"), variable(environ, THERE), os.environ[HERE]\n'
        'self._environ.get("GOT"), ("ASKED" in os.environ), ctx.environ.pop("TAKEN", ""), environ[made()]\n'
    )
    assert {read.name for read in reads(package)} == {
        "BAO_ADDR",
        "VAULT_ADDR",
        "VAULT_BINANCE_BOT",
        "IN_A_CONSTANT",
        "IN_ANOTHER_MODULE",
        "GOT",
        "ASKED",
        "TAKEN",
        "",
    }
