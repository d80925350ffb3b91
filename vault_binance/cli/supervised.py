"""`exec --on-change=...`: what its options mean, and the command followed with them.

Rules of the file
- Everything that can be wrong with the command line, the place of a file included, is found before anything is sent.
- What is told about the command goes to stderr; that nobody can be told ends nothing.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import nullcontext, suppress
from pathlib import Path

import click

from vault_binance.bot.child import start_beside
from vault_binance.bot.credentials_file import CredentialsFile, is_json
from vault_binance.bot.ending import Ended
from vault_binance.bot.supervision import Supervision
from vault_binance.bot.written import written
from vault_binance.cli import output
from vault_binance.cli.start import found
from vault_binance.cli.telling import told_on_stderr
from vault_binance.command_life import OnChange, Rules
from vault_binance.connect_lease import Fetcher
from vault_binance.errors import ConfigError
from vault_binance.variables import seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_binance.bot.child import Handover
    from vault_binance.credentials import Credentials

_NEVER_SEEN = frozenset({signal.SIGKILL, signal.SIGSTOP})


def rules_from(
    on_change: str, *, on_refused: str, splay: str, kill_timeout: str, credentials_file: str, context: click.Context
) -> Rules:
    """Raises click.UsageError for what cannot be meant, and ConfigError for what is no duration."""
    kind, _, name = on_change.partition(":")
    if kind not in set(OnChange) or (name and kind != OnChange.SIGNAL):
        raise click.UsageError(f"--on-change={on_change}: restart, signal:HUP, exit or ignore", context)
    number = _signal(name, context) if kind == OnChange.SIGNAL else 0
    if kind == OnChange.SIGNAL and not credentials_file:
        raise click.UsageError(
            f"--on-change={on_change} needs --credentials-file: the environment of a command that runs cannot change",
            context,
        )
    return Rules(
        OnChange(kind),
        number=number,
        refusal_ends=on_refused == "exit",
        splay=seconds(splay, "--splay"),
        kill_timeout=seconds(kill_timeout, "--kill-timeout"),
    )


def _signal(name: str, context: click.Context) -> int:
    wanted = name.upper().removeprefix("SIG")
    for one in signal.Signals:
        if one.name == f"SIG{wanted}" and one not in _NEVER_SEEN:
            return one
    raise click.UsageError(f"--on-change=signal:{name}: no signal that a command can see, as HUP or USR1", context)


def supervise(
    environ: Mapping[str, str],
    name: str,
    command: Sequence[str],
    handover: Handover,
    rules: Rules,
    *,
    path: str = "",
    wait: float | None = None,
    verify: bool = False,
    credentials_file: str = "",
    status_file: str = "",
    metrics_file: str = "",
) -> int:
    """Start the command and follow it; returns its exit code. Raises Ended where a signal ended it."""
    program = found(environ, command[0], handover)
    _check_file(credentials_file, handover)
    if sys.stdout is None:  # nothing of ours is printed there, so that its absence is no failure
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  for as long as the process

    def start(credentials: Credentials) -> int:
        with handover.environment(environ, credentials) as child:
            return start_beside(program, command, child)

    def variables(credentials: Credentials) -> Mapping[str, str]:
        return handover.variables(credentials, environ)

    fetcher = Fetcher(name, path=path, environ=environ, wait=wait, verify=verify)
    place = CredentialsFile(credentials_file, variables) if credentials_file else nullcontext()
    with (
        place as file,
        told_on_stderr(rotations=True),
        written(fetcher, status_file=status_file, metrics_file=metrics_file),
    ):
        result = Supervision(fetcher, start, rules, fits=variables, file=file, note=_note, warn=_warn).run()
    if result < 0:
        raise Ended(-result)
    return result


def _check_file(path: str, handover: Handover) -> None:
    if path and handover.files and not is_json(path):
        raise ConfigError(
            f"{' and '.join(handover.files)} cannot stand in {path!a}: such a path leads nowhere but in the command",
            hint="hold the secret itself there, or name the file .json",
        )


def _note(text: str) -> None:
    with suppress(OSError):
        output.note(text)


def _warn(text: str) -> None:
    with suppress(OSError):
        output.warning(text)
