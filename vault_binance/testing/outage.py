"""Vault away on purpose: sealed, paused, killed, restarted; and back as it was when the block ends.

    with vault_outage.sealed():
        ...                                     # every call is answered with 503
    bot.trade()                                 # the same Vault, with the same data, at the same address

Rules of the file
- Whatever happens in a block, Vault is up after it: the next test may count on that.
- A server that keeps nothing is refused: after its end nothing would be as it was.
"""

from __future__ import annotations

from contextlib import contextmanager

from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from typing import Protocol

    class Durable(Protocol):
        """RaftVault, VaultContainer with `storage="raft"`, or FakeVault."""

        @property
        def keeps_data(self) -> bool: ...
        def seal(self) -> None: ...
        def unseal(self) -> None: ...
        def pause(self) -> None: ...
        def resume(self) -> None: ...
        def kill(self) -> None: ...
        def restart(self) -> None: ...


class VaultOutage:
    """Takes one server away, and brings it back."""

    def __init__(self, server: Durable) -> None:
        if not server.keeps_data:
            raise ConfigError(
                f"{type(server).__name__} in memory does not outlive an outage",
                hint='use RaftVault, VaultContainer(storage="raft") or FakeVault',
            )
        self._server = server

    def sealed(self) -> AbstractContextManager[None]:
        """It answers, and to everything with 503."""
        return _between(self._server.seal, self._server.unseal)

    def paused(self) -> AbstractContextManager[None]:
        """It takes connections and answers nothing: a client waits until its time is over."""
        return _between(self._server.pause, self._server.resume)

    def killed(self) -> AbstractContextManager[None]:
        """Nothing listens there, as after a power cut; kept connections have ended."""
        return _between(self._server.kill, self._server.restart)

    def restart(self) -> None:
        """Away for as long as a restart takes: kept connections have ended, tokens and data are as they were."""
        self._server.restart()


@contextmanager
def _between(away: Callable[[], None], back: Callable[[], None]) -> Iterator[None]:
    away()
    try:
        yield
    finally:
        back()
