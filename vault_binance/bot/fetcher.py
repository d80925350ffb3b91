"""A credential that stays valid behind a bot's back.

    with Fetcher("market-maker") as vault:
        vault.on_change(reconnect)
        trade(vault.credentials)

Rules of the file
- What keeps the lease, and what a reader sees, is in vault_binance.bot.snapshot; here is how a thread waits for it.
- Callbacks run in a thread of their own, where they may take their time.
"""

from __future__ import annotations

import inspect
import threading
import time

from vault_binance.bot.callbacks import Calls
from vault_binance.bot.ending import Ended, Orderly
from vault_binance.bot.snapshot import LONGEST_CLOSE, Snapshot
from vault_binance.errors import CredentialsStale

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self, TypeVar

    from vault_binance.bot.callbacks import Call
    from vault_binance.bot.keeping import Keeper
    from vault_binance.bot.key_check import Verify
    from vault_binance.bot.snapshot import OnChange, OnEvent
    from vault_binance.credentials import Credentials

    _Callback = TypeVar("_Callback", bound=Callable[..., object])


class Fetcher(Snapshot):
    """A context manager; outside a `with` block, `start` and `close` do the same."""

    def __init__(self, keeper: Keeper, *, signals: bool = False, verify: Verify | None = None) -> None:
        """With `signals`, TERM and HUP end the `with` block before they end the process."""
        self._calls = Calls(keeper.name)
        self._orderly = Orderly() if signals else None
        super().__init__(keeper, verify)
        if self._check:
            self.on_change(self._check.again)

    def _prepare(self) -> None:
        super()._prepare()
        self._news = threading.Condition()
        self._calls.forked()

    def __enter__(self) -> Self:
        if self._orderly:
            self._orderly.__enter__()
        try:
            self.start()
        except BaseException as error:
            if self._orderly:
                self._orderly.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            self.close()
        except Ended as again:  # asked to end once more, while it did
            kind, error = Ended, again
        if self._orderly:
            self._orderly.__exit__(kind, error, trace)

    def start(self) -> None:
        """Log in and read. Returns with the first credentials there; raises why there are none that may be used."""
        self._begin()
        try:
            self._until(self._has_started, None)
            self._check_the_start()
            if self._check:
                self._check.first()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give back what was created, within a few seconds, and let callbacks end; harmless when repeated."""
        self._ask_to_close()
        self._end_by(time.monotonic() + LONGEST_CLOSE)

    def wait(self, timeout: float | None = None) -> Credentials:
        """The credentials, as soon as there are some; raises what `credentials` raises after `timeout` seconds, and
        at once where none will come.
        """
        self._rouse()
        self._until(lambda: self._is_usable() or self._is_over(), timeout)
        return self.credentials

    def refresh(self, timeout: float | None = 30.0) -> Credentials:
        """Read now, and return what came of it; for a bot whose key was refused at Binance, or that was told of a
        rotation. While Vault answers it waits for a second since the last read, and longer after failures.

        Raises what `credentials` raises, and CredentialsStale where Vault did not answer within `timeout` seconds.
        """
        self._rouse()
        if not self._until(self._ask_to_read(), timeout):
            raise not_read(self._keeper.name, timeout)
        return self.credentials

    def on_change(self, callback: OnChange) -> OnChange:
        """See Snapshot.on_change."""
        return super().on_change(_no_coroutine(callback))

    def on_event(self, callback: OnEvent) -> OnEvent:
        """See Snapshot.on_event."""
        return super().on_event(_no_coroutine(callback))

    def _until(self, reached: Callable[[], bool], timeout: float | None) -> bool:
        """Wait for the thread to get there; where there is none, nothing will come."""
        if self._thread is None:
            return True
        with self._news:
            return self._news.wait_for(reached, timeout)

    def _end_by(self, until: float) -> None:
        super()._end_by(until)
        self._calls.finish(max(0.0, until - time.monotonic()))

    def _announce(self) -> None:
        with self._news:
            self._news.notify_all()

    def _pass_on(self, calls: Sequence[Call]) -> None:
        self._calls.add(calls)


def not_read(name: str, timeout: float | None) -> CredentialsStale:
    """The error of a `refresh` whose time is over."""
    return CredentialsStale(
        f"{name} could not be read again within {timeout or 0:g} s",
        hint="Vault does not answer, or pauses after failures are long by now; `credentials` has the last ones",
    )


def _no_coroutine(callback: _Callback) -> _Callback:
    if inspect.iscoroutinefunction(callback):
        raise TypeError("a coroutine is never awaited here: use AsyncFetcher, or a plain function")
    return callback
