"""Bots: an identity entity, an AppRole role and the alias between them.

Certificates for them are in enroll.py, their ends in kill_switch.py.

Rules of the file
- Entities are read before they are written, and one without our mark is left alone: Vault would overwrite it silently.
- Each command can be run again after an interruption and finishes what it began.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_binance.errors import NotOurs, PermissionDenied, SecretNotFound, WriteConflict
from vault_binance.layout import SECRET_ID_TTL, TOKEN_MAX_TTL, TOKEN_TTL, check_name
from vault_binance.ops.our_mounts import approle_mount, require_approle_mount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import Entity, OperatorVault, WrappedSecretId


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot as an operator sees it. `secret_ids` is None where they may not be counted."""

    name: str
    entity_id: str
    credential: str
    state: str
    role_id: str = ""
    cidrs: tuple[str, ...] = ()
    secret_ids: int | None = None


def add(vault: OperatorVault, layout: Layout, name: str, credential: str, *, cidrs: Sequence[str] = ()) -> Bot:
    """Make a bot that may read `credential` and nothing else.

    Raises WriteConflict if it reads another one already, or is suspended: making it again must not let it in. Nor does
    it take an address binding away: without `cidrs` a role that is there keeps its own.
    """
    entity_name, accessor = layout.entity(name), approle_mount(vault, layout).accessor
    _require_credential(vault, layout, credential)
    present = vault.entity(entity_name)
    _require_free(present, layout, name, credential)
    metadata = _metadata(layout, name, credential, present)
    # Only a tombstone is woken: a bot that is suspended in this very moment must stay so.
    entity = vault.write_entity(entity_name, metadata=metadata, disabled=False if _is_tombstone(present) else None)
    bound = tuple(cidrs) or bound_cidrs(vault, layout, name)
    vault.write_role(layout.approle_mount, name, role_settings(layout, bound))
    role_id = vault.role_id(layout.approle_mount, name)
    tie(vault, entity, role_id, accessor)
    _require_kept(vault.entity(entity_name), name, credential)
    return Bot(name, entity.id, credential, "active", role_id, bound)


def _is_tombstone(entity: Entity | None) -> bool:
    return entity is not None and "removed" in entity.metadata


def _require_kept(entity: Entity | None, name: str, credential: str) -> None:
    """Entities have no check-and-set: look once more whether somebody else wrote this one meanwhile."""
    if entity is None or entity.disabled or entity.metadata.get("binance_credential") != credential:
        raise WriteConflict(
            f"somebody else changed bot {name} at the same time",
            hint="look what it is now, and repeat what is still wanted: vault-binance bot list",
        )


def bound_cidrs(vault: OperatorVault, layout: Layout, name: str) -> tuple[str, ...]:
    """The addresses a role is bound to, in the words in which they were given."""
    role = vault.role(layout.approle_mount, name) or {}
    return tuple(role.get("secret_id_bound_cidrs") or ())


def _require_credential(vault: OperatorVault, layout: Layout, credential: str) -> None:
    if vault.secret_metadata(layout.kv_mount, layout.credential(credential)) is None:
        raise SecretNotFound(
            f"nothing at {layout.shown_path(credential)}",
            hint=f"store the key first: vault-binance key put {credential}",
        )


def _require_free(present: Entity | None, layout: Layout, name: str, credential: str) -> None:
    if present is None:
        return
    require_ours(present, layout)
    if "removed" in present.metadata:
        return
    if present.disabled:
        raise WriteConflict(
            f"bot {name} exists and is suspended. nothing was changed",
            hint=f"let it in again: vault-binance bot allow {name}, or first vault-binance bot remove {name}",
        )
    lent = present.metadata.get("binance_credential")
    if lent and lent != credential:
        raise WriteConflict(
            f"bot {name} exists and reads {lent}. nothing was changed",
            hint=f"one bot, one credential: use another name, or first vault-binance bot remove {name}",
        )


def require_ours(entity: Entity, layout: Layout) -> None:
    if not layout.is_marked(entity.metadata) or entity.policies:
        raise NotOurs(
            f"the identity entity {entity.name} belongs to somebody else. nothing was changed",
            hint="it lacks our managed_by mark, or has policies of its own; choose another name for the bot",
        )


def _metadata(layout: Layout, name: str, credential: str, present: Entity | None) -> dict[str, str]:
    kept = {"former_ids": present.metadata["former_ids"]} if present and "former_ids" in present.metadata else {}
    return kept | {"managed_by": layout.managed_by, "binance_bot": name, "binance_credential": credential}


def role_settings(layout: Layout, cidrs: Sequence[str]) -> dict[str, object]:
    return {
        "token_policies": [layout.policy("reader")],
        "token_ttl": TOKEN_TTL,
        "token_max_ttl": TOKEN_MAX_TTL,
        "token_no_default_policy": True,
        "token_type": "service",
        "token_bound_cidrs": list(cidrs),
        "secret_id_bound_cidrs": list(cidrs),
        "secret_id_num_uses": 0,
        "secret_id_ttl": SECRET_ID_TTL,
    }


def tie(vault: OperatorVault, entity: Entity, role_id: str, accessor: str) -> None:
    """An entity has one login at a mount: Vault refuses a second one."""
    tied = [alias.name for alias in entity.aliases if alias.mount_accessor == accessor]
    if not tied:
        vault.add_alias(entity.id, role_id, accessor)
    elif role_id not in tied:
        raise WriteConflict(
            f"the entity {entity.name} belongs to another role than the one that is there",
            hint="was the role deleted by hand? remove the bot and make it again: vault-binance bot remove",
        )


def secret_id(
    vault: OperatorVault, layout: Layout, name: str, *, wrap_ttl: int, ttl: int = 0, once: bool = False
) -> WrappedSecretId:
    """A SecretID that only its wrapping token can open. `ttl` 0 is the role's; `once` allows a single login."""
    settings: dict[str, object] = {"ttl": ttl} if ttl else {}
    if once:
        settings["num_uses"] = 1
    require_approle_mount(vault, layout)
    mount = layout.approle_mount
    try:
        return vault.wrapped_secret_id(mount, check_name(name, "bot"), wrap_ttl=wrap_ttl, settings=settings)
    except SecretNotFound as error:
        error.hint = f"is the name right? A provisioner makes a bot: vault-binance bot add {name} --credential NAME"
        raise


def listed(vault: OperatorVault, layout: Layout) -> list[Bot]:
    return [_bot(vault, layout, name) for name in sorted(vault.roles(layout.approle_mount))]


def _bot(vault: OperatorVault, layout: Layout, name: str) -> Bot:
    entity = vault.entity(layout.entity(name))
    role = vault.role(layout.approle_mount, name) or {}
    return Bot(
        name=name,
        entity_id=entity.id if entity else "",
        credential=entity.metadata.get("binance_credential", "") if entity else "",
        state=_state(entity, layout),
        cidrs=tuple(role.get("token_bound_cidrs") or ()),
        secret_ids=_count_secret_ids(vault, layout, name),
    )


def _state(entity: Entity | None, layout: Layout) -> str:
    if entity is None:
        return "incomplete"
    if not layout.is_marked(entity.metadata):
        return "not ours"
    return "suspended" if entity.disabled else "active"


def _count_secret_ids(vault: OperatorVault, layout: Layout, name: str) -> int | None:
    try:
        return len(vault.secret_id_accessors(layout.approle_mount, name))
    except PermissionDenied:
        return None


def readers(vault: OperatorVault, layout: Layout) -> Mapping[str, list[str]]:
    """Credential -> names of the bots that may read it."""
    result: dict[str, list[str]] = {}
    for name in sorted(vault.roles(layout.approle_mount)):
        entity = vault.entity(layout.entity(name))
        if entity is not None and _state(entity, layout) == "active":
            result.setdefault(entity.metadata.get("binance_credential", ""), []).append(name)
    return result
