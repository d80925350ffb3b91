"""Is this a command line that would be understood? Ours by our own commands, Vault's by the list of its."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from vault_binance.cli.main import cli

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAM = "vault-binance"

NAMED = {"install", "uninstall", "upgrade", "inject", "-v", "which", "show"}
"""Before our program's name alone these speak of the package or the file."""

ABOUT_FILES = {
    "cat",
    "chmod",
    "chown",
    "command",
    "cp",
    "file",
    "ls",
    "ln",
    "mkdir",
    "mv",
    "rm",
    "test",
    "type",
    "which",
}
"""What these are given is a path."""

VAULTS: dict[str, set[str]] = {
    "agent": set(),
    "audit": {"disable", "enable", "list"},
    "auth": {"disable", "enable", "help", "list", "move", "tune"},
    "delete": set(),
    "kv": {"delete", "destroy", "enable-versioning", "get", "list", "metadata", "patch", "put", "rollback", "undelete"},
    "lease": {"lookup", "renew", "revoke"},
    "list": set(),
    "login": set(),
    "namespace": {"create", "delete", "list", "lookup", "patch"},
    "operator": {"generate-root", "init", "key-status", "raft", "rekey", "rotate", "seal", "step-down", "unseal"},
    "patch": set(),
    "policy": {"delete", "fmt", "list", "read", "write"},
    "print": {"token"},
    "proxy": set(),
    "read": set(),
    "secrets": {"disable", "enable", "list", "move", "tune"},
    "server": set(),
    "status": set(),
    "token": {"capabilities", "create", "lookup", "renew", "revoke"},
    "unwrap": set(),
    "version": set(),
    "write": set(),
}
"""Vault's commands, and what may follow them; OpenBao has the same."""


def fault(words: Sequence[str]) -> str:
    """What is wrong with one command, by its words; empty where nothing is."""
    names = [word.rpartition("/")[2] for word in words]
    if words[0] in ABOUT_FILES:
        return ""
    if PROGRAM in names:
        at = names.index(PROGRAM)
        rest = list(words[at + 1 :])
        return "" if not rest and set(words[:at]) & NAMED else fault_of_ours(rest)
    starts = [0, *(at + 1 for at, word in enumerate(words) if word in {"--", "sudo", "exec"})]
    return next((told for at in starts if at < len(words) and (told := _fault_of_vaults(words[at:]))), "")


def _fault_of_vaults(words: Sequence[str]) -> str:
    if words[0] not in {"vault", "bao"}:
        return ""
    said = [word for word in words[1:] if not word.startswith("-")]
    if not said:
        return "" if len(words) > 1 else f"{words[0]} is told nothing"
    command, *below = said
    if command not in VAULTS:
        return f"{words[0]} has no command {command}"
    if VAULTS[command] and (not below or below[0] not in VAULTS[command]):
        return f"{words[0]} {command} has no command {' '.join(below[:1]) or 'of no name'}"
    return ""


def fault_of_ours(arguments: Sequence[str]) -> str:
    """As click would refuse it; nothing is run, and nothing that an argument names is read."""
    try:
        with _without_callbacks():
            _parse(cli, PROGRAM, list(arguments), None)
    except click.exceptions.Exit:  # --help and --version say what they have to say and end
        return ""
    except click.UsageError as error:
        return f"{PROGRAM} {' '.join(arguments)}: {error.format_message()}"
    return ""


def _parse(command: click.Command, name: str, arguments: list[str], parent: click.Context | None) -> None:
    context = command.make_context(name, arguments, parent=parent)
    if isinstance(command, click.Group):
        word, below, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert below is not None
        _parse(below, word or "", rest, context)


@contextmanager
def _without_callbacks() -> Iterator[None]:
    """Parameters are only parsed: what they name on a reader's machine is not here."""
    kept = click.Parameter.process_value

    def process_value(parameter: click.Parameter, context: click.Context, value: object) -> object:
        callback = parameter.callback
        if not parameter.is_eager:
            parameter.callback = None
        try:
            return kept(parameter, context, value)
        finally:
            parameter.callback = callback

    click.Parameter.process_value = process_value  # type: ignore[method-assign]
    try:
        yield
    finally:
        click.Parameter.process_value = kept  # type: ignore[method-assign]


def _context(command: click.Command) -> click.Context:
    """As the program makes it: click keeps the help option of a command's first context for good."""
    return click.Context(command, **cli.context_settings)


def is_command(words: Sequence[str]) -> bool:
    """Whether the path of commands is one of ours, whatever stands behind it: for a name in running text."""
    command: click.Command = cli
    for word in words:
        if not isinstance(command, click.Group):
            break
        if word.strip("[].").isupper():  # in its place any may stand
            break
        if word.startswith("-"):
            return any(word.partition("=")[0] in one.opts for one in command.get_params(_context(command)))
        below = command.get_command(_context(command), word)
        if below is None:
            return False
        command = below
    given = [word.partition("=")[0] for word in words if word.startswith("--") and len(word) > 2]
    known = {name for one in command.get_params(_context(command)) for name in (*one.opts, *one.secondary_opts)}
    return set(given) <= known or "--" in words
