"""Reads a QR code back, to show that a picture holds what it should: byte mode, level L, versions 2 to 6, unharmed.

Source: ISO/IEC 18004, 7.3 (bytes), 7.5 and 7.6 (blocks), 7.7 (where modules go), 7.8 (masks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCKS = {2: (34,), 3: (55,), 4: (80,), 5: (108,), 6: (68, 68)}
"""Bytes of data in each block of a version, at level L."""

MASKS = (
    lambda row, column: (row + column) % 2,
    lambda row, column: row % 2,
    lambda row, column: column % 3,
    lambda row, column: (row + column) % 3,
    lambda row, column: (row // 2 + column // 3) % 2,
    lambda row, column: row * column % 2 + row * column % 3,
    lambda row, column: (row * column % 2 + row * column % 3) % 2,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2,
)


def text_of(modules: list[list[bool]]) -> str:
    """What a code says; true is dark."""
    size = len(modules)
    blocks = BLOCKS[(size - 17) // 4]
    assert _format(modules) >> 3 == 0b01, "level L"
    mask = MASKS[_format(modules) & 0b111]
    bits = [modules[row][column] ^ (mask(row, column) == 0) for row, column in _data_places(size)]
    words = [_number(bits[at : at + 8]) for at in range(0, sum(blocks) * 8, 8)]
    content = [word for block in range(len(blocks)) for word in words[block :: len(blocks)]]
    assert content[0] >> 4 == 0b0100, "byte mode"
    nibbles = [half for word in content for half in (word >> 4, word & 15)][1:]
    read = [(nibbles[at] << 4) | nibbles[at + 1] for at in range(0, len(nibbles) - 1, 2)]
    return bytes(read[1 : 1 + read[0]]).decode()


def _format(modules: list[list[bool]]) -> int:
    """The five bits beside the upper left finder: level and mask."""
    return _number([modules[8][column] for column in range(5)]) ^ 0b10101


def _number(bits: list[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)


def _data_places(size: int) -> Iterator[tuple[int, int]]:
    """Up and down in pairs of columns from the right, around what is not data."""
    columns = [*range(size - 1, 6, -2), *range(5, 0, -2)]
    for turn, right in enumerate(columns):
        for row in range(size) if turn % 2 else reversed(range(size)):
            for column in (right, right - 1):
                if not _is_pattern(row, column, size):
                    yield row, column


def _is_pattern(row: int, column: int, size: int) -> bool:
    corner = (row < 9 and column < 9) or (row < 9 and column >= size - 8) or (row >= size - 8 and column < 9)
    aligned = abs(row - (size - 7)) <= 2 and abs(column - (size - 7)) <= 2
    return corner or aligned or 6 in {row, column}
