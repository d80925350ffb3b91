"""The status of a lease, and the files that keep it and the metrics: whole, readable, and no reason to end a bot."""

from __future__ import annotations

import json
import logging
import os
import re
import stat
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path

import pytest

from tests.component.bot.lives import every_event
from tests.component.bot.world import NAME, life, pair, started, until_waiting
from vault_binance.bot import journal, written
from vault_binance.bot.fetcher import Snapshot
from vault_binance.bot.metrics import MetricsFile
from vault_binance.bot.status import FIELDS, StatusFile, status_of
from vault_binance.errors import ConfigError
from vault_binance.lease_values import CloseRequested
from vault_binance.notices import Notice, NoticeKind

NEWS = Notice(NoticeKind.ROTATED)


def told(path):
    return json.loads(path.read_text())


# The status


def test_in_calm(world):
    keeper = started(world)
    world.advance(10)
    status = status_of(keeper)
    updated = datetime.fromisoformat(status.pop("updated"))
    assert abs(datetime.now(UTC) - updated) < timedelta(minutes=1)
    assert status == {
        "credential": NAME,
        "instance": "binance",
        "bot": "",
        "pid": os.getpid(),
        "phase": "holding",
        "reason": "",
        "usable": True,
        "version": 1,
        "age_seconds": 10,
        "usable_for_seconds": 3590,
        "latest": "",
        "lease": {
            "accessor": keeper.state.session.lease.accessor,
            "expires_in_seconds": 890,
            "renewable": True,
        },
        "failures": 0,
        "last_error": None,
    }


def test_every_field_is_there_at_any_time_and_documented(world):
    assert list(status_of(world.keeper())) == list(FIELDS)
    assert list(status_of(every_event(world))) == list(FIELDS)


def test_the_time_is_rfc_3339(world):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", status_of(world.keeper())["updated"])


def test_a_refusal_says_why_and_what_to_do(world):
    keeper = started(world)
    world.suspend()
    life(world, keeper, 40)
    status = status_of(keeper)
    assert (status["phase"], status["reason"], status["usable"], status["lease"]) == ("refused", "refused", False, None)
    assert status["last_error"].keys() == {"error", "reason", "hint"}
    assert status["last_error"]["error"] == "LoginRefused"
    assert (status["version"], status["age_seconds"], status["usable_for_seconds"]) == (1, None, None)


def test_while_vault_is_away_it_counts_failures_and_seconds(world):
    keeper = started(world)
    world.fake.unreachable = True
    life(world, keeper, 100)
    status = status_of(keeper)
    assert (status["phase"], status["usable"], status["last_error"]["error"]) == ("wavering", True, "VaultUnavailable")
    assert status["failures"] > 2
    assert (status["age_seconds"], status["usable_for_seconds"]) == (100, 3500)


def test_a_deleted_version_is_told_while_the_one_before_stays_in_use(world):
    keeper = started(world)
    world.made("POST", f"binance/delete/credentials/{NAME}", {"versions": [1]})
    life(world, keeper, 31)
    status = status_of(keeper)
    assert (status["phase"], status["usable"], status["latest"]) == ("holding", True, "deleted")


def test_what_has_no_end_is_null(world):
    """JSON has no infinity."""
    keeper = started(world)
    keeper.until = keeper.left = lambda: inf
    status = json.loads(json.dumps(status_of(keeper), allow_nan=False))
    assert status["usable"] is True
    assert status["usable_for_seconds"] is None
    assert status["lease"]["expires_in_seconds"] is None


def test_an_end_that_nobody_foresaw_does_not_quote_it(world):
    keeper = started(world)
    keeper.fail(ValueError(pair(1)["api_secret"]))
    until_waiting(keeper)
    status = status_of(keeper)
    assert (status["phase"], status["reason"]) == ("ended", "failed")
    assert status["last_error"] == {"error": "ValueError"}


def test_no_key_secret_or_token_is_in_it(world):
    keeper = every_event(world)
    for shown in (json.dumps(status_of(keeper)), json.dumps(status_of(started(world)))):
        for number in (1, 2, 3):
            assert not [value for value in pair(number).values() if value[:14] in shown]
        assert world.secret_id not in shown
        assert "hvs." not in shown


# Files


@pytest.fixture
def path(tmp_path):
    return tmp_path / "status.json"


def test_it_is_there_from_before_the_lease_until_after_its_end(world, path):
    keeper = world.keeper()
    with StatusFile(str(path), Snapshot(keeper)) as file:
        assert told(path)["phase"] == "logged out"
        until_waiting(keeper)
        file.write(NEWS)
        assert told(path)["phase"] == "holding"
        keeper.wish(CloseRequested())
        until_waiting(keeper)
    assert (told(path)["phase"], told(path)["reason"]) == ("ended", "closed")
    file.write(NEWS)
    assert list(path.parent.iterdir()) == [path]


def test_events_are_written_without_being_asked(world, path):
    snapshot = Snapshot(world.keeper())
    with StatusFile(str(path), snapshot) as file:
        assert snapshot._on_event == [file.write]


def test_both_files_at_once(world, tmp_path):
    status, metrics = tmp_path / "mm.json", tmp_path / "mm.prom"
    with written.written(Snapshot(started(world)), status_file=str(status), metrics_file=str(metrics)):
        assert told(status)["version"] == 1
        assert "# TYPE vault_binance_calls_total counter\n" in metrics.read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"mm.json", "mm.prom"}


def test_none_where_none_is_wanted(world, tmp_path):
    snapshot = Snapshot(world.keeper())
    with written.written(snapshot):
        assert snapshot._on_event == []


def test_others_may_read_it_whatever_the_umask_is(world, path):
    before = os.umask(0o077)
    try:
        with StatusFile(str(path), Snapshot(world.keeper())):
            assert stat.S_IMODE(path.stat().st_mode) == 0o644
    finally:
        os.umask(before)


def test_a_reader_never_sees_half_of_it(world, path):
    """It is another file each time, put in place whole."""
    with StatusFile(str(path), Snapshot(world.keeper())) as file, path.open() as opened:
        number = path.stat().st_ino
        file.write()
        assert path.stat().st_ino != number
        assert json.loads(opened.read())["phase"] == "logged out"


def test_a_link_that_somebody_put_there_is_replaced_and_not_followed(world, path, tmp_path):
    """In a directory where everybody may write, its target is whatever they want us to overwrite."""
    target = tmp_path / "target"
    for content in ("precious", None):
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        target.unlink() if content is None else target.write_text(content)
        with StatusFile(str(path), Snapshot(world.keeper())):
            assert not path.is_symlink()
            assert told(path)["phase"] == "logged out"
        assert (target.read_text() if target.exists() else None) == content


def test_a_link_to_what_is_no_file_is_left_alone(world, path):
    """As /dev/stdout is one."""
    path.symlink_to("/dev/null")
    with pytest.raises(ConfigError, match="no regular file"), StatusFile(str(path), Snapshot(world.keeper())):
        pytest.fail("it was not entered")
    assert path.is_symlink()


def test_a_directory_may_be_a_link(world, path, tmp_path, monkeypatch):
    """It is looked up at every write, from where the bot is: `current/status.json` goes where `current` leads."""
    first, second, link = tmp_path / "first", tmp_path / "second", tmp_path / "current"
    monkeypatch.chdir(tmp_path)
    for folder in (first, second):
        folder.mkdir()
        link.unlink(missing_ok=True)
        link.symlink_to(folder)
        written.replace_file("current/status.json", folder.name)
    assert [(folder / "status.json").read_text() for folder in (first, second)] == ["first", "second"]


def test_what_a_killed_process_of_our_number_left_is_in_nobodys_way(world, path):
    left = path.with_name(f"{path.name}.{os.getpid()}.part")
    left.write_text("half")
    with StatusFile(str(path), Snapshot(world.keeper())):
        assert not left.exists()
        assert told(path)["phase"] == "logged out"


@pytest.mark.parametrize("bad", ["/dev/null", "/nowhere/at/all.json", "."])
def test_a_path_that_cannot_be_written_fails_before_anything_is_sent(world, bad):
    snapshot = Snapshot(world.keeper())
    with pytest.raises(ConfigError, match="cannot write") as caught, StatusFile(bad, snapshot):
        pytest.fail("it was not entered")
    assert caught.value.hint
    assert snapshot._on_event == []
    assert not Path("/dev/null").is_file()


def test_of_two_files_the_good_one_is_ended_where_the_other_fails(world, path):
    with pytest.raises(ConfigError):
        written.written(Snapshot(world.keeper()), status_file=str(path), metrics_file="/nowhere/at/all.prom")
    assert told(path)["phase"] == "logged out"


def test_what_fails_later_is_logged_once_and_again_after_it_had_worked(world, path, monkeypatch, caplog):
    caplog.set_level(logging.WARNING, journal.LOGGER.name)
    full = OSError(28, "No space left on device")
    with StatusFile(str(path), Snapshot(started(world))) as file:
        for replace in (failing(full), failing(full), written.replace_file, failing(full)):
            with monkeypatch.context() as patch:
                patch.setattr(written, "replace_file", replace)
                file.write(NEWS)
    events = [(record.event, record.path, record.reason) for record in caplog.records]
    assert events == [(journal.FILE_FAILED, str(path), "No space left on device")] * 2


def failing(error):
    def fails(*_):
        raise error

    return fails


def test_a_failed_write_leaves_nothing_beside_it(path, monkeypatch):
    monkeypatch.setattr(os, "replace", failing(OSError(5, "Input/output error")))
    with pytest.raises(OSError, match="Input/output error"):
        written.replace_file(str(path), "text")
    assert list(path.parent.iterdir()) == []


def test_a_forked_child_leaves_its_parents_file_alone(world, path, monkeypatch):
    with StatusFile(str(path), Snapshot(world.keeper())) as file:
        before = path.read_text()
        until_waiting(world.keeper())
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: -1)
            file.write(NEWS)
        assert path.read_text() == before


class Ticks:
    """In the place of the event that ends the ticking: ends it after so many, with something happening at each."""

    def __init__(self, *happening):
        self.happening = list(happening)

    def is_set(self):
        return False

    def wait(self, _):
        if not self.happening:
            return True
        self.happening.pop(0)()
        return False


def test_a_tick_writes_what_no_event_told_and_else_now_and_then(world, path, monkeypatch):
    now, writes = [100.0], []
    monkeypatch.setattr(written.time, "monotonic", lambda: now[0])
    keeper = world.keeper()
    file = MetricsFile(str(path), Snapshot(keeper))
    monkeypatch.setattr(written, "replace_file", lambda *_: writes.append(now[0]))

    def pass_time():
        now[0] += 1

    def read_first():
        pass_time()
        until_waiting(keeper)

    file._over = Ticks(pass_time, read_first, *[pass_time] * 30)
    file._tick()
    assert writes == [101.0, 102.0, 113.0, 124.0]
