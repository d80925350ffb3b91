"""A command beside us: started with the credential, told of another one, drained, and followed to its end.

Rules of the file
- What is due is decided in vault_binance.command_life; here it is seen and carried out, by one thread.
- One place waits (bot/hearing.py), for signals, the command's end and word of the lease, and never in a circle.
- What cannot be written is told and tried again: the command goes on.
- The command alone is waited for. What leaves its process group is nobody's business here, as pid 1 neither.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import contextmanager, suppress
from signal import SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH, Signals

from vault_binance.bot.foreground import Foreground
from vault_binance.bot.hearing import Hearing
from vault_binance.command_life import (
    Begin,
    Finish,
    Life,
    OnChange,
    Send,
    SendAll,
    Sight,
    Stage,
    Tell,
    Then,
    advance,
    heard,
)
from vault_binance.errors import ConfigError, CredentialsStale, LeaseEnded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_binance.bot.credentials_file import CredentialsFile
    from vault_binance.bot.fetcher import Fetcher
    from vault_binance.command_life import Order, Rules
    from vault_binance.credentials import Credentials

FORWARDED = (SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT)
WRITE_AGAIN = 5.0
"""Seconds before the next try, where a file could not be written."""
_LEFT_BEHIND = 0.1
"""Seconds between two looks at the process group of a command that ended first: its end comes with no signal."""


class Supervision:
    """One command, from its start to its last end; `run` is for the main thread, and once."""

    def __init__(
        self,
        fetcher: Fetcher,
        start: Callable[[Credentials], int],
        rules: Rules,
        *,
        fits: Callable[[Credentials], object] = lambda _: None,
        file: CredentialsFile | None = None,
        note: Callable[[str], object],
        warn: Callable[[str], object],
    ) -> None:
        """`start` returns the pid of a command that leads a process group of its own. `fits` raises ConfigError for a
        credential that the command cannot be given: it keeps the one that it has. `note` and `warn` are told what
        happens to the command; what happens to the lease is told by its own notices.
        """
        self._fetcher, self._start, self._rules, self._fits = fetcher, start, rules, fits
        self._file, self._note, self._warn = file, note, warn
        self._life, self._result = Life(), 0
        self._pid, self._has_ended, self._over = 0, True, False
        self._given: Credentials | None = None
        self._in_place: Credentials | None = None
        self._refusal: LeaseEnded | None = None
        self._passed_over: Credentials | None = None
        self._cannot_write = False
        self._limit = f"{rules.kill_timeout:g} s"

    def run(self) -> int:
        """Returns the exit code of the command, negative for the signal that it died of.

        Raises LeaseEnded where Vault's refusal has ended it, CommandFailed where it cannot be started, and why there is
        no credential to start it with.
        """
        with Hearing() as self._hearing, Foreground() as self._foreground:
            self._fetcher.on_event(lambda _: self._hearing.wake())
            with self._fetcher, self._hearing.signals(FORWARDED), self._ended_with_us():
                self._begin()
                while not self._over:
                    self._turn()
        if self._life.then is Then.REFUSE and self._refusal:
            raise self._refusal
        return self._result

    def _turn(self) -> None:
        for number in self._hearing.wait(self._patience()):
            self._hear(number)
        self._follow()
        self._look()

    def _patience(self) -> float:
        waits = [self._life.due_at - time.monotonic()]
        waits += [_LEFT_BEHIND] if self._has_ended else []
        waits += [WRITE_AGAIN] if self._cannot_write else []
        return min(waits)

    def _hear(self, number: int) -> None:
        if number == SIGCONT and not self._has_ended:
            self._foreground.go_on(self._pid)
        else:
            self._send(number)
        self._life = heard(self._life, number, time.monotonic(), self._rules)

    def _send(self, number: int) -> None:
        if not self._has_ended:
            os.kill(self._pid, number)

    def _send_all(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._pid, number)

    def _follow(self) -> None:
        """Take notice of what became of the command; a stopped one stops us too, where a terminal did it."""
        if self._has_ended:
            return
        while news := os.waitid(os.P_PID, self._pid, os.WEXITED | os.WSTOPPED | os.WNOHANG):
            if news.si_code == os.CLD_STOPPED:
                self._foreground.stopped(self._pid, news.si_status)
                continue
            self._has_ended = True
            self._result = news.si_status if news.si_code == os.CLD_EXITED else -news.si_status
            self._foreground.take(self._pid)
            return

    def _look(self) -> None:
        order: Order | None = None
        before = None
        while order or before != self._life:
            before, newest = self._life, self._newest()
            self._pass_over(newest)
            self._life, order = advance(before, self._sight(newest), time.monotonic(), self._rules, random.random())  # noqa: S311  a splay
            self._carry_out(order, newest)

    def _newest(self) -> Credentials | None:
        """What there is to hand out now; the command has what it has while that is nothing."""
        try:
            newest = self._fetcher.credentials
        except CredentialsStale:
            return None
        except LeaseEnded as error:
            if error.reason == "refused":
                self._refused_with(error)
            return None
        if self._life.then is not Then.REFUSE:  # else it is why we shall have ended
            self._refusal = None
        return newest

    def _pass_over(self, newest: Credentials | None) -> None:
        """Say once of each rotation that is ignored what the command goes on with."""
        given = self._given
        if self._rules.on_change is not OnChange.IGNORE or not newest or not given or newest == self._passed_over:
            return
        self._passed_over = newest
        if not _same_pair(newest, given):
            self._note(f"version {newest.version} is there; the command goes on with version {given.version}")

    def _refused_with(self, error: LeaseEnded) -> None:
        if self._refusal is None and not self._rules.refusal_ends:
            self._warn("the command goes on with the credential that it has, though Vault refuses it")
        self._refusal = error

    def _sight(self, newest: Credentials | None) -> Sight:
        return Sight(
            outdated=newest is not None and self._is_in_place(newest) and not _same_pair(newest, self._given),
            refused=self._refusal is not None,
            ended=self._has_ended,
            others=self._has_ended and self._life.stage is Stage.DRAINING and self._leaves_others(),
        )

    def _leaves_others(self) -> bool:
        """Is anything left in its process group? As pid 1 we are the parent of that, and the one to take its leave."""
        with suppress(ChildProcessError):
            while os.waitid(os.P_PGID, self._pid, os.WEXITED | os.WNOHANG):
                pass
        try:
            os.killpg(self._pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # it became another user's
            pass
        return True

    def _carry_out(self, order: Order | None, newest: Credentials | None) -> None:
        match order:
            case Send(number):
                self._note(f"{_WHY[self._life.then]}: the command is asked to end, within {self._limit}")
                self._send(number)
            case SendAll(number):
                if number == SIGKILL:
                    self._warn(f"the command has not ended within {self._limit}, and is killed")
                self._send_all(number)
            case Tell():
                self._tell_command(newest)
            case Begin():
                self._begin()
                self._note(f"the command is started anew, with version {self._fetcher.version}")
            case Finish():
                self._over = True

    def _tell_command(self, newest: Credentials | None) -> None:
        self._given = newest
        self._note(f"another credential is in place: the command is sent {Signals(self._rules.number).name}")
        self._send(self._rules.number)

    def _begin(self) -> None:
        credentials = self._fetcher.credentials
        self._put(credentials)
        self._pid = self._start(credentials)
        self._given, self._has_ended = credentials, False
        self._foreground.give(self._pid)

    def _put(self, credentials: Credentials) -> None:
        """Where the command is to find it, a file or nothing but its next start. Raises ConfigError."""
        if credentials != self._in_place:
            self._fits(credentials)
            if self._file:
                self._file.write(credentials)
            self._in_place = credentials

    def _is_in_place(self, newest: Credentials) -> bool:
        """Until then nobody disturbs the command: it would find the old pair there, or could not be started again."""
        try:
            self._put(newest)
        except ConfigError as error:
            if not self._cannot_write:
                self._warn(f"the command keeps the credential that it has: {error.message}")
            self._cannot_write = True
            return False
        self._cannot_write = False
        return True

    @contextmanager
    def _ended_with_us(self) -> Iterator[None]:
        """What nobody foresaw ends us, and leaves no command behind that nobody watches.

        The file goes before the token does: Vault may be away, and to wait for it takes seconds.
        """
        try:
            yield
        except BaseException:
            self._send(SIGTERM)
            raise
        finally:
            self._foreground.take(self._pid)
            if self._file:
                self._file.remove()


_WHY = {
    Then.RESTART: "another credential is there",
    Then.MIRROR: "another credential is there",
    Then.REFUSE: "Vault refuses the bot",
}


def _same_pair(one: Credentials, other: Credentials | None) -> bool:
    """A version with the pair of the one before is no reason to disturb anybody."""
    return other is not None and one.api_key == other.api_key and one.secret == other.secret
