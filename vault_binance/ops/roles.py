"""Which of the six roles may do a thing: told to whoever was refused, so that the right person is asked.

Rules of the file
- The policies' own text decides, by the same rules as Vault's; a path that only one bot may read is nobody's else.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from vault_binance.layout import POLICIES
from vault_binance.ops.policy_texts import SETUP, render
from vault_binance.policy.access import Access
from vault_binance.policy.text import parse_policy

if TYPE_CHECKING:
    from vault_binance.errors import PermissionDenied
    from vault_binance.layout import Layout


def who_may(layout: Layout, path: str, capabilities: frozenset[str]) -> list[str]:
    """The roles that have one of these capabilities at a path; `setup` where only that has."""
    roles = [role for role in POLICIES if _may(layout, role, path, capabilities)]
    return roles or [role for role in (SETUP,) if _may(layout, role, path, capabilities)]


def _may(layout: Layout, role: str, path: str, capabilities: frozenset[str]) -> bool:
    asked = f"{path.rstrip('/')}/" if "list" in capabilities else path  # as Vault's policies have what is listed
    return not capabilities.isdisjoint(_access(layout, role).capabilities(asked))


@lru_cache(maxsize=4 * len(POLICIES))
def _access(layout: Layout, role: str) -> Access:
    """Parsed once: who was refused much asks for each path."""
    return Access([parse_policy(role, render(role, layout))])


def advised(error: PermissionDenied, layout: Layout) -> PermissionDenied:
    """The error with the roles in its hint, where one of ours would do."""
    roles = who_may(layout, error.path, error.capabilities) if error.path else []
    if roles == [SETUP]:
        error.hint += "\nan admin may, with what this prints: vault-binance setup --output-policy"
    elif roles:
        error.hint += f"\nthe role {' or '.join(roles)} may: {', '.join(map(layout.policy, roles))}"
    return error
