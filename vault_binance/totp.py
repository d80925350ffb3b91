"""One-time passwords as authenticator apps make them: RFC 6238 over RFC 4226.

Rules of the file
- `now` is an argument, in seconds since 1970.
- The secret stands in a Redacted; of the address that an app scans, only this file takes it out.
"""

from __future__ import annotations

import re
from base64 import b32decode
from dataclasses import dataclass
from hmac import compare_digest, digest
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

ALGORITHMS = ("SHA1", "SHA256", "SHA512")


@dataclass(frozen=True, slots=True)
class Authenticator:
    """What an app keeps of one enrolment: `secret` in base 32, `period` in seconds."""

    secret: Redacted
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30

    @classmethod
    def from_address(cls, address: Redacted) -> Self:
        """Of an otpauth:// address; raises ConfigError for another text, which is not shown."""
        try:
            return cls._parsed(address)
        except (ValueError, KeyError):
            pass  # their texts may quote the address
        raise ConfigError("what Vault gave for the authenticator app is no otpauth:// address")

    @classmethod
    def _parsed(cls, address: Redacted) -> Self:
        parts = urlsplit(address.reveal())
        given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        made = cls(
            Redacted(given["secret"]),
            given.get("algorithm", "SHA1").upper(),
            int(given.get("digits", 6)),
            int(given.get("period", 30)),
        )
        if (parts.scheme, parts.netloc) != ("otpauth", "totp") or made.algorithm not in ALGORITHMS or made.period < 1:
            raise ValueError
        made.code(0)  # the secret is base 32
        return made

    def address(self, issuer: str, account: str) -> Redacted:
        """What an app scans, under names that tell a person whose it is: Vault's own address has the entity's id.

        What every app takes for granted is left out: a short address is a small picture.
        """
        usual = Authenticator(self.secret)
        asked = {"secret": self.secret.reveal(), "issuer": issuer}
        asked |= {"algorithm": self.algorithm} if self.algorithm != usual.algorithm else {}
        asked |= {"digits": str(self.digits)} if self.digits != usual.digits else {}
        asked |= {"period": str(self.period)} if self.period != usual.period else {}
        query = urlencode(asked, quote_via=quote)
        return Redacted(f"otpauth://totp/{quote(issuer, safe='')}:{quote(account, safe='@')}?{query}")

    def code(self, now: float) -> str:
        text = self.secret.reveal().upper()
        key = b32decode(text + "=" * (-len(text) % 8))
        return code(key, int(now) // self.period, digits=self.digits, algorithm=self.algorithm)

    def accepts(self, typed: str, now: float) -> bool:
        """Whether an app shows this now; as Vault, one period earlier and later too, for clocks that differ."""
        typed = re.sub(r"\s", "", typed)
        around = (self.code(max(now + shift * self.period, 0)) for shift in (-1, 0, 1))
        return any([compare_digest(typed.encode(), one.encode()) for one in around])  # noqa: C419  all are looked at


def code(key: bytes, counter: int, *, digits: int = 6, algorithm: str = "SHA1") -> str:
    """RFC 4226, 5.3: the last four bits of the hash say where the 31 bits of the code begin."""
    hashed = digest(key, counter.to_bytes(8, "big"), algorithm.lower())
    begin = hashed[-1] & 0x0F
    number = int.from_bytes(hashed[begin : begin + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)
