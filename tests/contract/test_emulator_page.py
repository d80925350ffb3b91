"""The examples of docs/reference/emulator.md, run as they stand there."""

import os
import subprocess
import sys

import pytest

from tests.docs.pages import texts
from tests.support import ROOT

EXAMPLES = texts(ROOT / "docs" / "reference" / "emulator.md", "python")


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_runs(text, tmp_path):
    file = tmp_path / "test_example.py"
    file.write_text(text)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    pytests = "def test_" in text
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)] if pytests else [str(file)]
    environ = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-W", "error", *command],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ("1 passed" in ran.stdout) is pytests
