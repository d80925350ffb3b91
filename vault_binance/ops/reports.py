"""What bots found out about their keys on their own hosts, as operators read it.

Rules of the file
- A report is its bot's word, written by the bot alone: whose it is, is told by its path and not by its text.
- What is no report is passed over: one strange entry does not hide the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vault_binance.errors import SecretNotFound
from vault_binance.health.report import Report
from vault_binance.ops.keys import names_in
from vault_binance.redacted import Redacted

if TYPE_CHECKING:
    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import OperatorVault


def found(vault: OperatorVault, layout: Layout) -> list[Report]:
    """The last report of each bot, a call for each. Raises PermissionDenied for who may not read them."""
    told = (_report(vault, layout, bot) for bot in names_in(vault, layout, "reports"))
    return [report for report in told if report]


def _report(vault: OperatorVault, layout: Layout, bot: str) -> Report | None:
    try:
        fields = vault.read_secret(layout.kv_mount, f"reports/{bot}").fields
    except SecretNotFound:
        return None
    texts = {name: value.reveal() for name, value in fields.items() if isinstance(value, Redacted)}
    report = Report.from_fields(texts)
    return replace(report, bot=bot) if report else None
