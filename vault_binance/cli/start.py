"""Starting a bot: what `exec` does, and the road to it that does not load click.

Rules of the file
- `exec [NAME] -- COMMAND`, without an option, is how bots are started; click costs that road a third of its time, so
  this one form is recognised before click is loaded (design, section 4). Every other form is click's.
- That road has a variable for the one thing that a framework needs said, VAULT_BINANCE_PROFILE; without it, no profile
  is loaded.
- Both roads end in `start`, and both tell a failure in the same place.
"""

from __future__ import annotations

import os

from vault_binance.bot import core_dumps
from vault_binance.bot.child import Handover, find_command, replace_process, warning_for
from vault_binance.bot.ending import Orderly
from vault_binance.connect import borrowed
from vault_binance.redacted import Hidden
from vault_binance.variables import variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import NoReturn

    from vault_binance.bot.lending import Loan

    Check = Callable[[Loan], None]


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
            environ = Hidden(os.environ)
            start(environ, name, command, handover_from(environ))  # type: ignore[arg-type]  # of texts
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  every failure is told in one place
        from vault_binance.cli.main import failed

        return failed(error)


def start(
    environ: Mapping[str, str],
    name: str,
    command: Sequence[str],
    handover: Handover,
    *,
    path: str = "",
    version: int | None = None,
    wait: float | None = None,
    check: Check | None = None,
) -> NoReturn:
    """Find the command, borrow the credential, give the token back, and become the command. `check` raises what keeps
    the command from being started with it.
    """
    program = found(environ, command[0], handover)
    with borrowed(name, path=path, version=version, environ=environ, wait=wait, warn=_warn) as loan:
        if check:
            check(loan)
    with handover.environment(environ, loan.credentials) as child:
        replace_process(program, command, child)


def handover_from(
    environ: Mapping[str, str], profile: str | None = None, *, passed: Sequence[str] = (), overwrite: bool = False
) -> Handover:
    """`profile` as the option has it; None where it was not given: then VAULT_BINANCE_PROFILE counts. Raises
    ConfigError.
    """
    text, source = (variable(environ, _PROFILE), _PROFILE) if profile is None else (profile, "--profile")
    if profile is None and not text:
        return Handover(None, passed, overwrite=overwrite)
    from vault_binance.bot.profiles import profile_from

    return Handover(profile_from(text, source), passed, overwrite=overwrite)


_PROFILE = "VAULT_BINANCE_PROFILE"


def found(environ: Mapping[str, str], command: str, handover: Handover) -> str:
    """The command's path. Raises what keeps it from being started, before anything is lent."""
    program = find_command(command, environ)
    handover.check(environ)
    if text := warning_for(program):
        _warn(text)
    return program


def _warn(text: str) -> None:
    from vault_binance.cli.output import warning

    warning(text)
