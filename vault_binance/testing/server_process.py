"""One server process of ours: its ports, its directory, its log and its end.

Rules of the file
- Only a process that was started here is ever signalled, and by its own pid.
- The process and its directory also go when this one is killed. A shell waits on a pipe for that, whose other end dies
  with us. (PR_SET_PDEATHSIG would have to be set between fork and exec, unsafe beside threads, and follows the thread
  that forked, not the process.)
- The server stays in our process group: whatever ends the group, a CI job's time limit say, ends it too.
"""

from __future__ import annotations

import os
import random
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from vault_binance.errors import VaultUnavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

GRACE = 5.0
"""Seconds between TERM and KILL, for a server that is started again on the same data."""


class Ports:
    """Two neighbouring free ports on the loopback, for a server's API and, one above, for its cluster listener.

    On Linux they stay bound, though never listening, until `close`: nobody else is given them, not even while the
    server is down between a kill and a restart, and the server may listen because Go sets SO_REUSEADDR too.
    Elsewhere they are let go at once, and whoever starts a server tries again if somebody took them.
    """

    def __init__(self) -> None:
        self._held = _bind_neighbours()
        self.api = int(self._held[0].getsockname()[1])
        self.cluster = self.api + 1
        if not sys.platform.startswith("linux"):
            self.close()

    def close(self) -> None:
        for held in self._held:
            held.close()


def _bind_neighbours() -> tuple[socket.socket, socket.socket]:
    """Below the range from which systems take ports for outgoing connections: thousands of those may be lingering."""
    for _ in range(200):
        port = random.randrange(20_000, 32_000, 2)  # noqa: S311  no secret depends on it
        with suppress(OSError):
            first = _bind(port)
            try:
                return first, _bind(port + 1)
            except OSError:
                first.close()
    raise VaultUnavailable("no two neighbouring ports are free on the loopback")


def _bind(port: int) -> socket.socket:
    held = socket.socket()
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", port))
    except BaseException:
        held.close()
        raise
    return held


class Watcher:
    """Runs a shell command when this process dies without having called `dismiss`."""

    # INT and the like reach the whole process group, and the shell has to outlive them to see the pipe's end, on which
    # `read` fails.
    _SCRIPT = "trap '' INT HUP TERM; read -r word || eval \"$1\""

    def __init__(self, *command: str, environ: Mapping[str, str] | None = None) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", self._SCRIPT, "sh", "; ".join(command)],
            env={"PATH": os.defpath} if environ is None else dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def dismiss(self) -> None:
        self._shell.communicate(b"done\n")


class ServerProcess:
    """A program running in the background, writing to `log_path`, in a private `directory` that ends with it."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="vault-binance-"))
        self.home = self.directory / "home"
        self.home.mkdir()
        self.log_path = self.directory / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: Watcher | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise VaultUnavailable("the server is not running")
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=self._environment(environ),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        clear = f"rm -rf {shlex.quote(str(self.directory))}"
        self._watcher = Watcher(f"kill -KILL {self._process.pid}", "sleep 0.2", clear)

    def signal(self, number: signal.Signals) -> None:
        if self.alive:
            os.kill(self.pid, number)

    def end(self, *, grace: float = GRACE) -> None:
        """End the process, if it still runs: TERM first, KILL after `grace` seconds or at once."""
        process, self._process = self._process, None
        if process is None:
            return
        if grace:
            process.terminate()
            process.send_signal(signal.SIGCONT)  # a paused process would not hear TERM
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._dismiss_watcher()

    def close(self) -> None:
        """At once: what it would put in order at its end goes with its directory."""
        self.end(grace=0)
        shutil.rmtree(self.directory, ignore_errors=True)

    def log_tail(self, lines: int = 20) -> str:
        try:
            return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def _environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Keep the caller's Vault settings and home directory out of the server's reach."""
        ours = {"HOME": str(self.home)}
        return {k: v for k, v in os.environ.items() if not k.startswith(("VAULT_", "BAO_"))} | ours | dict(environ)

    def _dismiss_watcher(self) -> None:
        """Tell it that all is done: a pid whose process has been waited for may belong to somebody else."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.dismiss()


def wait_until(ready: Callable[[], bool], alive: Callable[[], bool], *, seconds: float) -> str:
    """Ask every 10 ms; return why the server will not be ready, or nothing."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive():
            return "the server ended"
        if time.monotonic() > deadline:
            return f"the server was not ready within {seconds:g} s"
        time.sleep(0.01)
    return ""
