"""Every page that is drawn from the code is as it would be drawn now: `scripts/pictures` draws them all."""

from __future__ import annotations

import pytest

from tests.docs.drawing import DOCS, DRAW, drawing
from tests.support import ROOT
from vault_binance import testing
from vault_binance.binance.codes.table import TABLE
from vault_binance.cli.audit import COLUMNS
from vault_binance.layout import POLICIES
from vault_binance.ops.doctor.rules import RULES, SECTIONS
from vault_binance.testing.emulator.endpoints.table import ENDPOINTS

WHOLE = {
    "api": ("api.py", "page"),
    "audit": ("audit.py", "page"),
    "cli": ("cli.py", "page"),
    "codes": ("codes.py", "page"),
    "doctor": ("doctor.py", "page"),
    "environment": ("environment.py", "page"),
    "errors": ("errors.py", "page"),
    "events": ("tables.py", "events"),
    "metrics": ("tables.py", "metrics"),
    "policy-texts": ("policies.py", "page"),
    "roles": ("roles.py", "page"),
    "testing": ("testing.py", "page"),
}
"""Pages by name: the program that draws one, and its function."""

MEASURED = {"faults.py"}
"""What a run on a real Vault has measured cannot be drawn again here."""

PICTURES = {f"{path.stem}.py" for path in (DOCS / "pictures").glob("*.svg")}
"""What draws these is looked at in test_pictures.py."""

TABLES = {"emulator.py", "terraform.py"}
"""Of tables within a page: the emulator's below, the others with what they are of."""

SHARED = {"page.py", "sheet.py"}
"""What drawn pages, and what drawn pictures have in common."""


@pytest.mark.parametrize("page", WHOLE)
def test_a_page_is_as_it_would_be_drawn(page):
    program, function = WHOLE[page]
    drawn = drawing(program)[function]()
    assert (DOCS / "reference" / f"{page}.md").read_text() == drawn, "scripts/pictures"


def test_every_program_that_draws_is_looked_at():
    programs = {path.name for path in DRAW.glob("*.py")}
    assert programs == {program for program, _ in WHOLE.values()} | MEASURED | PICTURES | TABLES | SHARED


def test_every_page_says_where_it_comes_from_and_the_script_draws_it():
    script = (ROOT / "scripts" / "pictures").read_text()
    for page, (program, _) in WHOLE.items():
        assert f"docs/draw/{program}" in (DOCS / "reference" / f"{page}.md").read_text()
        assert program in script or "docs/draw/$page.py" in script


def test_the_tables_of_the_emulator_are_those_of_the_code():
    page = (DOCS / "reference" / "emulator.md").read_text()
    assert drawing("emulator.py")["drawn"](page) == page, "python docs/draw/emulator.py"
    assert not {path for _, path in ENDPOINTS if f"| `{path}` |" not in page}


@pytest.mark.parametrize("name", ["faults", "methods", "endpoints"])
def test_each_table_of_the_emulator_has_its_place(name):
    assert (DOCS / "reference" / "emulator.md").read_text().count(f"<!-- {name} -->\n| ") == 1


def test_no_code_of_binances_is_missing_from_its_page():
    draw = drawing("codes.py")
    assert draw["by_section"]().keys() <= set(draw["SECTIONS"].values())
    page = draw["page"]()
    assert [row for row in TABLE[:-1] if f"`{row.statuses or row.code}` {row.name}" not in page] == []


def test_the_columns_of_the_audit_are_those_that_its_page_explains():
    assert tuple(drawing("audit.py")["COLUMNS"]) == COLUMNS


def test_every_public_name_of_the_kit_is_on_its_page_once():
    assert sorted(name for group in drawing("testing.py")["GROUPS"].values() for name in group) == testing.__all__


def test_no_code_of_doctor_is_in_two_sections():
    assert sum(map(len, SECTIONS.values())) == len(RULES)


def test_every_command_is_on_its_page_with_each_of_its_options():
    import click

    from vault_binance.cli.main import cli

    draw = drawing("cli.py")
    page = (DOCS / "reference" / "cli.md").read_text()
    sections = dict(part.partition("\n")[::2] for part in page.replace("\n### ", "\n## ").split("\n## ")[1:])
    commands = dict(draw["commands"](cli, "vault-binance"))
    assert {context.command_path for context in commands} == sections.keys()
    for context, command in commands.items():
        for option in (one for one in command.params if isinstance(one, click.Option)):
            missing = [
                name
                for name in option.opts
                if f"`{name}" not in sections[context.command_path]
                and f", {name}" not in sections[context.command_path]
            ]
            assert not missing or option.name == "version", f"{context.command_path} {missing}"
            assert option.help, f"{context.command_path} {option.opts}: what is it for?"


def test_every_rule_of_a_role_is_on_the_page_of_policies():
    from vault_binance.layout import Layout
    from vault_binance.ops.policy_texts import render

    page = (DOCS / "reference" / "policy-texts.md").read_text()
    for role in POLICIES:
        rules = [line for line in render(role, Layout()).splitlines() if line.startswith("path ")]
        assert [rule for rule in rules if f"\n{rule}\n" not in page] == []


def test_every_error_has_its_row_and_says_what_its_caller_does():
    draw = drawing("errors.py")
    assert {kind.__name__ for kind in draw["tree"]()} == draw["NEXT"].keys()
    codes = {int(code) for kind in draw["tree"]() for code in draw["code_of"](kind).split(", ")}
    assert codes <= draw["CODES"].keys()
    assert draw["AGAIN"].keys() == {*codes, 12}
