"""docs/howto/ccxt.md and python-binance.md: the same bot, with the real client of each."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.howto.page import Block, Page
from vault_binance.errors import LeaseEnded
from vault_binance.testing.emulator.faults import Fault

if TYPE_CHECKING:
    from tests.howto.scene import Scene
    from vault_binance.testing.provisioned import ProvisionedBot, StoredCredential


def hired(scene: Scene, client: str, section: str) -> tuple[Block, list[str], StoredCredential, ProvisionedBot]:
    """The page's bot on its host: how it is started, what it says then, what it reads, and itself."""
    page = Page(client, scene.own)
    _, settings = page[f"A {client} bot"]
    program, start, said = page[section]
    credential, bot = scene.hire(settings)
    program.save(scene.place)
    return start, said.text.splitlines(), credential, bot


each_client = pytest.mark.parametrize("client", ["ccxt", "python-binance"])


@each_client
def test_a_bot_follows_a_rotation_pauses_while_it_is_suspended_and_goes_on(scene: Scene, client: str) -> None:
    login, _ = Page(client, scene.own)[f"A {client} bot"]
    start, (before, changed, after, refused, again), credential, bot = hired(scene, client, "With Fetcher")
    with scene.operator() as operator, scene.bot(client) as host:
        operator.type(login)
        host.start(start)
        host.until(before)
        new = credential.rotate()
        host.until(changed)
        host.until(after)
        bot.suspend()
        host.until(refused)
        bot.allow()
        host.until(again)
        host.interrupt(signal.SIGTERM)
        assert host.finish()[1] == 128 + signal.SIGTERM
    assert scene.traded(new)


@each_client
def test_exec_restarts_a_bot_after_a_rotation_and_ends_it_when_it_is_suspended(scene: Scene, client: str) -> None:
    start, (up, anew, refused), credential, bot = hired(scene, client, "Under exec")
    with scene.bot(client) as host:
        host.start(start)
        host.until(up)
        new = credential.rotate()
        host.until(anew)
        bot.suspend()
        host.until(refused)
        assert host.finish()[1] == LeaseEnded.exit_code
    assert scene.traded(new)


@each_client
def test_a_bot_whose_key_binance_refuses_asks_vault_for_the_next_one_at_once(scene: Scene, client: str) -> None:
    """The old key is deleted before a lease that looks every five minutes has noticed the rotation."""
    start, (before, changed, after, *_), credential, _ = hired(scene, client, "With Fetcher")
    with scene.bot(client, VAULT_BINANCE_SCHEDULE="calm") as host:
        host.start(start)
        host.until(before)
        old = credential.key
        credential.rotate()
        scene.binance.delete_key(old.api_key)
        host.until("Binance:")
        host.until(changed)
        host.until(after)


PINGING = """\
import os
from binance.client import Client

Client.API_URL = os.environ["BINANCE_BASE_URL"] + "/api"
Client("key", "secret", ping=False)
print("silent")
Client("key", "secret")
"""


def test_the_constructor_of_python_binance_sends_a_ping_and_raises_where_binance_is_away(scene: Scene) -> None:
    scene.binance.fail(Fault.CUT)
    with scene.bot("python-binance") as host:
        host.start(Block("sh", f"python -c '{PINGING}'"))
        host.until("silent")
        host.until("ConnectionError")
        assert host.finish()[1] == 1
    assert [entry.path for entry in scene.binance.log] == ["/api/v3/ping"]
