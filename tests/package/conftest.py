"""The package as `scripts/wheel` built and installed it: never these sources.

Rules of the file
- A program of an environment sees an environment of its own, without our PYTHONPATH.
- A wheel of other sources than those beside it proves nothing: it counts as not there.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from tests.support import ROOT, unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COPIED = {
    "vault_binance": "vault_binance",
    "policies": "vault_binance/policies",
    "tools/vault": "vault_binance/testing/gobuild",
}
"""Where the parts of the wheel come from."""


def sources() -> dict[str, bytes]:
    """What the wheel has to hold, by name in it."""
    return {
        f"{place}/{path.relative_to(ROOT / directory)}": path.read_bytes()
        for directory, place in COPIED.items()
        for path in (ROOT / directory).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


@dataclass(frozen=True, slots=True)
class Environment:
    """One in which the wheel is installed."""

    directory: Path

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def installed(self) -> Path:
        (packages,) = self.directory.glob("lib/python3*/site-packages")
        return packages

    def run(
        self, *command: str, environ: Mapping[str, str] | None = None, stdin: str = "", cwd: Path | None = None
    ) -> str:
        """What a program of its own printed; it has to end well."""
        ran = subprocess.run(
            [self.directory / "bin" / command[0], *command[1:]],
            env={"PATH": os.defpath, **(environ or {})},
            input=stdin,
            cwd=cwd or self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


@pytest.fixture(scope="session")
def wheel() -> Path:
    found = list((ROOT / "dist").glob("*.whl"))
    if not found:
        unavailable("there is no wheel: scripts/wheel makes it")
    with ZipFile(found[0]) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
    if held != sources():
        unavailable("the wheel is one of other sources: scripts/wheel makes it anew")
    return found[0]


@pytest.fixture(scope="session")
def sdist(wheel: Path) -> Path:
    (found,) = wheel.parent.glob("*.tar.gz")
    return found


@pytest.fixture(scope="session")
def lowest(wheel: Path) -> Environment:
    return _environment("lowest", wheel)


@pytest.fixture(scope="session")
def newest(wheel: Path) -> Environment:
    return _environment("newest", wheel)


def _environment(name: str, wheel: Path) -> Environment:
    found = Environment(ROOT / ".wheel" / name)
    with ZipFile(wheel) as archive:
        (record,) = [each for each in archive.namelist() if each.endswith(".dist-info/RECORD")]
        held = {line for line in archive.read(record).decode().splitlines() if not line.startswith(record)}
    if not found.python.exists() or not held <= set((found.installed / record).read_text().splitlines()):
        unavailable(f".wheel/{name} has not this wheel: scripts/wheel installs it")
    return found
