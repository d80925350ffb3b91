"""Sessions as a person has them at a terminal, each on a Vault of its own: command, stdout, stderr, exit code.

    $ NAME=value vault-binance command < file     what is typed; export and unset work too
    a line of stdout
    ! a line of stderr
    [exit 21]                                     where it is not 0

Rules of the file
- A transcript says everything that is printed. What differs from run to run stands in <brackets>.
- After a change that is wanted: UPDATE_TRANSCRIPTS=1 pytest tests/cli/test_transcripts.py, and read the difference.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY, API_SECRET, OTHER_KEY, OTHER_SECRET, Stage
from tests.support import ENVIRONMENT, QUICK
from tests.varying import alike
from vault_binance.testing.dev_server import DevVault

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Spawn
    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.server_binary import Binary

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


class Session:
    """A shell of the little that transcripts need."""

    def __init__(self, command: Command, spawn: Spawn, environ: dict[str, str]) -> None:
        self.command, self.spawn, self.environ = command, spawn, environ

    def type(self, line: str) -> str:
        words = [self._expanded(word) for word in shlex.split(line)]
        if words[0] == "export":
            self.environ.update(word.split("=", 1) for word in words[1:])
            return ""
        if words[0] == "unset":
            for name in words[1:]:
                del self.environ[name]
            return ""
        return self._shown(self._ran(words))

    def _expanded(self, word: str) -> str:
        return re.sub(r"\$([A-Z_]+)", lambda name: self.environ[name[1]], word)

    def _ran(self, words: list[str]) -> Ran:
        environ, stdin = dict(self.environ), ""
        while "=" in words[0]:  # NAME=value before the command
            environ.update([words.pop(0).split("=", 1)])
        if "<" in words:
            stdin = Path(words[words.index("<") + 1]).read_text()
            words = words[: words.index("<")]
        assert words.pop(0) == "vault-binance"
        # exec becomes another program, and needs a process for that
        run = self.spawn if words[:1] == ["exec"] else self.command
        return run(*words, environ=environ, stdin=stdin)

    def _shown(self, ran: Ran) -> str:
        out = ran.out if not ran.out or ran.out.endswith("\n") else f"{ran.out}<no line end>\n"
        text = out + "".join(f"! {line}\n" for line in ran.err.splitlines())
        text = alike(text)
        return "".join(f"{line.rstrip()}\n" for line in text.splitlines()) + (
            f"[exit {ran.code}]\n" if ran.code else ""
        )


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(
    transcript: Path, vault_binary: Binary, binance: Emulator, command: Command, spawn: Spawn, here: Path
) -> None:
    Path("pair").write_text(f"{API_KEY}\n{API_SECRET}\n")
    Path("bad-pair").write_text(f"{OTHER_KEY}\n{OTHER_SECRET}\n")
    wanted = transcript.read_text()
    with DevVault(vault_binary, audit_log=True, hooks=QUICK) as vault:
        Path("audit.log").symlink_to(vault.audit_log or "")
        session = Session(command, spawn, Stage(vault, binance).environ)
        had = "".join(
            line if not line.startswith("$ ") else line + session.type(line[2:])
            for line in wanted.splitlines(keepends=True)
            if line.startswith(("$ ", "#")) or not line.strip()
        )
    if "UPDATE_TRANSCRIPTS" in ENVIRONMENT:
        transcript.write_text(had)
    assert had == wanted
