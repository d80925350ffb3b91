"""`scripts/bench plugin`: what a run of pytest pays for our plugin where no test uses it.

Whole runs of one empty test in the environment of the built wheel (`scripts/wheel newest`), with the plugin and with
`-p no:vault_binance`, in turn, which of them first in turn too; the least of the processor's time, since a busy machine
only adds. Beside them the two things that there are to pay for, each by itself: the import, after pytest's own, and the
list of the package's files, which pytest reads of everything that has a plugin, loaded or not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PYTHON = Path(__file__).parents[1] / ".wheel" / "newest" / "bin" / "python"
BAR_MS = 30.0
RUNS = {"with": (), "without": ("-p", "no:vault_binance")}
SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

TIMED = """
import importlib.metadata, pytest, time
from _pytest.config import _iter_rewritable_modules
began = time.process_time()
{code}
print((time.process_time() - began) * 1000)
"""
IMPORT = "import vault_binance.testing.pytest_plugin"
LIST = 'list(_iter_rewritable_modules(str(file) for file in importlib.metadata.distribution("vault-binance").files))'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    if not PYTHON.exists():
        sys.exit(f"{PYTHON} is not there: scripts/wheel newest makes it")
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        took: dict[str, list[float]] = {name: [] for name in RUNS}
        for number in range(rounds + 1):
            for name in sorted(RUNS, reverse=number % 2 == 1):
                took[name].append(run(directory, *RUNS[name]))
    least = {name: min(every[1:]) for name, every in took.items()}  # the first one compiles
    added, imported, listed = least["with"] - least["without"], *(least_ms(code, rounds) for code in (IMPORT, LIST))
    print(f"a run with the plugin {least['with']:.0f} ms, without {least['without']:.0f} ms: {added:+.1f} ms")
    print(f"its import {imported:.1f} ms, the list of our files {listed:.1f} ms; the bar for both is {BAR_MS:g} ms")
    return int(imported + listed > BAR_MS)


def run(directory: str, *arguments: str) -> float:
    command = [str(PYTHON), "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    with subprocess.Popen(command, cwd=directory, env=environment(), **SILENT) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command} ended with {child.returncode}")
    return (used.ru_utime + used.ru_stime) * 1000


def least_ms(code: str, rounds: int) -> float:
    command = [str(PYTHON), "-c", TIMED.format(code=code)]
    return min(float(subprocess.check_output(command, env=environment(), text=True)) for _ in range(rounds))


def environment() -> dict[str, str]:
    return {"PATH": os.defpath, "HOME": os.environ["HOME"]}


if __name__ == "__main__":
    sys.exit(main())
