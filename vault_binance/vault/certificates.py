"""X.509 certificates for Vault's TLS login: made on a bot's host, looked at before one is pinned.

Rules of the file
- `cryptography` is imported inside the functions that need it, and here alone for certificates.
- What it complains of is never shown or chained: the text may be a private key, taken for the certificate.
- One certificate, for one client: what could vouch for others is refused. Whose it is and until when, the caller asks.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted
from vault_binance.vault.operator_port import Certificate

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

START = "-----BEGIN CERTIFICATE-----"
SLOW_CLOCKS = timedelta(minutes=5)
"""How much earlier than now a certificate begins: Vault's clock may be behind the host's."""
EC_BITS, RSA_BITS = 256, 2048

_MAKE = "make one on the bot's host: vault-binance bot enroll BOT"


def new_certificate(common_name: str, *, days: int, now: datetime) -> tuple[Redacted, Certificate]:
    """A fresh EC P-256 key, as unencrypted PKCS#8 in PEM, and the certificate that it signs for itself."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    made = _unsigned(common_name, key.public_key(), now - SLOW_CLOCKS, now + timedelta(days=days))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Redacted(pem.decode("ascii")), _certificate(made.sign(key, hashes.SHA256()))


def _unsigned(
    common_name: str, key: EllipticCurvePublicKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    """With the key's identifiers: only where both differ does Vault refuse a renewal by who has not logged in."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = x509.CertificateBuilder(name, name, key, x509.random_serial_number(), begins, ends)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False)
    return builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)


def read_certificate(text: str) -> Certificate:
    """The certificate in a PEM text; raises ConfigError for a text or a certificate that is not to be pinned."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").strip() + "\n"
    if unfit := _text_fault(text):
        raise ConfigError(f"the certificate {unfit[0]}", hint=unfit[1])
    loaded = _loaded(text)
    if loaded is None:
        raise ConfigError("the certificate is damaged: it cannot be read", hint="was a line lost in copying?")
    if fault := _fault(loaded):
        raise ConfigError(f"the certificate {fault}", hint=_MAKE)
    return _certificate(loaded)


def _text_fault(text: str) -> tuple[str, str] | None:
    if "PRIVATE KEY-----" in text:
        return "comes with a private key", f"that one must not leave its host: throw it away and {_MAKE}"
    if START not in text:
        return "is no PEM text", f"give the whole file, from {START}"
    if text.count("-----BEGIN ") > 1:
        return "is not alone: there are several in this text", "give the bot's own and no other"
    if not text.startswith(START):
        return "has other text before it", f"give the file from {START}"
    return None


def _loaded(text: str) -> x509.Certificate | None:
    from cryptography import x509

    try:
        loaded = x509.load_pem_x509_certificate(text.encode())
        loaded.extensions, loaded.subject, loaded.public_key()  # each is read only when asked for
    except Exception:  # noqa: BLE001  its errors have no common base, and all mean the same
        return None
    return loaded


def _fault(loaded: x509.Certificate) -> str:
    """Why it is not to be pinned, or nothing."""
    if len(_common_names(loaded)) != 1:
        return "has not exactly one common name"
    if _vouches_for_others(loaded):
        return "is a CA's: Vault would let in whatever it signs"
    if not _is_for_clients(loaded):
        return "is not for client authentication"
    return _weakness(loaded.public_key())


def _common_names(loaded: x509.Certificate) -> list[str]:
    from cryptography.x509.oid import NameOID

    return [str(one.value) for one in loaded.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def _vouches_for_others(loaded: x509.Certificate) -> bool:
    from cryptography import x509

    found = (one.value for one in loaded.extensions)
    return any(one.ca for one in found if isinstance(one, x509.BasicConstraints))


def _is_for_clients(loaded: x509.Certificate) -> bool:
    """Without the extension it is for everything."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    enough = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    found = (one.value for one in loaded.extensions)
    return all(enough & {*one} for one in found if isinstance(one, x509.ExtendedKeyUsage))


def _weakness(key: CertificatePublicKeyTypes) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    match key:
        case ed25519.Ed25519PublicKey():
            return ""
        case ec.EllipticCurvePublicKey():
            enough = EC_BITS
        case rsa.RSAPublicKey():
            enough = RSA_BITS
        case _:
            return f"has a key of a kind that TLS does not take: {type(key).__name__}"
    return f"has a weak key: {key.key_size} bits, where {enough} are the least" if key.key_size < enough else ""


def _certificate(loaded: x509.Certificate) -> Certificate:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    return Certificate(
        pem=loaded.public_bytes(Encoding.PEM).decode("ascii"),
        common_name=_common_names(loaded)[0],
        fingerprint=loaded.fingerprint(SHA256()).hex(":").upper(),
        not_before=loaded.not_valid_before_utc.astimezone(UTC),
        not_after=loaded.not_valid_after_utc.astimezone(UTC),
    )
