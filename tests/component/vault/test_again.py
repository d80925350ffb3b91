"""Which calls of both doors are tried again, and which never."""

from __future__ import annotations

import pytest

from tests.rows import each_row
from vault_binance.errors import VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.http import HttpVault
from vault_binance.vault.port import KvPath
from vault_binance.vault.wire import Answer

TOKEN = Redacted("token")


class Counting:
    """A wire that is away, and counts."""

    def __init__(self):
        self.asked = []

    def send(self, method, path, **_):
        self.asked.append((method, path))
        return Answer(429, {}, 7.0)


def tries(door, call):
    wire, pauses = Counting(), []
    vault = door(wire, pauses.append)
    with pytest.raises(VaultUnavailable):
        call(vault)
    return len(wire.asked), pauses


def bot(wire, sleep):
    return HttpVault(wire, max_retries=2, sleep=sleep)


def operator(wire, sleep):
    return HvacVault(wire, TOKEN, max_retries=2, sleep=sleep)


@each_row(
    "call",
    [
        lambda vault: vault.log_in("m", {"role_id": TOKEN, "secret_id": TOKEN}),
        lambda vault: vault.wrapping_info(TOKEN),
        lambda vault: vault.locate(TOKEN, "kv/x"),
        lambda vault: vault.read(TOKEN, KvPath("kv/data/x")),
        lambda vault: vault.renew(TOKEN),
        lambda vault: vault.renew_secret(TOKEN, TOKEN),
        lambda vault: vault.revoke_secret(TOKEN, TOKEN),
        lambda vault: vault.revoke(TOKEN),
        lambda vault: vault.token_info(TOKEN),
        lambda vault: vault.capabilities(TOKEN, "x"),
    ],
)
def test_what_a_bot_may_safely_repeat_is_tried_three_times_by_default(call):
    assert tries(bot, call) == (3, [7.0, 7.0])


def test_unwrapping_is_never_repeated_and_says_that_the_token_may_be_used_up():
    assert tries(bot, lambda vault: vault.unwrap_secret_id(TOKEN)) == (1, [])
    with pytest.raises(VaultUnavailable, match="may have been used up") as caught:
        bot(Counting(), None).unwrap_secret_id(TOKEN)
    assert caught.value.retry_after == 7.0


def test_an_operators_reads_are_repeated_and_its_writes_never():
    assert tries(operator, lambda vault: vault.policy("x")) == (3, [7.0, 7.0])
    assert tries(operator, lambda vault: vault.list_secrets("kv", "x")) == (3, [7.0, 7.0])
    assert tries(operator, lambda vault: vault.write_policy("x", "y")) == (1, [])
    assert tries(operator, lambda vault: vault.delete_entity("x")) == (1, [])
