"""The servers that the other contract tests stand on: they start, answer, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vault_binance.errors import ConfigError, VaultUnavailable
from vault_binance.testing.container import VaultContainer
from vault_binance.testing.dev_server import DevVault, RaftVault
from vault_binance.testing.server_binary import VARIABLE, Binary
from vault_binance.testing.server_call import call
from vault_binance.testing.server_process import Ports

ENDPOINT = "secret/data/kept"


def put(server, value):
    status, _ = server.call("PUT", ENDPOINT, {"data": {"value": value}})
    assert status == 200


def got(server):
    return server.call("GET", ENDPOINT)[1]["data"]["data"]["value"]


def runs(pid):
    """A zombie has ended: its entry is its parent's to remove."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1] not in ("", "Z")


def soon(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return held


@pytest.fixture(scope="module")
def raft(vault_binary):
    with RaftVault(vault_binary) as server:
        server.call("PUT", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
        # A new KV v2 mount refuses writes with 400 until it has upgraded itself.
        assert soon(lambda: server.call("PUT", ENDPOINT, {"data": {"value": "first"}})[0] == 200)
        yield server


class TestDevVault:
    def test_it_answers_and_its_root_token_is_accepted(self, dev_vault):
        assert dev_vault.health() == 200
        assert dev_vault.call("GET", "auth/token/lookup-self")[1]["data"]["policies"] == ["root"]
        assert call(dev_vault.address, "GET", "auth/token/lookup-self")[0] == 403

    def test_what_happens_is_in_the_audit_log_and_nothing_is_left_behind(self, vault_binary, home):
        with DevVault(vault_binary, tls=True, audit_log=True) as server:
            server.call("GET", "sys/mounts/never-made-before")
            assert '"sys/mounts/never-made-before"' in server.audit_log.read_text()
            pid, directory = server.pid, server.log_path.parent
            assert runs(pid)
            assert server.audit_log.is_relative_to(directory)
            assert server.cacert.is_relative_to(directory)

        assert not runs(pid)
        assert not directory.exists()
        assert not list(home.iterdir())
        with pytest.raises(VaultUnavailable, match="not running"):
            _ = server.pid

    def test_it_can_be_started_again(self, vault_binary):
        server = DevVault(vault_binary)
        with server:
            first = server.root_token
            with pytest.raises(ConfigError, match="already started"):
                server.start()
        with server:
            assert server.health() == 200
            assert server.root_token != first
        server.stop()

    def test_tls_is_verified_with_its_own_ca(self, vault_binary):
        with DevVault(vault_binary, tls=True) as server:
            assert server.address.startswith("https://")
            assert server.call("GET", "auth/token/lookup-self")[0] == 200

    def test_the_callers_vault_is_not_touched(self, vault_binary, home, monkeypatch):
        (home / ".vault-token").write_text("theirs")
        with socket.create_server(("127.0.0.1", 0)) as theirs:
            address = f"http://127.0.0.1:{theirs.getsockname()[1]}"
            for prefix in ("VAULT", "BAO"):
                monkeypatch.setenv(f"{prefix}_ADDR", address)
                monkeypatch.setenv(f"{prefix}_TOKEN", "theirs")
                monkeypatch.setenv(f"{prefix}_DEV_ROOT_TOKEN_ID", "theirs")
            with DevVault(vault_binary) as server:
                put(server, "ours")
                assert server.root_token.reveal() != "theirs"
            theirs.settimeout(0)
            with pytest.raises(BlockingIOError):
                theirs.accept()

        assert os.environ["VAULT_ADDR"] == address
        assert [path.name for path in home.iterdir()] == [".vault-token"]
        assert (home / ".vault-token").read_text() == "theirs"

    def test_the_root_token_is_not_on_the_command_line(self, dev_vault):
        shown = subprocess.run(
            ["ps", "-o", "args=", "-p", str(dev_vault.pid)], capture_output=True, text=True, check=True
        )

        assert "server -dev" in shown.stdout
        assert dev_vault.root_token.reveal() not in shown.stdout

    def test_it_ends_when_its_parent_is_killed(self, vault_binary):
        program = (
            "import sys, time; from vault_binance.testing.dev_server import DevVault; server = DevVault(); "
            "server.start(); print(server.pid, server.log_path.parent, flush=True); time.sleep(60)"
        )
        environ = os.environ | {VARIABLE: str(vault_binary.path), "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", program]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as parent:
            pid, directory = parent.stdout.readline().split()
            assert runs(pid)
            parent.send_signal(signal.SIGKILL)

        assert soon(lambda: not runs(pid) and not Path(directory).exists())

    def test_a_server_that_does_not_start_shows_its_log(self, tmp_path):
        broken = tmp_path / "vault"
        broken.write_text("#!/bin/sh\necho no storage for $VAULT_DEV_ROOT_TOKEN_ID; exit 1\n")
        broken.chmod(0o755)
        server = DevVault(Binary(broken, "vault", "1.21.1", "a test"))

        with pytest.raises(VaultUnavailable, match="the server ended") as raised:
            server.start()

        assert raised.value.hint.endswith("no storage for ********")


class TestRaftVault:
    def test_sealed_and_unsealed(self, raft):
        put(raft, "sealed in")
        raft.seal()
        assert raft.health() == 503
        assert raft.call("GET", ENDPOINT)[0] == 503
        raft.unseal()
        assert raft.health() == 200
        assert got(raft) == "sealed in"

    def test_killed_and_restarted_it_keeps_its_data_and_its_address(self, raft):
        put(raft, "before the power cut")
        address, pid = raft.address, raft.pid
        raft.kill()
        assert not runs(pid)
        assert raft.health() == 0
        raft.restart(unseal=False)
        assert raft.health() == 503
        raft.unseal()
        assert raft.address == address
        assert got(raft) == "before the power cut"

    def test_paused_it_accepts_and_does_not_answer(self, raft):
        raft.pause()
        try:
            with pytest.raises(TimeoutError):
                call(raft.address, "GET", "sys/health", timeout=0.1)
        finally:
            raft.resume()
        assert raft.health() == 200

    def test_it_leaves_nothing_behind_even_paused(self, vault_binary):
        with RaftVault(vault_binary) as server:
            pid, directory = server.pid, server.log_path.parent
            server.pause()

        assert not runs(pid)
        assert not directory.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ports are held on Linux alone")
def test_a_held_port_is_given_to_nobody_and_free_for_the_server():
    ports = Ports()
    try:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", ports.api))
        with socket.create_server(("127.0.0.1", ports.api)):  # sets SO_REUSEADDR, as Go does
            pass
    finally:
        ports.close()


class TestVaultContainer:
    def test_it_answers_on_the_loopback(self, vault_container):
        assert vault_container.health() == 200
        assert vault_container.address.startswith("http://127.0.0.1:")
        assert vault_container.call("GET", "auth/token/lookup-self")[0] == 200

    def test_paused_killed_and_restarted_it_keeps_its_address(self, vault_container):
        address = vault_container.address
        vault_container.pause()
        try:
            with pytest.raises(TimeoutError):
                call(address, "GET", "sys/health", timeout=0.1)
        finally:
            vault_container.resume()
        vault_container.kill()
        assert vault_container.health() == 0
        vault_container.restart()
        assert vault_container.address == address
        assert vault_container.call("GET", "auth/token/lookup-self")[0] == 200

    def test_it_leaves_no_container_behind(self, vault_binary, vault_container):
        with VaultContainer(vault_binary) as server:
            container = server.id
        done = subprocess.run(["docker", "inspect", container], capture_output=True, check=False)

        assert done.returncode != 0
