"""Where Terraform finds the provider hashicorp/vault in tests: a mirror that somebody named, or one with our stand-in.

Rules of the file
- TF_PROVIDER_MIRROR names a mirror with the real provider, and is believed.
- The stand-in (tools/terraform-provider-vault-stand-in) is built once for each state of its sources, and kept.
- What cannot be had is returned as a reason; only a named mirror that holds nothing raises.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import ROOT
from vault_binance.errors import ConfigError
from vault_binance.testing.go_build import go_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCES = ROOT / "tools" / "terraform-provider-vault-stand-in"
PROVIDER = "registry.terraform.io/hashicorp/vault"
VERSION = "5.11.0"
MIRROR = "TF_PROVIDER_MIRROR"
SCHEMA = "VAULT_BINANCE_PROVIDER_SCHEMA"


@dataclass(frozen=True, slots=True)
class Mirror:
    """A directory for `filesystem_mirror`, and what the provider in it needs in its environment."""

    directory: Path
    stand_in: bool
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return f"the stand-in for {PROVIDER}" if self.stand_in else f"{PROVIDER} from {self.directory}"


def find(environ: Mapping[str, str]) -> Mirror | str:
    """Return a mirror, or the reason why there is none."""
    return named(environ) or stand_in(environ)


def named(environ: Mapping[str, str]) -> Mirror | None:
    if not (directory := environ.get(MIRROR)):
        return None
    path = Path(directory).resolve()
    if not (path / PROVIDER).is_dir():
        raise ConfigError(
            f"{MIRROR}: there is no {path / PROVIDER}",
            hint="name the directory that `terraform providers mirror DIRECTORY` has filled",
        )
    return Mirror(path, stand_in=False)


def schema_file(environ: Mapping[str, str]) -> Path:
    """The provider's own schema; it stays out of the repository."""
    beside = ROOT.parent / "shared" / "reference" / "vault_provider_schema_5.11.json"
    return Path(environ.get(SCHEMA) or beside)


def stand_in(environ: Mapping[str, str]) -> Mirror | str:
    schema, go = schema_file(environ), shutil.which("go", path=environ.get("PATH"))
    if not schema.is_file():
        return f"no schema of {PROVIDER} at {schema}; {SCHEMA} may name one"
    directory = _cache(environ) / _digest()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        reason = _fill(directory, go, environ)
    return reason or Mirror(directory, stand_in=True, environ={SCHEMA: str(schema)})


def _fill(directory: Path, go: str | None, environ: Mapping[str, str]) -> str:
    if any(directory.glob(f"{PROVIDER}/{VERSION}/*/terraform-provider-vault*")):
        return ""
    if not go:
        return "Go is not installed, and the stand-in for the provider is not built yet"
    platform = "_".join(_go(go, environ, "env", "GOOS", "GOARCH").stdout.split())
    draft = directory / f"{os.getpid()}.part"
    print("building the stand-in for Terraform's provider: once, about a minute", file=sys.stderr, flush=True)  # noqa: T201
    done = _go(go, environ, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(draft), ".")
    if done.returncode:
        return f"go build failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
    program = directory / PROVIDER / VERSION / platform / f"terraform-provider-vault_v{VERSION}"
    program.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(program)
    return ""


def _go(go: str, environ: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [go, *arguments]
    return subprocess.run(
        command, cwd=SOURCES, env=go_environment(environ), capture_output=True, text=True, check=False
    )


def _cache(environ: Mapping[str, str]) -> Path:
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home(), ".cache")
    return Path(base, "vault-binance", "terraform-mirror")


def _digest() -> str:
    """Of the sources: what was built from others is never used."""
    files = sorted(path for path in SOURCES.iterdir() if path.suffix in {".go", ".mod", ".sum"})
    return hashlib.sha256(b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in files)).hexdigest()[:16]


def main() -> int:
    found = find(os.environ)
    print(found if isinstance(found, str) else found.directory)  # noqa: T201
    return int(isinstance(found, str))


if __name__ == "__main__":
    sys.exit(main())
