"""Names of entities that a log alone does not tell: bots that log in at a team's own mount, and former lives of bots.

Rules of the file
- Vault is asked only where an operator says so; a log can be read on a machine that reaches no Vault.
- A removed bot leaves a tombstone whose metadata has the ids it went by (kill_switch.py).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vault_binance.errors import ConfigError, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import OperatorVault


def asked_of(vault: OperatorVault, layout: Layout) -> Mapping[str, str]:
    """Entity id -> bot, of every bot that is or was.

    Who may not list everybody's entities, as our roles may not, is told of the bots that have a role: one that was
    removed logged in under its name, and keeps it in the log.
    """
    live: dict[str, str] = {}
    former: dict[str, str] = {}
    for name in _candidates(vault, layout):
        entity = vault.entity(name)
        if entity is not None and layout.is_marked(entity.metadata):
            bot = name.lower().removeprefix(f"{layout.instance}-")
            live[entity.id] = bot
            former |= dict.fromkeys(filter(None, entity.metadata.get("former_ids", "").split(",")), bot)
    return former | live  # whoever writes metadata may claim the id of a bot that is there


def _candidates(vault: OperatorVault, layout: Layout) -> list[str]:
    try:
        return [name for name in vault.entities() if name.lower().startswith(f"{layout.instance}-")]
    except PermissionDenied:
        return [layout.entity(name) for name in vault.roles(layout.approle_mount)]


def read_from(path: str) -> Mapping[str, str]:
    """Entity id -> bot, of what `bot list --format json` wrote; raises ConfigError for anything else."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            rows = json.load(file)
        return {_text(row["entity"]): _text(row["name"]) for row in rows if row["entity"]}
    except OSError as error:
        raise ConfigError(f"cannot read {path!a}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigError(
            f"{path!a} is no list of bots", hint=f"vault-binance bot list --format json > {path}"
        ) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
