"""`demo`: the whole story on a Vault and a Binance of its own."""

from __future__ import annotations

from importlib.util import find_spec

import click

from vault_binance.cli.output import colored, in_format
from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault_binance.testing.demo_story import Ran, Step


_POLICY_LINES = 3


@click.command("demo")
@in_format("table", "json")
def demo(format_: str) -> int:
    """Run the main job from a leaky .env file to an audit trail; exit 1 if a step does not hold.

    Everything happens in a temporary folder, on servers of its own that listen on this machine alone.
    """
    from vault_binance.testing.demo_story import Story

    if find_spec("binance_sdk_spot") is None:
        raise ConfigError(
            "the demo's bot trades with an independent client, which is not installed",
            hint="pip install 'vault-binance[demo]'",
        )
    done: list[Step] = []
    with Story() as story:
        for number, step in enumerate(story.steps(), start=1):
            done.append(step)
            if format_ == "table":
                _show(number, step)
    if format_ == "json":
        _dump(done)
    else:
        _conclude(done)
    return 0 if all(step.holds for step in done) else 1


def _conclude(done: list[Step]) -> None:
    failed = [f"{number}. {step.title}" for number, step in enumerate(done, start=1) if not step.holds]
    if failed:
        _line(f"\n{len(failed)} of {len(done)} steps do not hold: {'; '.join(failed)}", fg="red", bold=True)
    else:
        _line(f"\nall {len(done)} steps hold, in {sum(step.seconds for step in done):.1f} s", fg="green", bold=True)


def _show(number: int, step: Step) -> None:
    _line(f"\n{number}. {step.title}", bold=True)
    for ran in step.commands:
        _show_command(ran)
    for statement, held in step.checks:
        _line(f"   {'yes' if held else 'NO '}  {statement}", fg="green" if held else "red")
    verdict = "proves" if step.holds else "DOES NOT HOLD"
    _line(f"   {verdict}: {step.proves}   ({step.seconds:.1f} s)", fg="cyan" if step.holds else "red")


def _show_command(ran: Ran) -> None:
    _line(f"   $ {ran.typed}", fg="yellow")
    for line in [*ran.stderr.splitlines(), *_brief(ran.stdout.splitlines())]:
        click.echo(f"     {line}")
    if ran.exit_code != ran.expected:
        _line(f"     exit {ran.exit_code}, expected {ran.expected}", fg="red", bold=True)
    elif ran.exit_code:
        _line(f"     exit {ran.exit_code}", dim=True)


def _brief(lines: list[str]) -> list[str]:
    """A policy's first lines stand for the rest; tables are shown whole."""
    is_policy = bool(lines) and lines[0].startswith("# ")
    return [*lines[:_POLICY_LINES], f"… {len(lines) - _POLICY_LINES} more lines"] if is_policy else lines


def _line(text: str, *, fg: str | None = None, bold: bool | None = None, dim: bool | None = None) -> None:
    click.echo(click.style(text, fg=fg, bold=bold, dim=dim), color=colored())


def _dump(done: list[Step]) -> None:
    import json

    steps = [
        {
            "title": step.title,
            "proves": step.proves,
            "holds": step.holds,
            "seconds": round(step.seconds, 3),
            "checks": [{"statement": statement, "holds": held} for statement, held in step.checks],
            "commands": [
                {"typed": ran.typed, "exit": ran.exit_code, "stdout": ran.stdout, "stderr": ran.stderr}
                for ran in step.commands
            ],
        }
        for step in done
    ]
    click.echo(json.dumps({"holds": all(step.holds for step in done), "steps": steps}, indent=2))
