"""A page of docs/howto as its reader takes it: files under the names it gives them, commands typed into a shell.

    page = Page("ccxt", {"https://vault.internal:8200": server.address})
    bot, start = page["Under exec"]
    bot.save(directory)
    terminal.type(start)

- A block under a line that ends in a name, as in "`bot.py`:", is that file.
- A block of `sh` is typed. One of `console` is typed after each "$ ", and the lines below are what it then says.

Rules of the file
- A test unpacks the blocks of a section, by its heading: one more or one less on the page fails it. `unread` has the
  headings that no test asked for.
- Nothing on a page is changed but what each reader replaces: an address, a file's place. What differs from run to run
  in an output (tests/varying.py) may be anything of its kind.
- Nothing waits for a length of time; what hangs is ended after PATIENCE_S and fails.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Self

from tests.support import ROOT
from tests.varying import alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PATIENCE_S = 60
VAULT = "https://vault.internal:8200"
"""What stands on the pages for a team's Vault."""

_MARK = "\x1e"

ALSO_VARYING = (
    (r"hmac-sha256:[0-9a-f]+", "<hash>"),
    (r"(fingerprint) [0-9a-f]{8}\b", r"\1 <hash>"),
    (r"[+-]?\b\d+(\.\d+)? ?(ms|s|m|h|d|days?|hours?)\b", "<duration>"),
)


def normal(output: str) -> str:
    """What must be equal of two outputs."""
    return "\n".join(line.rstrip() for line in alike(output, ALSO_VARYING).strip().splitlines())


@dataclass(frozen=True, slots=True)
class Block:
    """`name` is the file that it is, or nothing."""

    language: str
    text: str
    name: str = ""

    def save(self, directory: Path) -> Path:
        """Write the file where its name says, under `directory`."""
        assert self.name, f"this block is no file: {self.text}"
        path = directory / self.name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text)
        return path


class Page:
    """`own` is what the reader puts in the place of a text of the page's."""

    def __init__(self, name: str, own: Mapping[str, str] | None = None) -> None:
        text = (ROOT / "docs" / "howto" / f"{name}.md").read_text()
        for stated, meant in (own or {}).items():
            assert stated in text, f"{name}.md does not say {stated}"
            text = text.replace(stated, meant)
        self._sections: dict[str, list[Block]] = {}
        for heading, block in _blocks(text):
            self._sections.setdefault(heading, []).append(block)
        self.unread = set(self._sections)

    def __getitem__(self, heading: str) -> list[Block]:
        self.unread.discard(heading)
        return self._sections[heading]


def _blocks(text: str) -> Iterator[tuple[str, Block]]:
    heading = before = ""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if fence := re.match(r"```(\w*)$", line):
            inside = "".join(f"{one}\n" for one in iter(lambda: next(lines), "```"))
            name = re.search(r"`([^`\s]+)`:$", before)
            yield heading, Block(fence[1], inside, name[1] if name else "")
        before = line if line.strip() else before


class Terminal:
    """A shell that stays for the length of a `with` block: what one block exports is there for the next.

    Whatever was started in it is gone with the block.
    """

    def __init__(self, directory: Path, environ: Mapping[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=directory,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._watch = Timer(PATIENCE_S, self._kill)
        self._said: list[str] = []

    def __enter__(self) -> Self:
        self._watch.start()
        self._send("trap : INT\ntrap 'failed=$?' ERR\n")  # ctrl-C ends what runs in it, and a failure is told
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.cancel()
        self._kill()
        self._bash.communicate()

    def type(self, block: Block, answers: str = "") -> str:
        """Type it, wait for its end and return what it said; each command must succeed, unless its output is shown.

        `answers` is what its commands read from standard input.
        """
        if block.language == "console":
            return "".join(self._compared(command, shown) for command, shown in _commands(block.text))
        self.start(block, answers)
        output, code = self.finish()
        assert code == 0, f"exit {code} of:\n{block.text}\n{output}"
        return output

    def start(self, block: Block, answers: str = "") -> None:
        """Type it and do not wait."""
        assert block.language == "sh", f"nobody types {block.language}: {block.text}"
        self._type(block.text, answers=answers)

    def until(self, text: str) -> str:
        """The next line that has `text`, as soon as it comes."""
        for line in self._lines():
            if text in line:
                return line
        raise AssertionError(f"it ended and never said {text!r}, but:\n{''.join(self._said)}")

    def finish(self) -> tuple[str, int]:
        """Wait for the end of what was typed: what it said since, and the exit code of what failed in it, or 0."""
        output = "".join(self._lines())
        code = self._said[-1].removeprefix(_MARK).strip()
        return output.removesuffix("\n"), int(code)

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """What ctrl-C sends, or another signal, to whatever runs in the foreground."""
        for pid in Path(f"/proc/{self._bash.pid}/task/{self._bash.pid}/children").read_text().split():
            os.kill(int(pid), number)

    def _compared(self, command: str, shown: str) -> str:
        self._type(command, before='(exit "${code:-0}")\n')
        output, _ = self.finish()
        assert normal(output) == normal(shown), f"$ {command} says:\n{output}"
        return output

    def _type(self, text: str, before: str = "failed=0\n", answers: str = "") -> None:
        stdin = f"<<'{_MARK}'\n{answers}\n{_MARK}" if answers else "< /dev/null"
        self._send(f"{{\n{before}{text}\n}} {stdin}\ncode=$?\nprintf '\\n{_MARK}%d\\n' \"$failed\"\n")

    def _send(self, text: str) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.write(text)
        self._bash.stdin.flush()

    def _lines(self) -> Iterator[str]:
        """What is said up to the end of what was typed."""
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            self._said.append(line)
            if line.startswith(_MARK):
                return
            yield line
        raise AssertionError(f"the shell ended, having said:\n{''.join(self._said)}")

    def _kill(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.getsid(int(process.name)) == self._bash.pid:
                    os.kill(int(process.name), signal.SIGKILL)


def _commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console with what it is shown to say."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command = re.match(r"(?:.*\\\n)*.*\n", part)
        assert command
        yield command[0], part[command.end() :]
