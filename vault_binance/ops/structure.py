"""What one instance looks like in Vault when it is set up: what `setup` makes, Terraform makes, and doctor compares.

Rules of the file
- Values of the port, as Vault would answer them, made of a Layout alone; what Vault chooses (ids, accessors) is empty.
- Nothing is asked here, and nothing is decided about what to do with a difference.
- Our mounts say the structure's number, the KV mount what audit trail the team has; groups say the second factor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError
from vault_binance.layout import AUTH_MAX_TTL, MAX_VERSIONS, OPERATOR_ROLES, STRUCTURE_VERSION, TOKEN_TTL
from vault_binance.vault.operator_port import Enforcement, Group, KvConfig, Mount, TotpMethod

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vault_binance.layout import Layout

KV_CONFIG = KvConfig(cas_required=True, max_versions=MAX_VERSIONS)

REFERENCE_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,99}"
"""What names an audit trail that we cannot see: a ticket, a page, a system."""


class SecondFactor(StrEnum):
    """Who asks people for theirs: Vault at the login, or the identity provider before it."""

    TOTP = "totp"
    IDP = "idp"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mount of ours says of itself; `audit` is the reference of a trail elsewhere, or empty."""

    structure: int
    audit: str = ""


def description(layout: Layout, audit: str = "") -> str:
    """What our mounts carry as description; `audit` stands on the KV mount alone."""
    return f"{layout.managed_by} structure {STRUCTURE_VERSION}" + (f", audit external:{audit}" if audit else "")


def mark(text: str, layout: Layout) -> Mark | None:
    """The mark in a description, whatever its number; None where it is not this instance's."""
    pattern = rf"{re.escape(layout.managed_by)} structure (\d{{1,9}})(?:, audit external:({REFERENCE_PATTERN}))?"
    found = re.fullmatch(pattern, text, re.ASCII)
    return Mark(int(found[1]), found[2] or "") if found else None


def our_mark(mount: Mount, layout: Layout) -> Mark | None:
    """As `mark`; raises ConfigError for a structure that is newer than this program."""
    found = mark(mount.description, layout)
    if found and found.structure > STRUCTURE_VERSION:
        raise ConfigError(
            f"{mount.path}/ was set up by a newer vault-binance: structure {found.structure}",
            hint=f"this one knows structure {STRUCTURE_VERSION}: upgrade vault-binance on this machine",
        )
    return found


def kv_mount(layout: Layout, audit: str = "") -> Mount:
    return Mount(layout.kv_mount, "kv", "", description(layout, audit), "2")


def transit_mount(layout: Layout) -> Mount:
    return Mount(layout.transit_mount, "transit", "", description(layout))


def auth_mounts(layout: Layout) -> tuple[Mount, Mount]:
    """AppRole's and the certificates', tuned: no role of them gives longer tokens, whatever it says."""
    paths = {"approle": layout.approle_mount, "cert": layout.cert_mount}
    approle, cert = (
        Mount(path, kind, "", description(layout), default_lease_ttl=TOKEN_TTL, max_lease_ttl=AUTH_MAX_TTL[kind])
        for kind, path in paths.items()
    )
    return approle, cert


def is_login(mount: Mount) -> bool:
    """Of ours, whether it is an auth mount; the others are secrets engines."""
    return mount.kind in {"approle", "cert"}


def place(mount: Mount) -> str:
    """Its path with `auth/`, as mounts are told apart in one list."""
    return f"auth/{mount.path}" if is_login(mount) else mount.path


def mounts(layout: Layout, audit: str = "") -> tuple[Mount, Mount, Mount, Mount]:
    """All of ours: KV, Transit, AppRole's, the certificates'."""
    return (kv_mount(layout, audit), transit_mount(layout), *auth_mounts(layout))


def groups(layout: Layout, second_factor: SecondFactor) -> tuple[Group, ...]:
    """One for each role of people. Whom it holds is none of the structure's."""
    said = {"managed_by": layout.managed_by, "second_factor": second_factor.value}
    return tuple(Group("", layout.group(role), (layout.policy(role),), said) for role in OPERATOR_ROLES)


def second_factor(found: Iterable[Group | None], layout: Layout) -> SecondFactor | None:
    """What our groups say; None where there are none of them.

    The stricter, unless they agree on the other: a change from one to the other may have been interrupted.
    """
    said = {one.metadata.get("second_factor") for one in found if one and layout.is_marked(one.metadata)}
    if not said:
        return None
    return SecondFactor.IDP if said == {SecondFactor.IDP.value} else SecondFactor.TOTP


def totp_method(layout: Layout) -> TotpMethod:
    """Known by its issuer: Terraform cannot name one."""
    return TotpMethod("", layout.managed_by)


def weakness(method: TotpMethod) -> str:
    """What makes its codes easier to guess than ours, in words; empty where nothing does.

    Anybody may have made a method with our issuer, and changed one: with a key of one byte, 256 codes are all.
    """
    least = TotpMethod("", "")
    worse = {
        f"keys of {method.key_size} bytes": method.key_size < least.key_size,
        f"{method.attempts} tries": method.attempts > least.attempts,
        f"a skew of {method.skew}": method.skew > least.skew,
        f"a code for {method.period} s": method.period > 2 * least.period,
    }
    return ", ".join(what for what, holds in worse.items() if holds)


def strong(method: TotpMethod) -> str:
    """The command that makes it as it should be."""
    right = TotpMethod("", method.issuer)
    return (
        f"vault write identity/mfa/method/totp/{method.id} issuer={right.issuer} algorithm={right.algorithm} "
        f"digits={right.digits} period={right.period} key_size={right.key_size} skew={right.skew} "
        f"max_validation_attempts={right.attempts}"
    )


def enforcement(layout: Layout, method: str, group_ids: Sequence[str]) -> Enforcement:
    """By groups and never by a mount or its kind: those would ask all who log in there (reference: Vault, 4.4)."""
    return Enforcement(layout.enforcement, (method,), tuple(group_ids))
