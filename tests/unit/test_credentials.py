"""What becomes a credential and what does not; no message ever contains a value."""

from __future__ import annotations

import hashlib
import re
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.credentials import (
    API_KEY_NAMES,
    API_SECRET_NAMES,
    KEY_LENGTH,
    PRIVATE_KEY_NAMES,
    Credentials,
    Environment,
    KeyType,
    clean_token,
)
from vault_binance.errors import MalformedCredentials
from vault_binance.redacted import Redacted

KEY = "k" * KEY_LENGTH
SECRET = "s" * KEY_LENGTH
PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"
CANARY = "canary7f3a91c2d4e5"


def stored(**fields):
    """As Vault's door hands it over: text is Redacted."""
    return {name: Redacted(value) if isinstance(value, str) else value for name, value in fields.items()}


def refusal(**fields):
    with pytest.raises(MalformedCredentials) as caught:
        Credentials.from_fields("maker", stored(**fields), version=7)
    return caught.value


def tried(call, *arguments, **named):
    try:
        return call(*arguments, **named)
    except MalformedCredentials as error:
        return error


def test_a_whole_pair_becomes_a_snapshot_that_carries_its_version():
    fields = stored(api_key=KEY, api_secret=SECRET, key_type="HMAC", environment="testnet")
    credentials = Credentials.from_fields("maker", fields, version=7)
    assert (credentials.api_key.reveal(), credentials.secret.reveal()) == (KEY, SECRET)
    assert (credentials.key_type, credentials.environment) == (KeyType.HMAC, Environment.TESTNET)
    assert (credentials.name, credentials.version) == ("maker", 7)


def test_a_snapshot_never_changes():
    credentials = Credentials.from_fields("maker", stored(api_key=KEY, api_secret=SECRET))
    with pytest.raises(AttributeError):
        credentials.version = 8
    assert credentials.version == 0, "not stored yet"


@each_row("secret_name", API_SECRET_NAMES)
@each_row("key_name", API_KEY_NAMES)
def test_every_spelling_found_in_the_field_is_read(key_name, secret_name):
    credentials = Credentials.from_fields("maker", stored(**{key_name: KEY, secret_name: SECRET}))
    assert (credentials.api_key.reveal(), credentials.secret.reveal()) == (KEY, SECRET)


@each_row("name", PRIVATE_KEY_NAMES)
@each_row("key_type", ["ED25519", "RSA", "ed25519", "rsa"])
def test_a_private_key_is_read_byte_for_byte_where_its_type_is_stored(name, key_type):
    credentials = Credentials.from_fields("maker", stored(**{"api_key": KEY, name: PEM, "key_type": key_type}))
    assert credentials.secret.reveal() == PEM
    assert credentials.key_type == key_type.upper()


def test_a_pair_of_somebody_elses_is_hmac_and_live():
    """Binance calls a key with an API secret HMAC; a private key would have to say what it is."""
    credentials = Credentials.from_fields("maker", stored(api_key=KEY, secret_key=SECRET))
    assert (credentials.key_type, credentials.environment) == (KeyType.HMAC, Environment.LIVE)


PROBLEMS = {
    "nothing stored": ({}, ["no api_key (fields present: none)", "no api_secret (fields present: none)"]),
    "no key": ({"api_secret": SECRET}, ["no api_key (fields present: api_secret)"]),
    "no secret": ({"api_key": KEY, "note": "x"}, ["no api_secret (fields present: api_key, note)"]),
    "an empty key": ({"api_key": "", "api_secret": SECRET}, ["api_key is present but empty"]),
    "an empty secret": ({"api_key": KEY, "secret": ""}, ["secret is present but empty"]),
    "a number": ({"api_key": 12345678, "api_secret": SECRET}, ["api_key is not text"]),
    "null": ({"api_key": KEY, "api_secret": None}, ["api_secret is not text"]),
    "a list": ({"api_key": KEY, "api_secret": [SECRET]}, ["api_secret is not text"]),
    "a dict": ({"api_key": {"value": KEY}, "api_secret": SECRET}, ["api_key is not text"]),
    "true": ({"api_key": True, "api_secret": SECRET}, ["api_key is not text"]),
    "two keys": ({"api_key": KEY, "apiKey": KEY, "secret": SECRET}, ["api_key and apiKey are both there"]),
    "both kinds of secret": (
        {"api_key": KEY, "api_secret": SECRET, "private_key": PEM, "key_type": "ED25519"},
        ["api_secret and private_key are both there: which one counts?"],
    ),
    "two secrets that are equal": ({"api_key": KEY, "secret": SECRET, "secretKey": SECRET}, ["are both there"]),
    "an unknown type": (
        {"api_key": KEY, "api_secret": SECRET, "key_type": "DSA"},
        ["key_type is none of HMAC, ED25519"],
    ),
    "an unknown environment": (
        {"api_key": KEY, "api_secret": SECRET, "environment": "prod"},
        ["environment is none of live, testnet, demo"],
    ),
    "a type that is no text": ({"api_key": KEY, "api_secret": SECRET, "key_type": None}, ["key_type is none of"]),
    "a private key without a type": ({"api_key": KEY, "private_key": PEM}, ["key_type is none of"]),
    "a private key as API secret": ({"api_key": KEY, "api_secret": PEM}, ["key_type is HMAC or not stored"]),
    "a private key said to be HMAC": (
        {"api_key": KEY, "private_key": PEM, "key_type": "HMAC"},
        ["key_type is HMAC or not stored"],
    ),
    "an API secret said to be Ed25519": (
        {"api_key": KEY, "api_secret": SECRET, "key_type": "ED25519"},
        ["key_type is ED25519, but the secret is no private key in PEM"],
    ),
    "key and secret swapped": (
        {"api_key": PEM, "private_key": KEY, "key_type": "ED25519"},
        ["were key and secret swapped?", "the secret is no private key in PEM"],
    ),
    "a line end after the key": (
        {"api_key": KEY + "\n", "api_secret": SECRET},
        ["the API key has a blank, a line end"],
    ),
    "a line end after the secret": ({"api_key": KEY, "api_secret": SECRET + "\n"}, ["the API secret has a blank"]),
    "a blank within": ({"api_key": "k k", "api_secret": SECRET}, ["the API key has a blank"]),
    "a zero-width space": ({"api_key": KEY, "api_secret": f"{SECRET}\u200b"}, ["an invisible character"]),
    "half a surrogate": ({"api_key": f"{KEY}\ud800", "api_secret": SECRET}, ["an invisible character"]),
    "a NUL": ({"api_key": f"{KEY}\0", "api_secret": SECRET}, ["an invisible character"]),
}


@each_row(("fields", "problems"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_binance_cannot_have_issued_is_not_handed_out(fields, problems):
    error = refusal(**fields)
    for problem in problems:
        assert problem in error.message
    assert error.message.startswith("credential maker, version 7: ")
    assert "it was not handed out" in error.hint
    assert "vault-binance key put maker" in error.hint
    for value in (KEY, SECRET, PEM, "prod", "DSA", "12345678"):
        assert value not in error.message + error.hint


def test_one_run_reports_every_problem():
    error = refusal(api_secret="", private_key=PEM, key_type="x", environment="y", apiKey=" ")
    for part in ("are both there", "key_type", "environment", "the API key has a blank"):
        assert part in error.message


def test_a_key_stored_as_the_name_of_its_secret_is_not_shown():
    """vault kv put binance/maker KEY=SECRET, with the real ones."""
    error = refusal(**{KEY: SECRET, "note": "x", "\x1b[31mred": "x"})
    assert KEY not in error.message
    assert "fields present: note, 2 with a name that may be a secret" in error.message
    assert "\x1b" not in error.message


@given(st.dictionaries(
    st.sampled_from([*API_KEY_NAMES, *API_SECRET_NAMES, *PRIVATE_KEY_NAMES, "key_type", "environment", "other"]),
    st.one_of(st.text(), st.none(), st.integers(), st.lists(st.text())),
))  # fmt: skip
def test_any_fields_are_a_whole_pair_or_malformed_and_no_value_is_told(fields):
    fields = {name: f"{CANARY}{value}" if isinstance(value, str) and value else value for name, value in fields.items()}
    found = tried(Credentials.from_fields, "maker", stored(**fields))
    if isinstance(found, MalformedCredentials):
        shown = "".join(traceback.TracebackException.from_exception(found).format())
        assert CANARY not in shown + found.hint
    else:
        assert found.api_key.reveal()
        assert found.secret.reveal()


@given(
    st.text(st.characters(categories=["L", "N", "P"]), min_size=1),
    st.sampled_from(Environment),
    st.sampled_from(KeyType),
)
def test_what_is_stored_is_read_back_the_same(text, environment, key_type):
    secret = text if key_type is KeyType.HMAC else PEM
    if "-----BEGIN " in text:
        return
    credentials = Credentials("maker", Redacted(text), Redacted(secret), key_type, environment, 3)
    assert Credentials.from_fields("maker", stored(**credentials.to_fields()), version=3) == credentials


def test_a_private_key_is_written_under_its_own_name_and_an_api_secret_under_its_own():
    hmac = Credentials.from_fields("maker", stored(api_key=KEY, secret=SECRET))
    assert hmac.to_fields() == {"api_key": KEY, "api_secret": SECRET, "key_type": "HMAC", "environment": "live"}
    ed25519 = Credentials.from_fields("maker", stored(api_key=KEY, private_key=PEM, key_type="ED25519"))
    assert ed25519.to_fields()["private_key"] == PEM
    assert "api_secret" not in ed25519.to_fields()


def test_the_fingerprint_is_of_the_api_key_alone():
    one = Credentials.from_fields("maker", stored(api_key=KEY, api_secret=SECRET))
    other = Credentials.from_fields("other", stored(api_key=KEY, api_secret="t" * 64, environment="demo"))
    assert one.fingerprint == other.fingerprint == hashlib.sha256(KEY.encode()).hexdigest()
    assert re.fullmatch("[0-9a-f]{64}", one.fingerprint)


TOKEN = "aB3" * 21 + "z"
FAULTS = {
    "empty": ("", "is empty"),
    "only a line end": ("\n", "is empty"),
    "only blanks": ("   ", "has white space at an end"),
    "a leading blank": (" " + TOKEN, "has white space at an end"),
    "a trailing blank": (TOKEN + " ", "has white space at an end"),
    "a trailing tab": (TOKEN + "\t", "has white space at an end"),
    "a no-break space": (TOKEN + "\u00a0", "has white space at an end"),
    "a blank before the line end": (TOKEN + " \n", "has white space at an end"),
    "double quotes": (f'"{TOKEN}"', "is in quotes"),
    "single quotes": (f"'{TOKEN}'", "is in quotes"),
    "backquotes": (f"`{TOKEN}`", "is in quotes"),
    "one quote": (f'"{TOKEN}', "has a character that Binance's keys never have"),
    "a quote alone": ('"', "has a character that Binance's keys never have"),
    "a line end within": (TOKEN[:30] + "\n" + TOKEN[30:], "has a character"),
    "a blank within": (TOKEN[:30] + " " + TOKEN[31:], "has a character"),
    "a zero-width space": (TOKEN[:63] + "\u200b", "has a character"),
    "a byte-order mark": ("\ufeff" + TOKEN[:63], "has a character"),
    "an umlaut": ("ä" + TOKEN[:63], "has a character"),
    "a letter that looks Latin": ("\u0430" + TOKEN[:63], "has a character"),
    "a digit of another script": ("\u0663" + TOKEN[:63], "has a character"),
    "a NUL": ("\0" + TOKEN[:63], "has a character"),
    "half a surrogate": ("\ud800" + TOKEN[:63], "has a character"),
    "a hyphen": ("-" + TOKEN[:63], "has a character"),
    "a variable's name with it": (f"API_KEY={TOKEN}", "has a character"),
    "cut off": (TOKEN[:63], "has 63 characters, not 64"),
    "pasted twice": (TOKEN * 2, "has 128 characters, not 64"),
}


@each_row(("text", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_pasted_token_with_a_fault_is_refused_with_the_reason(text, reason):
    with pytest.raises(MalformedCredentials) as caught:
        clean_token(text, "the API key")
    assert caught.value.message.startswith(f"the API key {reason}")
    assert caught.value.hint
    assert TOKEN[:20] not in caught.value.message + caught.value.hint


@each_row("end", ["", "\n", "\r\n", "\n\n", "\r"])
@each_row("start", ["", "\n"])
def test_the_line_ends_of_a_file_or_a_paste_go(start, end):
    assert clean_token(start + TOKEN + end, "the API key").reveal() == TOKEN


def test_any_length_lifts_the_rule_of_64_characters_and_no_other():
    assert clean_token("short", "the API key", any_length=True).reveal() == "short"
    for text in ("", "with blank", " padded", '"quoted"', "ä"):
        with pytest.raises(MalformedCredentials):
            clean_token(text, "the API key", any_length=True)


@given(st.text(max_size=200), st.booleans())
def test_a_clean_token_is_letters_and_digits_and_a_refused_one_is_not_told(text, any_length):
    found = tried(clean_token, text, "the API key", any_length=any_length)
    if isinstance(found, MalformedCredentials):
        told = found.message + found.hint
        # A value may be a word of the sentence by chance; a longer piece of it may not.
        pieces = {text[at : at + 12] for at in range(len(text) - 11)}
        assert not any(piece in told for piece in pieces)
    else:
        token = found.reveal()
        assert token.isascii()
        assert token.isalnum()
        assert any_length or len(token) == KEY_LENGTH
        assert token == text.strip("\r\n")
