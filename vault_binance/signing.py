"""What Binance signs, byte for byte, and the HMAC signature over it.

Rules of the file
- Parameters become text once: what `encode` returned is signed and is sent. A library that builds the query string a
  second time breaks the signature, so nothing else in the house encodes parameters.
- REST and WebSocket are opposites: REST signs percent-encoded text in the order sent, WebSocket signs raw UTF-8 in
  alphabetical order (reference: Binance, 1.2 and 2.1).
- Values are text or whole numbers; a decimal or a boolean is text as Binance writes it ("0.10", "true"), never a float.
- Keys of other types than HMAC sign in `binance/keys.py`, over the same payloads.
"""

from __future__ import annotations

import hmac
from urllib.parse import quote, urlencode

from vault_binance.errors import SigningError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vault_binance.redacted import Redacted

    Value = str | int
    Pairs = Iterable[tuple[str, Value]]

RECV_WINDOW_MS = 5000
"""How late a request of ours may arrive: Binance's default, sent all the same, so that it is no surprise."""

AHEAD_LIMIT_MS = 1000
"""A timestamp this far ahead of Binance's clock is refused with -1021 (reference: Binance, 1.4)."""


def encode(pairs: Pairs) -> str:
    """Serialise for a query string or a form body: pure ASCII, with `%20` for a blank."""
    return urlencode(list(pairs), quote_via=quote)


def rest_payload(query: Pairs, body: Pairs = ()) -> bytes:
    """Query and body joined by nothing, for spot, `/sapi` and futures; `signature` is not among the pairs."""
    return (encode(query) + encode(body)).encode("ascii")


def ws_payload(params: Mapping[str, Value]) -> bytes:
    """All parameters of a WebSocket request, `apiKey` included; a `signature` among them is left out."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "signature").encode()


def hmac_signature(secret: Redacted, payload: bytes) -> str:
    """HMAC-SHA256 in hex. Raises SigningError for a secret that is not ASCII, as no secret of Binance's is."""
    if not secret.reveal().isascii():  # looked at first: the UnicodeEncodeError would carry the secret
        raise SigningError(
            "the API secret has a character that Binance's secrets never have",
            hint="copy it again from Binance, and store it: vault-binance key put",
        )
    return hmac.digest(secret.reveal().encode("ascii"), payload, "sha256").hex()


def signed(query: str, signature: str) -> str:
    """The query string to send: signature last, which satisfies every product, and percent-encoded for its base64."""
    pair = encode([("signature", signature)])
    return f"{query}&{pair}" if query else pair
