"""Credentials as an operator sees them: put in, listed, taken out of use, brought back.

Rules of the file
- Every write is a check-and-set on the version that was seen before the person began to type.
- Deleting and destroying name versions by number: a version nobody has looked at is never hit.
- What is listed is metadata; a value is read only by `reveal` and `rollback`, and no role of ours may do that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from vault_binance.credentials import Credentials
from vault_binance.errors import ConfigError, PermissionDenied, SecretNotFound
from vault_binance.health.values import Severity
from vault_binance.variables import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vault_binance.health.report import Report
    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import OperatorVault, SecretMetadata, VersionInfo

NO_ROLE = "no role of vault-binance reads a credential as a person: this needs a policy of your own, and is audited"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check of one version came to. `refused` is Binance's code, 0 for none; `bot` empty for `key put`."""

    checked_at: datetime
    high: int
    refused: int = 0
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One credential without its value. `metadata` is the custom metadata, as stored."""

    name: str
    version: int
    versions: tuple[VersionInfo, ...]
    metadata: Mapping[str, str]

    @property
    def state(self) -> str:
        latest = self.versions[-1] if self.versions else None
        if latest is None:
            return "empty"
        return "destroyed" if latest.destroyed else "deleted" if latest.deleted else "ok"

    @property
    def created(self) -> datetime | None:
        return timestamp(self.versions[-1].created) if self.versions else None

    def rotate_by(self) -> datetime | None:
        """When this version is due to be replaced, where `rotate_after` (such as 90d) was given, and as a duration."""
        after = self.metadata.get("rotate_after", "")
        try:
            return self.created + timedelta(seconds=seconds(after, "rotate_after")) if self.created and after else None
        except (ConfigError, OverflowError):  # anybody may write custom metadata, and one key must not hide the others
            return None

    def verdicts(self, reports: Iterable[Report]) -> list[Verdict]:
        """All that is said of the latest version: when it was put in, and by bots since."""
        told = [self._put_verdict(), *(self._verdict_of(report) for report in reports)]
        return [verdict for verdict in told if verdict]

    def _put_verdict(self) -> Verdict | None:
        high = self.metadata.get("verified_high", "0")
        checked_at = _moment(self.metadata.get("verified_at", ""))
        if self.metadata.get("verified_version") != str(self.version) or checked_at is None:
            return None
        return Verdict(checked_at, int(high) if high.isascii() and high.isdigit() else 0)

    def _verdict_of(self, report: Report) -> Verdict | None:
        checked_at = _moment(report.observation.checked_at)
        if (report.credential, report.observation.version) != (self.name, self.version) or checked_at is None:
            return None
        if self.described and report.observation.fingerprint != self.metadata.get("fingerprint"):
            return None  # a bot that has not read the key cannot say it: its word would be about a key it never had
        return Verdict(checked_at, report.count(Severity.HIGH), report.refused, report.bot)

    @property
    def described(self) -> bool:
        """Whether the metadata speaks of the latest version: it has no check-and-set of its own."""
        return self.metadata.get("fingerprint_version") == str(self.version)


def current_version(vault: OperatorVault, layout: Layout, name: str) -> int:
    """The version to base a write on; 0 where there is none yet."""
    metadata = vault.secret_metadata(layout.kv_mount, layout.credential(name))
    return metadata.current_version if metadata else 0


def put(
    vault: OperatorVault, layout: Layout, credentials: Credentials, about: Mapping[str, str], *, based_on: int
) -> int:
    """Store the next version and describe it; returns its number. Raises WriteConflict if somebody was quicker."""
    path = layout.credential(credentials.name)
    version = vault.write_secret(layout.kv_mount, path, credentials.to_fields(), cas=based_on)
    described = {name: value for name, value in about.items() if value} | {
        "fingerprint": credentials.fingerprint,
        "fingerprint_version": str(version),
        "environment": credentials.environment.value,
        "key_type": credentials.key_type.value,
    }
    vault.merge_custom_metadata(layout.kv_mount, path, described)
    return version


def names_in(vault: OperatorVault, layout: Layout, folder: str) -> list[str]:
    """What is stored in a folder of our mount, in order; a folder in it is none of ours."""
    return sorted(name for name in vault.list_secrets(layout.kv_mount, folder) if not name.endswith("/"))


def listed(vault: OperatorVault, layout: Layout) -> list[Key]:
    names = names_in(vault, layout, "credentials")
    keys = ((name, vault.secret_metadata(layout.kv_mount, f"credentials/{name}")) for name in names)
    return [_key(name, metadata) for name, metadata in keys if metadata is not None]


def found(vault: OperatorVault, layout: Layout, name: str) -> Key:
    """One credential without its value; raises SecretNotFound where no version was ever stored."""
    metadata = vault.secret_metadata(layout.kv_mount, layout.credential(name))
    if metadata is None:
        raise SecretNotFound(f"nothing at {layout.shown_path(name)}", hint="is the name right? vault-binance key list")
    return _key(name, metadata)


def _key(name: str, metadata: SecretMetadata) -> Key:
    return Key(name, metadata.current_version, metadata.versions, metadata.custom_metadata)


def reveal(vault: OperatorVault, layout: Layout, name: str, *, version: int | None = None) -> Credentials:
    try:
        secret = vault.read_secret(layout.kv_mount, layout.credential(name), version=version)
    except PermissionDenied as error:
        raise PermissionDenied(error.message, hint=NO_ROLE) from None
    return Credentials.from_fields(name, secret.fields, version=secret.version)


def roll_back(vault: OperatorVault, layout: Layout, name: str, version: int) -> int:
    """Store an older version's pair as the newest; returns the new number."""
    old = reveal(vault, layout, name, version=version)
    based_on = current_version(vault, layout, name)
    about = {"rolled_back_to": str(version)}
    return put(vault, layout, old, about, based_on=based_on)


def delete(vault: OperatorVault, layout: Layout, name: str, versions: Sequence[int]) -> tuple[int, ...]:
    chosen = _chosen(found(vault, layout, name), versions)
    vault.delete_versions(layout.kv_mount, layout.credential(name), chosen)
    return chosen


def restore(vault: OperatorVault, layout: Layout, name: str, versions: Sequence[int]) -> tuple[int, ...]:
    """Bring deleted versions back; raises SecretNotFound for one that was destroyed."""
    key = found(vault, layout, name)
    chosen = _chosen(key, versions)
    gone = [number for number in chosen if _version(key, number).destroyed]
    if gone:
        raise SecretNotFound(
            f"version {gone[0]} of {layout.shown_path(name)} was destroyed",
            hint="it is gone for good; store a new pair: vault-binance key put",
            state="destroyed",
        )
    vault.undelete_versions(layout.kv_mount, layout.credential(name), chosen)
    return chosen


def destroy(vault: OperatorVault, layout: Layout, name: str, versions: Sequence[int]) -> tuple[int, ...]:
    chosen = _chosen(found(vault, layout, name), versions)
    vault.destroy_versions(layout.kv_mount, layout.credential(name), chosen)
    return chosen


def _chosen(key: Key, versions: Sequence[int]) -> tuple[int, ...]:
    """The versions asked for, the latest where none was named; raises SecretNotFound for one that is not there."""
    return tuple(_version(key, number).version for number in versions or (key.version,))


def _version(key: Key, number: int) -> VersionInfo:
    for info in key.versions:
        if info.version == number:
            return info
    there = f"{key.versions[0].version} to {key.versions[-1].version}" if key.versions else "none"
    raise SecretNotFound(f"{key.name} has no version {number}", hint=f"versions kept: {there}")


def _moment(text: str) -> datetime | None:
    """A time that anybody may have written; None for what is none, or says no zone."""
    try:
        moment = timestamp(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def timestamp(text: str) -> datetime | None:
    """A time as Vault writes it, with nanoseconds or without; None for no time."""
    return datetime.fromisoformat(text) if text else None
