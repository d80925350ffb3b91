"""What has changed about a key since it was last looked at: two observations in, findings out.

Rules of the file
- Pure. An observation is flat text outside: of `reports/<bot>` in Vault, or of the credential's custom metadata.
- Another key is not drift: only the same one is compared with what it was.
- What was not known before, or is not now, is no change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vault_binance.health.values import SWITCHES, Finding, Permission, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

_MONEY = {Permission.WITHDRAWALS, Permission.INTERNAL_TRANSFER, Permission.UNIVERSAL_TRANSFER}


@dataclass(frozen=True, slots=True)
class Observation:
    """What a key could do at one moment; None where Binance was not asked, or did not say."""

    fingerprint: str
    version: int
    checked_at: str
    """In UTC, as in 2026-11-26T09:00:00+00:00; only ever shown."""
    permissions: frozenset[Permission] | None = None
    ip_restricted: bool | None = None

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Self | None:
        """What `to_fields` or `to_metadata` wrote; None where no check left anything. Total."""
        version = fields.get("verified_version", fields.get("version", ""))
        checked_at = fields.get("verified_at", fields.get("checked_at", ""))
        if not (_is_time(checked_at) and version.isascii() and version.isdigit() and len(version) < 10):
            return None
        # In custom metadata the fingerprint speaks of one version and the check of another, once a version was added.
        same = fields.get("fingerprint_version", version) == version
        return cls(
            fingerprint=fields.get("fingerprint", "") if same else "",
            version=int(version),
            checked_at=checked_at,
            permissions=_permissions(fields["permissions"]) if "permissions" in fields else None,
            ip_restricted={"true": True, "false": False}.get(fields.get("ip_restricted", "")),
        )

    def to_fields(self) -> dict[str, str]:
        known = {
            "fingerprint": self.fingerprint,
            "version": str(self.version),
            "checked_at": self.checked_at,
        }
        if self.permissions is not None:
            known["permissions"] = ",".join(one for one in Permission if one in self.permissions)
        if self.ip_restricted is not None:
            known["ip_restricted"] = str(self.ip_restricted).lower()
        return known

    def to_metadata(self, version: int) -> dict[str, str]:
        """The same in a credential's custom metadata, of a check just before the pair was stored as `version`."""
        kept = {name: text for name, text in self.to_fields().items() if name in {"permissions", "ip_restricted"}}
        return {"verified_at": self.checked_at, "verified_version": str(version), **kept}

    def is_of(self, other: Observation) -> bool:
        """The same key: by its fingerprint, else by its version."""
        if self.fingerprint and other.fingerprint:
            return self.fingerprint == other.fingerprint
        return self.version == other.version


def _is_time(text: str) -> bool:
    """The text is somebody else's, and ends up in a terminal."""
    try:
        return datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def _permissions(text: str) -> frozenset[Permission]:
    return frozenset(Permission(word) for word in text.split(",") if word in set(Permission))


def drift(before: Observation, now: Observation) -> tuple[Finding, ...]:
    """Permissions that came and went, and an IP restriction that is gone; nothing for another key."""
    if not before.is_of(now):
        return ()
    return (*_came_and_went(before, now), *_opened(before, now))


def _came_and_went(before: Observation, now: Observation) -> Iterable[Finding]:
    if before.permissions is None or now.permissions is None:
        return
    since = f"since {before.checked_at}"
    for permission in sorted(now.permissions - before.permissions):
        switch = SWITCHES[permission]
        yield Finding(
            Severity.HIGH if permission in _MONEY else Severity.MEDIUM,
            f"{permission}-added",
            f"{switch.on} {since}",
            "it was not when the key was last checked",
            f"who did that? If nobody knows, untick {switch.name} at Binance and treat the account as broken into",
        )
    for permission in sorted(before.permissions - now.permissions):
        switch = SWITCHES[permission]
        yield Finding(
            Severity.MEDIUM,
            f"{permission}-lost",
            f"{switch.off} {since}",
            "a bot that uses it is refused",
            f"tick {switch.name} at Binance if it is needed; Binance takes rights from keys by itself too",
        )


def _opened(before: Observation, now: Observation) -> Iterable[Finding]:
    if before.ip_restricted and now.ip_restricted is False:
        yield Finding(
            Severity.HIGH,
            "ip-restriction-gone",
            f"the IP restriction is gone since {before.checked_at}",
            "whoever has the pair can use it from anywhere",
            "who did that, and why? Restrict it to the bot's address again",
        )
