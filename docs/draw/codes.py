"""docs/reference/codes.md: what every code and status of Binance's means, from the table in the code.

python docs/draw/codes.py > docs/reference/codes.md
"""

from __future__ import annotations

import sys

from page import table

from vault_binance.binance.codes.row import Part, Row
from vault_binance.binance.codes.table import TABLE, meanings

SECTIONS = {
    "All products": tuple(Part),
    "Spot and /sapi": (Part.SPOT, Part.SAPI),
    "Spot": (Part.SPOT,),
    "/sapi": (Part.SAPI,),
    "Futures": (Part.USDS, Part.COIN),
    "USDS-margined futures": (Part.USDS,),
    "COIN-margined futures": (Part.COIN,),
}
"""A section for each set of products that has codes in common; one without codes is left out."""

HEAD = ("code", "means", "likely", "to do", "try again?", "did it happen?")


def line(number: str, row: Row) -> tuple[str, ...]:
    return f"`{number}` {row.name}".strip(), row.says, "; ".join(row.causes), row.todo, row.try_again, row.fate.value


def statuses() -> str:
    rows = sorted((row for row in TABLE if row.statuses), key=lambda row: row.statuses)
    return table(HEAD, *(line(row.statuses, row) for row in rows))


def by_section() -> dict[tuple[Part, ...], list[tuple[str, ...]]]:
    found: dict[tuple[Part, ...], list[tuple[str, ...]]] = {}
    for code in sorted({row.code for row in TABLE if row.code is not None}, reverse=True):
        for row, parts in meanings(code).items():
            found.setdefault(parts, []).append(line(str(code), row))
    return found


def page() -> str:
    codes = by_section()
    sections = "\n".join(
        f"## {title}\n\n{table(HEAD, *codes[parts])}\n" for title, parts in SECTIONS.items() if parts in codes
    )
    return f"""# Codes of Binance's

What an answer that is not a success means, why it comes, what to do. `vault-binance explain -2015` says the same at a
terminal. Products use some numbers with meanings of their own: look in the section of the product first.

- **try again?** says whether the same request can succeed later. After a limit `Retry-After` tells the wait.
- **did it happen?** is about requests with effects: orders, transfers, withdrawals.
- Where a status and a code come together, 418 and 429 say more than the code, and so does a 5xx; else the code does.
- One `-2015` is no proof that a key is gone. Do not delete a key because of it.

The texts are ours; numbers and names are Binance's: its pages on the errors of spot, wallet, margin and both futures.

## HTTP statuses

{statuses()}

{sections}
Drawn from the code by docs/draw/codes.py.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
