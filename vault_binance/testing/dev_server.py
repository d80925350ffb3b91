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

from vault_binance.errors import ConfigError, VaultUnavailable
from vault_binance.redacted import MASK, Redacted
from vault_binance.testing.server_binary import Binary, find_binary
from vault_binance.testing.server_call import call, health
from vault_binance.testing.server_process import Ports, ServerProcess, wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any, Self

READY_SECONDS = 30.0
"""A server answers after 0.1 s (in memory) or 2 s (Raft's first election); the rest is for machines under load."""

_STARTS = 3
"""How often a server that ends early is started: where ports cannot be held for it (see Ports), they may be taken."""

_AUDIT_TO_FILE = {"type": "file"}


class _Server:
    """What both servers share; a context manager, and usable again after it has ended."""

    def __init__(self, binary: Binary | None) -> None:
        self.binary = binary or find_binary()
        self.address = ""
        self.root_token = Redacted("")
        self.cacert: Path | None = None
        """The CA to verify the server with; None without TLS."""
        self.audit_log: Path | None = None
        self._process: ServerProcess | None = None
        self._ports: Ports | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def log_path(self) -> Path:
        """The server's output, which contains the root token of a dev server; gone once the server is stopped."""
        return self._running.log_path

    def start(self) -> None:
        """Start on fresh ports, in a fresh directory, and return once the server can be used."""
        if self._process is not None:
            raise ConfigError("this server is already started")
        try:
            self._start_somewhere()
            self._prepare()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and remove all it wrote; harmless if it is not running."""
        process, self._process = self._process, None
        ports, self._ports = self._ports, None
        if process:
            process.close()
        if ports:
            ports.close()

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Call Vault's API with the root token: the status, and the JSON of the answer or None."""
        return call(self.address, method, path, body, token=self.root_token, cacert=self.cacert)

    @property
    def _running(self) -> ServerProcess:
        if self._process is None:
            raise VaultUnavailable("the server is not running", hint="use it inside its `with` block")
        return self._process

    def _start_somewhere(self) -> None:
        reason = self._launch()
        for _ in range(_STARTS - 1):
            if not reason or self._running.alive:
                break
            self.stop()
            reason = self._launch()
        if reason:
            raise self._failure(reason)

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

    def _wait_for(self, *answers: int) -> str:
        return wait_until(lambda: self.health() in answers, lambda: self._running.alive, seconds=READY_SECONDS)

    def health(self) -> int:
        """Return the status of sys/health: 200 active, 501 not initialised, 503 sealed; 0 where there is no answer."""
        return health(self.address, self.cacert)

    def _failure(self, reason: str) -> VaultUnavailable:
        log = self._running.log_tail()
        if token := self.root_token.reveal():
            log = log.replace(token, MASK)
        return VaultUnavailable(f"{self.binary.path}: {reason}", hint=f"the end of its log:\n{log}")

    def _must(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        status, answer = self.call(method, path, body)
        if status >= 400:
            raise self._failure(f"{method} {path} answered {status}")
        return answer


class DevVault(_Server):
    """`vault server -dev`: in memory, unsealed, ready in a tenth of a second."""

    def __init__(self, binary: Binary | None = None, *, tls: bool = False, audit_log: bool = False) -> None:
        super().__init__(binary)
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
            self._must("PUT", "sys/audit/file", _AUDIT_TO_FILE | {"options": {"file_path": str(self.audit_log)}})

    def _config_flags(self) -> list[str]:
        """OpenBao takes audit devices through its API only where its configuration says so (since 2.3.2)."""
        if not self._audited or self.binary.product != "openbao":
            return []
        config = self._running.directory / "server.json"
        config.write_text(json.dumps({"unsafe_allow_api_audit_creation": True}))
        return [f"-config={config}"]


class RaftVault(_Server):
    """A server on Raft storage, initialised with one share and unsealed: it can be sealed, killed and restarted.

    It keeps its address and its data until `stop`.
    """

    def __init__(self, binary: Binary | None = None) -> None:
        super().__init__(binary)
        self._unseal_key = Redacted("")

    def seal(self) -> None:
        self._must("PUT", "sys/seal")

    def unseal(self) -> None:
        """Unseal, and wait until the server is active."""
        self._must("PUT", "sys/unseal", {"key": self._unseal_key.reveal()})
        if reason := self._wait_for(200):
            raise self._failure(reason)

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
        self.root_token = Redacted("")
        self.address = f"http://127.0.0.1:{ports.api}"
        data = process.directory / "data"
        data.mkdir()
        self._config.write_text(json.dumps(_raft_config(ports, data)))
        return self._boot(501)

    def _prepare(self) -> None:
        made = self._must("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.root_token = Redacted(made["root_token"])
        self._unseal_key = Redacted(made["keys_base64"][0])
        self.unseal()

    def _boot(self, answer: int) -> str:
        return self._run([str(self.binary.path), "server", f"-config={self._config}"], {}, (answer,))

    @property
    def _config(self) -> Path:
        return self._running.directory / "server.json"


def _raft_config(ports: Ports, data: Path) -> dict[str, Any]:
    api, cluster = f"127.0.0.1:{ports.api}", f"127.0.0.1:{ports.cluster}"
    return {
        "api_addr": f"http://{api}",
        "cluster_addr": f"https://{cluster}",
        "disable_mlock": True,  # a container or an ordinary user may not lock memory, and nothing here is worth it
        "ui": False,
        # 1 is the quickest election that Raft allows; the default of 5 is for slow networks.
        "storage": {"raft": {"path": str(data), "node_id": "only", "performance_multiplier": 1}},
        "listener": {"tcp": {"address": api, "cluster_address": cluster, "tls_disable": True}},
    }
