"""`audit` as a person runs it: on the real log of a Vault, in each format, filtered, and on what is no log of it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stage import API_KEY, API_SECRET, LAYOUT, fresh

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Stage

LINE = {
    "time": "2026-11-26T10:00:00Z",
    "type": "response",
    "auth": {"display_name": "binance-approle", "metadata": {"role_name": "mm-1"}, "policies": ["binance-reader"]},
    "request": {"id": "1", "path": "binance/data/credentials/a", "operation": "read", "remote_address": "10.0.4.7"},
}


def line(**changes: Any) -> str:
    return json.dumps({**LINE, "request": {**LINE["request"], **changes.pop("request", {})}, **changes}) + "\n"  # type: ignore[dict-item]


@pytest.fixture
def log(stage: Stage, command: Command) -> str:
    """A bot reads, in vain too, and is suspended; what the stage's log says of all since the stage was made."""
    name = fresh()
    stage.put(name)
    stage.add_bot(name, name)
    environ = stage.bot(name, name)
    assert command("fetch", environ=environ).code == 0
    other = {**stage.bot(name, name), "VAULT_BINANCE_CREDENTIAL": "market-maker"}
    assert command("fetch", environ=other).code == 21
    assert command("bot", "suspend", name, environ=stage.environ).code == 0
    Path("audit.log").symlink_to(stage.audit_log)
    return name


def told(command: Command, *arguments: str, **settings: Any) -> Any:
    ran = command("audit", *arguments, "--format", "json", **settings)
    return json.loads(ran.out)


def test_the_story_of_one_bot(log: str, command: Command, stage: Stage) -> None:
    found = told(command, log, "--log", "audit.log")
    read = next(event for event in found["events"] if event["action"] == "read" and event["result"] == "allowed")
    assert (read["who"], read["subject"], read["version"], read["from"]) == (log, log, 1, "127.0.0.1")
    assert read["entity"]
    assert read["accessor"].startswith("hmac-sha256:")
    assert [event["action"] for event in found["events"]][-1] == "suspend"
    assert found["instance"] == "binance"
    (file,) = found["input"]["files"]
    assert file["name"] == "audit.log"
    assert file["sha256"] == sha256(stage.audit_log.read_bytes()[: file["bytes"]]).hexdigest()


def test_every_format_tells_the_same(log: str, command: Command) -> None:
    arguments = ("audit", log, "--log", "audit.log")
    objects = told(command, log, "--log", "audit.log")["events"]
    cells = list(csv.DictReader(io.StringIO(command(*arguments, "--format", "csv").out)))
    assert [row["action"] for row in cells] == [row["action"] for row in objects]
    assert list(cells[0]) == list(objects[0])
    assert command(*arguments, "--format", "yaml").out.count("\n  - time: ") == len(objects)
    assert len(command(*arguments).out.splitlines()) == len(objects) + 1
    assert command(*arguments, "--field", "action").out.splitlines() == [row["action"] for row in objects]


def test_findings_end_with_12_where_one_is_high(log: str, command: Command) -> None:
    ran = command("audit", "--log", "audit.log", "--who", log, "--findings")
    assert ran.code == 12
    assert "HIGH       not its credential" in ran.out
    assert "note:  HIGH not its credential" in ran.err
    assert command("audit", "--log", "audit.log", "--who", log).code == 0
    assert command("audit", "--log", "audit.log", "--who", "nobody", "--findings").code == 0


def test_filters(log: str, command: Command) -> None:
    of_bot = ("--log", "audit.log", "--bot", log)
    denied = told(command, *of_bot, "--denied")["events"]
    assert {(event["action"], event["result"]) for event in denied} == {("read", "denied")}
    reads = told(command, *of_bot, "--action", "read")["events"]
    entity = reads[0]["entity"]
    assert told(command, "--log", "audit.log", "--who", entity, "--action", "read")["events"] == reads
    assert told(command, *of_bot, "--since", "1h")["events"]
    assert told(command, *of_bot, "--since", "2999-01-01T00:00:00Z")["events"] == []
    assert told(command, *of_bot, "--until", "2020-01-01")["events"] == []


def test_no_secret_is_in_what_is_told(log: str, command: Command) -> None:
    for format_ in ("table", "json", "csv", "yaml"):
        ran = command("audit", "--log", "audit.log", "--format", format_)
        assert not any(secret in ran.out + ran.err for secret in (API_KEY, API_SECRET))


def test_a_value_that_the_log_shows_is_found_and_not_repeated(command: Command, here: Path) -> None:
    (here / "raw.log").write_text(line(response={"data": {"data": {"api_secret": API_SECRET}}}))
    ran = command("audit", "--log", "raw.log", "--findings")
    assert ran.code == 12
    assert "the log itself shows secrets" in ran.out
    assert API_SECRET not in ran.out + ran.err


def test_rotated_parts_are_one_story_in_their_order(command: Command, here: Path) -> None:
    (here / "audit.log").write_text(line(time="2026-11-26T12:00:00Z", request={"id": "2"}))
    (here / "audit.log.1.gz").write_bytes(gzip.compress(line().encode()))
    found = told(command, "--log", "audit.log*")
    assert [event["time"] for event in found["events"]] == ["2026-11-26T10:00:00Z", "2026-11-26T12:00:00Z"]
    assert [file["name"] for file in found["input"]["files"]] == ["audit.log.1.gz", "audit.log"]


def test_a_manifest_is_a_new_file(command: Command, here: Path) -> None:
    (here / "audit.log").write_text(line())
    arguments = ("audit", "--log", "audit.log", "--format", "csv", "--manifest")
    assert command(*arguments, "read.json").code == 0
    manifest = json.loads((here / "read.json").read_text())
    assert manifest["input"]["files"][0]["lines"] == 1
    for present in ("read.json", "audit.log"):
        assert command(*arguments, present).code == 10
    assert (here / "audit.log").read_text() == line()


def test_names_that_somebody_else_chose_forge_no_line_and_no_formula(command: Command, here: Path) -> None:
    (here / "audit.log").write_text(line(auth={"display_name": '=cmd|"\x1b[2J\n'}))
    assert "\x1b" not in command("audit", "--log", "audit.log").out
    assert command("audit", "--log", "audit.log", "--field", "who").out == '=cmd|"\\x1b[2J\\n\n'
    (row,) = csv.DictReader(io.StringIO(command("audit", "--log", "audit.log", "--format", "csv").out))
    assert row["who"].startswith("'=cmd")


def test_a_very_long_name_makes_no_column_of_its_width(command: Command, here: Path) -> None:
    name = "x" * 50_000
    (here / "audit.log").write_text(line() + line(request={"id": "2", "path": f"binance/data/credentials/{name}"}))
    assert max(map(len, command("audit", "--log", "audit.log").out.splitlines())) < 1000
    assert name in command("audit", "--log", "audit.log", "--format", "csv").out


def test_a_name_of_half_a_letter_is_printed_all_the_same(command: Command, here: Path) -> None:
    (here / "audit.log").write_text(line(auth={"display_name": "\ud800"}))
    for format_ in ("table", "json", "csv", "yaml"):
        assert command("audit", "--log", "audit.log", "--format", format_).code == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the log is empty"),
        (b"2026-11-26T10:00:00Z [INFO] core: vault is unsealed\n", "no line of it is an entry"),
        (b"\x28\xb5\x2f\xfd123", "zstd"),
    ],
)
def test_what_is_no_log_is_refused(content: bytes, says: str, command: Command, here: Path) -> None:
    (here / "audit.log").write_bytes(content)
    ran = command("audit", "--log", "audit.log", "--format", "json")
    assert (ran.code, ran.out) == (10, "")
    assert says in ran.error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--log", "none"), "cannot read 'none'"),
        (("--log", "."), "cannot read '.'"),
        (("--log", "none*"), "no file is named like"),
        (("--log", "-", "--since", "yesterday"), "is no duration"),
        (("--log", "-", "--names", "none"), "cannot read 'none'"),
        (("Market Maker", "--log", "-"), "not a valid name"),
    ],
)
def test_bad_input_is_refused(arguments: tuple[str, ...], says: str, command: Command) -> None:
    ran = command("audit", *arguments)
    assert ran.code == 10
    assert says in ran.error


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (line().replace("binance", "another"), "nothing here touches instance binance"),
        (line() + line(), "1 entries are in the log twice"),
        (line() + line()[:99], "1 line is cut off"),
        (line() + "junk\n", "1 line is no entry"),
        (
            line(request={"id": "2", "mount_point": "binance/", "mount_accessor": "kv_1"})
            + line(request={"id": "3", "mount_point": "binance/", "mount_accessor": "kv_2"}),
            "logs of two Vaults",
        ),
        (line(request={"namespace": {"path": "team/"}}), "name binance in namespace team"),
        (line(request={"path": "identity/entity-alias", "operation": "update"}), "changes of identity name nobody"),
    ],
)
def test_what_keeps_it_from_being_the_whole_story_is_said(
    content: str, says: str, command: Command, here: Path
) -> None:
    (here / "audit.log").write_text(content)
    ran = command("audit", "--log", "audit.log")
    assert ran.code == 0
    assert says in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--who", "alice"), "no event here has --who 'alice'; there are: mm-1"),
        (("--action", "reed"), "no event here has --action 'reed'; there are: read"),
        (("--bot", "mm-2"), "no event here has --bot 'mm-2'"),
        (("b",), "no event here has NAME 'b'"),
        (("a", "--who", "mm-1", "--denied"), "no event fits all that was asked for"),
    ],
)
def test_where_nothing_is_told_the_word_to_blame_is_named(
    arguments: tuple[str, ...], says: str, command: Command, here: Path
) -> None:
    (here / "audit.log").write_text(line())
    ran = command("audit", *arguments, "--log", "audit.log")
    assert (ran.code, ran.out.count("\n") <= 1) == (0, True)
    assert f"note:  {says}\n" in ran.err
    assert "no event" not in command("audit", "a", "--who", "mm-1", "--log", "audit.log").err


def test_a_time_that_is_none_is_told_how_to_write_one(command: Command) -> None:
    ran = command("audit", "--log", "-", "--since", "2026-13-01")
    assert (ran.code, "2026-11-01T08:00Z" in ran.err) == (10, True)


def test_a_namespace_is_taken_from_the_environment(command: Command, here: Path) -> None:
    (here / "audit.log").write_text(line(request={"namespace": {"path": "team/"}}))
    assert told(command, "--log", "audit.log", environ={"VAULT_NAMESPACE": "team"})["input"]["ours"] == 1


def test_names_of_entities_come_from_vault_or_from_a_list(log: str, command: Command, stage: Stage) -> None:
    """A bot that logs in at a team's own mount has no name of ours in the log, but for its entity."""
    with stage.operator() as vault:
        entity = vault.entity(LAYOUT.entity(log))
    assert entity is not None
    auth = {"display_name": "jwt-x", "entity_id": entity.id, "policies": ["binance-reader"]}
    Path("jwt.log").write_text(line(auth=auth))
    Path("bots.json").write_text(command("bot", "list", "--format", "json", environ=stage.environ).out)
    for ran in (
        command("audit", "--log", "jwt.log", "--names", "bots.json", "--field", "who"),
        command("audit", "--log", "jwt.log", "--resolve", "--field", "who", environ=stage.environ),
    ):
        assert ran.out == f"{log}\n"
    assert command("audit", "--log", "jwt.log", "--field", "who").out == "jwt-x\n"
    Path("bad.json").write_text("{}")
    assert command("audit", "--log", "jwt.log", "--names", "jwt.log").code == 10


def test_without_a_reader_it_ends_quietly_enough(log: str, spawn: Any) -> None:
    ran = spawn.shell("$VB audit --log audit.log --format csv | head -1; exit ${PIPESTATUS[0]}")
    assert "Traceback" not in ran.err
    assert log
