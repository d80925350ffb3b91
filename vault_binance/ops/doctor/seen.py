"""What doctor saw of a Vault: each fact, or that it was not allowed to see it.

Rules of the file
- Plain frozen values. None is "not there", `NotSeen` is "may not look": neither ever stands for the other.
- Beneath a mount that is not there, or is somebody else's, nothing is looked at: those facts are empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar, Union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.vault.operator_port import (
        Enforcement,
        Entity,
        Group,
        KvConfig,
        Mount,
        SecretMetadata,
        TotpMethod,
        TransitKey,
    )
    from vault_binance.vault.port import TokenInfo

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, order=True)
class NotSeen:
    """What was refused: a path as the API names it, and the capability that would have been needed."""

    path: str
    capability: str = "read"


Fact = Union[_T, NotSeen]  # noqa: UP007  generic, and evaluated when it is imported


@dataclass(frozen=True, slots=True)
class Login:
    """A bot's way in at one of our mounts: its role, and what Vault knows its holder as there."""

    settings: Fact[Mapping[str, Any]]
    alias: Fact[str] = ""
    """The RoleID, or the certificate's common name."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A token, as far as it says what it is, and what it may do at telling paths."""

    info: Fact[TokenInfo | None]
    rights: Fact[Mapping[str, tuple[str, ...]]]
    accessor: str = ""
    """Empty for the caller's own."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Names are as Vault has them; mappings are empty where nothing is there or nothing was to be looked at."""

    kv: Fact[Mount | None] = None
    kv_config: Fact[KvConfig | None] = None
    transit: Fact[Mount | None] = None
    approle: Fact[Mount | None] = None
    cert: Fact[Mount | None] = None
    policies: Mapping[str, Fact[str | None]] = field(default_factory=dict)
    audit_devices: Fact[tuple[str, ...]] = ()
    credentials: Fact[Mapping[str, Fact[SecretMetadata]]] = field(default_factory=dict)
    transit_keys: Fact[Mapping[str, Fact[TransitKey]]] = field(default_factory=dict)
    roles: Fact[Mapping[str, Login]] = field(default_factory=dict)
    certificates: Fact[Mapping[str, Login]] = field(default_factory=dict)
    entity_names: Fact[tuple[str, ...]] = ()
    """Those that begin as ours do."""
    entities: Mapping[str, Fact[Entity]] = field(default_factory=dict)
    groups: Mapping[str, Fact[Group | None]] = field(default_factory=dict)
    """By the role whose policy they carry."""
    enforcement: Fact[Enforcement | None] = None
    methods: Mapping[str, Fact[TotpMethod | None]] = field(default_factory=dict)
    """By id: those that the enforcement names."""
    logins: Mapping[str, Fact[Mapping[str, Any] | None]] = field(default_factory=dict)
    """Roles and users of the team's own login methods, by path: the ones that doctor was told of."""
    tokens: tuple[Standing, ...] = ()


def not_seen(value: object) -> Iterator[NotSeen]:
    """Every refusal in these facts, in their order."""
    if isinstance(value, NotSeen):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from not_seen(one)
    elif isinstance(value, Seen | Login | Standing):
        for one in fields(value):
            yield from not_seen(getattr(value, one.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from not_seen(one)


def seen(facts: Fact[Mapping[str, Fact[_T]]]) -> dict[str, _T]:
    """Those that could be looked at."""
    if isinstance(facts, NotSeen):
        return {}
    return {name: one for name, one in facts.items() if not isinstance(one, NotSeen)}
