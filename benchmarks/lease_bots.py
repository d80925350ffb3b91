"""Many Fetchers in one process; what each of their bots sees is a line in a log, at most a tenth of a second later.

    lease_bots.py LOG SCHEDULE

Orders come on stdin, and each is answered with a line: `add JSON`, a bot's number and environment; `refresh NUMBER`, by
which that bot asks for the newest at once; `close`, of all of them.

Rules of the file
- It imports nothing that a bot of this kind would not, but json, so that its resident memory means something.
- Whether a bot has a credential is asked as a bot asks: by reading the attribute.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

from vault_binance import Fetcher
from vault_binance.errors import VaultBinanceError
from vault_binance.schedules import SCHEDULES

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOK_EVERY = 0.1


def main() -> None:
    bots = Bots(open(sys.argv[1], "w", buffering=1, encoding="utf-8"), sys.argv[2])  # noqa: PTH123, SIM115
    logging.getLogger("vault_binance").addHandler(logging.NullHandler())  # what the bots see is in the log
    print("ready", flush=True)
    for order in sys.stdin:
        bots.obey(*order.strip().split(" ", 1))
        print("done", flush=True)


class Bots:
    """The Fetchers by their bots' numbers, and one thread that looks at all of them."""

    def __init__(self, log: TextIO, schedule: str) -> None:
        self._log, self._schedule = log, SCHEDULES[schedule]
        self._fetchers: dict[int, Fetcher] = {}
        self._seen: dict[int, str] = {}
        threading.Thread(target=self._look, daemon=True).start()

    def obey(self, verb: str, text: str = "") -> None:
        if verb == "add":
            self._add(**json.loads(text))
        elif verb == "refresh":
            self._refresh(int(text))
        else:
            self._close()

    def _add(self, number: int, environ: Mapping[str, str]) -> None:
        self._fetchers[number] = Fetcher(environ=environ, schedule=self._schedule).__enter__()

    def _refresh(self, number: int) -> None:
        try:
            self._fetchers[number].refresh()
        except VaultBinanceError as error:
            self._note(number, type(error).__name__)
        else:
            self._note(number, _sight(self._fetchers[number]))

    def _close(self) -> None:
        while self._fetchers:
            self._fetchers.popitem()[1].close()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_EVERY)
            for number, fetcher in list(self._fetchers.items()):
                self._note(number, _sight(fetcher))

    def _note(self, number: int, what: str) -> None:
        if self._seen.get(number) != what:
            self._seen[number] = what
            self._log.write(f"{time.time():.6f} {number} {what}\n")


def _sight(fetcher: Fetcher) -> str:
    try:
        return str(fetcher.credentials.version)
    except VaultBinanceError as error:
        return type(error).__name__


if __name__ == "__main__":
    main()
