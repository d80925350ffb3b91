"""A credential that stays valid behind a bot's back: one daemon thread keeps the lease, anybody reads the snapshot.

    with Fetcher("market-maker") as vault:
        vault.on_change(reconnect)
        trade(vault.credentials)

Rules of the file
- Reading is an attribute: no I/O, no lock, and either a good credential or an exception.
- The thread decides nothing: it steps, tells, waits. Callbacks run in it, and what they raise is logged.
- On the way out, and at the interpreter's end, what was created is given back. A forked child makes its own lease when
  it first reads, and leaves the parent's alone.
"""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import suppress
from weakref import WeakSet

from vault_binance.bot import journal
from vault_binance.bot.ending import Orderly
from vault_binance.errors import VaultBinanceError
from vault_binance.lease_values import CloseRequested, Phase, RefreshRequested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from vault_binance.bot.keeping import Keeper, Step
    from vault_binance.bot.metrics import Metrics
    from vault_binance.credentials import Credentials
    from vault_binance.lease_values import Session
    from vault_binance.notices import Notice

    OnChange = Callable[[Credentials | None, Credentials], object]
    OnEvent = Callable[[Notice], object]

LONGEST_CLOSE = 5.0
"""Seconds that giving back may take; what was not given back by then ends within its TTL."""


class Snapshot:
    """What both fetchers show of a lease that is kept; every attribute is there at once."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._on_change: list[OnChange] = []
        self._on_event: list[OnEvent] = []

    @property
    def credentials(self) -> Credentials:
        """Key and secret, from one read of one version.

        Raises CredentialsStale while there are none, or none young enough; LeaseEnded once Vault refuses the bot, and
        after the end. Read it for each use: what was kept aside misses rotations and refusals.
        """
        return self._keeper.credentials()

    @property
    def version(self) -> int | None:
        """Of the credential that was read last, None before the first; 0 where its engine has no versions."""
        return self._keeper.state.session.version

    @property
    def age(self) -> float | None:
        """Seconds since the credential was last asked for and answered; None where there is none to hand out."""
        return self._keeper.age()

    def metrics(self) -> Metrics:
        """Numbers for monitoring, as of now: see vault_binance.bot.metrics."""
        from vault_binance.bot.metrics import measured

        return measured(self._keeper)

    def status(self) -> dict[str, object]:
        """What a person asks first, as of now and without a secret: see vault_binance.bot.status."""
        from vault_binance.bot.status import status_of

        return status_of(self._keeper)

    @property
    def session(self) -> Session:
        """Phase, lease and deadlines, for a status; it holds no secret."""
        return self._keeper.state.session

    def on_change(self, callback: OnChange) -> OnChange:
        """Have `callback(old, new)` called after each rotation; `old` is None where it was let go before."""
        self._on_change.append(callback)
        return callback

    def on_event(self, callback: OnEvent) -> OnEvent:
        """Have `callback(notice)` called with each event of vault_binance.notices."""
        self._on_event.append(callback)
        return callback

    def _is_usable(self) -> bool:
        try:
            self._keeper.credentials()
        except VaultBinanceError:
            return False
        return True

    def _is_over(self) -> bool:
        return self._keeper.state.session.phase is Phase.ENDED

    def _first_failure(self) -> VaultBinanceError | None:
        """Why there will be no first credential, once that is sure."""
        state = self._keeper.state
        if state.session.phase not in {Phase.CLOSING, Phase.ENDED}:
            return None
        return state.error if isinstance(state.error, VaultBinanceError) else None


class Fetcher(Snapshot):
    """A context manager; outside a `with` block, `start` and `close` do the same."""

    def __init__(self, keeper: Keeper, *, signals: bool = False) -> None:
        """With `signals`, TERM and HUP end the `with` block before they end the process."""
        super().__init__(keeper)
        self._orderly = Orderly() if signals else None
        self._thread: threading.Thread | None = None
        self._forked = False
        self._prepare()

    def _prepare(self) -> None:
        self._beginning = threading.Lock()
        self._wake = threading.Event()
        self._news = threading.Condition()

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
        self.close()
        if self._orderly:
            self._orderly.__exit__(kind, error, trace)

    def start(self) -> None:
        """Log in and read. Returns with the first credentials there; raises why there are none."""
        self._begin()
        try:
            self._until(lambda: self._keeper.state.session.phase is not Phase.LOGGED_OUT, None)
        except BaseException:
            self.close()
            raise
        if failure := self._first_failure():
            self.close()
            raise failure
        self._keeper.credentials()

    def close(self) -> None:
        """Give back what was created, within a few seconds; harmless when repeated."""
        self._ask_to_close()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(LONGEST_CLOSE)
        _LIVE.discard(self)

    def _ask_to_close(self) -> None:
        self._keeper.wish(CloseRequested())
        self._wake.set()

    def wait(self, timeout: float | None = None) -> Credentials:
        """The credentials, as soon as there are some; raises what `credentials` raises after `timeout` seconds, and
        at once where none will come.
        """
        self._alive()
        self._until(lambda: self._is_usable() or self._is_over(), timeout)
        return self.credentials

    def refresh(self, timeout: float | None = 30.0) -> Credentials:
        """Read now, and return what came of it; for a bot whose key was refused at Binance, or that was told of a
        rotation. Asked for more than once a second, it waits for the second to be over.
        """
        self._alive()
        tries = self._keeper.state.tries
        self._keeper.wish(RefreshRequested())
        self._wake.set()
        self._until(lambda: self._keeper.state.tries > tries or self._is_over(), timeout)
        return self.credentials

    @property
    def credentials(self) -> Credentials:
        """See Snapshot.credentials."""
        self._alive()
        return super().credentials

    def _until(self, reached: Callable[[], bool], timeout: float | None) -> None:
        """Wait for the thread to get there; in the thread itself, in a callback, there is no waiting."""
        if threading.current_thread() is self._thread:
            return
        with self._news:
            self._news.wait_for(reached, timeout)

    def _alive(self) -> None:
        """In a forked child the thread is not there: it begins with the first question. After a sleep of the host it
        still waits, since its wait did not count that time.
        """
        if self._keeper.is_late():
            self._wake.set()
        if self._forked:
            with self._beginning:
                if self._forked:
                    self._begin()

    def _begin(self) -> None:
        if self._thread and self._thread.is_alive():
            return
        self._forked = False
        _LIVE.add(self)
        self._thread = threading.Thread(target=self._run, name=f"lease of {self._keeper.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while (step := self._keeper.step()).wait is not None:
                self._tell(step)
                if step.wait and self._wake.wait(step.wait):
                    self._wake.clear()
            self._tell(step)
        except BaseException as error:  # noqa: BLE001  it is raised to whoever reads next
            with suppress(Exception):
                self._end(self._keeper.fail(error))

    def _end(self, step: Step | None) -> None:
        """Give back what was created, whatever a callback says to it."""
        while step:
            with suppress(BaseException):
                self._tell(step)
            step = self._keeper.step() if step.wait is not None else None

    def _tell(self, step: Step) -> None:
        self._announce()
        for notice in step.told:
            journal.record(notice, self._keeper.name, self._keeper.state.error)
            for on_event in self._on_event:
                journal.guarded(on_event, notice)
        if step.change:
            for on_change in self._on_change:
                journal.guarded(on_change, *step.change)

    def _announce(self) -> None:
        with self._news:
            self._news.notify_all()

    def _after_fork(self) -> None:
        running, self._thread = self._thread is not None, None
        self._prepare()
        if running:
            self._keeper.forked()
            self._forked = True


_LIVE: WeakSet[Fetcher] = WeakSet()
"""Those with a thread: to be closed at the interpreter's end, and begun anew in a forked child."""


@atexit.register
def _close_all() -> None:
    for fetcher in (live := list(_LIVE)):
        fetcher._ask_to_close()  # noqa: SLF001  all at once, so that one wait is enough for all
    for fetcher in live:
        fetcher.close()


def _after_fork() -> None:
    for fetcher in list(_LIVE):
        fetcher._after_fork()  # noqa: SLF001
    _LIVE.clear()


os.register_at_fork(after_in_child=_after_fork)
