"""A pair as it stands in a file of old or in the environment, before anybody has looked into it.

Rules of the file
- Nothing is guessed: a private key needs its type said, and messages name where a value stands, never the value.
- What may be cut out of a text is known to the byte; what stands around it stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault_binance.credentials import Credentials, Environment, KeyType, clean_token
from vault_binance.errors import MalformedCredentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_binance.redacted import Redacted


@dataclass(frozen=True, slots=True)
class Cut:
    """Part of a text, in characters, and what is to stand there instead."""

    start: int
    end: int
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both values, under which names they stand, and where. `environment` is None where the names do not say.

    `doubled` is a name that stands there with several values: none of them may be cut out, for another would count.
    """

    api_key: Redacted
    secret: Redacted
    key_name: str
    secret_name: str
    environment: Environment | None = None
    cuts: tuple[Cut, ...] = ()
    doubled: str = ""

    def credentials(
        self, name: str, *, environment: Environment | None, key_type: KeyType | None, any_length: bool
    ) -> Credentials:
        """The pair as a credential; a private key is not looked into. Raises MalformedCredentials."""
        kind, secret = self._kind(key_type), self.secret
        if kind is KeyType.HMAC:
            secret = clean_token(secret.reveal(), self.secret_name, any_length=any_length)
        api_key = clean_token(self.api_key.reveal(), self.key_name, any_length=any_length)
        return Credentials(name, api_key, secret, kind, self.environment or environment or Environment.LIVE)

    @property
    def fingerprint(self) -> str:
        """As of Credentials: what tells whether Vault holds this pair, without reading it."""
        bare = clean_token(self.api_key.reveal(), self.key_name, any_length=True)
        return Credentials("", bare, self.secret, KeyType.HMAC, Environment.LIVE).fingerprint

    def _kind(self, key_type: KeyType | None) -> KeyType:
        """A PEM may stand in a variable called SECRET (reference: Binance, 16: freqtrade, nautilus_trader)."""
        is_private_key = "-----BEGIN " in self.secret.reveal()
        if is_private_key and key_type in {None, KeyType.HMAC}:
            raise MalformedCredentials(
                f"{self.secret_name} is a private key", hint="say its type: --type ed25519, or rsa"
            )
        if not is_private_key and key_type not in {None, KeyType.HMAC}:
            raise MalformedCredentials(f"{self.secret_name} is no private key", hint="an API secret is of type hmac")
        return key_type or KeyType.HMAC


def without(text: str, cuts: Sequence[Cut]) -> str:
    """The text after these cuts, which do not overlap; every other character as it was."""
    kept, at = [], 0
    for cut in sorted(cuts, key=lambda one: one.start):
        kept += [text[at : cut.start], cut.instead]
        at = cut.end
    return "".join([*kept, text[at:]])
