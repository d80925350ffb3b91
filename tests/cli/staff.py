"""People on a stage: a userpass mount of the team's, and a phone for each who is given a role.

Rules of the file
- Who is to have a role before a test begins is given it by the service; `adding` is the command, where that is tested.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.stage import LAYOUT, fresh
from tests.people import Phone
from vault_binance.ops import people
from vault_binance.ops.people import Login
from vault_binance.redacted import Redacted

if TYPE_CHECKING:
    from tests.cli.stage import Spawn, Stage

PASSWORD = "CanaryPassword" + "p5" * 20
KNOWN = {"password_hash": "$2b$04$abcdefghijklmnopqrstuuf.qApThiPkC5PckeOxoWg4M67ngTAJe"}
"""As in tests/people.py, of this one."""


@dataclass
class Staff:
    stage: Stage
    spawn: Spawn

    def prepare(self) -> None:
        """Once for a stage."""
        with self.stage.operator() as vault:
            if vault.auth_mount("userpass") is None:
                vault.enable_auth("userpass", "userpass", "of the team")

    def person(self) -> str:
        """Somebody who has never logged in."""
        name = fresh()
        self.stage.vault.call("POST", f"auth/userpass/users/{name}", KNOWN)
        return name

    def given(self, name: str, *roles: str) -> Phone:
        """The phone of somebody who has these roles now."""
        phone = Phone()
        with self.stage.operator() as vault:
            found, person = people.circle(vault, LAYOUT), people.introduced(vault, LAYOUT, Login(name, "userpass"))
            people.add(vault, LAYOUT, person, roles, prove=phone.scan, found=found)
        return phone

    def adding(self, name: str, *options: str) -> subprocess.Popen[str]:
        """The command, waiting for a code on its standard input."""
        program = [*self.spawn.program, "operator", "add", name, "--at", "userpass"]
        return subprocess.Popen(
            [*program, *options, "-o", f"{name}.txt", "--code", "-"],
            cwd=self.spawn.cwd,
            env=self.spawn.whole(self.stage.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def written(self, path: str) -> Redacted:
        deadline = time.monotonic() + 15
        file = Path(self.spawn.cwd, path)
        while not (file.exists() and file.read_text().endswith("\n")):
            assert time.monotonic() < deadline, "it was never written"
            time.sleep(0.01)
        return Redacted(file.read_text().strip())

    def environ(self, home: Path) -> dict[str, str]:
        """Of a person who has no token yet."""
        return {"VAULT_ADDR": self.stage.vault.address, "VAULT_MAX_RETRIES": "0", "HOME": str(home)}
