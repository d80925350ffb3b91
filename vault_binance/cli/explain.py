"""`explain`: what a code or an HTTP status of Binance's means, why it comes, what to do. It needs no Vault."""

from __future__ import annotations

import re

import click

from vault_binance.binance.codes.row import Fate, Part
from vault_binance.binance.codes.table import TABLE, meanings
from vault_binance.cli.output import formatted, show_one, show_rows
from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vault_binance.binance.codes.row import Row

    Meaning = tuple[str, Row, tuple[Part, ...]]
    """A code or a status as it is written, what it means, and to which parts of Binance."""

FUTURES = "futures"
PARTS = {**{part.value: (part,) for part in Part}, FUTURES: (Part.USDS, Part.COIN)}

_NUMBER = re.compile(r"-?[0-9]{1,9}")
_FIRST_CODE = 1000  # a number from here on is a code without its minus sign: no HTTP status is that large
_NEAR = 3
_SHORT = 20
"""What is longer is not quoted: it may have been pasted, and be no code at all."""


@click.command("explain", context_settings={"ignore_unknown_options": True})  # -2015 is a code and no option
@click.argument("codes", metavar="[CODE]...", nargs=-1)
@click.option("--product", type=click.Choice(list(PARTS)), help="Show the meaning there alone.")
@formatted
def explain(codes: tuple[str, ...], product: str | None, format_: str, field: str | None) -> None:
    """Explain a code of Binance's, such as -2015, or an HTTP status, such as 451.

    Products use some numbers with meanings of their own: all are shown, each with its product. Without CODE the whole
    table is listed.
    """
    parts = PARTS[product] if product else tuple(Part)
    found = [meaning for code in codes for meaning in _found(code, parts)] if codes else _all(parts)
    if format_ != "table" or field:
        show_rows([_row(*meaning) for meaning in found], format_, field)
    elif codes:
        _show_each(found)
    else:
        show_rows([_line(*meaning) for meaning in found], format_)


def _found(code: str, parts: Sequence[Part]) -> Iterable[Meaning]:
    numbers = _numbers(code)
    found = [meaning for number in numbers for meaning in _meanings(number, parts)]
    if not found:
        raise ConfigError(f"no meaning of {code} is known{_there(parts)}", hint=_elsewhere(numbers[0]))
    return found


def _meanings(number: int, parts: Sequence[Part]) -> Iterable[Meaning]:
    """What a number means in some parts of Binance."""
    for row, of in meanings(number).items():
        if theirs := _common(of, parts):
            yield str(number), row, theirs


def _numbers(code: str) -> Sequence[int]:
    """A code as it is typed: with or without its minus sign, or Binance's name for it, which may be that of several."""
    if _NUMBER.fullmatch(code):
        return [-int(code) if int(code) >= _FIRST_CODE else int(code)]
    if code.startswith("-") and len(code) <= _SHORT:
        raise click.NoSuchOption(code)
    named = [row.code for row in TABLE if row.code is not None and row.name == code.upper()]
    if not named:
        raise ConfigError(
            f"{ascii(code) if len(code) <= _SHORT else 'this'} is neither a code of Binance's nor an HTTP status",
            hint="such as -2015, 451 or REJECTED_MBX_KEY; all of them: vault-binance explain",
        )
    return list(dict.fromkeys(named))


def _there(parts: Sequence[Part]) -> str:
    return "" if len(parts) == len(Part) else f" for {_products(parts)}"


def _elsewhere(number: int) -> str:
    others = [part for of in meanings(number).values() for part in of]
    if others:
        return f"it has one for {_products(others)}: leave --product out"
    nearest = sorted(sorted(_codes(), key=lambda code: abs(code - number))[:_NEAR], reverse=True)
    return f"the nearest that are: {', '.join(map(str, nearest))}; all of them: vault-binance explain"


def _all(parts: Sequence[Part]) -> list[Meaning]:
    """Every meaning once: the statuses, then the codes as they are numbered."""
    statuses = [(row.statuses, row, theirs) for row in TABLE if row.statuses and (theirs := _common(row.of, parts))]
    codes = [meaning for code in _codes() for meaning in _meanings(code, parts)]
    return [*sorted(statuses, key=lambda status: status[0]), *codes]


def _codes() -> Sequence[int]:
    return sorted({row.code for row in TABLE if row.code is not None}, reverse=True)


def _common(some: Iterable[Part], others: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(part for part in Part if part in some and part in others)


def _products(parts: Sequence[Part]) -> str:
    if len(set(parts)) == len(Part):
        return "all"
    return ", ".join(part for part in Part if part in parts)


def _row(code: str, row: Row, parts: Sequence[Part]) -> dict[str, object]:
    return {
        "code": code,
        "name": row.name,
        "products": [part.value for part in parts],
        "meaning": row.says,
        "causes": list(row.causes),
        "to_do": row.todo,
        "transient": row.transient,
        "try_again": row.try_again,
        "outcome_unknown": row.fate in {Fate.UNKNOWN, Fate.PARTLY},
        "did_it_happen": row.fate.value,
    }


def _line(code: str, row: Row, parts: Sequence[Part]) -> dict[str, object]:
    return {"code": code, "product": _products(parts), "transient": row.transient, "meaning": row.says}


def _show_each(found: Sequence[Meaning]) -> None:
    for number, (code, row, parts) in enumerate(found):
        if number:
            click.echo()
        show_one(
            {
                "code": f"{code}  {row.name}",
                "product": _products(parts),
                "meaning": row.says,
                "likely": "\n".join(f"- {cause}" for cause in row.causes),
                "to do": row.todo,
                "try again?": row.try_again,
                "did it happen?": row.fate.value,
            },
            "table",
        )
