"""A terminal with the program on it: what is typed goes through the kernel, Ctrl-C included."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.stage import Spawn

_SHIM = (
    "import fcntl, os, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.executable, [sys.executable, '-m', 'vault_binance', *sys.argv[1:]])"
)
"""Makes the terminal the process's own, and has it hear Ctrl-C even where the run itself was told not to."""

SECONDS = 15.0


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


class Terminal:
    """For the length of a `with` block. `shown` is all that has stood on the screen."""

    def __init__(self, spawn: Spawn, *arguments: str, environ: Mapping[str, str]) -> None:
        self.shown = ""
        self._screen, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SHIM, *arguments],
            cwd=spawn.cwd,
            env=spawn.whole({"TERM": "dumb", "NO_COLOR": "1", **environ}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        self._theirs = theirs  # held open, so that the terminal can be asked about afterwards

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._screen)
        os.close(self._theirs)

    def until(self, text: str) -> None:
        deadline = time.monotonic() + SECONDS
        while text not in self.shown:
            assert self._read(deadline - time.monotonic()), f"{text!r} never came, but: {self.shown!r}"
        self._settle()

    def _settle(self) -> None:
        """Wait until it sleeps: between printing a question and reading the answer Python does not hear Ctrl-C."""
        quiet = 0
        while quiet < 3:
            quiet = quiet + 1 if _state(self.process.pid) in "SZ" else 0  # or has ended
            time.sleep(0.005)

    def type(self, text: str) -> None:
        os.write(self._screen, text.encode())

    def end(self) -> int:
        """Wait for the program; returns its exit code."""
        deadline = time.monotonic() + SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it does not end: {self.shown!r}"
            self._read(0.02)
        while self._read(0):
            pass
        return self.process.returncode

    @property
    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self._theirs)[3] & termios.ECHO)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._screen], [], [], max(seconds, 0))[0]:
            return False
        self.shown += os.read(self._screen, 65536).decode().replace("\r\n", "\n")
        return True


def on_a_terminal(spawn: Spawn, *arguments: str, environ: Mapping[str, str]) -> str:
    """What a command shows where stdout and stderr are one terminal."""
    terminal, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "vault_binance", *arguments],
            cwd=spawn.cwd,
            env=spawn.whole({"TERM": "xterm", **environ}),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b""
        while piece := _read(terminal):
            shown += piece
        process.wait(30)
    finally:
        os.close(terminal)
    return shown.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so where all have closed the other end
        return b""
