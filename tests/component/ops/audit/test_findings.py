"""What is grave in the story and what is not, event by event; tests/contract has each from a real log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vault_binance.layout import Layout
from vault_binance.ops.audit.findings import BURST, KINDS, Watch
from vault_binance.ops.audit.paths import Scope
from vault_binance.ops.audit.story import Event

READ = Event(
    "2026-11-26T10:00:00Z",
    "mm-1",
    "10.0.4.7",
    "read",
    "market-maker",
    1,
    allowed=True,
    kind="bot",
    entity="e",
    accessor="a",
    granted_by=("binance-reader",),
)
DENIED = replace(READ, allowed=False, granted_by=(), facts=frozenset({"refused by policy"}))
SUSPEND = Event("2026-11-26T10:00:00Z", "ops", "10.0.9.2", "suspend", "mm-1", 0, allowed=True, kind="person")
MADE = replace(SUSPEND, action="make bot", lends="h-1")


def found(*events):
    watch = Watch(Layout())
    return [watch.look(event) for event in events][-1]


def test_a_bot_that_reads_its_own_is_nothing():
    assert found(READ, READ) == ()


def test_each_is_told_gravest_first():
    severities = [kind.severity for kind in KINDS.values()]
    assert severities == sorted(severities, reverse=True)


@pytest.mark.parametrize("kind", ["person", "root", "unknown"])
def test_a_value_that_no_bot_reads_is_grave(kind):
    assert "not-its-bot" in found(replace(READ, kind=kind))


def test_so_is_one_that_another_policy_lets_pass():
    assert found(replace(READ, granted_by=("team-wide",))) == ("not-its-bot",)


def test_a_server_that_names_no_policies_is_believed_of_bots():
    assert found(replace(READ, granted_by=())) == ()


def test_a_bot_that_loses_its_own_credential_asks_for_nobody_elses():
    assert found(DENIED) == ("not-its-credential",)
    assert found(READ, DENIED) == ()


def test_a_dead_token_is_not_somebody_who_asks_for_a_value():
    assert found(replace(DENIED, kind="unknown", facts=frozenset())) == ()


def test_a_read_after_suspending_is_grave_until_the_bot_is_allowed_again():
    assert found(SUSPEND, READ) == ("used-after-suspend",)
    assert found(SUSPEND, replace(SUSPEND, action="allow", facts=frozenset({"enables"})), READ) == ()
    assert found(SUSPEND, DENIED)[-1] == "refused-after-suspend"


def test_a_suspending_that_was_refused_suspends_nobody():
    assert found(replace(SUSPEND, allowed=False), READ) == ()


def test_a_bot_may_be_made_anew_for_another_credential_once_it_was_removed():
    other = replace(MADE, lends="h-2")
    assert found(MADE, other) == ("bot-repointed",)
    removed = replace(SUSPEND, facts=frozenset({"removes"}), lends="h-1")
    assert found(MADE, removed, other) == ()


def test_a_bot_written_over_is_told_where_no_line_says_to_what_it_pointed_before():
    over = replace(MADE, facts=frozenset({"overwrites"}))
    assert found(over) == ("bot-overwritten",)
    assert found(MADE, over) == ()
    assert found(replace(over, facts=frozenset({"overwrites", "removes"}))) == ()


def test_refusals_are_told_once_for_each_burst():
    refused = replace(DENIED, kind="person", action="store")
    told = [found(*[refused] * number) for number in range(1, 2 * BURST + 1)]
    assert [number for number, findings in enumerate(told, 1) if "denials" in findings] == [BURST, 2 * BURST]


def test_and_not_where_they_are_far_apart():
    events = [replace(DENIED, action="store", time=f"2026-11-26T10:{minute:02}:00Z") for minute in range(20)]
    assert found(*events) == ()


def test_a_time_that_is_none_is_no_failure():
    assert found(*[replace(DENIED, time="yesterday")] * BURST)


def test_root_at_everybodys_paths_is_the_team_at_work():
    enabled = replace(SUSPEND, kind="root", action="enable audit device", scope=Scope.EVERYBODYS)
    assert found(enabled) == ("audit-enabled",)


def test_what_is_remembered_is_bounded():
    watch = Watch(Layout(), size=2)
    for number in range(5):
        watch.look(replace(SUSPEND, subject=f"bot-{number}"))
    assert watch.look(replace(READ, who="bot-0")) == ()
    assert watch.look(replace(READ, who="bot-4")) == ("used-after-suspend",)
