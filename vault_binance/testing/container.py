"""A Vault in a container, through testcontainers: for what only a container can do to a server.

Rules of the file
- testcontainers is imported when a container starts, not before.
- Its settings belong to whoever else uses it: they are changed while our container starts, then put back.
- The image may be made around the binary that the other tests use, so that no registry is needed.
- What a server reads is copied into the container before it starts: the engine need not be on this machine.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from contextlib import contextmanager
from pathlib import Path

from vault_binance.errors import ConfigError, VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.testing import server_image
from vault_binance.testing.server import Sealing
from vault_binance.testing.server_binary import Binary, find_binary
from vault_binance.testing.server_config import loopback_certificate, raft_config, tls_of
from vault_binance.testing.server_process import Ports, Watcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Literal

    from vault_binance.testing.server import Hook

_PORT, _CLUSTER, _TLS_PORT = 8200, 8201, 8202
"""In memory a server listens without TLS whatever is configured: with TLS another port is published instead."""
_CONFIGURED = ("/vault/config/server.json", "/openbao/config/server.json")
"""Where each vendor's image looks for its configuration; ours is told the first."""
_DATA = "/tmp"  # noqa: S108  the one directory that is in every image, for every user
_CERTIFICATE, _PRIVATE_KEY = "/vault/tls/server.crt", "/vault/tls/server.key"


class VaultContainer(Sealing):
    """A server in a container, published on the loopback alone; its address outlives kill and restart.

    `image` names another one, such as the vendor's `hashicorp/vault:1.21.1`; testcontainers pulls it if needed.
    In memory it comes back empty from a restart, with `storage="raft"` as it was, and then it can be sealed.
    """

    def __init__(
        self,
        binary: Binary | None = None,
        *,
        image: str = "",
        storage: Literal["memory", "raft"] = "memory",
        tls: bool = False,
        hooks: Sequence[Hook] = (),
    ) -> None:
        super().__init__(hooks)
        self._binary = binary
        self._image = image
        self._is_vendors = bool(image)
        self._durable, self._tls = storage == "raft", tls
        self._port = _TLS_PORT if tls and not self._durable else _PORT
        self._inner: Any = None
        self._watcher: Watcher | None = None
        self._directory: tempfile.TemporaryDirectory[str] | None = None

    def stop(self) -> None:
        inner, self._inner = self._inner, None
        watcher, self._watcher = self._watcher, None
        directory, self._directory = self._directory, None
        if inner is not None:
            inner.stop()
        if watcher:
            watcher.dismiss()
        if directory:
            directory.cleanup()

    @property
    def keeps_data(self) -> bool:
        return self._durable

    @property
    def id(self) -> str:
        return str(self._wrapped.id)

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

    def seal(self) -> None:
        if not self._durable:
            raise ConfigError("a dev server has no key to be unsealed with", hint='make it with storage="raft"')
        super().seal()

    def restart(self, *, unseal: bool = True) -> None:
        """Start the container again, at the same address; in memory it comes back empty, with the same root token."""
        self._wrapped.restart(timeout=2)
        if reason := self._wait_for(503 if self._durable else 200):
            raise self._failure(reason)
        if self._durable and unseal:
            self.unseal()

    def _start_fresh(self) -> None:
        self._image = self._obtained()
        port = _free_port()
        self.address = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        with _settings():
            # The vendor's entry point sets a capability that is not needed here and that not every engine grants.
            self._inner = inner = _container(self._image).with_env("SKIP_SETCAP", "true")
            # A port published the usual way listens on every interface, and behind this one stands a known root token.
            inner.ports = {f"{self._port}/tcp": ("127.0.0.1", port)}
            self._configure(inner)
            inner.start()
        # What testcontainers' reaper is for, without an image to pull and without the engine's socket in a container.
        self._watcher = Watcher(f"docker rm --force --volumes {self.id}", environ=os.environ)
        if reason := self._wait_for(501 if self._durable else 200):
            raise self._failure(reason)
        if self._durable:
            self._initialise()

    def _obtained(self) -> str:
        if not self._image:
            return server_image.pack(self._binary or find_binary(), os.environ)
        if reason := server_image.unobtainable(self._image, os.environ):
            raise ConfigError(
                f"the image {self._image} cannot be had: {reason}", hint="docker pull it, or name another"
            )
        return self._image

    def _trust(self, inner: Any) -> tuple[str, str]:
        """Give the server a certificate, and ourselves a copy of it; the paths to it and to its key, empty without."""
        self.cacert = None
        if not self._tls:
            return "", ""
        certificate, private_key = loopback_certificate()
        inner.with_copy_into_container(certificate.encode(), _CERTIFICATE)
        inner.with_copy_into_container(private_key.encode(), _PRIVATE_KEY)
        self._directory = tempfile.TemporaryDirectory(prefix="vault-binance-")
        self.cacert = Path(self._directory.name, "ca.crt")
        self.cacert.write_text(certificate)
        return _CERTIFICATE, _PRIVATE_KEY

    def _configure(self, inner: Any) -> None:
        certificate, private_key = self._trust(inner)
        listener = {"address": f"0.0.0.0:{self._port}", **tls_of(certificate, private_key)}
        config: dict[str, Any] = {}
        if self._durable:
            config = raft_config(listener, cluster=f"127.0.0.1:{_CLUSTER}", address=self.address, data=_DATA)
        elif self._tls:
            config = {"listener": {"tcp": listener}}
        for path in _CONFIGURED if config else ():
            inner.with_copy_into_container(json.dumps(config).encode(), path)
        told = [f"-config={_CONFIGURED[0]}"] if config and not self._is_vendors else []
        inner.with_command(["server", *([] if self._durable else self._as_dev(inner)), *told])

    def _as_dev(self, inner: Any) -> list[str]:
        self.root_token = Redacted(f"dev-{secrets.token_hex(16)}")
        for prefix in ("VAULT", "BAO"):
            inner.with_env(f"{prefix}_DEV_ROOT_TOKEN_ID", self.root_token.reveal())
        return ["-dev", "-dev-no-store-token"]

    def _is_started(self) -> bool:
        return self._inner is not None

    def _is_alive(self) -> bool:
        self._wrapped.reload()
        return bool(self._wrapped.status == "running")

    def _output(self) -> str:
        return self.log()

    def _program(self) -> str:
        return self._image

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


def _container(image: str) -> Any:
    from testcontainers.core.container import DockerContainer

    return DockerContainer(image)


@contextmanager
def _settings() -> Iterator[None]:
    """Set what testcontainers reads from its own configuration while a container starts."""
    from testcontainers.core.config import testcontainers_config as config

    before, config.ryuk_disabled = config.ryuk_disabled, True
    try:
        yield
    finally:
        config.ryuk_disabled = before
