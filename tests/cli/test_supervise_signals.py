"""Signals and the terminal under `exec --on-change`: all reach the command, each of them once."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.supervised import Supervised, bot, is_alive, until
from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from tests.cli.stage import Spawn, Stage

WORDS = ("market-maker", "--on-change=restart")
CTRL_C, CTRL_D, CTRL_Z = "\x03", "\x04", "\x1a"
READER = (
    "import signal, sys\n"
    "signal.signal(signal.SIGINT, lambda *_: print('<int>', flush=True))\n"
    "print('up', flush=True)\n"
    "for line in sys.stdin: print('got', line, end='', flush=True)"
)
"""Says what it reads, and each Ctrl-C."""


def rotate(stage: Stage, letter: str) -> None:
    stage.put("market-maker", letter * 64)


# Passed on


def test_each_signal_is_passed_on_once(spawn: Spawn, stage: Stage) -> None:
    names = ("TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "WINCH", "CONT")
    with Supervised(
        spawn, *WORDS, "--", *bot(**{name: f"say('{name}')" for name in names}), environ=stage.environ
    ) as run:
        run.up()
        for name in names:
            for _ in range(2):
                run.send(signal.Signals[f"SIG{name}"])
                assert run.line() == name


def test_what_is_the_supervisors_own_is_not(spawn: Spawn, stage: Stage) -> None:
    caught = bot(URG="say('urg')", CHLD="say('chld')", USR1="say('usr1')")
    with Supervised(spawn, *WORDS, "--", *caught, environ=stage.environ) as run:
        run.up()
        for number in (signal.SIGURG, signal.SIGCHLD, signal.SIGUSR1):
            run.send(number)
        assert run.line() == "usr1"


def test_what_is_ignored_stays_ignored(spawn: Spawn, stage: Stage) -> None:
    caught = bot(HUP="say('hup')", USR1="say('usr1')")
    with Supervised(spawn, *WORDS, "--", *caught, environ=stage.environ, through='nohup "$@"') as run:
        run.up()
        run.send(signal.SIGHUP)
        run.send(signal.SIGUSR1)
        assert run.line() == "usr1"


def test_the_command_begins_with_signals_and_limits_as_without_us(spawn: Spawn, stage: Stage) -> None:
    """But for 32 and 33, which are glibc's own, for its threads: posix_spawn leaves them ignored."""
    show = "grep -E 'Sig(Ign|Blk|Cgt)' /proc/self/status; grep core /proc/self/limits; ls /proc/self/fd | wc -l"
    direct = spawn.shell(f'ulimit -S -c 8; sh -c "{show}"')
    through = spawn.shell(f'ulimit -S -c 8; $VB exec market-maker --on-change=exit -- sh -c "{show}"', stage.environ)
    assert re.sub("(SigIgn:\t0{7})18", r"\g<1>00", through.out) == direct.out
    broken = spawn.shell("$VB exec market-maker --on-change=exit -- sh -c 'yes; echo $? >&2' | head -1", stage.environ)
    assert (broken.out, broken.err) == ("y\n", "141\n")


def test_what_is_piped_in_reaches_the_command(spawn: Spawn, stage: Stage) -> None:
    ran = spawn("exec", *WORDS, "--", "cat", environ=stage.environ, stdin="typed")
    assert (ran.out, ran.code) == ("typed", 0)


# Ended from outside


def test_term_is_a_drain_with_an_end(spawn: Spawn, stage: Stage) -> None:
    words = (*WORDS, "--kill-timeout=200ms", "--", *bot(TERM="say('no')"))
    with Supervised(spawn, *words, environ=stage.environ) as run:
        pid, _ = run.up()
        run.send(signal.SIGTERM)
        assert run.line() == "no"
        assert run.end() == -signal.SIGKILL
        assert not is_alive(pid)
        assert run.rest() == "warning: the command has not ended within 0.2 s, and is killed\n"


def test_an_interrupt_alone_ends_nothing_that_goes_on(spawn: Spawn, stage: Stage) -> None:
    """A drain has an end; Ctrl-C at an interpreter's prompt has none."""
    words = (*WORDS, "--kill-timeout=0", "--", *bot(INT="say('int')", USR1="say('usr1')"))
    with Supervised(spawn, *words, environ=stage.environ) as run:
        run.up()
        for number, says in [(signal.SIGINT, "int"), (signal.SIGUSR1, "usr1")]:
            run.send(number)
            assert run.line() == says


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_who_is_ended_during_the_drain_of_a_rotation_does_not_come_back(
    spawn: Spawn, stage: Stage, number: int
) -> None:
    drains = bot(up="said = []", TERM="(said.append(1), say('term'), len(said) > 1 and sys.exit(6))")
    with Supervised(spawn, *WORDS, "--", *drains, environ=stage.environ) as run:
        run.up()
        rotate(stage, "DEF"[number % 3])
        assert run.line() == "term"
        run.send(number)
        assert run.end() == (6 if number == signal.SIGTERM else -number)
        assert "anew" not in run.rest()


def test_what_a_command_leaves_behind_by_itself_is_left(spawn: Spawn, stage: Stage) -> None:
    line = "sleep 60 > /dev/null 2>&1 & echo $!"
    with Supervised(spawn, *WORDS, "--", "sh", "-c", line, environ=stage.environ) as run:
        left = int(run.line())
        assert run.end() == 0
        assert is_alive(left)


def test_a_supervisor_that_is_killed_leaves_the_command_running(spawn: Spawn, stage: Stage) -> None:
    with Supervised(spawn, *WORDS, "--", *bot(USR1="say('usr1')"), environ=stage.environ) as run:
        pid, _ = run.up()
        run.send(signal.SIGKILL)
        assert run.end() == -signal.SIGKILL
        os.kill(pid, signal.SIGUSR1)
        assert run.line() == "usr1"


def test_a_long_wait_costs_no_time(spawn: Spawn, stage: Stage) -> None:
    """Nothing turns in circles: a second of supervision is a few reads of the credential."""

    def used() -> int:
        fields = Path(f"/proc/{run.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    with Supervised(spawn, *WORDS, "--status-file=status", "--", *bot(), environ=stage.environ) as run:
        run.up()
        before, seen = used(), set[str]()
        until(lambda: seen.add(Path("status").read_text()) or len(seen) > 3)  # type: ignore[func-returns-value]
        assert used() - before < os.sysconf("SC_CLK_TCK") // 2


# At a terminal


def test_ctrl_c_reaches_the_command_once_and_what_is_typed_too(spawn: Spawn, stage: Stage) -> None:
    with Terminal(spawn, "exec", *WORDS, "--", sys.executable, "-c", READER, environ=stage.environ) as terminal:
        terminal.until("up")
        terminal.type("one\n")
        terminal.until("got one")
        terminal.type(CTRL_C)
        terminal.until("<int>")
        terminal.type("two\n")
        terminal.until("got two")
        assert terminal.shown.count("<int>") == 1
        terminal.type(CTRL_D)
        assert terminal.end() == 0


def test_a_command_that_reads_nothing_has_the_terminal_as_well(spawn: Spawn, stage: Stage) -> None:
    waits = "import os, time\nwhile os.tcgetpgrp(0) != os.getpgrp(): time.sleep(0.01)\nprint('mine')"
    with Terminal(spawn, "exec", *WORDS, "--", sys.executable, "-c", waits, environ=stage.environ) as terminal:
        terminal.until("mine")
        assert terminal.end() == 0


def test_ctrl_c_ends_a_command_that_does_not_catch_it_and_us_alike(spawn: Spawn, stage: Stage) -> None:
    with Terminal(spawn, "exec", *WORDS, "--", "sh", "-c", "echo up; exec cat", environ=stage.environ) as terminal:
        terminal.until("up")
        terminal.type(CTRL_C)
        assert terminal.end() == -signal.SIGINT


def test_a_command_that_is_started_anew_has_the_terminal_too(spawn: Spawn, stage: Stage) -> None:
    rotate(stage, "G")
    environ = {**stage.environ, "VAULT_BINANCE_SCHEDULE": "swift"}
    with Terminal(spawn, "exec", *WORDS, "--", sys.executable, "-c", READER, environ=environ) as terminal:
        terminal.until("up")
        rotate(stage, "H")
        terminal.until("started anew")
        terminal.type("again\n")
        terminal.until("got again")
        terminal.type(CTRL_C)
        terminal.until("<int>")


def test_ctrl_z_where_no_shell_could_bring_it_back(spawn: Spawn, stage: Stage) -> None:
    with Terminal(spawn, "exec", *WORDS, "--", sys.executable, "-c", READER, environ=stage.environ) as terminal:
        terminal.until("up")
        terminal.type(CTRL_Z)
        terminal.until("^Z")
        terminal.type("still here\n")
        terminal.until("got still here")


def test_ctrl_z_and_back_in_a_shell_that_is_itself_supervised(spawn: Spawn, stage: Stage) -> None:
    """Job control within job control: an interactive shell as the command, and a supervised command as its job."""
    Path("reader.py").write_text(READER)
    environ = {**stage.environ, "PS1": "ready$ ", "P": sys.executable}
    inner = "$P -m vault_binance exec market-maker --on-change=exit --overwrite -- $P reader.py"
    shell = ("--pass", "VAULT_ADDR", "--pass", "VAULT_TOKEN", "--", "bash", "--norc", "--noprofile", "-i")
    with Terminal(spawn, "exec", *WORDS, *shell, environ=environ) as terminal:
        terminal.until("ready$ ")
        terminal.type(f"{inner}\n")
        terminal.until("\nup\n")
        terminal.type(CTRL_Z)
        terminal.until("Stopped")
        terminal.type("echo $((40 + 2))\n")
        terminal.until("\n42\n")
        terminal.type("fg\n")
        terminal.type("one\n")
        terminal.until("got one")
        terminal.type(CTRL_C)
        terminal.until("<int>")
        terminal.type(CTRL_D)
        terminal.type("echo code $?; exit 5\n")
        terminal.until("code 0")
        assert terminal.end() == 5
