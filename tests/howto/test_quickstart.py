"""The quickstart, typed into four terminals as it stands."""

from __future__ import annotations

import os
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.howto.terminals import Shell
from tests.support import ROOT
from vault_binance.testing.server_binary import VARIABLE

if TYPE_CHECKING:
    from vault_binance.testing.server_binary import Binary

PAGE = ROOT / "docs" / "quickstart.md"
PARTS = re.compile(
    r"\*\*Terminal (?P<number>\d)"
    r"|^```console\n(?P<console>.*?)^```$"
    r"|Save this as `(?P<file>[\w.]+)`:\n\n```python\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
OWN_BOT = """\
import hashlib, hmac, os, time, urllib.request as web
assert not any("VAULT" in name for name in os.environ)
query = f"timestamp={time.time_ns() // 1_000_000}"
signature = hmac.digest(os.environ["BINANCE_API_SECRET"].encode(), query.encode(), "sha256").hex()
url = f"{os.environ['BINANCE_BASE_URL']}/api/v3/account?{query}&signature={signature}"
web.urlopen(web.Request(url, headers={"X-MBX-APIKEY": os.environ["BINANCE_API_KEY"]})).read()
"""
"""The one thing that is not on the page; it fails unless the emulator takes the key that `exec` lent."""


def test_every_command_of_the_quickstart_shows_what_the_page_shows(tmp_path: Path, vault_binary: Binary) -> None:
    (tmp_path / "own_bot.py").write_text(OWN_BOT)
    environ = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        VARIABLE: str(vault_binary.path),
    }
    with ExitStack() as stack:
        shells: dict[str, Shell] = {}
        number = ""
        for part in PARTS.finditer(PAGE.read_text(encoding="utf-8")):
            if part["file"]:
                (tmp_path / part["file"]).write_text(part["text"])
            elif part["number"]:
                number = part["number"]
            else:
                if number not in shells:
                    shells[number] = stack.enter_context(Shell(tmp_path, environ))
                shells[number].follow(part["console"])
        assert sorted(shells) == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("block", "seen"),
    [
        ("$ echo one\none\n", ""),
        ("$ echo one; echo two; echo three\n…\nthree\n", ""),
        ("$ echo order 7 of 10\norder 123 … 10\n", ""),
        ("$ sh -c 'echo it waits; exec cat'\nit waits\n…\n^C\n$ echo after\nafter\n", ""),
        ("$ echo one\ntwo\n", "showed"),
        ("$ echo one\n", "showed"),
        ("$ echo one; echo two\none\n", "showed"),
        ("$ false\n", "exit 1"),
    ],
)
def test_a_page_that_shows_something_else_is_noticed(tmp_path: Path, block: str, seen: str) -> None:
    with Shell(tmp_path, {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}) as shell:
        if not seen:
            shell.follow(block)
        else:
            with pytest.raises(AssertionError, match=seen):
                shell.follow(block)
