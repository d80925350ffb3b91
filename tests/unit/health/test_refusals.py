"""Why a key is refused: each cause, no more certain than it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.credentials import Environment, KeyType
from vault_binance.health.refusals import Evidence, diagnose, unanswered
from vault_binance.health.values import Reply, Severity

ENVIRONMENTS = st.lists(st.sampled_from(Environment), max_size=3).map(tuple)


def cause(code, **known):
    return diagnose(Evidence(code, Environment.LIVE, KeyType.ED25519, **known))[0]


@each_row(
    ("code", "word"),
    [
        (-1022, "wrong-secret"),
        (-2014, "key-malformed"),
        (-2008, "key-unknown"),
        (-2015, "key-deleted-or-address"),
        (-1021, "clock-skewed"),
        (-1002, "key-unauthorized"),
        (-9000, "key-refused"),
    ],
)
def test_every_code_has_its_word(code, word):
    assert (cause(code).code, cause(code).severity) == (word, Severity.HIGH)


@given(
    code=st.integers(-10_000, 0),
    accepted=ENVIRONMENTS,
    refused=ENVIRONMENTS,
    futures=st.sampled_from(Reply),
    public=st.booleans(),
    key_type=st.sampled_from(KeyType),
)
def test_a_refused_key_is_never_sound_and_never_said_to_be_deleted(code, accepted, refused, futures, public, key_type):
    found = diagnose(Evidence(code, Environment.LIVE, key_type, 0, public, accepted, refused, futures))
    assert max(finding.severity for finding in found) is Severity.HIGH
    for finding in found:
        assert all((finding.code, finding.fact, finding.reason, finding.remedy))
        assert "was deleted" not in f"{finding.fact} {finding.reason}"


def test_the_ambiguous_answer_says_that_it_proves_nothing_and_to_look_first():
    found = cause(-2015, public_answers=True)
    assert "proves none of them" in found.reason
    assert "this address is not banned altogether" in found.reason
    assert found.remedy.startswith("look at the key at Binance before changing anything, and ask again later")


def test_a_key_that_futures_take_exists():
    found = cause(-2015, futures=Reply.ACCEPTED)
    assert found.code == "permission-missing"
    assert "likely" in found.reason


@pytest.mark.parametrize("code", [-2015, -2008])
def test_where_the_pair_is_accepted_it_belongs(code):
    found = cause(code, accepted_in=(Environment.TESTNET,), refused_in=(Environment.DEMO,))
    assert found.fact == "this key belongs to testnet, but is stored as live"
    assert "--environment testnet" in found.remedy


def test_the_address_is_a_fact_of_its_own():
    evidence = Evidence(-2015, Environment.LIVE, KeyType.HMAC, seen_from="2001:db8::1")
    assert [(one.severity.name, one.code) for one in diagnose(evidence)] == [
        ("HIGH", "key-deleted-or-address"),
        ("LOW", "address-seen"),
    ]
    assert "2001:db8::1" in diagnose(evidence)[1].fact


def test_a_refused_time_is_told_with_what_was_measured():
    assert "+12 ms" in cause(-1021, skew_ms=12).reason


@each_row(
    ("status", "word"),
    [
        (0, "no-answer"),
        (200, "no-answer"),
        (403, "firewall"),
        (418, "address-banned"),
        (429, "rate-limited"),
        (451, "restricted-location"),
        (503, "binance-failed"),
    ],
)
def test_no_verdict_says_nothing_of_the_key(status, word):
    assert (unanswered(status).code, unanswered(status).severity) == (word, Severity.MEDIUM)
    assert unanswered(status, maintenance=True).code == "maintenance"
