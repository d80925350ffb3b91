"""`exec --on-change`: what becomes of a command when its credential is rotated, refused, or Vault is away."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY, LAYOUT, fresh
from tests.cli.supervised import Supervised, bot, is_alive, until
from vault_binance.ops import kill_switch
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Command
    from tests.cli.stage import Spawn, Stage

SAYS_TERM = "(say('term'), sys.exit(4))"


class Bot:
    """A bot and a credential that no other test knows."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.name = stage, fresh()
        self.rotate("A")
        stage.add_bot(self.name, self.name)
        self.environ = stage.bot(self.name, self.name, wrapped=False)

    def rotate(self, letter: str) -> None:
        self.stage.put(self.name, letter * 64, letter.lower() * 64)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        with self.stage.operator() as vault:
            kill_switch.suspend(vault, LAYOUT, self.name)
        yield
        with self.stage.operator() as vault:
            kill_switch.allow(vault, LAYOUT, self.name)

    @property
    def tokens(self) -> int:
        """How many of its tokens are alive."""
        accessors = self.stage.vault.call("LIST", "auth/token/accessors")[1]["data"]["keys"]
        found = [self.stage.vault.call("POST", "auth/token/lookup-accessor", {"accessor": a}) for a in accessors]
        return sum(status == 200 and answer["data"]["meta"] == {"role_name": self.name} for status, answer in found)


@pytest.fixture
def mm(stage: Stage) -> Bot:
    return Bot(stage)


# Policies


def test_restart_drains_and_starts_anew_with_the_new_pair(spawn: Spawn, mm: Bot) -> None:
    with Supervised(spawn, "--on-change=restart", "--", *bot(TERM=SAYS_TERM), environ=mm.environ) as run:
        first, key = run.up()
        assert key == "AAAA"
        mm.rotate("B")
        assert run.line() == "term"
        second, key = run.up()
        assert key == "BBBB"
        assert second != first
        assert mm.tokens == 1
        run.send(signal.SIGTERM)
        assert run.line() == "term"
        assert run.end() == 4
        said = run.rest()
    assert "note:  another credential is there: the command is asked to end, within 30 s\n" in said
    assert "note:  the command is started anew, with version 2\n" in said
    assert "error" not in said
    assert mm.tokens == 0


def test_rotations_during_a_drain_are_one_restart_with_the_newest(spawn: Spawn, mm: Bot) -> None:
    drains = bot(TERM="say('draining')", USR1="(say('drained'), sys.exit(0))")
    with Supervised(spawn, "--on-change=restart", "--status-file", "status", "--", *drains, environ=mm.environ) as run:
        run.up()
        mm.rotate("B")
        assert run.line() == "draining"
        mm.rotate("C")
        until(lambda: json.loads(Path("status").read_text())["version"] == 3)
        run.send(signal.SIGUSR1)
        assert run.line() == "drained"
        assert run.up()[1] == "CCCC"
        run.send(signal.SIGTERM)
        assert run.line() == "draining"
        run.send(signal.SIGUSR1)
        assert run.end() == 0
        assert run.rest().count("asked to end") == 1


def test_a_version_with_the_same_pair_disturbs_nobody(spawn: Spawn, mm: Bot) -> None:
    with Supervised(
        spawn, "--on-change=restart", "--status-file", "status", "--", *bot(TERM=SAYS_TERM), environ=mm.environ
    ) as run:
        run.up()
        mm.rotate("A")
        until(lambda: json.loads(Path("status").read_text())["version"] == 2)
        mm.rotate("B")
        assert run.line() == "term"
        assert run.up()[1] == "BBBB"


def test_who_does_not_end_in_time_is_killed_with_its_workers(spawn: Spawn, mm: Bot) -> None:
    stubborn = bot(up="say(subprocess.Popen(['sleep', '60']).pid)", TERM="say('no')")
    words = ("--on-change=restart", "--kill-timeout=200ms", "--", *stubborn)
    with Supervised(spawn, *words, environ=mm.environ) as run:
        worker = int(run.line())
        first, _ = run.up()
        mm.rotate("B")
        assert run.line() == "no"
        run.line()
        second, key = run.up()
        assert key == "BBBB"
        assert not is_alive(first)
        until(lambda: not is_alive(worker))
        assert is_alive(second)
        assert "has not ended within 0.2 s, and is killed" in run.told("killed")


def test_the_bot_behind_a_shell_that_ends_at_once_has_its_drain(spawn: Spawn, mm: Bot) -> None:
    """A shell does not pass TERM on. What it leaves in its group is asked itself, and waited for."""
    inner = bot(TERM="(say('draining'), time.sleep(0.3), say('drained'), sys.exit(0))")
    shell = ("sh", "-c", '"$@"; true', "sh", *inner)
    with Supervised(spawn, "--on-change=restart", "--", *shell, environ=mm.environ) as run:
        run.up()
        mm.rotate("B")
        assert [run.line(), run.line()] == ["draining", "drained"]
        assert run.up()[1] == "BBBB"


def test_exit_ends_as_the_command_does(spawn: Spawn, mm: Bot) -> None:
    with Supervised(spawn, "--on-change=exit", "--", *bot(TERM=SAYS_TERM), environ=mm.environ) as run:
        run.up()
        mm.rotate("B")
        assert run.line() == "term"
        assert run.end() == 4
        assert run.rest("out") == ""
    assert mm.tokens == 0


def test_ignore_keeps_the_lease_and_leaves_the_command_alone(spawn: Spawn, mm: Bot) -> None:
    words = ("--on-change=ignore", "--status-file", "status", "--", *bot(TERM=SAYS_TERM))
    with Supervised(spawn, *words, environ=mm.environ) as run:
        run.up()
        mm.rotate("B")
        until(lambda: json.loads(Path("status").read_text())["version"] == 2)
        run.told("note:  version 2 is there; the command goes on with version 1")
        run.send(signal.SIGTERM)
        assert run.line() == "term"
        assert run.end() == 4


def test_a_command_that_ends_by_itself_is_not_started_again(spawn: Spawn, mm: Bot) -> None:
    ran = spawn("exec", "--on-change=restart", "--", "echo", "once", environ=mm.environ)
    assert (ran.out, ran.err, ran.code) == ("once\n", "", 0)
    assert mm.tokens == 0


def test_with_splay_a_rotation_that_is_taken_back_in_time_disturbs_nobody(spawn: Spawn, mm: Bot) -> None:
    words = ("--on-change=restart", "--splay=1d", "--status-file", "status", "--", *bot(TERM=SAYS_TERM))
    with Supervised(spawn, *words, environ=mm.environ) as run:
        run.up()
        for number, letter in enumerate("BA", start=2):
            mm.rotate(letter)
            until(lambda number=number: json.loads(Path("status").read_text())["version"] == number)  # type: ignore[misc]
        run.send(signal.SIGTERM)
        assert run.line() == "term"
        assert run.end() == 4


# Exit codes


@pytest.mark.parametrize("code", [0, 3, 25, 255])
def test_exit_codes_are_the_commands_own(spawn: Spawn, stage: Stage, code: int) -> None:
    ran = spawn("exec", "market-maker", "--on-change=exit", "--", "sh", "-c", f"exit {code}", environ=stage.environ)
    assert (ran.out, ran.err, ran.code) == ("", "", code)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT])
def test_a_shell_sees_the_signal_that_ended_it(spawn: Spawn, stage: Stage, number: int) -> None:
    """And no core file is left by the one who stands in for it."""
    line = f"ulimit -c 0; $VB exec market-maker --on-change=exit -- sh -c 'kill -{number:d} $$'; echo $?"
    assert int(spawn.shell(line, stage.environ).out) == 128 + number
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("command", "code"), [("no-such-command", 127), ("./plain", 126), ("./no-interpreter", 127), ("./no-program", 126)]
)
def test_what_cannot_be_started_fails_as_without_supervision(
    spawn: Spawn, stage: Stage, command: str, code: int
) -> None:
    Path("plain").write_text("text")
    for name, text in {"no-interpreter": "#!/no/such/program\n", "no-program": "\x00\x01"}.items():
        Path(name).write_text(text)
        Path(name).chmod(0o755)
    plain = spawn("exec", "market-maker", "--", command, environ=stage.environ)
    supervised = spawn("exec", "market-maker", "--on-change=restart", "--", command, environ=stage.environ)
    assert supervised == plain
    assert plain.code == code


# Refusals and outages


def test_the_kill_switch_ends_the_command(spawn: Spawn, mm: Bot) -> None:
    with Supervised(spawn, "--on-change=ignore", "--", *bot(TERM=SAYS_TERM), environ=mm.environ) as run:
        run.up()
        with mm.suspended():
            assert run.line() == "term"
            assert run.end() == 25
        said = run.rest()
    assert "note:  Vault refuses the bot: the command is asked to end, within 30 s\n" in said
    assert f"error: Vault refuses {mm.name}: nothing is handed out\nhint: " in said


def test_a_refusal_during_the_drain_of_a_rotation_starts_nothing(spawn: Spawn, mm: Bot) -> None:
    drains = bot(TERM="say('draining')", USR1="sys.exit(0)")
    with Supervised(spawn, "--on-change=restart", "--", *drains, environ=mm.environ) as run:
        run.up()
        mm.rotate("B")
        assert run.line() == "draining"
        with mm.suspended():
            run.told("lease.refused")
            run.send(signal.SIGUSR1)
            assert run.end() == 25
        assert run.rest("out") == ""


def test_a_refusal_that_is_to_be_ignored_is_told_and_ends_nothing(spawn: Spawn, mm: Bot) -> None:
    words = ("--on-change=restart", "--on-refused=ignore", "--", *bot(TERM=SAYS_TERM))
    with Supervised(spawn, *words, environ=mm.environ) as run:
        first, _ = run.up()
        with mm.suspended():
            assert run.told("goes on").startswith("warning: the command goes on with the credential that it has")
        run.told("lease.recovered")
        assert is_alive(first)
        mm.rotate("B")
        assert run.line() == "term"
        assert run.up()[1] == "BBBB"


def test_a_vault_that_is_away_ends_nothing_and_is_believed_again_when_it_is_back(spawn: Spawn, mm: Bot) -> None:
    with FaultProxy(mm.stage.vault.address) as proxy:
        environ = {**mm.environ, "VAULT_ADDR": proxy.address, "VAULT_BINANCE_MAX_STALE": "1s"}
        with Supervised(spawn, "--on-change=restart", "--", *bot(TERM=SAYS_TERM), environ=environ) as run:
            first, _ = run.up()
            proxy.fault = Fault.drop()
            run.told("lease.unreachable")
            assert "detail=credentials" in run.told("lease.expired")
            mm.rotate("B")
            assert is_alive(first)
            proxy.fault = Fault.none()
            run.told("lease.recovered")
            assert run.line() == "term"
            assert run.up()[1] == "BBBB"


@pytest.mark.parametrize("words", [("--on-change=exit",), ()], ids=["watched", "replaced"])
def test_the_first_credential_is_waited_for(spawn: Spawn, mm: Bot, words: tuple[str, ...]) -> None:
    with FaultProxy(mm.stage.vault.address) as proxy:
        proxy.fault = Fault.drop()
        environ = {**mm.environ, "VAULT_ADDR": proxy.address}
        ran = spawn("exec", *words, "--", "echo", "up", environ=environ)
        assert (ran.out, ran.code) == ("", 20)
        with Supervised(spawn, *words, "--wait=1m", "--", "echo", "up", environ=environ) as run:
            run.told("unreachable" if words else "Vault is away, waiting for up to 1m: Vault does not answer")
            proxy.fault = Fault.none()
            assert run.line() == "up"
            assert run.end() == 0


def test_while_it_waits_for_the_first_credential_term_ends_it(spawn: Spawn, mm: Bot) -> None:
    with FaultProxy(mm.stage.vault.address) as proxy:
        proxy.fault = Fault.drop()
        with Supervised(
            spawn,
            "--on-change=exit",
            "--wait=forever",
            "--",
            "echo",
            "up",
            environ={**mm.environ, "VAULT_ADDR": proxy.address},
        ) as run:
            until(lambda: proxy.requests)
            run.send(signal.SIGTERM)
            assert run.end() == -signal.SIGTERM
            assert run.rest("out") == ""


# The command line


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("--on-change=reload", 2, "restart, signal:HUP, exit or ignore"),
        ("--on-change=restart:HUP", 2, "restart, signal:HUP, exit or ignore"),
        ("--on-change=signal:HUP", 2, "needs --credentials-file: the environment of a command that runs cannot change"),
        ("--on-change=signal:KILL --credentials-file /dev/shm/x", 2, "no signal that a command can see"),
        ("--on-change=signal:KILL", 2, "no signal that a command can see"),
        ("--on-change=signal:FOO", 2, "no signal that a command can see"),
        ("--on-change=signal:NONE --credentials-file /dev/shm/x", 2, "no signal that a command can see"),
        ("--on-change=signal --credentials-file /dev/shm/x", 2, "no signal that a command can see"),
        ("--on-change=restart --splay=soon", 10, "--splay: 'soon' is no duration"),
        ("--on-change=restart --kill-timeout=-1", 10, "--kill-timeout: '-1' is no duration"),
        ("--on-change=restart --wait=x", 10, "--wait: 'x' is no duration"),
        ("--on-change=restart --version=2", 2, "--version never changes"),
        ("--splay=1s", 2, "--splay needs --on-change"),
        ("--credentials-file=/dev/shm/x", 2, "--credentials-file needs --on-change"),
        ("--on-refused=ignore", 2, "--on-refused needs --on-change"),
        ("--on-change=restart --credentials-file=./x", 10, "secrets are written to memory only"),
        ("--on-change=restart --status-file=/no/such/place", 10, "cannot write '/no/such/place'"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_sent(
    command: Command, stage: Stage, words: str, code: int, says: str
) -> None:
    before = stage.audit_log.stat().st_size
    ran = command("exec", "market-maker", *words.split(), "--", "true", environ=stage.environ)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.error
    assert stage.audit_log.stat().st_size == before


def test_how_fast_a_lease_is_kept_is_a_setting(command: Command, stage: Stage) -> None:
    environ = {**stage.environ, "VAULT_BINANCE_SCHEDULE": "hasty"}
    ran = command("exec", "market-maker", "--on-change=restart", "--", "true", environ=environ)
    assert (ran.code, ran.hint) == (10, "one of standard, calm, swift")
    assert ran.error == "VAULT_BINANCE_SCHEDULE: 'hasty' is no schedule"


@pytest.mark.parametrize("taken", ["BINANCE_API_KEY", "BINANCE_API_SECRET"])
def test_a_variable_that_exists_is_refused_or_replaced(spawn: Spawn, stage: Stage, taken: str) -> None:
    environ = {**stage.environ, taken: "old"}
    ran = spawn("exec", "market-maker", "--on-change=exit", "--", "true", environ=environ)
    assert (ran.code, ran.error) == (10, f"the environment already has {taken}")
    line = ("exec", "market-maker", "--on-change=exit", "--overwrite", "--", "sh", "-c", "echo $BINANCE_API_KEY")
    assert spawn(*line, environ=environ).out == f"{API_KEY}\n"
