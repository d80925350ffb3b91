"""A certificate that has ended: Vault answers as if it were in distress, and the certificate says otherwise."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from tests.component.bot.stub_vault import READY, StubVault
from tests.rows import each_row
from vault_binance.bot.platforms import Certificate, not_after
from vault_binance.errors import LoginRefused, VaultUnavailable

KEY = ec.generate_private_key(ec.SECP256R1())
LONG = [f"{number} of many organizational units with names of some length" for number in range(9)]


def pem(ends, *, units=()):
    """A certificate as a host makes it; with `units` its names are longer than one byte can count."""
    attributes = [(NameOID.COMMON_NAME, "binance-mm-1"), *((NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units)]
    name = x509.Name([x509.NameAttribute(kind, text) for kind, text in attributes])
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(ends)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@each_row(
    "ends",
    [
        datetime(2026, 11, 22, 20, 15, 7, tzinfo=UTC),
        datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2050, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
    ids=["today", "the last with two digits", "the first with four", "without an end"],
)
@each_row("units", [(), LONG], ids=["short", "long"])
def test_the_end_of_a_certificate_is_read_as_the_library_wrote_it(ends, units):
    text = pem(ends, units=units)
    assert x509.load_pem_x509_certificate(text.encode()).not_valid_after_utc == ends
    for around in (text, f"subject=CN = binance-mm-1\r\n{text}", text + text.replace("A", "B")):
        assert tuple(not_after(around))[:6] == ends.timetuple()[:6]


WHOLE = pem(datetime(2026, 1, 1, tzinfo=UTC))


@given(st.text() | st.builds(lambda at, length: WHOLE[:at] + WHOLE[at + length :], st.integers(0, 400), st.integers(1)))
def test_what_is_no_certificate_raises_what_is_expected(text):
    with suppress(ValueError, IndexError):
        assert isinstance(not_after(text), time.struct_time)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "bot.crt"


def log_in(file, answer):
    return Certificate("binance-cert", "mm-1", str(file)).log_in(StubVault(log_in=answer))


def test_a_certificate_that_has_ended_is_a_refusal_and_no_outage(file):
    file.write_text(pem(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)))
    with pytest.raises(LoginRefused, match="ended on 2026-01-02 03:04:05 UTC") as caught:
        log_in(file, VaultUnavailable("500"))
    assert str(file) in caught.value.message
    assert "bot enroll" in caught.value.hint
    assert not caught.value.transient


def test_with_a_certificate_that_is_good_an_outage_is_an_outage(file):
    file.write_text(pem(datetime.now(UTC) + timedelta(days=1)))
    with pytest.raises(VaultUnavailable):
        log_in(file, VaultUnavailable("500"))


@pytest.mark.parametrize(
    "content", [None, b"", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_with_a_certificate_that_cannot_be_read_vaults_own_answer_stays(file, content):
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(VaultUnavailable, match="as Vault said it"):
        log_in(file, VaultUnavailable("as Vault said it"))


def test_a_login_that_succeeds_does_not_look_at_the_file(file):
    assert log_in(file, READY["log_in"]) == READY["log_in"]
    with pytest.raises(LoginRefused, match="not pinned"):
        log_in(file, LoginRefused("not pinned"))
