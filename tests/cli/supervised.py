"""A supervised bot and the one who watches it: what both say, line by line, and nothing left behind.

Rules of the file
- Nothing waits for a length of time: each line, each end has a deadline, and comes as soon as it comes.
- Whatever was started is in one session, and gone with the block, the orphans of a killed supervisor too.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.cli.stage import Spawn

SECONDS = 15.0


def bot(up: str = "", **on: str) -> list[str]:
    """A command line of a bot that says when it is up, with its pid and its key's beginning, and then waits.

    `on` has an expression for each signal it catches, as TERM="sys.exit(4)"; `up` is a statement before all.
    """
    lines = ["import os, signal, subprocess, sys, time", _SAY, up]
    lines += [f"signal.signal(signal.SIG{name}, lambda *_: ({code}))" for name, code in on.items()]
    lines += ["say('up', os.getpid(), os.environ['BINANCE_API_KEY'][:4])", "while True: time.sleep(0.02)"]
    return [sys.executable, "-S", "-E", "-c", "\n".join(lines)]


_SAY = "def say(*words): os.write(1, (' '.join(map(str, words)) + '\\n').encode())"
"""No print, which a second signal may find busy; and the bot sleeps, as pause() may miss what comes just before it."""


def until(reached: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not reached():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


class Supervised:
    """`exec` with these words, running for the length of a `with` block."""

    def __init__(
        self, spawn: Spawn, *words: str, environ: Mapping[str, str], stdin: int = subprocess.DEVNULL, through: str = ""
    ) -> None:
        """`through` is a line of shell in which "$@" is the program, as in 'nohup "$@"'."""
        program = [sys.executable, "-m", "vault_binance", "exec", *words]
        self.process = subprocess.Popen(
            ["sh", "-c", f"exec {through}", "sh", *program] if through else program,
            cwd=spawn.cwd,
            env=spawn.whole({"VAULT_BINANCE_SCHEDULE": "swift", **environ}),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._read = {"out": b"", "err": b""}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.getsid(int(process.name)) == self.process.pid:
                    os.kill(int(process.name), signal.SIGKILL)
        self.process.communicate()

    def line(self) -> str:
        """The next line that the bot says."""
        return self._line("out")

    def up(self) -> tuple[int, str]:
        """That it is up: its pid and its key's beginning."""
        word, pid, key = self.line().split()
        assert word == "up"
        return int(pid), key

    def told(self, text: str) -> str:
        """The next line on stderr that has `text`."""
        while text not in (line := self._line("err")):
            pass
        return line

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def end(self) -> int:
        return self.process.wait(SECONDS)

    def rest(self, stream: str = "err") -> str:
        """What a stream still had to say, once everybody who could has ended."""
        out, err = self.process.communicate(timeout=SECONDS)
        return (self._read[stream] + (out if stream == "out" else err)).decode()

    def _line(self, stream: str) -> str:
        pipe = self.process.stdout if stream == "out" else self.process.stderr
        assert pipe is not None
        deadline = time.monotonic() + SECONDS
        while b"\n" not in self._read[stream]:
            ready = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]
            more = os.read(pipe.fileno(), 65536) if ready else b""
            assert more, f"no line came, after {self._read[stream]!r}"
            self._read[stream] += more
        line, _, self._read[stream] = self._read[stream].partition(b"\n")
        return line.decode()
