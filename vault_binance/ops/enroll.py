"""Certificates for unattended restarts: one is pinned for a bot, looked at, and ended.

Rules of the file
- Whoever pins a certificate has the bot's credential, alone. So no role of ours may, and the policy for it is for one
  bot: its name, its entity, our mount (policies/enroll.hcl.tftpl).
- The alias comes before the certificate: a login without one would get an entity of its own.
- A certificate's common name is the bot's name: Vault makes it the name of the alias, and X.509 allows 64 characters,
  which an entity's name may exceed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError, NotOurs, SecretNotFound, WriteConflict
from vault_binance.layout import TOKEN_MAX_TTL, TOKEN_TTL, check_name
from vault_binance.ops.bots import bound_cidrs, require_ours, tie
from vault_binance.ops.our_mounts import cert_mount, require_cert_mount
from vault_binance.ops.policy_texts import ENROLL, render

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from ipaddress import IPv4Network, IPv6Network

    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import Certificate, Entity, OperatorVault

    Reads = Callable[[str], Certificate]
    """Makes a Certificate of a PEM text; raises ConfigError for one that is not to be pinned."""

WHO_MAY = "no role of vault-binance pins a certificate, since that is having the bot's credential"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What was pinned; `replaced` is what was pinned before, `suspended` whether the bot is refused all the same."""

    certificate: Certificate
    cidrs: tuple[str, ...]
    replaced: Certificate | None
    suspended: bool


def enroll(
    vault: OperatorVault, layout: Layout, name: str, certificate: Certificate, *, read: Reads, now: datetime
) -> Enrolment:
    """Let the key of this certificate log in as the bot, and no other certificate's.

    Raises ConfigError for a certificate that is not this bot's or not valid `now`, SecretNotFound where there is no
    such bot. What it needs of Vault is in `needed`.
    """
    check_name(name, "bot")
    _require_fit(certificate, name, now)
    _require_sound(vault.health().version)
    accessor, entity = cert_mount(vault, layout).accessor, _bot(vault, layout, name)
    before = None
    with suppress(ConfigError):  # what cannot be read is replaced all the same
        before = pinned(vault, layout, name, read)
    cidrs = bound_cidrs(vault, layout, name)
    tie(vault, entity, name, accessor)
    vault.write_certificate_role(layout.cert_mount, name, role_settings(layout, certificate, cidrs))
    after = _require_kept(vault.entity(entity.name), entity, name)
    return Enrolment(certificate, cidrs, None if before == certificate else before, after.disabled)


def _require_fit(certificate: Certificate, name: str, now: datetime) -> None:
    if certificate.common_name != name:
        raise ConfigError(
            f"the certificate is of {certificate.common_name!a}, not of {name}",
            hint=f"make one for it, on its host: vault-binance bot enroll {name}",
        )
    if certificate.not_after <= now:
        raise ConfigError(
            f"the certificate expired on {certificate.not_after:%Y-%m-%d}",
            hint=f"make a new one, on the bot's host: vault-binance bot enroll {name}",
        )
    if certificate.not_before > now:
        raise ConfigError(
            f"the certificate is valid from {certificate.not_before:%Y-%m-%d %H:%M} UTC only",
            hint="is the clock right, here and on the bot's host?",
        )


def _require_sound(version: str) -> None:
    """Before these, any certificate with the serial number of the pinned one was let in (CVE-2024-2048)."""
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    numbers = tuple(map(int, found.groups())) if found else (99,)
    if numbers < (1, 14, 10) or (1, 15) <= numbers < (1, 15, 5):
        raise ConfigError(
            f"Vault {version} lets in forged certificates (CVE-2024-2048). nothing was changed",
            hint="upgrade it to 1.15.5, 1.14.10 or later",
        )


def _bot(vault: OperatorVault, layout: Layout, name: str) -> Entity:
    """Its entity; a bot that was removed is none any more."""
    entity = vault.entity(layout.entity(name))
    if entity is not None:
        require_ours(entity, layout)
    if entity is None or "removed" in entity.metadata:
        raise SecretNotFound(f"there is no bot {name}", hint=f"make it first: vault-binance bot add {name}")
    return entity


def _require_kept(after: Entity | None, before: Entity, name: str) -> Entity:
    """Entities have no check-and-set: look once more whether somebody has revoked or removed the bot meanwhile."""
    if after is None or after.id != before.id or "removed" in after.metadata:
        raise WriteConflict(
            f"somebody else revoked or removed bot {name} at the same time",
            hint=f"make sure that it has no certificate: vault-binance bot revoke {name}",
        )
    return after


def role_settings(layout: Layout, certificate: Certificate, cidrs: Sequence[str]) -> dict[str, object]:
    """As an AppRole role's, with the one name that is allowed.

    Up to Vault 1.20.0 only that kept the owner of a pinned key from making a certificate in somebody else's name
    (CVE-2025-6037).
    """
    return {
        "certificate": certificate.pem,
        "display_name": certificate.common_name,
        "allowed_common_names": [certificate.common_name],
        "token_policies": [layout.policy("reader")],
        "token_ttl": TOKEN_TTL,
        "token_max_ttl": TOKEN_MAX_TTL,
        "token_no_default_policy": True,
        "token_type": "service",
        "token_bound_cidrs": list(cidrs),
    }


def needed(vault: OperatorVault, layout: Layout, name: str) -> str:
    """The policy that enrolling this one bot needs; to look that up is a provisioner's or an auditor's right."""
    check_name(name, "bot")
    accessor = cert_mount(vault, layout).accessor
    return render(ENROLL, layout, bot=name, entity_id=_bot(vault, layout, name).id, cert_accessor=accessor)


def pinned(vault: OperatorVault, layout: Layout, name: str, read: Reads) -> Certificate | None:
    """The bot's certificate, or None. Raises ConfigError for one that was not pinned by us and cannot be read."""
    role = vault.certificate_role(layout.cert_mount, name)
    return None if role is None else read(str(role["certificate"]))


def bound_elsewhere(vault: OperatorVault, layout: Layout, name: str, cidrs: Sequence[str]) -> bool:
    """Whether the bot's certificate is bound to other addresses than these: `bot add` may not change that."""
    role = vault.certificate_role(layout.cert_mount, name)
    return role is not None and _networks(role["token_bound_cidrs"] or ()) != _networks(cidrs)


def _networks(cidrs: Sequence[str]) -> set[IPv4Network | IPv6Network]:
    """Vault shows a single address without its mask."""
    return {ip_network(cidr) for cidr in cidrs}


def unpin(vault: OperatorVault, layout: Layout, name: str) -> bool:
    """End the bot's login by certificate; whether there was one. A mount of somebody else's has none of ours."""
    if vault.certificate_role(layout.cert_mount, name) is None:
        return False
    try:
        require_cert_mount(vault, layout)
    except NotOurs:
        return False
    vault.delete_certificate_role(layout.cert_mount, name)
    return True
