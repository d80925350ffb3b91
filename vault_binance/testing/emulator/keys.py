"""Keys for the emulator: what Binance keeps of one, and what its owner is shown.

Rules of the file
- Of an Ed25519 or RSA key the emulator keeps the public half only, as Binance does.
- `cryptography` is imported where it is needed: HMAC keys do without.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from hashlib import sha256

from vault_binance.credentials import KEY_LENGTH, KeyType
from vault_binance.redacted import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Material:
    """`shown` goes to the owner, `kept` and `public_key_pem` stay with Binance."""

    shown: Redacted | None = None
    kept: Redacted | None = None
    public_key_pem: str = ""


def random_token() -> str:
    """An API key or HMAC secret such as Binance issues."""
    return "".join(secrets.choice(LETTERS) for _ in range(KEY_LENGTH))


def material(key_type: KeyType, secret: str | None, public_key_pem: str | None) -> Material:
    """The secret parts of a key; what is not given is generated."""
    if key_type is KeyType.HMAC:
        shared = Redacted(secret or random_token())
        return Material(shown=shared, kept=shared)
    if public_key_pem is not None:
        return Material(public_key_pem=_checked(public_key_pem))
    private = _loaded(secret) if secret else _generated(key_type)
    return Material(shown=Redacted(_private_pem(private)), public_key_pem=_public_pem(private))


def _generated(key_type: KeyType) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    return generate_private_key(65537, 2048) if key_type is KeyType.RSA else Ed25519PrivateKey.generate()


def _loaded(pem: str) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(pem.encode(), password=None)


def _checked(public_key_pem: str) -> str:
    """Raise ValueError here and now, not at the first request."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    load_pem_public_key(public_key_pem.encode())
    return public_key_pem


def _private_pem(key: PrivateKeyTypes) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_pem(key: PrivateKeyTypes) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def derived_token(seed: str, number: int, purpose: str) -> str:
    """A token that only the emulator's seed decides: what is made on request comes out the same each time."""
    drawn = b"".join(sha256(f"{seed}/{purpose}/{number}/{half}".encode()).digest() for half in (0, 1))
    return "".join(LETTERS[byte % len(LETTERS)] for byte in drawn)


def public_part(text: str) -> tuple[KeyType, str]:
    """The type of a public key and its PEM, given as PEM or as the base64 within; ValueError for any other."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    pem = text if "-----BEGIN" in text else f"-----BEGIN PUBLIC KEY-----\n{text.strip()}\n-----END PUBLIC KEY-----\n"
    try:
        public = load_pem_public_key(pem.encode())
    except UnsupportedAlgorithm:
        raise ValueError("neither RSA nor Ed25519") from None
    if isinstance(public, Ed25519PublicKey):
        return KeyType.ED25519, pem
    if isinstance(public, RSAPublicKey):
        return KeyType.RSA, pem
    raise ValueError("neither RSA nor Ed25519")
