"""What every real server of ours is, wherever it runs: started, called, looked at, sealed, ended.

    with DevVault(hooks=[Policies({"ro": text}), AppRole("bot", policies=("ro",))]) as server:
        server.call("GET", "sys/health")

Rules of the file
- A hook is anything that is called with the server, once, when it has started fresh: see `hooks`.
- The root token travels in headers and in the environment; what a failure shows of a log is without it.
"""

from __future__ import annotations

from vault_binance.errors import ConfigError, VaultUnavailable
from vault_binance.redacted import MASK, Hidden, Redacted
from vault_binance.testing.server_call import call, health
from vault_binance.testing.server_process import wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any, Self

    Hook = Callable[["Server"], object]

READY_SECONDS = 60.0
"""A server answers after 0.1 s (in memory) or 2 s (Raft's first election); the rest is for machines under load."""


class Server:
    """A context manager, and usable again after it has ended. `root_token` may do everything."""

    def __init__(self, hooks: Sequence[Hook] = ()) -> None:
        self.address = ""
        self.root_token = Redacted("")
        self.cacert: Path | None = None
        """The CA to verify the server with; None without TLS."""
        self._hooks = hooks

    @property
    def keeps_data(self) -> bool:
        """Whether it is the same Vault after `kill` and `restart`."""
        return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start at a fresh address, without any data, and return once the server can be used."""
        if self._is_started():
            raise ConfigError("this server is already started")
        try:
            self._start_fresh()
            for hook in self._hooks:
                hook(self)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and remove all it wrote; harmless if it is not running."""
        raise NotImplementedError

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Call Vault's API with the root token: the status, and the JSON of the answer or None."""
        return call(self.address, method, path, body, token=self.root_token, cacert=self.cacert)

    def must(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """As `call`, where only success will do. Raises VaultUnavailable, with the end of the log."""
        status, answer = self.call(method, path, body)
        if status >= 400:
            raise self._failure(f"{method} {path} answered {status}")
        return answer

    def health(self) -> int:
        """Return the status of sys/health: 200 active, 501 not initialised, 503 sealed; 0 where there is no answer."""
        return health(self.address, self.cacert)

    def _wait_for(self, *answers: int) -> str:
        """Return why the server does not answer so, or nothing."""
        return wait_until(lambda: self.health() in answers, self._is_alive, seconds=READY_SECONDS)

    def _failure(self, reason: str) -> VaultUnavailable:
        log = "\n".join(self._output().splitlines()[-20:])
        if token := self.root_token.reveal():
            log = log.replace(token, MASK)
        return VaultUnavailable(f"{self._program()}: {reason}", hint=f"the end of its log:\n{log}")

    def _is_started(self) -> bool:
        raise NotImplementedError

    def _start_fresh(self) -> None:
        raise NotImplementedError

    def _is_alive(self) -> bool:
        raise NotImplementedError

    def _output(self) -> str:
        """What the server has written."""
        raise NotImplementedError

    def _program(self) -> str:
        """What runs, for messages."""
        raise NotImplementedError


class Sealing(Server):
    """A server with storage of its own, initialised with one share: it is sealed and unsealed, and outlives its end."""

    _unseal_key = Redacted("")

    @property
    def keeps_data(self) -> bool:
        return True

    def seal(self) -> None:
        self.must("PUT", "sys/seal")

    def unseal(self) -> None:
        """Unseal, and wait until the server is active."""
        self.must("PUT", "sys/unseal", Hidden({"key": self._unseal_key.reveal()}))
        if reason := self._wait_for(200):
            raise self._failure(reason)

    def _initialise(self) -> None:
        self.root_token = Redacted("")
        made = self.must("PUT", "sys/init", {"secret_shares": 1, "secret_threshold": 1})
        self.root_token = Redacted(made["root_token"])
        self._unseal_key = Redacted(made["keys_base64"][0])
        self.unseal()
