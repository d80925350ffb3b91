"""A Redacted shows its value on no road but `.reveal()`; a Hidden shows none of its values."""

from __future__ import annotations

import copy
import dataclasses
import io
import json
import logging
import pickle
import pprint
import sys
import traceback
from string import Template

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.redacted import MASK, Hidden, Redacted

CANARY = "canary-7f3a91c2d4e5"
SECRET = Redacted(CANARY)
PAIR = Credentials("maker", Redacted(CANARY), SECRET, KeyType.HMAC, Environment.LIVE, 3)
BODY = Hidden(secret_id=CANARY, nested={"deeper": CANARY})

TEXTS = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": format,
    "f-string": lambda value: f"{value}",
    "f-string with !r": lambda value: f"{value!r}",
    "f-string with =": lambda value: f"{value=}",
    "percent s": lambda value: "%s" % (value,),  # noqa: UP031
    "percent r": lambda value: "%r" % (value,),  # noqa: UP031
    "str.format": "{}".format,
    "template": lambda value: Template("$secret").substitute(secret=value),
    "in a list": lambda value: str([value]),
    "in a dict": lambda value: str({"secret": value}),
    "as an argument of an exception": lambda value: str(ValueError("bad", value)),
    "pprint": pprint.pformat,
    "json with default=str": lambda value: json.dumps(value, default=str),
    "json with default=repr": lambda value: json.dumps({"a": [value]}, default=repr),
}


@each_row("way", TEXTS)
@each_row("value", [SECRET, PAIR], ids=["Redacted", "Credentials"])
def test_no_way_to_text_shows_the_value(way, value):
    text = TEXTS[way](value)
    assert CANARY not in text
    assert MASK in text


def test_a_pair_as_a_dict_or_tuple_is_as_silent():
    for copied in (dataclasses.asdict(PAIR), dataclasses.astuple(PAIR), dataclasses.replace(PAIR, version=4)):
        assert CANARY not in repr(copied)
    assert dataclasses.asdict(PAIR)["secret"].reveal() == CANARY


@given(st.text(min_size=1))
def test_the_mask_tells_nothing_not_even_the_length(text):
    secret = Redacted(text)
    assert (repr(secret), str(secret)) == (repr(SECRET), str(SECRET))
    assert f"{secret:>40}" == f"{SECRET:>40}" == MASK.rjust(40)
    assert f"{secret:.2}" == MASK[:2], "a precision cuts the mask, not the secret"


@each_row("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@each_row("value", [SECRET, PAIR, [SECRET], {"key": PAIR}], ids=["alone", "pair", "list", "dict"])
def test_pickling_raises_and_says_what_to_do_instead(value, protocol):
    with pytest.raises(TypeError, match="let the other process fetch its own credential") as caught:
        pickle.dumps(value, protocol)
    assert CANARY not in str(caught.value)


TAKERS = [
    json.dumps,
    lambda secret: json.dumps({"secret": secret}),
    ",".join,
    lambda secret: "key=" + secret,
    lambda secret: secret + "x",
    lambda secret: "x" in secret,
    lambda secret: secret[0],
    int,
    float,
    bytes,
    len,
    iter,
]


@each_row("taker", TAKERS)
def test_it_is_no_string_to_anything_that_takes_strings(taker):
    with pytest.raises(TypeError) as caught:
        taker([SECRET] if taker == TAKERS[2] else SECRET)
    assert CANARY not in str(caught.value)


def test_copies_are_itself_so_that_no_second_object_lies_about():
    assert copy.copy(SECRET) is SECRET
    assert copy.deepcopy({"a": [SECRET]})["a"][0] is SECRET
    assert copy.deepcopy(PAIR).secret is SECRET


def test_it_has_no_attribute_that_shows_it():
    assert not hasattr(SECRET, "__dict__")
    with pytest.raises(TypeError):
        vars(SECRET)
    with pytest.raises(AttributeError):
        SECRET.value = "something else"
    public = [name for name in dir(SECRET) if not name.startswith("_")]
    assert public == ["reveal"]


@given(st.text(), st.text())
def test_equality_is_that_of_the_values_whatever_they_contain(left, right):
    assert (Redacted(left) == Redacted(right)) is (left == right)
    assert Redacted(left) == Redacted(left)


@given(st.characters(categories=["Cs"]))
def test_a_value_that_cannot_be_encoded_is_compared_without_an_exception_that_quotes_it(surrogate):
    """A variable with a byte that is no UTF-8 arrives so."""
    assert Redacted(f"{CANARY}{surrogate}") == Redacted(f"{CANARY}{surrogate}")
    assert Redacted(f"{CANARY}{surrogate}") != SECRET


def test_a_plain_string_is_never_equal():
    assert SECRET != CANARY
    assert CANARY != SECRET
    assert SECRET.__eq__(CANARY) is NotImplemented


def test_it_cannot_be_hashed_since_a_hash_is_a_fingerprint():
    with pytest.raises(TypeError):
        hash(SECRET)
    with pytest.raises(TypeError):
        hash(PAIR)
    with pytest.raises(TypeError):
        {SECRET}  # noqa: B018


def test_logging_shows_the_mask_as_argument_as_message_and_as_extra():
    stream = io.StringIO()
    road = logging.StreamHandler(stream)
    road.setFormatter(logging.Formatter("%(message)s %(secret)s"))
    logger = logging.getLogger("test_redacted")
    logger.addHandler(road)
    logger.propagate = False
    logger.warning("one %s and %r", SECRET, PAIR, extra={"secret": SECRET})
    logger.error(SECRET, extra={"secret": PAIR})
    logger.removeHandler(road)
    assert CANARY not in stream.getvalue()
    assert stream.getvalue().count(MASK) >= 6


def fail_with(secret, pair, body):
    inner = [secret, {"pair": pair}]
    raise RuntimeError(f"failed with {secret} and {pair} and {body}", inner)


def failure():
    try:
        fail_with(SECRET, PAIR, BODY)
    except RuntimeError as error:
        return error


def test_a_traceback_that_shows_variables_shows_none_of_them():
    text = "".join(traceback.TracebackException.from_exception(failure(), capture_locals=True).format())
    assert "secret = Redacted" in text
    assert CANARY not in text


def test_an_uncaught_exception_shows_none_of_them(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    error = failure()
    sys.__excepthook__(type(error), error, error.__traceback__)
    assert "RuntimeError" in stream.getvalue()
    assert CANARY not in stream.getvalue()


@each_row("way", [repr, str, format, lambda body: f"{[body]}"])
def test_a_hidden_dict_shows_neither_its_names_nor_its_values(way):
    text = way(BODY)
    assert CANARY not in text
    assert "secret_id" not in text


def test_a_hidden_dict_is_otherwise_a_dict():
    assert json.loads(json.dumps(BODY)) == {"secret_id": CANARY, "nested": {"deeper": CANARY}} == BODY
    assert isinstance(BODY, dict)


def test_an_error_tracker_that_takes_mappings_apart_is_told_as_little():
    assert Hidden(token="canary").__sentry_repr__() == "{...}"
