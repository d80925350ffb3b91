"""Requests signed with a lease that is kept: through a rotation without a restart, and not one after a suspension."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.cli.stage import LAYOUT
from tests.cli.test_verified import Bot
from vault_binance import AsyncFetcher, BinanceAuth, Fetcher, LeaseEnded
from vault_binance.credentials import KeyType
from vault_binance.ops import kill_switch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.stage import Stage
    from vault_binance.testing.emulator import Emulator, IssuedKey


@pytest.fixture
def bot(stage: Stage, binance: Emulator) -> Iterator[Bot]:
    made = Bot(stage, binance)
    yield made
    with stage.operator() as vault:
        kill_switch.allow(vault, LAYOUT, made.name)


def rotated(bot: Bot) -> IssuedKey:
    """Another key, of another type, in place of the first, which is gone at Binance."""
    new = bot.binance.add_key(key_type=KeyType.ED25519, ip_list=("127.0.0.1",))
    pair = new.credentials()
    bot.stage.put(bot.credential, pair.api_key.reveal(), pair.secret.reveal(), key_type=KeyType.ED25519.value)
    bot.binance.delete_key(bot.issued.api_key, forget=True)
    return new


def suspended(bot: Bot) -> None:
    with bot.stage.operator() as vault:
        kill_switch.suspend(vault, LAYOUT, bot.name)


def last_key(bot: Bot) -> str:
    return bot.binance.log[-1].fingerprint


def test_the_next_request_carries_the_new_key_and_none_goes_out_once_vault_refuses_the_bot(bot: Bot) -> None:
    url = bot.binance.url
    with Fetcher(environ=bot.environ) as vault, httpx.Client(base_url=url, auth=BinanceAuth(vault)) as api:
        assert api.get("/api/v3/account").status_code == 200
        assert last_key(bot) == bot.issued.credentials().fingerprint
        new = rotated(bot)
        assert api.get("/api/v3/account").json()["code"] == -2008  # until the next read, or a refresh
        vault.refresh()
        assert api.get("/api/v3/account").status_code == 200
        assert last_key(bot) == new.credentials().fingerprint
        suspended(bot)
        with pytest.raises(LeaseEnded):
            vault.refresh()
        asked = len(bot.binance.log)
        with pytest.raises(LeaseEnded):
            api.get("/api/v3/account")
        assert len(bot.binance.log) == asked


def test_so_it_is_in_an_event_loop(bot: Bot) -> None:
    async def trade() -> None:
        url = bot.binance.url
        async with (
            AsyncFetcher(environ=bot.environ) as vault,
            httpx.AsyncClient(base_url=url, auth=BinanceAuth(vault)) as api,
        ):
            assert (await api.get("/api/v3/account")).status_code == 200
            new = rotated(bot)
            await vault.refresh()
            assert (await api.get("/api/v3/account")).status_code == 200
            assert last_key(bot) == new.credentials().fingerprint

    asyncio.run(trade())
