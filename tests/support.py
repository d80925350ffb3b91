"""What the tests share that is not a fixture."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from vault_binance.testing.server_binary import VARIABLE
from vault_binance.testing.server_image import unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.testing.server import Server

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = dict(os.environ)
"""As the run began: where the caller's cache, Go and container engine are. Every test sees a scrubbed one instead."""

UNREAD = {"type": "file", "options": {"file_path": "discard", "log_raw": "true"}}
"""An audit device whose log nobody reads: unhashed, it is a third of the server's work, and hashed a half."""


def ed25519_identity_tokens(server: Server) -> None:
    """Vault makes two RSA keys for identity tokens with the first mount that is no KV: 0.2 to 0.4 s of computing."""
    server.must("POST", "identity/oidc/key/default", {"algorithm": "EdDSA"})


QUICK = (ed25519_identity_tokens,)
"""The hooks of a server in which an instance is set up."""


def unavailable(reason: str) -> NoReturn:
    """Skip what needs something this machine has not; in CI fail, for there a tier left out would pass as green."""
    if ENVIRONMENT.get("CI") == "true":
        pytest.fail(f"not available, and CI may leave nothing out: {reason}", pytrace=False)
    pytest.skip(reason)


def need_docker() -> None:
    if reason := unreachable(os.environ):
        unavailable(f"no container engine (scripts/docker-up may start one): {reason}")


@contextmanager
def at_home_in(directory: Path) -> Iterator[Path]:
    """That home directory, in an environment without VAULT_*, BAO_* and VAULT_BINANCE_*."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("VAULT_", "BAO_")) and name != VARIABLE]:
            patch.delenv(name)
        patch.setenv("HOME", str(directory))
        yield directory
