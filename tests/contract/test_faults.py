"""Every fault on a real Vault: what is told, what is handed out, what it costs, and that reference/faults.md says so.

After a change that is wanted: scripts/faults, and read the difference.
"""

from __future__ import annotations

import re
from itertools import dropwhile
from math import inf
from typing import TYPE_CHECKING

import pytest

from tests.contract import faults_stopped
from tests.contract.faults import SCENARIOS, observe
from tests.contract.faults_crowd import BOTS, RETURNED, STARTED, observe_crowd
from tests.contract.faults_house import House
from tests.contract.faults_table import NAMES, PAGE, committed, crowd_row, page, row
from tests.contract.faults_watch import Record, Told
from vault_binance.schedules import SWIFT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.faults import Observed, Scenario
    from tests.contract.faults_house import Bot
    from tests.contract.faults_watch import Sample
    from vault_binance.testing.server_binary import Binary

LOADED = 3.0
"""Seconds that a machine under load may take for what takes none."""
AGED = {"unreachable", "deleted (deleted)", "deleted (destroyed)"}
"""After these the last good credential stays in use."""
SHORTEST_RENEWAL = 2 * SWIFT.renew_after * (1 - SWIFT.renew_spread)
"""Seconds: of a token that lives for two."""
LOGIN, TRY, REFUSED_TRY = 1, 1, 4
"""Calls of one try to get back: a read; or a login, its first read, that read once more, and the token given back."""
FRESH_LOGIN = 4
"""A 403, a login, a read, and the old token given back."""
WHY = 3
"""The questions after a refusal that explain it."""


@pytest.fixture(scope="module")
def house(vault_binary: Binary) -> Iterator[House]:
    with House(vault_binary) as house:
        yield house


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.run.__name__)
def test_a_fault_is_told_bounded_and_over_once_it_is_mended(house, scenario, tmp_path):
    observed = observe(house, scenario, tmp_path)

    assert observed.record.events == scenario.events
    assert observed.record.seen == scenario.seen
    assert observed.exits == scenario.exits
    assert observed.seconds <= SWIFT.longest_pause * (1 + SWIFT.pause_spread) + SWIFT.read_every + LOADED
    assert observed.record.oldest <= oldest_allowed(scenario)
    assert observed.statuses <= scenario.statuses
    assert bool(observed.statuses) is bool(scenario.statuses)
    assert scenario.calls in {None, len(observed.calls)}
    assert len(observed.calls) <= most_calls(scenario, observed.lasted)
    assert_nothing_wrong_was_handed_out(observed)
    assert row(scenario.name, observed).sure == committed()[scenario.name].sure


def oldest_allowed(scenario: Scenario) -> float:
    """Seconds. Where Vault answers, the credential is no older than the last read that was due."""
    return scenario.max_stale if AGED & {*scenario.events} else SWIFT.read_every + LOADED


def most_calls(scenario: Scenario, seconds: float) -> float:
    """Reads at their quickest, renewals of tokens that live as short as any here, the tries between the pauses."""
    renewals = 1 + seconds / SHORTEST_RENEWAL if scenario.role else 0
    refused = "refused" in scenario.events
    each, extra = (REFUSED_TRY, WHY) if refused else (TRY, 0)
    return reads_within(seconds) + renewals + each * tries_within(seconds) + extra + FRESH_LOGIN


def reads_within(seconds: float) -> float:
    return 1 + seconds / (SWIFT.read_every * (1 - SWIFT.read_spread))


def tries_within(seconds: float) -> int:
    tries, spent = 1, 0.0
    while (spent := spent + _pause(tries)) <= seconds:
        tries += 1
    return tries


def _pause(failures: int) -> float:
    """As short as the schedule allows, in the schedule's own numbers and not by its own reckoning."""
    return min(SWIFT.first_pause * 2.0 ** (failures - 1), SWIFT.longest_pause)


def assert_nothing_wrong_was_handed_out(observed: Observed) -> None:
    good = [sample for sample in observed.record.samples if sample.good]
    for sample in good:
        assert_was_latest(sample, observed.bot)
    after_the_first_failure = dropwhile(lambda sample: sample.good, observed.record.samples)
    assert all(sample.asked_at >= observed.recovers_from for sample in after_the_first_failure if sample.good)
    refused_at = min((told.at for told in observed.record.told if told.kind == "refused"), default=inf)
    assert not [sample for sample in good if refused_at <= sample.at < observed.recovers_from]


def assert_was_latest(sample: Sample, bot: Bot) -> None:
    """What was read is the latest version of that moment, key and version alike."""
    stored = bot.stored[int(sample.seen) - 1]
    assert (stored.version, stored.fingerprint) == (int(sample.seen), sample.fingerprint)
    assert stored.began <= sample.at
    assert all(later.done >= sample.asked_at for later in bot.stored[stored.version :])


def test_a_process_that_was_stopped_hands_out_nothing_that_became_too_old_meanwhile(house, tmp_path):
    observed = faults_stopped.observe_stopped(house, tmp_path)

    assert observed.record.events == faults_stopped.EVENTS
    assert observed.record.seen[-1] == "1"
    assert {*observed.record.seen} <= {"1", "CredentialsStale"}
    assert observed.record.oldest <= faults_stopped.MAX_STALE
    assert [call.path.rpartition("/")[2] for call in observed.calls] == ["login", observed.bot.name]
    assert_nothing_wrong_was_handed_out(observed)
    assert row(faults_stopped.NAME, observed).sure == committed()[faults_stopped.NAME].sure


def test_two_hundred_bots_start_at_once_and_outlive_a_vault_that_is_killed(house, tmp_path):
    started, returned = observe_crowd(house, tmp_path)

    assert started.events == {("created",)}
    assert returned.events == {("unreachable", "recovered")}
    assert {seen for crowd in (started, returned) for record in crowd.records for seen in record.seen} == {"1"}
    assert [call.status for call in started.calls] == [200] * len(started.calls)
    assert len(started.calls) <= BOTS * (LOGIN + reads_within(started.lasted))
    assert len(returned.calls) <= BOTS * (reads_within(returned.lasted) + tries_within(returned.lasted))
    assert returned.most <= BOTS * reads_within(1)
    assert returned.seconds <= SWIFT.longest_pause * (1 + SWIFT.pause_spread) + SWIFT.read_every + LOADED
    assert returned.oldest <= SWIFT.max_stale
    assert crowd_row(STARTED, started).sure == committed()[STARTED].sure
    assert crowd_row(RETURNED, returned).sure == committed()[RETURNED].sure


def test_the_tries_of_a_refused_bot_are_told_once_and_renewals_not_at_all():
    kinds = ["created", "renewed", "refused", "created", "expired", "created", "expired", "recovered", "created"]
    record = Record(told=[Told(0.0, kind, kind) for kind in kinds])

    assert record.events == ("created", "refused", "created", "expired", "recovered", "created")


def test_the_page_has_a_row_for_every_fault_in_this_order():
    assert [*committed()] == NAMES
    assert len({*NAMES}) == len(NAMES)


def test_the_page_says_of_its_rows_what_is_said_now():
    text = PAGE.read_text(encoding="utf-8")
    (server,) = re.findall(r"on a real (\w+ \S+) with", " ".join(text.split()))

    assert page([*committed().values()], server) == text


def test_the_page_was_measured_within_the_bounds_that_hold_here():
    figures = committed()
    for scenario in SCENARIOS:
        assert float(figures[scenario.name].oldest.removesuffix(" s")) <= oldest_allowed(scenario)
