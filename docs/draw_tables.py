"""docs/events.md and docs/metrics.md: what a lease tells, from the tables in the code.

python docs/draw_tables.py events > docs/events.md
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from vault_binance.bot import journal
from vault_binance.bot.metrics import FAMILIES, PREFIX
from vault_binance.bot.status import FIELDS
from vault_binance.bot.written import LOOK_AFTER, TICK
from vault_binance.lease_values import Phase
from vault_binance.notices import NoticeKind

FOLDER = Path(__file__).parent

SAYS = {
    NoticeKind.CREATED: ("accessor, ttl", "logged in; or somebody's token taken up"),
    NoticeKind.RENEWED: ("accessor, ttl, detail", "a lease goes on; detail is `token` or `secret`"),
    NoticeKind.ROTATED: ("accessor, version", "another version is handed out from now on"),
    NoticeKind.EXPIRED: (
        "accessor, version, detail",
        "`token`: it ended before its time; `credentials`: too old to use",
    ),
    NoticeKind.DELETED: (
        "accessor, version, detail, error, reason, hint",
        "the latest version is deleted, destroyed, absent or malformed, says detail; the last good one stays in use",
    ),
    NoticeKind.UNREACHABLE: ("accessor, version, error, reason, hint", "Vault is away; the last version stays in use"),
    NoticeKind.REFUSED: ("accessor, version, error, reason, hint", "nothing is handed out from now on"),
    NoticeKind.RECOVERED: (
        "accessor, version, detail",
        "Vault is back, or allows it again; `restored`: the latest version can be read again",
    ),
    NoticeKind.REVOKED: ("accessor, detail", "a token was given back; WARNING with `failed` where it could not be"),
    NoticeKind.ENDED: (
        "accessor, version, detail, error, reason, hint",
        "no more comes; ERROR unless detail is `closed`",
    ),
}
"""Beside `event` and `credential`, the facts that an event may have, and what it says."""

OTHERS = {
    journal.CALLBACK_FAILED: ("ERROR", "callback", "one of on_change and on_event raised; the lease goes on"),
    journal.FILE_FAILED: ("WARNING", "path, reason", "a status or metrics file cannot be written; told once"),
}

FACTS = {
    "event": ("text", "the name of the event"),
    "credential": ("text", "its name, or the path that it is read from"),
    "accessor": ("text", "of the token: revokes it, looks it up in Vault's audit log, opens nothing"),
    "version": ("number", "of the credential that was read last; 0 where its engine has none"),
    "ttl": ("number or null", "seconds; null, and `never` in the message, for a lease without end"),
    "detail": ("text", "one word, see above"),
    "error": ("text", "the class of what failed"),
    "reason": ("text", "what failed, in a sentence"),
    "hint": ("text", "what to do about it"),
}

LABELS = {
    "credential": "its name, or the path that it is read from",
    "vault_instance": "our instance in Vault (`instance` is a label of Prometheus' own)",
    "bot": "the bot's name, where VAULT_BINANCE_BOT tells it",
}


def table(*rows: tuple[str, ...]) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([head, "|" + "---|" * len(rows[0]), *body])


def code(text: str) -> str:
    return ", ".join(f"`{word}`" for word in text.split(", "))


def events() -> str:
    told = [
        (code(f"lease.{kind}"), logging.getLevelName(journal.LEVELS[kind]), code(facts), meaning)
        for kind, (facts, meaning) in SAYS.items()
    ]
    others = [(code(name), level, code(facts), meaning) for name, (level, facts, meaning) in OTHERS.items()]
    facts = [(code(name), kind, meaning) for name, (kind, meaning) in FACTS.items()]
    return f"""# Events

A lease that is kept tells what happens to it on the logger `{journal.LOGGER.name}`, and to callbacks of `on_event`.
Names are stable. No event holds a key, a secret or a token. The message is the name and then its facts, as in

    lease.created credential=market-maker accessor=6Bq1kZ0YwC3xVv ttl=900

{table(("event", "level", "facts beside `credential`", "says"), *told, *others)}

Only changes are told: a Vault that is away for an hour is one `unreachable` and one `recovered`.

## The record

Each fact is an attribute of the log record too; a formatter that writes JSON takes them as they are. What does not
apply is not there.

{table(("attribute", "type", "says"), *facts)}

Drawn from the code by docs/draw_tables.py.
"""


def metrics() -> str:
    families = [
        (code(f"{PREFIX}{name}{'_total' if kind == 'counter' else ''}"), kind, own(name), meaning)
        for name, (kind, _, meaning) in FAMILIES.items()
    ]
    return f"""# Metrics and the status file

## Metrics

`Fetcher.metrics()` gives the numbers of this moment, `openmetrics()` their text, and `--metrics-file` keeps that text
in a file. There is no server of our own. For a registry of your own see `vault_binance.bot.metrics`: five lines.

{table(("metric", "type", "labels of its own", "says"), *families)}

Every sample has these labels too, and never an accessor:

{table(("label", "says"), *((code(name), meaning) for name, meaning in LABELS.items()))}

The phases are {", ".join(phase.value for phase in Phase)}.
What is not known has no sample, and what never ends is +Inf.

The file is OpenMetrics 1.0 with types that Prometheus' older format has too: the node exporter's textfile collector
reads it where it ends in `.prom`. A file that is not written any more belongs to a process that was killed:
`node_textfile_mtime_seconds` tells. What is worth an alarm:

    # The bot has nothing to trade with.
    vault_binance_credential_usable == 0 unless on (credential, bot) vault_binance_phase{{phase="ended"}} == 1
    # Vault is away, and soon it will have nothing.
    vault_binance_credential_left_seconds < 600
    # It was killed.
    time() - node_textfile_mtime_seconds{{file=~".*mm-1.prom"}} > 60

## The status file

`--status-file` keeps one JSON object in a file, and `Fetcher.status()` gives the same. All fields are always there;
null is what does not apply or has no end.

{table(("field", "says"), *((code(name), meaning) for name, meaning in FIELDS.items()))}

## Both files

They are replaced whole, at each event, within {LOOK_AFTER:g} s of any other change, and every {TICK:g} s; readable by
all (0644), without a secret. A path that cannot be written ends the start (exit 10); later that is logged once and
stops nothing. After the end they stay, and say `ended` and why.

Drawn from the code by docs/draw_tables.py.
"""


def own(name: str) -> str:
    labels = {"phase": "phase", "calls": "action, outcome", "events": "event"}
    return code(labels[name]) if name in labels else ""


if __name__ == "__main__":
    sys.stdout.write({"events": events, "metrics": metrics}[sys.argv[1]]())
