"""docs/reference/events.md and docs/reference/metrics.md: what a lease tells, from the tables in the code.

python docs/draw/tables.py events > docs/reference/events.md
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from page import code, table

from vault_binance.bot import journal
from vault_binance.bot.metrics import FAMILIES, PREFIX
from vault_binance.bot.status import FIELDS
from vault_binance.bot.written import LOOK_AFTER, TICK
from vault_binance.lease_values import Phase
from vault_binance.notices import NoticeKind

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    NoticeKind.UNREACHABLE: (
        "accessor, version, error, reason, hint",
        "Vault is away; the last version stays in use, or the first is waited for",
    ),
    NoticeKind.REFUSED: ("accessor, version, error, reason, hint", "nothing is handed out from now on"),
    NoticeKind.RECOVERED: (
        "accessor, version, detail",
        "Vault is back, or allows it again; `restored`: the latest version can be read again",
    ),
    NoticeKind.REVOKED: (
        "accessor, detail",
        "a token was given back; `failed`: it could not be, and ends within its TTL",
    ),
    NoticeKind.ENDED: (
        "accessor, version, detail, error, reason, hint",
        "no more comes; ERROR unless detail is `closed`",
    ),
}
"""Beside `event` and `credential`, the facts that an event may have, and what it says."""

OTHERS = {
    journal.CALLBACK_FAILED: ("ERROR", "callback", "one of on_change and on_event raised; the lease goes on"),
    journal.KEY_CHECKED: (
        "INFO, WARNING, ERROR",
        "credential, version, high, medium, worst",
        "Binance was asked about the key, with `verify=True`: at the start, and after each rotation",
    ),
    journal.KEY_UNCHECKED: (
        "WARNING",
        "credential, error, reason, hint",
        "Binance could not be asked about the key after a rotation; it is handed out all the same",
    ),
    journal.REPORT_FAILED: ("WARNING", "reason", "its findings could not be left in Vault; the lease goes on"),
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
    "high": ("number", "of findings at that severity; so `medium`"),
    "worst": ("text", "the first of them"),
}

NOTICE = {
    "kind": ("NoticeKind", "the event's name without `lease.`, and a text: `rotated`"),
    "accessor": ("str", "as in the record; empty where there is none"),
    "version": ("int or None", "as in the record"),
    "ttl": ("float or None", "seconds; `math.inf` for a lease without end"),
    "detail": ("str", "one word, see above; empty where there is none"),
}
"""The fields of a Notice."""

LABELS = {
    "credential": "its name, or the path that it is read from",
    "vault_instance": "our instance in Vault (`instance` is a label of Prometheus' own)",
    "bot": "the bot's name, where VAULT_BINANCE_BOT tells it",
}


def listed_in(text: str) -> str:
    return code(*text.split(", "))


def listed(names: Iterable[str]) -> str:
    *first, last = [code(name) for name in names]
    return f"{', '.join(first)} and {last}"


def events() -> str:
    told = [
        (code(f"lease.{kind}"), logging.getLevelName(journal.LEVELS[kind]), listed_in(facts), meaning)
        for kind, (facts, meaning) in SAYS.items()
    ]
    others = [(code(name), level, listed_in(facts), meaning) for name, (level, facts, meaning) in OTHERS.items()]
    facts = [(code(name), kind, meaning) for name, (kind, meaning) in FACTS.items()]
    return f"""# Events

A lease that is kept tells what happens to it on the logger `{journal.LOGGER.name}`, and to callbacks of `on_event`.
Names are stable. No event holds a key, a secret or a token. The message is the name and then its facts, as in

<!-- unchecked: a line of a log -->
```text
lease.created credential=market-maker accessor=6Bq1kZ0YwC3xVv ttl=900
```

{table(("event", "level", "facts beside `credential`", "says"), *told, *others)}

Only changes are told: a Vault that is away for an hour is one `unreachable` and one `recovered`.
What to do when one means trouble: [the runbook](../runbook.md#events-and-alarms).

## The record

Each fact is an attribute of the log record too; a formatter that writes JSON takes them as they are. What does not
apply is not there.

{table(("attribute", "type", "says"), *facts)}

## In Python

A callback of `on_event` is given a `Notice`. What failed last, with its reason and hint, is not in it, but in the log
record and in `vault.status()["last_error"]`. Of {listed(OTHERS)} there are records only.

{table(("field", "type", "says"), *((code(name), code(kind), meaning) for name, (kind, meaning) in NOTICE.items()))}

```python
from vault_binance import Fetcher, Notice, NoticeKind


def told(notice: Notice) -> None:
    if notice.kind is NoticeKind.REFUSED:
        print("stop trading:", notice.version)


with Fetcher("market-maker") as vault:
    vault.on_event(told)
```

## On stderr

`exec --on-change` and `fetch --watch` write the message there: behind `warning:` what is WARNING or ERROR, behind
`note:` `lease.recovered`, and under `exec` `lease.rotated`, which is a row of its own under `fetch`. An end before the
first credential is told by the command's own `error:`.

Drawn from the code by docs/draw/tables.py.
"""


def metrics() -> str:
    families = [
        (code(f"{PREFIX}{name}{'_total' if kind == 'counter' else ''}"), kind, own(name), meaning)
        for name, (kind, _, meaning) in FAMILIES.items()
    ]
    return f"""# Metrics and the status file

## Metrics

`--metrics-file` keeps the numbers of a lease in a file. In Python their text is there at any moment:

```python
from vault_binance import Fetcher, openmetrics

with Fetcher("market-maker") as vault:
    print(openmetrics(vault.metrics()))
```

There is no server of our own. For a registry of your own, `vault.metrics().families()`
has each metric's name, kind, help and samples.

{table(("metric", "type", "labels of its own", "says"), *families)}

Every sample has these labels too, and never an accessor:

{table(("label", "says"), *((code(name), meaning) for name, meaning in LABELS.items()))}

The phases are {", ".join(phase.value for phase in Phase)}.
What is not known has no sample, and what never ends is +Inf. Reasons of an end: `closed` was asked for; `refused`,
`unreachable`, `absent`, `deleted`, `destroyed`, `malformed` and `failed` were not, and one that was asked for while the
bot was refused is `refused` too.

A file whose name ends in `.prom` has Prometheus' older text format, 0.0.4, which is what the node exporter's textfile
collector reads; any other has OpenMetrics 1.0, with `# UNIT` and `# EOF`. The samples are the same, and no type is one
that the other format lacks. In Python: `prometheus()` and `openmetrics()`.

## Alarms

A file that is not written any more and does not say `ended` belongs to a process that was killed. For mm-1, which
trades market-maker:

```promql
# 1. The bot has nothing to trade with, and nobody ended it: refused, Vault away for too long, failed, never up.
vault_binance_credential_usable == 0 unless ignoring (reason) vault_binance_ended{{reason="closed"}}

# 2. Soon it will have nothing: Vault is away, or the latest version is deleted, and what it holds grows old.
vault_binance_credential_age_seconds > 600

# 3. It was killed: its file is not written any more, and says of no end.
time() - node_textfile_mtime_seconds{{file=~"(.*/)?mm-1[.]prom"}} > 60
  unless on (instance) vault_binance_ended{{credential="market-maker", bot="mm-1"}}
```

| what happened | 1 | 2 | 3 |
|---|---|---|---|
| in calm | | | |
| a clean stop | | | |
| Vault away, or the latest version deleted, for ten minutes and for less than `max_stale` | | fires | |
| and for longer | fires | | |
| refused while it runs | fires | | |
| stopped while it was refused | fires | | |
| ended because it was refused, or for what nobody foresaw | fires | | |
| killed, or its host is full or read-only | | | fires |

Give the first one `for: 1m`: every start has a moment without a credential. Ten minutes is more than the longest pause
between two reads (30 s; five minutes with `VAULT_BINANCE_SCHEDULE=calm`); with a `max_stale` below that the first alarm
comes before the second. Remove the file of a bot that is not to come back.

## The status file

`--status-file` keeps one JSON object in a file, and `Fetcher.status()` gives the same. All fields are always there;
null is what does not apply or has no end.

{table(("field", "says"), *((code(name), meaning) for name, meaning in FIELDS.items()))}

## Both files

They are replaced whole, at each event, within {LOOK_AFTER:g} s of any other change, and every {TICK:g} s; readable by
all (0644), without a secret. A path that cannot be written ends the start (exit 10); later that is logged once and
stops nothing. After the end they stay, and say `ended` and why.

Drawn from the code by docs/draw/tables.py.
"""


def own(name: str) -> str:
    labels = {"phase": "phase", "ended": "reason", "calls": "action, outcome", "events": "event"}
    return listed_in(labels[name]) if name in labels else ""


if __name__ == "__main__":
    sys.stdout.write({"events": events, "metrics": metrics}[sys.argv[1]]())
