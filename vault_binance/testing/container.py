"""A Vault in a container, through testcontainers: for what only a container can do to a server.

Rules of the file
- testcontainers is imported when a container starts, not before.
- Its settings belong to whoever else uses it: they are changed while our container starts, then put back.
- The image is made around the binary that the other tests use, so that no registry is needed.
"""

from __future__ import annotations

import os
import secrets
import warnings
from contextlib import contextmanager

from vault_binance.errors import ConfigError, VaultUnavailable
from vault_binance.redacted import MASK, Redacted
from vault_binance.testing import server_image
from vault_binance.testing.server_binary import Binary, find_binary
from vault_binance.testing.server_call import call, health
from vault_binance.testing.server_process import Ports, Watcher, wait_until

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Self

READY_SECONDS = 60.0

_PORT = 8200
_POLL_SECONDS = 0.05


def docker_unreachable() -> str:
    """Return why no container engine can be used, or nothing."""
    return server_image.unreachable(os.environ)


class VaultContainer:
    """A dev server in a container, published on the loopback alone; its address outlives kill and restart.

    `image` names another one, such as the vendor's `hashicorp/vault:1.21.1`; testcontainers pulls it if needed.
    """

    def __init__(self, binary: Binary | None = None, *, image: str = "") -> None:
        self._binary = binary
        self._image = image
        self._inner: Any = None
        self._watcher: Watcher | None = None
        self.root_token = Redacted("")
        self.address = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        if self._inner is not None:
            raise ConfigError("this container is already started")
        self._image = self._image or server_image.pack(self._binary or find_binary(), os.environ)
        self.root_token = Redacted(f"dev-{secrets.token_hex(16)}")
        port = _free_port()
        self.address = f"http://127.0.0.1:{port}"
        with _settings():
            self._inner = _container_class()(self._image, port=_PORT, root_token=self.root_token.reveal())
            self._publish(port)
            self._start_inner()
        # What testcontainers' reaper is for, without an image to pull and without the engine's socket in a container.
        self._watcher = Watcher(f"docker rm --force --volumes {self.id}", environ=os.environ)

    def stop(self) -> None:
        """Remove the container and what it wrote; harmless if it is not running."""
        inner, self._inner = self._inner, None
        watcher, self._watcher = self._watcher, None
        if inner is not None:
            inner.stop()
        if watcher:
            watcher.dismiss()

    @property
    def id(self) -> str:
        return str(self._wrapped.id)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Call Vault's API with the root token: the status, and the JSON of the answer or None."""
        return call(self.address, method, path, body, token=self.root_token)

    def health(self) -> int:
        """Return the status of sys/health, or 0 where there is no answer."""
        return health(self.address)

    def log(self) -> str:
        """Return the server's output, in which a dev server writes its root token."""
        return str(self._wrapped.logs().decode(errors="replace"))

    def pause(self) -> None:
        """Freeze every process of the container: connections are accepted and nothing is answered."""
        self._wrapped.pause()

    def resume(self) -> None:
        self._wrapped.unpause()

    def kill(self) -> None:
        self._wrapped.kill()

    def restart(self) -> None:
        """Start the container again; a dev server comes back empty, at the same address and with the same token."""
        self._wrapped.restart(timeout=2)
        if reason := wait_until(lambda: self.health() == 200, self._is_running, seconds=READY_SECONDS):
            raise VaultUnavailable(f"{self._image}: {reason}")

    def _start_inner(self) -> None:
        try:
            self._inner.start()
        except TimeoutError as error:
            log = "\n".join(self.log().splitlines()[-20:]).replace(self.root_token.reveal(), MASK)
            self.stop()
            raise VaultUnavailable(
                f"{self._image} runs and does not answer at {self.address}",
                hint=f"the end of its log:\n{log}",
            ) from error
        except BaseException:
            self.stop()
            raise

    def _publish(self, port: int) -> None:
        # A port published the usual way listens on every interface, and behind this one stands a known root token.
        self._inner.ports = {f"{_PORT}/tcp": ("127.0.0.1", port)}
        # The vendor's entry point sets a capability that a dev server does not need and that not every engine grants.
        self._inner.with_env("SKIP_SETCAP", "true").with_env("BAO_DEV_ROOT_TOKEN_ID", self.root_token.reveal())

    def _is_running(self) -> bool:
        self._wrapped.reload()
        return bool(self._wrapped.status == "running")

    @property
    def _wrapped(self) -> Any:
        if self._inner is None:
            raise VaultUnavailable("the container is not running", hint="use it inside its `with` block")
        return self._inner.get_wrapped_container()


def _free_port() -> int:
    """Choose a fixed port: one that the engine chooses would change with each restart."""
    ports = Ports()
    ports.close()
    return ports.api


def _container_class() -> Any:
    with warnings.catch_warnings():
        # testcontainers 4.15 deprecates a function of its own that its Vault module calls on import.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            from testcontainers.community.vault import VaultContainer as Inner
        except ImportError:
            from testcontainers.vault import VaultContainer as Inner
    return Inner


@contextmanager
def _settings() -> Iterator[None]:
    """Set what testcontainers reads from its own configuration while a container starts."""
    from testcontainers.core.config import ConnectionMode
    from testcontainers.core.config import testcontainers_config as config

    ours = {
        "ryuk_disabled": True,
        # `localhost` may mean ::1 first, where nothing is published; and a sandbox that looks like a container, with an
        # engine of its own inside, would be sent to the bridge's gateway.
        "tc_host_override": "127.0.0.1",
        "connection_mode_override": ConnectionMode.docker_host,
        "sleep_time": _POLL_SECONDS,
        "max_tries": int(READY_SECONDS / _POLL_SECONDS),
    }
    before = {name: getattr(config, name) for name in ours}
    try:
        for name, value in ours.items():
            setattr(config, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(config, name, value)
