"""What a person's login knows of Vault: plain values, and its calls. A bot's, in port.py, knows no second factor.

Rules of the file
- As in port.py. A request for a second factor is Redacted too: with it and a code anybody gets the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.redacted import Redacted


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor that would do; one without a code is a push to a phone, and is waited for."""

    method_id: str
    kind: str
    asks_for_code: bool


@dataclass(frozen=True, slots=True)
class Demand:
    """The first factor was right; of each of `choices`, one is wanted besides. By the enforcement's name."""

    request: Redacted
    choices: Mapping[str, tuple[Factor, ...]]


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a token is. `policies` has those of the person's groups too; `ttl` in seconds, 0 never ends."""

    display_name: str
    accessor: str
    ttl: int
    policies: tuple[str, ...]


class LoginVault(Protocol):
    """The calls of a login. Each raises errors of vault_binance.errors and nothing else."""

    def log_in(self, path: str, proof: Mapping[str, Redacted | str]) -> Redacted | Demand: ...
    def oidc_address(self, mount: str, role: str, uri: str, nonce: Redacted) -> Redacted: ...
    def oidc_granted(self, mount: str, state: Redacted, code: Redacted, nonce: Redacted) -> Redacted | Demand: ...
    def answer(self, demand: Demand, codes: Mapping[str, Redacted | None]) -> Redacted | None: ...
    def holder(self, token: Redacted) -> Holder | None: ...
    def revoke(self, token: Redacted) -> bool: ...


class Returns(Protocol):
    """Where a browser comes back to; `uri` is its address."""

    uri: str

    def wait(self, state: Redacted) -> Redacted: ...
