"""What the emulator knows: keys, accounts, requests and answers as plain values.

Rules of the file
- Frozen values only; a change is a new `State`, so that a request in flight sees one state from beginning to end.
- The names of permissions are Binance's own, stated here independently of the code they test.
- What is numbered is numbered from the state, so that the same requests get the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256

from vault_binance.credentials import Credentials, Environment
from vault_binance.testing.emulator.account import Account
from vault_binance.testing.emulator.limits import Limits, Weights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault_binance.credentials import KeyType
    from vault_binance.redacted import Redacted
    from vault_binance.testing.emulator.faults import PlannedFault

WORDS = {
    "reading": "enableReading",
    "withdrawals": "enableWithdrawals",
    "internal-transfer": "enableInternalTransfer",
    "margin": "enableMargin",
    "futures": "enableFutures",
    "universal-transfer": "permitsUniversalTransfer",
    "options": "enableVanillaOptions",
    "fix-trade": "enableFixApiTrade",
    "fix-read": "enableFixReadOnly",
    "spot-trading": "enableSpotAndMarginTrading",
    "portfolio-margin": "enablePortfolioMarginTrading",
}
"""The words that our command line has for the flags of apiRestrictions (reference: Binance, 4)."""

PERMISSIONS = tuple(WORDS.values())

TRADING = "enableSpotAndMarginTrading"
FIRST_UID = 354937868
FIRST_NUMBER = 1_000_001


@dataclass(frozen=True, slots=True)
class EmulatedKey:
    """A key as Binance holds it: the secret for HMAC, only the public half for Ed25519 and RSA.

    `trading_until_ms` is when the right to trade runs out; a key of `before_futures` is older than its futures account,
    which it can then never use (reference: Binance, 4).
    """

    api_key: str = field(repr=False)
    key_type: KeyType
    uid: int
    create_time_ms: int
    secret: Redacted | None = None
    public_key_pem: str = ""
    permissions: Mapping[str, bool] = field(default_factory=dict)
    ip_list: tuple[str, ...] = ()
    deleted: bool = False
    trading_until_ms: int | None = None
    before_futures: bool = False
    name: str = ""

    def may(self, permission: str, now_ms: int = 0) -> bool:
        """A new key only reads (reference: Binance, 10.1); the right to trade may have run out."""
        if permission == TRADING and self.trading_until_ms is not None and now_ms >= self.trading_until_ms:
            return False
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
    """An answer; `code` is Binance's, 0 for a success or a page of HTML.

    `delay_s` is how long it waits before it is sent; one that is `cut` is never sent, the connection is closed instead.
    """

    status: int
    body: str = field(repr=False)
    code: int = 0
    content_type: str = "application/json;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request, without secrets: no query, no signature, the key as its fingerprint. `status` is 0 if it was cut."""

    time_ms: int
    source: str
    method: str
    path: str
    fingerprint: str
    status: int
    code: int

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 400


@dataclass(frozen=True, slots=True)
class Event:
    """Something for the user data streams of an account."""

    uid: int
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class State:
    environment: Environment = Environment.LIVE
    keys: Mapping[str, EmulatedKey] = field(default_factory=dict, repr=False)
    weights: Weights = field(default_factory=Weights)
    limits: Limits = field(default_factory=Limits)
    accounts: Mapping[int, Account] = field(default_factory=dict, repr=False)
    faults: tuple[PlannedFault, ...] = ()
    events: tuple[Event, ...] = ()
    numbered: int = 0
    seed: str = field(default="", repr=False)

    def with_key(self, key: EmulatedKey) -> State:
        return replace(self, keys={**self.keys, key.api_key: key})

    def without_key(self, api_key: str) -> State:
        return replace(self, keys={name: key for name, key in self.keys.items() if name != api_key})

    def account(self, uid: int) -> Account:
        """Every uid has an account; it is kept from its first change on."""
        return self.accounts.get(uid) or Account(uid, f"{uid}@emulator.test")

    def with_account(self, account: Account) -> State:
        return replace(self, accounts={**self.accounts, account.uid: account})

    def next_number(self) -> tuple[int, State]:
        """For whatever needs a number of its own: an order, a withdrawal, a key."""
        return FIRST_NUMBER + self.numbered, replace(self, numbered=self.numbered + 1)

    def next_uid(self) -> int:
        return max((FIRST_UID - 1, *self.accounts, *(key.uid for key in self.keys.values()))) + 1

    def with_event(self, uid: int, body: Mapping[str, Any]) -> State:
        return replace(self, events=(*self.events, Event(uid, body)))


def fingerprint(api_key: str) -> str:
    """The same as Credentials.fingerprint; empty for no key."""
    return sha256(api_key.encode()).hexdigest() if api_key else ""
