"""The command line: a table of commands that load when they are called, and the one place where failures are shown.

Rules of the file
- Data goes to stdout, everything else to stderr.
- Every failure is an `error:` line and, where there is one, a `hint:`; the exit code is the error's own (design, 8).
- A traceback is for us: it appears only when VAULT_BINANCE_DEBUG is set, since it may show more than a message does.
"""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module

import click

from vault_binance import __version__
from vault_binance.bot import core_dumps
from vault_binance.bot.ending import Orderly
from vault_binance.cli.output import colored, plain
from vault_binance.errors import VaultBinanceError
from vault_binance.layout import Layout
from vault_binance.redacted import Hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

    from click.shell_completion import CompletionItem

COMMANDS = {
    "setup": ("vault_binance.cli.setup:setup", "Make our mounts and policies in a Vault that others use too."),
    "key": ("vault_binance.cli.key:key", "Put credentials in, list them, take them out of use."),
    "bot": ("vault_binance.cli.bot:bot", "Make bots, hand out their logins, suspend and revoke them."),
    "operator": ("vault_binance.cli.operator:operator", "Give people roles, with a second factor of theirs."),
    "policy": ("vault_binance.cli.policy:policy", "The roles: show, compare, apply; test any policy, ask why."),
    "login": ("vault_binance.cli.login:login", "Log in to Vault, with both factors."),
    "logout": ("vault_binance.cli.login:logout", "End that login."),
    "status": ("vault_binance.cli.status:status", "Is Vault up, are we set up, who am I?"),
    "doctor": ("vault_binance.cli.doctor:doctor", "Is this Vault as it should be? What mends it?"),
    "audit": ("vault_binance.cli.audit:audit", "Who used which credential, from where, when."),
    "fetch": ("vault_binance.cli.fetch:fetch", "Print a credential (masked unless told otherwise)."),
    "exec": ("vault_binance.cli.execute:execute", "Start a command with a credential in its environment."),
    "verify": ("vault_binance.cli.verify:verify", "Is a key safe and usable? Ask Binance from here."),
    "explain": ("vault_binance.cli.explain:explain", "What a code of Binance's means, and what to do."),
    "completion": ("vault_binance.cli.completion:completion", "What a shell asks on TAB."),
    "demo": ("vault_binance.cli.demo:demo", "The whole story on a Vault and a Binance of its own."),
    "testing": ("vault_binance.cli.testing:testing", "Servers to test against."),
}


_LIKE_A_KEY = re.compile(r"[A-Za-z0-9+/=]{32,}")


class Lazy(click.Group):
    """A group whose commands are imported only when one is called, so that a bot pays for `exec` alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, which knows no name here before it is called, and so none that may have been meant."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            from difflib import get_close_matches

            for near in get_close_matches(args[0], COMMANDS, 1):
                raise click.UsageError(f"No such command {args[0]!r}. Did you mean {near!r}?", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """From the table: click would load every command for its help."""
        from click.shell_completion import CompletionItem

        named = [(name, text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=text) for name, text in named), *options]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vault-binance")
@click.option("--instance", metavar="NAME", help="Instance to work on; default VAULT_BINANCE_INSTANCE, else binance.")
@click.pass_context
def cli(ctx: click.Context, instance: str | None) -> None:
    """Binance API credentials in the Vault your team already runs.

    Connection and token as for Vault's own command: VAULT_ADDR, VAULT_TOKEN, VAULT_CACERT and the rest.
    """
    ctx.obj = Hidden(os.environ)
    if instance is not None:
        Layout(instance)  # an empty one is a mistake, as in --instance "$NOT_SET", and not the default
        ctx.obj |= {"VAULT_BINANCE_INSTANCE": instance, "VAULT_BINANCE_INSTANCE_FILE": ""}


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    core_dumps.forbid()
    if "_VAULT_BINANCE_COMPLETE" in os.environ:
        from vault_binance.cli.completion import mend_bash

        mend_bash()
    try:
        with Orderly():
            return _run(arguments)
    finally:
        core_dumps.allow_again()


def _run(arguments: Sequence[str]) -> int:
    try:
        code = cli.main(list(arguments), prog_name="vault-binance", standalone_mode=False)
        if sys.stdout is None and code in {None, 0}:  # any other code is a command's own
            return _output_failed("standard output is closed")
        if sys.stdout is not None:
            sys.stdout.flush()
    except SystemExit as end:  # click's end after completing a line for a shell; else its answer to a closed pipe
        return int(end.code or 0) if "_VAULT_BINANCE_COMPLETE" in os.environ else _output_failed("Broken pipe")
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  every failure is told in one place
        return failed(error)
    return code if isinstance(code, int) else 0


def failed(error: BaseException) -> int:
    """Say what failed; returns the exit code."""
    match error:
        case click.Abort() | KeyboardInterrupt():
            return _tell("interrupted", "", 130)
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return error.exit_code
        case click.UsageError():
            return _tell(_in_one_line(error), f"{error.ctx.command_path if error.ctx else 'vault-binance'} --help", 2)
        case VaultBinanceError():
            return _tell(error.message, error.hint, error.exit_code)
        case OSError() if error.filename is None:
            return _output_failed(error.strerror or type(error).__name__)
    if os.environ.get("VAULT_BINANCE_DEBUG"):
        raise error
    return _tell(f"unexpected: {_place(error)}", "set VAULT_BINANCE_DEBUG=1 for the traceback", 1)


def _in_one_line(error: click.UsageError) -> str:
    """Click's sentence as ours are: small at the start, no full stop, no list over several lines.

    It quotes what was typed, which may be a key in the wrong place: nothing as long as one is repeated.
    """
    text = _LIKE_A_KEY.sub("***", " ".join(error.format_message().split()))
    return text[:1].lower() + text[1:].removesuffix(".")


def _tell(message: str, hint: str, code: int) -> int:
    lines = [f"{click.style('error:', fg='red', bold=True)} {plain(message)}"]
    label = click.style("hint: ", bold=True)
    for line in filter(None, hint.split("\n")):
        lines.append(f"{label} {plain(line)}")
        label = "      "
    try:
        click.echo("\n".join(lines), err=True, color=colored())
    except OSError:  # nobody can be told; the exit code can
        _discard(sys.stderr)
    return code


def _output_failed(reason: str) -> int:
    """A full disk or a closed pipe: say so, and keep the interpreter from saying it again at its end."""
    if sys.stdout is not None:
        _discard(sys.stdout)
    return _tell(f"cannot write the output: {reason}", "nothing in Vault was undone by this; look, then repeat", 1)


def _discard(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _place(error: BaseException) -> str:
    """Type and line of an unforeseen exception: its text might quote what it choked on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace is not None else ""
    return type(error).__name__ + where
