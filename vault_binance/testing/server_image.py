"""Taking a server binary out of a container image, with the `docker` command alone.

Rules of the file
- An image is only a parcel: what is inside is copied out and run like any other binary, so there is one way to start
  a server.
- The command and not the Python client: it knows the user's contexts, and finding a server needs no extra package.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "hashicorp/vault:{version}"

_PULL_SECONDS = 300


def unreachable(environ: Mapping[str, str]) -> str:
    """Return why no container engine can be used, or nothing."""
    if not shutil.which("docker", path=environ.get("PATH")):
        return "the `docker` command is not installed"
    _, reason = _docker(environ, "version", "--format", "{{.Server.Version}}", seconds=20)
    return reason


def copy_out(image: str, into: Path, environ: Mapping[str, str]) -> str:
    """Copy /bin/vault out of the image, pulling it if needed; return why not, or nothing."""
    if not sys.platform.startswith("linux"):
        return "images hold Linux programs, which do not run here"
    if reason := unreachable(environ) or _present(image, environ):
        return reason
    container, reason = _docker(environ, "create", image)
    if reason:
        return reason
    try:
        return _docker(environ, "cp", f"{container}:/bin/vault", str(into))[1]
    finally:
        _docker(environ, "rm", "--force", container)


def _present(image: str, environ: Mapping[str, str]) -> str:
    _, missing = _docker(environ, "image", "inspect", "--format", "{{.Id}}", image)
    return missing and _docker(environ, "pull", "--quiet", image, seconds=_PULL_SECONDS)[1]


def _docker(environ: Mapping[str, str], *arguments: str, seconds: float = 60) -> tuple[str, str]:
    """Return what `docker` printed, and why it failed, of which one is empty."""
    try:
        done = subprocess.run(
            ["docker", *arguments],
            env=dict(environ),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    if done.returncode:
        return "", (done.stderr.strip().splitlines() or [f"docker {arguments[0]} failed"])[-1]
    return done.stdout.strip(), ""
