"""Closed, full and broken streams: one error line where one can still be written, the right exit code, no noise."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY
from vault_binance.cli import main

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Spawn, Stage

NOT_ASKED = "error: no terminal to ask for the API key on\nhint:  give it by --api-key - or --api-key @FILE\n"
NOT_CONFIRMED = (
    "error: no terminal to ask on: erase market-maker version 1 for good?\n"
    "hint:  nothing was changed; to say so beforehand: --yes\n"
)
FULL = "error: cannot write the output: No space left on device\n"
BROKEN = "error: cannot write the output: Broken pipe\n"
CLOSED = "error: cannot write the output: standard output is closed\n"
LOOK = "hint:  nothing in Vault was undone by this; look, then repeat\n"

LINES = [
    ("$VB --help > /dev/full", f"{FULL}{LOOK}1"),
    ("$VB fetch market-maker > /dev/full", f"{FULL}{LOOK}1"),
    ("$VB fetch market-maker --field secret > /dev/full", f"{FULL}{LOOK}1"),
    ("$VB key list --format json > /dev/full", f"{FULL}{LOOK}1"),
    ("$VB policy show setup > /dev/full", f"{FULL}{LOOK}1"),
    ("$VB fetch market-maker >&-", f"{CLOSED}{LOOK}1"),
    ("$VB key list >&-", f"{CLOSED}{LOOK}1"),
    ("$VB fetch nothing 2>&-", "23"),
    ("$VB fetch nothing 2> /dev/full", "23"),
    ("$VB nonsense 2> /dev/full", "2"),
    ("$VB fetch nothing > /dev/full 2>&1", "23"),
    ("$VB fetch nothing <&- >&- 2>&-", "23"),
    ("$VB fetch market-maker <&- >&- 2>&-", "1"),
    ("$VB fetch market-maker --field version <&-", "10"),  # version 1, without a line end, and exit 0
    ("$VB key put x --no-verify <&-", f"{NOT_ASKED}10"),
    ("$VB key destroy market-maker <&-", f"{NOT_CONFIRMED}10"),
    ("$VB exec market-maker -- true <&- >&- 2>&-", "0"),
    ("$VB exec market-maker -- sh -c 'echo x 2> /dev/null' > /dev/full", "1"),
]


@pytest.mark.parametrize(("line", "wanted"), LINES, ids=[line for line, _ in LINES])
def test_streams(spawn: Spawn, stage: Stage, line: str, wanted: str) -> None:
    ran = spawn.shell(f"{line}; echo $?", stage.environ)
    assert ran.err + ran.out == f"{wanted}\n"


@pytest.mark.parametrize(
    "arguments", ["--help", "key list", "fetch market-maker", "policy show reader", "setup --format yaml"]
)
def test_a_pipe_that_nobody_reads(spawn: Spawn, stage: Stage, arguments: str) -> None:
    """The reader is gone before anything is written, which `| head -0` leaves to chance."""
    ran = spawn.shell(f"exec 4> >(:); wait $!; $VB {arguments} >&4; echo $?", stage.environ)
    assert (ran.out, ran.err) == ("1\n", BROKEN + LOOK)


def test_head(spawn: Spawn, stage: Stage) -> None:
    ran = spawn.shell("$VB policy show setup | head -1", stage.environ)
    assert ran.out == "# vault-binance/binance\n"
    assert "Exception ignored" not in ran.err
    assert "Traceback" not in ran.err


def test_as_a_program_and_as_a_module(spawn: Spawn) -> None:
    assert spawn("--version").out == spawn.shell("$VB --version").out


# The same in this process


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        assert main.run(["--version"]) == 1
    assert capfd.readouterr().err == FULL + LOOK


def test_a_closed_pipe(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr("sys.stderr", sys.stderr)  # click puts something in its place, which is to go again
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        assert main.run(["--version"]) == 1
    assert capfd.readouterr().err == BROKEN + LOOK


def test_a_closed_stdout(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdout", None)
    assert main.run(["--version"]) == 1
    assert capfd.readouterr().err == CLOSED + LOOK


def test_a_closed_stdout_of_a_command_that_was_followed_leaves_it_its_exit_code(
    stage: Stage, spawn: Spawn, tmp_path: Path
) -> None:
    environ = stage.bot(wrapped=False)
    for code in (0, 7):
        assert spawn.shell(f"$VB exec --on-change=ignore -- sh -c 'exit {code}' >&-", environ).code == code


def test_a_full_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        assert main.run(["nonsense"]) == 2


# The unforeseen


def test_an_unforeseen_failure_is_told_without_its_text(
    command: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise LookupError(API_KEY)

    monkeypatch.setattr(main.cli, "main", fails)
    ran = command("key", "list")
    assert (ran.code, ran.out) == (1, "")
    assert ran.error.startswith("unexpected: LookupError at ")
    assert API_KEY not in ran.err
    monkeypatch.setenv("VAULT_BINANCE_DEBUG", "1")
    with pytest.raises(LookupError):
        main.run(["key", "list"])


def test_a_file_that_fails_is_not_taken_for_the_output(
    command: Command, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    def fails(*_: object, **__: object) -> None:
        (here / "nothing").read_text()

    monkeypatch.setattr(main.cli, "main", fails)
    ran = command("key", "list")
    assert ran.code == 1
    assert ran.error.startswith("unexpected: FileNotFoundError at ")


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit])
def test_ends_that_are_no_errors(
    command: Command, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    def ends(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(main.cli, "main", ends)
    monkeypatch.setenv("_VAULT_BINANCE_COMPLETE", "bash_complete")
    assert command().code == (130 if failure is KeyboardInterrupt else 0)


def test_interrupted_before_there_is_a_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from vault_binance.__main__ import main as program

    def fails(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "run", fails)
    with pytest.raises(SystemExit) as end:
        program()
    assert end.value.code == 130
    monkeypatch.setattr(main, "run", lambda _: 23)
    with pytest.raises(SystemExit) as end:
        program()
    assert end.value.code == 23
