"""A bot whose process is stopped as a whole, by SIGSTOP or a frozen container, for longer than all that it holds.

As a program it is that bot: told by standard input to end, it prints what was seen.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.contract.faults import Observed
from tests.contract.faults_watch import Record, Sample, Told, Watch, soon
from tests.support import ROOT
from vault_binance import Fetcher
from vault_binance.bot.errands import clock
from vault_binance.schedules import SWIFT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.contract.faults_house import Bot, House

NAME = "bot's process stopped for 3.5 s, longer than its TTL and max_stale"
EVENTS = ("expired (token)", "expired (credentials)", "created")
TTL, MAX_STALE, STOPPED = 3, 2.0, 3.5
"""Seconds."""


def observe_stopped(house: House, folder: Path) -> Observed:
    with house.bot(folder, token_ttl=TTL) as bot, _running(bot) as process:
        calls, began, started = len(house.proxy.requests), clock(), time.monotonic()
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        time.sleep(STOPPED)
        woken = clock()
        os.kill(process.pid, signal.SIGCONT)
        soon(lambda: [call for call in house.proxy.requests[calls:] if "/data/" in call.path and call.status == 200])
        taken, lasted = house.proxy.requests[calls:], time.monotonic() - started
        time.sleep(SWIFT.read_every)
        record = _told_by(process).since(began)
    first = record.first_good(woken, "1")
    return Observed(record, taken, first.at - woken if first else float("inf"), lasted, None, woken, bot)


@contextmanager
def _running(bot: Bot) -> Iterator[subprocess.Popen[str]]:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **bot.environ(bot.house.proxy.address)}
    command = [sys.executable, "-m", "tests.contract.faults_stopped"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environ, text=True, **pipes) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "holding\n"
            yield process
        finally:
            process.kill()


def _told_by(process: subprocess.Popen[str]) -> Record:
    out, _ = process.communicate("end\n", timeout=20)
    found = json.loads(out)
    return Record([Sample(**one) for one in found["samples"]], [Told(**one) for one in found["told"]])


def main(stdin: Iterable[str]) -> None:
    with Fetcher(schedule=SWIFT, max_stale=MAX_STALE) as fetcher, Watch(fetcher) as watch:
        sys.stdout.write("holding\n")
        sys.stdout.flush()
        next(iter(stdin))
        seen = asdict(watch.record)
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(sys.stdin)
