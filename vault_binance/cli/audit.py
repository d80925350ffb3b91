"""`audit`: who used which credential, from where, when, as Vault's audit log has it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from glob import glob, has_magic
from pathlib import Path

import click

from vault_binance.cli.audit_shown import FORMATS, shown
from vault_binance.cli.audit_told import Asked, Found, explain, summary_of, tell, tell_nothing
from vault_binance.cli.completion import a_file
from vault_binance.config import layout_from
from vault_binance.errors import FOUND, ConfigError
from vault_binance.layout import check_name
from vault_binance.ops.audit.files import STDIN, Input, blocks, in_order
from vault_binance.ops.audit.findings import KINDS, Watch
from vault_binance.ops.audit.lines import Tally, entries, first_time, words
from vault_binance.ops.audit.story import Story
from vault_binance.variables import seconds, vault_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TextIO

    from vault_binance.layout import Layout
    from vault_binance.ops.audit.story import Event

COLUMNS = (
    *("time", "who", "entity", "accessor", "from", "action", "subject", "version", "result"),
    *("severity", "finding", "finding_ids"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are shown; empty is any. Times are RFC 3339 in UTC, to the second."""

    name: str = ""
    bot: str = ""
    who: str = ""
    action: str = ""
    since: str = ""
    until: str = ""
    denied: bool = False
    findings: bool = False

    def asked(self) -> dict[str, Asked]:
        """The words that may be mistyped, by their field."""
        options = {"name": "NAME", "bot": "--bot", "who": "--who", "action": "--action"}
        return {name: Asked(option, word) for name, option in options.items() if (word := getattr(self, name))}

    def takes(self, event: Event, findings: Sequence[str]) -> bool:
        time = event.time[:19]
        return (
            (not self.name or self.name in {event.subject, event.credential})
            and (not self.bot or self.bot in {event.who, event.subject})
            and (not self.who or self.who in {event.who, event.entity, event.accessor})
            and (not self.action or self.action == event.action)
            and self.since <= time
            and (not self.until or time <= self.until)
            and not (self.denied and event.allowed)
            and not (self.findings and not findings)
        )


@click.command("audit")
@click.argument("name", default="")
@click.option(
    "--log",
    "paths",
    required=True,
    multiple=True,
    metavar="FILE|-",
    shell_complete=a_file,
    help="Vault's audit log, from a file audit device; again for each rotated part, or a pattern in quotes.",
)
@click.option("--bot", default="", metavar="NAME", help="Only what this bot did, and what was done to it.")
@click.option("--who", default="", metavar="NAME|ID", help="Only what this person, entity or accessor did.")
@click.option("--since", default="", metavar="TIME", help="Only the last 30m, 1h, 7d, or from 2026-11-01T08:00Z.")
@click.option("--until", default="", metavar="TIME", help="Only before that.")
@click.option("--action", default="", metavar="WORD", help="Only this deed: read, suspend, 'log in'.")
@click.option("--denied", is_flag=True, help="Only what was refused.")
@click.option("--findings", "only_findings", is_flag=True, help="Only what wants attention; exit 12 where it is HIGH.")
@click.option("--resolve", is_flag=True, help="Ask Vault for names of entities, removed bots' too.")
@click.option(
    "--names",
    default="",
    metavar="FILE",
    shell_complete=a_file,
    help="The same from what `bot list --format json` wrote.",
)
@click.option(
    "--manifest",
    default="",
    metavar="FILE",
    shell_complete=a_file,
    help="Write what was read, with its SHA-256, to a new file.",
)
@click.option("--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--field", type=click.Choice(COLUMNS), metavar="NAME", help="Print one field raw, a line each.")
@click.pass_obj
def audit(
    environ: Mapping[str, str],
    *,
    name: str,
    paths: tuple[str, ...],
    bot: str,
    who: str,
    since: str,
    until: str,
    action: str,
    denied: bool,
    only_findings: bool,
    resolve: bool,
    names: str,
    manifest: str,
    format_: str,
    field: str | None,
) -> int:
    """Tell the story of the credentials, or of NAME alone, from Vault's audit log; asks no server.

    Files may be packed with gzip, bzip2 or xz, and are put in the order of their times.
    """
    layout = layout_from(environ)
    wanted = Wanted(
        name=check_name(name, "credential") if name else "",
        bot=bot,
        who=who,
        action=action,
        since=_moment(since, "--since"),
        until=_moment(until, "--until"),
        denied=denied,
        findings=only_findings,
    )
    inputs = [Input(path) for path in in_order(_expanded(paths), first_time)]
    with _new_file(manifest) as file:
        bots, asked = _bots(environ, names, resolve=resolve), wanted.asked()
        tally, found, out = Tally(), Found(), shown(format_, field)
        story = Story(layout, tally, namespace=vault_variable(environ, "NAMESPACE"), bots=bots)
        for event, findings in _watched(story, layout, inputs, tally):
            _look(asked, event)
            if wanted.takes(event, findings):
                found.add(event, findings)
                out.row(_row(event, findings))
        _require_entries(tally)
        summary = summary_of(layout, inputs, tally, found)
        out.end(summary)
        if file is not None:
            json.dump(summary, file, indent=2)
            file.write("\n")
    tell(layout, inputs, tally)
    if tally.ours and not found.events:
        tell_nothing([*asked.values()])
    if only_findings and format_ == "table" and not field:
        explain(found)
    return FOUND if only_findings and found.is_grave else 0


def _look(asked: Mapping[str, Asked], event: Event) -> None:
    """See `Wanted.takes`: what each option is held against."""
    has = {
        "name": ((event.credential, event.subject), ""),
        "bot": ((event.who, event.subject), ""),
        "who": ((event.who, event.entity, event.accessor), event.who),
        "action": ((event.action,), event.action),
    }
    for name, one in asked.items():
        one.look(*has[name])


def _watched(
    story: Story, layout: Layout, inputs: Sequence[Input], tally: Tally
) -> Iterator[tuple[Event, tuple[str, ...]]]:
    watch, searched = Watch(layout), words(layout)
    for read in inputs:
        for event in story.events(entries(blocks(read), searched, read, tally)):
            yield event, watch.look(event)


def _expanded(paths: Sequence[str]) -> list[str]:
    found = [one for path in paths for one in (sorted(glob(path)) if _is_pattern(path) else [path])]  # noqa: PTH207
    if not found:
        raise ConfigError(f"no file is named like {', '.join(map(ascii, paths))}")
    return found


def _is_pattern(path: str) -> bool:
    return path != STDIN and has_magic(path) and not Path(path).exists()


def _bots(environ: Mapping[str, str], names: str, *, resolve: bool) -> Mapping[str, str]:
    from vault_binance.ops.audit import names_given

    bots = dict(names_given.read_from(names)) if names else {}
    if resolve:
        from vault_binance import connect

        with connect.operator(environ) as (vault, layout):
            bots |= names_given.asked_of(vault, layout)
    return bots


def _moment(text: str, option: str) -> str:
    """A duration back from now, or a time; one without an offset is UTC."""
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            back = seconds(text, option)
        except ConfigError as error:
            hint = "write 30m, 24h or 7d for so long ago, or a time, UTC if it does not say: 2026-11-01T08:00Z"
            raise ConfigError(f"{option}: {text!a} is no duration, and no time", hint=hint) from error
        moment = datetime.now(UTC) - timedelta(seconds=min(back, 1e9))
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


@contextmanager
def _new_file(path: str) -> Iterator[TextIO | None]:
    """A file that is not there yet, made before a long reading begins: a log named by mistake stays what it is."""
    if not path:
        yield None
        return
    try:
        file = open(path, "x", encoding="utf-8")  # noqa: PTH123, SIM115  closed below
    except OSError as error:
        raise ConfigError(
            f"cannot write {path!a}: {error.strerror}", hint="name a new file; none is replaced"
        ) from None
    with file:
        yield file


def _row(event: Event, findings: Sequence[str]) -> dict[str, object]:
    return {
        "time": f"{event.time[:19]}Z",
        "who": event.who,
        "entity": event.entity or None,
        "accessor": event.accessor or None,
        "from": event.address,
        "action": event.action,
        "subject": event.subject,
        "version": event.version or None,
        "result": "allowed" if event.allowed else "denied",
        "severity": KINDS[findings[0]].severity.name if findings else None,
        "finding": [KINDS[finding].text for finding in findings],
        "finding_ids": list(findings),
    }


def _require_entries(tally: Tally) -> None:
    if not tally.lines:
        raise ConfigError(
            "the log is empty",
            hint="has Vault an audit device, and is this its file? rotated parts are logs too: --log again for each",
        )
    if not tally.parsed and tally.not_understood + tally.cut + tally.too_long >= tally.lines:
        raise ConfigError(
            "no line of it is an entry of an audit log",
            hint="it is what an audit device writes, JSON line by line, and not the server's own log",
        )
