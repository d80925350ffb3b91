"""What both fetchers are: a lease kept by one daemon thread, and a snapshot of it that anybody reads.

Rules of the file
- Reading is an attribute: no I/O, no lock, and either a good credential or an exception.
- The thread decides nothing: it steps, tells, waits. It stands beside an event loop too: there a task could be
  cancelled, starved or left behind with its loop, and a suspension would go unnoticed.
- At the interpreter's end what was created is given back. A forked child makes a lease of its own when it first reads,
  and leaves the parent's alone.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from contextlib import suppress
from weakref import WeakSet

from vault_binance.bot import journal
from vault_binance.errors import VaultBinanceError
from vault_binance.lease import OVER
from vault_binance.lease_values import CloseRequested, Phase, RefreshRequested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn, TypeVar

    from vault_binance.bot.callbacks import Call
    from vault_binance.bot.keeping import Keeper, Step
    from vault_binance.bot.key_check import KeyCheck, Verify
    from vault_binance.bot.metrics import Metrics
    from vault_binance.credentials import Credentials
    from vault_binance.lease_values import Session
    from vault_binance.notices import Notice

    OnChange = Callable[[Credentials | None, Credentials], object]
    OnEvent = Callable[[Notice], object]
    _Callback = TypeVar("_Callback", bound=Callable[..., object])

LONGEST_CLOSE = 5.0
"""Seconds that giving back may take; what was not given back by then ends within its TTL."""


class Snapshot:
    """A lease that is kept; every attribute is there at once."""

    def __init__(self, keeper: Keeper, verify: Verify | None = None) -> None:
        """With `verify` the key is checked at Binance before the start returns, and after each rotation."""
        self._keeper = keeper
        self._check: KeyCheck | None = None
        if verify:
            from vault_binance.bot.key_check import KeyCheck

            self._check = KeyCheck(keeper, verify, lambda: self._wake.set())  # noqa: PLW0108  a forked child has another
        self._on_change: list[OnChange] = []
        self._on_event: list[OnEvent] = []
        self._thread: threading.Thread | None = None
        self._prepare()

    def _prepare(self) -> None:
        """What belongs to one process; also in a forked child, whose thread begins with the first question."""
        self._beginning = threading.Lock()
        self._wake = threading.Event()
        self._forked = False
        self._finished = False

    @property
    def credentials(self) -> Credentials:
        """Key and secret, from one read of one version.

        Raises CredentialsStale while there are none, or none young enough; LeaseEnded once Vault refuses the bot, and
        after the end. Read it for each use: what was kept aside misses rotations and refusals.
        """
        self._rouse()
        return self._keeper.credentials()

    @property
    def version(self) -> int | None:
        """Of the credential that was read last, None before the first; 0 where its engine has no versions."""
        return self._keeper.state.session.version

    @property
    def age(self) -> float | None:
        """Seconds since the credential was last asked for and answered; None where there is none to hand out."""
        return self._keeper.age()

    @property
    def session(self) -> Session:
        """Phase, lease and deadlines, for a status; it holds no secret."""
        return self._keeper.state.session

    def metrics(self) -> Metrics:
        """Numbers for monitoring, as of now: see vault_binance.bot.metrics."""
        from vault_binance.bot.metrics import measured

        return measured(self._keeper)

    def status(self) -> dict[str, object]:
        """What a person asks first, as of now and without a secret: see vault_binance.bot.status."""
        from vault_binance.bot.status import status_of

        return status_of(self._keeper)

    def on_change(self, callback: OnChange) -> OnChange:
        """Have `callback(old, new)` called after each rotation; `old` is None where it was let go before.

        Callbacks are called one after the other, beside the lease: a slow one delays the next one only.
        """
        self._on_change.append(_callable(callback))
        return callback

    def on_event(self, callback: OnEvent) -> OnEvent:
        """Have `callback(notice)` called with each event of vault_binance.notices; otherwise as `on_change`."""
        self._on_event.append(_callable(callback))
        return callback

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Fetcher cannot be pickled: let the other process make its own, or fork and read it there")

    # For the two fetchers

    def _announce(self) -> None:
        """Tell whoever waits that there is news; called in the thread."""
        raise NotImplementedError

    def _pass_on(self, calls: Sequence[Call]) -> None:
        """Have callbacks called; called in the thread."""
        raise NotImplementedError

    def _is_usable(self) -> bool:
        try:
            self._keeper.credentials()
        except VaultBinanceError:
            return False
        return True

    def _is_over(self) -> bool:
        return self._keeper.state.session.phase is Phase.ENDED

    def _has_started(self) -> bool:
        return self._keeper.state.session.phase is not Phase.LOGGED_OUT and not self._keeper.is_explaining

    def _check_the_start(self) -> None:
        """Raise why there is no first credential, as a single read would."""
        state = self._keeper.state
        if state.session.phase in OVER and isinstance(state.error, VaultBinanceError):
            raise state.error
        self._keeper.credentials()

    def _ask_to_read(self) -> Callable[[], bool]:
        """Ask for a read; what is returned tells when one that began after this has been answered, or never will be."""
        wish = self._keeper.wish(RefreshRequested())
        self._wake.set()
        return lambda: self._keeper.state.answered >= wish or self._is_over()

    def _ask_to_close(self) -> None:
        self._keeper.wish(CloseRequested())
        self._wake.set()

    def _rouse(self) -> None:
        """Wake the thread after a sleep of the host, which its wait did not count; begin one in a forked child."""
        if self._keeper.is_late():
            self._wake.set()
        if self._forked:
            self._begin()

    def _begin(self) -> None:
        with self._beginning:
            if not (self._thread and self._thread.is_alive()):
                thread = threading.Thread(target=self._run, name=f"lease of {self._keeper.name}", daemon=True)
                _LIVE.add(self)
                thread.start()
                self._thread, self._forked = thread, False

    def _end_by(self, until: float) -> None:
        """Wait for the thread's end, until that moment of time.monotonic."""
        if self._thread:
            self._thread.join(max(0.0, until - time.monotonic()))

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
        finally:
            _LIVE.discard(self)
            self._finished = True
            self._announce()

    def _end(self, step: Step | None) -> None:
        """Give back what was created."""
        while step:
            self._tell(step)
            step = self._keeper.step() if step.wait is not None else None

    def _tell(self, step: Step) -> None:
        self._announce()
        for notice in step.told:
            journal.record(notice, self._keeper.name, self._keeper.state.error)
        self._pass_on(self._owed(step))

    def _owed(self, step: Step) -> list[Call]:
        calls: list[Call] = [(on_event, (notice,)) for notice in step.told for on_event in self._on_event]
        if step.change:
            calls += [(on_change, step.change) for on_change in self._on_change]
        return calls

    def _after_fork(self) -> None:
        self._thread = None
        self._prepare()
        self._keeper.forked()
        self._forked = True


def _callable(callback: _Callback) -> _Callback:
    if not callable(callback):
        raise TypeError(f"{type(callback).__name__} is nothing to call")
    return callback


_LIVE: WeakSet[Snapshot] = WeakSet()
"""Those with a thread: to be closed at the interpreter's end, and begun anew in a forked child."""


@atexit.register
def _close_all() -> None:
    """All at once, so that one wait is enough for all."""
    until = time.monotonic() + LONGEST_CLOSE
    for live in (every := list(_LIVE)):
        live._ask_to_close()  # noqa: SLF001
    for live in every:
        live._end_by(until)  # noqa: SLF001


def _after_fork() -> None:
    for live in list(_LIVE):
        live._after_fork()  # noqa: SLF001
    _LIVE.clear()


os.register_at_fork(after_in_child=_after_fork)
