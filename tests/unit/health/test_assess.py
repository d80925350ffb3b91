"""The judgement on a key: each fact of Binance's answer and the finding it leads to."""

from dataclasses import fields, replace

import pytest

from tests.rows import each_row
from vault_binance.credentials import Environment, KeyType
from vault_binance.health.assess import DAY_MS, assess, clock_is_usable
from vault_binance.health.expectations import Expectations
from vault_binance.health.values import (
    NOTHING_ASKED,
    Finding,
    Permission,
    Reply,
    Restrictions,
    Severity,
    Surroundings,
    TradingStatus,
)

NOW = 1_700_000_000_000
SOUND = Restrictions(
    ip_restrict=True, enable_reading=True, enable_withdrawals=False, enable_spot_and_margin_trading=True
)
FLAGS = {
    Permission.READING: "enable_reading",
    Permission.WITHDRAWALS: "enable_withdrawals",
    Permission.INTERNAL_TRANSFER: "enable_internal_transfer",
    Permission.UNIVERSAL_TRANSFER: "permits_universal_transfer",
    Permission.SPOT_TRADING: "enable_spot_and_margin_trading",
    Permission.MARGIN: "enable_margin",
    Permission.FUTURES: "enable_futures",
    Permission.OPTIONS: "enable_vanilla_options",
    Permission.PORTFOLIO_MARGIN: "enable_portfolio_margin_trading",
    Permission.FIX_TRADE: "enable_fix_api_trade",
    Permission.FIX_READ: "enable_fix_read_only",
}


def judged(restrictions=SOUND, skew_ms=0, key_type=KeyType.ED25519, environment=Environment.LIVE, **expectations):
    return assess(
        restrictions, skew_ms, key_type, environment, Expectations(**expectations), now_ms=NOW, name="market-maker"
    )


def codes(findings):
    return [(finding.severity.name, finding.code) for finding in findings]


def around(surroundings=NOTHING_ASKED, futures=Reply.UNASKED, *, needed=()):
    expectations = Expectations().plus(needed, (), require_ip=None)
    return assess(
        replace(SOUND, enable_futures=bool(needed)),
        0,
        KeyType.ED25519,
        Environment.LIVE,
        expectations,
        now_ms=NOW,
        surroundings=surroundings,
        futures=futures,
    )


def changed(**changes):
    return judged(replace(SOUND, **changes))


def test_a_sound_key_has_no_findings():
    assert judged() == ()


def test_severities_are_ordered():
    assert Severity.LOW < Severity.MEDIUM < Severity.HIGH


def test_the_tour_reads_as_promised():
    found = judged(replace(SOUND, ip_restrict=False, enable_withdrawals=True), key_type=KeyType.HMAC)
    assert [(finding.severity.name, finding.fact, finding.advice) for finding in found] == [
        ("HIGH", "withdrawals are allowed", 'nobody asked for them: untick "Enable Withdrawals" at Binance'),
        (
            "HIGH",
            "no IP restriction",
            "whoever has the pair can withdraw, from anywhere: restrict it to the bot's address",
        ),
        (
            "LOW",
            "HMAC keys are deprecated by Binance",
            "Ed25519 is recommended: vault-binance key new market-maker",
        ),
    ]


def test_the_worst_comes_first():
    found = judged(replace(SOUND, enable_futures=True, enable_internal_transfer=True, ip_restrict=False))
    assert [finding.severity for finding in found] == [Severity.HIGH, Severity.MEDIUM, Severity.LOW]


UNASKED = {
    Permission.WITHDRAWALS: Severity.HIGH,
    Permission.INTERNAL_TRANSFER: Severity.MEDIUM,
    Permission.UNIVERSAL_TRANSFER: Severity.MEDIUM,
    Permission.MARGIN: Severity.LOW,
    Permission.FUTURES: Severity.LOW,
    Permission.OPTIONS: Severity.LOW,
    Permission.PORTFOLIO_MARGIN: Severity.LOW,
    Permission.FIX_TRADE: Severity.LOW,
}


@each_row("permission", Permission)
def test_a_permission_nobody_asked_for(permission):
    found = changed(**{FLAGS[permission]: True})
    assert [finding.severity for finding in found] == ([UNASKED[permission]] if permission in UNASKED else [])


@each_row("permission", Permission)
def test_a_permission_that_was_asked_for_is_no_finding(permission):
    asked = Expectations().allow | {permission}
    assert judged(replace(SOUND, **{FLAGS[permission]: True}), allow=asked) == ()


@each_row("permission", Permission)
def test_a_forbidden_permission_that_binance_says_nothing_of_is_no_sound_key(permission):
    found = judged(replace(SOUND, **{FLAGS[permission]: None}), forbid=frozenset({permission}))
    assert codes(found) == [("MEDIUM", f"{permission}-unsaid")]


@each_row("permission", Permission)
def test_a_forbidden_permission_is_high_even_where_it_is_allowed(permission):
    found = judged(
        replace(SOUND, **{FLAGS[permission]: True}), allow=frozenset(Permission), forbid=frozenset({permission})
    )
    assert [finding.severity for finding in found] == [Severity.HIGH]


@each_row("permission", Permission)
def test_permissions_that_are_off_are_silent(permission):
    found = changed(**{FLAGS[permission]: False})
    assert [finding.fact for finding in found] == (
        ["reading is not allowed"] if permission is Permission.READING else []
    )


def test_every_field_of_the_answer_is_judged_or_known():
    others = {"ip_restrict", "create_time", "trading_authority_expiration_time", "unknown"}
    assert {field.name for field in fields(Restrictions)} == others | set(FLAGS.values())


def test_allowing_nothing_makes_every_permission_a_finding():
    everything = Restrictions(ip_restrict=True, **dict.fromkeys(FLAGS.values(), True))
    assert len(judged(everything, allow=frozenset())) == len(Permission)


def test_a_key_that_cannot_read_is_of_no_use():
    assert changed(enable_reading=False)[0].severity is Severity.HIGH


def test_what_binance_did_not_say_is_not_taken_for_no():
    found = judged(Restrictions())
    assert [(finding.severity, finding.fact) for finding in found] == [
        (Severity.MEDIUM, "Binance did not say whether withdrawals are allowed"),
        (Severity.MEDIUM, "Binance did not say whether the key is restricted to addresses"),
    ]


def test_a_permission_this_version_does_not_know_is_told():
    assert [(f.severity, f.fact) for f in changed(unknown=("enableMoon",))] == [(Severity.MEDIUM, "enableMoon is on")]


def test_the_ip_restriction_may_be_waived():
    assert judged(replace(SOUND, ip_restrict=False), require_ip=False) == ()


@each_row(
    ("skew_ms", "severity", "words"),
    [
        (-5_001, Severity.HIGH, "5,001 ms behind Binance's"),
        (-5_000, Severity.LOW, "5,000 ms behind"),
        (-501, Severity.LOW, "501 ms behind"),
        (-500, None, ""),
        (0, None, ""),
        (500, None, ""),
        (501, Severity.LOW, "501 ms ahead of Binance's"),
        (999, Severity.LOW, "999 ms ahead"),
        (1_000, Severity.HIGH, "1,000 ms ahead"),
    ],
)
def test_the_clock(skew_ms, severity, words):
    found = judged(skew_ms=skew_ms)
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(words in finding.fact for finding in found)
    assert clock_is_usable(skew_ms) is (severity is not Severity.HIGH)


@each_row(
    ("left_ms", "severity", "words"),
    [
        (-1, Severity.HIGH, "has expired"),
        (0, Severity.HIGH, "has expired"),
        (1, Severity.MEDIUM, "ends in less than a day"),
        (DAY_MS, Severity.MEDIUM, "ends in 1 day"),
        (7 * DAY_MS - 1, Severity.MEDIUM, "ends in 6 days"),
        (7 * DAY_MS, Severity.LOW, "ends in 7 days"),
        (10**30, Severity.LOW, "days"),
    ],
)
def test_the_end_of_the_trading_permission(left_ms, severity, words):
    (finding,) = changed(trading_authority_expiration_time=NOW + left_ms)
    assert finding.severity is severity
    assert words in finding.fact


@pytest.mark.parametrize(
    ("environment", "severity", "words"),
    [
        (Environment.LIVE, Severity.MEDIUM, "did not offer"),
        (Environment.TESTNET, Severity.LOW, "the testnet has no /sapi"),
        (Environment.DEMO, Severity.LOW, "the demo"),
    ],
)
def test_a_key_that_could_not_be_checked_is_told_so(environment, severity, words):
    (finding,) = judged(None, environment=environment)
    assert finding.severity is severity
    assert words in finding.reason


def test_with_a_wrong_clock_the_clock_alone_is_blamed():
    (finding,) = judged(None, skew_ms=60_000)
    assert finding.fact == "this clock is 60,000 ms ahead of Binance's"


def test_every_finding_says_why_and_what_to_do():
    everything = Restrictions(
        enable_reading=False,
        trading_authority_expiration_time=NOW,
        unknown=("enableMoon",),
        **dict.fromkeys((name for name in FLAGS.values() if name != "enable_reading"), True),
    )
    for finding in judged(everything, skew_ms=2_000, key_type=KeyType.HMAC, allow=frozenset()):
        assert isinstance(finding, Finding)
        assert finding.fact
        assert finding.reason
        assert finding.remedy


@each_row("permission", sorted(set(Permission) - {Permission.READING}))
def test_a_permission_asked_for_by_name_is_high_where_it_is_missing(permission):
    needed = {"needed": frozenset({permission})}
    missing = f"{permission}-missing"
    assert ("HIGH", missing) in codes(judged(replace(SOUND, **{FLAGS[permission]: False}), **needed))
    assert ("MEDIUM", missing) in codes(judged(replace(SOUND, **{FLAGS[permission]: None}), **needed))
    granted = judged(replace(SOUND, **{FLAGS[permission]: True}), allow=frozenset(Permission), **needed)
    assert granted == ()


def test_portfolio_margin_is_named_where_futures_are_missing():
    both = replace(SOUND, enable_futures=False, enable_portfolio_margin_trading=True)
    remedies = [finding.remedy for finding in judged(both, needed=frozenset({Permission.FUTURES}))]
    assert any("Portfolio Margin" in remedy for remedy in remedies)


@pytest.mark.parametrize("key_type", [KeyType.HMAC, KeyType.RSA])
def test_fix_is_of_no_use_without_an_ed25519_key(key_type):
    trading = replace(SOUND, enable_fix_api_trade=True)
    assert ("LOW", "fix-needs-ed25519") in codes(judged(trading, key_type=key_type))
    reading = replace(SOUND, enable_fix_read_only=True)
    assert "fix-needs-ed25519" not in [code for _, code in codes(judged(reading, key_type=key_type))]
    wanted = judged(reading, key_type=key_type, needed=frozenset({Permission.FIX_READ}))
    assert ("HIGH", "fix-needs-ed25519") in codes(wanted)


def test_why_addresses_matter_depends_on_what_the_key_may_do():
    reading = Restrictions(ip_restrict=False, enable_reading=True, enable_withdrawals=False)
    reasons = [
        judged(each)[-1].reason
        for each in (reading, replace(reading, enable_futures=True, enable_withdrawals=None), SOUND)
        if judged(each)
    ]
    assert reasons[0] == "whoever has the pair can read the account, from anywhere"
    (finding,) = judged(replace(SOUND, ip_restrict=False))
    assert finding.reason == "Binance announces that it deletes such keys, not when"


def test_withdrawals_from_anywhere_cannot_be_waived():
    open_ = replace(SOUND, ip_restrict=False, enable_withdrawals=True)
    found = judged(open_, require_ip=False, allow=frozenset(Permission))
    assert codes(found) == [("HIGH", "no-ip-restriction")]


@pytest.mark.parametrize(("days", "expected"), [(364, []), (365, [("LOW", "key-old")]), (3000, [("LOW", "key-old")])])
def test_an_old_key_is_to_be_replaced(days, expected):
    assert codes(changed(create_time=NOW - days * DAY_MS)) == expected


def test_stored_words_that_mean_nothing_are_told():
    (finding,) = judged(odd=("moon-trading", "require_ip"))
    assert codes([finding]) == [("LOW", "expectations-odd")]
    assert "moon-trading, require_ip" in finding.fact


@each_row(
    ("surroundings", "expected"),
    [
        (Surroundings(), []),
        (Surroundings(asked=True), [("LOW", "account-unchecked")]),
        (Surroundings(asked=True, status="Normal", trading=TradingStatus(locked=False)), []),
        (
            Surroundings(asked=True, status="Frozen", trading=TradingStatus(locked=True)),
            [("HIGH", "trading-locked"), ("MEDIUM", "account-not-normal")],
        ),
    ],
)
def test_the_account_behind_the_key(surroundings, expected):
    assert codes(around(surroundings)) == expected


@pytest.mark.parametrize(("recovers_at", "words"), [(NOW, "2023-11-14 22:13 UTC"), (None, ""), (10**30, "")])
def test_a_lock_says_until_when_where_binance_does(recovers_at, words):
    (finding,) = around(Surroundings(asked=True, status="Normal", trading=TradingStatus(True, recovers_at)))
    assert (words in finding.reason) if words else ("until" not in finding.reason)


@each_row(
    ("futures", "needed", "expected"),
    [
        (Reply.UNASKED, (), []),
        (Reply.ACCEPTED, ("futures",), []),
        (Reply.REFUSED, (), [("MEDIUM", "futures-refused")]),
        (Reply.REFUSED, ("futures",), [("HIGH", "futures-refused")]),
        (Reply.WITHHELD, ("futures",), [("LOW", "futures-unchecked")]),
        (Reply.SILENT, ("futures",), [("LOW", "futures-unchecked")]),
    ],
)
def test_the_futures_beside_the_key(futures, needed, expected):
    assert codes(around(futures=futures, needed=needed)) == expected
