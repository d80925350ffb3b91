"""pictures/demo.svg: the demo as it ran just now, in a terminal; tables are left out but for the audit log's end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from io import StringIO
from typing import Any

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

WIDTH = 132
FROM_ELSEWHERE = re.compile(r"@font-face \{\{.*?\}\}\s*|<!--.*?-->\s*", re.DOTALL)
"""Fonts that a page would have to fetch from another host, and the comment that names one."""
AUDIT_LINES = 9


def main() -> None:
    command = [sys.executable, "-m", "vault_binance", "demo", "--format", "json"]
    story = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    console.print("[bold]$ scripts/demo[/bold]")
    for number, step in enumerate(story["steps"], start=1):
        show(console, number, step)
    seconds = sum(step["seconds"] for step in story["steps"])
    console.print(f"\n[bold green]all {len(story['steps'])} steps hold, in {seconds:.1f} s[/bold green]")
    template = FROM_ELSEWHERE.sub("", CONSOLE_SVG_FORMAT)
    sys.stdout.write(console.export_svg(title="vault-binance demo", code_format=template, unique_id="demo"))


def show(console: Console, number: int, step: dict[str, Any]) -> None:
    console.print(f"\n[bold]{number}. {step['title']}[/bold]")
    for ran in step["commands"]:
        console.print(Text(f"   $ {ran['typed']}", style="yellow"))
        for line in told(ran):
            console.print(Text(f"     {line}"[:WIDTH], style="default"))
    for check in step["checks"]:
        console.print(Text(f"   yes  {check['statement']}", style="green"))
    console.print(Text(f"   proves: {step['proves']}", style="cyan"))


def told(ran: dict[str, Any]) -> list[str]:
    """What is worth showing of a command's output: findings, refusals, the one-line results, the end of the story."""
    if ran["typed"].startswith("vault-binance audit"):
        lines = ran["stdout"].splitlines()
        return [lines[0], "…", *lines[-AUDIT_LINES:]]
    kept = ("HIGH", "error:", "stored", "{")
    return [line for line in (ran["stderr"] + ran["stdout"]).splitlines() if line.strip().startswith(kept)]


if __name__ == "__main__":
    main()
