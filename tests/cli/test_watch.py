"""`fetch --watch`: a line for each change of what may be used, and an end in order whoever ends it."""

from __future__ import annotations

import json
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stage import API_KEY, API_SECRET, LAYOUT, fresh
from tests.cli.test_canary import ECHO, KEY, SECRET, SECRET_ID, Canaries
from tests.component.bot.world import World, until_waiting
from vault_binance.bot.fetcher import Snapshot
from vault_binance.cli.fetch import as_row
from vault_binance.cli.watch import Changes
from vault_binance.errors import LeaseEnded
from vault_binance.ops import kill_switch
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.cli.conftest import Command
    from tests.cli.stage import Spawn, Stage

JSON = ("fetch", "--watch", "--format", "json")
REVOKE = "/v1/auth/token/revoke-self"
FIELDS = ["at", "event", "name", "version", "environment", "key_type", "fingerprint", "api_key", "secret"]


class Watching:
    """A running `fetch --watch` and what it prints, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: Queue[str] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.removesuffix("\n"))

    def line(self) -> str:
        return self._lines.get(timeout=15)

    def row(self) -> dict[str, Any]:
        row: dict[str, Any] = json.loads(self.line())
        assert list(row) == FIELDS
        return row

    def end(self, number: int) -> tuple[int, list[str], str]:
        """End it by a signal: exit code, what it printed since, and stderr."""
        self.process.send_signal(number)
        assert self.process.stderr is not None
        err = self.process.stderr.read()
        code = self.process.wait(15)
        self._reader.join()
        return code, list(self._lines.queue), err


@pytest.fixture
def bot(stage: Stage) -> dict[str, str]:
    """A bot of this test's own, that looks once a second."""
    name = fresh()
    stage.put(name)
    stage.add_bot(name, name)
    return {**stage.bot(name, name), "VAULT_BINANCE_SCHEDULE": "swift"}


@pytest.fixture
def proxy(stage: Stage, bot: dict[str, str]) -> Iterator[FaultProxy]:
    with FaultProxy(stage.vault.address) as proxy:
        bot["VAULT_ADDR"] = proxy.address
        yield proxy


@contextmanager
def watching(spawn: Spawn, *arguments: str, environ: dict[str, str]) -> Iterator[Watching]:
    with spawn.started(*arguments, environ=environ) as process:
        yield Watching(process)


def until(fulfilled: Any) -> None:
    deadline = time.monotonic() + 15
    while not fulfilled():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def is_given_back(proxy: FaultProxy) -> bool:
    return proxy.requests[-1].path == REVOKE


# Changes


def test_a_line_for_each_change_of_what_may_be_used(spawn: Spawn, stage: Stage, bot: dict[str, str]) -> None:
    name = bot["VAULT_BINANCE_CREDENTIAL"]
    with watching(spawn, *JSON, environ=bot) as watch, stage.operator() as vault:
        first = watch.row()
        assert (first["event"], first["name"], first["version"]) == ("current", name, 1)
        assert (first["api_key"], first["secret"]) == ("********", "********")
        stage.put(name, api_key="N" * 64)
        second = watch.row()
        assert (second["event"], second["version"]) == ("rotated", 2)
        assert second["fingerprint"] != first["fingerprint"]
        kill_switch.suspend(vault, LAYOUT, name)
        refused = watch.row()
        assert (refused["event"], refused["name"], refused["version"]) == ("refused", name, 2)
        assert {refused[field] for field in FIELDS[4:]} == {None}
        kill_switch.allow(vault, LAYOUT, name)
        back = watch.row()
        assert back | {"at": None} == second | {"at": None, "event": "recovered"}
        assert first["at"] <= second["at"] <= refused["at"] <= back["at"]
        code, more, err = watch.end(signal.SIGTERM)
    assert (code, more) == (-signal.SIGTERM, [])
    told = [line.split()[:3] for line in err.splitlines()]
    refused_back = ["warning:", "lease.revoked", f"credential={name}"]  # where the bot is not allowed again by then
    assert [line for line in told if line != refused_back] == [
        ["warning:", "lease.expired", f"credential={name}"],
        ["warning:", "lease.refused", f"credential={name}"],
        ["note:", "lease.recovered", f"credential={name}"],
    ], err


def test_vault_away_for_too_long_and_back(spawn: Spawn, bot: dict[str, str], proxy: FaultProxy) -> None:
    """Being away is no change, only a warning; being too old is one."""
    with watching(spawn, *JSON, environ={**bot, "VAULT_BINANCE_MAX_STALE": "3"}) as watch:
        assert watch.row()["event"] == "current"
        proxy.fault = Fault.status(503)
        expired = watch.row()
        assert (expired["event"], expired["version"], expired["fingerprint"]) == ("expired", 1, None)
        proxy.fault = Fault.none()
        assert watch.row()["event"] == "recovered"
        code, more, err = watch.end(signal.SIGTERM)
    assert (code, more) == (-signal.SIGTERM, [])
    assert [line.split()[:2] for line in err.splitlines()] == [
        ["warning:", "lease.unreachable"],
        ["warning:", "lease.expired"],
        ["note:", "lease.recovered"],
    ]


def test_a_row_for_people(spawn: Spawn, stage: Stage, bot: dict[str, str]) -> None:
    name = bot["VAULT_BINANCE_CREDENTIAL"]
    with watching(spawn, "fetch", "--watch", environ=bot) as watch:
        head, first = watch.line(), watch.line()
        assert head.split() == ["AT", "EVENT", "NAME", "VERSION", "ENVIRONMENT", "KEY", "TYPE", "FINGERPRINT",
                                "API", "KEY", "SECRET"]  # fmt: skip
        assert first.split()[1:6] == ["current", name, "1", "live", "HMAC"]
        stage.put(name)
        second = watch.line()
        assert second.split()[1:4] == ["rotated", name, "2"]
        column = head.index("VERSION")
        assert (first[column], second[column]) == ("1", "2")
        assert watch.end(signal.SIGTERM)[1:] == ([], "")


def test_yaml_is_a_document_for_each(spawn: Spawn, stage: Stage, bot: dict[str, str]) -> None:
    with watching(spawn, "fetch", "--watch", "--format", "yaml", environ=bot) as watch:
        first = [watch.line() for _ in range(1 + len(FIELDS))]
        stage.put(bot["VAULT_BINANCE_CREDENTIAL"])
        second = [watch.line() for _ in range(1 + len(FIELDS))]
        watch.end(signal.SIGTERM)
    for lines, event in ((first, "current"), (second, "rotated")):
        assert lines[0] == "---"
        assert [line.partition(": ")[0] for line in lines[1:]] == FIELDS
        assert lines[2] == f'event: "{event}"'


def test_revealed_where_it_is_asked_for(spawn: Spawn, bot: dict[str, str]) -> None:
    with watching(spawn, *JSON, "--reveal", environ=bot) as watch:
        row = watch.row()
        assert (row["api_key"], row["secret"]) == (API_KEY, API_SECRET)
        watch.end(signal.SIGTERM)


def test_a_lease_that_ends_by_itself_is_told_and_raised() -> None:
    keeper = World().keeper()
    until_waiting(keeper)
    changes = Changes(Snapshot(keeper), lambda credentials: as_row(credentials, reveal=False))  # type: ignore[arg-type]
    assert (changes.next() or {})["event"] == "current"
    assert changes.next() is None
    changes.raise_if_over()
    keeper.fail(RuntimeError("unforeseen"))
    until_waiting(keeper)
    assert (changes.next() or {})["event"] == "ended"
    with pytest.raises(LeaseEnded, match="has ended: failed") as caught:
        changes.raise_if_over()
    assert caught.value.exit_code == 25


# Its end


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [(signal.SIGINT, 130, "\nerror: interrupted\n"), (signal.SIGTERM, -15, ""), (signal.SIGHUP, -1, "")],
)
def test_ended_by_a_signal_it_gives_its_token_back(
    spawn: Spawn, bot: dict[str, str], proxy: FaultProxy, number: int, code: int, says: str
) -> None:
    with watching(spawn, *JSON, environ=bot) as watch:
        watch.row()
        assert watch.end(number) == (code, [], says)
    assert is_given_back(proxy)


def test_a_reader_who_has_gone_ends_it_quietly_and_soon(spawn: Spawn, bot: dict[str, str], proxy: FaultProxy) -> None:
    """Although there is nothing to write that would tell."""
    with spawn.started(*JSON, environ=bot) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(15) == 0
        assert process.stderr.read() == ""
    assert is_given_back(proxy)


def test_a_reader_who_has_gone_before_the_first_line(spawn: Spawn, bot: dict[str, str], proxy: FaultProxy) -> None:
    ran = spawn.shell("exec 4> >(:); wait $!; $VB fetch --watch >&4; echo $?", bot)
    assert (ran.out, ran.err) == ("0\n", "")
    assert is_given_back(proxy)


def test_a_reader_of_one_line(spawn: Spawn, bot: dict[str, str]) -> None:
    ran = spawn.shell("set -o pipefail; $VB fetch --watch --format json | head -1; echo $?", bot)
    line, code = ran.out.splitlines()
    assert (json.loads(line)["event"], code, ran.err) == ("current", "0", "")


@pytest.mark.parametrize(
    ("where", "says"), [("/dev/full", "No space left on device"), ("&-", "standard output is closed")]
)
def test_an_output_that_fails(spawn: Spawn, bot: dict[str, str], where: str, says: str) -> None:
    ran = spawn.shell(f"$VB fetch --watch >{where}; echo $?", bot)
    assert ran.out == "1\n"
    assert ran.error == f"cannot write the output: {says}"


def test_refused_from_the_start(command: Command, stage: Stage, bot: dict[str, str]) -> None:
    with stage.operator() as vault:
        kill_switch.suspend(vault, LAYOUT, bot["VAULT_BINANCE_BOT"])
    ran = command(*JSON, environ=bot)
    assert (ran.code, ran.out) == (24, "")
    assert ran.error.startswith("login refused")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--watch", "--version", "1"), "--watch prints whole rows"),
        (("--watch", "--field", "version"), "--watch prints whole rows"),
        (("--status-file", "x"), "are about a lease that is kept"),
        (("--metrics-file", "x"), "are about a lease that is kept"),
    ],
)
def test_options_that_do_not_go_together(command: Command, arguments: tuple[str, ...], says: str) -> None:
    ran = command("fetch", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.error
    assert not Path("x").exists()


# The files beside it


def test_status_and_metrics_tell_the_same(spawn: Spawn, stage: Stage, bot: dict[str, str]) -> None:
    name = bot["VAULT_BINANCE_CREDENTIAL"]
    files = ("--status-file", "mm.json", "--metrics-file", "mm.prom")

    def status() -> dict[str, Any]:
        told: dict[str, Any] = json.loads(Path("mm.json").read_text())
        return told

    with watching(spawn, *JSON, *files, environ=bot) as watch, stage.operator() as vault:
        watch.row()
        until(lambda: status()["phase"] == "holding")
        assert (status()["credential"], status()["bot"], status()["pid"]) == (name, name, watch.process.pid)
        kill_switch.suspend(vault, LAYOUT, name)
        watch.row()
        until(lambda: status()["phase"] == "refused")
        assert status()["last_error"]["error"] == "LoginRefused"
        labels = f'credential="{name}",vault_instance="binance",bot="{name}"'
        until(lambda: f"vault_binance_credential_usable{{{labels}}} 0" in Path("mm.prom").read_text())
        watch.end(signal.SIGTERM)
    assert (status()["phase"], status()["reason"]) == ("ended", "refused")
    assert f'vault_binance_events_total{{{labels},event="ended"}} 1' in Path("mm.prom").read_text()
    assert {path.name for path in Path().iterdir()} == {"mm.json", "mm.prom"}


def test_a_file_that_cannot_be_written_fails_before_anything_is_sent(
    command: Command, bot: dict[str, str], proxy: FaultProxy
) -> None:
    ran = command(*JSON, "--status-file", "nowhere/mm.json", environ=bot)
    assert (ran.code, ran.out) == (10, "")
    assert ran.error == "cannot write 'nowhere/mm.json': No such file or directory"
    assert not proxy.requests


def test_a_file_that_can_no_longer_be_written_is_told_once_and_ends_nothing(
    spawn: Spawn, stage: Stage, bot: dict[str, str]
) -> None:
    name = bot["VAULT_BINANCE_CREDENTIAL"]
    Path("place").mkdir()
    with watching(spawn, *JSON, "--status-file", "place/mm.json", environ=bot) as watch:
        watch.row()
        Path("place").rename("elsewhere")
        for _ in range(2):
            stage.put(name)
            assert watch.row()["event"] == "rotated"
        code, _, err = watch.end(signal.SIGTERM)
    assert code == -signal.SIGTERM
    assert err == 'warning: lease.file_failed path=place/mm.json reason="No such file or directory"\n'


# Planted secrets


@pytest.mark.parametrize("fault", [Fault.status(403, body=ECHO), Fault.status(503, body=ECHO)], ids=["403", "503"])
def test_no_secret_is_in_what_it_leaves(
    spawn: Spawn, stage: Stage, bot: dict[str, str], proxy: FaultProxy, fault: Fault
) -> None:
    name = bot["VAULT_BINANCE_CREDENTIAL"]
    stage.put(name, KEY, SECRET)
    stage.vault.call("POST", f"auth/binance-approle/role/{name}/custom-secret-id", {"secret_id": SECRET_ID + name})
    del bot["VAULT_BINANCE_WRAPPED_SECRET_ID"]
    environ = {**bot, "VAULT_BINANCE_SECRET_ID": SECRET_ID + name, "VAULT_BINANCE_MAX_STALE": "3"}
    files = ("--status-file", "mm.json", "--metrics-file", "mm.prom")
    left: list[str] = []
    with watching(spawn, *JSON, *files, environ=environ) as watch:
        left.append(watch.line())
        proxy.fault = fault
        left.append(watch.line())
        left += [Path(path).read_text() for path in ("mm.json", "mm.prom")]
        proxy.fault = Fault.none()
        left.append(watch.line())
        left.append(Path(f"/proc/{watch.process.pid}/cmdline").read_text())
        _, more, err = watch.end(signal.SIGTERM)
    left += [*more, err, *(Path(path).read_text() for path in ("mm.json", "mm.prom"))]
    assert [json.loads(left[index])["event"] for index in (0, 4)] == ["current", "recovered"]
    assert err.startswith("warning: lease.")
    found = Canaries({"key": KEY, "secret": SECRET, "SecretID": SECRET_ID}).found("\n".join(left))
    assert found == set()
    assert "hvs." not in "".join(left)
    assert {path.name for path in Path().iterdir()} == {"mm.json", "mm.prom"}
