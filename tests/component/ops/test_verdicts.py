"""What `key list` says of a check: the word of whoever had that very key in hand, and of nobody else."""

from __future__ import annotations

import pytest

from tests.rows import each_row
from vault_binance.health.report import Report
from vault_binance.ops.keys import Key
from vault_binance.vault.operator_port import VersionInfo

FINGERPRINT = "f" * 64
METADATA = {"fingerprint": FINGERPRINT, "fingerprint_version": "2"}


def verdicts(metadata=METADATA, **said):
    fields = {
        "credential": "mm",
        "version": "2",
        "fingerprint": FINGERPRINT,
        "checked_at": "2026-11-26T09:00:00+00:00",
        **said,
    }
    report = Report.from_fields(fields)
    return Key("mm", 2, (VersionInfo(2, "2026-11-26T08:00:00Z"),), metadata).verdicts([report] if report else [])


def test_a_bots_word_of_this_version_counts():
    assert len(verdicts()) == 1


@each_row(
    "said",
    [
        {"version": "1"},
        {"credential": "other"},
        {"fingerprint": "0" * 64},
        {"fingerprint": ""},
        {"checked_at": "2026-11-26T09:00:00"},
        {"checked_at": "soon"},
    ],
)
def test_a_word_of_another_key_does_not(said):
    """A bot writes what it likes into its own report; the fingerprint is known to those alone who have read the key."""
    assert verdicts(**said) == []


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_an_absurd_time_is_one_that_can_be_compared(when):
    (verdict,) = verdicts(checked_at=when)
    assert max([verdict, *verdicts()], key=lambda one: one.checked_at)


def test_where_nobody_described_the_version_its_number_has_to_do():
    assert len(verdicts({}, fingerprint="0" * 64)) == 1
