"""Tables, JSON, YAML and single fields: the same rows, whatever is in them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.stage import API_KEY, Spawn
from tests.cli.terminal import on_a_terminal
from vault_binance.cli import output
from vault_binance.cli.output import lifetime, span

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Stage

ESCAPE = "\x1b["

letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.none() | st.booleans() | st.integers() | letters
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(letters | st.just("no"), inner, max_size=3),
    max_leaves=8,
)


def parsed_yaml(text: str) -> Any:
    """The YAML that we write and no other: blocks by indentation, every scalar in JSON's spelling."""
    lines = [(len(line) - len(line.lstrip(" ")), line.lstrip(" ")) for line in text.split("\n")]
    value, rest = _block(lines, lines[0][0])
    assert not rest
    return value


_NAME = re.compile(r'("(?:[^"\\]|\\.)*"|[a-z][a-z0-9_]*):(?: (.+))?')


def _block(lines: list[tuple[int, str]], indent: int) -> tuple[Any, list[tuple[int, str]]]:
    if lines[0][1].startswith("- "):
        items = []
        while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
            item, lines = _block([(indent + 2, lines[0][1][2:]), *lines[1:]], indent + 2)
            items.append(item)
        return items, lines
    if not _NAME.fullmatch(lines[0][1]):
        return _scalar(lines[0][1]), lines[1:]
    mapping = {}
    while lines and lines[0][0] == indent and (match := _NAME.fullmatch(lines[0][1])):
        name = match[1] if match[1][0] != '"' else _scalar(match[1])
        if match[2]:
            mapping[name], lines = _scalar(match[2]), lines[1:]
        else:
            mapping[name], lines = _block(lines[1:], lines[1][0])
    return mapping, lines


def _scalar(text: str) -> Any:
    assert not re.search(r"\\u[dD][89abAB]", text.replace("\\\\", "")), "YAML has no pairs of surrogates"
    return json.loads(re.sub(r"(?<!\\)((?:\\\\)*)\\U([0-9a-f]{8})", lambda m: m[1] + chr(int(m[2], 16)), text))


@given(values)
def test_yaml_parses_back(value: object) -> None:
    assert parsed_yaml("\n".join(output._yaml(value))) == value


@given(st.lists(st.fixed_dictionaries({"name": letters, "note": scalars, "read_by": st.lists(letters)}), min_size=1))
def test_a_table_has_a_line_for_each_row(rows: list[dict[str, object]]) -> None:
    import io
    from contextlib import redirect_stdout

    with redirect_stdout(io.StringIO()) as stream:
        output.show_rows(rows, "table")
    lines = stream.getvalue().split("\n")
    assert len(lines) == len(rows) + 2
    assert all(line.isprintable() for line in lines)


HOSTILE = {"name": "a", "owner": f"x{ESCAPE}31m\nversion   9", "empty": "", "list": [], "yes": True, "none": None}


def test_what_others_wrote_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_one(HOSTILE, "table")
    shown = capsys.readouterr().out
    assert shown.splitlines() == [
        "name    a",
        "owner   x\\x1b[31m",
        "        version   9",
        "empty   -",
        "list    -",
        "yes     yes",
        "none    -",
    ]
    output.show_rows([HOSTILE], "table")
    assert "x\\x1b[31m\\nversion   9" in capsys.readouterr().out
    output.note(HOSTILE["owner"])
    output.warning(HOSTILE["owner"])
    assert capsys.readouterr().err == "".join(f"{word}x\\x1b[31m\\nversion   9\n" for word in ("note:  ", "warning: "))


@pytest.mark.parametrize(("field", "raw"), [("owner", HOSTILE["owner"]), ("empty", ""), ("list", ""), ("none", "")])
def test_a_field_is_raw(capsys: pytest.CaptureFixture[str], field: str, raw: str) -> None:
    output.show_one(HOSTILE, "table", field)
    assert capsys.readouterr().out == raw
    output.show_rows([HOSTILE], "table", field)
    assert capsys.readouterr().out == f"{raw}\n"


def test_metadata_of_others_is_no_field_of_ours(command: Command, stage: Stage) -> None:
    with stage.operator() as vault:
        vault.merge_custom_metadata("binance", "credentials/market-maker", {"version": "9", "no": "yes", "a: b": "c"})
    shown = command("key", "show", "market-maker", "--format", "yaml", environ=stage.environ).out
    assert parsed_yaml(shown.rstrip("\n"))["version"] == 1
    assert '"no": "yes"' in shown


FORMATTED = [
    ("setup",),
    ("status",),
    ("key", "list"),
    ("key", "show", "market-maker"),
    ("key", "history", "market-maker"),
    ("bot", "list"),
    ("policy", "list"),
    ("fetch", "market-maker"),
    ("verify", "market-maker"),
    ("bot", "revoke", "mm-2"),
    ("bot", "remove", "mm-4", "--yes"),
]


@pytest.mark.parametrize("line", FORMATTED, ids=" ".join)
def test_json_and_yaml_say_the_same(command: Command, stage: Stage, line: tuple[str, ...]) -> None:
    if line[1:2] in {("revoke",), ("remove",)}:
        stage.add_bot(line[2], "market-maker")
    from_json = command(*line, "--format", "json", environ=stage.environ)
    from_yaml = command(*line, "--format", "yaml", environ=stage.environ)
    assert (from_json.code, from_yaml.code) == (0, 0)
    assert from_json.out.endswith("\n")
    had, wanted = json.loads(from_json.out), parsed_yaml(from_yaml.out.rstrip("\n"))
    varying = {"ends_in", "age", "token", "checked_at", "skew_ms"}
    rows = [had] if isinstance(had, dict) else had
    others = [wanted] if isinstance(wanted, dict) else wanted
    for row, other in zip(rows, others, strict=True):
        assert {name: row[name] for name in row.keys() - varying} == {
            name: other[name] for name in row.keys() - varying
        }
        assert list(row) == list(other)


def test_empty_lists_are_lists(command: Command, stage: Stage) -> None:
    for line in (("key", "list"), ("bot", "list")):
        ran = command("--instance", "nothing", *line, "--format", "json", environ=stage.environ)
        assert json.loads(ran.out) == []
        assert ran.err.startswith("note:  no ")
        assert command("--instance", "nothing", *line, environ=stage.environ).out == ""


# Colour


@pytest.mark.parametrize("line", [("bot", "list"), ("fetch", "nothing")], ids=" ".join)
def test_colour_on_a_terminal_alone(spawn: Spawn, stage: Stage, line: tuple[str, ...]) -> None:
    coloured = on_a_terminal(spawn, *line, environ=stage.environ)
    assert ESCAPE in coloured
    plain = on_a_terminal(spawn, *line, environ={**stage.environ, "NO_COLOR": "1"})
    piped = spawn(*line, environ=stage.environ)
    assert ESCAPE not in plain + piped.out + piped.err
    assert (
        re.sub(r"\x1b\[\d*m", "", coloured).rstrip("\n") == plain.rstrip("\n") == (piped.err + piped.out).rstrip("\n")
    )


# Where data goes


def test_stdout_holds_data_alone(command: Command, stage: Stage) -> None:
    """A key's check, a bot's next step, what is not reached: all of that goes to stderr."""
    stage.add_bot("mm-3", "market-maker")
    data = {
        ("fetch", "market-maker", "--field", "api_key"): API_KEY,
        ("policy", "apply"): "",
        ("setup", "--dry-run"): None,
        ("bot", "suspend", "mm-3"): "mm-3 is refused from now on (vault-binance bot allow mm-3 undoes it)\n",
        ("bot", "secret-id", "mm-1", "-o", "x"): "",
        ("key", "show", "nothing"): "",
        ("verify", "market-maker", "--format", "json"): None,
    }
    for line, out in data.items():
        ran = command(*line, environ=stage.environ)
        assert out is None or ran.out == out
        assert not re.search("^(note|hint|warning|error|wrote)", ran.out, re.MULTILINE)


def test_policies_as_files(command: Command, stage: Stage) -> None:
    for role in ("reader", "writer", "setup"):
        ran = command("policy", "show", role)  # needs no Vault
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("# vault-binance/binance\n")
    assert command("setup", "--output-policy").out == command("policy", "show", "setup").out
    stage.vault.call("PUT", "sys/policies/acl/binance-signer", {"policy": "# vault-binance/binance\n# old\n"})
    diff = command("policy", "diff", environ=stage.environ)
    assert (diff.code, diff.out.splitlines()[:2]) == (12, ["--- vault/binance-signer", "+++ here/binance-signer"])
    assert command("policy", "list", environ=stage.environ).out.count(" differs ") == 1
    assert "binance-signer" in command("policy", "apply", environ=stage.environ).out
    assert command("policy", "diff", environ=stage.environ).code == 0


@pytest.mark.parametrize(
    ("total", "shown"),
    [(0, "0s"), (59.9, "59s"), (60, "1m"), (3600, "1h"), (86399, "23h"), (86400 * 41, "41d"), (-7200, "-2h")],
)
def test_spans(total: float, shown: str) -> None:
    assert span(total) == shown


def test_what_is_left_of_a_token_is_told_for_people_and_to_the_second() -> None:
    assert [lifetime(left) for left in (0, 59, 900, 2764799)] == ["never", "59 s", "15m (900 s)", "31d (2764799 s)"]
