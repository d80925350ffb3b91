"""The scripts that make a machine ready, where something is missing: what they do, and what they say."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

USED = ("bash", "env", "printf")


class Machine:
    """Programs on a PATH of its own. Each does nothing but be there; `apt-get` writes down what it was asked."""

    def __init__(self, place: Path) -> None:
        self.programs, self.asked = place / "bin", place / "asked"
        self.programs.mkdir()
        self.asked.touch()
        for name in USED:
            (self.programs / name).symlink_to(shutil.which(name) or name)

    def has(self, name: str, does: str = "true") -> None:
        (self.programs / name).write_text(f"#!/usr/bin/env bash\n{does}\n")
        (self.programs / name).chmod(0o755)

    def has_apt_get(self, *, user: int = 0, works: bool = True) -> None:
        self.has("id", f"echo {user}")
        self.has("apt-get", f'printf "%s\\n" "$*" >> {self.asked}; {"true" if works else "exit 100"}')

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": str(self.programs), "TMPDIR": str(self.asked.parent)}
        return subprocess.run(
            ["bash", ROOT / "scripts" / script], env=environ, capture_output=True, text=True, timeout=30, check=False
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_systemd_that_is_there_is_left_as_it_is(machine: Machine) -> None:
    machine.has_apt_get()
    machine.has("systemd-run")
    done = machine.run("systemd")
    assert (done.returncode, done.stdout, machine.asked.read_text()) == (0, "", "")


def test_one_that_is_missing_comes_from_the_distribution(machine: Machine) -> None:
    machine.has_apt_get()
    done = machine.run("systemd")
    assert (done.returncode, done.stdout) == (0, "systemd: installed\n"), done.stderr
    assert machine.asked.read_text().endswith(" install -y --no-install-recommends systemd\n")


@pytest.mark.parametrize(
    ("user", "works", "why"), [(1000, True, "only root can install it"), (0, False, "apt-get could not install it")]
)
def test_where_it_cannot_be_installed_that_is_said(machine: Machine, user: int, works: bool, why: str) -> None:
    machine.has_apt_get(user=user, works=works)
    done = machine.run("systemd")
    assert done.returncode == 1
    assert why in done.stderr


def test_without_apt_get_that_is_said(machine: Machine) -> None:
    done = machine.run("systemd")
    assert done.returncode == 1
    assert "without apt-get it cannot be installed" in done.stderr
