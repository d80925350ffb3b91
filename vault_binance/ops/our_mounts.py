"""The mounts that `setup` has made, for whatever works in them: that they are there, and ours.

Rules of the file
- Nothing is done in a mount of our name that is somebody else's.
- Many who may use a mount may not look at it: they are let through, and Vault tells what they lack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError, NotOurs, PermissionDenied
from vault_binance.ops.structure import our_mark

if TYPE_CHECKING:
    from collections.abc import Callable

    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import Mount, OperatorVault


def approle_mount(vault: OperatorVault, layout: Layout) -> Mount:
    """Our AppRole mount; raises ConfigError where `setup` has not been run, NotOurs where it is somebody else's."""
    return _ours(vault.auth_mount(layout.approle_mount), f"auth/{layout.approle_mount}", layout)


def cert_mount(vault: OperatorVault, layout: Layout) -> Mount:
    """Our mount for TLS certificates; raises as `approle_mount` does."""
    return _ours(vault.auth_mount(layout.cert_mount), f"auth/{layout.cert_mount}", layout)


def require_cert_mount(vault: OperatorVault, layout: Layout) -> None:
    """As `cert_mount`, for a token that may use the mount and not look at it."""
    _require(vault, f"auth/{layout.cert_mount}", layout, vault.auth_mount, layout.cert_mount)


def require_approle_mount(vault: OperatorVault, layout: Layout) -> None:
    """As `approle_mount`, for a token that may use the mount and not look at it."""
    _require(vault, f"auth/{layout.approle_mount}", layout, vault.auth_mount, layout.approle_mount)


def require_kv_mount(vault: OperatorVault, layout: Layout) -> None:
    """Raise ConfigError where `setup` has not been run, NotOurs where the mount of that name is somebody else's."""
    _require(vault, layout.kv_mount, layout, vault.mount, layout.kv_mount)


def _require(vault: OperatorVault, path: str, layout: Layout, look: Callable[[str], Mount | None], name: str) -> None:
    """A token that may not even ask is let through: what it does next says precisely which right it lacks."""
    try:
        mount = vault.visible_mount(path) or look(name)
    except PermissionDenied:
        return
    _ours(mount, path, layout)


def _ours(mount: Mount | None, path: str, layout: Layout) -> Mount:
    if mount is None:
        raise ConfigError(
            f"there is no mount {path}/: this Vault is not set up for instance {layout.instance}",
            hint="run first: vault-binance setup   (see what it would do: setup --dry-run)",
        )
    if our_mark(mount, layout) is None:
        raise NotOurs(
            f"the mount {path}/ belongs to somebody else. nothing was changed",
            hint="use the instance that is yours (--instance), or take it over knowingly: setup --adopt",
        )
    return mount
