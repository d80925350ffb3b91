"""`exec [NAME] -- COMMAND`: the command with the credential in its environment and nothing of Vault's.

It becomes the command, or with --on-change stays beside it: that road is in vault_binance.cli.supervised.
"""

from __future__ import annotations

from functools import partial

import click
from click.core import ParameterSource

from vault_binance.cli.completion import a_file, a_profile, a_reaction, of_a_command_line
from vault_binance.cli.start import handover_from, start
from vault_binance.config import patience

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from click.shell_completion import CompletionItem

    from vault_binance.bot.child import Handover
    from vault_binance.bot.lending import Loan


_BEHIND_DASHES = f"{__name__}.behind_dashes"


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
        if ctx.resilient_parsing and dashes:  # a shell completes: what comes is the command's, and no NAME
            ctx.set_parameter_source("name", ParameterSource.COMMANDLINE)
            ctx.meta[_BEHIND_DASHES] = True
        return rest

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        if _BEHIND_DASHES in ctx.meta:
            return of_a_command_line(ctx.params["command"], incomplete)
        return super().shell_complete(ctx, incomplete)


@click.command("exec", cls=AfterDashes, options_metavar="[OPTIONS]", epilog="The command stands behind --.")
@click.argument("name", default="")
@click.option("--path", default="", metavar="MOUNT/PATH", help="Read any KV path of an existing Vault instead.")
@click.option("--version", "version", type=click.IntRange(min=1), help="An older version; default the latest.")
@click.option("--pass", "passed", multiple=True, metavar="VAR", help="Let a VAULT_ or BAO_ variable reach the command.")
@click.option(
    "--profile",
    metavar="PROFILE",
    shell_complete=a_profile,
    help="Under which names: plain, nautilus, nautilus-futures, freqtrade, your own as in KEY=api_key,SECRET=secret, "
    "or @FILE with one of these; default VAULT_BINANCE_PROFILE, else plain.",
)
@click.option("--overwrite", is_flag=True, help="Replace the profile's variables where they are set.")
@click.option(
    "--verify",
    is_flag=True,
    help="Ask Binance about the key first: exit 31 where it is refused, 12 with a finding at HIGH; leaves a report.",
)
@click.option(
    "--on-change",
    metavar="WHAT",
    shell_complete=a_reaction,
    help="Keep the lease, and after a rotation: restart the command, signal:HUP (or another signal), exit, or ignore.",
)
@click.option(
    "--on-refused",
    type=click.Choice(["exit", "ignore"]),
    help="When Vault refuses the bot: end the command and exit with 25 (default), or let it go on.",
)
@click.option("--kill-timeout", metavar="TIME", help="From asking the command to end to killing it; default 30s.")
@click.option("--splay", metavar="TIME", help="Act on a rotation after a random part of this; default 0s.")
@click.option(
    "--wait",
    metavar="TIME",
    help="Try so long for the first credential: 30s, 5m or forever; default VAULT_BINANCE_WAIT, else 0s.",
)
@click.option(
    "--credentials-file",
    metavar="FILE",
    shell_complete=a_file,
    help="Keep the pair there too, on a tmpfs: variables for a shell, or JSON where the name ends in .json.",
)
@click.option(
    "--status-file",
    metavar="FILE",
    shell_complete=a_file,
    help="Keep the lease's state there, as JSON without secrets.",
)
@click.option(
    "--metrics-file", metavar="FILE", shell_complete=a_file, help="The same in numbers, as Prometheus reads it."
)
@click.pass_context
def execute(
    ctx: click.Context,
    /,
    name: str,
    path: str,
    version: int | None,
    passed: tuple[str, ...],
    profile: str | None,
    overwrite: bool,
    verify: bool,
    on_change: str | None,
    wait: str | None,
    command: tuple[str, ...],
    **supervising: str | None,
) -> int:
    """Start a command with BINANCE_API_KEY and BINANCE_API_SECRET in its environment, or with the names of a profile.

    NAME defaults to VAULT_BINANCE_CREDENTIAL. Without --on-change the token is revoked before the command starts, and
    the command replaces this process, so its exit code is its own: nothing reaches it later, no rotation and no
    suspension.

    A profile of your own gives variables to parts of the credential: api_key, secret, secret_file (a path to it, in
    memory only), key_type, environment, base_url, futures_url, name, version.

    With --on-change this process stays beside the command, keeps the lease, passes signals on and ends as the command
    does. A command is ended for a rotation (SIGTERM; SIGKILL to what is left of its process group after
    --kill-timeout) or a refusal, and never because Vault is away. With signal:HUP the new pair is in
    --credentials-file first; in the environment stays the one that it was started with. With exit a service manager is
    to start both anew, whatever the exit code: Restart=always, and KillMode=mixed so that SIGTERM comes once. If this
    process itself is killed with SIGKILL, the command goes on unwatched.
    """
    given = {option: text for option, text in supervising.items() if text is not None}
    handover = handover_from(ctx.obj, profile, passed=passed, overwrite=overwrite)
    patient = None if wait is None else patience(wait, "--wait")
    if on_change is None:
        if given:
            option = next(iter(given)).replace("_", "-")
            raise click.UsageError(f"--{option} needs --on-change: without it nothing stays beside the command", ctx)
        check = partial(_verified, ctx.obj) if verify else None
        start(ctx.obj, name, command, handover, path=path, version=version, wait=patient, check=check)
    if version is not None:
        raise click.UsageError("--version never changes: leave it or --on-change out", ctx)
    return _supervise(ctx, name, command, handover, on_change, given, {"path": path, "wait": patient, "verify": verify})


def _verified(environ: Mapping[str, str], loan: Loan) -> None:
    from vault_binance.bot.key_check import require_sound
    from vault_binance.cli.output import warning
    from vault_binance.cli.verdicts import show_findings
    from vault_binance.connect_verify import verified_loan

    checked = verified_loan(loan, environ, warning)
    show_findings(checked, err=True)
    require_sound(checked)


def _supervise(
    ctx: click.Context,
    name: str,
    command: tuple[str, ...],
    handover: Handover,
    on_change: str,
    given: Mapping[str, str],
    asked: Mapping[str, Any],
) -> int:
    from vault_binance.cli.supervised import rules_from, supervise

    rules = rules_from(
        on_change,
        on_refused=given.get("on_refused", "exit"),
        splay=given.get("splay", "0s"),
        kill_timeout=given.get("kill_timeout", "30s"),
        credentials_file=given.get("credentials_file", ""),
        context=ctx,
    )
    return supervise(
        ctx.obj,
        name,
        command,
        handover,
        rules,
        **asked,
        credentials_file=given.get("credentials_file", ""),
        status_file=given.get("status_file", ""),
        metrics_file=given.get("metrics_file", ""),
    )
