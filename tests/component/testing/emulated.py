"""Requests of every kind for the emulator's rules, signed as Binance documents it, and what came of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from vault_binance.credentials import KeyType
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator.failing import respond
from vault_binance.testing.emulator.keys import material
from vault_binance.testing.emulator.state import EmulatedKey, RawRequest, Response, State

NOW = 1_700_000_000_000
SECRET = "s" * 64
UID = 7
ALL = {
    "enableSpotAndMarginTrading": True,
    "enableFutures": True,
    "enableWithdrawals": True,
    "permitsUniversalTransfer": True,
}
PAIR = material(KeyType.ED25519, None, None)


def hmac_key(api_key="k" * 64, **changes):
    made = {"key_type": KeyType.HMAC, "uid": UID, "create_time_ms": NOW, "secret": Redacted(SECRET), "permissions": ALL}
    return EmulatedKey(api_key, **{**made, **changes})


def ed25519_key(api_key="e" * 64, **changes):
    made = {"key_type": KeyType.ED25519, "uid": UID, "create_time_ms": NOW, "public_key_pem": PAIR.public_key_pem}
    return EmulatedKey(api_key, **{**made, "permissions": ALL, **changes})


def ed25519_signature(payload: bytes) -> str:
    private = load_pem_private_key(PAIR.shown.reveal().encode(), None)
    assert isinstance(private, Ed25519PrivateKey)
    return base64.b64encode(private.sign(payload)).decode()


def hmac_signature(payload: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


@dataclass
class World:
    """A Binance as its rules see it: the state goes on from request to request."""

    state: State = field(default_factory=lambda: State(seed="seed").with_key(hmac_key()))
    now: int = NOW
    source: str = "127.0.0.1"
    last: Response | None = None

    def send(self, request: RawRequest) -> Response:
        self.last, self.state = respond(request, self.state, self.now)
        return self.last

    def ask(self, method, path, *, api_key="k" * 64, secret=SECRET, in_body=False, headers=None, raw=False, **params):
        """Send a signed request; what was answered, read."""
        payload = urlencode({**params, "timestamp": self.now}, quote_via=quote).encode()
        signed = payload + b"&signature=" + hmac_signature(payload, secret).encode()
        query, body = (b"", signed) if in_body else (signed, b"")
        named = {"x-mbx-apikey": api_key, **(headers or {})}
        response = self.send(RawRequest(method, path, query, body, named, self.source))
        return response if raw else self.read(response)

    def send_order(self):
        """A small order, and the answer as it is."""
        self.ask("POST", "/api/v3/order", raw=True, symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001")
        return self.last

    def public(self, path, method="GET", *, api_key=None, **params):
        named = {"x-mbx-apikey": api_key} if api_key else {}
        return self.read(self.send(RawRequest(method, path, urlencode(params).encode(), b"", named, self.source)))

    @staticmethod
    def read(response):
        return json.loads(response.body) if response.content_type.startswith("application/json") else response.body

    def code(self, *arguments, **params):
        """The status and Binance's code of a signed request."""
        self.ask(*arguments, **params)
        return self.last.status, self.last.code

    def change(self, api_key="k" * 64, **changes):
        from dataclasses import replace

        self.state = self.state.with_key(replace(self.state.keys[api_key], **changes))

    @property
    def headers(self):
        return dict(self.last.headers)
