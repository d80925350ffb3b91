"""Finding a Vault or OpenBao server to test with, wherever the tests run.

Rules of the file
- One order, cheapest first: named, installed, kept from an earlier run, out of a container image, built with Go.
- A server that somebody named is used or refused aloud; everything else is a try, and each try leaves one sentence.
- A probe returns a Binary, or the reason why there is none; only `find_binary` raises.
- Nothing here connects to a Vault: VAULT_ADDR is never read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Probe = Callable[[], "Binary | str"]

VARIABLE = "VAULT_BINANCE_VAULT_BIN"

FLOORS = {"vault": (1, 16), "openbao": (2, 0)}
"""Vault 1.16 is the vendor's first line with long-term support, so the oldest that a careful team still runs;
OpenBao's first release is 2.0."""

PROGRAMS = ("vault", "bao")

_VERSION = re.compile(r"(Vault|OpenBao) v(\d+)\.(\d+)\.(\d+)\S*")


@dataclass(frozen=True, slots=True)
class Binary:
    """A server program that has answered `version`."""

    path: Path
    product: str
    """`vault` or `openbao`."""
    version: str
    origin: str
    """Where it was found, in words."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One place that was looked at, and what was wrong with it."""

    place: str
    outcome: str


def find_binary(environ: Mapping[str, str] | None = None) -> Binary:
    """Find a server, or make one: the first call on a bare machine may take minutes and says so on stderr."""
    environ = os.environ if environ is None else environ
    if named := environ.get(VARIABLE):
        return _named(named)
    attempts: list[Attempt] = []
    found = first_usable(_installed(environ), attempts) or _kept_or_made(environ, attempts)
    if found is None:
        raise nothing_found(attempts)
    return found


def first_usable(probes: Iterable[tuple[str, Probe]], attempts: list[Attempt]) -> Binary | None:
    """Ask each probe in turn, and no further than needed; what did not work is appended to `attempts`."""
    for place, probe in probes:
        answer = probe()
        if isinstance(answer, Binary):
            return answer
        attempts.append(Attempt(place, answer))
    return None


def nothing_found(attempts: Iterable[Attempt]) -> ConfigError:
    tried = "\n".join(f"  {each.place}: {each.outcome}" for each in attempts)
    return ConfigError(
        "no Vault or OpenBao server to test with",
        hint="install the vendor's `vault` package (or OpenBao's `bao`), "
        f"or name a server in {VARIABLE}; tried:\n{tried}",
    )


def identify(path: Path, origin: str) -> Binary | str:
    """Ask a program what it is."""
    if not path.is_file():
        return f"{path} does not exist"
    if not os.access(path, os.X_OK):
        return f"{path} is not executable"
    try:
        # An empty environment: VAULT_* variables could make `version` fail, and none of them is its business.
        done = subprocess.run([path, "version"], capture_output=True, text=True, timeout=30, check=False, env={})
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{path} does not run: {error}"
    match = _VERSION.match(done.stdout)
    if done.returncode or not match:
        return f"{path} does not answer `version` as Vault or OpenBao do"
    return Binary(path, match[1].lower(), ".".join(match.group(2, 3, 4)), origin)


def objection(product: str, version: str) -> str:
    """Return why this version will not do, or nothing."""
    floor = FLOORS[product]
    if tuple(int(part) for part in version.split("."))[:2] >= floor:
        return ""
    return f"{product} {version} is older than {'.'.join(map(str, floor))}"


def _named(name: str) -> Binary:
    """No version is asked of it: whoever names a server may want to see exactly how an old one behaves."""
    answer = identify(Path(name).expanduser(), VARIABLE)
    if isinstance(answer, Binary):
        return answer
    raise ConfigError(f"{VARIABLE}: {answer}", hint=f"name a Vault or OpenBao server there, or unset {VARIABLE}")


def _installed(environ: Mapping[str, str]) -> list[tuple[str, Probe]]:
    path = environ.get("PATH", os.defpath)
    return [(f"`{name}` on PATH", partial(_on_path, name, path)) for name in PROGRAMS]


def _on_path(name: str, path: str) -> Binary | str:
    found = shutil.which(name, path=path)
    if not found:
        return "not there"
    answer = identify(Path(found), "PATH")
    return (objection(answer.product, answer.version) or answer) if isinstance(answer, Binary) else answer


def _kept_or_made(environ: Mapping[str, str], attempts: list[Attempt]) -> Binary | None:
    """Under one lock, so that of many test workers one builds and the others find what it has built."""
    from vault_binance.testing import go_build, server_image
    from vault_binance.testing.kept_binary import Shelf

    version = go_build.pinned_version()
    shelf = Shelf.of(environ, version)
    image = server_image.NAME.format(version=version)
    probes: list[tuple[str, Probe]] = [
        (f"kept build in {shelf.directory}", shelf.take),
        (
            f"image {image}",
            lambda: shelf.fill(lambda into: server_image.copy_out(image, into, environ), f"image {image}"),
        ),
        ("build with Go", lambda: shelf.fill(lambda into: go_build.build(into, environ), "built with Go")),
    ]
    with shelf.locked():
        return first_usable(probes, attempts)


def main() -> int:
    """Find or make one, and say where it is; what the scripts do before tests that would all wait for it."""
    try:
        found = find_binary()
    except ConfigError as error:
        print(f"error: {error.message}\nhint:  {error.hint}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    print(f"{found.path}   {found.product} {found.version}, {found.origin}")  # noqa: T201
    return 0


if __name__ == "__main__":
    # Under its own name: a Binary of `__main__` is none to the modules that import this one.
    from vault_binance.testing import server_binary  # noqa: PLW0406

    sys.exit(server_binary.main())
