"""Terraform as a team runs it, on copies of our own configurations, with nobody's settings but ours.

Rules of the file
- All that a run writes lies below one directory: configurations, states, plans, and a log of everything it said.
- The environment is made here: no ~/.terraformrc, no checkpoint, no VAULT_* of the caller's; no token on a command
  line.
- Warnings are not failures: the provider calls allow_overwrite deprecated, an unsigned mirror unauthenticated.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, is_zipfile

from tests.support import ROOT
from tests.terraform_mirror import PROVIDER, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.terraform_mirror import Mirror

KEPT = ("PATH", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", SCHEMA)
NOT_AVAILABLE = "Failed to query available provider packages"
UPGRADING = "Upgrading from non-versioned to versioned data"
"""What a KV mount answers for some milliseconds after it was made; a person applies once more."""


class NotAsExpected(Exception):
    """One thing that should have been, and what was instead."""


@dataclass(frozen=True, slots=True)
class Ran:
    command: str
    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        return f"$ {self.command}   (exit {self.code})\n{self.out}{self.err}"


@dataclass
class Workshop:
    """A directory with copies of terraform/ and policies/. `mirror` None is the registry itself."""

    directory: Path
    mirror: Mirror | None
    program: str = "terraform"
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("terraform", "policies"):
            untidy = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfplan")
            shutil.copytree(ROOT / name, self.directory / name, ignore=untidy)
        (self.directory / "home").mkdir()
        (self.directory / "plugins").mkdir()
        self._settings.write_text(_settings(self.mirror))

    @property
    def _settings(self) -> Path:
        return self.directory / "terraformrc"

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        quiet = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        quiet["GOGC"] = "off"  # a run is over before there is anything to collect, and a quarter of it was collecting
        own = {"HOME": str(self.directory / "home"), "TF_CLI_CONFIG_FILE": str(self._settings)}
        if self.mirror is None:
            # One download for all configurations. Never with a mirror: Terraform would take one for the other.
            return {**kept, **quiet, **own, "TF_PLUGIN_CACHE_DIR": str(self.directory / "plugins")}
        return {**kept, **quiet, **own, **self.mirror.environ}

    def root(self, place: str, **environ: str) -> Configuration:
        """A configuration below terraform/, run with these variables besides."""
        return Configuration(self, self.directory / "terraform" / place, environ)

    def roots(self) -> list[str]:
        """Every directory with a configuration in it, below terraform/."""
        base = self.directory / "terraform"
        places = {str(path.parent.relative_to(base)) for path in base.rglob("*.tf") if ".terraform" not in path.parts}
        return sorted(places)

    def written(self) -> Iterator[tuple[str, bytes]]:
        """Everything that Terraform wrote and said: states, plans as the zip files that they are, output."""
        yield "what Terraform said", "\n".join(self.log).encode()
        for path in sorted(self.directory.rglob("*")):
            # Terraform's copies of the provider are programs and not what a run wrote.
            if not path.is_file() or "providers" in path.parts or "plugins" in path.parts:
                continue
            name = str(path.relative_to(self.directory))
            yield name, path.read_bytes()
            if is_zipfile(path):
                with ZipFile(path) as whole:
                    yield from ((f"{name}: {part}", whole.read(part)) for part in whole.namelist())


@dataclass
class Configuration:
    """One root module, or a module on its own."""

    workshop: Workshop
    place: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, expected: int | None = 0, hidden: bool = False) -> Ran:
        """Run Terraform here. `hidden` keeps the output out of the log: it is asked for what a log may not hold."""
        command = [self.workshop.program, *arguments, "-no-color"]
        environ = {**self.workshop.environ, **self.environ}
        done = subprocess.run(
            command, cwd=self.place, env=environ, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        where = self.place.relative_to(self.workshop.directory)
        ran = Ran(f"terraform -chdir={where} {' '.join(arguments)}", done.returncode, done.stdout, done.stderr)
        if not hidden:
            self.workshop.log.append(ran.told)
        if expected is not None and ran.code != expected:
            raise NotAsExpected(ran.told)
        return ran

    def init(self) -> None:
        if self.workshop.mirror is not None:
            # A mirror's bytes are its own; the committed sums are those of the registry's packages.
            (self.place / ".terraform.lock.hcl").unlink(missing_ok=True)
        self.run("init", "-input=false", "-backend=false")

    def validate(self) -> None:
        self.init()
        self.run("validate")

    def apply(self) -> None:
        """Plan into a file and apply that, as CI does."""
        ran = self._applied()
        if ran.code and UPGRADING in ran.told:
            ran = self._applied()
        if ran.code:
            raise NotAsExpected(ran.told)

    def _applied(self) -> Ran:
        self.run("plan", "-input=false", "-out=run.tfplan")
        return self.run("apply", "-input=false", "run.tfplan", expected=None)

    def changes(self) -> str:
        """What a new plan would change, or nothing."""
        ran = self.run("plan", "-input=false", "-detailed-exitcode", "-out=again.tfplan", expected=None)
        if ran.code not in {0, 2}:
            raise NotAsExpected(ran.told)
        return ran.out if ran.code else ""

    def outputs(self) -> dict[str, Any]:
        found = json.loads(self.run("output", "-json", hidden=True).out)
        return {name: output["value"] for name, output in found.items()}

    def tests(self) -> int:
        """Run the module's own tests; how many passed: where there are none, Terraform is content too."""
        said = self.run("test").out
        found = re.search(r"(\d+) passed, 0 failed", said)
        return int(found[1]) if found else 0

    @property
    def has_tests(self) -> bool:
        return any(self.place.glob("tests/*.tftest.hcl")) or any(self.place.glob("*.tftest.hcl"))


def _settings(mirror: Mirror | None) -> str:
    if mirror is None:
        return "disable_checkpoint = true\n"
    include = f'["{PROVIDER.rsplit("/", 1)[0]}/*"]'
    return (
        "disable_checkpoint = true\n"
        "provider_installation {\n"
        f"  filesystem_mirror {{\n    path    = {json.dumps(str(mirror.directory))}\n    include = {include}\n  }}\n"
        f"  direct {{\n    exclude = {include}\n  }}\n"
        "}\n"
    )
