"""Numbers in Vault's answers that no clock can be added to: JSON has them, and Python reads them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tests.rows import each_row
from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted
from vault_binance.vault.http import HttpVault
from vault_binance.vault.port import KvPath
from vault_binance.vault.wire import Answer

TOKEN = Redacted("t")
AUTH = '{"auth": {"client_token": "t", "lease_duration": @, "renewable": true}}'
LEASED = '{"lease_id": "db/creds/x/1", "lease_duration": @, "renewable": true, "data": {"k": "v"}}'
WRAPPED = '{"data": {"creation_path": "p", "creation_time": "", "creation_ttl": @}}'

CALLS = {
    "a login": (AUTH, lambda vault: vault.log_in("mount", {"role_id": TOKEN}).ttl),
    "a token's renewal": (AUTH, lambda vault: vault.renew(TOKEN).ttl),
    "a read": (LEASED, lambda vault: vault.read(TOKEN, KvPath("db/creds/x", kv_version=0)).lease.ttl),
    "a lease's renewal": (LEASED, lambda vault: vault.renew_secret(TOKEN, TOKEN).ttl),
    "a token's own account": (
        '{"data": {"ttl": @, "num_uses": 0}}',
        lambda vault: vault.token_info(TOKEN).ttl,
    ),
    "a wrapping token's": (WRAPPED, lambda vault: vault.wrapping_info(TOKEN).ttl),
}


def answered(text: str, number: str) -> HttpVault:
    answer = Answer(200, json.loads(text.replace("@", number)))
    return HttpVault(SimpleNamespace(send=lambda *_, **__: answer))


@each_row("call", CALLS)
@each_row("number", ["9" * 400, "-" + "9" * 400, "1e400", "NaN"], ids=["long", "below", "inf", "none"])
def test_a_time_that_is_none_is_no_vaults(call: str, number: str) -> None:
    text, ask = CALLS[call]
    with pytest.raises(ConfigError, match="is not a Vault"):
        ask(answered(text, number))


@each_row("call", CALLS)
@each_row("number", [0, 900, 10**15])
def test_any_other_is_taken_as_it_is(call: str, number: int) -> None:
    text, ask = CALLS[call]
    assert ask(answered(text, str(number))) == number
