"""What a check found out, as flat text and back: kept in Vault by whoever checked, and read by others.

Rules of the file
- Pure; no value of a key is in it, only its fingerprint.
- Reading is total: a report that somebody else wrote, or an older version, is read as far as it goes or is none.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from vault_binance.health.drift import Observation
from vault_binance.health.values import Finding, Severity, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Report:
    """One check of one version of a credential, by one bot or, with `bot` empty, by an operator."""

    bot: str
    credential: str
    observation: Observation
    skew_ms: int
    findings: tuple[Finding, ...]
    refused: int = 0
    """Binance's code, where it refuses the key."""

    def count(self, severity: Severity) -> int:
        return len(at(severity, self.findings))

    def to_fields(self) -> dict[str, str]:
        return {
            "bot": self.bot,
            "credential": self.credential,
            **self.observation.to_fields(),
            **{severity.name.lower(): str(self.count(severity)) for severity in reversed(Severity)},
            "skew_ms": str(self.skew_ms),
            "refused": str(self.refused),
            "findings": json.dumps([plainly(finding) for finding in self.findings]),
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> Self | None:
        """What `to_fields` wrote; None for what is no report. Counts are counted again, not believed."""
        observation = Observation.from_fields(fields)
        if observation is None:
            return None
        return cls(
            bot=fields.get("bot", ""),
            credential=fields.get("credential", ""),
            observation=observation,
            skew_ms=_whole(fields.get("skew_ms", "")),
            findings=_findings(fields.get("findings", "")),
            refused=_whole(fields.get("refused", "")),
        )


def plainly(finding: Finding) -> dict[str, str]:
    """A finding as plain values, for JSON."""
    return {**asdict(finding), "severity": finding.severity.name}


def _findings(text: str) -> tuple[Finding, ...]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(_finding(row) for row in rows if _is_finding(row)) if isinstance(rows, list) else ()


def _is_finding(row: Any) -> bool:
    names = ("severity", "code", "fact", "reason", "remedy")
    return (
        isinstance(row, dict)
        and all(isinstance(row.get(name), str) for name in names)
        and (row["severity"] in Severity.__members__)
    )


def _finding(row: Mapping[str, str]) -> Finding:
    return Finding(Severity[row["severity"]], row["code"], row["fact"], row["reason"], row["remedy"])


def _whole(text: str) -> int:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0
