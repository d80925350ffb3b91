"""Signatures of all three key types, and private keys as Binance accepts them: unencrypted PKCS#8 in PEM.

Rules of the file
- `cryptography` is imported inside the functions that need it: an HMAC key never pays for it.
- What is wrong with a text (a public key, an old format, a passphrase) is MalformedCredentials and found before it is
  stored; a key that cannot do what its stored type says is SigningError.
- What `cryptography` complains of is never shown or chained: it may quote the key.
- RSA is PKCS#1 v1.5 with SHA-256, Ed25519 signs the payload itself; both as standard base64, not yet percent-encoded
  (reference: Binance, 1.3).
"""

from __future__ import annotations

from base64 import b64encode
from functools import partial

from vault_binance.credentials import KeyType
from vault_binance.errors import MalformedCredentials, SigningError
from vault_binance.redacted import Redacted
from vault_binance.signing import hmac_signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from vault_binance.credentials import Credentials

PEM_START = "-----BEGIN "
PKCS8_START = "-----BEGIN PRIVATE KEY-----\n"
PKCS8_END = "\n-----END PRIVATE KEY-----"

RSA_BITS = range(2048, 4096 + 1)
"""Source: reference, Binance, 1.3."""

_CONVERT = "convert it: openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem"
_GENERATE = "make one: openssl genpkey -algorithm ed25519 -out key.pem"


def sign(credentials: Credentials, payload: bytes) -> str:
    """The signature as Binance wants it: hex for HMAC, base64 for Ed25519 and RSA.

    Raises SigningError if the secret cannot be read, or is of another type than stored.
    """
    return signature_of(credentials)(payload)


def signature_of(credentials: Credentials) -> Callable[[bytes], str]:
    """`sign` for one pair and many payloads: a private key is read once, which costs more than many signatures do."""
    secret = credentials.secret
    match credentials.key_type:
        case KeyType.HMAC:
            _refuse_pem(secret)
            return partial(hmac_signature, secret)
        case KeyType.ED25519:
            return _with_ed25519(secret)
        case KeyType.RSA:
            return _with_rsa(secret)


def check_private_key(pem: str, key_type: KeyType) -> Redacted:
    """Return the key as it is to be stored: line ends as LF, one at the end, nothing around it.

    Raises MalformedCredentials for a text that is no unencrypted PKCS#8 key, or an RSA key of a size Binance does not
    take, and SigningError for a key of another type than `key_type`.
    """
    if key_type is KeyType.HMAC:
        raise MalformedCredentials("an HMAC key has an API secret and no private key", hint="give the API secret")
    text = tidy(pem)
    if fault := _text_fault(text):
        raise MalformedCredentials(f"the private key {fault[0]}", hint=fault[1])
    secret = Redacted(text)
    key = _load(secret, _damaged)
    _check_type(key, key_type)
    _check_size(key)
    return secret


def tidy(pem: str) -> str:
    """A PEM without what editors and shells leave around it: line ends as LF, one at the end."""
    return pem.lstrip("\ufeff").replace("\r\n", "\n").strip() + "\n"


def _text_fault(text: str) -> tuple[str, str] | None:
    """What can be told without reading the key; the first fault found, with what to do about it."""
    for start, what, hint in _FOREIGN:
        if text.startswith(start):
            return what, hint
    if PEM_START not in text:
        return "is no PEM text", "give the whole file, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----"
    if "\\n" in text:
        return "has backslash-n where its lines should end", "give the file itself, not an escaped copy of it"
    if not text.startswith(PEM_START) or text.count(PEM_START) > 1:
        return "has other text around it", "give that one key and nothing else"
    if not (text.startswith(PKCS8_START) and text.rstrip().endswith(PKCS8_END)):
        return "is not in PKCS#8 format, or is cut off", _CONVERT
    return None


_IS_PUBLIC = ("is a public key", "that one goes to Binance; give the private one made with it")
_HAS_PASSPHRASE = ("is encrypted with a passphrase", "take it off: openssl pkcs8 -in key.pem -out plain.pem")

_FOREIGN = (
    ("-----BEGIN PUBLIC KEY", *_IS_PUBLIC),
    ("-----BEGIN RSA PUBLIC KEY", *_IS_PUBLIC),
    ("ssh-", "is a public key of OpenSSH", f"Binance does not take those; {_GENERATE}"),
    ("-----BEGIN CERTIFICATE", "is a certificate", "give the private key, in PKCS#8 format"),
    ("-----BEGIN OPENSSH PRIVATE KEY", "is in OpenSSH's format", f"Binance takes PKCS#8 only; {_GENERATE}"),
    ("-----BEGIN ENCRYPTED PRIVATE KEY", *_HAS_PASSPHRASE),
    ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED", *_HAS_PASSPHRASE),
)


def _refuse_pem(secret: Redacted) -> None:
    """An HMAC over a PEM text would be computed without complaint, and refused by Binance as -1022."""
    if PEM_START in secret.reveal():
        raise SigningError(
            "the stored secret is a private key, the stored key type is HMAC",
            hint="store it with its type, ED25519 or RSA: vault-binance key put",
        )


def _with_ed25519(secret: Redacted) -> Callable[[bytes], str]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = _load(secret, _unreadable)
    if isinstance(key, Ed25519PrivateKey):
        return lambda payload: _base64(key.sign(payload))
    raise _other_type(key, KeyType.ED25519)


def _with_rsa(secret: Redacted) -> Callable[[bytes], str]:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256

    key = _load(secret, _unreadable)
    if isinstance(key, RSAPrivateKey):
        padding, digest = PKCS1v15(), SHA256()
        return lambda payload: _base64(key.sign(payload, padding, digest))
    raise _other_type(key, KeyType.RSA)


def _base64(signature: bytes) -> str:
    return b64encode(signature).decode("ascii")


def _load(secret: Redacted, failure: Callable[[], Exception]) -> PrivateKeyTypes:
    key = loaded(secret)
    if key is None:
        raise failure()  # outside of the except clause: the cause may quote the key, and is not to be chained
    return key


def loaded(secret: Redacted, passphrase: Redacted | None = None) -> PrivateKeyTypes | None:
    """The key, or None where it cannot be read; never why: the cause may quote the key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        opens = None if passphrase is None else passphrase.reveal().encode()
        return load_pem_private_key(secret.reveal().encode(), password=opens)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def _damaged() -> MalformedCredentials:
    return MalformedCredentials("the private key is damaged: it cannot be read", hint="was a line lost in copying?")


def _unreadable() -> SigningError:
    return SigningError(
        "the stored private key cannot be read",
        hint="Binance's keys are unencrypted PKCS#8 in PEM; store it again: vault-binance key put",
    )


def _check_type(key: PrivateKeyTypes, key_type: KeyType) -> None:
    if _type_of(key) != key_type:
        raise _other_type(key, key_type)


def _check_size(key: PrivateKeyTypes) -> None:
    bits = getattr(key, "key_size", 0)
    if _type_of(key) == KeyType.RSA and bits not in RSA_BITS:
        raise MalformedCredentials(
            f"the RSA key has {bits} bits; Binance takes 2048 to 4096",
            hint=f"Ed25519 is recommended; {_GENERATE}",
        )


def _other_type(key: PrivateKeyTypes, key_type: KeyType) -> SigningError:
    return SigningError(
        f"the private key is of type {_type_of(key)}, not {key_type}",
        hint="Binance signs with Ed25519 or RSA; say which this is: vault-binance key put NAME --type ed25519, or rsa",
    )


def _type_of(key: PrivateKeyTypes) -> str:
    """ED25519, RSA, or what `cryptography` calls a kind that Binance does not take (X25519, EllipticCurve)."""
    return type(key).__name__.removeprefix("_").removesuffix("PrivateKey").upper()
