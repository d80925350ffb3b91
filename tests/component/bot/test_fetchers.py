"""Fetcher and AsyncFetcher: one suite for both, on a fake Vault; what only one of them has is at the end.

No test waits for time to pass: reads are due in an hour, and asked for by `refresh`.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from contextlib import asynccontextmanager, suppress

import pytest

from tests.component.bot.test_keeping import raising
from tests.component.bot.world import READ, pair
from vault_binance.bot.aio import AsyncFetcher
from vault_binance.bot.fetcher import Fetcher
from vault_binance.errors import (
    CredentialsStale,
    LeaseEnded,
    LoginRefused,
    PermissionDenied,
    SecretNotFound,
    VaultUnavailable,
)
from vault_binance.schedules import STANDARD

NOTHING = 'path "auth/token/revoke-self" { capabilities = ["update"] }'


class InThreads:
    """A Fetcher with the methods of an AsyncFetcher, so that one suite runs on both."""

    def __init__(self, keeper):
        self.plain = Fetcher(keeper)

    def __getattr__(self, name):
        return getattr(self.plain, name)

    async def start(self):
        await asyncio.to_thread(self.plain.start)

    async def aclose(self):
        await asyncio.to_thread(self.plain.close)

    async def wait(self, timeout=None):  # noqa: ASYNC109
        return await asyncio.to_thread(self.plain.wait, timeout)

    async def refresh(self, timeout=30.0):  # noqa: ASYNC109
        return await asyncio.to_thread(self.plain.refresh, timeout)


@pytest.fixture(params=[InThreads, AsyncFetcher], ids=["sync", "async"])
def kind(request):
    return request.param


@pytest.fixture
def fetcher(kind, world):
    """Makes one; the clock moves with each refresh, so that none has to wait for the gap between two."""

    @asynccontextmanager
    async def made(prepare=lambda _: None, **settings):
        made = kind(world.keeper(**settings))
        prepare(made)
        await made.start()
        world.advance(2)
        try:
            yield made
        finally:
            await made.aclose()

    return made


def both(test):
    """Run a coroutine that takes fixtures."""
    import functools

    @functools.wraps(test)
    def run(*arguments, **fixtures):
        asyncio.run(test(*arguments, **fixtures))

    return run


def seen(log):
    """An `on_event` that keeps the kinds."""
    return lambda made: made.on_event(lambda notice: log.append(str(notice.kind)))


# What a reader sees


@both
async def test_inside_the_block_there_are_credentials_and_afterwards_none_and_no_token(fetcher, world):
    async with fetcher() as vault:
        assert vault.credentials.api_key.reveal() == pair(1)["api_key"]
        assert (vault.version, vault.age, str(vault.session.phase)) == (1, 2, "holding")
        assert world.tokens == 1
    with pytest.raises(LeaseEnded, match="closed"):
        vault.credentials  # noqa: B018
    assert world.tokens == 0


@both
async def test_reading_is_an_attribute_that_asks_nobody(fetcher, world):
    async with fetcher() as vault:
        before = list(world.fake.calls)
        assert len({id(vault.credentials) for _ in range(1000)}) == 1
        assert world.fake.calls == before


@both
async def test_a_rotation_reaches_a_reader_and_a_callback_that_gets_both(fetcher, world):
    changes = []
    async with fetcher() as vault:
        vault.on_change(lambda old, new: changes.append((old.version, new.version)))
        kept = vault.credentials
        world.put(2)
        assert (await vault.refresh()).version == vault.credentials.version == 2
        assert (kept.version, kept.api_key.reveal()) == (1, pair(1)["api_key"]), "a snapshot does not change"
        await told(changes)
    assert changes == [(1, 2)]


async def told(log):
    """Readers see a change before callbacks are told of it."""
    while not log:  # noqa: ASYNC110  the callback may run in a thread
        await asyncio.sleep(0.001)


@both
async def test_events_are_told_in_order(fetcher, world):
    log = []
    async with fetcher(seen(log)) as vault:
        world.put(2)
        await vault.refresh()
    assert log == ["created", "rotated", "revoked", "ended"]


@both
async def test_a_refusal_stops_the_handing_out_and_an_allowance_resumes_it(fetcher, world):
    log = []
    async with fetcher(seen(log)) as vault:
        world.suspend()
        with pytest.raises(LeaseEnded) as caught:
            await vault.refresh()
        assert isinstance(caught.value.__cause__, LoginRefused)
        with pytest.raises(LeaseEnded):
            await vault.wait(timeout=0.01)
        world.allow()
        world.advance(2)
        assert (await vault.refresh()).version == (await vault.wait()).version == 1
    assert [kind for kind in log if kind != "revoked"] == [
        "created",
        "expired",
        "refused",
        "created",
        "recovered",
        "ended",
    ]


@both
async def test_while_vault_is_away_the_last_one_is_given_until_it_is_too_old(fetcher, world):
    async with fetcher() as vault:
        world.fake.unreachable = True
        assert (await vault.refresh()).version == 1
        world.advance(3600)
        with pytest.raises(CredentialsStale) as caught:
            vault.credentials  # noqa: B018
        assert isinstance(caught.value.__cause__, VaultUnavailable)
        assert caught.value.transient


@both
async def test_after_the_host_slept_a_reader_wakes_the_lease(fetcher, world):
    async with fetcher(read_every=100_000.0, max_stale=600.0) as vault:
        world.advance(601)
        with pytest.raises(CredentialsStale):
            vault.credentials  # noqa: B018
        assert (await vault.wait(timeout=5)).version == 1


# Callbacks


@both
async def test_a_callback_that_fails_is_logged_and_stops_nothing(fetcher, world, caplog):
    log = []
    async with fetcher() as vault:
        vault.on_event(raising(RuntimeError("of a callback")))
        vault.on_event(lambda notice: log.append(notice.kind))
        world.put(2)
        await vault.refresh()
        await told(log)
        assert vault.credentials.version == 2
    assert {record.exc_info[1].args for record in caplog.records if record.exc_info} == {("of a callback",)}


@both
async def test_a_callback_may_read_and_register_another(fetcher, world):
    versions = []
    async with fetcher() as vault:

        @vault.on_change
        def first(old, new):
            vault.on_change(lambda *_: None)
            versions.append(vault.credentials.version)

        world.put(2)
        await vault.refresh()
        await told(versions)
    assert versions == [2]


# The start


@pytest.mark.parametrize(
    ("break_it", "error"),
    [
        (lambda world: world.suspend(), LoginRefused),
        (lambda world: world.operator.write_policy("binance-reader", NOTHING), PermissionDenied),
        (lambda world: world.made("DELETE", "binance/metadata/credentials/maker", {}), SecretNotFound),
        (lambda world: setattr(world.fake, "unreachable", True), VaultUnavailable),
    ],
    ids=["suspended", "denied", "absent", "away"],
)
@both
async def test_a_start_that_cannot_succeed_raises_why_and_leaves_no_token(fetcher, world, break_it, error):
    break_it(world)
    with pytest.raises(error):
        async with fetcher(settle=0.0):
            raise AssertionError
    assert world.tokens == 0


@both
async def test_a_start_that_is_denied_waits_until_it_is_known_why(kind, world):
    """The phase is there before the reason is: three more questions lie between them."""
    world.operator.write_entity("binance-bot-1", metadata={"binance_credential": "another"})
    keeper, seen = world.keeper(settle=0.0), []
    made = kind(keeper)
    explain = keeper._errands.explain

    def explained():
        seen.append(made._has_started())
        explain()

    keeper._errands.explain = explained
    with pytest.raises(PermissionDenied) as caught:
        await made.start()
    assert set(seen) == {False}
    assert "this entity's says 'another'" in caught.value.hint


@both
async def test_a_start_whose_reason_cannot_be_found_ends_all_the_same(kind, world):
    """With a token of somebody else's nothing is left to be done then, by which it could be noticed."""
    world.operator.write_entity("binance-bot-1", metadata={"binance_credential": "another"})
    brought = world.token()
    keeper = world.keeper(lambda: brought, settle=0.0)
    made = kind(keeper)
    keeper._errands.explain = raising(ValueError("nobody foresaw it"))
    with pytest.raises((PermissionDenied, LeaseEnded)):
        await asyncio.wait_for(made.start(), 10)
    assert not keeper.is_explaining


@both
async def test_a_start_that_is_denied_says_what_is_missing(fetcher, world):
    world.operator.write_entity("binance-bot-1", metadata={"binance_credential": "another"})
    with pytest.raises(PermissionDenied) as caught:
        async with fetcher(settle=0.0):
            raise AssertionError
    assert "this entity's says 'another'" in caught.value.hint


@both
async def test_nothing_is_sent_before_the_start(kind, world):
    kind(world.keeper())
    assert world.calls == []


@both
async def test_one_that_is_closed_does_not_begin_again(fetcher, world):
    async with fetcher() as vault:
        pass
    with pytest.raises(LeaseEnded, match="closed"):
        await vault.start()
    await vault.aclose()
    assert world.tokens == 0


# What nobody foresaw


@both
async def test_an_exception_in_the_loop_reaches_the_next_reader(fetcher, world, monkeypatch):
    async with fetcher() as vault:
        monkeypatch.setattr("vault_binance.bot.errands.Errands._read", raising(ZeroDivisionError("unforeseen")))
        with pytest.raises(LeaseEnded, match="failed") as caught:
            await vault.refresh()
        assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert world.tokens == 0


@both
async def test_a_callback_that_hangs_stops_no_lease(fetcher, world):
    hangs = threading.Event()
    async with fetcher() as vault:
        vault.on_change(lambda *_: hangs.wait(0.2) and None)
        world.put(2)
        await vault.refresh()
        world.advance(2)
        world.suspend()
        with pytest.raises(LeaseEnded):
            await vault.refresh()
        hangs.set()


@both
async def test_a_refresh_never_answers_with_a_read_that_began_before_it(fetcher, world, monkeypatch):
    """A read is under way and has its answer already when the next version is stored."""
    async with fetcher(login_gap=0.0) as vault:
        send, asked, answered = world.fake.send, threading.Event(), threading.Event()

        def slow(method, path, **rest):
            answer = send(method, path, **rest)
            if path == READ:
                asked.set()
                answered.wait(5)
            return answer

        monkeypatch.setattr(world.fake, "send", slow)
        early = asyncio.create_task(vault.refresh())
        await asyncio.to_thread(asked.wait, 5)
        monkeypatch.setattr(world.fake, "send", send)
        world.put(2)
        late = asyncio.create_task(vault.refresh())
        await asyncio.sleep(0.01)
        answered.set()
        assert (await early).version in {1, 2}
        assert (await late).version == 2


@both
async def test_one_that_is_asked_to_close_hands_out_nothing_more_whatever_it_waits_for(fetcher, world):
    async with fetcher() as vault:
        vault._ask_to_close()
        with pytest.raises(LeaseEnded, match="closed"):
            vault.credentials  # noqa: B018


@both
async def test_before_the_start_every_question_says_what_to_do(kind, world):
    vault = kind(world.keeper())
    for ask in (vault.wait, vault.refresh):
        with pytest.raises(CredentialsStale) as caught:
            await ask()
        assert "with Fetcher" in caught.value.hint


@both
async def test_what_cannot_be_called_or_pickled_is_said_at_once(kind, world):
    vault = kind(world.keeper())
    with pytest.raises(TypeError, match="nothing to call"):
        vault.on_change(3)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(vault)


# Only in threads


def test_a_callback_may_ask_for_a_read_and_for_the_end(world):
    vault = Fetcher(world.keeper())
    ended = threading.Event()

    @vault.on_change
    def change(old, new):
        world.advance(2)
        assert vault.refresh().version == vault.wait().version == 2
        vault.close()

    vault.on_event(lambda notice: ended.set() if notice.kind == "ended" else None)
    with vault:
        world.advance(2)
        world.put(2)
        with suppress(LeaseEnded):  # whichever is quicker
            vault.refresh()
        assert ended.wait(5)
    assert world.tokens == 0


def test_the_thread_is_a_daemon_ends_with_the_block_and_is_one(world):
    before = threading.active_count()
    with Fetcher(world.keeper()) as vault:
        vault.start()
        (thread,) = [thread for thread in threading.enumerate() if thread.name == "lease of maker"]
        assert thread.daemon
    assert threading.active_count() == before


def test_a_coroutine_is_refused_where_nobody_would_await_it(world):
    async def change(old, new): ...

    with pytest.raises(TypeError, match="AsyncFetcher"):
        Fetcher(world.keeper()).on_change(change)


def test_threads_that_start_it_at_once_make_one_lease(world):
    vault = Fetcher(world.keeper())
    threads = [threading.Thread(target=vault.start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.tokens == 1
    vault.close()
    assert world.tokens == 0


# Only in an event loop


@both
async def test_a_callback_may_be_a_coroutine(world):
    log = []

    async def change(old, new):
        await asyncio.sleep(0)
        log.append(new.version)

    async def failing(old, new):
        await asyncio.sleep(0)
        raise RuntimeError

    async with AsyncFetcher(world.keeper()) as vault:
        world.advance(2)
        vault.on_change(failing)
        vault.on_change(change)
        world.put(2)
        await vault.refresh()
        await told(log)
    assert log == [2]


@both
async def test_a_lease_outlives_what_is_done_to_tasks(world):
    async def change(old, new):
        raise asyncio.CancelledError

    async with AsyncFetcher(world.keeper()) as vault:
        world.advance(2)
        vault.on_change(change)
        world.put(2)
        await vault.refresh()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)
        world.advance(2)
        world.suspend()
        with pytest.raises(LeaseEnded):
            await vault.refresh()
        world.allow()
    assert world.tokens <= 1, "of a suspended bot none is taken back"


def test_a_loop_that_ends_without_aclose_leaves_a_lease_that_still_hears(world):
    async def live():
        vault = AsyncFetcher(world.keeper())
        await vault.start()
        return vault

    vault = asyncio.run(live())
    world.advance(2)
    world.suspend()
    vault._ask_to_read()
    vault._thread.join(0.05)
    with pytest.raises(LeaseEnded):
        vault.credentials  # noqa: B018
    vault._ask_to_close()
    vault._thread.join()


@both
async def test_a_callback_may_close_it(world):
    closed = asyncio.Event()

    async with AsyncFetcher(world.keeper()) as vault:

        @vault.on_change
        async def change(old, new):
            await vault.aclose()
            closed.set()

        world.advance(2)
        world.put(2)
        with suppress(LeaseEnded):
            await vault.refresh()
        await closed.wait()
    assert world.tokens == 0


@both
async def test_a_cancelled_block_gives_back(world):
    async def bot():
        async with AsyncFetcher(world.keeper()):
            inside.set()
            await asyncio.sleep(3600)

    inside = asyncio.Event()
    task = asyncio.create_task(bot())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert world.tokens == 0


def test_without_signals_none_is_touched(world):
    import signal

    before = [signal.getsignal(number) for number in signal.valid_signals()]
    with Fetcher(world.keeper()):
        assert [signal.getsignal(number) for number in signal.valid_signals()] == before


def test_the_schedule_is_the_standard_one_where_nobody_says(world):
    assert world.keeper().schedule == STANDARD


def test_lines_of_the_log_name_the_event_and_hold_no_secret(world, caplog):
    with caplog.at_level(logging.DEBUG, "vault_binance"), Fetcher(world.keeper()):
        pass
    messages = [record.getMessage() for record in caplog.records]
    assert [message.split()[0] for message in messages] == ["lease.created", "lease.revoked", "lease.ended"]
    assert not any(secret in " ".join(messages) for secret in (*pair(1).values(), world.secret_id))
