"""reference/policies.md as it stands there: its files are written, its commands typed, and what it shows is what comes.

After a change that is wanted: UPDATE_TRANSCRIPTS=1 pytest tests/cli/test_policy_page.py, and read the difference.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import ENVIRONMENT, ROOT

if TYPE_CHECKING:
    from tests.cli.conftest import Command

PAGE = ROOT / "docs" / "reference" / "policies.md"
FILES = {"hcl": "team.hcl", "toml": "team.test.toml"}
BLOCK = re.compile(r"^```(hcl|toml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_shows_what_the_commands_say(command: Command) -> None:
    def typed(block: re.Match[str]) -> str:
        kind, text = block.groups()
        if kind in FILES:
            Path(FILES[kind]).write_text(text)
            return block[0]
        line = text.partition("\n")[0]
        program, *arguments = shlex.split(line.removeprefix("$ "))
        assert program == "vault-binance"
        ran = command(*arguments)
        shown = "".join(f"{one.rstrip()}\n" for one in (ran.out + ran.err).splitlines())
        return f"```{kind}\n{line}\n{shown}```"

    wanted = PAGE.read_text()
    had = BLOCK.sub(typed, wanted)
    if "UPDATE_TRANSCRIPTS" in ENVIRONMENT:
        PAGE.write_text(had)
    assert had == wanted
    assert all(f"`{name}`:" in wanted for name in FILES.values())
