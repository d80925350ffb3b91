"""Private keys: what Binance takes, what is said of the others, and signatures equal to the published ones."""

import json
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tests.rows import each_row
from vault_binance.binance.keys import check_private_key, sign
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import MalformedCredentials, SigningError
from vault_binance.redacted import Redacted

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "binance_vectors.json").read_text(encoding="utf-8"))
ASYMMETRIC = [pytest.param(v, id=v["name"]) for v in VECTORS if "private_key_pem" in v]
ED25519 = next(v for v in VECTORS if v["name"] == "fix_logon_ed25519")["private_key_pem"]
RSA = next(v for v in VECTORS if v["name"] == "rsa_sigexamples_ltcbtc")["private_key_pem"]


def credentials(secret, key_type):
    return Credentials("bot", Redacted("k" * 64), Redacted(secret), key_type, Environment.LIVE)


def pem(key, encoding=PrivateFormat.PKCS8, encryption=None):
    return key.private_bytes(Encoding.PEM, encoding, encryption or NoEncryption()).decode()


def loaded(text):
    return load_pem_private_key(text.encode(), None)


@cache
def plain(vector_name):
    vector = next(v for v in VECTORS if v["name"] == vector_name)
    passphrase = vector.get("passphrase")
    if not passphrase:
        return vector["private_key_pem"]
    return pem(load_pem_private_key(vector["private_key_pem"].encode(), passphrase.encode()))


@each_row("vector", ASYMMETRIC)
def test_signature_is_binances(vector):
    secret = plain(vector["name"])
    signature = sign(credentials(secret, KeyType(vector["algo"])), vector["payload"].encode())
    assert signature == vector["signature"]


@each_row("vector", ASYMMETRIC)
def test_a_published_key_is_accepted_unchanged(vector):
    secret = plain(vector["name"])
    assert check_private_key(secret, KeyType(vector["algo"])).reveal() == secret


def test_hmac_signs_through_the_same_door():
    vector = next(v for v in VECTORS if v["name"] == "spot_rest_hmac_timestamp_only")
    assert sign(credentials(vector["secret"], KeyType.HMAC), vector["payload"].encode()) == vector["signature"]


@pytest.mark.parametrize("key_type", KeyType)
def test_every_key_type_can_sign(key_type):
    secrets = {KeyType.HMAC: "s" * 64, KeyType.ED25519: ED25519, KeyType.RSA: RSA}
    assert sign(credentials(secrets[key_type], key_type), b"timestamp=1")


@each_row(
    ("secret", "key_type", "says"),
    [
        pytest.param(ED25519, KeyType.HMAC, "is a private key, the stored key type is HMAC", id="pem as hmac"),
        pytest.param(ED25519, KeyType.RSA, "is of type ED25519, not RSA", id="ed25519 as rsa"),
        pytest.param(RSA, KeyType.ED25519, "is of type RSA, not ED25519", id="rsa as ed25519"),
        pytest.param("s" * 64, KeyType.ED25519, "cannot be read", id="hmac secret as ed25519"),
        pytest.param("s" * 64, KeyType.RSA, "cannot be read", id="hmac secret as rsa"),
        pytest.param("\udcff" + ED25519, KeyType.ED25519, "cannot be read", id="no text at all"),
    ],
)
def test_a_secret_of_another_type_than_stored_signs_nothing(secret, key_type, says):
    with pytest.raises(SigningError, match=says) as caught:
        sign(credentials(secret, key_type), b"timestamp=1")
    assert caught.value.hint
    assert caught.value.__context__ is None


@each_row(
    "dressed",
    [
        pytest.param(ED25519.replace("\n", "\r\n"), id="CRLF"),
        pytest.param("\ufeff" + ED25519, id="byte order mark"),
        pytest.param("\n\n  " + ED25519 + "\n\n", id="blanks around"),
        pytest.param(ED25519.rstrip("\n"), id="no last line end"),
    ],
)
def test_line_ends_and_blanks_are_put_right(dressed):
    assert check_private_key(dressed, KeyType.ED25519).reveal() == ED25519


def public_pem():
    public = loaded(ED25519).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


REFUSED = {
    "empty": ("", "is no PEM text"),
    "secret": ("s" * 64, "is no PEM text"),
    "public": (public_pem(), "is a public key"),
    "public pkcs1": ("-----BEGIN RSA PUBLIC KEY-----\nMIIB\n-----END RSA PUBLIC KEY-----\n", "is a public key"),
    "public openssh": ("ssh-ed25519 AAAAC3Nza bot@host", "is a public key of OpenSSH"),
    "certificate": ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "is a certificate"),
    "openssh": (pem(loaded(ED25519), PrivateFormat.OpenSSH), "is in OpenSSH's format"),
    "pkcs1": (pem(loaded(RSA), PrivateFormat.TraditionalOpenSSL), "is not in PKCS#8 format"),
    "encrypted": (pem(loaded(ED25519), encryption=BestAvailableEncryption(b"x")), "is encrypted with a passphrase"),
    "encrypted pkcs1": (
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nMIIB\n-----END RSA PRIVATE KEY-----",
        "is encrypted with a passphrase",
    ),
    "two": (ED25519 + ED25519, "has other text around it"),
    "text before": ("my key:\n" + ED25519, "has other text around it"),
    "escaped": (ED25519.replace("\n", "\\n"), "has backslash-n"),
    "cut off": (ED25519.replace("-----END PRIVATE KEY-----", ""), "cut off"),
    "damaged": (ED25519.replace("MC4CAQ", "MC4C"), "is damaged"),
}


@each_row("case", REFUSED)
def test_what_is_no_key_for_binance_is_refused_with_its_reason(case):
    text, says = REFUSED[case]
    with pytest.raises(MalformedCredentials, match=says) as caught:
        check_private_key(text, KeyType.ED25519)
    assert caught.value.hint
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(lambda: ec.generate_private_key(ec.SECP256R1()), "of type EC", id="elliptic curve"),
        pytest.param(x25519.X25519PrivateKey.generate, "of type X25519", id="x25519"),
        pytest.param(lambda: loaded(RSA), "of type RSA", id="rsa"),
    ],
)
def test_a_key_of_another_type_is_refused(make, says):
    with pytest.raises(SigningError, match=says):
        check_private_key(pem(make()), KeyType.ED25519)


def test_an_rsa_key_below_2048_bits_is_refused():
    small = pem(rsa.generate_private_key(65537, 1024))  # noqa: S505  # that is the point
    with pytest.raises(MalformedCredentials, match="has 1024 bits; Binance takes 2048 to 4096"):
        check_private_key(small, KeyType.RSA)


def test_hmac_has_no_private_key():
    with pytest.raises(MalformedCredentials, match="no private key"):
        check_private_key(ED25519, KeyType.HMAC)


def test_no_message_contains_any_of_the_key():
    canary = ED25519.splitlines()[1]
    for text in (ED25519 + ED25519, ED25519.replace("MC4CAQ", "MC4C"), "my key:\n" + ED25519):
        with pytest.raises(MalformedCredentials) as caught:
            check_private_key(text, KeyType.ED25519)
        assert canary[6:16] not in f"{caught.value} {caught.value.hint}"
