"""pictures/birth.svg: how a key comes to be, message by message."""

from __future__ import annotations

import sys

from sheet import box, sheet, text

WHO = ("you", "Vault", "Binance", "bot")
MESSAGES = (
    ("you", "Vault", "key new: the private half"),
    ("Vault", "you", "the public half, on stdout"),
    ("you", "Binance", "the public half; permissions, addresses"),
    ("Binance", "you", "the API key"),
    ("you", "Binance", "key put: is it a pair, is it safe?"),
    ("you", "Vault", "the whole pair, in one write"),
    ("you", "Vault", "the half that waited is erased"),
    ("bot", "Vault", "its next read finds the new version"),
)
WIDTH, LEFT, APART, TOP, STEP = 780, 66, 216, 84, 42


def place(name: str) -> int:
    return LEFT + APART * WHO.index(name)


def message(number: int, sender: str, receiver: str, words: str) -> str:
    y, start, end = TOP + STEP * number, place(sender), place(receiver)
    return "\n".join(
        [
            f'<path d="M {start} {y} L {end} {y}"/>',
            text(min(start, end) + 10, y - 7, words, "text"),
        ]
    )


def picture() -> str:
    foot = TOP + STEP * (len(MESSAGES) - 1) + 24
    lives = [f'<path class="line" d="M {place(name)} 52 L {place(name)} {foot}"/>' for name in WHO]
    heads = [box(place(name) - 50, 16, 100, 36) + text(place(name), 39, name, "name", "middle") for name in WHO]
    told = [message(number, *each) for number, each in enumerate(MESSAGES)]
    return sheet("\n".join([*lives, *heads, *told]), WIDTH, foot + 16)


if __name__ == "__main__":
    sys.stdout.write(picture())
