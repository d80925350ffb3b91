"""pictures/rooms.svg: the rooms of the house, from the table that the architecture test checks."""

from __future__ import annotations

import ast
import sys
from fnmatch import fnmatch
from pathlib import Path
from textwrap import wrap

ROOT = Path(__file__).parents[2]
STOREYS = (("program", "testing"), ("wiring",), ("services", "doors"), ("ports",), ("core",), ("ground",))
SAYS = {
    "program": "parse, call one service, render",
    "testing": "servers, fakes, the emulator: public",
    "wiring": "settings become doors, doors become services",
    "services": "what runs beside a bot, and for an operator",
    "doors": "one file for each outside world",
    "ports": "values and protocols; what a status means",
    "core": "decisions: facts in, decision out, pure",
    "ground": "plain values",
}
WIDTH, GAP, LINE, HEAD = 920, 14, 17, 46


def table(name: str) -> dict[str, list[str]]:
    """A literal table of the architecture test, read without running it."""
    tree = ast.parse((ROOT / "tests/test_architecture.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            found: dict[str, list[str]] = ast.literal_eval(node.value)
            return found
    sys.exit(f"no table {name} in tests/test_architecture.py")


def files(patterns: list[str]) -> list[str]:
    package = ROOT / "vault_binance"
    every = sorted(str(path.relative_to(package)) for path in package.rglob("*.py"))
    return [path for path in every if any(fnmatch(path, one) for one in patterns) and not path.endswith("__init__.py")]


def box(room: str, names: list[str], left: float, top: float, width: float) -> tuple[str, float]:
    lines = wrap("  ".join(names), int((width - 24) / 6.7), break_long_words=False, break_on_hyphens=False)
    height = HEAD + LINE * len(lines) + 10
    text = [
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="8"/>',
        f'<text x="{left + 14}" y="{top + 22}" class="name">{room}</text>',
        f'<text x="{left + 14}" y="{top + 38}" class="says">{SAYS[room]}</text>',
        *(
            f'<text x="{left + 14}" y="{top + HEAD + 12 + LINE * number}" class="file">{line}</text>'
            for number, line in enumerate(lines)
        ),
    ]
    return "\n".join(text), height


def main() -> None:
    rooms, parts, top = table("ROOMS"), [], float(GAP)
    for storey in STOREYS:
        width = (WIDTH - 60 - GAP * (len(storey) + 1)) / len(storey)
        drawn = [
            box(room, files(rooms[room]), 60 + GAP + number * (width + GAP), top, width)
            for number, room in enumerate(storey)
        ]
        parts += [text for text, _ in drawn]
        top += max(height for _, height in drawn) + GAP
    sys.stdout.write(page("\n".join(parts), top))


def page(body: str, height: float) -> str:
    middle = height / 2
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif">
<style>
rect {{ fill: #f6f8fa; stroke: #8c959f }}
.name {{ font-weight: bold; font-size: 15px; fill: #1f2328 }}
.says {{ font-size: 12px; fill: #59636e }}
.file {{ font-family: monospace; font-size: 11px; fill: #0550ae }}
</style>
<rect width="{WIDTH}" height="{height:.0f}" style="fill: white; stroke: none"/>
<path d="M 36 20 L 36 {height - 30:.0f} m -7 -12 l 7 14 l 7 -14" stroke="#59636e" stroke-width="2" fill="none"/>
<text transform="translate(24 {middle:.0f}) rotate(-90)" text-anchor="middle" class="says">imports go down only</text>
{body}
</svg>
"""


if __name__ == "__main__":
    main()
