"""`scripts/bench start`: log in, read, give the token back, become `true`; ours beside three peers doing the same.

Whole processes, one after the other in turn, so that a busy moment hits all alike; medians; peak of resident memory.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

from vault_binance.config import Address, Config
from vault_binance.layout import Layout
from vault_binance.ops import bots
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.provisioned import set_up
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.wire import Wire

PEERS = Path(__file__).parent / "peers"
OURS = "vault-binance exec"
BARS = {"hvac script": 0.7, "four vault calls": 0.5, "bare http.client": 1.5}


class Sample(NamedTuple):
    seconds: float
    memory_mib: float


def main() -> None:
    rounds = arguments().rounds
    for tls in (False, True):
        with DevVault(tls=tls) as vault:
            report(measure(contenders(vault.binary.path), environment(vault), rounds), tls=tls, rounds=rounds)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    return parser.parse_args()


def contenders(vault_command: Path) -> dict[str, list[str]]:
    os.environ["VAULT_COMMAND"] = str(vault_command)
    return {
        OURS: [str(Path(sys.executable).with_name("vault-binance")), "exec", "market-maker", "--", "true"],
        "hvac script": [sys.executable, str(PEERS / "with_hvac.py"), "true"],
        "four vault calls": [str(PEERS / "with_cli.sh"), "true"],
        "bare http.client": [sys.executable, str(PEERS / "floor.py"), "true"],
    }


def environment(vault: DevVault) -> dict[str, str]:
    """A bot's environment on a Vault that is set up for it."""
    config = Config(Address.parse(vault.address), cacert=str(vault.cacert or ""))
    door, layout = HvacVault(Wire(config), vault.root_token), Layout()
    set_up(door, layout)
    pair = {"api_key": "K" * 64, "api_secret": "S" * 64, "key_type": "HMAC", "environment": "live"}
    door.write_secret(layout.kv_mount, layout.credential("market-maker"), pair, cas=0)
    bot = bots.add(door, layout, "mm-1", "market-maker")
    answer = vault.call("POST", layout.secret_id_path("mm-1"), {})[1]
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "VAULT_ADDR": vault.address,
        "VAULT_COMMAND": os.environ["VAULT_COMMAND"],
        "VAULT_BINANCE_ROLE_ID": bot.role_id,
        "VAULT_BINANCE_SECRET_ID": answer["data"]["secret_id"],
        **({"VAULT_CACERT": str(vault.cacert)} if vault.cacert else {}),
    }


def measure(jobs: dict[str, list[str]], environ: dict[str, str], rounds: int) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {name: [] for name in jobs}
    names = list(jobs)
    for turn in range(rounds + 1):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            sample = run(jobs[name], environ)
            if turn:  # the first round fills caches
                samples[name].append(sample)
    return samples


def run(command: list[str], environ: dict[str, str]) -> Sample:
    begun = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawn(command[0], command, environ), 0)
    spent = time.perf_counter() - begun
    if status:
        sys.exit(f"{command[0]} failed: {os.waitstatus_to_exitcode(status)}")
    return Sample(spent, usage.ru_maxrss / 1024)


def report(samples: dict[str, list[Sample]], *, tls: bool, rounds: int) -> None:
    medians = {name: statistics.median(one.seconds for one in taken) for name, taken in samples.items()}
    print(f"\ncold exec, {'TLS with a verified CA' if tls else 'plain http'}, {rounds} rounds, medians")
    print(f"  {'':20} {'ms':>7} {'fastest':>8} {'MiB':>6}   ours / it   bar")
    for name, taken in samples.items():
        fastest, memory = min(one.seconds for one in taken), max(one.memory_mib for one in taken)
        line = f"  {name:20} {medians[name] * 1000:7.1f} {fastest * 1000:8.1f} {memory:6.1f}"
        print(line if name == OURS else line + against(BARS[name], medians[OURS] / medians[name]))


def against(bar: float, ratio: float) -> str:
    return f"   {ratio:9.2f}   {'<=' if ratio <= bar else 'MISSED'} {bar}"


if __name__ == "__main__":
    main()
