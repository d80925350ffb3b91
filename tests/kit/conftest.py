"""A stranger's project: tests of its own, in the environment of the built wheel, where there are no sources of ours."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import ROOT, unavailable
from vault_binance.testing.server_binary import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

STRANGERS = Path(__file__).parent / "strangers"
INI = "[pytest]\naddopts = --strict-markers\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"


@pytest.fixture
def run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[..., pytest.RunResult]:
    """Run pytest in the environment called newest or lowest, on a copy of one of the strangers' files or of a project.

    Variables are given by keyword; nothing else of ours is there but where a server is found.
    """

    def ran(
        which: str, what: str | Path, *arguments: str, server: str | None = None, **variables: str
    ) -> pytest.RunResult:
        python = ROOT / ".wheel" / which / "bin" / "python"
        if not python.exists():
            unavailable(f"there is no {python.relative_to(ROOT)}: scripts/wheel makes it")
        server = server or str(request.getfixturevalue("vault_binary").path)
        for other in set(os.environ) - {"PATH"}:
            monkeypatch.delenv(other)
        for variable, text in {VARIABLE: server, "HOME": str(pytester.path), **variables}.items():
            monkeypatch.setenv(variable, text)
        if isinstance(what, Path):
            shutil.copytree(what, pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        else:
            shutil.copy(STRANGERS / f"{what}.py", pytester.path / f"test_{what}.py")
            pytester.makefile(".ini", pytest=INI)
        return pytester.run(python, "-m", "pytest", "-p", "no:anyio", "-rs", *arguments)

    return ran
