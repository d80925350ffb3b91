"""Starting a bot: what `exec` does, and the road to it that does not load click.

Rules of the file
- `exec [NAME] -- COMMAND`, without an option, is how bots are started; click costs that road a third of its time, so
  this one form is recognised before click is loaded (design, section 4). Every other form is click's.
- Both roads end in `start`, and both tell a failure in the same place.
"""

from __future__ import annotations

import os

from vault_binance.bot import core_dumps
from vault_binance.bot.child import child_environment, find_command, replace_process, variables_for, warning_for
from vault_binance.bot.ending import Orderly
from vault_binance.connect import borrow
from vault_binance.redacted import Hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn


def plain_form(arguments: Sequence[str]) -> tuple[str, Sequence[str]] | None:
    """Name (empty for the default) and command of a plain `exec`; None for every other command line."""
    match arguments:
        case ["exec", "--", _, *_]:
            return "", arguments[2:]
        case ["exec", name, "--", _, *_] if not name.startswith("-"):
            return name, arguments[3:]
    return None


def run_plain(name: str, command: Sequence[str]) -> int:
    """Become the command; returns the exit code of what kept us from it."""
    core_dumps.forbid()
    try:
        with Orderly():
            start(Hidden(os.environ), name, command)  # type: ignore[arg-type]  # of texts
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  every failure is told in one place
        from vault_binance.cli.main import failed

        return failed(error)


def start(
    environ: Mapping[str, str],
    name: str,
    command: Sequence[str],
    *,
    path: str = "",
    version: int | None = None,
    passed: Sequence[str] = (),
    overwrite: bool = False,
    wait: float | None = None,
) -> NoReturn:
    """Find the command, borrow the credential, give the token back, and become the command."""
    program = found(environ, command[0], passed=passed, overwrite=overwrite)
    with borrow(name, path=path, version=version, environ=environ, wait=wait, warn=_warn) as credentials:
        variables = variables_for(credentials)
    child = child_environment(environ, variables, passed=passed, overwrite=overwrite)
    replace_process(program, command, child)


def found(environ: Mapping[str, str], command: str, *, passed: Sequence[str] = (), overwrite: bool = False) -> str:
    """The command's path. Raises what keeps it from being started, before anything is lent."""
    program = find_command(command, environ)
    child_environment(environ, {"BINANCE_API_KEY": "", "BINANCE_API_SECRET": ""}, passed=passed, overwrite=overwrite)
    if text := warning_for(program):
        _warn(text)
    return program


def _warn(text: str) -> None:
    from vault_binance.cli.output import warning

    warning(text)
