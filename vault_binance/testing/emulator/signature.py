"""Parameters and signatures, over the raw bytes received.

Rules of the file
- Never over something decoded and encoded again (reference: Binance, 14, rules 1 to 7).
- Nothing here is taken from the code under test: encoding and formats are Binance's, stated anew.
- The WebSocket API signs sorted parameters as raw UTF-8 instead (reference: Binance, 2.1).
"""

from __future__ import annotations

import hmac
from base64 import b64decode
from urllib.parse import parse_qsl, unquote_to_bytes

from vault_binance.credentials import KeyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.testing.emulator.state import EmulatedKey, RawRequest


def signed_bytes(request: RawRequest) -> bytes:
    """Query as sent and body as sent, joined by nothing, without the `signature` pair wherever it was."""
    return _without_signature(request.query) + _without_signature(request.body)


def _without_signature(part: bytes) -> bytes:
    return b"&".join(pair for pair in part.split(b"&") if not pair.startswith(b"signature="))


def params_of(request: RawRequest) -> dict[str, str]:
    """Names and values for looking at, not for verifying; the query wins over the body (reference: Binance, 1.2)."""
    return {**_pairs(request.body), **_pairs(request.query)}


def _pairs(part: bytes) -> dict[str, str]:
    pairs = dict(parse_qsl(part.decode("latin-1"), keep_blank_values=True))
    for raw in part.split(b"&"):
        name, _, value = raw.partition(b"=")
        if name == b"signature":  # base64: a raw plus sign stays one, unlike elsewhere in a form
            pairs["signature"] = unquote_to_bytes(value).decode("latin-1")
    return pairs


def names_in(part: bytes) -> frozenset[str]:
    return frozenset(_pairs(part))


def sorted_bytes(params: Mapping[str, str]) -> bytes:
    """What a request of the WebSocket API signs."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "signature").encode()


def verifies(key: EmulatedKey, payload: bytes, signature: str) -> bool:
    match key.key_type:
        case KeyType.HMAC:
            return _verifies_hmac(key, payload, signature)
        case KeyType.ED25519 | KeyType.RSA:
            return _verifies_public(key, payload, signature)


def _verifies_hmac(key: EmulatedKey, payload: bytes, signature: str) -> bool:
    """Hex counts without regard to case."""
    secret = key.secret.reveal() if key.secret else ""
    expected = hmac.digest(secret.encode(), payload, "sha256").hex()
    return hmac.compare_digest(expected.encode(), signature.lower().encode())


def _verifies_public(key: EmulatedKey, payload: bytes, signature: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public = load_pem_public_key(key.public_key_pem.encode())
    try:
        raw = b64decode(signature, validate=True)
        if isinstance(public, Ed25519PublicKey):
            public.verify(raw, payload)
        elif isinstance(public, RSAPublicKey):
            public.verify(raw, payload, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        return False
    return isinstance(public, Ed25519PublicKey | RSAPublicKey)
