"""What a bot knows of Vault: plain values, and the calls it makes. The operators' part is operator_port.py.

Rules of the file
- Nothing here is shaped like hvac, http.client or JSON; text that may be secret is Redacted before it leaves a door.
- Times to live are whole seconds, as Vault counts them; times are RFC 3339 text, as Vault writes them.
- Paths are Vault's logical paths without `/v1/`.
- Each class costs a bot's start-up half a millisecond: what only operators need is not here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from vault_binance.redacted import Redacted
else:
    Protocol = object


@dataclass(frozen=True, slots=True)
class Lease:
    """A token lent to us: what a bot renews and gives back. KV v2 itself gives no lease (design, section 2)."""

    token: Redacted
    accessor: str
    ttl: int
    renewable: bool
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KvPath:
    """Where the API reads a secret: `data` is mount, `data/` for KV v2, and the path below; `kv_version` 0 is another
    engine, whose answer is read as it is.
    """

    data: str
    kv_version: int = 2


@dataclass(frozen=True, slots=True)
class SecretLease:
    """The lease of a dynamic secret. Its id is Redacted: on some engines whoever knows it gets the secret by renewing
    (reference: Vault, 2.4).
    """

    id: Redacted
    ttl: int
    renewable: bool


@dataclass(frozen=True, slots=True)
class Secret:
    """One version of a KV v2 secret; every text in `fields` is Redacted. `lease` is a dynamic engine's, else None."""

    fields: Mapping[str, object]
    version: int
    created: str = ""
    custom_metadata: Mapping[str, str] = field(default_factory=dict)
    lease: SecretLease | None = None


@dataclass(frozen=True, slots=True)
class WrappingInfo:
    """What a wrapping token says of itself, asked without using it up."""

    creation_path: str
    creation_time: str
    ttl: int


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What Vault knows of a token; `num_uses` 0 is without limit, `ttl` 0 never ends (root)."""

    accessor: str
    ttl: int
    renewable: bool
    num_uses: int
    policies: tuple[str, ...]
    entity_id: str
    kind: str
    identity_policies: tuple[str, ...] = ()
    """Those of `policies` that come from its entity and that entity's groups."""
    period: int = 0
    explicit_max_ttl: int = 0
    path: str = ""
    """Where it was made, as in auth/oidc/oidc/callback."""


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the node that answered."""

    initialized: bool
    sealed: bool
    standby: bool
    version: str


class BotVault(Protocol):
    """The calls on a bot's path. Each raises errors of vault_binance.errors and nothing else."""

    def log_in(self, mount: str, proof: Mapping[str, Redacted | str]) -> Lease: ...
    def renew(self, token: Redacted) -> Lease: ...
    def wrapping_info(self, wrapping_token: Redacted) -> WrappingInfo: ...
    def unwrap_secret_id(self, wrapping_token: Redacted) -> Redacted: ...
    def locate(self, token: Redacted, path: str) -> KvPath: ...
    def read(self, token: Redacted, path: KvPath, *, version: int | None = None) -> Secret: ...
    def write(self, token: Redacted, path: str, fields: Mapping[str, str], cas: int) -> None: ...
    def renew_secret(self, token: Redacted, lease_id: Redacted) -> SecretLease: ...
    def revoke_secret(self, token: Redacted, lease_id: Redacted) -> None: ...
    def revoke(self, token: Redacted) -> None: ...
    def token_info(self, token: Redacted) -> TokenInfo: ...
    def entity_metadata(self, token: Redacted, entity_id: str) -> Mapping[str, str]: ...
    def capabilities(self, token: Redacted, path: str) -> tuple[str, ...]: ...
    def health(self) -> Health: ...
    def close(self) -> None: ...
