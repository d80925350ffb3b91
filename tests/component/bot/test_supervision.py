"""Supervision in one process: what it makes of what a lease says at this moment or that.

Whole lives, with real commands, signals and a real Vault, are in tests/cli/test_supervise*.py.
"""

from __future__ import annotations

import os
import signal
from types import SimpleNamespace

import pytest

from vault_binance.bot.child import start_beside
from vault_binance.bot.supervision import Supervision
from vault_binance.command_life import OnChange, Rules
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import ConfigError, CredentialsStale, LeaseEnded
from vault_binance.redacted import Redacted

RESTART = Rules(OnChange.RESTART)
REFUSED = LeaseEnded("refused", reason="refused")
WAITS, ENDS = "exec sleep 60", "exit 7"


def pair(version, letter=""):
    letter = letter or "abcdefg"[version]
    return Credentials("maker", Redacted(letter * 64), Redacted(letter * 64), KeyType.HMAC, Environment.LIVE, version)


class Lease:
    """What a Fetcher shows: each look takes the next of what there is to hand out, the last one again and again.

    Word of a change comes once, after the first.
    """

    def __init__(self, *credentials):
        self.queue, self.version = list(credentials), 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def on_event(self, callback):
        callback("a notice")

    @property
    def credentials(self):
        found = self.queue.pop(0) if len(self.queue) > 1 else self.queue[0]
        if isinstance(found, Exception):
            raise found
        return found


class Started:
    """Starts commands of a shell, the last one again and again, and keeps what they were given."""

    def __init__(self, *scripts):
        self.scripts, self.given, self.pids = list(scripts), [], []

    def __call__(self, credentials):
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        self.given.append(credentials.version)
        self.pids.append(start_beside("/bin/sh", ["sh", "-c", script], {"PATH": "/usr/bin:/bin"}))
        return self.pids[-1]


@pytest.fixture(autouse=True)
def limits(monkeypatch):
    """The run's own limit for core files is left alone."""
    monkeypatch.setattr("vault_binance.bot.core_dumps.forbid", lambda: None)


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervised(said):
    def supervised(lease, started, rules=RESTART, file=None, fits=lambda _: None):
        return Supervision(lease, started, rules, fits=fits, file=file, note=said.append, warn=said.append).run()

    return supervised


def test_the_exit_code_is_the_commands(supervised):
    assert supervised(Lease(pair(1)), Started(ENDS)) == 7
    assert supervised(Lease(pair(1)), Started("kill -USR1 $$")) == -signal.SIGUSR1


def test_a_rotation_between_the_last_look_and_the_start_is_no_other_restart(supervised, said):
    """What the command was started with counts, and not what was seen before."""
    lease = Lease(pair(1), pair(2), pair(2), pair(2), pair(2), pair(3))
    started = Started(WAITS, ENDS)
    assert supervised(lease, started) == 7
    assert started.given == [1, 3]
    assert len([text for text in said if "asked to end" in text]) == 1


def test_nothing_is_ended_while_there_is_nothing_to_hand_out(supervised, said):
    started = Started("sleep 0.02; exit 7")
    assert supervised(Lease(pair(1), CredentialsStale("away")), started) == 7
    assert (started.given, said) == ([1], [])


def test_a_refusal_is_raised_though_the_bot_is_allowed_again_by_then(supervised):
    with pytest.raises(LeaseEnded) as caught:
        supervised(Lease(pair(1), REFUSED, pair(1)), Started(WAITS))
    assert caught.value is REFUSED


def test_a_refusal_that_is_ignored_is_told_once_each_time(supervised, said):
    rules = Rules(OnChange.RESTART, refusal_ends=False)
    lease = Lease(pair(1), REFUSED)
    assert supervised(lease, Started("sleep 0.02; exit 7"), rules) == 7
    assert said == ["the command goes on with the credential that it has, though Vault refuses it"]


def test_a_rotation_that_is_ignored_is_told_once_each_time(supervised, said):
    lease = Lease(pair(1), pair(2), pair(2), pair(3, "c"), pair(3, "c"))
    started = Started("sleep 0.02; exit 7")
    assert supervised(lease, started, Rules(OnChange.IGNORE)) == 7
    assert started.given == [1]
    going_on = "is there; the command goes on with version 1"
    assert said == [f"version 2 {going_on}", f"version 3 {going_on}"]


def test_another_version_of_the_pair_that_the_command_has_is_not_worth_a_word(supervised, said):
    lease = Lease(pair(1, "a"), pair(2, "a"))
    assert supervised(lease, Started("sleep 0.02; exit 7"), Rules(OnChange.IGNORE)) == 7
    assert said == []


def test_without_a_credential_nothing_is_started(supervised):
    started = Started(ENDS)
    with pytest.raises(CredentialsStale):
        supervised(Lease(CredentialsStale("away")), started)
    assert not started.pids


def test_what_nobody_foresaw_leaves_no_command_behind(supervised):
    started = Started(WAITS)
    with pytest.raises(RuntimeError):
        supervised(Lease(pair(1), RuntimeError("a mistake of ours")), started)
    assert os.waitstatus_to_exitcode(os.waitpid(started.pids[0], 0)[1]) == -signal.SIGTERM


def test_a_credential_that_cannot_be_put_in_place_disturbs_nobody(supervised, said):
    written = []

    def write(credentials):
        if credentials.version > 1:
            raise ConfigError("cannot write it: no space left")
        written.append(credentials.version)

    file = SimpleNamespace(write=write, remove=lambda: written.append("removed"))
    started = Started("sleep 0.02; exit 7")
    assert supervised(Lease(pair(1), pair(2)), started, file=file) == 7
    assert (started.given, written) == ([1], [1, "removed"])
    assert said == ["the command keeps the credential that it has: cannot write it: no space left"]


def test_nor_does_one_that_the_command_cannot_be_given(supervised, said, monkeypatch):
    """It is asked before the command is ended: afterwards there would be none."""
    monkeypatch.setattr("vault_binance.bot.supervision.WRITE_AGAIN", 0.01)  # no word comes of version 3

    def fits(credentials):
        if credentials.version == 2:
            raise ConfigError("it would not be understood")

    started = Started(WAITS, ENDS)
    assert supervised(Lease(pair(1), pair(2), pair(2), pair(3)), started, fits=fits) == 7
    assert started.given == [1, 3]
    assert said[0] == "the command keeps the credential that it has: it would not be understood"


def test_a_first_one_that_it_cannot_be_given_starts_nothing(supervised):
    def fits(_):
        raise ConfigError("it would not be understood")

    started = Started(WAITS)
    with pytest.raises(ConfigError):
        supervised(Lease(pair(1)), started, fits=fits)
    assert not started.pids
