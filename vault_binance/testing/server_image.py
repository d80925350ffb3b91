"""Container images and server binaries: taking one out of the other, with the `docker` command alone.

Rules of the file
- A vendor's image is only a parcel: what is inside is copied out and run like any other binary.
- Our own image holds the binary and an empty /tmp, nothing else; it is imported, so that no builder is needed.
- The command and not the Python client: it knows the user's contexts, and finding a server needs no extra package.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tarfile

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import IO

    from vault_binance.testing.server_binary import Binary

NAME = "hashicorp/vault:{version}"
"""The vendor's image."""

_PULL_SECONDS = 300

_DEV_IMAGE = (
    'ENTRYPOINT ["/server"]',
    'CMD ["server", "-dev", "-dev-no-store-token"]',
    # Inside a container the loopback is the container's own: published ports arrive from outside.
    "ENV VAULT_DEV_LISTEN_ADDRESS=0.0.0.0:8200",
    "ENV BAO_DEV_LISTEN_ADDRESS=0.0.0.0:8200",
    "ENV HOME=/tmp",
    "EXPOSE 8200",
)


def unreachable(environ: Mapping[str, str]) -> str:
    """Return why no container engine can be used, or nothing."""
    if not shutil.which("docker", path=environ.get("PATH")):
        return "the `docker` command is not installed"
    return _docker(environ, "version", "--format", "{{.Server.Version}}", seconds=20)[1]


def copy_out(image: str, into: Path, environ: Mapping[str, str]) -> str:
    """Copy /bin/vault out of the image, pulling it if needed; return why not, or nothing."""
    if not sys.platform.startswith("linux"):
        return "images hold Linux programs, which do not run here"
    if reason := unreachable(environ):
        return reason
    if reason := unobtainable(image, environ):
        return reason
    container, reason = _docker(environ, "create", image)
    if reason:
        return reason
    try:
        return _docker(environ, "cp", f"{container}:/bin/vault", str(into))[1]
    finally:
        _docker(environ, "rm", "--force", "--volumes", container)


def present(image: str, environ: Mapping[str, str]) -> bool:
    return not _docker(environ, "image", "inspect", "--format", "{{.Id}}", image)[1]


def unobtainable(image: str, environ: Mapping[str, str]) -> str:
    """Pull the image if it is not there; return why that cannot be, or nothing."""
    return "" if present(image, environ) else _docker(environ, "pull", "--quiet", image, seconds=_PULL_SECONDS)[1]


def pack(binary: Binary, environ: Mapping[str, str]) -> str:
    """Return the name of an image that runs this binary as a dev server, importing it if it is not there yet."""
    image = f"vault-binance/{binary.product}:{binary.version}"
    if present(image, environ):
        return image
    changes = [word for change in _DEV_IMAGE for word in ("--change", change)]
    with subprocess.Popen(
        ["docker", "import", *changes, "-", image],
        env=dict(environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as importing:
        assert importing.stdin  # noqa: S101
        assert importing.stderr  # noqa: S101
        # A broken pipe is docker's refusal, and its own words say more.
        with contextlib.suppress(BrokenPipeError), importing.stdin as pipe:
            _write_files(pipe, binary.path)
        message = importing.stderr.read().decode(errors="replace").strip()
    if importing.returncode:
        raise ConfigError(f"the image {image} cannot be made: {message}", hint="see whether `docker info` answers")
    return image


def _write_files(pipe: IO[bytes], binary: Path) -> None:
    with tarfile.open(fileobj=pipe, mode="w|") as tar:
        directory = tarfile.TarInfo("tmp")
        directory.type, directory.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(directory)
        server = tarfile.TarInfo("server")
        server.mode, server.size = 0o755, binary.stat().st_size
        with binary.open("rb") as file:
            tar.addfile(server, file)


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
