"""rich takes objects apart by itself: it shows no value of a Redacted and none of a Hidden."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

from tests.unit.test_redacted import BODY, CANARY, PAIR, SECRET, failure
from vault_binance.redacted import MASK


@pytest.mark.parametrize("value", [SECRET, PAIR], ids=["Redacted", "Credentials"])
def test_no_pretty_text_shows_the_value(value):
    text = pretty_repr(value)
    assert CANARY not in text
    assert MASK in text


def test_a_hidden_dict_shows_neither_its_names_nor_its_values():
    text = pretty_repr(BODY)
    assert CANARY not in text
    assert "secret_id" not in text


def test_a_traceback_with_variables_shows_none_of_them():
    """rich takes dicts and dataclasses apart by itself, so a repr alone would not do."""
    error = failure()
    stream = io.StringIO()
    shown = Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True, width=200)
    Console(file=stream, width=200).print(shown)
    assert "pair = Credentials" in " ".join(stream.getvalue().split())
    assert CANARY not in stream.getvalue()
