"""Where a RoleID and a wrapping token go: nothing is made that cannot be kept, nothing is left half-written."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import Stage, fresh

if TYPE_CHECKING:
    from tests.cli.conftest import Command


_FILES = [
    ("nowhere/x", "No such file or directory"),
    (".", "Is a directory"),
    ("", "Is a directory"),
    ("file/x", "Not a directory"),
    ("/proc/x", "No such file or directory"),
    ("x" * 300, "File name too long"),
]


@pytest.mark.parametrize(("path", "why"), _FILES, ids=lambda value: value[:20])
@pytest.mark.parametrize("line", ["bot add NEW --credential market-maker -o", "bot secret-id mm-1 -o"])
def test_a_place_that_cannot_be_written(command: Command, stage: Stage, line: str, path: str, why: str) -> None:
    Path("file").touch()
    name, before = fresh(), stage.audit_log.stat().st_size
    ran = command(*line.replace("NEW", name).split(), path, environ=stage.environ)
    assert (ran.code, ran.out) == (10, "")
    assert ran.error == f"cannot write {path!a}: {why}"
    assert ran.hint == "nothing was made"
    assert stage.audit_log.stat().st_size == before  # nothing was asked either
    assert [entry.name for entry in Path().iterdir()] == ["file"]


def test_a_full_disk_is_noticed_afterwards(command: Command, stage: Stage) -> None:
    ran = command("bot", "secret-id", "mm-1", "-o", "/dev/full", environ=stage.environ)
    assert (ran.code, ran.error) == (10, "cannot write '/dev/full': No space left on device")
    assert ran.hint == "what was made in Vault stays; run it again"


def test_the_files_modes_and_what_stood_there_before(command: Command, stage: Stage) -> None:
    Path("real").write_text("what was there")
    Path("real").chmod(0o666)
    Path("link").symlink_to("real")
    for _ in range(2):
        ran = command("bot", "secret-id", "mm-1", "-o", "link", environ=stage.environ)
        assert (ran.code, ran.out) == (0, "")
    assert Path("link").is_symlink()
    assert stat.S_IMODE(Path("real").stat().st_mode) == 0o600
    assert stage.opens(Path("real").read_text().strip())
    assert command("bot", "add", "mm-1", "--credential", "market-maker", environ=stage.environ).code == 0
    assert stat.S_IMODE(Path("mm-1.role-id").stat().st_mode) == 0o644
    assert sorted(entry.name for entry in Path().iterdir()) == ["link", "mm-1.role-id", "real"]


def test_a_failure_in_vault_leaves_no_file(command: Command, stage: Stage) -> None:
    ran = command("bot", "secret-id", "nobody", "-o", "x", environ=stage.environ)
    assert (ran.code, ran.hint.endswith("vault-binance bot add nobody --credential NAME")) == (23, True)
    assert command("bot", "add", "mm-3", "--credential", "nothing", environ=stage.environ).code == 23
    assert not list(Path().iterdir())


def test_devices_are_written_to_and_stay_devices(command: Command, stage: Stage) -> None:
    ran = command("bot", "secret-id", "mm-1", "-o", "/dev/null", environ=stage.environ)
    assert ran.code == 0
    assert Path("/dev/null").is_char_device()
