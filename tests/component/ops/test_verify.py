"""The order of the questions, and what becomes of the answers."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.rows import each_row
from vault_binance.binance.port import Account, Product, ServerTime
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import (
    BinanceUnavailable,
    ConfigError,
    KeyRejected,
    RateLimited,
    SigningError,
    VaultBinanceError,
)
from vault_binance.health.drift import Observation
from vault_binance.health.expectations import Expectations
from vault_binance.health.report import Report
from vault_binance.health.values import Permission, Restrictions, Severity, TradingStatus
from vault_binance.ops.verify import verify
from vault_binance.redacted import Redacted

NOW = 1_700_000_000_000
SOUND = Restrictions(ip_restrict=True, enable_reading=True, enable_withdrawals=False)
FUTURES = Restrictions(ip_restrict=True, enable_reading=True, enable_withdrawals=False, enable_futures=True)
AMBIGUOUS, UNKNOWN = KeyRejected("no", code=-2015), KeyRejected("no", code=-2008)
UNLOCKED = TradingStatus(locked=False)
BANNED = RateLimited("banned", retry_after=120)


def answered(status):
    error = BinanceUnavailable("GET /x: Binance failed")
    error.status = status
    return error


class FakeBinance:
    """Answers as it was told; an answer that is an exception is raised, one that is a list is used up in order."""

    def __init__(
        self,
        *,
        times=((0, 10), (0, 10)),
        restrictions=SOUND,
        account=None,
        status="Normal",
        trading=UNLOCKED,
        maintenance=False,
        futures=None,
        reaches=True,
        time_again=None,
    ):
        self.times = iter(times)
        self.time_again = time_again
        self.answers = {
            "restrictions": restrictions,
            "account": account or Account(),
            "status": status,
            "trading": trading,
            "maintenance": maintenance,
            "futures": futures,
        }
        self.reach = reaches
        self.asked = []

    def _answer(self, what):
        self.asked.append(what)
        if isinstance(self.answers[what], Exception):
            raise self.answers[what]
        return self.answers[what]

    def server_time(self, product=Product.SPOT):
        self.asked.append("time" if product is Product.SPOT else f"{product} time")
        skew, round_trip = next(self.times, (0, 0))
        if len([one for one in self.asked if one.endswith("time")]) > 2 and self.time_again:
            raise self.time_again
        return ServerTime(NOW, NOW + skew - round_trip // 2, NOW + skew + round_trip // 2)

    def restrictions(self):
        return self._answer("restrictions")

    def account(self):
        return self._answer("account")

    def account_status(self):
        return self._answer("status")

    def trading_status(self):
        return self._answer("trading")

    def is_in_maintenance(self):
        return self._answer("maintenance")

    def futures_account(self):
        self._answer("futures")

    def reaches(self, product):
        return self.reach


def elsewhere(**answers):
    """Other environments by name, each with how it answers to the pair."""

    @contextmanager
    def opened(environment):
        yield FakeBinance(account=answers.get(environment.value, UNKNOWN))

    return opened


def verified(
    binance, *, key_type=KeyType.ED25519, environment=Environment.LIVE, needed=(), product=Product.SPOT, **options
):
    pair = Credentials("mm", Redacted("k" * 64), Redacted("s" * 64), key_type, environment, version=3)
    expectations = Expectations().plus(needed, (), require_ip=None)
    return verify(binance, pair, expectations, lambda: NOW, product=product, **options), pair


def found(verification):
    return [(finding.severity.name, finding.code) for finding in verification.findings]


def test_a_sound_key():
    binance = FakeBinance()
    verification, pair = verified(binance)
    assert binance.asked == ["time", "time", "restrictions", "status", "trading"]
    assert verification.is_sound
    assert verification.findings == ()
    assert (verification.version, verification.checked_at_ms, verification.skew_ms) == (3, NOW, 0)
    assert (verification.fingerprint, verification.credential) == (pair.fingerprint, "mm")
    assert verification.restrictions is SOUND
    assert (verification.verdict, verification.exit_code) == ("safe as far as Binance says", 0)
    verification.require_accepted()


def test_findings_at_high_make_it_unsound():
    verification, _ = verified(FakeBinance(restrictions=Restrictions(ip_restrict=False, enable_withdrawals=True)))
    assert not verification.is_sound
    assert (verification.count(Severity.HIGH), verification.count(Severity.LOW)) == (2, 0)
    assert (verification.verdict, verification.exit_code) == ("2 findings at HIGH", 12)


def test_one_finding_at_high_is_one_finding():
    verification, _ = verified(FakeBinance(restrictions=Restrictions(ip_restrict=True, enable_withdrawals=True)))
    assert verification.verdict == "1 finding at HIGH"


def test_the_quicker_reading_of_the_clock_counts():
    verification, _ = verified(FakeBinance(times=((400, 800), (12, 20))))
    assert verification.skew_ms == 12


@pytest.mark.parametrize("skew_ms", [1_000, -5_001])
def test_a_wrong_clock_is_found_before_the_key_is_blamed(skew_ms):
    binance = FakeBinance(times=((skew_ms, 0), (skew_ms, 0)))
    verification, _ = verified(binance)
    assert binance.asked == ["time", "time"]
    assert verification.restrictions is None
    assert [finding.severity for finding in verification.findings] == [Severity.HIGH]


def test_where_permissions_cannot_be_asked_the_pair_is_proven_all_the_same():
    binance = FakeBinance(restrictions=None)
    verification, _ = verified(binance, environment=Environment.TESTNET)
    assert binance.asked == ["time", "time", "restrictions", "account"]
    assert verification.findings[0].reason == "the testnet has no /sapi"
    assert verification.verdict == "nothing at HIGH; what the key may do was not checked"


def test_commands_that_are_proposed_name_the_credential():
    verification, _ = verified(FakeBinance(), key_type=KeyType.HMAC)
    assert verification.findings[0].remedy == "vault-binance key new mm"


# Around the key


def test_a_locked_account_is_found():
    verification, _ = verified(FakeBinance(trading=TradingStatus(locked=True, recovers_at=NOW)))
    assert found(verification) == [("HIGH", "trading-locked")]


@each_row(
    ("answers", "asked"),
    [
        ({"status": BANNED}, ["status"]),
        ({"status": answered(503)}, ["status"]),
        ({"trading": ConfigError("404")}, ["status", "trading"]),
        ({"status": None}, ["status", "trading"]),
        ({"trading": AMBIGUOUS}, ["status", "trading"]),
    ],
)
def test_what_only_adds_to_a_verdict_does_not_prevent_it(answers, asked):
    binance = FakeBinance(**answers)
    verification, _ = verified(binance)
    assert binance.asked[3:] == asked
    assert found(verification) == [("LOW", "account-unchecked")]


@each_row(
    ("answer", "needed", "expected"),
    [
        (None, ("futures",), []),
        (AMBIGUOUS, ("futures",), [("HIGH", "futures-refused")]),
        (AMBIGUOUS, (), [("MEDIUM", "futures-refused"), ("LOW", "futures-allowed")]),
        (answered(502), ("futures",), [("LOW", "futures-unchecked")]),
        (SigningError("no"), ("futures",), [("LOW", "futures-unchecked")]),
    ],
)
def test_futures_are_asked_where_they_are_allowed(answer, needed, expected):
    binance = FakeBinance(restrictions=FUTURES, futures=answer)
    verification, _ = verified(binance, needed=needed)
    assert binance.asked[-1] == "futures"
    assert found(verification) == expected


def test_futures_are_not_asked_where_they_are_off():
    binance = FakeBinance(restrictions=replace(SOUND, enable_futures=False))
    verification, _ = verified(binance, needed=("futures",))
    assert "futures" not in binance.asked
    assert found(verification) == [("HIGH", "futures-missing")]


def test_what_binance_did_not_say_of_futures_is_tried_where_they_are_needed():
    binance = FakeBinance()
    verified(binance, needed=("futures",))
    assert binance.asked[-1] == "futures"


def test_a_key_is_not_shown_to_a_host_that_was_not_named():
    binance = FakeBinance(restrictions=FUTURES, reaches=False)
    verification, _ = verified(binance, needed=("futures",))
    assert "futures" not in binance.asked
    assert found(verification) == [("LOW", "futures-unchecked")]


def test_a_key_of_the_futures_testnet_is_proven_there_alone():
    binance = FakeBinance(restrictions=None)
    verification, _ = verified(binance, environment=Environment.TESTNET, product=Product.USDS_FUTURES)
    assert binance.asked == ["usds-futures time", "usds-futures time", "restrictions", "futures"]
    assert found(verification) == [("LOW", "permissions-unchecked")]


def test_a_refusal_of_the_futures_testnet_is_the_verdict():
    refused = KeyRejected("no", code=-2015)
    refused.seen_from = "203.0.113.7"
    binance = FakeBinance(restrictions=None, futures=refused)
    verification, _ = verified(
        binance, environment=Environment.TESTNET, product=Product.USDS_FUTURES, elsewhere=elsewhere()
    )
    assert verification.refused is refused
    assert found(verification) == [("HIGH", "key-deleted-or-address"), ("LOW", "address-seen")]


# A refusal


def test_a_refusal_is_a_verdict_and_kept_as_a_value():
    verification, _ = verified(FakeBinance(restrictions=AMBIGUOUS, futures=AMBIGUOUS))
    assert (verification.refused, verification.exit_code) == (AMBIGUOUS, 31)
    assert verification.verdict == "Binance refuses this key (code -2015)"
    with pytest.raises(KeyRejected):
        verification.require_accepted()


def test_a_refusal_that_is_kept_holds_no_frames():
    verification, _ = verified(FakeBinance(restrictions=KeyRejected("no", code=-1022)))
    assert verification.refused.__traceback__ is None


def test_a_refused_pair_is_tried_where_else_it_may_belong():
    binance = FakeBinance(restrictions=UNKNOWN)
    verification, _ = verified(binance, elsewhere=elsewhere(testnet=Account()))
    assert found(verification) == [("HIGH", "wrong-environment")]
    assert verification.findings[0].fact == "this key belongs to testnet, but is stored as live"


@pytest.mark.parametrize("answer", [AMBIGUOUS, UNKNOWN])
def test_a_pair_that_is_refused_everywhere_belongs_nowhere(answer):
    verification, _ = verified(FakeBinance(restrictions=UNKNOWN), elsewhere=elsewhere(testnet=answer, demo=answer))
    assert found(verification) == [("HIGH", "key-unknown")]
    assert "neither does testnet or demo" in verification.findings[0].reason


def test_an_environment_that_gives_no_answer_proves_nothing():
    silent = elsewhere(testnet=answered(503), demo=BANNED)
    verification, _ = verified(FakeBinance(restrictions=UNKNOWN), elsewhere=silent)
    assert "another environment" in verification.findings[0].reason


def test_the_ambiguous_answer_is_followed_up_in_public_and_at_futures():
    refused = KeyRejected("no", code=-2015)
    refused.seen_from = "203.0.113.7"
    binance = FakeBinance(restrictions=AMBIGUOUS, futures=refused)
    verification, _ = verified(binance)
    assert binance.asked == ["time", "time", "restrictions", "time", "futures"]
    assert found(verification) == [("HIGH", "key-deleted-or-address"), ("LOW", "address-seen")]
    assert "203.0.113.7" in verification.findings[1].fact


@each_row("code", [-1022, -2014, -1021, -1002])
def test_a_plain_refusal_is_not_followed_up(code):
    binance = FakeBinance(restrictions=KeyRejected("no", code=code))
    verified(binance, elsewhere=elsewhere(testnet=Account()))
    assert binance.asked == ["time", "time", "restrictions"]


def test_an_address_that_turns_out_banned_gives_no_verdict():
    with pytest.raises(RateLimited):
        verified(FakeBinance(restrictions=AMBIGUOUS, time_again=BANNED))


# No verdict


@each_row("error", [BANNED, answered(451), answered(0), ConfigError("no"), VaultBinanceError("no")])
def test_without_an_answer_there_is_no_verdict(error):
    with pytest.raises(type(error)):
        verified(FakeBinance(restrictions=error))


@each_row(
    ("error", "maintenance", "said"),
    [
        (answered(503), True, True),
        (answered(503), False, False),
        (answered(503), None, False),
        (answered(503), answered(503), False),
        (answered(0), True, False),
        (BANNED, True, False),
    ],
)
def test_maintenance_is_asked_for_where_something_answered(error, maintenance, said):
    binance = FakeBinance(restrictions=error, maintenance=maintenance)
    with pytest.raises(BinanceUnavailable) as info:
        verified(binance)
    assert info.value.maintenance is said
    assert info.value.message.startswith("Binance is under maintenance") is said
    error.maintenance, error.message = False, str(error)


# Since last time, and what is kept


def test_what_has_changed_since_is_found_too():
    _, pair = verified(FakeBinance())
    before = Observation(pair.fingerprint, 2, "2026-11-26T09:00:00+00:00", frozenset({Permission.READING}), True)
    changed = Restrictions(ip_restrict=False, enable_reading=True, enable_withdrawals=True)
    verification, _ = verified(FakeBinance(restrictions=changed), before=before)
    assert found(verification) == [
        ("HIGH", "withdrawals-allowed"),
        ("HIGH", "no-ip-restriction"),
        ("HIGH", "withdrawals-added"),
        ("HIGH", "ip-restriction-gone"),
    ]


def test_a_verification_is_read_back_as_a_report():
    verification, pair = verified(FakeBinance(restrictions=FUTURES, times=((7, 0), (7, 0))), key_type=KeyType.HMAC)
    fields = verification.to_fields("mm-1")
    assert all(isinstance(text, str) for text in fields.values())
    assert (fields["high"], fields["medium"], fields["low"]) == ("0", "0", "2")
    report = Report.from_fields(fields)
    assert (report.bot, report.credential, report.skew_ms, report.refused) == ("mm-1", "mm", 7, 0)
    assert report.findings == verification.findings
    assert report.observation == verification.observation
    assert report.observation.permissions == {Permission.READING, Permission.FUTURES}
    assert report.observation.checked_at == "2023-11-14T22:13:20+00:00"
    assert report.observation.fingerprint == pair.fingerprint


def test_a_refusal_is_read_back_too():
    verification, _ = verified(FakeBinance(restrictions=UNKNOWN))
    report = Report.from_fields(verification.to_fields())
    assert (report.refused, report.bot, report.observation.permissions) == (-2008, "", None)
