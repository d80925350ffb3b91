"""What `each_row` shows of a table: every row that fails, by its name, and nothing of an empty one."""

from __future__ import annotations

import pytest

from tests.rows import each_row

TABLE = [pytest.param(1, id="one"), 2, 3]


def failures_of(test, **fixtures):
    with pytest.raises((AssertionError, BaseExceptionGroup)) as caught:
        test(**fixtures)
    errors = caught.value.exceptions if isinstance(caught.value, BaseExceptionGroup) else [caught.value]
    return str(caught.value), [error.__notes__ for error in errors]


def test_every_row_is_tried_whatever_fails_before_it():
    tried = []

    @each_row("number", TABLE)
    def test(number):
        tried.append(number)
        assert number == 0

    failures_of(test)
    assert tried == [1, 2, 3]


def test_each_that_fails_is_named_and_no_other():
    @each_row("number", TABLE)
    def test(number):
        assert number == 2

    text, notes = failures_of(test)
    assert "2 of 3 rows failed: one; 3" in text
    assert notes == [["in the row: one"], ["in the row: 3"]]


def test_one_that_fails_alone_is_told_as_it_was():
    @each_row(("left", "right"), [(1, 1), (1, 2)], ids=["same", "other"])
    def test(left, right):
        assert left == right, "they differ"

    text, notes = failures_of(test)
    assert text.startswith("they differ")
    assert notes == [["in the row: other"]]


def test_what_is_not_raised_is_a_failure_too():
    @each_row("text", ["1", "x"], ids=repr)
    def test(text):
        with pytest.raises(ValueError, match="invalid literal"):
            int(text)

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE") as caught:
        test()
    assert caught.value.__notes__ == ["in the row: '1'"]


def test_a_table_within_a_table_is_every_pair():
    pairs = []

    @each_row("left", [1, 2])
    @each_row("right", [3, 4])
    def test(left, right):
        pairs.append((left, right))

    test()
    assert sorted(pairs) == [(1, 3), (1, 4), (2, 3), (2, 4)]


@each_row("number", [1, 2])
def test_fixtures_are_handed_on(number, tmp_path):
    assert tmp_path.is_dir()


def test_an_empty_table_is_refused():
    with pytest.raises(AssertionError, match="shows nothing"):
        each_row("number", [])


def test_a_name_that_the_test_does_not_take_is_refused():
    with pytest.raises(AssertionError, match="does not take"):
        each_row("nunber", [1])(lambda number: number)


@pytest.mark.parametrize("leave_out", [pytest.skip, pytest.xfail])
def test_a_row_that_leaves_itself_out_is_a_failure_and_hides_none(leave_out):
    @each_row("number", [1, 2])
    def test(number):
        assert number != 1
        leave_out("not here")

    with pytest.raises(BaseExceptionGroup, match="2 of 2 rows failed: 1; 2") as caught:
        test()
    assert str(caught.value.exceptions[1]) == "the row 2 left itself out: not here"


def test_what_is_not_run_by_a_call_is_refused():
    async def awaited(number):
        raise AssertionError

    def iterated(number):
        yield AssertionError

    for test in (awaited, iterated):
        with pytest.raises(AssertionError, match="not run by calling it"):
            each_row("number", [1])(test)


def test_a_row_with_a_mark_is_refused():
    with pytest.raises(AssertionError, match="a test of its own"):
        each_row("number", [pytest.param(1, marks=pytest.mark.skip)])
