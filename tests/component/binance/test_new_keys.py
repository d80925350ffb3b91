"""Private keys made here or opened: what comes out is what Binance takes, and no passphrase is told to anybody."""

import json
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tests.rows import each_row
from vault_binance.binance.keys import check_private_key, sign
from vault_binance.binance.new_keys import is_encrypted, new_private_key, opened, public_key, ready
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import ConfigError, MalformedCredentials, SigningError
from vault_binance.redacted import Redacted

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "binance_vectors.json").read_text(encoding="utf-8"))
PUBLISHED = {vector["name"]: vector for vector in VECTORS}
ED25519 = PUBLISHED["fix_logon_ed25519"]["private_key_pem"]
RSA = PUBLISHED["rsa_sigexamples_ltcbtc"]["private_key_pem"]
ENCRYPTED = PUBLISHED["pybinance_rsa_encrypted_pem"]
PASSPHRASE = "Canary passphrase, öpen sesame "


@cache
def read(pem):
    """Once for each: reading an RSA key takes as long as dozens of these tests."""
    return load_pem_private_key(pem.encode(), None)


def dressed(pem, encoding=PrivateFormat.PKCS8, passphrase=PASSPHRASE):
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return read(pem).private_bytes(Encoding.PEM, encoding, encryption).decode()


def refused(pem, passphrase=None, kind=MalformedCredentials, key_type=KeyType.ED25519):
    with pytest.raises(kind) as caught:
        ready(Redacted(pem), None if passphrase is None else Redacted(passphrase), key_type)
    assert "Canary" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.__context__ is None
    assert caught.value.hint
    return str(caught.value)


class TestMade:
    @pytest.mark.parametrize(("key_type", "size"), [(KeyType.ED25519, 0), (KeyType.RSA, 2048)], ids=str)
    def test_a_new_key_is_one_that_binance_takes(self, key_type, size):
        key = new_private_key(key_type, bits=size or 2048)
        assert check_private_key(key.reveal(), key_type) == key
        assert public_key(key)[1] == size
        assert sign(Credentials("mm", Redacted("k" * 64), key, key_type, Environment.LIVE), b"timestamp=1")

    def test_no_two_are_the_same(self):
        assert new_private_key(KeyType.ED25519) != new_private_key(KeyType.ED25519)

    @pytest.mark.parametrize(("key_type", "size"), [(KeyType.HMAC, 2048), (KeyType.RSA, 1024), (KeyType.RSA, 8192)])
    def test_what_binance_does_not_take_is_not_made(self, key_type, size):
        with pytest.raises(ConfigError, match="is made here"):
            new_private_key(key_type, bits=size)

    @pytest.mark.parametrize("pem", [ED25519, RSA], ids=["ed25519", "rsa"])
    def test_the_public_half_is_that_of_the_private_one(self, pem):
        public, _ = public_key(Redacted(pem))
        assert load_pem_public_key(public.encode()) == read(pem).public_key()
        assert public.startswith("-----BEGIN PUBLIC KEY-----\n")
        assert public.endswith("\n-----END PUBLIC KEY-----\n")

    def test_of_what_is_no_key_there_is_no_public_half(self):
        with pytest.raises(MalformedCredentials, match="damaged") as caught:
            public_key(Redacted(ED25519.replace("MC4", "XXX")))
        assert caught.value.__context__ is None


class TestOpened:
    def test_a_published_one(self):
        pem, passphrase = Redacted(ENCRYPTED["private_key_pem"]), Redacted(ENCRYPTED["passphrase"])
        assert is_encrypted(pem)
        secret = ready(pem, passphrase, KeyType.RSA)
        credentials = Credentials("mm", Redacted("k" * 64), secret, KeyType.RSA, Environment.LIVE)
        assert sign(credentials, ENCRYPTED["payload"].encode()) == ENCRYPTED["signature"]

    @pytest.mark.parametrize("dress", [str, lambda pem: "\ufeff\n " + pem.replace("\n", "\r\n") + "\r\n"])
    def test_what_comes_out_is_plain_pkcs8(self, dress):
        pem = Redacted(dress(dressed(ED25519)))
        assert is_encrypted(pem)
        assert ready(pem, Redacted(PASSPHRASE), KeyType.ED25519).reveal() == ED25519

    def test_openssls_older_encryption(self):
        pem = Redacted(dressed(RSA, PrivateFormat.TraditionalOpenSSL).replace("\n", "\r\n"))
        assert is_encrypted(pem)
        assert opened(pem, Redacted(PASSPHRASE)).reveal() == dressed(RSA, passphrase="")

    def test_rsas_older_format_is_converted(self):
        older = Redacted(dressed(RSA, PrivateFormat.TraditionalOpenSSL, ""))
        assert not is_encrypted(older)
        assert ready(older, None, KeyType.RSA).reveal() == dressed(RSA, passphrase="")
        assert "damaged" in refused(older.reveal().replace("MII", "XXX"), key_type=KeyType.RSA)

    def test_what_needs_no_opening_stays_as_it_is(self):
        for text in (ED25519, "no PEM at all", ""):
            assert opened(Redacted(text)).reveal() == text

    @each_row("wrong", ["Canary passphrase", PASSPHRASE.strip(), PASSPHRASE.upper(), "\udcff"], ids=ascii)
    def test_a_wrong_passphrase(self, wrong):
        assert "does not open" in refused(dressed(ED25519), wrong)

    def test_a_wrong_passphrase_for_the_older_encryption(self):
        older = dressed(RSA, PrivateFormat.TraditionalOpenSSL)
        assert "does not open" in refused(older, "Canary passphrase", key_type=KeyType.RSA)

    def test_no_passphrase(self):
        assert "passphrase is empty" in refused(dressed(ED25519))
        assert "passphrase is empty" in refused(dressed(ED25519), "")

    def test_a_passphrase_for_nothing(self):
        assert "is not encrypted" in refused(ED25519, PASSPHRASE)

    def test_a_damaged_one(self):
        lines = dressed(ED25519).splitlines(keepends=True)
        assert "does not open" in refused("".join([*lines[:1], *lines[2:]]), PASSPHRASE)

    def test_one_of_another_type(self):
        assert "is of type ED25519, not RSA" in refused(dressed(ED25519), PASSPHRASE, SigningError, KeyType.RSA)
        curve = ec.generate_private_key(ec.SECP256R1())
        encrypted = curve.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode())
        ).decode()
        assert "is of type EC" in refused(encrypted, PASSPHRASE, SigningError)
        older = curve.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        assert "is not in PKCS#8" in refused(older)
