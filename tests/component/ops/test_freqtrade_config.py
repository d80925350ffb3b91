"""The pair in a configuration of freqtrade, as freqtrade reads it, and where its two values stand to the character."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.credentials import KeyType
from vault_binance.errors import MalformedCredentials
from vault_binance.ops.freqtrade_config import looks_like_one, pair
from vault_binance.ops.old_pair import without

KEY, SECRET = "CanaryKey" + "k" * 55, "CanarySecret" + "s" * 52
PEM = "-----BEGIN PRIVATE KEY-----\nCanaryMC4CAQAw\n-----END PRIVATE KEY-----\n"
WHOLE = {"exchange": {"name": "binance", "key": KEY, "secret": SECRET}}
COMMENTED = f"""\ufeff// of the desk, http://example.test
{{
    "max_open_trades": 3, /* "exchange": {{"key": "no"}} */
    "stake": "// no comment", "key": "not this one", "exchange.key": "nor this",
    "pairlists": [{{"exchange": {{"key": "x", "secret": "y"}}}}, "key", ["secret",],],
    "exchange": {{
        "name": "Binance", // whose?
        "pair_whitelist": ["key", "secret", "BTC/USDT",],
        "ccxt_config": {{"key": "inner", "secret": "inner"}},
        "key": /* here */ "{KEY}",
        "secret" : "{SECRET}" ,
    }},
}}
"""


def refused(text):
    with pytest.raises(MalformedCredentials) as caught:
        pair(text)
    assert "Canary" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.__context__ is None
    assert caught.value.hint
    return str(caught.value)


def test_a_plain_one():
    found = pair(json.dumps(WHOLE))
    assert (found.api_key.reveal(), found.secret.reveal(), found.doubled) == (KEY, SECRET, "")
    assert (found.key_name, found.secret_name, found.environment) == ("exchange.key", "exchange.secret", None)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_comments_last_commas_and_names_elsewhere(end):
    text = COMMENTED.replace("\n", end)
    found = pair(text)
    assert (found.api_key.reveal(), found.secret.reveal(), found.doubled) == (KEY, SECRET, "")
    assert without(text, found.cuts) == text.replace(f'"{KEY}"', '""').replace(f'"{SECRET}"', '""')


def test_a_private_key_has_its_line_ends_escaped():
    text = json.dumps({"exchange": {"name": "binance", "key": KEY, "secret": PEM}})
    found = pair(text)
    credentials = found.credentials("mm", environment=None, key_type=KeyType.RSA, any_length=False)
    assert (credentials.secret.reveal(), credentials.key_type) == (PEM, KeyType.RSA)
    assert json.loads(without(text, found.cuts))["exchange"] == {"name": "binance", "key": "", "secret": ""}


def test_the_outer_spelling_of_a_name_does_not_matter():
    text = json.dumps(WHOLE).replace('"key"', r'"k\u0065y"')
    assert json.loads(without(text, pair(text).cuts))["exchange"]["key"] == ""


@each_row(
    ("change", "says"),
    [
        ({"name": "kraken"}, "exchange.name is not binance"),
        ({"name": "binanceus"}, "exchange.name is not binance"),
        ({"name": None}, "exchange.name is missing"),
        ({"name": ["binance"]}, "exchange.name is not binance"),
        ({"key": ""}, "exchange.key is empty or missing"),
        ({"secret": None}, "exchange.secret is empty or missing"),
        ({"secret": 17}, "exchange.secret is not text"),
        ({"secret": [SECRET]}, "exchange.secret is not text"),
    ],
)
def test_half_a_pair_and_another_exchange(change, says):
    assert says in refused(json.dumps({"exchange": WHOLE["exchange"] | change}))


@each_row(
    ("text", "says"),
    [
        (f'{{"a": 1,\n"b": {SECRET}}}', "line 2 of the file is not JSON"),
        (f'{{"exchange": {{"secret": "{SECRET}\n"}}}}', "line 1 of the file is not JSON"),
        (f'// {SECRET}\n{{"a": /* {SECRET}', "line 2 of the file is not JSON"),
        (f'{{\n\n"a": 1,, "{SECRET}": 2}}', "line 3 of the file is not JSON"),
        ("", "line 1 of the file is not JSON"),
        ("[" * 100_000, "line 1 of the file is not JSON"),
        ("1" * 10_000, "line 1 of the file is not JSON"),
        ("[]", "the file has no exchange"),
        ('{"exchange": "binance"}', "the file has no exchange"),
    ],
    ids=range(9),
)
def test_what_is_no_configuration(text, says):
    assert says in refused(text)


def test_a_name_given_twice_is_not_to_be_taken_out():
    text = json.dumps(WHOLE).replace('"key"', '"key": "older", "key"')
    assert pair(text).doubled
    assert not pair(json.dumps(WHOLE)).doubled


@each_row(
    ("text", "is_one"),
    [("{}", True), ("\ufeff\n// x\n/* y */ {", True), ("A=1", False), ("", False), ("# {\nA=1", False)],
)
def test_what_looks_like_one(text, is_one):
    assert looks_like_one(text) is is_one


plain = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | plain | st.sampled_from(["key", "secret", '"', "//", "/*", ",]", "\\"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain | st.just("key"), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(plain, values, max_size=3), st.dictionaries(plain, values, max_size=3), st.booleans())
def test_what_is_taken_out_leaves_everything_else(outer, inner, ascii_only):
    before, after = (
        {**inner, "name": "binance", "key": key, "secret": secret} for key, secret in ((KEY, SECRET), ("", ""))
    )
    text = json.dumps({**outer, "exchange": before}, ensure_ascii=ascii_only, indent=1)
    expected = json.dumps({**outer, "exchange": after}, ensure_ascii=ascii_only, indent=1)
    assert without(text, pair(text).cuts) == expected


@each_row(
    "text",
    ['{"exchange": "' + '\\"' * 250_000, '{"a": ' + '"\\' * 250_000, "{" + "/*" * 300_000, "{" + ", " * 300_000],
    ids=["escaped quotes", "quotes", "comments", "commas"],
)
def test_half_a_megabyte_that_never_closes_is_no_json_and_takes_no_hours(text):
    with pytest.raises(MalformedCredentials, match="is not JSON"):
        pair(text)
