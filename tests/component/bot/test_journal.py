"""What the log says of a lease: names, levels, facts and their types, as docs/reference/events.md has them."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from math import inf

import pytest

from tests.component.bot.lives import every_event, every_fact, journalled
from tests.component.bot.world import NAME, World, life, pair, until_waiting
from tests.docs.drawing import drawing
from tests.rows import each_row
from vault_binance.bot import journal
from vault_binance.bot.aio import AsyncFetcher
from vault_binance.bot.errands import Errands
from vault_binance.bot.fetcher import Fetcher
from vault_binance.errors import LeaseEnded, PermissionDenied, VaultUnavailable
from vault_binance.notices import Notice, NoticeKind

TABLES = drawing("tables.py")
PLAIN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has: facts of these names would replace it, or be refused."""


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG, journal.LOGGER.name)
    return caplog


def facts(record):
    return {name: value for name, value in vars(record).items() if name not in PLAIN}


def told(notice, *more):
    return journal.facts_of(notice, NAME, *more)


# What is documented


def test_every_event_and_fact_is_documented_and_lived_through(log):
    every_fact(World())
    seen = {}
    for record in log.records:
        seen.setdefault(record.event, set()).update(facts(record))
    for kind in NoticeKind:
        documented = set(TABLES["SAYS"][kind][0].split(", "))
        assert seen.pop(f"lease.{kind}") - {"event", "credential"} == documented, kind
    assert seen == {}


def test_each_fact_has_the_type_that_is_documented(log):
    types = {"text": str, "number": (int, float), "number or null": (int, float, type(None))}
    every_fact(World())
    for record in log.records:
        for name, value in facts(record).items():
            assert isinstance(value, types[TABLES["FACTS"][name][0]]), (record.event, name)


def test_no_fact_has_the_name_of_what_a_record_has_already():
    others = {name for _, names, _ in TABLES["OTHERS"].values() for name in names.split(", ")}
    assert not (TABLES["FACTS"].keys() | others) & PLAIN


# Records


def test_a_record_is_a_line_for_people_and_attributes_for_machines(log):
    keeper = journalled(World().keeper())
    until_waiting(keeper)
    (record,) = log.records
    accessor = keeper.state.session.lease.accessor
    assert record.getMessage() == f"lease.created credential={NAME} accessor={accessor} ttl=900"
    assert facts(record) == {"event": "lease.created", "credential": NAME, "accessor": accessor, "ttl": 900}
    assert (record.name, record.levelno) == ("vault_binance.lease", logging.INFO)


def test_a_lease_without_end_is_null_for_machines_and_never_for_people(log):
    """JSON has no infinity, and a column of numbers no place for a word."""
    journal.record(Notice(NoticeKind.CREATED, "a", ttl=inf), NAME)
    (record,) = log.records
    assert record.getMessage().endswith("ttl=never")
    assert json.loads(json.dumps(facts(record), allow_nan=False))["ttl"] is None


def test_a_name_that_would_forge_a_fact_is_quoted(log):
    journal.record(Notice(NoticeKind.CREATED, "a"), 'kv/x version=9\nlease.ended "y"')
    (record,) = log.records
    assert record.getMessage() == r'lease.created credential="kv/x version=9\nlease.ended \"y\"" accessor=a'


def test_quiet_times_are_for_debugging_and_trouble_is_not(log):
    world = World()
    keeper = journalled(world.keeper())
    life(world, keeper, 3600)
    assert {record.event for record in log.records if record.levelno > logging.DEBUG} == {"lease.created"}
    world.suspend()
    life(world, keeper, 40)
    assert [record.event for record in log.records if record.levelno >= logging.ERROR] == ["lease.refused"]


def test_nothing_is_put_together_for_a_level_that_is_off(log, monkeypatch):
    log.set_level(logging.WARNING, journal.LOGGER.name)
    monkeypatch.setattr(journal, "_word", lambda _: pytest.fail("nobody hears it"))
    journal.record(Notice(NoticeKind.RENEWED, "a", ttl=900), NAME)
    assert log.records == []


@each_row(
    ("notice", "level"),
    [
        (Notice(NoticeKind.REVOKED, "a"), logging.INFO),
        (Notice(NoticeKind.REVOKED, "a", detail="failed"), logging.INFO),
        (Notice(NoticeKind.ENDED, detail="closed"), logging.INFO),
        (Notice(NoticeKind.ENDED, detail="failed"), logging.ERROR),
        (Notice(NoticeKind.ENDED, detail="refused"), logging.ERROR),
    ],
)
def test_what_did_not_go_as_it_should_is_louder(notice, level):
    assert journal.level_of(notice) == level


# Reasons


def test_trouble_is_told_with_its_reason():
    error = PermissionDenied("permission denied reading x", hint="a policy is missing")
    facts = told(Notice(NoticeKind.REFUSED, "a", 3), error)
    assert facts["error"] == "PermissionDenied"
    assert (facts["reason"], facts["hint"]) == (error.message, error.hint)
    assert "hint" not in told(Notice(NoticeKind.UNREACHABLE, "a"), VaultUnavailable("no answer"))


def test_good_news_do_not_bring_up_what_failed_before():
    error = VaultUnavailable("an hour ago")
    for notice in (Notice(NoticeKind.RECOVERED), Notice(NoticeKind.ENDED, detail="closed"), Notice(NoticeKind.ROTATED)):
        assert not told(notice, error).keys() & {"error", "reason", "hint"}


def test_of_what_nobody_foresaw_the_class_alone_is_told():
    """Its text may quote what it choked on."""
    facts = told(Notice(NoticeKind.ENDED, detail="failed"), ValueError("the secret"))
    assert facts["error"] == "ValueError"
    assert "the secret" not in str(facts)


def test_an_end_that_nobody_foresaw_is_told_and_stays_the_reason():
    world = World()
    keeper = world.keeper()
    until_waiting(keeper)
    unforeseen = RuntimeError("unforeseen")
    assert keeper.fail(unforeseen).told == ()
    step = keeper.step()
    kinds = [notice.kind for notice in step.told]
    assert kinds == ["revoked", "ended"]
    assert keeper.state.error is unforeseen
    assert keeper.told[NoticeKind.ENDED] == 1


# What is not ours


def test_a_callback_that_raises_is_named_and_stops_nothing(log):
    class Bot:
        def reconnect(self, *_):
            raise LookupError("no such symbol")

        def __repr__(self):
            return pair(1)["api_secret"]

    assert journal.guarded(Bot().reconnect, 1, 2) is None
    (record,) = log.records
    assert (record.event, record.levelno) == (journal.CALLBACK_FAILED, logging.ERROR)
    assert record.callback.endswith("Bot.reconnect")
    assert "no such symbol" in log.text
    assert pair(1)["api_secret"] not in log.text
    assert journal.guarded(lambda: 7) == 7


def unforeseen(*_):
    raise ZeroDivisionError(pair(1)["api_secret"])


def test_a_thread_that_fails_says_so_and_gives_its_token_back_whatever_callbacks_do(log, monkeypatch):
    world = World()
    vault = Fetcher(world.keeper())
    vault.on_event(lambda notice: sys.exit(notice.detail) if notice.kind is NoticeKind.ENDED else None)
    with vault:
        monkeypatch.setattr(Errands, "_read", unforeseen)
        world.advance(2)
        with pytest.raises(LeaseEnded):
            vault.refresh()
    assert log.records.pop().event == journal.CALLBACK_FAILED
    assert_failed(log, world)


def test_a_task_that_fails_says_so_and_gives_its_token_back(log, monkeypatch):
    world = World()

    async def live():
        async with AsyncFetcher(world.keeper()) as vault:
            monkeypatch.setattr(Errands, "_read", unforeseen)
            world.advance(2)
            with pytest.raises(LeaseEnded):
                await vault.refresh()

    asyncio.run(live())
    assert_failed(log, world)


def assert_failed(log, world):
    assert [record.event for record in log.records] == ["lease.created", "lease.revoked", "lease.ended"]
    end = log.records[-1]
    assert (end.levelno, end.detail, end.error) == (logging.ERROR, "failed", "ZeroDivisionError")
    assert pair(1)["api_secret"] not in log.text
    assert world.tokens == 0


def test_a_callback_that_is_awaited_is_named_too(log):
    async def reconnect(_):
        raise LookupError

    async def live():
        vault = AsyncFetcher(World().keeper())
        vault.on_event(reconnect)
        async with vault:
            pass

    asyncio.run(live())
    failed = [record for record in log.records if record.event == journal.CALLBACK_FAILED]
    assert [record.callback.rpartition(".")[2] for record in failed] == ["reconnect"] * 3


def test_a_logging_setup_that_uses_our_names_costs_the_facts_and_not_the_lease(log, monkeypatch):
    plain = logging.getLogRecordFactory()

    def dressed(*arguments, **named):
        record = plain(*arguments, **named)
        record.version = "of the bot itself"
        return record

    monkeypatch.setattr(logging, "_logRecordFactory", dressed)
    journal.record(Notice(NoticeKind.ROTATED, "a", 2), "maker")
    (record,) = log.records
    assert record.getMessage() == "lease.rotated credential=maker accessor=a version=2"
    assert record.version == "of the bot itself"


def test_a_filter_that_raises_costs_the_line_and_not_the_lease(log):
    def broken(record):
        raise ZeroDivisionError

    journal.LOGGER.addFilter(broken)
    try:
        journal.record(Notice(NoticeKind.ROTATED, "a", 2), "maker")
    finally:
        journal.LOGGER.removeFilter(broken)
    assert log.records == []


def test_no_key_secret_or_token_is_in_a_record(log):
    world = World()
    every_event(world)
    for record in log.records:
        shown = repr(vars(record)) + record.getMessage()
        for number in (1, 2, 3):
            assert not [value for value in pair(number).values() if value[:14] in shown]
        assert world.secret_id not in shown
        assert "hvs." not in shown
    assert len(log.records) > 10
