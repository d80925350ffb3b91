"""What a log may look like: cut, prefixed, folded, escaped, of any size; nothing of it blinds the audit."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.layout import Layout
from vault_binance.ops.audit import lines
from vault_binance.ops.audit.files import Input
from vault_binance.ops.audit.lines import Tally, entries, first_time, words

OURS = {
    "time": "2026-11-26T10:00:00Z",
    "type": "response",
    "request": {"id": "1", "path": "binance/data/credentials/a"},
}
LINE = json.dumps(OURS, separators=(",", ":")).encode()
THEIRS = LINE.replace(b"binance", b"anothers")


def read(text, *, size=1 << 20, layout=None):
    tally, one = Tally(), Input("log")
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    found = [entry["request"]["path"] for entry in entries(blocks, words(layout or Layout()), one, tally)]
    assert one.lines == tally.lines
    return found, tally


def test_only_lines_that_may_concern_us_are_parsed():
    found, tally = read(b"\n".join([THEIRS, LINE, THEIRS, LINE]) + b"\n")
    assert (len(found), tally.parsed, tally.lines) == (2, 2, 4)


@each_row(
    "line",
    [
        LINE.replace(b"binance", b"BINANCE"),
        LINE.replace(b"binance", rb"\u0062inance"),
        b"\xef\xbb\xbf" + LINE,
        LINE + b"\r",
        b"\0\0\0" + LINE,
        LINE + b"\0\0",
        b"<14>Nov 26 10:00:00 host vault[7]: " + LINE,
        b"vault-prod " + LINE,
        LINE.replace(b'"1"', b'"\xff\xfe"'),
        json.dumps(OURS).encode(),
    ],
    ids=["capitals", "escape", "bom", "crlf", "nul before", "nul after", "syslog", "prefix", "not utf-8", "spaces"],
)
def test_a_line_is_found_in_each_dress(line):
    found, tally = read(line + b"\n")
    assert len(found) == 1
    assert (tally.not_understood, tally.cut, tally.lines) == (0, 0, 1)


def test_a_line_that_is_cut_off_at_the_end_is_told():
    found, tally = read(LINE + b"\n" + LINE[:-20])
    assert (len(found), tally.cut, tally.not_understood, tally.lines) == (1, 1, 0, 2)


@pytest.mark.parametrize("line", [LINE, THEIRS])
def test_and_one_that_is_cut_off_at_its_beginning(line):
    found, tally = read(line[30:] + b"\n" + LINE + b"\n")
    assert (len(found), tally.cut, tally.not_understood) == (1, 1, 0)


def test_a_last_line_without_line_end_counts():
    found, tally = read(LINE)
    assert (len(found), tally.cut, tally.lines) == (1, 0, 1)


def test_what_is_no_entry_is_counted():
    found, tally = read(b'hello\n\n{"type":"response"}\n["binance"]\n{"binance":1}\n' + LINE + b"\n")
    assert (len(found), tally.not_understood, tally.lines) == (1, 3, 6)


def test_a_line_without_end_is_passed_over_and_what_follows_is_read(monkeypatch):
    monkeypatch.setattr(lines, "LONGEST", 4 * len(LINE))
    text = LINE + b"\n" + LINE[:-1] + b" " * 9 * len(LINE) + b"}\n" + LINE + b"\n"
    found, tally = read(text, size=len(LINE))
    assert (len(found), tally.too_long, tally.lines) == (2, 1, 3)


def test_a_longer_name_of_another_instance_is_searched_for_as_it_is():
    assert read(THEIRS + b"\n", layout=Layout("anothers"))[0] == ["anothers/data/credentials/a"]


@given(
    st.lists(st.sampled_from([LINE, THEIRS, b"", b"junk", LINE[:9]]), max_size=12), st.integers(1, 400), st.booleans()
)
def test_where_blocks_end_changes_nothing(lines, size, ended):
    text = b"\n".join(lines) + (b"\n" if ended else b"")
    assert read(text, size=size) == read(text)


@given(st.binary(max_size=300))
def test_nothing_in_a_log_is_an_unexpected_failure(junk):
    found, _ = read(junk + b"\n" + LINE + b"\n")
    assert found[-1:] == ["binance/data/credentials/a"]


def test_the_first_time_is_that_of_the_first_entry():
    assert first_time(b"junk\n" + LINE) == "2026-11-26T10:00:00Z"
    assert first_time(b"junk") > first_time(LINE)
