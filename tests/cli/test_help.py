"""What every command says of itself, and what it costs to ask."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from tests.support import ROOT
from vault_binance import __version__
from vault_binance.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Command
    from tests.cli.stage import Spawn


def lines(group: click.Group, *before: str) -> Iterator[tuple[str, ...]]:
    """Every command line that is a command, groups included."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from lines(command, *before, name)


COMMANDS = list(lines(main.cli))


@pytest.mark.parametrize("line", [(), *COMMANDS], ids=" ".join)
def test_help(command: Command, line: tuple[str, ...]) -> None:
    long, short = command(*line, "--help"), command(*line, "-h")
    assert (long.code, long.err) == (0, "")
    assert long == short
    usage, _, rest = long.out.partition("\n")
    assert usage.startswith("Usage: " + " ".join(["vault-binance", *line]))
    assert rest.strip()
    cut = [text for text in rest.splitlines() if text.endswith("...")]
    assert not cut, "a summary that does not fit into its line"


@pytest.mark.parametrize("line", [line for line in COMMANDS if len(line) > 1], ids=" ".join)
def test_every_option_is_explained(line: tuple[str, ...]) -> None:
    command: click.Command = main.cli
    for name in line:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.name in {"format_", "version"}, parameter.opts


@pytest.mark.parametrize("line", [(), ("key",), ("bot",), ("policy",), ("testing",)], ids=" ".join)
def test_a_group_alone_shows_its_help_as_a_mistake(command: Command, line: tuple[str, ...]) -> None:
    ran = command(*line)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == command(*line, "--help").out
    assert "error:" not in ran.err


def test_version(command: Command) -> None:
    assert command("--version").out == f"vault-binance, version {__version__}\n"


_PROBE = """
import io, json, sys
from contextlib import redirect_stdout
from vault_binance.cli.main import run
heavy = {"hvac", "requests", "urllib3", "httpx", "httpcore", "rich", "cryptography", "asyncio", "testcontainers"}
found = {}
for line in json.loads(sys.argv[1]):
    with redirect_stdout(io.StringIO()):
        assert run(line) == 0
    if loaded := sorted(heavy & set(sys.modules)):
        found[" ".join(line)] = loaded
        break
print(json.dumps(found))
"""


def test_help_and_version_load_no_http_library() -> None:
    asked = [["--version"], ["--help"], *([*line, "--help"] for line in COMMANDS)]
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, json.dumps(asked)],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
        timeout=30,
    )
    assert json.loads(done.stdout) == {}


def test_the_list_of_commands_loads_none_of_them(spawn: Spawn) -> None:
    probe = "import sys; from vault_binance.cli.main import run; run(['--help']); print(sorted(sys.modules))"
    ran = spawn.shell(f'{sys.executable} -c "{probe}"')
    assert ran.code == 0
    for module, _ in main.COMMANDS.values():
        assert repr(module.partition(":")[0]) not in ran.out
