"""The same for an event loop.

    async with AsyncFetcher("market-maker") as vault:
        vault.on_change(reconnect)            # a function, or one that is awaited
        await trade(vault.credentials)

Rules of the file
- What keeps the lease, and what a reader sees, is in vault_binance.bot.snapshot; here is how a task waits for it.
- Callbacks run in the event loop, one after the other, in a task of their own: one that hangs stops no lease.
- A loop that has ended is told nothing any more; the lease goes on until it is closed.
"""

from __future__ import annotations

import asyncio
import inspect
from contextlib import suppress
from functools import partial

from vault_binance.bot import journal
from vault_binance.bot.fetcher import not_read
from vault_binance.bot.snapshot import LONGEST_CLOSE, Snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from vault_binance.bot.callbacks import Call
    from vault_binance.bot.keeping import Keeper
    from vault_binance.bot.key_check import Verify
    from vault_binance.credentials import Credentials


class AsyncFetcher(Snapshot):
    """An asynchronous context manager; outside of `async with`, `start` and `aclose` do the same."""

    def __init__(self, keeper: Keeper, *, verify: Verify | None = None) -> None:
        super().__init__(keeper, verify)
        if check := self._check:

            async def again(old: Credentials | None, new: Credentials) -> None:
                await asyncio.to_thread(check.again, old, new)

            self.on_change(again)

    def _prepare(self) -> None:
        super()._prepare()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._telling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def start(self) -> None:
        """Log in and read. Returns with the first credentials there; raises why there are none."""
        if self._loop is None:
            self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
            self._waiting: asyncio.Queue[Call | None] = asyncio.Queue()
            self._telling = asyncio.create_task(self._call_back(), name=f"callbacks of {self._keeper.name}")
        self._begin()
        try:
            await self._until(self._has_started, None)
            self._check_the_start()
            if self._check:
                await asyncio.to_thread(self._check.first)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Give back what was created, within a few seconds, and let callbacks end; harmless when repeated."""
        self._ask_to_close()
        telling, self._telling = self._telling, None
        try:
            async with asyncio.timeout(LONGEST_CLOSE):
                await self._until(lambda: self._finished or self._thread is None, None)
                if telling and telling is not asyncio.current_task():
                    self._in_the_loop(partial(self._waiting.put_nowait, None))  # behind what the thread has passed on
                    await asyncio.wait([telling])  # it may have been cancelled, which is not to cancel us
        except TimeoutError:
            pass
        finally:
            if telling and telling is not asyncio.current_task():
                telling.cancel()

    async def wait(self, timeout: float | None = None) -> Credentials:  # noqa: ASYNC109  as Fetcher.wait
        """As Fetcher.wait."""
        self._rouse()
        await self._until(lambda: self._is_usable() or self._is_over(), timeout)
        return self.credentials

    async def refresh(self, timeout: float | None = 30.0) -> Credentials:  # noqa: ASYNC109
        """As Fetcher.refresh."""
        self._rouse()
        if not await self._until(self._ask_to_read(), timeout):
            raise not_read(self._keeper.name, timeout)
        return self.credentials

    async def _until(self, reached: Callable[[], bool], timeout: float | None) -> bool:  # noqa: ASYNC109
        """Wait for the thread to get there; where there is none, nothing will come."""
        if self._loop is None:
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while not reached():
                    self._news.clear()
                    await self._news.wait()
        return reached()

    def _announce(self) -> None:
        self._in_the_loop(lambda: self._news.set())  # noqa: PLW0108  in a forked child there is neither

    def _pass_on(self, calls: Sequence[Call]) -> None:
        for call in calls:
            self._in_the_loop(partial(self._waiting.put_nowait, call))

    def _in_the_loop(self, call: Callable[[], object]) -> None:
        if self._loop:
            with suppress(RuntimeError):  # it is closed
                self._loop.call_soon_threadsafe(call)

    async def _call_back(self) -> None:
        while call := await self._waiting.get():
            callback, arguments = call
            answer = journal.guarded(callback, *arguments)
            if inspect.isawaitable(answer):
                try:
                    await answer
                except (Exception, asyncio.CancelledError):
                    if (task := asyncio.current_task()) and task.cancelling():
                        raise
                    journal.callback_failed(callback)
