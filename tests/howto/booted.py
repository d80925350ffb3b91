"""A machine with systemd as its first process: a container around this machine's own programs, read-only.

Rules of the file
- It has its own users, units, /run and journal; programs and libraries are this machine's.
- /usr/local/bin/vault-binance there is this checkout, under this interpreter.
"""

from __future__ import annotations

import sys
import sysconfig
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.howto.containers import Container, docker, entry, folder, gone_afterwards, imported, link
from tests.support import ROOT, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOT_S = 60
"""It takes half a second; the rest is for machines under load."""

INIT = Path("/lib/systemd/systemd")
_BOOT = f"mount --make-rshared / && exec {INIT} --unit=basic.target"
"""Shared, as the root of a machine is: else what LoadCredential mounts is seen nowhere (a container's is not)."""
_PROGRAM = """#!/bin/sh
LD_LIBRARY_PATH=/opt/python/lib exec /opt/python/bin/python3 -c '
import sys
sys.path[:0] = ["/opt/vault-binance", "/opt/packages"]
from vault_binance.__main__ import main
main()
' "$@"
"""
_USR = ("bin", "sbin", "lib", "lib32", "lib64")
_FOLDERS = (
    "etc/systemd/system",
    "etc/ssl",
    "run",
    "var/log",
    "proc",
    "sys",
    "dev",
    "srv",
    "opt",
    "usr/share",
    "usr/local",
)


@contextmanager
def booted() -> Iterator[Container]:
    if not INIT.exists():
        unavailable("this machine has no systemd to boot a container with")
    with gone_afterwards() as machine:
        imported(_files(), machine.name)
        try:
            docker("run", "--detach", "--name", machine.name, *_options(), machine.name, "/bin/sh", "-c", _BOOT)
            _wait_for_boot(machine)
            yield machine
        finally:
            docker("rm", "--force", machine.name)
            docker("image", "rm", machine.name)


def _files() -> list:
    made = [folder(path) for path in _FOLDERS]
    made += [link(name, f"usr/{name}") for name in _USR if Path("/usr", name).is_dir()]
    made += [folder(f"usr/{name}") for name in _USR]
    made += [entry("etc/passwd", b"root:x:0:0::/root:/bin/sh\n"), entry("etc/group", b"root:x:0:\n")]
    made += [entry("etc/machine-id"), entry("usr/local/bin/vault-binance", _PROGRAM.encode(), mode=0o755)]
    return made


def _options() -> list[str]:
    mounts = {f"/usr/{name}": f"/usr/{name}" for name in _USR if Path("/usr", name).is_dir()}
    mounts |= {
        "/opt/python": sys.base_prefix,
        "/opt/packages": sysconfig.get_path("purelib"),
        "/opt/vault-binance": ROOT,
    }
    options = [
        word for target, source in mounts.items() for word in ("--volume", f"{Path(source).resolve()}:{target}:ro")
    ]
    # What systemd needs of an engine: its own view of mounts, and the control groups.
    options += [
        "--cap-add",
        "SYS_ADMIN",
        "--security-opt",
        "seccomp=unconfined",
        "--security-opt",
        "apparmor=unconfined",
    ]
    options += ["--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw", "--env", "container=docker"]
    return [*options, "--tmpfs", "/run", "--tmpfs", "/tmp", "--network", "host"]


def _wait_for_boot(machine: Container) -> None:
    asked = "test -S /run/systemd/private && systemctl is-active --quiet basic.target"
    try:
        machine.run("timeout", str(BOOT_S), "/bin/sh", "-c", f"until {asked}; do sleep 0.05; done")
    except AssertionError as error:
        unavailable(f"systemd does not come up in a container: {error}\n{machine.said()[-2000:]}")
