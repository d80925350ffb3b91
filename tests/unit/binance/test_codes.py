"""The table of Binance's codes: nothing without a meaning, one meaning for each product, and one truth for all."""

from collections import Counter
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.binance.codes import shared, table
from vault_binance.binance.codes.row import EVERYWHERE, FUTURES, Fate, Outcome, Part
from vault_binance.binance.codes.table import TABLE, Refusal, explained, meanings, part_of, row_of
from vault_binance.binance.hosts import Product
from vault_binance.credentials import Environment
from vault_binance.errors import BinanceUnavailable, ConfigError, KeyRejected, RateLimited, VaultBinanceError

SECRET = "CanaryKey" + "k" * 55
DELETION = ("delete the key", "delete it", "remove the key", "revoke")

ROWS = {f"{row.code or row.statuses or 'last'} {row.name} {min(row.of)}": row for row in TABLE}
each_entry = each_row("row", ROWS.values(), ids=ROWS)


def refusal(status=400, code=0, text="", *, product=Product.SPOT, asked="GET /api/v3/account", wait=None):
    return Refusal(status, code, text, wait, asked, Environment.LIVE, product)


def example(row):
    """An answer that the row is about."""
    part = min(row.of)
    status = next(iter(row.status)) if row.status else 400
    product = Product.SPOT if part in {Part.SPOT, Part.SAPI} else Product(part.value)
    asked = "GET /sapi/v1/x" if part is Part.SAPI else "GET /x"
    return refusal(status, row.code or 0, product=product, asked=asked)


# The rows


def test_each_row_has_a_name_of_its_own():
    assert [*ROWS.values()] == [*TABLE]


@each_entry
def test_a_row_says_everything(row):
    assert row.says
    assert row.causes
    assert row.todo
    assert row.try_again
    assert row.name or row is TABLE[-1]
    for text in (row.says, *row.causes, row.todo, row.name, row.again):
        assert text.isascii()
        assert text.isprintable()
        assert "|" not in text, "it stands in a table"
        assert not text.endswith("."), "it stands within a sentence"


def test_a_hint_has_at_most_three_lines_in_every_environment():
    long = {
        (name, environment) for name, row in ROWS.items() for environment in Environment if lines(row, environment) > 3
    }
    assert not long


def lines(row, environment):
    return len(row.hint_for(environment).split("\n"))


@each_entry
def test_the_row_and_the_error_agree(row):
    answer = example(row)
    if row.status is None or row.status != range(500, 600):  # 503 has a row of its own within
        assert row_of(answer) is row or row is TABLE[-1]
    error = explained(answer)
    if row_of(answer) is row:
        assert error.transient is row.transient
        assert row.says in str(error)
        assert error.hint == row.hint_for(Environment.LIVE)


def test_no_product_has_two_rows_for_a_code():
    own = Counter((part, row.code) for row in TABLE if row.code and row.of != EVERYWHERE for part in row.of)
    common = Counter(row.code for row in TABLE if row.code and row.of == EVERYWHERE)
    assert max(own.values()) == max(common.values()) == 1


def test_every_row_can_be_reached():
    reached = {row_of(example(row)) for row in TABLE} | {row_of(refusal(502)), row_of(refusal(422))}
    assert reached == set(TABLE)


# The facts of the reference, section 11

EVERY_PRODUCT = [
    *(-1000, -1002, -1003, -1007, -1015, -1020, -1021, -1022, -1099, -1125, -1131),
    *(-1100, -1101, -1102, -1103, -1104, -1105, -1106),
    *(-2008, -2010, -2014, -2015),
]
OF_SPOT = [-2035, -2036, -2042]
OF_SAPI = [-3001, -3022, -3999, -4001, -4004, -4006, *range(-4017, -4009), -4026, -4035, -4036, -4046, -9000, -71012]
OF_FUTURES = {
    -4061: "position mode",
    -4087: "only reduce",
    -4088: "may not place",
    -4400: "quantitative",
    -4401: "large",
}


@each_row("code", EVERY_PRODUCT)
def test_codes_of_all_products_have_a_meaning_in_each(code):
    assert {part for parts in meanings(code).values() for part in parts} == set(Part)


@each_row(("code", "part"), [*((code, Part.SPOT) for code in OF_SPOT), *((code, Part.SAPI) for code in OF_SAPI)])
def test_codes_of_one_product_have_a_meaning_there(code, part):
    assert part in [one for parts in meanings(code).values() for one in parts]


@each_row(("code", "word"), OF_FUTURES.items())
def test_the_futures_have_their_own_meanings(code, word):
    assert word in row_of(refusal(code=code, product=Product.USDS_FUTURES)).says


@each_row("code", [-1004, -1108, -2021, -2022, -2026, -4001, -4046])
def test_a_number_that_is_used_twice_has_two_meanings(code):
    found = meanings(code)
    assert len(found) > 1
    assert len({row.says for row in found}) > 1
    assert {part for parts in found.values() for part in parts} >= FUTURES


@each_row("status", [301, 400, 401, 403, 404, 409, 410, 418, 429, 451, 500, 502, 503, 504])
def test_a_status_means_the_same_everywhere(status):
    assert list(meanings(status).values()) == [tuple(Part)]


@each_row("number", [0, 200, 204, 600, -1, -999, -99999, 10**30])
def test_what_has_no_meaning_has_none(number):
    assert meanings(number) == {}


# Whose code it is


def test_the_product_of_an_answer_is_told_by_its_host_and_by_its_path():
    assert part_of(refusal()) is Part.SPOT
    assert part_of(refusal(asked="GET /sapi/v1/account/apiRestrictions")) is Part.SAPI
    assert part_of(refusal(product=Product.USDS_FUTURES)) is Part.USDS
    assert part_of(refusal(product=Product.COIN_FUTURES)) is Part.COIN


def test_a_product_without_a_row_of_its_own_falls_back_to_what_is_common():
    rows = {row_of(refusal(code=-1022, product=product)) for product in Product}
    assert len(rows) == 1
    assert rows <= set(shared.ROWS)


def test_a_code_of_another_product_is_not_known():
    assert row_of(refusal(code=-4061)).outcome is Outcome.UNEXPECTED
    assert row_of(refusal(code=-3022, product=Product.USDS_FUTURES)).outcome is Outcome.UNEXPECTED


# -2015


@pytest.mark.parametrize("product", Product)
def test_the_ambiguous_code_blames_nothing_alone(product):
    row = row_of(refusal(401, -2015, product=product))
    assert "does not say which" in row.says
    assert "cannot be told apart" in row.hint
    assert "no proof" in row.hint
    assert len(row.causes) >= 5
    assert "once" in row.try_again


def test_nothing_advises_to_delete_a_key():
    for row in TABLE:
        assert not any(words in row.hint.lower() for words in DELETION), row.code


def test_futures_know_causes_of_their_own_for_the_ambiguous_code():
    (spot, futures) = meanings(-2015)
    assert set(futures.causes) - set(spot.causes) >= {"it is older than the futures account"}


# What became of a request


@each_row(("status", "code"), [(500, 0), (503, -2010), (400, -1007), (400, -1006), (400, -1000)])
def test_the_fate_of_a_request_is_open_where_binance_says_so(status, code):
    row = row_of(refusal(status, code))
    assert row.fate is Fate.UNKNOWN
    assert "look before" in row.hint.replace("\n", " ")
    assert "not before you have looked" in row.try_again


def test_a_half_done_request_is_told_as_one():
    assert row_of(refusal(409)).fate is row_of(refusal(409, -2021)).fate is Fate.PARTLY


def test_what_is_so_already_needs_no_other_try():
    assert row_of(refusal(code=-4046, product=Product.USDS_FUTURES)).try_again == "there is no need to"


@each_row(
    ("status", "code", "product", "kind"),
    [
        (400, -2017, Product.USDS_FUTURES, KeyRejected),
        (400, -1008, Product.USDS_FUTURES, BinanceUnavailable),
        (503, -1008, Product.USDS_FUTURES, BinanceUnavailable),
        (400, -1034, Product.SPOT, RateLimited),
        (400, -1011, Product.USDS_FUTURES, BinanceUnavailable),
        (404, 0, Product.COIN_FUTURES, ConfigError),
        (400, -2019, Product.USDS_FUTURES, VaultBinanceError),
        (400, -3022, Product.SPOT, VaultBinanceError),
    ],
)
def test_an_outcome_becomes_its_error(status, code, product, kind):
    assert type(explained(refusal(status, code, product=product))) is kind


# Binance's own words


def test_binances_words_are_shown_where_they_tell_more():
    assert str(explained(refusal(code=-1102, text="Mandatory parameter 'side' was not sent."))).endswith(
        ": Mandatory parameter 'side' was not sent."
    )


@each_row(
    "text",
    [
        SECRET,
        f"no such key: {SECRET}, try another",
        f"x-mbx-apikey={SECRET}",
        "\x00".join(SECRET),
        "word " * 37 + SECRET,
        "word " * 39 + SECRET[:5],
        f"signature {'0a' * 32}",
        f"{'Zm9v' * 20}==",
        "%5A" * 40,
    ],
)
def test_a_server_that_says_back_what_it_was_sent_is_not_quoted(text):
    shown = str(explained(refusal(code=-1100, text=text)))
    for piece in (SECRET[:5], "kkkk", "0a0a", "Zm9v", "%5A"):
        assert piece not in shown


numbers = st.integers(-10_000, 10_000) | st.integers() | st.sampled_from([row.code or 0 for row in TABLE])


@given(
    status=st.integers(100, 599) | st.integers(),
    code=numbers,
    product=st.sampled_from(Product),
    text=st.text(),
    wait=st.none() | st.floats(),
    asked=st.sampled_from(["GET /api/v3/account", "POST /sapi/v1/asset/transfer", "GET /fapi/v1/order"]),
)
def test_every_answer_is_explained(status, code, product, text, wait, asked):
    error = explained(Refusal(status, code, text, wait, asked, Environment.DEMO, product))
    assert isinstance(error, VaultBinanceError)
    assert error.hint
    assert error.message.isprintable()
    assert error.message.startswith(asked)
    assert len(error.message) < len(asked) + table.LONGEST_TEXT + 200
    if isinstance(error, RateLimited):
        assert 0 <= error.retry_after <= table.LONGEST_WAIT_S


@given(st.text(min_size=1), st.text())
def test_words_that_are_shown_are_printable_and_short(text, more):
    shown = table._own_words(text + more)
    assert shown.isprintable()
    assert 0 < len(shown) <= table.LONGEST_TEXT + 2


@each_row("wait", [inf, -inf, float("nan"), -1.0, 1e9])
def test_an_absurd_wait_is_not_believed(wait):
    assert explained(refusal(429, wait=wait)).retry_after == 60.0


def test_limits_alone_wait():
    assert {row.outcome for row in TABLE if row.wait} == {Outcome.LIMIT}
    assert all(row.wait for row in TABLE if row.outcome is Outcome.LIMIT)
