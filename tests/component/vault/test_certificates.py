"""Certificates: what is made for a bot, and what is refused before it could be pinned."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.rows import each_row
from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted
from vault_binance.vault.certificates import new_certificate, read_certificate

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
SERVER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
ANY = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])

FIXED = """\
-----BEGIN CERTIFICATE-----
MIIBbzCCARagAwIBAgIUXBkJBUNngqR5Tps8M/7NuKAJm9MwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEbW0tMTAeFw0yNjExMjIyMDU4NTJaFw0zNjExMTkyMDU4NTJa
MA8xDTALBgNVBAMMBG1tLTEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR97/Mo
TGrxAzlkb9aNEYN4kNNZzauefhnh/X838+tJGIHVRbJutvFUscCHPoF+eIsfmQhT
FA1d/OjOYsKTSF9So1AwTjAdBgNVHQ4EFgQUzdT/v0EKqMGpa8BFc8eQXQjXVqYw
HwYDVR0jBBgwFoAUzdT/v0EKqMGpa8BFc8eQXQjXVqYwDAYDVR0TAQH/BAIwADAK
BggqhkjOPQQDAgNHADBEAiAliuIqTElCnoy8Jsrm6HPrh4nRFrVfT9XFiDCqcS1j
PwIgO9GSdkThpMjKCeULibqYjlqqNbv4bhNqhkLLBSe4CkE=
-----END CERTIFICATE-----
"""
FIXED_FINGERPRINT = "6A:6F:8A:84:98:78:53:03:18:64:7D:69:CB:2F:58:CA:C9:40:F7:B9:8E:47:E9:CC:35:91:39:D7:28:A6:BC:5C"


@pytest.fixture(scope="module")
def made():
    return new_certificate("mm-1", days=365, now=NOW)


def pem(*extensions, names=("mm-1",), key=None):
    """A certificate as somebody else may make it."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 7, NOW, NOW + timedelta(days=1))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    algorithm = None if isinstance(key, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)) else SHA256()
    return builder.sign(key, algorithm).public_bytes(Encoding.PEM).decode()


class TestMaking:
    def test_the_key_is_hidden_and_fits_the_certificate(self, made):
        key, certificate = made
        loaded = x509.load_pem_x509_certificate(certificate.pem.encode())

        assert isinstance(key, Redacted)
        assert key.reveal().startswith("-----BEGIN PRIVATE KEY-----\n")
        private = load_pem_private_key(key.reveal().encode(), None)
        assert private.public_key() == loaded.public_key()
        assert loaded.public_key().curve.name == "secp256r1"
        loaded.verify_directly_issued_by(loaded)

    def test_it_is_for_one_client_and_vouches_for_nobody(self, made):
        loaded = x509.load_pem_x509_certificate(made[1].pem.encode())
        found = {type(one.value): one for one in loaded.extensions}

        assert found[x509.BasicConstraints].value.ca is False
        assert found[x509.BasicConstraints].critical
        assert found[x509.ExtendedKeyUsage].value == CLIENT

    def test_its_times(self, made):
        _, certificate = made

        assert certificate.not_before == NOW - timedelta(minutes=5)
        assert certificate.not_after == NOW + timedelta(days=365)

    def test_it_is_read_back_as_it_was_made(self, made):
        assert read_certificate(made[1].pem) == made[1]

    def test_the_fingerprint_is_that_of_openssl(self):
        """Source: openssl x509 -noout -fingerprint -sha256, on the certificate below."""
        assert read_certificate(FIXED).fingerprint == FIXED_FINGERPRINT

    def test_two_are_never_the_same(self, made):
        other = new_certificate("mm-1", days=365, now=NOW)

        assert other[0] != made[0]
        assert other[1].fingerprint != made[1].fingerprint


class TestReading:
    @pytest.mark.parametrize("change", [str, lambda t: t.replace("\n", "\r\n"), lambda t: f"\ufeff{t}\n\n", str.strip])
    def test_what_editors_do_to_a_file_does_not_matter(self, made, change):
        assert read_certificate(change(made[1].pem)) == made[1]

    @pytest.mark.parametrize(
        ("key", "extensions"),
        [
            (ec.generate_private_key(ec.SECP384R1()), (CLIENT,)),
            (ed25519.Ed25519PrivateKey.generate(), (ANY,)),
            (rsa.generate_private_key(65537, 2048), ()),
        ],
    )
    def test_other_good_keys_are_taken(self, key, extensions):
        assert read_certificate(pem(*extensions, key=key)).common_name == "mm-1"

    @each_row(
        ("text", "told"),
        [
            ("", "is no PEM text"),
            ("\x00\x82garbage", "is no PEM text"),
            (pem() + pem(), "is not alone"),
            (f"subject=CN = mm-1\n{pem()}", "has other text before it"),
            (f"{pem()}-----BEGIN PRIVATE KEY-----\nx", "comes with a private key"),
            ("-----BEGIN EC PRIVATE KEY-----\nx", "comes with a private key"),
            (pem()[:200] + "\n-----END CERTIFICATE-----\n", "is damaged"),
            (pem().replace("-----END CERTIFICATE-----", ""), "is damaged"),
            (pem(x509.BasicConstraints(ca=True, path_length=None)), "is a CA's"),
            (pem(SERVER), "is not for client authentication"),
            (pem(names=()), "has not exactly one common name"),
            (pem(names=("mm-1", "hedger")), "has not exactly one common name"),
            (pem(key=ec.generate_private_key(ec.SECP192R1())), "has a weak key: 192 bits"),
            (pem(key=rsa.generate_private_key(65537, 1024)), "has a weak key: 1024 bits"),  # noqa: S505  that is the point
            (pem(key=ed448.Ed448PrivateKey.generate()), "of a kind that TLS does not take"),
        ],
        ids=lambda value: value if isinstance(value, str) and len(value) < 40 and value.isascii() else "text",
    )
    def test_what_is_not_to_be_pinned(self, text, told):
        with pytest.raises(ConfigError, match=f"^the certificate .*{told}") as raised:
            read_certificate(text)
        assert raised.value.hint
        assert raised.value.__cause__ is None

    def test_a_private_key_is_never_shown(self, made):
        key = made[0].reveal()

        with pytest.raises(ConfigError) as raised:
            read_certificate(key)
        assert key.split("\n")[1] not in str(raised.value) + raised.value.hint
