"""What an operator knows of Vault: plain values, and the calls that make, look at and end things.

Rules of the file
- As in port.py; KV v2 paths are mount and path, without `data/`.
- Asking for what does not exist returns None or an empty sequence; changing it raises.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from vault_binance.redacted import Redacted
    from vault_binance.vault.port import Health, Secret, TokenInfo


@dataclass(frozen=True, slots=True)
class Mount:
    """A secrets engine or auth method; `version` is KV's, empty for others. TTLs in seconds, 0 the server's own."""

    path: str
    kind: str
    accessor: str
    description: str = ""
    version: str = ""
    default_lease_ttl: int = 0
    max_lease_ttl: int = 0
    token_type: str = ""
    in_clear: tuple[str, ...] = ()
    """Fields that the audit log shows as they are."""


@dataclass(frozen=True, slots=True)
class KvConfig:
    """`delete_version_after` is how Vault writes a time, as in 1h0m0s."""

    cas_required: bool
    max_versions: int
    delete_version_after: str = "0s"


@dataclass(frozen=True, slots=True)
class TransitKey:
    """Whether a key may ever leave its engine; once one of these is on, Vault does not let it be switched off."""

    name: str
    exportable: bool
    plaintext_backup: bool


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
    max_versions: int = 0
    """0 is the mount's; so with `delete_version_after`."""
    delete_version_after: str = "0s"


@dataclass(frozen=True, slots=True)
class Entity:
    """An identity entity: what a bot is to Vault, whatever it logs in with."""

    id: str
    name: str
    metadata: Mapping[str, str]
    disabled: bool
    policies: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    groups: tuple[str, ...] = ()
    """The ids of those it is in, through others too."""


@dataclass(frozen=True, slots=True)
class Group:
    """An identity group; `members` are ids of entities, `groups` of groups in it. `kind` is internal or external.

    `writes` is Vault's own count of them: groups have no check-and-set, and by it a writer sees that another was there.
    """

    id: str
    name: str
    policies: tuple[str, ...]
    metadata: Mapping[str, str]
    members: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    kind: str = "internal"
    writes: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TotpMethod:
    """How one-time passwords are made; `period` in seconds, `key_size` in bytes. Vault chooses the id.

    SHA1 and six digits, since some authenticator apps know no others (reference: Vault, 8.5). `skew` is how many
    periods around now are taken, `attempts` how many tries are.
    """

    id: str
    issuer: str
    algorithm: str = "SHA1"
    digits: int = 6
    period: int = 30
    key_size: int = 20
    skew: int = 1
    attempts: int = 5


@dataclass(frozen=True, slots=True)
class Enforcement:
    """Whom a login asks for a second factor: one of `methods`, for whoever any of the others names."""

    name: str
    methods: tuple[str, ...]
    groups: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    mount_accessors: tuple[str, ...] = ()
    mount_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alias:
    id: str
    name: str
    mount_accessor: str
    mount: str = field(default="", compare=False)
    """The path of that mount, as `vault auth list` has it."""


@dataclass(frozen=True, slots=True)
class WrappedSecretId:
    """A SecretID in its wrapping: `token` opens it once, `accessor` is the handle to destroy the SecretID itself."""

    token: Redacted
    ttl: int
    creation_path: str
    accessor: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a bot logs in with and an operator pins. `fingerprint` is SHA-256 as openssl writes it; times are in UTC."""

    pem: str
    common_name: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


class OperatorVault(Protocol):
    """The calls of an operator. Each raises errors of vault_binance.errors and nothing else."""

    def health(self) -> Health: ...
    def own_token(self) -> TokenInfo: ...
    def token(self, accessor: str) -> TokenInfo | None: ...
    def capabilities(self, paths: Sequence[str], *, accessor: str = "") -> Mapping[str, tuple[str, ...]]: ...
    def login_role(self, path: str) -> Mapping[str, Any] | None: ...
    def audit_devices(self) -> Sequence[str]: ...
    def enable_audit(self, path: str, kind: str, options: Mapping[str, str]) -> bool: ...

    def mount(self, path: str) -> Mount | None: ...
    def visible_mount(self, path: str) -> Mount | None: ...
    def enable_kv(self, path: str, description: str) -> None: ...
    def kv_config(self, path: str) -> KvConfig: ...
    def configure_kv(self, path: str, config: KvConfig) -> None: ...
    def auth_mount(self, path: str) -> Mount | None: ...
    def enable_auth(self, path: str, kind: str, description: str) -> None: ...
    def enable_transit(self, path: str, description: str) -> None: ...
    def tune_auth_mount(self, path: str, *, default_lease_ttl: int, max_lease_ttl: int) -> None: ...
    def describe_mount(self, path: str, description: str) -> None: ...
    def describe_auth_mount(self, path: str, description: str) -> None: ...

    def transit_keys(self, mount: str) -> Sequence[str]: ...
    def transit_key(self, mount: str, name: str) -> TransitKey | None: ...

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
    def erase_secret(self, mount: str, path: str) -> None: ...

    def entities(self) -> Sequence[str]: ...
    def entity(self, name: str) -> Entity | None: ...
    def write_entity(
        self, name: str, *, disabled: bool | None = None, metadata: Mapping[str, str] | None = None
    ) -> Entity: ...
    def delete_entity(self, name: str) -> None: ...
    def add_alias(self, entity_id: str, name: str, mount_accessor: str) -> None: ...
    def entity_of_alias(self, name: str, mount_accessor: str) -> Entity | None: ...
    def make_entity_of_alias(self, name: str, mount_accessor: str) -> Entity: ...
    def entity_by_id(self, entity_id: str) -> Entity | None: ...

    def group(self, name: str) -> Group | None: ...
    def write_group(
        self,
        name: str,
        *,
        policies: Sequence[str] | None = None,
        metadata: Mapping[str, str] | None = None,
        members: Sequence[str] | None = None,
    ) -> Group: ...

    def totp_methods(self) -> Sequence[str]: ...
    def totp_method(self, method_id: str) -> TotpMethod | None: ...
    def make_totp_method(self, issuer: str) -> TotpMethod: ...
    def enrol_totp(self, method_id: str, entity_id: str) -> Redacted | None: ...
    def forget_totp(self, method_id: str, entity_id: str) -> None: ...
    def enforcement(self, name: str) -> Enforcement | None: ...
    def write_enforcement(self, name: str, *, methods: Sequence[str], groups: Sequence[str]) -> None: ...
    def delete_enforcement(self, name: str) -> None: ...

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

    def certificate_roles(self, mount: str) -> Sequence[str]: ...
    def certificate_role(self, mount: str, name: str) -> Mapping[str, Any] | None: ...
    def write_certificate_role(self, mount: str, name: str, settings: Mapping[str, Any]) -> None: ...
    def delete_certificate_role(self, mount: str, name: str) -> None: ...
