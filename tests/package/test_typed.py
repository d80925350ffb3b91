"""What a type checker makes of the installed wheel: whoever uses it gets types, not Any."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from tests.package.test_public_names import FACES
from tests.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.package.conftest import Environment

PROGRAM = """
import httpx
from vault_binance import BinanceAuth, Fetcher, Notice, NoticeKind, Redacted, VaultUnavailable, borrow

def told(notice: Notice) -> bool:
    return notice.kind is NoticeKind.ROTATED

def main() -> str:
    secret: Redacted | None = None
    try:
        with Fetcher("market-maker") as vault, httpx.Client(auth=BinanceAuth(vault)) as client:
            secret = vault.credentials.secret
            vault.on_change(lambda old, new: print(old and old.version, new.version))
            client.get("https://api.binance.com/api/v3/account")
    except VaultUnavailable as error:
        return error.hint
    with borrow("market-maker", version=2) as credentials:
        return credentials.api_key.reveal() if secret else ""
"""

WRONG = """
from vault_binance import Fetcher
Fetcher(7)
"""


def public() -> list[tuple[str, str]]:
    """Module and name of everything that is public."""
    return [(face, name) for face in FACES for name in import_module(face).__all__]


def test_every_public_name_has_a_type_and_a_program_that_uses_them_is_sound(
    newest: Environment, tmp_path: Path
) -> None:
    names = public()
    asked = "\n".join(f"import {face}\nreveal_type({face}.{name})" for face, name in names)
    for name, text in (("program.py", PROGRAM), ("wrong.py", WRONG), ("names.py", asked)):
        (tmp_path / name).write_text(text)
    cache = ROOT / ".mypy_cache" / "wheel"
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--python-executable",
        newest.python,
        "--cache-dir",
        cache,
        ".",
    ]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    lines = [line for line in ran.stdout.splitlines() if ": error:" in line]
    assert len(lines) == 1, ran.stdout + ran.stderr
    assert re.match(r'wrong\.py:3: error: Argument 1 to "Fetcher" has incompatible type "int"', lines[0])
    revealed = re.findall(r'names\.py:\d+: note: Revealed type is "(.*)"', ran.stdout)
    assert len(revealed) == len(names)
    assert [each for each, type_ in zip(names, revealed, strict=True) if type_ == "Any"] == []
