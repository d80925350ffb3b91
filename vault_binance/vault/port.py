"""What the rest of the house knows of Vault: plain values, and the calls a bot and an operator make.

Rules of the file
- Nothing here is shaped like hvac, http.client or JSON; text that may be secret is Redacted before it leaves a door.
- Times to live are whole seconds, as Vault counts them; times are RFC 3339 text, as Vault writes them.
- Paths are Vault's logical paths without `/v1/`; KV v2 paths of the operator are mount and path, without `data/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

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
    """Where the API reads a KV secret: `data` is mount, `data/` for KV v2, and the path below."""

    data: str
    kv_version: int = 2


@dataclass(frozen=True, slots=True)
class Secret:
    """One version of a KV v2 secret; every text in `fields` is Redacted."""

    fields: Mapping[str, object]
    version: int
    created: str = ""
    custom_metadata: Mapping[str, str] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the node that answered."""

    initialized: bool
    sealed: bool
    standby: bool
    version: str


class BotVault(Protocol):
    """The calls on a bot's path. Each raises errors of vault_binance.errors and nothing else."""

    def log_in(self, mount: str, role_id: Redacted, secret_id: Redacted) -> Lease: ...
    def wrapping_info(self, wrapping_token: Redacted) -> WrappingInfo: ...
    def unwrap_secret_id(self, wrapping_token: Redacted) -> Redacted: ...
    def locate(self, token: Redacted, path: str) -> KvPath: ...
    def read(self, token: Redacted, path: KvPath, *, version: int | None = None) -> Secret: ...
    def revoke(self, token: Redacted) -> None: ...
    def token_info(self, token: Redacted) -> TokenInfo: ...
    def entity_metadata(self, token: Redacted, entity_id: str) -> Mapping[str, str]: ...
    def capabilities(self, token: Redacted, path: str) -> tuple[str, ...]: ...
    def health(self) -> Health: ...


@dataclass(frozen=True, slots=True)
class Mount:
    """A secrets engine or auth method; `version` is KV's, empty for everything else."""

    path: str
    kind: str
    accessor: str
    description: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class KvConfig:
    cas_required: bool
    max_versions: int


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """One version in a secret's history; actor names are empty where the server does not record them."""

    version: int
    created: str
    deleted: str = ""
    destroyed: bool = False
    created_by: str = ""
    deleted_by: str = ""


@dataclass(frozen=True, slots=True)
class SecretMetadata:
    """All that may be known of a secret without reading a value."""

    current_version: int
    versions: tuple[VersionInfo, ...]
    custom_metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entity:
    """An identity entity: what a bot is to Vault, whatever it logs in with."""

    id: str
    name: str
    metadata: Mapping[str, str]
    disabled: bool
    policies: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    id: str
    name: str
    mount_accessor: str


@dataclass(frozen=True, slots=True)
class WrappedSecretId:
    """A SecretID in its wrapping: `token` opens it once, `accessor` is the handle to destroy the SecretID itself."""

    token: Redacted
    ttl: int
    creation_path: str
    accessor: str


class OperatorVault(Protocol):
    """The calls of an operator. Each raises errors of vault_binance.errors and nothing else.

    Asking for what does not exist returns None or an empty sequence; changing it raises.
    """

    def health(self) -> Health: ...
    def own_token(self) -> TokenInfo: ...
    def audit_devices(self) -> Sequence[str]: ...

    def mount(self, path: str) -> Mount | None: ...
    def enable_kv(self, path: str, description: str) -> None: ...
    def kv_config(self, path: str) -> KvConfig: ...
    def configure_kv(self, path: str, config: KvConfig) -> None: ...
    def auth_mount(self, path: str) -> Mount | None: ...
    def enable_auth(self, path: str, kind: str, description: str) -> None: ...
    def describe_mount(self, path: str, description: str) -> None: ...
    def describe_auth_mount(self, path: str, description: str) -> None: ...

    def policies(self) -> Sequence[str]: ...
    def policy(self, name: str) -> str | None: ...
    def write_policy(self, name: str, text: str) -> None: ...

    def list_secrets(self, mount: str, path: str) -> Sequence[str]: ...
    def secret_metadata(self, mount: str, path: str) -> SecretMetadata | None: ...
    def read_secret(self, mount: str, path: str, *, version: int | None = None) -> Secret: ...
    def write_secret(self, mount: str, path: str, fields: Mapping[str, str], *, cas: int) -> int: ...
    def merge_custom_metadata(self, mount: str, path: str, changes: Mapping[str, str]) -> None: ...
    def delete_versions(self, mount: str, path: str, versions: Sequence[int]) -> None: ...
    def undelete_versions(self, mount: str, path: str, versions: Sequence[int]) -> None: ...
    def destroy_versions(self, mount: str, path: str, versions: Sequence[int]) -> None: ...

    def entities(self) -> Sequence[str]: ...
    def entity(self, name: str) -> Entity | None: ...
    def write_entity(self, name: str, *, disabled: bool, metadata: Mapping[str, str] | None = None) -> Entity: ...
    def delete_entity(self, name: str) -> None: ...
    def add_alias(self, entity_id: str, name: str, mount_accessor: str) -> None: ...

    def roles(self, mount: str) -> Sequence[str]: ...
    def role(self, mount: str, name: str) -> Mapping[str, Any] | None: ...
    def write_role(self, mount: str, name: str, settings: Mapping[str, Any]) -> None: ...
    def delete_role(self, mount: str, name: str) -> None: ...
    def role_id(self, mount: str, name: str) -> str: ...
    def wrapped_secret_id(
        self, mount: str, name: str, *, wrap_ttl: int, settings: Mapping[str, Any]
    ) -> WrappedSecretId: ...
    def secret_id_accessors(self, mount: str, name: str) -> Sequence[str]: ...
    def destroy_secret_id(self, mount: str, name: str, accessor: str) -> None: ...
