"""A table that checks one rule is one test: it goes through every row, and names each that fails.

Rules of the file
- `each_row` is written as `pytest.mark.parametrize` is; a test for every row costs two milliseconds a row, in each run.
- A row that skips, or says that it is expected to fail, is a failure: it would hide what the others show.
- All rows are tried, whatever fails before; an empty table shows nothing, and is refused.
- The rows share the test's fixtures: where a row changes what it is given (a patch, a directory), it wants a test of
  its own, and `parametrize`.
"""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

LONGEST = 100


def each_row(
    names: str | Sequence[str], rows: Iterable[object], ids: Iterable[object] | Callable | None = None
) -> Callable:
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else [*names]
    table = [(_values(row, names), _given_id(row)) for row in rows]
    assert table, "a table without rows shows nothing"
    called = [given or _called(values, number, ids) for number, (values, given) in enumerate(table)]

    def decorated(test: Callable) -> Callable:
        ends_unseen = inspect.iscoroutinefunction(test) or inspect.isgeneratorfunction(test)
        assert not ends_unseen, "what is awaited or iterated is not run by calling it"

        @wraps(test)
        def through_the_table(*self: object, **fixtures: object) -> None:
            failed = []
            for name, (values, _) in zip(called, table, strict=True):
                try:
                    test(*self, **fixtures, **dict(zip(names, values, strict=True)))
                except (pytest.skip.Exception, pytest.xfail.Exception) as left_out:
                    failed.append((name, AssertionError(f"the row {name} left itself out: {left_out}")))
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  told below, with the others
                    error.add_note(f"in the row: {name}")
                    failed.append((name, error))
            _tell(failed, len(table))

        through_the_table.__signature__ = _without(names, test)
        return through_the_table

    return decorated


def _values(row: object, names: list[str]) -> tuple[object, ...]:
    if hasattr(row, "marks"):  # pytest.param
        assert not row.marks, "a row with a mark wants a test of its own"
        return tuple(row.values)
    return (row,) if len(names) == 1 else tuple(row)


def _given_id(row: object) -> str | None:
    return row.id if hasattr(row, "marks") else None


def _called(values: tuple[object, ...], number: int, ids: object) -> str:
    if callable(ids):
        return "-".join(str(ids(value)) for value in values)
    if ids is not None:
        return str([*ids][number])
    return ", ".join(map(repr, values))[:LONGEST]


def _without(names: list[str], test: Callable) -> inspect.Signature:
    signature = inspect.signature(test)
    assert {*names} <= {*signature.parameters}, f"{test.__name__} does not take {names}"
    return signature.replace(parameters=[one for name, one in signature.parameters.items() if name not in names])


def _tell(failed: list[tuple[str, BaseException]], number: int) -> None:
    if len(failed) == 1:
        raise failed[0][1]
    if failed:
        named = "; ".join(name for name, _ in failed)
        raise BaseExceptionGroup(f"{len(failed)} of {number} rows failed: {named}", [error for _, error in failed])
