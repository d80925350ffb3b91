"""`scripts/bench audit`: a log of a million lines, read by `vault-binance audit` and by a jq script; and a tenth of it.

The lines are a real Vault's: bots of ours and operators at work, and other teams on the same server. They are
multiplied with new request ids and times, two in a hundred ours. Both programs run as whole processes, in turn.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING, Any

from lease_report import missed, table, verdict

from vault_binance.config import Address, Config
from vault_binance.layout import Layout
from vault_binance.ops import bots
from vault_binance.redacted import Redacted
from vault_binance.testing.dev_server import DevVault
from vault_binance.testing.provisioned import set_up
from vault_binance.testing.server_call import call
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
JQ = Path(__file__).parent / "auditors" / "audit.jq"
LAYOUT = Layout()
OURS_IN_A_HUNDRED = 2
PAIR = {"api_key": "K" * 64, "api_secret": "S" * 64, "key_type": "HMAC", "environment": "live"}
ID = re.compile(rb'"id":"([0-9a-f]{8}-[0-9a-f-]{27})"')
TIME = re.compile(rb'"time":"[^"]+"')


def work(server: DevVault) -> None:
    """Ten bots' days and an operator's."""
    wire = Wire(Config(Address.parse(server.address)))
    vault = HvacVault(wire, server.root_token)
    set_up(vault, LAYOUT)
    for number in range(10):
        vault.write_secret(LAYOUT.kv_mount, LAYOUT.credential(f"key-{number}"), PAIR, cas=0)
        bots.add(vault, LAYOUT, f"bot-{number}", f"key-{number}")
        role_id = vault.role_id(LAYOUT.approle_mount, f"bot-{number}")
        live(server, LAYOUT.approle_mount, f"bot-{number}", role_id, f"binance/data/credentials/key-{number}")
    wire.close()


def live(server: DevVault, mount: str, role: str, role_id: str, secret: str) -> None:
    made = must(server, "POST", f"auth/{mount}/role/{role}/secret-id", {})
    login = must(server, "POST", f"auth/{mount}/login", {"role_id": role_id, "secret_id": made["data"]["secret_id"]})
    token = Redacted(login["auth"]["client_token"])
    for method, path in (("GET", secret), ("GET", secret), ("PUT", "auth/token/renew-self"), ("GET", "other/data/no"),
                         ("PUT", "auth/token/revoke-self")):  # fmt: skip
        call(server.address, method, path, {} if method == "PUT" else None, token=token)


def others(server: DevVault) -> None:
    """Other teams read, log in, encrypt, look up."""
    must(server, "PUT", "sys/policies/acl/team", {"policy": 'path "team/*" { capabilities = ["read"] }'})
    must(server, "POST", "sys/mounts/team", {"type": "kv", "options": {"version": "2"}})
    must(server, "POST", "sys/mounts/keys", {"type": "transit"})
    must(server, "POST", "sys/auth/approle", {"type": "approle"})
    must(server, "POST", "keys/keys/web", {})
    for number in range(40):
        must(server, "POST", f"team/data/web-{number}/config", {"data": {f"field_{n}": "v" * 40 for n in range(12)}})
        must(server, "POST", f"auth/approle/role/web-{number}", {"token_policies": ["team"]})
        role_id = must(server, "GET", f"auth/approle/role/web-{number}/role-id")["data"]["role_id"]
        live(server, "approle", f"web-{number}", role_id, f"team/data/web-{number}/config")
        must(server, "POST", "keys/encrypt/web", {"plaintext": "aGVsbG8="})
        must(server, "GET", "auth/token/lookup-self")


def must(server: DevVault, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    status, answer = server.call(method, path, body)
    if status >= 300:
        sys.exit(f"{method} {path} answered {status}")
    return answer


def templates(log: Path) -> list[list[bytes]]:
    """Requests with their responses, in their order."""
    requests: dict[bytes, list[bytes]] = {}
    for line in log.read_bytes().splitlines():
        if found := ID.search(line):
            requests.setdefault(found[1], []).append(line)
    return list(requests.values())


def write(path: Path, lines: int, ours: list[list[bytes]], theirs: list[list[bytes]]) -> None:
    chance, begin, written = Random(1), datetime(2026, 11, 1, tzinfo=UTC), 0  # noqa: S311
    with path.open("wb") as file:
        while written < lines:
            pair = chance.choice(ours if chance.random() * 100 < OURS_IN_A_HUNDRED else theirs)
            identity = b'"id":"%08x-0000-4000-8000-%012x"' % (chance.getrandbits(32), written)
            moment = begin + timedelta(milliseconds=written * 80)
            stamp = f'"time":"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"'.encode()
            for line in pair[: lines - written]:
                file.write(TIME.sub(stamp, ID.sub(identity, line, count=1)) + b"\n")
                written += 1


def run(command: list[str], environ: dict[str, str]) -> tuple[float, int, int]:
    """Seconds, peak resident KiB, and lines of output of one process.

    The peak is asked of /proc while it runs: what wait4 tells begins with the peak of the process that forked.
    """
    begun, peak = time.monotonic(), 0
    with TemporaryFile() as output:
        process = subprocess.Popen(command, env=environ, stdout=output, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(0.02)
        spent = time.monotonic() - begun
        if process.returncode:
            sys.exit(f"{command[0]} ended with {process.returncode}")
        output.seek(0)
        return spent, peak, sum(block.count(b"\n") for block in iter(lambda: output.read(1 << 20), b""))


def resident(pid: int) -> int:
    """The peak so far in KiB; 0 of a process that has just ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) if found else 0


def contenders(path: Path) -> Iterator[tuple[str, list[str]]]:
    audit = [sys.executable, "-m", "vault_binance", "audit", "--log", str(path), "--format"]
    yield "vault-binance, csv", [*audit, "csv"]
    yield "vault-binance, table", [*audit, "table"]
    if jq := shutil.which("jq"):
        yield jq_version(), [jq, "-r", "-f", str(JQ), str(path)]


def jq_version() -> str:
    return subprocess.run(["jq", "--version"], capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    lines = parser.parse_args().lines
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/")}
    with TemporaryDirectory() as folder:
        with DevVault(audit_log=True) as server:
            log = Path(str(server.audit_log))
            work(server)
            ours = templates(log)
            others(server)
            theirs = templates(log)[len(ours) :]
        small, large = Path(folder, "small.log"), Path(folder, "large.log")
        write(small, lines // 10, ours, theirs)
        write(large, lines, ours, theirs)
        report(small, large, lines, environ)
    if not shutil.which("jq"):
        print("\njq is not installed (apt-get install jq): nothing to stand beside")
    if missed():
        sys.exit("\n".join(["", "bars missed:", *(f"  {line}" for line in missed())]))


def report(small: Path, large: Path, lines: int, environ: dict[str, str]) -> None:
    megabytes = large.stat().st_size / 1e6
    figures = {name: run(command, environ) for name, command in contenders(large)}
    tenth = {name: run(command, environ) for name, command in contenders(small)}
    beside = next((figures[name][0] for name in figures if name.startswith("jq")), 0.0)
    rows = []
    for name, (seconds, peak, told) in figures.items():
        is_ours = name.startswith("vault-binance")
        ratio = (
            [f"{seconds / beside:.2f}", verdict(f"{name}, time / jq", seconds / beside, 2.0)] if beside else ["", ""]
        )
        growth = peak / tenth[name][1]
        memory = verdict(f"{name}, memory / a tenth's", growth, 1.25) if is_ours else ""
        rows.append([name, f"{seconds:.1f}", f"{lines / seconds:,.0f}", f"{megabytes / seconds:,.0f}", f"{told:,}",
                     f"{peak / 1024:.0f}", f"{tenth[name][1] / 1024:.0f}", f"{growth:.2f}", memory,
                     *(ratio if is_ours else ["1.00", ""])])  # fmt: skip
    heads = ["", "s", "lines/s", "MB/s", "rows", "peak MiB", "of a tenth", "growth", "bar", "time / jq", "bar"]
    table(f"{lines:,} lines, {megabytes:,.0f} MB, {OURS_IN_A_HUNDRED} % of the requests ours", heads, rows)


if __name__ == "__main__":
    main()
