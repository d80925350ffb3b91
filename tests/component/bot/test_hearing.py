"""The one place where a supervisor waits."""

from __future__ import annotations

import os
import resource
import select
import signal
import threading
from math import inf
from types import SimpleNamespace

import pytest

from vault_binance.bot.hearing import Hearing


@pytest.fixture
def hearing():
    with Hearing() as hearing:
        yield hearing


def test_signals_come_in_their_order_and_nothing_else_happens(hearing):
    with hearing.signals((signal.SIGUSR1, signal.SIGTERM)):
        for number in (signal.SIGUSR1, signal.SIGTERM):
            os.kill(os.getpid(), number)
        assert hearing.wait() == [signal.SIGUSR1, signal.SIGTERM]
        assert hearing.wait(0) == []


def test_the_end_of_a_child_is_word_without_a_number(hearing):
    with hearing.signals(()):
        os.kill(os.getpid(), signal.SIGCHLD)
        assert hearing.wait() == []


def test_another_thread_ends_a_wait(hearing):
    threading.Timer(0.01, hearing.wake).start()
    assert hearing.wait() == []


def test_a_pipe_that_is_full_is_awake(hearing):
    for _ in range(70_000):
        hearing.wake()
    assert hearing.wait() == []


@pytest.fixture
def many_open():
    """A descriptor number beyond what select() can take, with the limit raised for it where that is low."""
    number, before = 2000, resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], number + 1), before[1]))
    yield number
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_bot_may_have_thousands_of_files_open(hearing, many_open):
    low, hearing._outlet = hearing._outlet, os.dup2(hearing._outlet, many_open)
    os.close(low)
    with hearing.signals((signal.SIGUSR1,)):
        assert hearing.wait(0) == []
        os.kill(os.getpid(), signal.SIGUSR1)
        assert hearing.wait() == [signal.SIGUSR1]


def test_a_wait_is_not_over_before_its_time(hearing, monkeypatch):
    """In whole milliseconds, upwards: a wait of less than one would else be none, again and again."""
    waited = []
    monkeypatch.setattr(select, "poll", lambda: SimpleNamespace(register=lambda *_: None, poll=waited.append))
    for seconds in (inf, 86401, 1.5, 0.0004, 0, -1):
        hearing.wait(seconds)
    assert waited == [86_400_000, 86_400_000, 1500, 1, 0, 0]


def test_a_thread_that_is_late_writes_nowhere(tmp_path):
    with Hearing() as hearing:
        pass
    with (tmp_path / "one").open("wb"), (tmp_path / "other").open("wb"):  # they have got the numbers of the pipe
        hearing.wake()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"", b""]


def test_what_is_ignored_stays_ignored(hearing):
    before = signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    try:
        with hearing.signals((signal.SIGUSR2,)):
            os.kill(os.getpid(), signal.SIGUSR2)
            assert hearing.wait(0) == []
            assert signal.getsignal(signal.SIGUSR2) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGUSR2, before)


def test_everything_is_as_before_afterwards(hearing):
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
    before = [signal.getsignal(number) for number in numbers]
    with hearing.signals(numbers):
        assert [signal.getsignal(number) for number in numbers] != before
    assert [signal.getsignal(number) for number in numbers] == before
    assert signal.set_wakeup_fd(-1) == -1
