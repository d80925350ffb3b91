"""`explain`: a code of Binance's at a terminal, with no Vault, no settings and no network."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY
from tests.support import ROOT
from vault_binance.binance.codes.table import TABLE

if TYPE_CHECKING:
    from tests.cli.conftest import Command

EXPLAINED = """\
code             -1003  TOO_MANY_REQUESTS
product          all
meaning          too many requests from this address
likely           - polling where a stream would do
                 - several bots behind one address
                 - a ban, after earlier answers of 429
to do            limits are counted per address: every bot behind this one shares them. \
Asking before then makes it worse
try again?       yes, after the wait that is told; asking earlier makes it longer
did it happen?   no: it was refused
"""


def rows(command: Command, *arguments: str) -> list[dict[str, object]]:
    ran = command("explain", *arguments, "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    found: list[dict[str, object]] = json.loads(ran.out)
    return found


def test_a_code_is_told_in_full(command: Command) -> None:
    ran = command("explain", "-1003")
    assert (ran.code, ran.err, ran.out) == (0, "", EXPLAINED)


@pytest.mark.parametrize("typed", ["-2015", "2015", "REJECTED_MBX_KEY", "rejected_mbx_key"])
def test_a_code_is_understood_as_it_is_typed(command: Command, typed: str) -> None:
    found = rows(command, typed)
    assert {row["code"] for row in found} == {"-2015"}
    assert [row["products"] for row in found] == [["spot", "sapi"], ["usds-futures", "coin-futures"]]


@pytest.mark.parametrize("typed", [("--", "-2015"), ("--format", "json", "-2015"), ("-2015", "--product", "spot")])
def test_a_minus_sign_makes_no_option_of_a_code(command: Command, typed: tuple[str, ...]) -> None:
    ran = command("explain", *typed)
    assert (ran.code, ran.err) == (0, "")
    assert "-2015" in ran.out


def test_the_ambiguous_code_says_that_it_is(command: Command) -> None:
    out = command("explain", "-2015").out
    assert "cannot be told apart" in out
    assert "no proof" in out
    assert "delete the key" not in out


@pytest.mark.parametrize(
    ("product", "products"),
    [
        ("spot", ["spot"]),
        ("sapi", ["sapi"]),
        ("futures", ["usds-futures", "coin-futures"]),
        ("usds-futures", ["usds-futures"]),
    ],
)
def test_one_product_may_be_asked_for(command: Command, product: str, products: list[str]) -> None:
    assert [row["products"] for row in rows(command, "-2015", "--product", product)] == [products]


def test_all_meanings_of_a_number_are_shown_each_with_its_product(command: Command) -> None:
    out = command("explain", "-2021").out
    assert out.count("code  ") == 2
    assert out.index("product          spot\n") < out.index("product          usds-futures, coin-futures\n")


def test_several_codes_are_told_one_after_the_other(command: Command) -> None:
    assert [row["code"] for row in rows(command, "-1021", "451")] == ["-1021", "451"]


@pytest.mark.parametrize("status", ["301", "403", "409", "410", "418", "429", "451", "500", "503"])
def test_a_status_has_one_meaning(command: Command, status: str) -> None:
    (row,) = rows(command, status)
    assert row["products"] == ["spot", "sapi", "usds-futures", "coin-futures"]


def test_what_may_have_happened_is_told_to_machines_too(command: Command) -> None:
    told = {code: rows(command, code)[0] for code in ("-1007", "409", "-1121", "-1003")}
    assert {code: (row["transient"], row["outcome_unknown"]) for code, row in told.items()} == {
        "-1007": (True, True),
        "409": (False, True),
        "-1121": (False, False),
        "-1003": (True, False),
    }


def test_without_a_code_the_table_is_listed(command: Command) -> None:
    out = command("explain").out
    head, *lines = out.splitlines()
    assert head.split() == ["CODE", "PRODUCT", "TRANSIENT", "MEANING"]
    assert len(lines) == len(TABLE) - 1
    assert {line.split()[0] for line in lines} == {row.statuses or str(row.code) for row in TABLE[:-1]}
    assert max(map(len, out.splitlines())) <= 130


def test_the_list_of_a_product_leaves_the_others_out(command: Command) -> None:
    out = command("explain", "--product", "sapi").out
    assert "-3022" in out
    assert "-4061" not in out
    assert "futures" not in out.replace("futures account", "")


def test_a_field_is_printed_raw(command: Command) -> None:
    assert command("explain", "451", "--field", "meaning").out == "Binance does not serve this location\n"
    assert command("explain", "451", "--field", "nothing").code == 10


@pytest.mark.parametrize(
    ("typed", "error", "hint"),
    [
        (("-9999",), "no meaning of -9999 is known", "-9000"),
        (("-1023", "--product", "spot"), "no meaning of -1023 is known for spot", "usds-futures, coin-futures"),
        (("-4061", "--product", "sapi"), "no meaning of -4061 is known for sapi", "leave --product out"),
        (("200",), "no meaning of 200 is known", "vault-binance explain"),
        (("0",), "no meaning of 0 is known", "-1000, -1001, -1002"),
        (("nonsense",), "'nonsense' is neither a code", "such as -2015"),
        (("4.5",), "'4.5' is neither a code", "such as -2015"),
        (("",), "'' is neither a code", "such as -2015"),
        (("9" * 5000,), "this is neither a code", "such as -2015"),
        (("\x1b[2J",), "'\\x1b[2J' is neither a code", "such as -2015"),
        (("-2015", "foo"), "'foo' is neither a code", "such as -2015"),
    ],
)
def test_a_code_that_has_no_meaning_is_refused(command: Command, typed: tuple[str, ...], error: str, hint: str) -> None:
    ran = command("explain", *typed)
    assert (ran.code, ran.out) == (10, "")
    assert ran.error.startswith(error)
    assert hint in ran.hint


@pytest.mark.parametrize("typed", [API_KEY, f"-----BEGIN {API_KEY}"])
def test_what_was_pasted_by_mistake_is_not_quoted(command: Command, typed: str) -> None:
    ran = command("explain", typed)
    assert ran.code == 10
    assert API_KEY[:10] not in ran.err


@pytest.mark.parametrize("typed", [("--products", "futures"), ("-x",), ("-2015", "--verbose")])
def test_an_option_that_is_none_is_told_as_one(command: Command, typed: tuple[str, ...]) -> None:
    ran = command("explain", *typed)
    assert (ran.code, ran.out) == (2, "")
    assert "no such option" in ran.error.lower()


def test_it_needs_no_settings_and_no_http_library() -> None:
    probe = (
        "import sys; from vault_binance.cli.main import run; code = run(['explain', '-2015']);"
        "heavy = {'hvac', 'httpx', 'requests', 'cryptography', 'rich', 'asyncio', 'ssl'} & set(sys.modules);"
        "sys.exit(code or bool(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), "VAULT_ADDR": "not an address", "VAULT_BINANCE_INSTANCE_FILE": "/nowhere"},
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
