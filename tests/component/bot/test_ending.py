"""Dying of a signal, as who started us is to see it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.rows import each_row
from vault_binance.bot.ending import Ended, Orderly

DIES = "from vault_binance.bot.ending import *\nwith Orderly(): raise Ended({number:d})"


@each_row("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGPIPE, signal.SIGUSR1])
def test_it_dies_of_whichever_signal_it_is(number):
    environ = {"PYTHONPATH": os.pathsep.join(sys.path)}
    died = subprocess.run([sys.executable, "-S", "-c", DIES.format(number=number)], env=environ, check=False)
    assert died.returncode == -number


def test_who_cannot_die_of_it_ends_as_a_shell_would_say(monkeypatch):
    """As pid 1 of a container, whom the kernel keeps its own signals from."""
    sent = []
    monkeypatch.setattr(os, "kill", lambda *what: sent.append(what))
    before = signal.getsignal(signal.SIGUSR1)
    try:
        with pytest.raises(SystemExit) as caught, Orderly():
            raise Ended(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert caught.value.code == 128 + signal.SIGUSR1
    assert sent == [(os.getpid(), signal.SIGUSR1)]
