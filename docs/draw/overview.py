"""pictures/overview.svg: who meets whom, for the front page."""

from __future__ import annotations

import sys

from sheet import box, sheet, text

WIDTH, HEIGHT, BOX_WIDTH, BOX_HEIGHT = 780, 330, 200, 64
PLACES = {
    "operators": (20, 20, "put keys in, make bots"),
    "Vault": (290, 133, "shared with other teams"),
    "bot": (560, 133, "Fetcher, or started by exec"),
    "Binance": (560, 246, "or the emulator"),
    "audit": (20, 246, "who, what, from where, when"),
}
ARROWS = (
    ("M 220 52 L 390 52 L 390 133", 234, 44, "one pair, one write, checked before"),
    ("M 560 155 L 490 155", 525, 146, "a login"),
    ("M 490 177 L 560 177", 525, 194, "a lease"),
    ("M 660 197 L 660 246", 668, 226, "signed request"),
    ("M 390 197 L 390 278 L 220 278", 234, 270, "its audit log"),
)
IN_THE_MIDDLE = {"a login", "a lease"}


def named(name: str) -> str:
    x, y, says = PLACES[name]
    look = (text(x + 12, y + 27, name, "name"), text(x + 12, y + 47, says, "says"))
    return "\n".join([box(x, y, BOX_WIDTH, BOX_HEIGHT), *look])


def arrow(path: str, x: float, y: float, words: str) -> str:
    return f'<path d="{path}"/>\n' + text(x, y, words, "event", "middle" if words in IN_THE_MIDDLE else "start")


def picture() -> str:
    return sheet("\n".join([*map(named, PLACES), *(arrow(*each) for each in ARROWS)]), WIDTH, HEIGHT)


if __name__ == "__main__":
    sys.stdout.write(picture())
