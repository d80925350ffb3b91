"""A credential in a file: in memory, private, whole, and gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from vault_binance.bot import credentials_file
from vault_binance.bot.credentials_file import CredentialsFile
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted

PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n"
CREDENTIALS = Credentials("maker", Redacted("k" * 64), Redacted("s" * 64), KeyType.HMAC, Environment.LIVE, 7)
WITH_PEM = Credentials("maker", Redacted("k" * 64), Redacted(PEM), KeyType.ED25519, Environment.LIVE, 8)


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A private directory, of which the system says that it is a tmpfs."""
    mounts(tmp_path, monkeypatch, "tmpfs")
    (tmp_path / "here").mkdir(mode=0o700)
    return tmp_path / "here"


def mounts(tmp_path, monkeypatch, kind):
    device = tmp_path.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    (tmp_path / "mountinfo").write_text(
        f"22 1 254:99 / / rw shared:1 - ext4 /dev/vdz rw\n36 22 {number} / /a\\040b rw,nosuid shared:2 - {kind} x rw\n"
    )
    monkeypatch.setattr(credentials_file, "MOUNTS", str(tmp_path / "mountinfo"))


def refused(path):
    with pytest.raises(ConfigError) as caught, CredentialsFile(str(path)):
        raise AssertionError("it was accepted")
    return caught.value


# Where


@pytest.mark.parametrize("kind", ["ext4", "xfs", "overlay", "nfs", "tmpfsx"])
def test_what_is_no_memory_is_refused_with_a_place_that_is(memory, tmp_path, monkeypatch, kind):
    mounts(tmp_path, monkeypatch, kind)
    error = refused(memory / "pair")
    assert f"would be on a file system of type {kind}: secrets are written to memory only" in error.message
    assert "/dev/shm" in error.hint
    assert not list(memory.iterdir())


def test_where_the_system_does_not_tell_it_is_refused(memory, monkeypatch):
    monkeypatch.setattr(credentials_file, "MOUNTS", "/no/such/file")
    assert "of type unknown" in refused(memory / "pair").message


@pytest.mark.parametrize("kind", ["tmpfs", "ramfs"])
def test_memory_is_accepted(memory, tmp_path, monkeypatch, kind):
    mounts(tmp_path, monkeypatch, kind)
    with CredentialsFile(str(memory / "pair")) as file:
        file.write(CREDENTIALS)
        assert (memory / "pair").is_file()


def test_the_systems_own_list_is_understood():
    assert credentials_file._kinds()
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    assert set(credentials_file._kinds()) == {line.split()[2] for line in lines}


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722])
def test_a_directory_where_others_may_replace_files_is_refused(memory, mode):
    memory.chmod(mode)
    assert "others may replace files" in refused(memory / "pair").message


@pytest.mark.parametrize("mode", [0o1777, 0o755, 0o700])
def test_a_sticky_or_private_one_is_not(memory, mode):
    memory.chmod(mode)
    with CredentialsFile(str(memory / "pair")) as file:
        file.write(CREDENTIALS)
        assert stat.S_IMODE((memory / "pair").stat().st_mode) == 0o600


def test_another_users_directory_is_refused(memory, monkeypatch):
    owner = memory.stat().st_uid or 1
    if memory.stat().st_uid == 0:
        os.chown(memory, owner, -1)
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert "others may replace files" in refused(memory / "pair").message


def test_what_is_there_and_not_ours_stays(memory):
    (memory / "victim").write_text("kept")
    (memory / "link").symlink_to("victim")
    (memory / "dangling").symlink_to("nowhere")
    (memory / "folder").mkdir()
    os.mkfifo(memory / "pipe")
    for name in ("link", "dangling", "folder", "pipe"):
        assert "exists, and is not a file of our own" in refused(memory / name).message
    assert (memory / "victim").read_text() == "kept"
    assert (memory / "link").is_symlink()


@pytest.mark.parametrize("path", ["", "here/", "/no/such/place/pair", "here/file/pair"])
def test_a_place_that_is_none(memory, monkeypatch, path):
    monkeypatch.chdir(memory.parent)
    (memory / "file").write_text("")
    assert "/dev/shm" in refused(path).hint


# What


def test_the_names_are_those_that_were_asked_for_and_json_keeps_its_own(memory):
    def variables(credentials):
        return {"KEY": credentials.api_key.reveal()}

    for name in ("pair.env", "pair.json"):
        with CredentialsFile(str(memory / name), variables) as file:
            file.write(CREDENTIALS)
            text = (memory / name).read_text()
        assert (text == f"KEY='{'k' * 64}'\n") is (name == "pair.env")
        assert ("api_key" in text) is (name == "pair.json")


def test_variables_are_what_a_shell_reads(memory):
    for credentials in (CREDENTIALS, WITH_PEM):
        with CredentialsFile(str(memory / "pair.env")) as file:
            file.write(credentials)
            show = '. ./pair.env; printf "%s|%s" "$BINANCE_API_KEY" "$BINANCE_API_SECRET"'
            shown = subprocess.run(["sh", "-c", show], cwd=memory, capture_output=True, check=True).stdout.decode()
        assert shown == f"{credentials.api_key.reveal()}|{credentials.secret.reveal()}"


def test_whatever_character_a_pair_has_a_shell_reads_it(memory):
    odd = Redacted("a'b\"c$HOME`id`\\d#e;f&")
    with CredentialsFile(str(memory / "pair")) as file:
        file.write(Credentials("maker", Redacted("k"), odd, KeyType.HMAC, Environment.LIVE))
        show = '. ./pair; printf "%s" "$BINANCE_API_SECRET"'
        shown = subprocess.run(["sh", "-c", show], cwd=memory, capture_output=True, check=True).stdout.decode()
    assert shown == odd.reveal()


def test_our_own_reader_of_such_files_reads_it_too(memory):
    from vault_binance.ops import env_file

    with CredentialsFile(str(memory / "pair")) as file:
        file.write(WITH_PEM)
        found = env_file.find(env_file.parse(env_file.read(memory / "pair")), "maker", key_type=KeyType.ED25519)
    assert (found.secret, found.key_type) == (WITH_PEM.secret, KeyType.ED25519)


def test_json_has_the_fields_as_they_are_stored(memory):
    with CredentialsFile(str(memory / "pair.json")) as file:
        file.write(WITH_PEM)
        assert json.loads((memory / "pair.json").read_text()) == {
            "name": "maker",
            "version": 8,
            "api_key": "k" * 64,
            "private_key": PEM,
            "key_type": "ED25519",
            "environment": "live",
        }


# When


def test_each_version_is_another_file_in_the_same_place(memory):
    (memory / "pair").write_text("left by one that was killed")
    with CredentialsFile(str(memory / "pair")) as file:
        file.write(CREDENTIALS)
        with (memory / "pair").open() as opened:
            file.write(WITH_PEM)
            assert "s" * 64 in opened.read(), "who reads the old one reads it to its end"
        assert PEM in (memory / "pair").read_text()
        assert [path.name for path in memory.iterdir()] == ["pair"]
    assert not list(memory.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_it_is_gone_after_an_error(memory, error):
    with suppress(error), CredentialsFile(str(memory / "pair")) as file:
        file.write(CREDENTIALS)
        assert (memory / "pair").is_file()
        raise error
    assert not list(memory.iterdir())


def test_only_our_own_is_removed(memory):
    with CredentialsFile(str(memory / "pair")):
        (memory / "pair").write_text("another's")
    assert (memory / "pair").read_text() == "another's"
    with CredentialsFile(str(memory / "pair")) as file:
        file.write(CREDENTIALS)
        (memory / "other").write_text("another's")
        (memory / "other").rename(memory / "pair")
    assert (memory / "pair").read_text() == "another's"


# Whose


def test_a_second_one_is_refused_while_the_first_keeps_it(memory):
    with CredentialsFile(str(memory / "pair")) as file:
        for credentials in (CREDENTIALS, WITH_PEM):
            file.write(credentials)
            error = refused(memory / "pair")
            assert "is kept by another process" in error.message
            assert "name another place" in error.hint
        assert [path.name for path in memory.iterdir()] == ["pair"]
        with CredentialsFile(str(memory / "another")) as other:
            other.write(CREDENTIALS)
    assert not list(memory.iterdir())


def test_of_two_that_begin_at_once_the_second_writes_nothing(memory):
    with CredentialsFile(str(memory / "pair")) as first, CredentialsFile(str(memory / "pair")) as second:
        first.write(CREDENTIALS)
        before = (memory / "pair").read_text()
        with pytest.raises(ConfigError, match="is kept by another process"):
            second.write(WITH_PEM)
        second.remove()
        assert (memory / "pair").read_text() == before
        assert [path.name for path in memory.iterdir()] == ["pair"]


def test_who_begins_over_what_a_killed_one_left_keeps_it_from_then_on(memory):
    (memory / "pair").write_text("left by one that was killed")
    with CredentialsFile(str(memory / "pair")):
        assert "is kept by another process" in refused(memory / "pair").message


def test_the_lock_ends_with_the_process_however_that_ends(memory):
    ready, told = os.pipe()
    if (child := os.fork()) == 0:
        with suppress(BaseException), CredentialsFile(str(memory / "pair")) as file:
            file.write(CREDENTIALS)
            os.write(told, b"x")
            signal.pause()
        os._exit(1)
    os.close(told)
    try:
        assert os.read(ready, 1) == b"x"
        assert "is kept by another process" in refused(memory / "pair").message
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready)
    with CredentialsFile(str(memory / "pair")) as file:
        file.write(WITH_PEM)
        assert PEM in (memory / "pair").read_text()
    assert not list(memory.iterdir())


def test_what_cannot_be_written_leaves_the_one_before(memory):
    with CredentialsFile(str(memory / "pair")) as file:
        file.write(CREDENTIALS)
        before = (memory / "pair").read_text()
        (memory / f".pair.{os.getpid()}.part").mkdir()
        with pytest.raises(ConfigError, match="cannot write") as caught:
            file.write(WITH_PEM)
        assert "k" * 9 not in repr(caught.value) + caught.value.hint
        assert (memory / "pair").read_text() == before
        (memory / f".pair.{os.getpid()}.part").rmdir()


def test_it_holds_the_directory_and_not_its_name(memory):
    """Whoever moves another directory into its place gets nothing."""
    with CredentialsFile(str(memory / "pair")) as file:
        memory.rename(memory.parent / "moved")
        memory.mkdir()
        file.write(CREDENTIALS)
        assert (memory.parent / "moved" / "pair").is_file()
        assert not list(memory.iterdir())
    assert not list((memory.parent / "moved").iterdir())


def test_no_descriptor_is_left(memory):
    before = len(list(Path("/proc/self/fd").iterdir()))
    with CredentialsFile(str(memory / "pair")) as file:
        file.write(CREDENTIALS)
    (memory / "link").symlink_to("x")
    refused(memory / "link")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
