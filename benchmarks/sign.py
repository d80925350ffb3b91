"""`scripts/bench sign`: orders signed in a second, ours beside what four clients do themselves; no network.

One process for each contender, in its own environment, asked in turn, so that a busy moment hits all alike; medians.
Whatever a contender signs is shown once to the emulator, which has to accept it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lease_report import missed, table, verdict

from vault_binance.credentials import KeyType
from vault_binance.testing.emulator import Emulator
from vault_binance.testing.emulator.state import RawRequest

ROOT = Path(__file__).resolve().parents[1]
SIGNERS = Path(__file__).parent / "signers"
OURS = "vault-binance Signer"
CONTENDERS = {
    OURS: (".venv", "ours.py"),
    "python-binance": (".clients/python-binance", "with_python_binance.py"),
    "ccxt": (".clients/ccxt", "with_ccxt.py"),
    "binance-sdk-spot": (".clients/binance-sdk", "with_binance_sdk.py"),
    "binance-connector": (".clients/binance-connector", "with_binance_connector.py"),
}

ORDER = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "10000",
    "newClientOrderId": "bench-0000000001",
    "newOrderRespType": "RESULT",
}

ROUND_S = 0.05
"""About how long one turn is."""

FOOTER = """
counted: from these 8 parameters to the text that is sent, timestamp and, where the client adds one, recvWindow
included. ccxt, as we, gives back the whole request. The others are stopped where they hand over to `requests`, and not
charged for that; what it goes on to do (build the URL, encode python-binance's HMAC orders) is not counted.
ccxt and binance-connector read a private key at every request, the others once. The first order of each was accepted by
the emulator.
"""


class Contender:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.taken: list[float] = []

    def say(self, line: str) -> Any:
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            sys.exit(f"{self._process.args} said nothing")
        return json.loads(answer)

    def calibrate(self) -> None:
        """Choose how many a turn; what runs here fills caches."""
        once = min(self.say("5") for _ in range(3)) / 5
        self._count = max(1, round(ROUND_S / once))

    def turn(self) -> None:
        self.taken.append(self.say(str(self._count)) / self._count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    for key_type in KeyType:
        report(key_type, measure(key_type, rounds), rounds)
    print(FOOTER, end="")
    if missed():
        sys.exit("\n".join(["", "bar: faster than each: missed", *(f"  {line}" for line in missed())]))
    print("bar: faster than each: met")


def measure(key_type: KeyType, rounds: int) -> dict[str, list[float]]:
    with ExitStack() as stack:
        contenders = {name: Contender(stack.enter_context(started(*where))) for name, where in CONTENDERS.items()}
        prove(contenders, key_type)
        for contender in contenders.values():
            contender.calibrate()
        names = list(contenders)
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                contenders[name].turn()
    return {name: contender.taken for name, contender in contenders.items()}


def started(environment: str, program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [ROOT / environment / "bin" / "python", SIGNERS / program],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT) if environment == ".venv" else ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def prove(contenders: dict[str, Contender], key_type: KeyType) -> None:
    """Give each the same key, and its first order to an emulator that has seen none."""
    pair = Emulator().add_key(key_type=key_type).credentials()
    key = pair.api_key.reveal(), pair.secret.reveal()
    for name, contender in contenders.items():
        binance = Emulator()
        binance.add_key(*key, key_type=key_type, permissions={"enableSpotAndMarginTrading": True})
        response = binance.answer(received(contender.say(json.dumps([*key, key_type, ORDER]))))
        if response.status != 200:
            sys.exit(f"what {name} signs is refused: {response.body}")


def received(shown: dict[str, str]) -> RawRequest:
    url = urlsplit(shown["url"])
    return RawRequest(
        method="POST",
        path=url.path,
        query=url.query.encode(),
        body=(shown.get("body") or "").encode(),
        headers={"x-mbx-apikey": shown["api_key"]},
    )


def report(key_type: KeyType, taken: dict[str, list[float]], rounds: int) -> None:
    medians = {name: statistics.median(times) for name, times in taken.items()}
    rows = []
    for name, median in medians.items():
        figures = [name, f"{1 / median:,.0f}", f"{1 / min(taken[name]):,.0f}", f"{median * 1e6:,.1f}"]
        ratio = medians[OURS] / median
        beside = ["", ""] if name == OURS else [f"{1 / ratio:.1f} x", verdict(f"{key_type}, {name}", ratio, 1.0)]
        rows.append(figures + beside)
    table(f"{key_type}, {rounds} rounds, medians", ["", "signed/s", "best", "us each", "ours", "time, ours / it"], rows)


if __name__ == "__main__":
    main()
