"""Real Vault and OpenBao servers for tests: in memory, or on Raft storage where a test seals, kills and restarts.

Rules of the file
- A server lives on free loopback ports and in one private directory, and leaves nothing behind.
- It sees none of the caller's VAULT_* and BAO_* variables, and not the caller's home directory.
- The root token travels in the environment and in headers, never on a command line.
"""

from __future__ import annotations

import json
import os
import secrets
import signal

from vault_binance.errors import VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.testing.server import Sealing, Server
from vault_binance.testing.server_binary import Binary, find_binary
from vault_binance.testing.server_config import loopback_certificate, raft_config, tls_of
from vault_binance.testing.server_process import Ports, ServerProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from vault_binance.testing.server import Hook

_STARTS = 3
"""How often a server that ends early is started: where ports cannot be held for it (see Ports), they may be taken."""

_AUDIT_TO_FILE = {"type": "file"}


class _Process(Server):
    """What both servers share: a process on ports of its own."""

    def __init__(self, binary: Binary | None, hooks: Sequence[Hook]) -> None:
        super().__init__(hooks)
        self.binary = binary or find_binary()
        self.audit_log: Path | None = None
        self._process: ServerProcess | None = None
        self._ports: Ports | None = None

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def log_path(self) -> Path:
        """The server's output, which contains the root token of a dev server; gone once the server is stopped."""
        return self._running.log_path

    def stop(self) -> None:
        process, self._process = self._process, None
        ports, self._ports = self._ports, None
        if process:
            process.close()
        if ports:
            ports.close()

    @property
    def _running(self) -> ServerProcess:
        if self._process is None:
            raise VaultUnavailable("the server is not running", hint="use it inside its `with` block")
        return self._process

    def _start_fresh(self) -> None:
        reason = self._launch()
        for _ in range(_STARTS - 1):
            if not reason or self._running.alive:
                break
            self.stop()
            reason = self._launch()
        if reason:
            raise self._failure(reason)
        self._prepare()

    def _launch(self) -> str:
        self._ports = ports = Ports()
        self._process = process = ServerProcess()
        return self._first_start(process, ports)

    def _first_start(self, process: ServerProcess, ports: Ports) -> str:
        """Start the process; return why it does not answer, or nothing."""
        raise NotImplementedError

    def _prepare(self) -> None:
        """Do what a fresh server still needs."""

    def _run(self, command: list[str], environ: Mapping[str, str], answers: tuple[int, ...]) -> str:
        self._running.start(command, environ)
        return self._wait_for(*answers)

    def _is_started(self) -> bool:
        return self._process is not None

    def _is_alive(self) -> bool:
        return self._running.alive

    def _output(self) -> str:
        return self._running.log_tail()

    def _program(self) -> str:
        return str(self.binary.path)


class DevVault(_Process):
    """`vault server -dev`: in memory, unsealed, ready in a tenth of a second."""

    def __init__(
        self, binary: Binary | None = None, *, tls: bool = False, audit_log: bool = False, hooks: Sequence[Hook] = ()
    ) -> None:
        super().__init__(binary, hooks)
        self._tls = tls
        self._audited = audit_log

    def _first_start(self, process: ServerProcess, ports: Ports) -> str:
        self.root_token = Redacted(f"dev-{secrets.token_hex(16)}")
        self.address = f"{'https' if self._tls else 'http'}://127.0.0.1:{ports.api}"
        self.cacert = process.directory / "tls" / "vault-ca.pem" if self._tls else None
        command = [str(self.binary.path), "server", "-dev", "-dev-no-store-token"]
        command += [f"-dev-listen-address=127.0.0.1:{ports.api}", *self._config_flags()]
        if self.cacert:
            self.cacert.parent.mkdir()
            command += ["-dev-tls", f"-dev-tls-cert-dir={self.cacert.parent}"]
        # OpenBao reads the BAO_ name first; Vault knows only its own.
        environ = dict.fromkeys(("VAULT_DEV_ROOT_TOKEN_ID", "BAO_DEV_ROOT_TOKEN_ID"), self.root_token.reveal())
        return self._run(command, environ, (200,))

    def _prepare(self) -> None:
        if self._audited:
            self.audit_log = self._running.directory / "audit.log"
            self.must("PUT", "sys/audit/file", _AUDIT_TO_FILE | {"options": {"file_path": str(self.audit_log)}})

    def _config_flags(self) -> list[str]:
        """OpenBao takes audit devices through its API only where its configuration says so (since 2.3.2)."""
        if not self._audited or self.binary.product != "openbao":
            return []
        config = self._running.directory / "server.json"
        config.write_text(json.dumps({"unsafe_allow_api_audit_creation": True}))
        return [f"-config={config}"]


class RaftVault(_Process, Sealing):
    """A server on Raft storage, initialised with one share and unsealed: it can be sealed, killed and restarted.

    It keeps its address and its data until `stop`.
    """

    def __init__(self, binary: Binary | None = None, *, tls: bool = False, hooks: Sequence[Hook] = ()) -> None:
        super().__init__(binary, hooks)
        self._tls = tls

    def kill(self) -> None:
        """End the process as a power cut would; the data stays for `restart`."""
        self._running.end(grace=0)

    def restart(self, *, unseal: bool = True) -> None:
        """End the server if it runs, and start it again at the same address."""
        self._running.end()
        if reason := self._boot(503):
            raise self._failure(reason)
        if unseal:
            self.unseal()

    def pause(self) -> None:
        """Let the server accept connections and answer nothing, until `resume`."""
        self._running.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT)  # sent is not yet stopped, with many threads

    def resume(self) -> None:
        self._running.signal(signal.SIGCONT)

    def _first_start(self, process: ServerProcess, ports: Ports) -> str:
        self.address = f"{'https' if self._tls else 'http'}://127.0.0.1:{ports.api}"
        listener = {"address": f"127.0.0.1:{ports.api}", **self._trust(process.directory)}
        data = process.directory / "data"
        data.mkdir()
        config = raft_config(listener, cluster=f"127.0.0.1:{ports.cluster}", address=self.address, data=str(data))
        self._config.write_text(json.dumps(config))
        return self._boot(501)

    def _trust(self, directory: Path) -> dict[str, Any]:
        self.cacert = None
        if not self._tls:
            return tls_of("", "")
        certificate, private_key = directory / "server.crt", directory / "server.key"
        for path, text in zip((certificate, private_key), loopback_certificate(), strict=True):
            path.write_text(text)
        self.cacert = certificate
        return tls_of(str(certificate), str(private_key))

    def _prepare(self) -> None:
        self._initialise()

    def _boot(self, answer: int) -> str:
        return self._run([str(self.binary.path), "server", f"-config={self._config}"], {}, (answer,))

    @property
    def _config(self) -> Path:
        return self._running.directory / "server.json"
