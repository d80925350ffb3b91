"""`--credentials-file`: the new pair is in place before the signal comes, in memory alone, and gone at the end."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY, API_SECRET
from tests.cli.supervised import Supervised, bot, until
from tests.cli.test_supervise import Bot
from tests.support import unavailable
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.stage import Spawn, Stage

READS = "say(open(sys.argv[1]).read().splitlines()[0])"


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory of our own on a tmpfs."""
    if not Path("/dev/shm").is_dir():
        unavailable("no /dev/shm, where a tmpfs is")
    with TemporaryDirectory(dir="/dev/shm", prefix="supervised-") as directory:
        yield Path(directory)


@pytest.fixture
def mm(stage: Stage) -> Bot:
    return Bot(stage)


@pytest.mark.parametrize("name", ["HUP", "usr1", "SIGUSR2"])
def test_the_new_pair_is_in_place_when_the_signal_comes(spawn: Spawn, mm: Bot, memory: Path, name: str) -> None:
    place = memory / "pair.env"
    reads = bot(**{name.upper().removeprefix("SIG"): READS})
    words = (f"--on-change=signal:{name}", "--credentials-file", str(place), "--", *reads, str(place))
    with Supervised(spawn, *words, environ=mm.environ) as run:
        first = run.up()
        assert place.read_text() == f"BINANCE_API_KEY='{'A' * 64}'\nBINANCE_API_SECRET='{'a' * 64}'\n"
        for letter in "BC":
            before = place.stat()
            mm.rotate(letter)
            assert run.line() == f"BINANCE_API_KEY='{letter * 64}'"
            after = place.stat()
            assert stat.S_IMODE(after.st_mode) == 0o600
            assert (after.st_uid, after.st_nlink) == (os.geteuid(), 1)
            assert after.st_ino != before.st_ino, "it was written over, and could be read half-written"
            assert list(memory.iterdir()) == [place]
        assert Path(f"/proc/{first[0]}").exists()
        run.send(signal.SIGTERM)
        assert run.end() == -signal.SIGTERM
    assert not list(memory.iterdir())


def test_json_has_what_a_client_needs(spawn: Spawn, mm: Bot, memory: Path) -> None:
    place = memory / "pair.json"
    ran = spawn("exec", "--on-change=exit", f"--credentials-file={place}", "--", "cat", str(place), environ=mm.environ)
    assert json.loads(ran.out) == {
        "name": mm.name,
        "version": 1,
        "api_key": "A" * 64,
        "api_secret": "a" * 64,
        "key_type": "HMAC",
        "environment": "live",
    }
    assert not list(memory.iterdir())


def test_a_command_that_is_started_anew_finds_its_own_pair_there(spawn: Spawn, mm: Bot, memory: Path) -> None:
    place = memory / "pair.env"
    shows = bot(up=READS)
    words = ("--on-change=restart", "--credentials-file", str(place), "--", *shows, str(place))
    with Supervised(spawn, *words, environ=mm.environ) as run:
        for letter in "AB":
            assert run.line() == f"BINANCE_API_KEY='{letter * 64}'"
            assert run.up()[1] == letter * 4
            mm.rotate("B")


@pytest.mark.parametrize("how", ["suspended", "command not found", "killed"])
def test_nothing_is_left_whatever_the_end(spawn: Spawn, mm: Bot, memory: Path, how: str) -> None:
    place = memory / "pair.env"
    Path("no-interpreter").write_text("#!/no/such/program\n")
    Path("no-interpreter").chmod(0o755)
    command = ["./no-interpreter"] if how == "command not found" else bot()
    words = ("--on-change=signal:HUP", "--credentials-file", str(place), "--", *command)
    with Supervised(spawn, *words, environ=mm.environ) as run:
        if how == "suspended":
            run.up()
            with mm.suspended():
                assert run.end() == 25
        elif how == "killed":
            os.kill(run.up()[0], signal.SIGKILL)
            assert run.end() == -signal.SIGKILL
        else:
            assert run.end() == 127
    assert not list(memory.iterdir())


def test_it_is_gone_before_vault_is_waited_for(spawn: Spawn, mm: Bot, memory: Path) -> None:
    place = memory / "pair.env"
    with FaultProxy(mm.stage.vault.address) as proxy:
        environ = {**mm.environ, "VAULT_ADDR": proxy.address}
        words = ("--on-change=signal:HUP", "--credentials-file", str(place), "--", *bot())
        with Supervised(spawn, *words, environ=environ) as run:
            run.up()
            proxy.fault = Fault.slow(30).on("/v1/auth/token/revoke-self")
            run.send(signal.SIGTERM)
            until(lambda: any(seen.path == "/v1/auth/token/revoke-self" for seen in proxy.requests))
            assert not place.exists()
            proxy.fault = Fault.none()


def test_two_do_not_share_one(spawn: Spawn, mm: Bot, memory: Path) -> None:
    place = memory / "pair.env"
    words = ("--on-change=signal:HUP", "--credentials-file", str(place), "--")
    with Supervised(spawn, *words, *bot(), environ=mm.environ) as run:
        run.up()
        second = spawn("exec", *words, "echo", "up", environ=mm.environ)
        assert (second.code, second.out) == (10, "")
        assert second.error == f"'{place}' is kept by another process"
        assert place.exists()
        run.process.kill()  # and nothing is left to take it away
        run.process.wait()
        assert place.exists()
        assert spawn("exec", *words, "echo", "up", environ=mm.environ).code == 0
    assert not list(memory.iterdir())


def test_a_file_that_cannot_be_replaced_is_told_and_the_command_is_not_misled(
    spawn: Spawn, mm: Bot, memory: Path
) -> None:
    """No signal before the new pair is there; when it can be written again, both come."""
    place = memory / "pair.env"
    words = ("--on-change=signal:HUP", "--credentials-file", str(place), "--", *bot(HUP=READS), str(place))
    with Supervised(spawn, *words, environ=mm.environ) as run:
        run.up()
        part = memory / f".pair.env.{run.process.pid}.part"
        part.mkdir()
        mm.rotate("B")
        assert "the command keeps the credential that it has: cannot write" in run.told("keeps")
        part.rmdir()
        run.send(signal.SIGWINCH)  # whatever wakes the supervisor, lest it waits for its next try
        assert run.line() == f"BINANCE_API_KEY='{'B' * 64}'"


def test_no_secret_is_anywhere_but_where_it_belongs(spawn: Spawn, stage: Stage, memory: Path) -> None:
    place, marks = memory / "pair.env", [API_KEY, API_SECRET]
    secrets = [*marks, stage.environ["VAULT_TOKEN"], stage.bot(wrapped=False)["VAULT_BINANCE_SECRET_ID"]]
    environ = stage.bot(wrapped=False)
    secrets.append(environ["VAULT_BINANCE_SECRET_ID"])
    words = (
        "--on-change=signal:HUP",
        "--credentials-file",
        str(place),
        "--status-file=status",
        "--metrics-file=metrics",
    )
    with Supervised(spawn, *words, "--", *bot(), environ=environ) as run:
        pid, _ = run.up()
        seen = [Path(f"/proc/{one}/cmdline").read_text() for one in (pid, run.process.pid)]
        seen += [Path("status").read_text(), Path("metrics").read_text()]
        run.send(signal.SIGTERM)
        run.end()
        seen += [run.rest(), *(path.read_text() for path in Path().iterdir())]
    assert len(seen) == 7
    assert not [text for text in seen for secret in secrets if secret in text]
