"""What the drawn pages have in common: tables, and texts of the code in the words of a page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SOURCE = re.compile(r" \((?:design|reference)[^)]*\)|: see (?:vault_binance\.|bot/)[\w./]*\w")
"""What leads into the code, and says nothing to who uses it."""


def table(*rows: Sequence[str]) -> str:
    """The first row is its head."""
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def code(*texts: str) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def for_readers(docstring: str) -> str:
    return _SOURCE.sub("", docstring)
