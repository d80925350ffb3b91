"""Lives of a lease that together have every event, each told to the log as a fetcher tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.component.bot.world import NAME, World, life, until_waiting
from vault_binance.bot import journal
from vault_binance.lease_values import CloseRequested

if TYPE_CHECKING:
    from vault_binance.bot.keeping import Keeper, Step


def journalled(keeper: Keeper) -> Keeper:
    """Have each step's news logged."""
    silent = keeper.step

    def step() -> Step:
        done = silent()
        for notice in done.told:
            journal.record(notice, keeper.name, keeper.state.error)
        return done

    keeper.step = step  # type: ignore[method-assign]
    return keeper


def every_fact(world: World) -> None:
    """Every event, and the ends that differ: with somebody else's token, denied a read, refused from the start."""
    every_event(world)
    token = world.token()
    borrowed = journalled(world.keeper(lambda: token))
    until_waiting(borrowed)
    borrowed.wish(CloseRequested())
    until_waiting(borrowed)
    denied = journalled(world.keeper())
    until_waiting(denied)
    world.made("DELETE", "sys/policies/acl/binance-reader", {})
    life(world, denied, 100)
    world.suspend()
    until_waiting(journalled(world.keeper()))


def every_event(world: World) -> Keeper:
    """A night and a day: rotated, away for too long, back, deleted, suspended, allowed, ended."""
    keeper = journalled(world.keeper(max_stale=600.0))
    life(world, keeper, 500)
    world.put(2)
    life(world, keeper, 31)
    world.fake.unreachable = True
    life(world, keeper, 1200)
    world.fake.unreachable = False
    life(world, keeper, 100)
    world.made("POST", f"binance/delete/credentials/{NAME}", {"versions": [2]})
    life(world, keeper, 31)
    world.put(3)
    life(world, keeper, 31)
    world.suspend()
    life(world, keeper, 100)
    world.allow()
    life(world, keeper, 100)
    keeper.wish(CloseRequested())
    until_waiting(keeper)
    return keeper
