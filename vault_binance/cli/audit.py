"""`audit`: who used which credential, from where, when, as Vault's audit log has it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import click

from vault_binance.cli.output import formatted, show_rows
from vault_binance.config import layout_from
from vault_binance.errors import ConfigError
from vault_binance.ops.audit import events
from vault_binance.variables import seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vault_binance.ops.audit import Event


@click.command("audit")
@click.argument("name", default="")
@click.option("--log", "path", required=True, metavar="FILE|-", help="Vault's audit log, from a file audit device.")
@click.option("--bot", default="", metavar="NAME", help="Only what this bot did, and what was done to it.")
@click.option("--since", default="", metavar="TIME", help="Only the last 30m, 1h, 7d.")
@formatted
@click.pass_obj
def audit(
    environ: Mapping[str, str], name: str, path: str, bot: str, since: str, format_: str, field: str | None
) -> None:
    """Tell the story of the credentials, or of NAME alone, from Vault's audit log; asks no server."""
    layout = layout_from(environ)
    earliest = _earliest(since)
    with _opened(path) as lines:
        rows = [
            _row(event)
            for event in events(lines, layout)
            if event.time >= earliest and (not name or event.subject == name) and (not bot or bot in _people(event))
        ]
    show_rows(rows, format_, field)


def _earliest(since: str) -> str:
    if not since:
        return ""
    return (datetime.now(UTC) - timedelta(seconds=seconds(since, "--since"))).strftime("%Y-%m-%dT%H:%M:%S")


@contextmanager
def _opened(path: str) -> Iterator[Iterable[str]]:
    if path == "-":
        yield sys.stdin
        return
    try:
        file = open(path, encoding="utf-8", errors="replace")  # noqa: PTH123, SIM115  closed below
    except OSError as error:
        raise ConfigError(f"cannot read {path!a}: {error.strerror}", hint="as the user that Vault runs as?") from None
    with file:
        yield file


def _people(event: Event) -> tuple[str, str]:
    return event.who, event.subject


def _row(event: Event) -> dict[str, object]:
    return {
        "time": event.time[:19],
        "who": event.who,
        "from": event.address,
        "action": event.action,
        "subject": event.subject,
        "version": event.version or None,
        "result": "allowed" if event.allowed else "denied",
    }
