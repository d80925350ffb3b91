"""The order of the questions, and what becomes of the answers."""

import pytest

from vault_binance.binance.port import Account, ServerTime
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import KeyRejected
from vault_binance.health import Expectations, Restrictions, Severity
from vault_binance.ops.verify import verify
from vault_binance.redacted import Redacted

NOW = 1_700_000_000_000
SOUND = Restrictions(ip_restrict=True, enable_reading=True, enable_withdrawals=False)


class FakeBinance:
    def __init__(self, *, times=((0, 10), (0, 10)), restrictions=SOUND):
        self.times = iter(times)
        self.answer = restrictions
        self.asked = []

    def server_time(self):
        skew, round_trip = next(self.times)
        self.asked.append("time")
        return ServerTime(NOW, NOW + skew - round_trip // 2, NOW + skew + round_trip // 2)

    def restrictions(self):
        self.asked.append("restrictions")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def account(self):
        self.asked.append("account")
        return Account()


def verified(binance, *, key_type=KeyType.ED25519, environment=Environment.LIVE):
    pair = Credentials("mm", Redacted("k" * 64), Redacted("s" * 64), key_type, environment, version=3)
    return verify(binance, pair, Expectations(), lambda: NOW), pair


def test_a_sound_key():
    binance = FakeBinance()
    verification, pair = verified(binance)
    assert binance.asked == ["time", "time", "restrictions"]
    assert verification.is_sound
    assert verification.findings == ()
    assert (verification.version, verification.checked_at_ms, verification.skew_ms) == (3, NOW, 0)
    assert verification.fingerprint == pair.fingerprint
    assert verification.restrictions is SOUND


def test_findings_at_high_make_it_unsound():
    verification, _ = verified(FakeBinance(restrictions=Restrictions(ip_restrict=False, enable_withdrawals=True)))
    assert not verification.is_sound
    assert (verification.count(Severity.HIGH), verification.count(Severity.LOW)) == (2, 0)


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


def test_commands_that_are_proposed_name_the_credential():
    verification, _ = verified(FakeBinance(), key_type=KeyType.HMAC)
    assert "key put mm --type ed25519" in verification.findings[0].remedy


def test_a_refusal_is_raised():
    with pytest.raises(KeyRejected):
        verified(FakeBinance(restrictions=KeyRejected("no", code=-2015)))
