"""How findings are shown: to a person a line each, worst first; to a machine as rows.

Rules of the file
- On a terminal that is too narrow the advice goes under the fact; in a pipe a finding is one line, whatever its length.
- Several keys are told apart by a first column; a key without a verdict is shown as one, and hides no other.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from dataclasses import dataclass

import click

from vault_binance.cli.output import colored, note, plain
from vault_binance.errors import FOUND, BinanceUnavailable, KeyRejected, VaultBinanceError
from vault_binance.health.refusals import unanswered
from vault_binance.health.report import plainly
from vault_binance.health.values import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault_binance.health.values import Finding
    from vault_binance.ops.verify import Verification

COLORS = {Severity.HIGH: "red", Severity.MEDIUM: "yellow", Severity.LOW: "cyan"}
_FACT = 43
"""Columns of a fact before its advice begins; a longer one pushes it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One key: its verdict, or the error that prevented one."""

    name: str
    verification: Verification | None = None
    error: VaultBinanceError | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        if self.verification is not None:
            return self.verification.findings
        if isinstance(self.error, BinanceUnavailable):
            return (unanswered(self.error.status, maintenance=self.error.maintenance),)
        return ()

    @property
    def verdict(self) -> str:
        return self.verification.verdict if self.verification else "no verdict"

    @property
    def exit_code(self) -> int:
        return self.verification.exit_code if self.verification else self.error.exit_code if self.error else 0


def worst(codes: Sequence[int]) -> int:
    """The exit code for several: a refused key, a finding at HIGH, a failure of ours or Vault's, one of Binance's."""
    return max(codes, key=lambda code: _RANKS.get(code, 2), default=0)


_RANKS = {0: 0, BinanceUnavailable.exit_code: 1, FOUND: 3, KeyRejected.exit_code: 4}


def show_findings(checked: Verification, *, err: bool) -> None:
    """The findings, for a person; on stderr where they are not the command's result."""
    note(_clock(checked))
    _show(checked.findings, err=err)


def show_verdict(checked: Verification) -> None:
    """One key's findings as a command's result, and what they come to."""
    click.echo(f"checked {plain(checked.credential)} at Binance, from this address   {_clock(checked)}", err=True)
    _show(checked.findings, err=False)
    click.echo(checked.verdict)


def show_several(keys: Sequence[Judged]) -> None:
    width = max(len("NAME"), *(len(plain(one.name)) for one in keys))
    click.echo(click.style(f"{'NAME'.ljust(width)}  SEVERITY  FINDING", bold=True), color=colored())
    for one in keys:
        name = plain(one.name).ljust(width)
        for finding in one.findings:
            label = _label(finding, 8)
            click.echo(f"{name}  {label}  {_one_line(finding)}", color=colored())
        clock = f"   {_clock(one.verification)}" if one.verification else ""
        failure = f": {plain(one.error.message)}" if one.error else ""
        click.echo(f"{name}  {'-'.ljust(8)}  {one.verdict}{failure}{clock}")


def row(one: Judged) -> dict[str, object]:
    """A key as plain values: the same fields whether or not there is a verdict."""
    told = one.verification
    report = told.to_fields() if told else {}
    restrictions = told.restrictions if told else None
    return {
        "name": one.name,
        "verdict": one.verdict,
        "exit_code": one.exit_code,
        "error": _reason(one),
        "version": told.version if told else None,
        "fingerprint": told.fingerprint if told else None,
        "checked_at": report.get("checked_at"),
        "skew_ms": told.skew_ms if told else None,
        "permissions": [permission.value for permission in restrictions.granted] if restrictions else None,
        "ip_restricted": restrictions.ip_restrict if restrictions else None,
        "findings": [plainly(finding) for finding in one.findings],
    }


def _reason(one: Judged) -> str | None:
    refused = one.verification.refused if one.verification else None
    error = one.error or refused
    return error.message if error else None


def _clock(checked: Verification) -> str:
    return f"clock {checked.skew_ms:+d} ms"


def _show(findings: Sequence[Finding], *, err: bool) -> None:
    width = _width(err=err)
    for finding in findings:
        first, *rest = _lines(finding, width)
        click.echo(f"  {_label(finding, 6)}  {first}", err=err, color=colored())
        for line in rest:
            click.echo(f"  {' ' * 6}  {line}", err=err)


def _label(finding: Finding, width: int) -> str:
    return click.style(finding.severity.name.ljust(width), fg=COLORS[finding.severity], bold=True)


def _lines(finding: Finding, width: int) -> Iterator[str]:
    """Without its severity, in so many columns; `width` 0 is no limit."""
    line = _one_line(finding)
    if not width or len(line) <= width:
        yield line
        return
    yield from textwrap.wrap(plain(finding.fact), width)
    yield from textwrap.wrap(plain(finding.advice), width, initial_indent="  ", subsequent_indent="  ")


def _one_line(finding: Finding) -> str:
    return f"{plain(finding.fact).ljust(_FACT)}  {plain(finding.advice)}"


def _width(*, err: bool) -> int:
    """Columns left beside the severity on a terminal, 0 elsewhere."""
    stream = sys.stderr if err else sys.stdout
    return max(40, shutil.get_terminal_size().columns - 10) if stream is not None and stream.isatty() else 0
