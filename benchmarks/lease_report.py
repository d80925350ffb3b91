"""How figures are printed: a title, rows in columns, and a bar beside each figure that has one, MISSED where missed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_missed: list[str] = []


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """The first column is text and stands left, the others right."""
    cells = [[_text(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    print(f"\n{title}")
    for first, *others in cells:
        line = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        print("  " + "  ".join(line).rstrip(), flush=True)


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return "never" if math.isinf(cell) else "-" if math.isnan(cell) else f"{cell:.1f}"
    return str(cell)


def verdict(what: str, value: float, bar: float) -> str:
    """The bar beside its figure; a missed one is remembered under `what`."""
    if value <= bar:
        return f"<= {bar:g}"
    _missed.append(f"{what}: {_text(float(value))}, bar {bar:g}")
    return f"MISSED {bar:g}"


def missed() -> list[str]:
    return list(_missed)


def share(values: Sequence[float], part: float) -> float:
    """The value that this part of all does not exceed (nearest rank); NaN of nothing."""
    ordered = sorted(values)
    return ordered[max(math.ceil(part * len(ordered)) - 1, 0)] if ordered else math.nan


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
