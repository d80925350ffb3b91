"""The wiring of AsyncFetcher: apart, since only those who have an event loop load asyncio."""

from __future__ import annotations

from vault_binance.bot import aio
from vault_binance.connect_lease import keeper, verify_with

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.schedules import Schedule


class AsyncFetcher(aio.AsyncFetcher):
    """As Fetcher, for an event loop: see vault_binance.bot.aio."""

    def __init__(
        self,
        name: str = "",
        *,
        path: str = "",
        environ: Mapping[str, str] | None = None,
        schedule: Schedule | str | None = None,
        max_stale: float | None = None,
        wait: float | None = None,
        verify: bool = False,
    ) -> None:
        """As Fetcher, without signals: an event loop has its own way with them."""
        kept = keeper(name, path, environ, schedule, max_stale=max_stale, wait=wait)
        super().__init__(kept, verify=verify_with(environ) if verify else None)
