"""Private keys on their way in: made here, or opened from a file in another form than Binance's.

Rules of the file
- As in keys.py: `cryptography` is imported inside the functions, and what it complains of is never shown or chained.
- A key is made and opened in memory; what comes out is unencrypted PKCS#8 in PEM, for Vault encrypts what it stores.
- A passphrase is never kept, and never in a message.
"""

from __future__ import annotations

from vault_binance.binance.keys import RSA_BITS, check_private_key, loaded, tidy
from vault_binance.credentials import KeyType
from vault_binance.errors import ConfigError, MalformedCredentials
from vault_binance.redacted import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

DEFAULT_BITS = 2048
"""What Binance recommends (reference: Binance, 1.3)."""

_ENCRYPTED = "-----BEGIN ENCRYPTED PRIVATE KEY-----"
_PKCS1 = "-----BEGIN RSA PRIVATE KEY-----"
_OLD_ENCRYPTION = "Proc-Type: 4,ENCRYPTED"

_WHOLE = "was a line lost in copying? If it is old: openssl pkcs8 -topk8 -nocrypt -in old.pem -out new.pem"


def new_private_key(key_type: KeyType, *, bits: int = DEFAULT_BITS) -> Redacted:
    """A private key that nobody has seen; `bits` is for RSA. Raises ConfigError for a kind that is not made here."""
    if key_type is KeyType.ED25519:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return _plain(Ed25519PrivateKey.generate())
    if key_type is KeyType.RSA and bits in RSA_BITS:
        from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

        return _plain(generate_private_key(public_exponent=65537, key_size=bits))
    raise ConfigError(f"no {key_type} key with {bits} bits is made here", hint="ED25519, or RSA of 2048 to 4096 bits")


def public_key(private_key: Redacted) -> tuple[str, int]:
    """The public half as Binance registers it, in PEM, and the bits of an RSA key, 0 for a type of one size.

    Raises MalformedCredentials for what is no private key.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = _readable(private_key).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    return pem, int(getattr(public, "key_size", 0))


def is_encrypted(pem: Redacted) -> bool:
    """Whether a passphrase is needed: PKCS#8's own encryption, or the older one of OpenSSL for RSA."""
    text = tidy(pem.reveal())
    return text.startswith(_ENCRYPTED) or (text.startswith(_PKCS1) and _OLD_ENCRYPTION in text)


def ready(pem: Redacted, passphrase: Redacted | None, key_type: KeyType) -> Redacted:
    """The key as it is to be stored: opened where it has to be, then checked as in keys.py."""
    return check_private_key(opened(pem, passphrase).reveal(), key_type)


def opened(pem: Redacted, passphrase: Redacted | None = None) -> Redacted:
    """The key in unencrypted PKCS#8, where it is encrypted or in RSA's older PKCS#1; any other text as it came.

    Raises MalformedCredentials for a wrong passphrase, one that is missing, and one that no such key needs.
    """
    if is_encrypted(pem):
        return _decrypted(pem, passphrase)
    if passphrase is not None:
        raise MalformedCredentials(
            "the private key is not encrypted: no passphrase opens it",
            hint="leave --passphrase out; and whoever could read the file has the key",
        )
    return _plain(_readable(pem)) if tidy(pem.reveal()).startswith(_PKCS1) else pem


def _decrypted(pem: Redacted, passphrase: Redacted | None) -> Redacted:
    if passphrase is None or not passphrase.reveal():
        raise MalformedCredentials("the private key is encrypted, its passphrase is empty", hint="--passphrase @FILE")
    key = loaded(Redacted(tidy(pem.reveal())), passphrase)
    if key is None:
        raise MalformedCredentials(
            "the passphrase does not open the private key, or the key is damaged",
            hint="nothing was sent. Try it: openssl pkey -in key.pem -noout",
        )
    return _plain(key)


def _readable(pem: Redacted) -> PrivateKeyTypes:
    key = loaded(Redacted(tidy(pem.reveal())))
    if key is None:
        raise MalformedCredentials("the private key is damaged: it cannot be read", hint=_WHOLE)
    return key


def _plain(key: PrivateKeyTypes) -> Redacted:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Redacted(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii"))
