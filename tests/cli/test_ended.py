"""TERM and HUP end a command as they always do, and the token that was out is given back first."""

import os
import signal
import subprocess
import sys
import time

import pytest

from vault_binance.testing.fault_proxy import Fault, FaultProxy

LINES = [("exec", "market-maker", "--", "true"), ("fetch", "market-maker")]


def tokens(stage):
    return set(stage.vault.call("LIST", "auth/token/accessors")[1]["data"]["keys"])


@pytest.mark.parametrize("line", LINES, ids=["exec", "fetch"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_no_token_is_left_and_the_process_dies_of_the_signal(stage, number, line):
    with FaultProxy(stage.vault.address) as proxy:
        environ = {"PATH": os.environ["PATH"], **stage.bot(wrapped=False), "VAULT_ADDR": proxy.address}
        before = tokens(stage)
        proxy.fault = Fault.slow(30).on("/v1/binance/data/")
        command = [sys.executable, "-m", "vault_binance", *line]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            end = time.monotonic() + 20
            while not any("/data/" in request.path for request in proxy.requests) and time.monotonic() < end:
                time.sleep(0.01)
            process.send_signal(number)
            process.communicate(timeout=20)
        assert process.returncode == -number
        assert tokens(stage) <= before
