"""A file edited in place: whole at every moment, and untouched where it is not the one that was read."""

import os

import pytest

from vault_binance.errors import ConfigError, WriteConflict
from vault_binance.ops import edited_file

BEFORE, AFTER = b"A=1\r\nSECRET=Canary\r\n", b"A=1\r\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / ".env"
    path.write_bytes(BEFORE)
    return path


def assert_untouched(file):
    assert file.read_bytes() == BEFORE
    assert [path.name for path in file.parent.iterdir() if path.name.endswith(".part")] == []


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400, 0o6750])
def test_its_text_changes_and_its_mode_and_owner_stay(file, mode):
    file.chmod(mode)
    was = file.stat()
    assert edited_file.replace(file, BEFORE, AFTER) == file
    now = file.stat()
    assert file.read_bytes() == AFTER
    assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)
    assert now.st_mtime_ns >= was.st_mtime_ns
    assert list(file.parent.iterdir()) == [file]


def test_somebody_elses_stays_theirs(file):
    owner = (12345, 54321) if os.getuid() == 0 else (os.getuid(), os.getgid())  # only root gives files away
    os.chown(file, *owner)
    edited_file.replace(file, BEFORE, AFTER)
    assert (file.stat().st_uid, file.stat().st_gid) == owner


def test_an_owner_that_may_not_be_given_is_no_edit(file, monkeypatch):
    def refused(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(edited_file, "_dress", refused)
    with pytest.raises(ConfigError, match="Operation not permitted") as caught:
        edited_file.replace(file, BEFORE, AFTER)
    assert "left as it is" in caught.value.hint
    assert_untouched(file)


def test_a_link_is_followed_and_stays_one(file, tmp_path):
    (tmp_path / "bots").mkdir()
    link = tmp_path / "bots" / "link"
    link.symlink_to("../.env")
    assert edited_file.replace(link, BEFORE, AFTER) == file.resolve()
    assert link.is_symlink()
    assert file.read_bytes() == AFTER
    assert list(link.parent.iterdir()) == [link]


def test_a_file_that_has_changed_is_left_alone(file):
    file.write_bytes(BEFORE + b"B=2\n")
    with pytest.raises(WriteConflict, match="changed meanwhile"):
        edited_file.replace(file, BEFORE, AFTER)
    assert file.read_bytes() == BEFORE + b"B=2\n"
    assert list(file.parent.iterdir()) == [file]


def test_one_with_another_name_would_keep_the_text_there(file):
    os.link(file, file.with_name("other"))
    with pytest.raises(ConfigError, match="it has 2 names"):
        edited_file.replace(file, BEFORE, AFTER)
    assert_untouched(file)


@pytest.mark.parametrize("kind", ["directory", "pipe", "nothing", "a loop"])
def test_what_is_no_regular_file(tmp_path, kind):
    path = tmp_path / "it"
    make = {"directory": path.mkdir, "pipe": lambda: os.mkfifo(path), "a loop": lambda: path.symlink_to(path)}
    make.get(kind, lambda: None)()
    with pytest.raises(ConfigError, match="cannot edit"):
        edited_file.replace(path, BEFORE, AFTER)


@pytest.mark.parametrize("call", ["_dress", "_sync_folder"])
def test_interrupted_it_is_the_old_one_or_the_new_one(file, monkeypatch, call):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(edited_file, call, interrupt)
    with pytest.raises(KeyboardInterrupt):
        edited_file.replace(file, BEFORE, AFTER)
    assert file.read_bytes() == (BEFORE if call == "_dress" else AFTER)
    assert list(file.parent.iterdir()) == [file]


def test_a_part_that_is_there_already_is_not_followed(file, tmp_path):
    """In a folder of others it may be a link of theirs."""
    bait = tmp_path / "bait"
    bait.write_bytes(b"theirs")
    (tmp_path / f".{file.name}.{os.getpid()}.part").symlink_to(bait)
    with pytest.raises(ConfigError, match="File exists"):
        edited_file.replace(file, BEFORE, AFTER)
    assert (file.read_bytes(), bait.read_bytes()) == (BEFORE, b"theirs")
