"""docs/runbook.md has an entry for whatever somebody on call can meet, and none for what is gone."""

from __future__ import annotations

import inspect
import logging
import re
from collections import Counter

import pytest

from tests.docs.drawing import drawing
from tests.docs.raised import END, GAP, constants, raised, returned, texts
from tests.support import ROOT
from vault_binance import errors
from vault_binance.bot import journal
from vault_binance.health import refusals
from vault_binance.notices import NoticeKind
from vault_binance.ops.audit.findings import KINDS
from vault_binance.ops.doctor.rules import RULES

PAGE = (ROOT / "docs" / "runbook.md").read_text()
PERMISSION = "PERMISSION"

VERIFYING = ("health/assess.py", "health/surroundings.py", "health/refusals.py", "health/drift.py")
"""Where the findings of verify are made."""

SAID_BY_OTHERS = {"ConfigError", "MalformedCredentials"}
"""Too many to list each: every one names what is wrong and what to write instead."""


HINTS = {"PermissionDenied": "bot/diagnosis.py"}
"""Where the message is always the same and the hint tells situations apart: the file that makes the hints."""


def sections(level: str) -> dict[str, str]:
    """The text below each heading of a level, up to the next one of that level or above."""
    parts = re.split(rf"^(#{{2,{len(level)}}}) (.+)$", PAGE, flags=re.MULTILINE)[1:]
    return {title: text for mark, title, text in zip(*[iter(parts)] * 3, strict=True) if mark == level}


def rows(text: str) -> list[list[str]]:
    """Those of every table, without the heads."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0].startswith("`") or row[0].isdigit()]


def coded(text: str) -> list[str]:
    """The code that each row begins with."""
    return [row[0].strip("`") for row in rows(text)]


CLASSES = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.VaultBinanceError)
}


def test_every_class_of_error_has_an_entry():
    entries = sections("###")
    assert entries.keys() == CLASSES.keys()
    for name, text in entries.items():
        assert rows(text) or ("**Now:**" in text and "**Later:**" in text), name
        if name != "CommandFailed":  # which carries the code of its situation
            assert f"Exit {CLASSES[name].exit_code}" in text, name
        assert ("transient" in text.partition("\n\n| ")[0]) is (CLASSES[name].transient and name != "VaultUnavailable")


def test_every_exit_code_has_a_row_and_leads_to_its_errors():
    table = {row[0]: row for row in rows(sections("##")["Exit codes"])}
    documented = drawing("errors.py")["CODES"]
    assert table.keys() == {str(code) for code in documented}
    for name, kind in CLASSES.items():
        if name != "CommandFailed":
            assert f"[{name}](#{name.lower()})" in table[str(kind.exit_code)][2]


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_situation_of_an_error_has_a_row_and_no_row_is_left_over(name):
    shown = coded(sections("###")[name])
    assert [code for code, times in Counter(shown).items() if times > 1] == []
    assert [code for code in shown if not fits(code, texts())] == []
    if shown and name not in SAID_BY_OTHERS:
        said = returned(HINTS[name]) if name in HINTS else raised(name)
        assert [one for one in said if not any(fits(code, one) for code in shown)] == []


def fits(row: str, said: str) -> bool:
    """Whether a text has the row's words in their order; a gap of the row stands for anything."""
    pattern = f"[^{END}]*?".join(re.escape(part) for part in row.strip(GAP).split(GAP))
    return re.search(pattern, said) is not None


def test_a_row_fits_a_text_with_its_words_in_their_order():
    assert fits("nothing at …", f"nothing at {GAP}")
    assert fits("… was deleted on …", f"version {GAP} of {GAP} was deleted on {GAP}")
    assert not fits("nothing for …", f"nothing at {GAP}")
    assert not fits("was deleted … version", f"a version{END}was deleted on{END}version")


@pytest.mark.parametrize(("of", "codes"), [("doctor", RULES), ("audit", KINDS)], ids=["doctor", "audit"])
def test_every_finding_has_a_row(of, codes):
    assert coded(sections("##")[f"Findings of {of}"]) == list(codes)


def test_every_finding_of_verify_has_a_row():
    shown = coded(sections("##")["Findings of verify"])
    assert sorted(shown) == sorted(verify_codes())


def verify_codes() -> set[str]:
    """Codes are texts with hyphens in them, one of a permission's begins with a gap; and why there is no verdict."""
    code = re.compile(rf"({GAP}|[a-z]+)(-[a-z0-9]+)+")
    found = {text.replace(GAP, PERMISSION) for text in constants(*VERIFYING) if code.fullmatch(text)}
    unanswered = {words[0] for words in (refusals._MAINTENANCE, *refusals._UNANSWERED.values())}
    return (found | unanswered) - {"withdrawals-unsaid"}  # of a permission, told whether it is forbidden or not


def alarming() -> set[str]:
    """What is told as a warning or worse, or may be."""
    kinds = {f"lease.{kind}" for kind in NoticeKind if journal.LEVELS[kind] >= logging.WARNING}
    others = {value for value in vars(journal).values() if isinstance(value, str) and value.startswith("lease.")}
    return kinds | others | {f"lease.{NoticeKind.ENDED}"}


def test_every_event_that_means_trouble_has_a_row():
    shown = coded(sections("##")["Events and alarms"])
    assert sorted(shown) == sorted(alarming())


def test_each_alarm_of_the_metrics_has_a_row():
    metrics = (ROOT / "docs" / "reference" / "metrics.md").read_text()
    alarms = re.findall(r"^# (\d)\. ", metrics, re.MULTILINE)
    shown = re.findall(r"^\| (\d), ", sections("##")["Events and alarms"], re.MULTILINE)
    assert shown == alarms != []


def test_every_row_says_what_to_do_now():
    assert [row for row in rows(PAGE) if len(row) < 2 or not row[1]] == []
