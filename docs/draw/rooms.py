"""pictures/rooms.svg: the rooms of the house, from the table that the architecture test checks."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from textwrap import wrap

from sheet import box, sheet, text

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
DOWN = "imports go down only"
WIDTH, GAP, LINE, HEAD = 920, 14, 17, 46


def table(name: str) -> dict[str, list[str]]:
    """A literal table of the architecture test, read without running it."""
    tree = ast.parse((ROOT / "tests/test_architecture.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            found: dict[str, list[str]] = ast.literal_eval(node.value)
            return found
    sys.exit(f"no table {name} in tests/test_architecture.py")


def shown(patterns: list[str]) -> list[str]:
    """A folder that lies in the room as a whole stands for its files; of what is not there yet nothing is shown."""
    there = [one for one in patterns if any((ROOT / "vault_binance").glob(one)) and not one.endswith("__init__.py")]
    return [one.removesuffix("*.py") if one.endswith("/*.py") else one for one in there]


def drawn(room: str, names: list[str], left: float, top: float, width: float) -> tuple[str, float]:
    rows = wrap("  ".join(names), int((width - 24) / 7.3), break_long_words=False, break_on_hyphens=False)
    height = HEAD + LINE * len(rows) + 10
    parts = [
        box(left, top, width, height),
        text(left + 14, top + 22, room, "name"),
        text(left + 14, top + 38, SAYS[room], "says"),
        *(text(left + 14, top + HEAD + 12 + LINE * number, row, "event") for number, row in enumerate(rows)),
    ]
    return "\n".join(parts), height


def picture() -> str:
    rooms, parts, top = table("ROOMS"), list[str](), float(GAP)
    for storey in STOREYS:
        width = (WIDTH - 60 - GAP * (len(storey) + 1)) / len(storey)
        boxes = [
            drawn(room, shown(rooms[room]), 60 + GAP + number * (width + GAP), top, width)
            for number, room in enumerate(storey)
        ]
        parts += [each for each, _ in boxes]
        top += max(height for _, height in boxes) + GAP
    parts.append(f'<path d="M 36 20 L 36 {top - 16:.0f}"/>')
    parts.append(f'<g transform="translate(24 {top / 2:.0f}) rotate(-90)">{text(0, 0, DOWN, "says", "middle")}</g>')
    return sheet("\n".join(parts), WIDTH, top)


if __name__ == "__main__":
    sys.stdout.write(picture())
