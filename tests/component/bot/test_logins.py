"""Logging in again and again: what a file that was replaced, or replaced badly, does to a bot that runs."""

from __future__ import annotations

import pytest

from tests.component.bot.stub_vault import CREATION_PATH, READY, StubVault
from vault_binance.bot.identities import AppRole
from vault_binance.bot.logins import Logins
from vault_binance.errors import ConfigError, LoginRefused, WrappedTokenInvalid
from vault_binance.redacted import Redacted

LEASE = READY["log_in"]


def with_secret(text):
    return AppRole("binance-approle", Redacted("role"), Redacted(text))


def wrapped(text):
    return AppRole("binance-approle", Redacted("role"), Redacted(text), CREATION_PATH)


def shown(vault):
    """The SecretIDs that were tried."""
    return [call[1]["secret_id"].reveal() for name, call in vault.calls if name == "log_in"]


def asked(*answers):
    """Who this is, according to the file: one answer a login, an exception is raised."""
    left = list(answers)

    def who():
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return who


def test_what_is_in_the_file_counts_at_each_login():
    vault, logins = StubVault(), Logins(asked(with_secret("one"), with_secret("two")))
    logins(vault)
    logins(vault)
    assert shown(vault) == ["one", "two"]


def test_a_file_that_is_half_written_is_survived_by_who_logged_in_before():
    vault = StubVault(log_in=[LEASE, LoginRefused("half"), LEASE, LEASE])
    logins = Logins(asked(with_secret("whole"), with_secret("who"), with_secret("whole-2")))
    assert [logins(vault)[1].secret_id.reveal() for _ in range(3)] == ["whole", "whole", "whole-2"]
    assert shown(vault) == ["whole", "who", "whole", "whole-2"]


def test_a_wrapping_token_that_does_not_open_is_survived_by_the_secret_id_that_is_good():
    vault = StubVault(wrapping_info=[READY["wrapping_info"], WrappedTokenInvalid("its time was up")])
    logins = Logins(asked(wrapped("first"), wrapped("second")))
    logins(vault)
    assert logins(vault)[0] is LEASE
    assert shown(vault) == ["opened", "opened"]


def test_a_refusal_is_believed_once_both_were_refused():
    vault = StubVault(log_in=[LEASE, LoginRefused("new"), LoginRefused("old")])
    logins = Logins(asked(with_secret("old"), with_secret("new")))
    logins(vault)
    with pytest.raises(LoginRefused, match="old"):
        logins(vault)


def test_the_same_proof_is_not_tried_twice():
    vault = StubVault(log_in=[LEASE, LoginRefused("suspended")])
    logins = Logins(asked(wrapped("one")))
    logins(vault)
    with pytest.raises(LoginRefused):
        logins(vault)
    assert shown(vault) == ["opened", "opened"]


def test_the_first_login_is_refused_with_what_is_there():
    with pytest.raises(WrappedTokenInvalid):
        Logins(asked(wrapped("used")))(StubVault(wrapping_info=WrappedTokenInvalid("used")))
    with pytest.raises(ConfigError):
        Logins(asked(ConfigError("no file")))(StubVault())
