"""What `setup` builds in a Vault that others use too: our mounts and our policies, and nothing of theirs.

Rules of the file
- Look first, plan purely, then carry out: `--dry-run` is the same plan, not carried out.
- What exists under one of our names without our mark is never touched unless it is adopted (design, section 6).
- Every step can be repeated: a run that was interrupted is finished by running again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError, NotOurs, PermissionDenied
from vault_binance.layout import MAX_VERSIONS, STRUCTURE_VERSION
from vault_binance.ops.policy_texts import NO_ACCESSOR, is_ours, render_all
from vault_binance.vault.operator_port import KvConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import Mount, OperatorVault

KV_CONFIG = KvConfig(cas_required=True, max_versions=MAX_VERSIONS)


class Verb(StrEnum):
    """What a step does; the values read after "would" and, with a d, on their own."""

    ENABLE = "enable"
    CONFIGURE = "configure"
    WRITE = "write"
    ADOPT = "adopt"
    KEEP = "keep"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Step:
    verb: Verb
    kind: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is in Vault under our names. `audit_devices` is None where we may not ask."""

    kv: Mount | None
    kv_config: KvConfig | None
    approle: Mount | None
    cert: Mount | None
    policies: Mapping[str, str | None]
    audit_devices: Sequence[str] | None


def look(vault: OperatorVault, layout: Layout) -> Facts:
    kv = vault.mount(layout.kv_mount)
    return Facts(
        kv=kv,
        kv_config=vault.kv_config(layout.kv_mount) if kv and kv.version == "2" else None,
        approle=vault.auth_mount(layout.approle_mount),
        cert=vault.auth_mount(layout.cert_mount),
        policies={name: vault.policy(name) for name in render_all(layout)},
        audit_devices=_audit_devices(vault),
    )


def _audit_devices(vault: OperatorVault) -> Sequence[str] | None:
    try:
        return vault.audit_devices()
    except PermissionDenied:
        return None


def plan(facts: Facts, layout: Layout, *, adopt: bool = False) -> tuple[Step, ...]:
    """All steps, in order.

    Raises ConfigError for a mount that cannot be taken over at all, and NotOurs naming every object of somebody else's
    that could, unless they are to be adopted.
    """
    steps = (
        *_kv_steps(facts, layout),
        *_auth_steps(facts.approle, "approle", layout.approle_mount, layout),
        *_auth_steps(facts.cert, "cert", layout.cert_mount, layout),
        *_policy_steps(facts, layout),
        *_audit_steps(facts),
    )
    foreign = [*_foreign_mounts(facts, layout), *_foreign_policies(facts, layout)]
    if foreign and not adopt:
        raise NotOurs(
            f"not ours, and there already: {', '.join(foreign)}. nothing was changed",
            hint="use another name (--instance), or take them over knowingly: setup --adopt",
        )
    return steps


def _foreign_mounts(facts: Facts, layout: Layout) -> list[str]:
    mounts = (
        (facts.kv, f"the mount {layout.kv_mount}/"),
        (facts.approle, f"the mount auth/{layout.approle_mount}/"),
        (facts.cert, f"the mount auth/{layout.cert_mount}/"),
    )
    return [label for mount, label in mounts if mount is not None and not _is_ours(mount, layout)]


def _foreign_policies(facts: Facts, layout: Layout) -> list[str]:
    return [f"the policy {name}" for name, text in facts.policies.items() if text and not is_ours(text, layout)]


def describe(layout: Layout) -> str:
    """What our mounts say of themselves; the first word is the mark, the number the structure's version."""
    return f"{layout.managed_by} structure {STRUCTURE_VERSION}"


def _is_ours(mount: Mount, layout: Layout) -> bool:
    match = re.fullmatch(rf"{re.escape(layout.managed_by)} structure (\d+)", mount.description)
    if match and int(match[1]) > STRUCTURE_VERSION:
        raise ConfigError(
            f"{mount.path}/ was set up by a newer vault-binance: structure {match[1]}",
            hint=f"this one knows structure {STRUCTURE_VERSION}: upgrade vault-binance on this machine",
        )
    return bool(match)


def _kv_steps(facts: Facts, layout: Layout) -> list[Step]:
    name, wanted = f"{layout.kv_mount}/", "cas_required, 10 versions"
    if facts.kv is None:
        return [Step(Verb.ENABLE, "kv-v2", name, wanted)]
    if facts.kv.kind != "kv" or facts.kv.version != "2":
        kind = f"KV v{facts.kv.version or 1}" if facts.kv.kind == "kv" else facts.kv.kind
        raise ConfigError(
            f"the mount {name} is {kind}, not KV v2: it has no versions and no check-and-set",
            hint="choose another instance: vault-binance --instance NAME setup",
        )
    adopted = [] if _is_ours(facts.kv, layout) else [Step(Verb.ADOPT, "kv-v2", name, "marked as ours")]
    if facts.kv_config != KV_CONFIG:
        return [*adopted, Step(Verb.CONFIGURE, "kv-v2", name, wanted)]
    return adopted or [Step(Verb.KEEP, "kv-v2", name)]


def _auth_steps(found: Mount | None, kind: str, path: str, layout: Layout) -> list[Step]:
    what, name = f"auth {kind}", f"{path}/"
    if found is None:
        return [Step(Verb.ENABLE, what, name, "ours alone")]
    if found.kind != kind:
        raise ConfigError(
            f"the auth mount {name} is {found.kind}, not {kind}",
            hint="choose another instance: vault-binance --instance NAME setup",
        )
    if not _is_ours(found, layout):
        return [Step(Verb.ADOPT, what, name, "marked as ours")]
    return [Step(Verb.KEEP, what, name)]


def _policy_steps(facts: Facts, layout: Layout) -> list[Step]:
    texts = render_all(layout, approle_accessor=facts.approle.accessor if facts.approle else NO_ACCESSOR)
    return [
        Step(Verb.KEEP if facts.policies[name] == text else Verb.WRITE, "policy", name, _digest(text, facts))
        for name, text in texts.items()
    ]


def _digest(text: str, facts: Facts) -> str:
    """Without a digest where the text will name a mount that is still to be made."""
    if facts.approle is None and NO_ACCESSOR in text:
        return f"{len(text.splitlines())} lines, sha256 once the mount is there"
    return _sized(text)


def _sized(text: str) -> str:
    return f"{len(text.splitlines())} lines, sha256 {sha256(text.encode()).hexdigest()[:8]}"


def _audit_steps(facts: Facts) -> list[Step]:
    if facts.audit_devices is None:
        return [Step(Verb.KEEP, "audit device", "-", "not ours to see: ask whoever runs this Vault")]
    if not facts.audit_devices:
        return [Step(Verb.MISS, "audit device", "-", "none is enabled: nobody could prove who read a key")]
    return [Step(Verb.KEEP, "audit device", name) for name in facts.audit_devices]


def carry_out(vault: OperatorVault, layout: Layout, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Do what the plan says, and return it as it was done. Policies come last: the provisioner's names the AppRole
    mount by its accessor, and has its digest only then.
    """
    for step in steps:
        match step.verb, step.kind:
            case Verb.ENABLE, "kv-v2":
                vault.enable_kv(layout.kv_mount, describe(layout))
                vault.configure_kv(layout.kv_mount, KV_CONFIG)
            case Verb.CONFIGURE, "kv-v2":
                vault.configure_kv(layout.kv_mount, KV_CONFIG)
            case Verb.ADOPT, "kv-v2":
                vault.describe_mount(layout.kv_mount, describe(layout))
            case Verb.ENABLE, "auth approle" | "auth cert":
                vault.enable_auth(step.name.rstrip("/"), step.kind.removeprefix("auth "), describe(layout))
            case Verb.ADOPT, "auth approle" | "auth cert":
                vault.describe_auth_mount(step.name.rstrip("/"), describe(layout))
    written = [step.name for step in steps if (step.verb, step.kind) == (Verb.WRITE, "policy")]
    texts = policy_texts(vault, layout) if written else {}
    for name in written:
        vault.write_policy(name, texts[name])
    return tuple(replace(step, note=_sized(texts[step.name])) if step.name in written else step for step in steps)


def policy_texts(vault: OperatorVault, layout: Layout) -> dict[str, str]:
    """Vault's name of each policy, and its text for the AppRole mount that is there."""
    return render_all(layout, approle_accessor=approle_mount(vault, layout).accessor)


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
    if not _is_ours(mount, layout):
        raise NotOurs(
            f"the mount {path}/ belongs to somebody else. nothing was changed",
            hint="use the instance that is yours (--instance), or take it over knowingly: setup --adopt",
        )
    return mount
