"""pictures/ladder.svg: the exposure ladder, from the table on its page."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sheet import box, lines, sheet, text

PAGE = Path(__file__).parents[1] / "concepts" / "ladder.md"
WIDTH, STEP, RISE, HEIGHT, GAP = 780, 180, 52, 196, 7


def rungs() -> list[list[str]]:
    """The rows of the table, lowest rung first."""
    table = re.search(r"<!-- ladder -->\n(.*?)<!-- end -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if not table:
        sys.exit(f"no table in {PAGE}")
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()[2:]]


def rung(number: int, row: list[str], count: int) -> str:
    name, holds, taken, here = row
    x, y = 20 + number * (STEP + GAP), 20 + (count - 1 - number) * RISE
    return "\n".join(
        [
            box(x, y, STEP, HEIGHT),
            text(x + 12, y + 26, f"{number + 1}  {name}", "name"),
            text(x + STEP - 12, y + 26, here, "says", "end"),
            text(x + 12, y + 50, "the bot holds", "says"),
            lines(x + 12, y + 67, holds, "text", 25),
            text(x + 12, y + 116, "who takes it over, takes", "says"),
            lines(x + 12, y + 134, taken, "text", 25),
        ]
    )


def picture() -> str:
    rows = rungs()
    foot = 20 + (len(rows) - 1) * RISE + HEIGHT + 34
    ground = f'<path d="M 20 {foot - 14} L {WIDTH - 20} {foot - 14}"/>'
    words = text(WIDTH / 2, foot + 6, "each rung shows the bot less", "says", "middle")
    return sheet("\n".join([*(rung(n, row, len(rows)) for n, row in enumerate(rows)), ground, words]), WIDTH, foot + 20)


if __name__ == "__main__":
    sys.stdout.write(picture())
