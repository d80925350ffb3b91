"""Building a Vault server with Go, from the module in tools/vault.

Rules of the file
- The version is written once, in that go.mod; go.sum pins every byte of what is built.
- A build that would drive the machine out of memory is refused before it starts.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = "github.com/hashicorp/vault"

NEEDED_MEMORY = 3_500_000_000
"""Bytes. Measured: the compiler and the linker together peak at 3.2 GB on two cores."""

_ANNOUNCEMENT = "building a Vault server with Go: once, about four minutes on two cores"


def module_directory() -> Path:
    """Return tools/vault, which a wheel carries as vault_binance/testing/gobuild."""
    here = Path(__file__).resolve()
    installed = here.with_name("gobuild")
    return installed if installed.is_dir() else here.parents[2] / "tools" / "vault"


def pinned_version() -> str:
    """Return the version of Vault that go.mod requires."""
    go_mod = (module_directory() / "go.mod").read_text()
    match = re.search(rf"^\s*{re.escape(PACKAGE)} v(\d+\.\d+\.\d+)\b", go_mod, re.MULTILINE)
    if not match:
        raise RuntimeError(f"go.mod no longer requires {PACKAGE}")
    return match[1]


def build(into: Path, environ: Mapping[str, str]) -> str:
    """Build the server at `into`; return why not, or nothing."""
    go = shutil.which("go", path=environ.get("PATH"))
    if not go:
        return "Go is not installed"
    if short := memory_objection(_meminfo()):
        return short
    with _progress():
        done = subprocess.run(
            command(go, into),
            cwd=module_directory(),
            env=go_environment(environ),
            capture_output=True,
            text=True,
            check=False,
        )
    return f"go build failed: {_last_line(done.stderr)}" if done.returncode else ""


def command(go: str, into: Path) -> list[str]:
    # `minimal` leaves out the cloud back ends, which no test needs and which double the build.
    return [go, "build", "-tags", "minimal", "-trimpath", "-ldflags", "-s -w", "-o", str(into), PACKAGE]


def go_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's environment with what the build depends on fixed: a static binary, go.mod left alone."""
    flags = [flag for flag in environ.get("GOFLAGS", "").split() if not flag.startswith("-mod")]
    return {**environ, "CGO_ENABLED": "0", "GOFLAGS": " ".join([*flags, "-mod=readonly"]), "GOWORK": "off"}


def memory_objection(meminfo: str) -> str:
    """Return why there is too little memory by /proc/meminfo's text, or nothing; no text means no objection."""
    match = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo, re.MULTILINE)
    if not match:
        return ""
    available = int(match[1]) * 1024
    if available >= NEEDED_MEMORY:
        return ""
    return f"the build needs {NEEDED_MEMORY / 1e9:.1f} GB of memory, {available / 1e9:.1f} GB is available"


def _meminfo() -> str:
    try:
        return Path("/proc/meminfo").read_text()
    except OSError:
        return ""


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]


@contextmanager
def _progress() -> Iterator[None]:
    """Show a spinner and the time on a terminal; elsewhere one line, for a log has no use for a spinner."""
    if not sys.stderr.isatty():
        print(f"vault-binance: {_ANNOUNCEMENT}", file=sys.stderr, flush=True)  # noqa: T201
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(_ANNOUNCEMENT, total=None)
        yield
