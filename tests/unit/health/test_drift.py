"""What has changed since: permissions that came and went, and reports that are read back."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.health.drift import Observation, drift
from vault_binance.health.report import Report
from vault_binance.health.values import Finding, Permission, Severity

WHEN = "2026-11-26T09:00:00+00:00"
observations = st.builds(
    Observation,
    fingerprint=st.sampled_from(["", "aa", "bb"]),
    version=st.integers(0, 99),
    checked_at=st.just(WHEN),
    permissions=st.none() | st.frozensets(st.sampled_from(Permission)),
    ip_restricted=st.none() | st.booleans(),
)
findings = st.builds(Finding, st.sampled_from(Severity), st.text(), st.text(), st.text(), st.text())
fields = st.dictionaries(
    st.sampled_from(["version", "checked_at", "permissions", "ip_restricted", "findings", "skew_ms", "refused"]),
    st.text() | st.sampled_from([WHEN, "3", "[]", '[{"severity":"HIGH"}]', "[[", "-5", "[1]", "{}"]),
)


def seen(*permissions, ip=True, fingerprint="aa", version=1):
    return Observation(fingerprint, version, WHEN, frozenset(permissions), ip)


def codes(before, now):
    return [(finding.severity.name, finding.code) for finding in drift(before, now)]


def test_nothing_changed():
    assert codes(seen(Permission.READING), seen(Permission.READING, version=2)) == []


@each_row("permission", Permission)
def test_a_permission_that_came(permission):
    money = {Permission.WITHDRAWALS, Permission.INTERNAL_TRANSFER, Permission.UNIVERSAL_TRANSFER}
    severity = "HIGH" if permission in money else "MEDIUM"
    assert codes(seen(), seen(permission)) == [(severity, f"{permission}-added")]


@each_row("permission", Permission)
def test_a_permission_that_went(permission):
    assert codes(seen(permission), seen()) == [("MEDIUM", f"{permission}-lost")]


def test_an_ip_restriction_that_is_gone():
    assert codes(seen(), seen(ip=False)) == [("HIGH", "ip-restriction-gone")]
    assert codes(seen(ip=False), seen()) == []
    assert codes(seen(), seen(ip=None)) == []


def test_another_key_is_no_drift():
    assert codes(seen(), seen(Permission.WITHDRAWALS, ip=False, fingerprint="bb")) == []
    assert codes(seen(fingerprint=""), seen(Permission.WITHDRAWALS, version=2)) == []
    assert codes(seen(fingerprint=""), seen(Permission.WITHDRAWALS)) != []


def test_what_was_not_known_is_no_change():
    unknown = Observation("aa", 1, WHEN)
    assert drift(unknown, seen(Permission.WITHDRAWALS, ip=False)) == ()
    assert drift(seen(Permission.WITHDRAWALS), unknown) == ()


@given(observations, observations)
def test_a_change_is_told_once_and_backwards_it_is_another(before, now):
    there, back = drift(before, now), drift(now, before)
    assert len({finding.code for finding in there}) == len(there)
    assert not {finding.code for finding in there} & {finding.code for finding in back}
    assert drift(before, before) == ()


@given(observations)
def test_an_observation_reads_back(observation):
    assert Observation.from_fields(observation.to_fields()) == observation


@given(
    st.builds(Report, st.text(), st.text(), observations, st.integers(-(10**9), 10**9), st.lists(findings).map(tuple))
)
def test_a_report_reads_back(report):
    assert Report.from_fields(report.to_fields()) == report


@given(observations, st.integers(1, 10**6))
def test_what_key_put_leaves_in_the_metadata_reads_back(observation, version):
    stored = {"fingerprint": observation.fingerprint, "fingerprint_version": str(version)}
    assert Observation.from_fields(observation.to_metadata(version) | stored) == replace(observation, version=version)


@given(fields)
def test_whatever_is_stored_is_read_or_is_none(stored):
    report = Report.from_fields(stored)
    assert report is None or report.observation.checked_at


def test_what_key_put_left_in_the_metadata_is_an_observation():
    metadata = {
        "verified_at": WHEN,
        "verified_version": "3",
        "permissions": "reading,spot-trading,moon",
        "ip_restricted": "true",
        "fingerprint": "aa",
        "fingerprint_version": "3",
        "owner": "desk",
        "version": "of the desk's own",
    }
    expected = seen(Permission.READING, Permission.SPOT_TRADING, version=3)
    assert Observation.from_fields(metadata) == expected
    assert Observation.from_fields({**metadata, "fingerprint_version": "4"}).fingerprint == ""
    assert Observation.from_fields({"owner": "desk"}) is None
    assert Observation.from_fields({**metadata, "verified_at": "\x1b[31mnow"}) is None
