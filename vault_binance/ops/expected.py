"""What is expected of a credential that is about to be written: what is stored with it, and what was typed.

Rules of the file
- What is typed at `key put` takes the place of what is stored under that name; at `verify` it is added to it.
"""

from __future__ import annotations

from vault_binance.health.expectations import NAMES, Expectations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import OperatorVault


def expected(vault: OperatorVault, layout: Layout, name: str, typed: Mapping[str, str]) -> Expectations:
    """What a new version of `name` is to be judged by; `typed` is metadata, of `health.expectations.given`.

    Raises ConfigError where what was typed contradicts what is stored.
    """
    metadata = vault.secret_metadata(layout.kv_mount, layout.credential(name))
    stored = metadata.custom_metadata if metadata else {}
    kept = Expectations.from_metadata({one: stored[one] for one in NAMES if one in stored and one not in typed})
    return kept.plus(
        typed.get("allow", "").split(",") if "allow" in typed else (),
        typed.get("forbid", "").split(",") if "forbid" in typed else (),
        require_ip={"true": True, "false": False}.get(typed.get("require_ip", "")),
    )
