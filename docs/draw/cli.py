"""docs/reference/cli.md: every command, its arguments and options, from the commands themselves.

python docs/draw/cli.py > docs/reference/cli.md
"""

from __future__ import annotations

import inspect
import re
import sys
from typing import TYPE_CHECKING

import click
from page import table

from vault_binance.cli.main import COMMANDS, cli

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "vault-binance"
AS_HELP_HAS_IT = re.compile(r"(?:^|; |  \[)[Dd]efault:? (.*?)[.\]]*$")
"""Where a command works out a default itself, its help says so at the end."""

CODE = re.compile(r"(?<![\w`-])(--?[a-z][\w-]*|_?(?:VAULT|BAO|BINANCE)_[A-Z_]*)(?![\w`])")


def commands(command: click.Command, name: str) -> Iterator[tuple[click.Context, click.Command]]:
    """A command and all below it, a group before what is in it."""
    context = click.Context(command, info_name=name, **cli.context_settings)
    yield context, command
    if isinstance(command, click.Group):
        for word in command.list_commands(context):
            if below := command.get_command(context, word):
                yield from commands(below, f"{name} {word}")


def prose(text: str) -> str:
    """As Markdown takes it for text, with options and variables as code; what is code already stays as it is."""
    text, *rest = re.split("(`[^`]*`)", text)
    return CODE.sub(r"`\1`", text.replace("<", "&lt;").replace("*", "\\*")) + (
        rest[0] + prose("".join(rest[1:])) if rest else ""
    )


def cell(text: str) -> str:
    return prose(text).replace("|", "\\|")


def paragraphs(command: click.Command) -> str:
    said = inspect.cleandoc(command.help or "").split("\n\n")
    return "\n\n".join(prose(" ".join(part.split())) for part in [*said, *([command.epilog] if command.epilog else [])])


def usage(context: click.Context) -> str:
    return f"`{context.command_path} {' '.join(context.command.collect_usage_pieces(context))}`"


def arguments(command: click.Command) -> str:
    found = [one for one in command.params if isinstance(one, click.Argument)]
    rows = [(f"`{one.human_readable_name.upper().strip('[].')}`", how_many(one), kind(one)) for one in found]
    return table(("argument", "how many", "is"), *rows) if rows else ""


def how_many(argument: click.Argument) -> str:
    if argument.nargs == -1:
        return "one or more" if argument.required else "any number"
    return "one" if argument.required else "one or none"


def kind(parameter: click.Parameter) -> str:
    choices = getattr(parameter.type, "choices", ())
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    return {"integer range": "a number", "path": "a file or directory"}.get(parameter.type.name, "text")


def options(context: click.Context) -> str:
    found = [one for one in context.command.params if isinstance(one, click.Option) and not one.hidden]
    rows = [option(one, context) for one in found if one.name != "version" or one.expose_value]
    return table(("option", "default", "says"), *rows) if rows else ""


def option(one: click.Option, context: click.Context) -> tuple[str, str, str]:
    spelled = one.get_help_record(context)
    name = ", ".join([*one.opts, *one.secondary_opts]) if spelled is None else spelled[0]
    told = AS_HELP_HAS_IT.search(one.help or "")
    says = (one.help or "").removesuffix(".")
    if told:
        says = says[: told.start()].rstrip(". ")
    if one.required:
        says += " (required)"
    if one.multiple and "epeat" not in says:
        says += " (repeatable)"
    return f"`{shown(name)}`", cell(told[1]) if told else default(one), cell(says.strip() or "-")


def shown(name: str) -> str:
    return name.replace("INTEGER RANGE", "NUMBER").replace("|", "\\|")


def default(one: click.Option) -> str:
    """As click has it; nothing and "off" are none."""
    value = one.to_info_dict()["default"]
    return f"`{value}`" if isinstance(value, str | int) and value not in {"", False} else "-"


def page() -> str:
    sections = []
    for context, command in commands(cli, PROGRAM):
        depth = "###" if context.command_path.count(" ") > 1 else "##"
        parts = [
            f"{depth} {context.command_path}",
            usage(context),
            paragraphs(command),
            arguments(command),
            options(context),
        ]
        sections.append("\n\n".join(part for part in parts if part))
    rows = [(f"[`{name}`](#{PROGRAM}-{name})", says) for name, (_, says) in COMMANDS.items()]
    return f"""# Commands

Data goes to stdout, everything else to stderr. A failure is a line `error:`, where there is one a line `hint:`, and an
[exit code](errors.md#exit-codes). `-h` or `--help` after any command shows what stands here; what the environment says
is in [variables](environment.md). With `--format json` or `yaml` a program reads what a table shows a person, and codes
and fields in it do not change; `--field NAME` prints one of them alone.

{table(("command", "does"), *rows)}

{chr(10).join(f"{section}{chr(10)}" for section in sections)}
Drawn from the code by docs/draw/cli.py.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
