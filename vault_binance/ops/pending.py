"""Keys that wait in Vault: a private half made here, until Binance has registered the public one.

Rules of the file
- One that waits is never replaced: it is completed or erased. Whoever makes one by check-and-set 0 comes first or not.
- A complete pair is stored by one write, and what waits is erased after it: cut in between, the pair is in place, and
  the metadata says so for whoever comes again.
- What is erased is the very key that was seen, and not one that was made in its place meanwhile.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import MalformedCredentials, PermissionDenied, SecretNotFound, WriteConflict
from vault_binance.ops.keys import names_in
from vault_binance.redacted import Hidden, Redacted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeVar

    from vault_binance.layout import Layout
    from vault_binance.ops.keys import Key
    from vault_binance.vault.operator_port import OperatorVault, VersionInfo

    _Kind = TypeVar("_Kind", KeyType, Environment)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One half-made key; `since` is Vault's time of its making."""

    name: str
    private_key: Redacted
    key_type: KeyType
    environment: Environment
    since: str

    def with_api_key(self, api_key: Redacted) -> Credentials:
        return Credentials(self.name, api_key, self.private_key, self.key_type, self.environment)


def keep(
    vault: OperatorVault, layout: Layout, name: str, private_key: Redacted, key_type: KeyType, environment: Environment
) -> Waiting:
    """Store a private half; raises WriteConflict where one waits already. What was deleted there is cleared away."""
    path, latest = layout.pending(name), _latest(vault, layout, name)
    if latest is not None and (latest.deleted or latest.destroyed):
        erase(vault, layout, name, latest.created)
    fields = {"private_key": private_key.reveal(), "key_type": key_type.value, "environment": environment.value}
    try:
        vault.write_secret(layout.kv_mount, path, Hidden(fields), cas=0)  # type: ignore[arg-type]  # of texts
    except WriteConflict as error:
        error.hint = f"run it again, for the public half of the key that waits: vault-binance key new {name}"
        raise
    return Waiting(name, private_key, key_type, environment, since(vault, layout, name))


def since(vault: OperatorVault, layout: Layout, name: str) -> str:
    """When the key that waits under this name was made, empty where none does; no value is read."""
    latest = _latest(vault, layout, name)
    return "" if latest is None or latest.deleted or latest.destroyed else latest.created


def _latest(vault: OperatorVault, layout: Layout, name: str) -> VersionInfo | None:
    metadata = vault.secret_metadata(layout.kv_mount, layout.pending(name))
    return metadata.versions[-1] if metadata is not None and metadata.versions else None


def waiting(vault: OperatorVault, layout: Layout, name: str) -> Waiting | None:
    """The key that waits under this name; raises MalformedCredentials where something else is stored there."""
    try:
        secret = vault.read_secret(layout.kv_mount, layout.pending(name))
    except SecretNotFound:
        return None
    private_key = secret.fields.get("private_key")
    key_type = _one_of(KeyType, secret.fields, "key_type")
    environment = _one_of(Environment, secret.fields, "environment")
    if not isinstance(private_key, Redacted) or not key_type or key_type is KeyType.HMAC or not environment:
        raise MalformedCredentials(
            f"what waits at {shown_path(layout, name)} is no private key of ours",
            hint=f"look who put it there, then throw it away: vault-binance key pending {name} --discard",
        )
    return Waiting(name, private_key, key_type, environment, secret.created)


def _one_of(kind: type[_Kind], fields: Mapping[str, object], name: str) -> _Kind | None:
    return next((one for one in kind if fields.get(name) == Redacted(one.value)), None)


def names(vault: OperatorVault, layout: Layout) -> list[str]:
    """What waits, by name."""
    return names_in(vault, layout, "pending")


def listed(vault: OperatorVault, layout: Layout) -> list[dict[str, str]]:
    """What waits: name, type, environment, since. Type and environment are `?` for who may not read, or no key is."""
    found = ((name, since(vault, layout, name)) for name in names(vault, layout))
    return [{"name": name, **_kind(vault, layout, name), "since": when[:19]} for name, when in found if when]


def _kind(vault: OperatorVault, layout: Layout, name: str) -> dict[str, str]:
    try:
        found = waiting(vault, layout, name)
    except (PermissionDenied, MalformedCredentials):
        found = None
    if found is None:
        return {"type": "?", "env": "?"}
    return {"type": found.key_type.value, "env": found.environment.value}


def erase(vault: OperatorVault, layout: Layout, name: str, seen: str) -> bool:
    """Erase the key that has waited since `seen`; returns False, and erases nothing, where that is another one now."""
    latest = _latest(vault, layout, name)
    if latest is None or latest.created != seen:
        return False
    vault.erase_secret(layout.kv_mount, layout.pending(name))
    return True


def shown_path(layout: Layout, name: str) -> str:
    return f"{layout.kv_mount}/{layout.pending(name)}"


# The public half, by which a stored pair is known again


def public_half(public_pem: str, version: int) -> dict[str, str]:
    """What the metadata says of the public key of `version`: SHA-256 of its DER, as of `openssl pkey -outform der`."""
    return {"public_key_sha256": _digest(public_pem), "public_key_version": str(version)}


def _digest(public_pem: str) -> str:
    return sha256(b64decode("".join(public_pem.split("\n")[1:-2]))).hexdigest()


def is_in_place(key: Key, credentials: Credentials, public_pem: str) -> bool:
    """Whether the latest version holds this very pair, by its metadata: no role of ours reads the value."""
    expected = public_half(public_pem, key.version) | {
        "fingerprint": credentials.fingerprint,
        "key_type": credentials.key_type.value,
        "environment": credentials.environment.value,
    }
    return key.state == "ok" and key.described and expected.items() <= key.metadata.items()
