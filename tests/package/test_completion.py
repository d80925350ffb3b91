"""What a shell is offered on TAB: by click in this process, by bash for real, and never by a Vault."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.shell_completion import ShellComplete

from vault_binance.cli import main
from vault_binance.cli.completion import SHELLS, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = [("file", "")]


def offered(*words: str) -> list[tuple[str, str]]:
    """Type and text of what is offered for the last word."""
    shell = ShellComplete(main.cli, {}, "vault-binance", VARIABLE)
    return [(item.type, item.value) for item in shell.get_completions([*words[:-1]], words[-1])]


def texts(*words: str) -> list[str]:
    return [value for _, value in offered(*words)]


@pytest.fixture(autouse=True)
def no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("TAB opened a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    monkeypatch.setenv("VAULT_TOKEN", "a-token")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("ex",), ["exec", "explain"]),
        (("--inst",), ["--instance"]),
        (("key", "de"), ["delete", "destroy"]),
        (("exec", "--ov"), ["--overwrite"]),
        (("exec", "--profile", "n"), ["nautilus", "nautilus-futures"]),
        (("exec", "--on-refused", ""), ["exit", "ignore"]),
        (("exec", "--on-change", ""), ["restart", "signal:HUP", "exit", "ignore"]),
        (("operator", "add", "--role", "w"), ["writer"]),
        (("key", "new", "arb", "--environment", "t"), ["testnet"]),
        (("completion", ""), SHELLS),
        (("key", "put", "x", "--api-secret", "typed by mistake", "--ty"), ["--type"]),
        (("login", "--password", "-", "--no-st"), ["--no-store"]),
        (("no-such-command", ""), list(main.COMMANDS)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_commands_options_and_choices_are_offered(words: tuple[str, ...], expected: list[str]) -> None:
    assert texts(*words) == expected


@pytest.mark.parametrize(
    "words", [("exec", ""), ("fetch", ""), ("bot", "suspend", ""), ("key", "show", "")], ids=" ".join
)
def test_a_name_that_only_vault_knows_is_not_offered(words: tuple[str, ...]) -> None:
    assert offered(*words) == []


def test_the_commands_are_offered_without_loading_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("a command was loaded")

    monkeypatch.setattr(main.Lazy, "get_command", refuse)
    assert texts("") == list(main.COMMANDS)


def parameters(group: click.Group, *before: str) -> Iterator[tuple[str, click.Context, click.Parameter]]:
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from parameters(command, *before, name)
        else:
            for each in command.params:
                yield " ".join((*before, name, each.opts[-1])), click.Context(command), each


def test_what_takes_a_file_is_offered_files() -> None:
    metavars = {"FILE", "FILE|-", "FILE...", "STEM", "SPEC", "DIR"}
    taking = {
        name: each.shell_complete(ctx, "") for name, ctx, each in parameters(main.cli) if each.metavar in metavars
    }
    assert len(taking) > 15
    assert {name: [item.type for item in items] for name, items in taking.items()} == {
        name: ["file"] for name in taking
    }
    assert offered("key", "import", "arb", "") == FILE


# Behind the dashes of exec


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, mode in (("node-a", 0o755), ("node-b", 0o755), ("node-notes", 0o644), ("python-a", 0o755)):
        (tmp_path / name).touch(mode)
    monkeypatch.setenv("PATH", f"{tmp_path}:{tmp_path}/absent")


@pytest.mark.parametrize("before", [("exec",), ("exec", "mm"), ("exec", "--verify", "mm")], ids=" ".join)
@pytest.mark.usefixtures("programs")
def test_the_first_word_of_a_command_is_a_program_on_the_path(before: tuple[str, ...]) -> None:
    assert texts(*before, "--", "node") == ["node-a", "node-b"]


@pytest.mark.parametrize("words", [("",), ("./no",), ("node-a", ""), ("node-a", "--flag", "b")], ids=" ".join)
@pytest.mark.usefixtures("programs")
def test_all_else_of_a_command_is_files(words: tuple[str, ...]) -> None:
    assert offered("exec", "--", *words) == [("file", words[-1])]


# In shells

BASH = """
source <(vault-binance completion bash)
tab() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  _vault_binance_completion vault-binance
  echo "${COMPREPLY[*]}"
}
compopt() { echo "compopt $*" | tr '\\n' ' '; }
complete -p vault-binance
tab vault-binance ex
tab vault-binance exec -- vault-bin
tab vault-binance explain --product = sp
tab vault-binance verify --env-file ''
"""


def test_bash_offers_what_the_program_says() -> None:
    bash, beside = shutil.which("bash"), Path(sys.executable).parent
    assert bash
    environ = {**os.environ, "PATH": f"{beside}:{os.environ['PATH']}"}
    ran = subprocess.run([bash, "--norc", "-c", BASH], env=environ, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    registered, commands, program, product, file = ran.stdout.splitlines()
    assert registered.endswith("-F _vault_binance_completion vault-binance")
    assert (commands, program, product) == ("exec explain", "vault-binance", "spot")
    assert file.split() == ["compopt", "-o", "default"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_scripts_for_other_shells_ask_the_same_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"{VARIABLE}={shell}_complete" in script
    assert "_vault_binance_completion" in script


def test_a_shell_that_is_not_known_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["completion", "tcsh"]) == 2
    assert "is not one of 'bash', 'zsh', 'fish'" in capsys.readouterr().err
