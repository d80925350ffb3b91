"""`exec [NAME] -- COMMAND`: become the command, with the credential in its environment and nothing of Vault's."""

from __future__ import annotations

import click

from vault_binance.cli.start import start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class AfterDashes(click.Command):
    """A command whose last argument is all that stands behind `--`, untouched; without `--` it is a usage error."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own, dashes, command = args, False, list[str]()
        if "--" in args:
            at = args.index("--")
            own, dashes, command = args[:at], True, args[at + 1 :]
        missing = click.UsageError(
            "the command to start stands behind --, as in: exec market-maker -- python bot.py", ctx
        )
        try:
            rest = super().parse_args(ctx, own)
        except click.UsageError as error:
            raise error if dashes else missing from None  # without dashes it is the command that was not understood
        if not ctx.resilient_parsing and not (dashes and command):
            raise missing
        ctx.params["command"] = tuple(command)
        return rest


@click.command("exec", cls=AfterDashes, options_metavar="[OPTIONS]", epilog="The command stands behind --.")
@click.argument("name", default="")
@click.option("--path", default="", metavar="MOUNT/PATH", help="Read any KV path of an existing Vault instead.")
@click.option("--version", "version", type=click.IntRange(min=1), help="An older version; default the latest.")
@click.option("--pass", "passed", multiple=True, metavar="VAR", help="Let a VAULT_ or BAO_ variable reach the command.")
@click.option("--overwrite", is_flag=True, help="Replace BINANCE_API_KEY and BINANCE_API_SECRET where they are set.")
@click.pass_obj
def execute(
    environ: Mapping[str, str],
    name: str,
    path: str,
    version: int | None,
    passed: tuple[str, ...],
    overwrite: bool,
    command: tuple[str, ...],
) -> None:
    """Start a command with BINANCE_API_KEY and BINANCE_API_SECRET in its environment.

    NAME defaults to VAULT_BINANCE_CREDENTIAL. The token is revoked before the command starts; the command replaces this
    process, so its exit code is its own. Nothing reaches it later: no rotation, no suspension.
    """
    start(environ, name, command, path=path, version=version, passed=passed, overwrite=overwrite)
