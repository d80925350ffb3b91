"""Real third-party clients, started by `exec`: accepted with every key type, and telling of its end as documented."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.clients.birth import born
from tests.clients.table import CASES, CLIENTS, DRIVERS, LOCKED, done, raised
from vault_binance.credentials import KeyType

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clients.conftest import Bot, Desk
    from vault_binance.testing.emulator.state import IssuedKey

ELSEWHERE = ("192.0.2.1",)
DRIVEN_BY_PAGES = {"freqtrade", "node"}
"""Clients that only tests/howto starts."""

BORN_BY_COMMANDS = {"python_binance_sync", "sdk_spot", "ccxt_sync"}
"""Drivers: that is as much for all as what a key is used by, and the others' keys are put in Vault by a service."""

SUCCEEDED = {
    client.driver: list(KeyType)[number % len(KeyType)]
    for number, client in enumerate({client.environment: client for client in CLIENTS}.values())
}
"""Driver -> the type of the key with which it is started anew, one driver of each library: `exec` gives the latest
version, of whatever type, to whatever is started."""

each_case = pytest.mark.parametrize(
    "desk", CASES, indirect=True, ids=[f"{client.driver}-{key_type}" for client, key_type in CASES]
)


@each_case
def test_a_key_from_its_birth_to_its_successors(desk: Desk) -> None:
    """One process keeps the old key through all of it, as a bot does; another is started on the new one."""
    old = born(desk) if desk.client.driver in BORN_BY_COMMANDS else desk.new_key()
    desk.hire()
    with desk.bot() as bot:
        accepted(desk, bot)
        sent_as_signed(desk, old)
        refused_from_another_address(desk, bot, old)
        new = rotated(desk, bot, old)
        assert bot.dismiss() == (0, "")
    if SUCCEEDED.get(desk.client.driver) is desk.key_type:
        succeeded(desk, new)


def accepted(desk: Desk, bot: Bot) -> None:
    expected = desk.client.expected(desk.key_type)
    assert {step: bot.tell(step) for step in expected} == expected


def sent_as_signed(desk: Desk, key: IssuedKey) -> None:
    """What was verified is what was on the wire, however a client writes what is no letter: one byte makes it wrong."""
    for spelling in desk.client.spellings(desk.key_type):
        (found,) = [one for one in desk.binance.asked_with(key) if spelling in one.request.query]
        assert found.response.code in {0, -1121}
        assert found.changed.code == -1022


def refused_from_another_address(desk: Desk, bot: Bot, key: IssuedKey) -> None:
    errors = desk.client.errors
    desk.binance.restrict(key.api_key, ip_list=ELSEWHERE)
    assert bot.tell("account") == raised(errors.dying, -2015)
    assert bot.tell("anew") == done("anew")
    assert bot.tell("account") == raised(errors.dead, -2015)
    desk.binance.restrict(key.api_key, ip_list=("127.0.0.1",))
    assert "done" in bot.tell("account")


def rotated(desk: Desk, bot: Bot, old: IssuedKey) -> IssuedKey:
    """The old key goes on until it is deleted; the bot that has it never works again."""
    errors = desk.client.errors
    new = desk.new_key()
    assert "done" in bot.tell("account")
    desk.binance.delete_key(old.api_key)
    assert bot.tell("account") == raised(errors.dying, -2015)
    desk.binance.delete_key(old.api_key, forget=True)
    assert bot.tell("account") == raised(errors.unknown, -2008)
    return new


def succeeded(desk: Desk, new: IssuedKey) -> None:
    with desk.bot() as successor:
        assert successor.tell("account") == desk.client.expected(desk.key_type)["account"]
        assert successor.dismiss() == (0, "")
    assert {one.response.status for one in desk.binance.asked_with(new)} == {200}


def test_every_library_has_a_successor() -> None:
    assert set(SUCCEEDED.items()) <= {(client.driver, key_type) for client, key_type in CASES}


def test_what_is_installed_is_what_is_driven() -> None:
    assert {file.stem for file in LOCKED.glob("*.txt")} == {client.environment for client in CLIENTS} | DRIVEN_BY_PAGES


@pytest.mark.parametrize("driver", sorted(DRIVERS.glob("*.py")), ids=lambda driver: driver.stem)
def test_a_driver_knows_nothing_of_us(driver: Path) -> None:
    names = {name.partition(".")[0] for node in ast.walk(ast.parse(driver.read_text())) for name in imported(node)}
    assert not names & {"vault_binance", "tests"}


def imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom():
            return [node.module or ""]
        case _:
            return []
