"""The mounts of `setup`: each as it is and as it shall be, and what lies between.

Rules of the file
- A mount that is made or adopted has its mark from the start. One of an older structure gets the new number last, when
  all is as the mark says.
- A mount's kind cannot be changed, so another kind under our name is refused, adopted or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError
from vault_binance.layout import STRUCTURE_VERSION
from vault_binance.ops import structure
from vault_binance.ops.setup.steps import Step, Verb
from vault_binance.ops.structure import KV_CONFIG, our_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import KvConfig, Mount, OperatorVault

_SHOWN = {"kv": "kv-v2", "transit": "transit", "approle": "auth approle", "cert": "auth cert"}


@dataclass(frozen=True, slots=True)
class Mounts:
    """What is mounted under our names. `kv_config` is None where there is no KV v2."""

    kv: Mount | None = None
    kv_config: KvConfig | None = None
    transit: Mount | None = None
    approle: Mount | None = None
    cert: Mount | None = None


def look(vault: OperatorVault, layout: Layout) -> Mounts:
    kv = vault.mount(layout.kv_mount)
    return Mounts(
        kv=kv,
        kv_config=vault.kv_config(layout.kv_mount) if kv and kv.version == "2" else None,
        transit=vault.mount(layout.transit_mount),
        approle=vault.auth_mount(layout.approle_mount),
        cert=vault.auth_mount(layout.cert_mount),
    )


def audit_reference(mounts: Mounts, layout: Layout) -> str:
    """What our KV mount says of an audit trail elsewhere."""
    said = our_mark(mounts.kv, layout) if mounts.kv else None
    return said.audit if said else ""


def _pairs(mounts: Mounts, layout: Layout, reference: str = "") -> tuple[tuple[Mount | None, Mount], ...]:
    found = (mounts.kv, mounts.transit, mounts.approle, mounts.cert)
    return tuple(zip(found, structure.mounts(layout, reference), strict=True))


def foreign(mounts: Mounts, layout: Layout) -> list[str]:
    """Those of our names without our mark. Raises ConfigError for a structure newer than ours."""
    pairs = _pairs(mounts, layout)
    return [f"the mount {structure.place(wanted)}/" for found, wanted in pairs if found and not our_mark(found, layout)]


def steps(mounts: Mounts, layout: Layout, reference: str) -> list[Step]:
    """Making them, or making them as they shall be, except for their mark; `reference` is of the audit trail."""
    pairs = _pairs(mounts, layout, reference)
    return [step for found, wanted in pairs for step in _steps(found, wanted, mounts.kv_config, layout)]


def marks(mounts: Mounts, layout: Layout, reference: str) -> list[Step]:
    """Of ours that are there, and say something else."""
    return [
        _mark_step(mark, wanted, layout)
        for found, wanted in _pairs(mounts, layout, reference)
        if found and found.description != wanted.description and (mark := our_mark(found, layout))
    ]


def _mark_step(mark: structure.Mark, wanted: Mount, layout: Layout) -> Step:
    note = wanted.description.removeprefix(f"{layout.managed_by} ")
    older = "" if mark.structure == STRUCTURE_VERSION else f"; it was {mark.structure}"
    return Step(Verb.MARK, _SHOWN[wanted.kind], f"{wanted.path}/", f"{note}{older}", wanted)


def _steps(found: Mount | None, wanted: Mount, kv_config: KvConfig | None, layout: Layout) -> Iterator[Step]:
    kind, name = _SHOWN[wanted.kind], f"{wanted.path}/"
    if found is None:
        yield Step(Verb.ENABLE, kind, name, _settings(wanted), wanted)
        return
    _require_kind(found, wanted)
    if our_mark(found, layout) is None:
        yield Step(Verb.ADOPT, kind, name, "marked as ours", wanted)
    if not _is_set(found, wanted, kv_config):
        yield Step(Verb.CONFIGURE, kind, name, _settings(wanted), wanted)
    elif found.description == wanted.description:
        yield Step(Verb.KEEP, kind, name)


def _settings(mount: Mount) -> str:
    if mount.kind == "kv":
        return f"cas_required, {KV_CONFIG.max_versions} versions"
    if not structure.is_login(mount):
        return "no key in it yet"
    return f"ours alone, tokens for {mount.default_lease_ttl // 60} m, at most {mount.max_lease_ttl // 3600} h"


def _require_kind(found: Mount, wanted: Mount) -> None:
    if (found.kind, found.version) == (wanted.kind, wanted.version):
        return
    kind, place = found.kind, "the auth mount" if structure.is_login(wanted) else "the mount"
    if wanted.kind == "kv":
        kind = f"KV v{found.version or 1}" if found.kind == "kv" else found.kind
    lack = "KV v2: it has no versions and no check-and-set" if wanted.kind == "kv" else wanted.kind
    raise ConfigError(
        f"{place} {wanted.path}/ is {kind}, not {lack}",
        hint="choose another instance: vault-binance --instance NAME setup",
    )


def _is_set(found: Mount, wanted: Mount, kv_config: KvConfig | None) -> bool:
    if wanted.kind == "kv":
        return kv_config == KV_CONFIG
    limits = (found.default_lease_ttl, found.max_lease_ttl)
    return not structure.is_login(wanted) or limits == (wanted.default_lease_ttl, wanted.max_lease_ttl)


def carry_out(vault: OperatorVault, verb: Verb, mount: Mount) -> None:
    """Bring one mount to what `mount` says."""
    if verb in {Verb.ADOPT, Verb.MARK}:
        describe = vault.describe_auth_mount if structure.is_login(mount) else vault.describe_mount
        describe(mount.path, mount.description)
        return
    if verb is Verb.ENABLE:
        _enable(vault, mount)
    if mount.kind == "kv":
        vault.configure_kv(mount.path, KV_CONFIG)
    elif structure.is_login(mount):
        limits = {"default_lease_ttl": mount.default_lease_ttl, "max_lease_ttl": mount.max_lease_ttl}
        vault.tune_auth_mount(mount.path, **limits)


def _enable(vault: OperatorVault, mount: Mount) -> None:
    match mount.kind:
        case "kv":
            vault.enable_kv(mount.path, mount.description)
        case "transit":
            vault.enable_transit(mount.path, mount.description)
        case kind:
            vault.enable_auth(mount.path, kind, mount.description)
