"""The same for an event loop: one task keeps the lease, and whoever runs in the loop reads the snapshot.

    async with AsyncFetcher("market-maker") as vault:
        vault.on_change(reconnect)            # a function, or one that is awaited
        await trade(vault.credentials)

Rules of the file
- The task decides nothing, as the thread of vault_binance.bot.fetcher does not: it steps, tells, waits.
- A step may wait for Vault, and therefore runs in a thread of its own: a busy default executor cannot starve a lease.
- Callbacks run in the event loop.
"""

from __future__ import annotations

import asyncio
import inspect
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from vault_binance.bot import journal
from vault_binance.bot.fetcher import LONGEST_CLOSE, Snapshot
from vault_binance.lease_values import CloseRequested, Phase, RefreshRequested

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from vault_binance.bot.keeping import Keeper, Step
    from vault_binance.credentials import Credentials


class AsyncFetcher(Snapshot):
    """An asynchronous context manager; outside of `async with`, `start` and `aclose` do the same."""

    def __init__(self, keeper: Keeper) -> None:
        super().__init__(keeper)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def start(self) -> None:
        """Log in and read. Returns with the first credentials there; raises why there are none."""
        self._wake, self._news = asyncio.Event(), asyncio.Condition()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"lease of {self._keeper.name}")
        self._task = asyncio.create_task(self._run(), name=f"lease of {self._keeper.name}")
        try:
            await self._until(lambda: self._keeper.state.session.phase is not Phase.LOGGED_OUT, None)
        except BaseException:
            await self.aclose()
            raise
        if failure := self._first_failure():
            await self.aclose()
            raise failure
        self._keeper.credentials()

    async def aclose(self) -> None:
        """Give back what was created, within a few seconds; harmless when repeated."""
        task, self._task = self._task, None
        if task is None:
            return
        self._keeper.wish(CloseRequested())
        self._wake.set()
        await asyncio.wait([task], timeout=LONGEST_CLOSE)
        task.cancel()
        self._thread.shutdown(wait=False)

    async def wait(self, timeout: float | None = None) -> Credentials:  # noqa: ASYNC109  as Fetcher.wait
        """As Fetcher.wait."""
        self._alive()
        await self._until(lambda: self._is_usable() or self._is_over(), timeout)
        return self.credentials

    async def refresh(self, timeout: float | None = 30.0) -> Credentials:  # noqa: ASYNC109
        """As Fetcher.refresh."""
        tries = self._keeper.state.tries
        self._keeper.wish(RefreshRequested())
        self._wake.set()
        await self._until(lambda: self._keeper.state.tries > tries or self._is_over(), timeout)
        return self.credentials

    @property
    def credentials(self) -> Credentials:
        """See Snapshot.credentials."""
        self._alive()
        return super().credentials

    def _alive(self) -> None:
        """As Fetcher's; a reader may be in another thread than the event loop."""
        if self._task and self._keeper.is_late():
            self._task.get_loop().call_soon_threadsafe(self._wake.set)

    async def _until(self, reached: Callable[[], bool], timeout: float | None) -> None:  # noqa: ASYNC109
        if asyncio.current_task() is self._task:
            return
        try:
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait_for(reached)
        except TimeoutError:
            pass

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while (step := await loop.run_in_executor(self._thread, self._keeper.step)).wait is not None:
                await self._tell(step)
                if step.wait:
                    await self._sleep(step.wait)
            await self._tell(step)
        except Exception as error:  # noqa: BLE001  it is raised to whoever reads next
            await self._tell(self._keeper.fail(error))
            with suppress(Exception):
                while (step := await loop.run_in_executor(self._thread, self._keeper.step)).wait is not None:
                    await self._tell(step)
                await self._tell(step)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
            self._wake.clear()
        except TimeoutError:
            pass

    async def _tell(self, step: Step) -> None:
        await self._announce()
        for notice in step.told:
            journal.record(notice, self._keeper.name, self._keeper.state.error)
            for on_event in self._on_event:
                await self._call(on_event, notice)
        if step.change:
            for on_change in self._on_change:
                await self._call(on_change, *step.change)

    async def _call(self, callback: Callable[..., object], *arguments: object) -> None:
        answer = journal.guarded(callback, *arguments)
        if inspect.isawaitable(answer):
            try:
                await answer
            except Exception:  # noqa: BLE001  as journal.guarded
                journal.callback_failed(callback)

    async def _announce(self) -> None:
        async with self._news:
            self._news.notify_all()
