"""Who is measured: a contender keeps a credential for each of its seats, and says what each of its bots saw, and when.

Rules of the file
- A sighting is what a bot itself saw: a version that it was given, or the name of the error that it got instead.
- What a contender started ends with `stop`, and with us.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple, Protocol

from lease_report import mean

from vault_binance.testing.server_process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lease_vault import Seat

    from vault_binance.redacted import Redacted

PEERS = Path(__file__).parent / "peers"
BOTS = Path(__file__).with_name("lease_bots.py")
CONSUL_TEMPLATE = "v0.41.1"
OURS = "Fetcher"


class Sighting(NamedTuple):
    """`at` by the wall clock; `what` is the number of a version, or an error's name."""

    at: float
    bot: int
    what: str

    @property
    def version(self) -> int:
        """0 where there was none."""
        return int(self.what) if self.what.isdecimal() else 0


class Contender(Protocol):
    name: str

    def start(self, seats: Sequence[Seat]) -> None:
        """Start one bot a seat; return at once."""

    def sightings(self) -> list[Sighting]: ...

    def holding(self) -> int:
        """How many bots have a credential in their hands now."""

    def memory(self) -> Memory:
        """Of one process that serves bots, without the bots."""

    def ended(self) -> int:
        """How many bots have lost the program that served them."""

    def stop(self) -> None: ...


class Supervised:
    """A program that starts the bot and starts it again when the credential changes: one process a bot."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._runs: dict[int, ServerProcess] = {}

    def command(self, seat: Seat, directory: Path) -> tuple[list[str], dict[str, str]]:
        """What to run, and its environment."""
        raise NotImplementedError

    def start(self, seats: Sequence[Seat]) -> None:
        for seat in seats:
            run = self._runs[seat.number] = ServerProcess()
            command, environ = self.command(seat, run.directory)
            run.start(command, environ | {"CHILD_LOG": str(run.directory / "child.log")})

    def sightings(self) -> list[Sighting]:
        return [Sighting(float(at), bot, version) for bot in self._runs for at, _, version in self._births(bot)]

    def holding(self) -> int:
        return sum(1 for bot in self._runs if (births := self._births(bot)) and _is_child(int(births[-1][1])))

    def memory(self) -> Memory:
        sizes = [memory(run.pid) for run in self._runs.values() if run.alive]
        return Memory(mean([size.resident for size in sizes]), mean([size.own for size in sizes]))

    def ended(self) -> int:
        return sum(1 for run in self._runs.values() if not run.alive)

    def stop(self) -> None:
        orphans = [int(births[-1][1]) for bot in self._runs if (births := self._births(bot))]
        for run in self._runs.values():
            run.close()
        for pid in filter(_is_child, orphans):
            os.kill(pid, 9)

    def _births(self, bot: int) -> list[list[str]]:
        """Of this bot's child, each time: when, which process, with which version."""
        log = self._runs[bot].directory / "child.log"
        return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


class VaultAgent(Supervised):
    """`vault agent` in exec mode, from the server's own binary; `interval` is its static_secret_render_interval."""

    def __init__(self, binary: Path, interval: str = "") -> None:
        super().__init__(f"vault agent, {interval or 'as it comes'}")
        self._binary = binary
        self._extra = f'template_config {{\n  static_secret_render_interval = "{interval}"\n}}' if interval else ""

    def command(self, seat: Seat, directory: Path) -> tuple[list[str], dict[str, str]]:
        write_private(directory / "role_id", seat.role_id)
        write_private(directory / "secret_id", seat.secret_id.reveal())
        config = _written("agent.hcl", directory, seat, self._extra)
        return [str(self._binary), "agent", f"-config={config}", "-log-level=warn"], {}


class ConsulTemplate(Supervised):
    """consul-template in exec mode, with a token that was made for it; `interval` is its default_lease_duration."""

    def __init__(self, token_for: Callable[[Seat], Redacted], interval: str = "") -> None:
        super().__init__(f"consul-template, {interval or 'as it comes'}")
        self._token_for = token_for
        self._binary = consul_template()
        self._extra = f'default_lease_duration = "{interval}"' if interval else ""

    def command(self, seat: Seat, directory: Path) -> tuple[list[str], dict[str, str]]:
        config = _written("consul_template.hcl", directory, seat, self._extra)
        environ = {"VAULT_TOKEN": self._token_for(seat).reveal(), "CREDENTIAL_FILE": str(directory / "credential")}
        return [str(self._binary), f"-config={config}", "-log-level=warn"], environ


class Fetchers:
    """Ours: all the bots in one process, a Fetcher each."""

    def __init__(self, directory: Path, schedule: str = "standard", *, name: str = OURS) -> None:
        self.name, self._schedule = name, schedule
        self._log = directory / f"{name}.log"
        self._process: subprocess.Popen[str] | None = None

    def start(self, seats: Sequence[Seat]) -> None:
        command = [sys.executable, str(BOTS), str(self._log), self._schedule]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._heard()
        self.add(seats)

    def add(self, seats: Sequence[Seat]) -> None:
        """Start more of them; returns when each has its first credential."""
        for seat in seats:
            self._say("add " + json.dumps({"number": seat.number, "environ": seat.environ()}))
            self._heard()

    def refresh(self, seat: Seat) -> None:
        """Let one bot ask for the newest; returns when it has it, or knows that it is refused."""
        self._say(f"refresh {seat.number}")
        self._heard()

    def close(self) -> None:
        """Close all Fetchers; the process stays, so that what they left behind can be counted."""
        self._say("close")
        self._heard()

    def sightings(self) -> list[Sighting]:
        rows = (line.split() for line in self._log.read_text().splitlines())
        return [Sighting(float(at), int(bot), what) for at, bot, what in rows]

    def holding(self) -> int:
        return sum(1 for sighting in latest(self.sightings()).values() if sighting.version)

    def memory(self) -> Memory:
        return memory(self.pid)

    def ended(self) -> int:
        return 0 if self._running.poll() is None else len(latest(self.sightings()))

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("not started")
        return self._process

    def _say(self, line: str) -> None:
        print(line, file=self._running.stdin, flush=True)

    def _heard(self) -> None:
        assert self._running.stdout  # noqa: S101  for the type checker
        if not self._running.stdout.readline():
            sys.exit("the Fetchers' process ended")


def latest(sightings: Sequence[Sighting]) -> dict[int, Sighting]:
    """The last of each bot."""
    return {sighting.bot: sighting for sighting in sorted(sightings)}


def write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


def _written(name: str, directory: Path, seat: Seat, extra: str) -> Path:
    text = Template((PEERS / name).read_text()).substitute(
        address=seat.address, directory=directory, extra=extra, child=PEERS / "child.sh"
    )
    path = directory / name
    path.write_text(text)
    return path


def consul_template() -> Path:
    """Build it with Go the first time, into the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    shelf = Path(base, "vault-binance", "consul-template", CONSUL_TEMPLATE.removeprefix("v"))
    if not (shelf / "consul-template").exists():
        print(f"building consul-template {CONSUL_TEMPLATE} with Go: once, about a minute", file=sys.stderr, flush=True)
        package = f"github.com/hashicorp/consul-template@{CONSUL_TEMPLATE}"
        go = shutil.which("go") or sys.exit("consul-template needs Go")
        subprocess.run([go, "install", package], env=os.environ | {"GOBIN": str(shelf)}, check=True)
    return shelf / "consul-template"


def _is_child(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith((b"sleep\0", b"/bin/sh\0"))
    except OSError:
        return False


class Memory(NamedTuple):
    """MiB of one process: what is resident, and of that what is its own and not a file's."""

    resident: float
    own: float


def memory(pid: int) -> Memory:
    lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    sizes = {words[0]: int(words[1]) / 1024 for words in lines if words[0] in {"VmRSS:", "RssAnon:"}}
    return Memory(sizes["VmRSS:"], sizes["RssAnon:"])
