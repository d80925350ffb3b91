"""What the emulator knows: keys, requests and answers as plain values.

Rules of the file
- Frozen values only; a change is a new `State`, so that a request in flight sees one state from beginning to end.
- The names of permissions are Binance's own, stated here independently of the code they test.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256

from vault_binance.credentials import Credentials, Environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.credentials import KeyType
    from vault_binance.redacted import Redacted

PERMISSIONS = (
    "enableReading",
    "enableWithdrawals",
    "enableInternalTransfer",
    "enableMargin",
    "enableFutures",
    "permitsUniversalTransfer",
    "enableVanillaOptions",
    "enableFixApiTrade",
    "enableFixReadOnly",
    "enableSpotAndMarginTrading",
    "enablePortfolioMarginTrading",
)
"""Flags of apiRestrictions (reference: Binance, 4)."""

FIRST_UID = 354937868


@dataclass(frozen=True, slots=True)
class EmulatedKey:
    """A key as Binance holds it: the secret for HMAC, only the public half for Ed25519 and RSA."""

    api_key: str = field(repr=False)
    key_type: KeyType
    uid: int
    create_time_ms: int
    secret: Redacted | None = None
    public_key_pem: str = ""
    permissions: Mapping[str, bool] = field(default_factory=dict)
    ip_list: tuple[str, ...] = ()
    deleted: bool = False

    def may(self, permission: str) -> bool:
        """A new key only reads (reference: Binance, 10.1)."""
        return self.permissions.get(permission, permission == "enableReading")


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """What is shown once, when a key is made. `secret` is None where the caller kept the private key to itself."""

    api_key: Redacted
    secret: Redacted | None
    key_type: KeyType
    environment: Environment

    def credentials(self, name: str = "emulated") -> Credentials:
        if self.secret is None:
            raise ValueError("this key was made from a public key: its private key is the caller's")
        return Credentials(name, self.api_key, self.secret, self.key_type, self.environment)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as its bytes arrived; names of headers are in lower case."""

    method: str
    path: str
    query: bytes = field(default=b"", repr=False)
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    source: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; `code` is Binance's, 0 for a success or a page of HTML, `weight` what the request cost."""

    status: int
    body: str
    code: int = 0
    content_type: str = "application/json;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()
    weight: int = 0


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request, without secrets: no query, no signature, and the key as its fingerprint."""

    time_ms: int
    source: str
    method: str
    path: str
    fingerprint: str
    status: int
    code: int

    @property
    def accepted(self) -> bool:
        return self.status < 400


@dataclass(frozen=True, slots=True)
class Weights:
    """Weight spent in one minute, by the kind of API and the source address."""

    minute: int = 0
    spent: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def used(self, request: RawRequest, now_ms: int) -> int:
        return self.spent.get(_bucket(request), 0) if self.minute == now_ms // 60_000 else 0

    def plus(self, request: RawRequest, weight: int, now_ms: int) -> Weights:
        kept = self.spent if self.minute == now_ms // 60_000 else {}
        return Weights(now_ms // 60_000, {**kept, _bucket(request): self.used(request, now_ms) + weight})


@dataclass(frozen=True, slots=True)
class State:
    environment: Environment = Environment.LIVE
    keys: Mapping[str, EmulatedKey] = field(default_factory=dict, repr=False)
    weights: Weights = field(default_factory=Weights)

    def with_key(self, key: EmulatedKey) -> State:
        return replace(self, keys={**self.keys, key.api_key: key})

    def without_key(self, api_key: str) -> State:
        return replace(self, keys={name: key for name, key in self.keys.items() if name != api_key})

    def after(self, request: RawRequest, response: Response, now_ms: int) -> State:
        return replace(self, weights=self.weights.plus(request, response.weight, now_ms))


def fingerprint(api_key: str) -> str:
    """The same as Credentials.fingerprint; empty for no key."""
    return sha256(api_key.encode()).hexdigest() if api_key else ""


def _bucket(request: RawRequest) -> tuple[str, str]:
    return request.path.split("/")[1], request.source
