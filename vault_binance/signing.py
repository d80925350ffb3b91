"""What Binance signs, byte for byte, and the HMAC signature over it.

Rules of the file
- Parameters become text once: what `encode` returned is signed and is sent. A library that builds the query string a
  second time breaks the signature, so nothing else in the house encodes parameters.
- REST and WebSocket are opposites: REST signs percent-encoded text in the order sent, WebSocket signs raw UTF-8 in
  alphabetical order (reference: Binance, 1.2 and 2.1).
- A value is text as Binance writes it, a whole number, a Decimal or a boolean. A float is refused: it has no one text,
  and 0.00001 would be sent as 1e-05. What is refused is named and never shown: it may be an address.
- Keys of other types than HMAC sign in `binance/keys.py`, over the same payloads.
"""

from __future__ import annotations

import hmac
import re
from decimal import Decimal
from urllib.parse import quote

from vault_binance.errors import ConfigError, SigningError
from vault_binance.redacted import Hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from vault_binance.redacted import Redacted

    Value = str | int | Decimal  # a bool is an int
    Pairs = Iterable[tuple[str, Value]]

RECV_WINDOW_MS = 5000
"""How late a request of ours may arrive: Binance's default, sent all the same, so that it is no surprise."""

AHEAD_LIMIT_MS = 1000
"""A timestamp this far ahead of Binance's clock is refused with -1021 (reference: Binance, 1.4)."""

LONGEST_NUMBER = 1000
"""Digits of a number: none of Binance's comes near, and a Decimal of a few letters may have billions of them."""

_PLAIN = re.compile(r"[A-Za-z0-9_.~=&-]*").fullmatch
"""What percent-encoding leaves as it is (RFC 3986, 2.3), and what joins it; most requests are nothing else."""


def encode(pairs: Pairs) -> str:
    """Serialise for a query string or a form body: pure ASCII, with `%20` for a blank, in the order given.

    Raises ConfigError for a value that has no text of its own, and for a name given twice, which Binance refuses.
    """
    texts = _texts(pairs)
    plain = "&".join([f"{name}={text}" for name, text in texts.items()])
    if _PLAIN(plain) and plain.count("=") == len(texts) and plain.count("&") == max(0, len(texts) - 1):
        return plain
    return "&".join([f"{_quoted(name, name)}={_quoted(name, text)}" for name, text in texts.items()])


def _texts(pairs: Iterable[Any]) -> dict[str, str]:
    texts: dict[str, str] = Hidden()  # type: ignore[assignment]  # of texts; over a WebSocket the API key is one
    for pair in pairs:
        try:
            name, value = pair
        except (TypeError, ValueError):
            raise ConfigError("a parameter is no pair of a name and a value", hint=PAIRS) from None
        if not isinstance(name, str) or not name:
            raise ConfigError("a parameter has no name", hint=PAIRS)
        if type(name) is not str:
            name = str.__str__(name)  # of an Enum of texts its text, which JSON takes too
        if name in texts:
            raise ConfigError(f"parameter {name!a} is given twice", hint="Binance would refuse it, or drop one of them")
        texts[name] = value if type(value) is str else as_text(name, value)
    return texts


PAIRS = 'as in {"symbol": "BTCUSDT"} or [("symbol", "BTCUSDT")]'


def as_text(name: str, value: Value) -> str:
    """A parameter's value as Binance reads it; raises ConfigError, which says what to give instead."""
    if isinstance(value, str):
        return str.__str__(value)  # of an Enum of texts its text, not its name
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() < 3 * LONGEST_NUMBER:
        return int.__repr__(value)
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < LONGEST_NUMBER:
        return f"{value:f}"
    raise ConfigError(f"parameter {name!a} is {_kind(value)}", hint=_REMEDIES.get(type(value), _REMEDY))


def _kind(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, (int, Decimal)):
        return "no number that Binance could mean"
    return f"a {type(value).__name__}, which has no one text"


_REMEDY = 'give text as Binance writes it, as in "0.10", a whole number, a Decimal or a bool'
_REMEDIES: Mapping[type, str] = {
    type(None): "leave it out where there is nothing to say",
    float: 'give a Decimal, or text as in "0.10": the float 0.00001 would be sent as 1e-05',
    list: """give a list as the JSON that Binance asks for: '["BTCUSDT","ETHUSDT"]'""",
    bytes: "decode it: text is sent as UTF-8",
}


def _quoted(name: str, text: str) -> str:
    _check_whole(name, text)
    return quote(text, safe="")


def _check_whole(name: str, text: str) -> None:
    """Looked at before it is encoded: the UnicodeEncodeError would carry the text."""
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise ConfigError(
            f"parameter {name!a} has half a character",
            hint="a lone surrogate: it was read as text with the wrong encoding",
        )


def rest_payload(query: str, body: str = "") -> bytes:
    """Query and body, serialised, joined by nothing: for spot, `/sapi` and futures. `signature` is not in them."""
    return (query + body).encode("ascii")


def ws_payload(params: Mapping[str, Value]) -> bytes:
    """All parameters of a WebSocket request, `apiKey` included; a `signature` among them is left out."""
    texts = _texts((name, params[name]) for name in sorted(params) if name != "signature")
    for name, text in texts.items():
        _check_whole(name, text)
    return "&".join([f"{name}={text}" for name, text in texts.items()]).encode()


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
    pair = f"signature={quote(signature, safe='')}"
    return f"{query}&{pair}" if query else pair
