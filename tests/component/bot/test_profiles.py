"""Profiles: under which names which parts of a credential are handed over, and what is refused before it is lent."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.binance.hosts import Product, base_url
from vault_binance.bot.child import Handover, variables_for
from vault_binance.bot.profiles import NAMED, Part, profile_from
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted

PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"
CANARY = "cAnArY" * 10 + "7f3a"
"""As long as a secret, and a variable's name as far as its letters go."""


def lent(api_key="k" * 64, secret="s" * 64, environment=Environment.LIVE, key_type=KeyType.HMAC):
    return Credentials("maker", Redacted(api_key), Redacted(secret), key_type, environment, 3)


def refused(text):
    with pytest.raises(ConfigError) as caught:
        profile_from(text, "--profile")
    assert caught.value.message.startswith("--profile: ")
    assert caught.value.hint
    assert "\n" not in caught.value.message
    return caught.value


# Those that have a name


@pytest.mark.parametrize("environment", Environment)
def test_plain_is_what_it_is_without_a_profile(environment):
    credentials = lent(environment=environment)
    assert NAMED["plain"].variables(credentials, {}) == variables_for(credentials)
    assert set(Handover().names) == Handover(NAMED["plain"]).names == {"BINANCE_API_KEY", "BINANCE_API_SECRET"}


@each_row(
    ("profile", "environment", "start"),
    [
        ("nautilus", "live", "BINANCE_"),
        ("nautilus", "testnet", "BINANCE_TESTNET_"),
        ("nautilus", "demo", "BINANCE_DEMO_"),
        ("nautilus-futures", "live", "BINANCE_"),
        ("nautilus-futures", "testnet", "BINANCE_FUTURES_TESTNET_"),
        ("nautilus-futures", "demo", "BINANCE_DEMO_"),
    ],
)
def test_nautilus_finds_a_key_under_the_name_of_its_environment(profile, environment, start):
    credentials = lent(secret=PEM, environment=Environment(environment), key_type=KeyType.ED25519)
    assert NAMED[profile].variables(credentials, {}) == {f"{start}API_KEY": "k" * 64, f"{start}API_SECRET": PEM}


def test_freqtrade_finds_its_exchanges_key_and_secret():
    found = NAMED["freqtrade"].variables(lent(), {})
    assert found == {"FREQTRADE__EXCHANGE__KEY": "k" * 64, "FREQTRADE__EXCHANGE__SECRET": "s" * 64}


def test_a_key_of_another_environment_does_not_stay_beside_the_lent_one():
    """Else a bot that is told to use the testnet could still reach for a live key."""
    parent = {"BINANCE_API_KEY": "old", "BINANCE_API_SECRET": "old", "PATH": "/bin"}
    testnet = lent(environment=Environment.TESTNET)
    with pytest.raises(ConfigError, match="already has BINANCE_API_KEY and BINANCE_API_SECRET"):
        Handover(NAMED["nautilus"]).check(parent)
    with Handover(NAMED["nautilus"], overwrite=True).environment(parent, testnet) as child:
        assert child.keys() == {"PATH", "BINANCE_TESTNET_API_KEY", "BINANCE_TESTNET_API_SECRET"}


# What freqtrade makes of a text


def restated(text):
    """freqtrade/configuration/environment_vars.py, _get_var_typed, as it is in 2026.9."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    if text.lower() in ("t", "true"):
        return True
    if text.lower() in ("f", "false"):
        return False
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return text
    return value if isinstance(value, list) else text


LIKE_NUMBERS = st.from_regex(r"[ +-]?[0-9_]{0,5}(\.[0-9]{0,3})?([eE][+-]?[0-9]{0,4})?[ \n]?", fullmatch=True)
WORDS = st.sampled_from(["true", "T", "False", "f", "nan", "inf", "-Infinity", "null", "[]", '["a"]', '{"a": 1}', "٣"])
KEYS = st.text(st.sampled_from("0123456789eEabtfXyZ"), min_size=1, max_size=64)


@given(st.one_of(LIKE_NUMBERS, WORDS, KEYS, st.text(min_size=1)).filter(bool))
@example("1" * 64)
@example("1234e56")
@example("9" * 31 + "e" + "9" * 32)
@example("0x12")
@example("1" * 5000)
@example("[1, 2")
def test_a_value_that_freqtrade_would_change_is_refused_and_every_other_one_is_not(text):
    unchanged = isinstance(found := restated(text), str) and found == text
    for credentials in (lent(api_key=text), lent(secret=text)):
        if unchanged and not text.lstrip().startswith("["):
            assert text in NAMED["freqtrade"].variables(credentials, {}).values()
            continue
        with pytest.raises(ConfigError, match="freqtrade would take FREQTRADE__EXCHANGE__") as caught:
            NAMED["freqtrade"].variables(credentials, {})
        assert len(text) < 7 or text not in caught.value.message + caught.value.hint


def test_what_it_is_taken_for_is_said():
    kinds = {"12": "a whole number", "1e5": "a number", "TRUE": "a truth value", "[1]": "a list"}
    for text, kind in kinds.items():
        with pytest.raises(ConfigError, match=f"FREQTRADE__EXCHANGE__KEY for {kind}: maker, version 3,"):
            NAMED["freqtrade"].variables(lent(api_key=text), {})


def test_a_mapping_of_ones_own_for_freqtrade_is_looked_at_as_well():
    mapping = profile_from("FREQTRADE__EXCHANGE__UID=version,FREQTRADE__EXCHANGE__KEY=api_key", "--profile")
    assert mapping.variables(lent(), {})["FREQTRADE__EXCHANGE__UID"] == "3"
    with pytest.raises(ConfigError, match="freqtrade would take"):
        mapping.variables(lent(api_key="1" * 64), {})


def test_other_programs_take_a_number_for_what_it_is():
    assert profile_from("KEY=api_key", "--profile").variables(lent(api_key="1" * 64), {}) == {"KEY": "1" * 64}


# A user's own


def test_every_part_can_be_asked_for():
    text = ",".join(f"V_{part.name}={part}" for part in Part)
    profile = profile_from(text, "--profile")
    assert profile.names == {f"V_{part.name}" for part in Part}
    assert profile.files == ("V_SECRET_FILE",)
    assert profile.variables(lent(secret=PEM, environment=Environment.DEMO, key_type=KeyType.ED25519), {}) == {
        "V_API_KEY": "k" * 64,
        "V_SECRET": PEM,
        "V_KEY_TYPE": "ED25519",
        "V_ENVIRONMENT": "demo",
        "V_BASE_URL": "https://demo-api.binance.com",
        "V_FUTURES_URL": "https://demo-fapi.binance.com",
        "V_NAME": "maker",
        "V_VERSION": "3",
    }


@pytest.mark.parametrize("environment", Environment)
def test_the_addresses_are_the_environments_own_unless_they_are_replaced(environment):
    profile = profile_from("K=api_key,S=base_url,F=futures_url", "--profile")
    found = profile.variables(lent(environment=environment), {})
    assert (found["S"], found["F"]) == (base_url(environment), base_url(environment, Product.USDS_FUTURES))
    emulator = {"VAULT_BINANCE_BINANCE_URL": "http://127.0.0.1:1/", "VAULT_BINANCE_FUTURES_URL": "http://127.0.0.1:2"}
    found = profile.variables(lent(environment=environment), emulator)
    assert (found["S"], found["F"]) == ("http://127.0.0.1:1", "http://127.0.0.1:2")


def test_a_contradiction_in_an_address_is_found_before_anything_is_lent():
    both = {"VAULT_BINANCE_BINANCE_URL": "http://a", "VAULT_BINANCE_BINANCE_URL_FILE": "/b"}
    Handover(profile_from("K=api_key", "--profile")).check(both)
    with pytest.raises(ConfigError, match="both set"):
        Handover(profile_from("K=api_key,U=base_url", "--profile")).check(both)


@each_row(
    "text",
    [
        "A=api_key,B=secret",
        " A = api_key , B = secret ,",
        "A=api_key\nB=secret\n",
        "# the exchange's\nA=api_key\n\n  # and the other, too\nB=secret",
    ],
)
def test_entries_end_with_a_comma_or_a_line(text):
    assert profile_from(text, "--profile").variables(lent(), {}) == {"A": "k" * 64, "B": "s" * 64}


def test_a_file_may_hold_a_name_or_a_mapping(tmp_path):
    (tmp_path / "own").write_text("A=api_key\nB=secret_file\n")
    (tmp_path / "named").write_text("freqtrade\n")
    assert profile_from(f"@{tmp_path / 'own'}", "--profile").files == ("B",)
    assert profile_from(f"@{tmp_path / 'named'}", "--profile") == NAMED["freqtrade"]
    with pytest.raises(ConfigError, match="cannot read"):
        profile_from(f"@{tmp_path / 'missing'}", "--profile")


# What is refused


@each_row("text", ["", " ", "plein", "Plain", "nautilus,freqtrade", "a b", CANARY])
def test_an_unknown_profile_is_refused_with_those_that_there_are(text):
    error = refused(text)
    assert "plain, nautilus, nautilus-futures, freqtrade" in error.hint
    assert CANARY not in error.message


@each_row("name", ["", "1A", "A-B", "A B", "Ä", "A.B", "A\tB", "'A", "export A", "A" * 64])
def test_what_is_no_name_of_a_variable_is_refused(name):
    assert "entry 2" in refused(f"K=api_key,{name}=secret").message


@each_row(
    "name",
    [
        *("PATH", "Path", "HOME", "LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "PYTHONPATH", "BASH_ENV"),
        *("ENV", "IFS", "NODE_OPTIONS", "LC_ALL", "VAULT_TOKEN", "VAULT_BINANCE_BOT", "BAO_ADDR", "_"),
    ],
)
def test_a_name_that_others_act_on_is_refused(name):
    assert "take another name" in refused(f"{name}=api_key").hint


@each_row("part", ["", "api_secret", "API_KEY", "api key", "secret=", "private_key", CANARY, CANARY[:30]])
def test_an_unknown_part_is_refused_with_those_that_there_are(part):
    error = refused(f"KEY=api_key,SECRET={part}")
    assert all(part in error.hint for part in Part)
    assert CANARY[:30] not in error.message


@pytest.mark.parametrize("text", ["A=api_key,A=secret", "A=api_key,B=secret,A=api_key"])
def test_a_name_that_is_there_twice_is_refused(text):
    assert "A is there twice" in refused(text).message


@each_row("text", ["A=name", "A=base_url,B=version,C=environment", "# A=api_key\n", "=", ","])
def test_a_profile_without_any_part_of_the_credential_is_refused(text):
    refused(text)


def test_an_environment_file_given_by_mistake_is_not_shown(tmp_path):
    """The secrets stand where the parts belong."""
    (tmp_path / ".env").write_text(f"BINANCE_API_KEY={CANARY}\nBINANCE_API_SECRET={CANARY}\n")
    error = refused(f"@{tmp_path / '.env'}")
    assert CANARY not in error.message + error.hint


@given(st.text().filter(lambda text: not text.startswith("@")))
def test_whatever_is_written_there_is_a_profile_or_refused_in_one_line(text):
    with suppress(ConfigError):
        assert profile_from(text, "--profile").names
        return
    assert "\n" not in refused(text).message


def test_two_paths_to_the_secret_are_two_names():
    assert profile_from("A=secret_file,B=api_key,C=secret_file", "--profile").files == ("A", "C")
