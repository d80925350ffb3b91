"""A Binance API key and its secret, as one immutable snapshot.

Rules of the file
- Key and secret come from one read of one version and never part (design, house rule 4).
- Key type, environment and version are stored, never guessed (house rule 6).
- What is stored is checked before it is sent and again when it is read: a pair with a part missing is never handed out.
- No message contains a value, nor a part of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from vault_binance.errors import MalformedCredentials
from vault_binance.redacted import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Self, TypeVar

    _Kind = TypeVar("_Kind", "KeyType", "Environment")

KEY_LENGTH = 64
ANY_LENGTH = "If Binance really issued it so: --any-length"
"""Ends a hint; only commands that store have this option."""
"""Characters of an API key and of an HMAC secret in all of Binance's examples (reference: Binance, 1.3)."""

PEM_START = "-----BEGIN "


class KeyType(StrEnum):
    HMAC = "HMAC"
    ED25519 = "ED25519"
    RSA = "RSA"


class Environment(StrEnum):
    LIVE = "live"
    TESTNET = "testnet"
    DEMO = "demo"


API_KEY_NAMES = ("api_key", "apiKey", "API_KEY", "key")
API_SECRET_NAMES = ("api_secret", "secret_key", "apiSecret", "secret", "API_SECRET", "secretKey")
PRIVATE_KEY_NAMES = ("private_key", "privateKey", "PRIVATE_KEY")
"""Spellings found in the field (reference: peers, 8.16), accepted on reading; the first one is what we write."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """One version of one credential.

    `secret` is the HMAC secret, or the private key as PEM text. `version` is the KV version it was read from, 0 before
    it is stored. `permissions` and the like are metadata and live elsewhere.
    """

    name: str
    api_key: Redacted
    secret: Redacted
    key_type: KeyType
    environment: Environment
    version: int = 0

    @classmethod
    def from_fields(cls, name: str, fields: Mapping[str, object], *, version: int = 0) -> Self:
        """Build from what Vault's door read: text arrives Redacted, anything else as it is stored.

        Raises MalformedCredentials naming every field that is missing, empty or not text.
        """
        problems: list[str] = []
        api_key = _text(fields, API_KEY_NAMES, problems)
        secret = _text(fields, API_SECRET_NAMES + PRIVATE_KEY_NAMES, problems)
        key_type = _choice(KeyType, fields, _default_type(fields), problems)
        environment = _choice(Environment, fields, Environment.LIVE, problems)
        if api_key is not None and not _is_word(api_key):
            problems.append(f"the API key {_NO_WORD}: were key and secret swapped?")
        if secret is not None and key_type is not None:
            problems += _contradictions(secret, key_type)
        if problems or api_key is None or secret is None or key_type is None or environment is None:
            raise MalformedCredentials(
                f"credential {name}, version {version}: " + "; ".join(problems),
                hint=f"it was not handed out. Store a whole pair: vault-binance key put {name}",
            )
        return cls(name, api_key, secret, key_type, environment, version)

    def to_fields(self) -> dict[str, str]:
        """What goes into Vault. The only place where both parts are in the open together."""
        secret_name = API_SECRET_NAMES[0] if self.key_type is KeyType.HMAC else PRIVATE_KEY_NAMES[0]
        return {
            API_KEY_NAMES[0]: self.api_key.reveal(),
            secret_name: self.secret.reveal(),
            "key_type": self.key_type.value,
            "environment": self.environment.value,
        }

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the API key in hex: tells keys apart in listings without showing any of one."""
        from hashlib import sha256  # 3 ms that a bot's start-up does not need

        return sha256(self.api_key.reveal().encode()).hexdigest()


def _text(fields: Mapping[str, object], names: tuple[str, ...], problems: list[str]) -> Redacted | None:
    present = [name for name in names if name in fields]
    if not present:
        problems.append(f"no {names[0]} (fields present: {_shown(fields) or 'none'})")
    elif len(present) > 1:
        problems.append(f"{' and '.join(present)} are both there: which one counts?")
    elif not isinstance(value := fields[present[0]], Redacted):
        problems.append(f"{present[0]} is not text")
    elif not value.reveal():
        problems.append(f"{present[0]} is present but empty")
    else:
        return value
    return None


def _shown(fields: Mapping[str, object]) -> str:
    """Names alone, and only what looks like one: somebody may have stored the key as the name of its secret."""
    plain = [name for name in fields if re.fullmatch(r"[\w.-]{1,32}", name, re.ASCII)]
    rest = [f"{len(fields) - len(plain)} with a name that may be a secret"] if len(fields) > len(plain) else []
    return ", ".join(sorted(plain) + rest)


_NO_WORD = "has a blank, a line end or an invisible character"


def _contradictions(secret: Redacted, key_type: KeyType) -> Iterator[str]:
    """What Binance cannot have issued as a key of this type; only its kind is looked at, signing finds the rest."""
    if PEM_START in secret.reveal():
        if key_type is KeyType.HMAC:
            yield "the secret is a private key, but key_type is HMAC or not stored: ED25519 or RSA?"
    elif key_type is not KeyType.HMAC:
        yield f"key_type is {key_type}, but the secret is no private key in PEM"
    elif not _is_word(secret):
        yield f"the API secret {_NO_WORD}"


def _is_word(value: Redacted) -> bool:
    text = value.reveal()
    return text.isprintable() and not any(c.isspace() for c in text)


def _default_type(fields: Mapping[str, object]) -> KeyType | None:
    """A pair written by somebody else with an api_secret is what Binance calls an HMAC key; a PEM must say its type."""
    return None if any(name in fields for name in PRIVATE_KEY_NAMES) else KeyType.HMAC


def _choice(
    kind: type[_Kind], fields: Mapping[str, object], default: _Kind | None, problems: list[str]
) -> _Kind | None:
    name = "key_type" if kind is KeyType else "environment"
    stored = fields.get(name, default)
    text = stored.reveal() if isinstance(stored, Redacted) else str(stored)
    try:
        return kind(text.upper() if kind is KeyType else text.lower())
    except ValueError:
        problems.append(f"{name} is none of {', '.join(kind)}")  # never what it is: a secret may have slipped in there
        return None


def clean_token(text: str, what: str, *, any_length: bool = False) -> Redacted:
    """Check an API key or HMAC secret as a person pastes it: line ends go, all else must be right.

    Raises MalformedCredentials that says why; `any_length` lifts only the rule of 64 characters.
    """
    value = text.strip("\r\n")
    fault = _token_fault(value, any_length=any_length)
    if fault:
        raise MalformedCredentials(f"{what} {fault[0]}", hint=fault[1])
    return Redacted(value)


def _token_fault(value: str, *, any_length: bool) -> tuple[str, str] | None:
    if not value:
        return "is empty", "copy it again from Binance; a secret is shown once, when the key is made"
    if value.isspace() or value != value.strip():
        return "has white space at an end", "Binance answers -2014 to such a key; copy it again without the blanks"
    if len(value) > 1 and value[0] in "'\"`" and value[-1] in "'\"`":
        return "is in quotes", "leave the quotes out; they are no part of the key"
    if not (value.isascii() and value.isalnum()):
        return "has a character that Binance's keys never have", "only letters and digits; was too much copied?"
    if len(value) != KEY_LENGTH and not any_length:
        return (
            f"has {len(value)} characters, not {KEY_LENGTH}",
            f"was it cut off? {ANY_LENGTH}",
        )
    return None
