"""A second factor that the identity provider asks for: whether a login role insists on having heard of it.

Rules of the file
- A claim that may also say something else is no proof: Vault takes any value of a list (OpenID Connect Core, 2; the
  values of `amr` are those of RFC 8176).
- Nothing is written: the login role is the team's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vault_binance.errors import ConfigError, SecretNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.ops.people import Login
    from vault_binance.vault.operator_port import Mount, OperatorVault

SECOND_FACTORS = frozenset({"mfa", "mca", "otp", "hwk", "sc"})
"""Values of `amr` that no login by a password alone has: several factors, several channels, a one-time password, a key
in hardware, a smart card.
"""


def require_second_factor(vault: OperatorVault, mount: Mount, login: Login, role: str) -> str:
    """What the login role insists on, in words; raises ConfigError where that is no second factor."""
    if mount.kind not in {"jwt", "oidc"}:
        raise ConfigError(
            f"{mount.path}/ is {mount.kind}: no identity provider asks for anything there",
            hint="this instance leaves the second factor to one; people log in at a mount of the kind jwt or oidc",
        )
    settings = vault.role(mount.path, role)
    if settings is None:
        raise SecretNotFound(
            f"there is no login role {role} at {mount.path}/", hint=f"look: vault list auth/{mount.path}/role"
        )
    claim = insisted_on(settings)
    if not claim:
        raise ConfigError(
            f"the login role {role} at {mount.path}/ lets {login.name} in without a second factor. nothing was changed",
            hint="let its bound_claims ask for one, in a file role.json beside what it has now:\n"
            '  {"bound_claims": {"amr": ["mfa"]}}   (or what your provider says: otp, hwk, or an acr of its own)\n'
            f"  vault write auth/{mount.path}/role/{role} @role.json",
        )
    return claim


def insisted_on(settings: Mapping[str, Any]) -> str:
    """The claim by which a login role demands a second factor, empty where none does."""
    is_glob = settings.get("bound_claims_type") == "glob"
    for name, bound in (settings.get("bound_claims") or {}).items():
        values = [str(one) for one in (bound if isinstance(bound, list) else [bound])]
        exact = [one for one in values if one and not (is_glob and "*" in one)]
        if len(exact) != len(values) or not values:
            continue
        claim = str(name).strip("/")
        if claim == "acr" or (claim == "amr" and {*values} <= SECOND_FACTORS):
            return f"{claim} {' or '.join(values)}"
    return ""
