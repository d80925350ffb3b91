"""What a shell offers on TAB, and the script that makes it ask.

Rules of the file
- TAB asks no Vault and no Binance, and opens no file: it costs a start of this program and nothing else. So names of
  credentials and bots are not offered.
- Whoever completes is given the class of an option's values; commands and choices are click's own business.
"""

from __future__ import annotations

import os

import click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from click.shell_completion import CompletionItem

VARIABLE = "_VAULT_BINANCE_COMPLETE"
"""How the script asks; click looks for it before anything else of ours."""

SHELLS = ["bash", "zsh", "fish"]


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, /, shell: str) -> None:
    """Print the script with which a shell completes commands, options and their values.

    bash and zsh take it by `source <(vault-binance completion SHELL)`, zsh after compinit; fish by
    `vault-binance completion fish | source`.
    """
    from click.shell_completion import get_completion_class

    root = ctx.find_root()
    script = get_completion_class(shell)
    assert script is not None  # noqa: S101  one of click's own, by the choice above
    click.echo(script(root.command, {}, root.info_name or "", VARIABLE).source())


def mend_bash() -> None:
    """Bash takes `--option=va` apart at the sign, and click then knows no option that the value belongs to."""
    from click.shell_completion import BashComplete, add_completion_class

    class Bash(BashComplete):
        def get_completion_args(self) -> tuple[list[str], str]:
            arguments, incomplete = super().get_completion_args()
            return [word for word in arguments if word != "="], incomplete

    add_completion_class(Bash)


def a_file(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:  # noqa: ARG001  click's
    return _files(incomplete)


def a_profile(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> Sequence[str]:  # noqa: ARG001  click's
    from vault_binance.bot.profiles import NAMED

    return [name for name in NAMED if name.startswith(incomplete)]


def a_reaction(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> Sequence[str]:  # noqa: ARG001  click's
    return [word for word in ("restart", "signal:HUP", "exit", "ignore") if word.startswith(incomplete)]


def of_a_command_line(before: Sequence[str], incomplete: str) -> list[CompletionItem[str]]:
    """The words of somebody else's command: its name from the PATH, then files."""
    from click.shell_completion import CompletionItem

    if before or "/" in incomplete or not incomplete:
        return _files(incomplete)
    return [CompletionItem(name) for name in sorted(set(_programs(incomplete)))]


def _files(incomplete: str) -> list[CompletionItem[str]]:
    """The shell looks for files itself."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def _programs(beginning: str) -> Iterator[str]:
    for directory in os.get_exec_path():
        try:
            names = [each.name for each in os.scandir(directory) if each.name.startswith(beginning)]
        except OSError:  # not there, or not ours to look into
            continue
        yield from (name for name in names if os.access(f"{directory}/{name}", os.X_OK))
