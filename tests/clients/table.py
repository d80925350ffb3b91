"""The real clients, as a table: what each is asked for, what it must say, and how it gets its key from `exec`.

Rules of the file
- What a client says of a refusal is its own class and Binance's code (reference: Binance, 11 and 15), traps included.
- A step's expectation is what its driver prints: {"done": ...}, or {"error": class, "code": code}.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import ROOT
from vault_binance.credentials import KeyType

if TYPE_CHECKING:
    from collections.abc import Mapping

    Told = Mapping[str, Any]

ENVIRONMENTS, LOCKED = ROOT / ".clients", ROOT / "requirements" / "clients"
DRIVERS = Path(__file__).parent / "drivers"

RAW, PLUS, BOTH = b"a+b@test.com", b"a%2Bb@test.com", b"a%2Bb%40test.com"
"""One address in three spellings: what a client leaves as it is, and what it encodes (reference: Binance, 14)."""

UNICODE = b"symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96"
"""The symbol of Binance's own example, which must be percent-encoded before it is signed (reference: Binance, 1.2)."""


@dataclass(frozen=True, slots=True)
class Errors:
    """The class in which a client raises a refusal: `dead` is -2015 to a client made anew, `dying` the same to one that
    was accepted before, `unknown` is -2008."""

    dead: str
    dying: str
    unknown: str


@dataclass(frozen=True, slots=True)
class Client:
    """`steps` are asked in this order, `account` first; `email` is how it writes an address's two signs.

    `profiles` are those of `exec`, with which a client finds its key where it looks for it; empty for none, and then it
    finds Binance's address outside.
    """

    driver: str
    environment: str
    steps: Mapping[str, Told]
    errors: Errors
    profiles: Mapping[KeyType, str]
    email: bytes = b""
    by_key_type: Mapping[KeyType, Mapping[str, Told]] = field(default_factory=dict)
    """What is expected otherwise with keys of one type."""

    def expected(self, key_type: KeyType) -> dict[str, Told]:
        return {**self.steps, **self.by_key_type.get(key_type, {})}

    def spellings(self, key_type: KeyType) -> list[bytes]:
        """What it sends of the two steps in which clients differ."""
        sent = {step for step, told in self.expected(key_type).items() if told != UNSENT}
        return [text for step, text in (("unicode", UNICODE), ("email", b"email=" + self.email)) if step in sent]

    @property
    def command(self) -> tuple[str, str]:
        return str(ENVIRONMENTS / self.environment / "bin" / "python"), str(DRIVERS / f"{self.driver}.py")

    @property
    def installed(self) -> bool:
        """Whether scripts/clients came to its end."""
        return (ENVIRONMENTS / self.environment / "installed").exists()


def done(what: Any) -> Told:
    return {"done": what}


def raised(kind: str, code: int | None) -> Told:
    return {"error": kind, "code": code}


UNSENT = raised("TypeError", None)

_PYTHON_BINANCE = Errors(*["BinanceAPIException"] * 3)
_SDK = Errors("UnauthorizedError", "UnauthorizedError", "BadRequestError")
_CCXT = Errors("AuthenticationError", "DDoSProtection", "ExchangeError")
"""A key that has worked and is refused looks like a ban, and -2008 at a local address like anything."""

_CONNECTOR = Errors(*["ClientError"] * 3)
_LIMITED = {kind: {"email": UNSENT} for kind in (KeyType.ED25519, KeyType.RSA)}
"""limited_encoded_sign_request, with which it asks for sub-accounts, joins text with the bytes of a signature."""


def by_kind(common: str, *, hmac: str, pem: str) -> Mapping[KeyType, str]:
    """An HMAC secret and a private key go to different variables."""
    return {kind: f"{common},{hmac if kind is KeyType.HMAC else pem}" for kind in KeyType}


_BINANCE = "BINANCE_API_KEY=api_key,BINANCE_BASE_URL=base_url,BINANCE_FUTURES_URL=futures_url"
_SECRET = "BINANCE_API_SECRET=secret"
_EXAMPLES = {"hmac": "API_SECRET=secret", "pem": "PRIVATE_KEY=secret_file"}

IN_A_FILE = by_kind(_BINANCE, hmac=_SECRET, pem="PRIVATE_KEY_FILE=secret_file")
AS_TEXT = by_kind(_BINANCE, hmac=_SECRET, pem="BINANCE_PRIVATE_KEY=secret")
ONE_SECRET = by_kind(_BINANCE, hmac=_SECRET, pem=_SECRET)
SDK_SPOT = by_kind("API_KEY=api_key,BASE_PATH=base_url", **_EXAMPLES)
SDK_FUTURES = by_kind("API_KEY=api_key,BASE_PATH=futures_url", **_EXAMPLES)
SDK_TEXT = by_kind("API_KEY=api_key,BASE_PATH=base_url", hmac="API_SECRET=secret", pem="PRIVATE_KEY=secret")
NONE = dict.fromkeys(KeyType, "")


def asked(*, unknown_symbol: str, **others: Any) -> dict[str, Told]:
    """`others` are what a step is done with; the symbol of no market is read by Binance, and is none."""
    return {**{step: done(what) for step, what in others.items()}, "unicode": raised(unknown_symbol, -1121)}


_ACCOUNT = {"account": "SPOT", "restrictions": True}
_NO_SUB_ACCOUNTS: dict[str, list[Any]] = {"subAccounts": []}

_PYTHON_BINANCE_STEPS = asked(
    **_ACCOUNT, order="CANCELED", futures=True, email=_NO_SUB_ACCOUNTS, unknown_symbol="BinanceAPIException"
)
_CONNECTOR_STEPS = asked(**_ACCOUNT, order="CANCELED", email=_NO_SUB_ACCOUNTS, unknown_symbol="ClientError")
_CCXT_STEPS = asked(
    **_ACCOUNT,
    balance=1000.0,
    order="canceled",
    futures=1000.0,
    email=_NO_SUB_ACCOUNTS,
    unknown_symbol="BadSymbol",
)
_SDK_SPOT_STEPS = asked(account="SPOT", order="CANCELED", unknown_symbol="BadRequestError")
_SDK_FUTURES_STEPS = asked(account="1000.00000000", order="CANCELED", unknown_symbol="BadRequestError")
_SDK_WALLET_STEPS = {"account": done(True), "email": done([])}

CLIENTS = (
    Client("python_binance_sync", "python-binance", _PYTHON_BINANCE_STEPS, _PYTHON_BINANCE, IN_A_FILE, RAW),
    Client("python_binance_async", "python-binance", _PYTHON_BINANCE_STEPS, _PYTHON_BINANCE, IN_A_FILE, RAW),
    Client("binance_connector", "binance-connector", _CONNECTOR_STEPS, _CONNECTOR, AS_TEXT, PLUS, _LIMITED),
    Client("sdk_spot", "binance-sdk", _SDK_SPOT_STEPS, _SDK, SDK_SPOT),
    Client("sdk_futures", "binance-sdk", _SDK_FUTURES_STEPS, _SDK, SDK_FUTURES),
    Client("sdk_wallet", "binance-sdk", _SDK_WALLET_STEPS, _SDK, SDK_TEXT, BOTH),
    Client("ccxt_sync", "ccxt", _CCXT_STEPS, _CCXT, ONE_SECRET, RAW),
    Client("ccxt_async", "ccxt", _CCXT_STEPS, _CCXT, NONE, RAW),
)

CASES = [(client, key_type) for client in CLIENTS for key_type in KeyType]
