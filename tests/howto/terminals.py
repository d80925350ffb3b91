"""Terminals with a shell each, into which a page is typed as a reader would, and has to show what it says.

    **Terminal 1: ...**          the console blocks from here on are typed there
    $ command                    it ends with 0, and what follows is all that it shows
    ...                          an ellipsis in a line is any text, one on its own any number of lines
    (the last line an ellipsis)  the command goes on, once it has shown what stands before; what the next block for this
                                 terminal shows, comes later
    ^C                           is typed

Rules of the file
- What differs from run to run is made alike on both sides (`alike`); nothing else is.
- Waiting is for text that is to come, with one deadline; nothing sleeps.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

from tests import varying

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SECONDS = 30.0
_PROMPT = re.compile("\x1e(\\d+)\x1e$")
_SHIM = (
    "import fcntl, os, signal, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execvp('bash', ['bash', '--noprofile', '--norc', '--noediting', '-i'])"
)
"""Makes the terminal the shell's own, and has it hear Ctrl-C even where the run itself was told not to."""

ALSO_VARYING = (
    (r"dev-[0-9a-f]{32}", "<token>"),
    (r"\S*/vault-binance-\w{8}/", "<directory>/"),
    (r"(API_KEY|API_SECRET)=\w{64}", r"\1=<value>"),
    (r"fingerprint [0-9a-f]{8}", "fingerprint <digest>"),
    (r"order \d+", "order <number>"),
    (r"\b\d+m\b", "<s>"),  # on a slow machine what is seconds old elsewhere
    (r" {2,}", "  "),  # how wide a column is, is the widest of what differs
)


def alike(text: str) -> str:
    return varying.alike(text, ALSO_VARYING)


def expected(shown: list[str]) -> re.Pattern[str]:
    """What the page shows, as a pattern."""
    lines = (r"(.*\n)*?" if line == "…" else re.escape(alike(line)).replace("…", ".*") + r" *\n" for line in shown)
    return re.compile("".join(lines))


class Shell:
    """For the length of a `with` block."""

    def __init__(self, cwd: Path, environ: Mapping[str, str]) -> None:
        self._unread = ""
        self._screen, theirs = pty.openpty()
        attributes = termios.tcgetattr(theirs)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 250, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _SHIM],
            cwd=cwd,
            env={**environ, "TERM": "dumb", "NO_COLOR": "1", "PS1": "\x1e$?\x1e", "PS2": ""},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        self._prompt()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._screen)  # hangs up: bash ends, and what it runs
        self._process.wait(SECONDS)

    def follow(self, block: str) -> None:
        """Type what a block says, and look for what it shows."""
        for typed, shown in _steps(block):
            if typed:
                os.write(self._screen, b"\x03" if typed == "^C" else f"{typed}\n".encode())
            if shown[-1:] == ["…"]:
                assert shown[:-1], f"{typed}: by what is one to see that it has begun?"
                self._until(expected(shown[:-1]))
            elif typed == "^C":
                self._prompt()
            else:
                self._ended(typed, expected(shown))

    def _until(self, pattern: re.Pattern[str]) -> None:
        deadline = time.monotonic() + SECONDS
        while not pattern.search(alike(self._unread)):
            self._read(deadline, pattern.pattern)
        self._unread = ""

    def _ended(self, typed: str, pattern: re.Pattern[str]) -> None:
        text, status = self._prompt()
        assert pattern.fullmatch(alike(text)), f"{typed}\nshowed\n{alike(text)}\nand not\n{pattern.pattern}"
        assert status == 0, f"{typed}: exit {status}"

    def _prompt(self) -> tuple[str, int]:
        deadline = time.monotonic() + SECONDS
        while not (found := _PROMPT.search(self._unread)):
            self._read(deadline, "a prompt")
        text, self._unread = self._unread[: found.start()], ""
        return text, int(found[1])

    def _read(self, deadline: float, wanted: str) -> None:
        ready = select.select([self._screen], [], [], max(deadline - time.monotonic(), 0))[0]
        assert ready, f"{wanted} never came, but:\n{alike(self._unread)}"
        self._unread += os.read(self._screen, 65536).decode().replace("\r\n", "\n")


def _steps(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each thing that is typed with what it shows; first, perhaps, what an earlier one goes on to show."""
    typed, shown = "", list[str]()
    for line in block.splitlines():
        if line.startswith("$ ") or line == "^C":
            if typed or shown:
                yield typed, shown
            typed, shown = line.removeprefix("$ "), []
        else:
            shown.append(line)
    yield typed, shown
