"""Suspending, revoking and removing bots.

Rules of the file
- The entity is the kill switch: disabled, it refuses every token and every login of its bot at once.
- A deleted entity takes its tokens with it (reference: Vault, 4.4): that is how a bot's tokens are ended without the
  right to list everybody's. Its id is kept in `former_ids`, so that old audit lines keep a name.
- Each command can be run again after an interruption and finishes what it began.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vault_binance.errors import PermissionDenied, SecretNotFound
from vault_binance.ops.bots import require_ours, tie
from vault_binance.ops.enroll import unpin
from vault_binance.ops.our_mounts import approle_mount, require_approle_mount

if TYPE_CHECKING:
    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import Entity, OperatorVault

_FORMER_IDS = 12
"""As many entity ids as fit into one value of identity metadata: 512 characters."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """What `revoke` did: number of SecretIDs destroyed, a certificate unpinned or not, and what it could not reach.

    `untied` are the names that the bot had at mounts of the team's own, such as JWT's: the entity's end is theirs.
    """

    secret_ids: int
    not_reached: tuple[str, ...]
    unpinned: bool = False
    untied: tuple[str, ...] = ()


def suspend(vault: OperatorVault, layout: Layout, name: str) -> None:
    """Refuse this bot from now on: one read, one write."""
    _disabled(vault, layout, name)


def _disabled(vault: OperatorVault, layout: Layout, name: str) -> Entity:
    """The bot's entity, disabled; made anew where an interruption has left no more of the bot than its role.

    A certificate cannot be tied to the new one with a provisioner's rights, so it is ended there.
    """
    present = vault.entity(layout.entity(name))
    if present is not None:
        require_ours(present, layout)
        return vault.write_entity(present.name, disabled=True)
    require_approle_mount(vault, layout)
    if vault.role(layout.approle_mount, name) is None:
        raise _no_such_bot(name)
    left = {"managed_by": layout.managed_by, "binance_bot": name}
    entity = vault.write_entity(layout.entity(name), metadata=left, disabled=True)
    _tie_login(vault, layout, name, entity)
    _unpin(vault, layout, name)
    return entity


def _no_such_bot(name: str) -> SecretNotFound:
    return SecretNotFound(f"there is no bot {name}", hint="see: vault-binance bot list")


def allow(vault: OperatorVault, layout: Layout, name: str) -> None:
    """Undo `suspend`, and tie the login to the entity again where an interrupted `revoke` had not."""
    entity = _ours(vault, layout, name)
    if "removed" in entity.metadata:
        raise SecretNotFound(
            f"bot {name} was removed on {entity.metadata['removed'][:10]}",
            hint="make it again: vault-binance bot add",
        )
    if vault.role(layout.approle_mount, name) is None:
        raise SecretNotFound(
            f"bot {name} has no role any more: it was about to be removed",
            hint=f"finish that: vault-binance bot remove {name}",
        )
    _tie_login(vault, layout, name, entity)
    vault.write_entity(entity.name, disabled=False)


def _ours(vault: OperatorVault, layout: Layout, name: str) -> Entity:
    entity = vault.entity(layout.entity(name))
    if entity is None:
        raise _no_such_bot(name)
    require_ours(entity, layout)
    return entity


def _tie_login(vault: OperatorVault, layout: Layout, name: str, entity: Entity) -> None:
    tie(vault, entity, vault.role_id(layout.approle_mount, name), approle_mount(vault, layout).accessor)


def revoke(vault: OperatorVault, layout: Layout, name: str) -> Revocation:
    """Suspend, end the certificate, destroy the SecretIDs, end the tokens; says what lies beyond Vault's reach."""
    before, renewed, revocation = _ended(vault, layout, name)
    # Without the tie a login would get an entity of its own: one that reads nothing, but is not refused.
    if vault.role(layout.approle_mount, name) is not None:
        _tie_login(vault, layout, name, renewed)
    return replace(revocation, untied=_untied(vault, layout, before, name))


def _untied(vault: OperatorVault, layout: Layout, before: Entity, name: str) -> tuple[str, ...]:
    """A certificate's alias has the bot's own name, and AppRole's is tied again."""
    others = [alias for alias in before.aliases if alias.name != name]
    if not others:
        return ()
    ours = approle_mount(vault, layout).accessor
    return tuple(alias.name for alias in others if alias.mount_accessor != ours)


def _ended(vault: OperatorVault, layout: Layout, name: str) -> tuple[Entity, Entity, Revocation]:
    """The entity as it was and as it is now, and what was done."""
    entity = _disabled(vault, layout, name)
    require_approle_mount(vault, layout)
    unpinned, still_pinned = _unpin(vault, layout, name)
    destroyed, unreached = _destroy_secret_ids(vault, layout, name)
    renewed = _renewed(vault, entity, dict(entity.metadata))
    lent = entity.metadata.get("binance_credential", "")
    what = f": {layout.shown_path(lent)}" if lent else ", which"
    beyond = f"whatever this bot has read already{what} stays valid at Binance until deleted there"
    return entity, renewed, Revocation(destroyed, (*still_pinned, *unreached, beyond), unpinned)


def _unpin(vault: OperatorVault, layout: Layout, name: str) -> tuple[bool, tuple[str, ...]]:
    """Before the entity is renewed: a certificate's login that is tied to no entity would get one of its own."""
    try:
        return unpin(vault, layout, name), ()
    except PermissionDenied as error:
        return False, (f"its certificate, if it has one: {error.message}; a login with it reads nothing any more",)


def _destroy_secret_ids(vault: OperatorVault, layout: Layout, name: str) -> tuple[int, tuple[str, ...]]:
    if vault.role(layout.approle_mount, name) is None:
        return 0, ()
    try:
        accessors = vault.secret_id_accessors(layout.approle_mount, name)
        for accessor in accessors:
            vault.destroy_secret_id(layout.approle_mount, name, accessor)
    except PermissionDenied as error:
        return 0, (f"its SecretIDs: {error.message}; they are refused while the bot is suspended",)
    return len(accessors), ()


def _renewed(vault: OperatorVault, entity: Entity, metadata: dict[str, str]) -> Entity:
    """Delete the entity, and its tokens with it, and make it anew, disabled and with its former ids.

    The second half runs even if Ctrl-C falls into the first.
    """
    former = [entity.id, *metadata.get("former_ids", "").split(",")]
    metadata["former_ids"] = ",".join(filter(None, former[:_FORMER_IDS]))
    try:
        vault.delete_entity(entity.name)
    finally:
        renewed = vault.write_entity(entity.name, metadata=metadata, disabled=True)
    return renewed


def remove(vault: OperatorVault, layout: Layout, name: str, *, now: str) -> Revocation:
    """Revoke, delete the role, and leave the disabled entity as a tombstone; `now` as RFC 3339 text."""
    _, tombstone, revocation = _ended(vault, layout, name)
    vault.delete_role(layout.approle_mount, name)
    vault.write_entity(tombstone.name, metadata={**tombstone.metadata, "removed": now}, disabled=True)
    return revocation
