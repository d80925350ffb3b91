"""Why was it denied? Every answer that the three questions can get, and what is made of them."""

from __future__ import annotations

import itertools

import pytest

from tests.component.bot.stub_vault import LAYOUT, PATH, StubVault
from tests.rows import each_row
from vault_binance.bot.diagnosis import denied
from vault_binance.errors import PermissionDenied, SecretNotFound, VaultBinanceError, VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.vault.port import TokenInfo

TOKEN = Redacted("hvs.canary-7f3a91c2d4e5")


def info(*policies):
    return TokenInfo("accessor-1", 900, True, 0, policies, "entity-1", "service")


def diagnosis(vault, name="maker"):
    error = denied(vault, TOKEN, PATH, name, LAYOUT)
    assert type(error) is PermissionDenied
    assert error.message == f"permission denied reading {PATH}"
    assert "canary" not in error.hint
    return error.hint


def test_a_token_that_may_not_even_look_at_itself_has_ended_or_its_bot_is_suspended():
    vault = StubVault(token_info=PermissionDenied("403"))
    hint = diagnosis(vault)
    assert "refused as a whole" in hint
    assert "suspended" in hint
    assert vault.names == ["token_info"], "a dead token is asked nothing more"


def test_where_vault_does_not_answer_no_reason_is_made_up():
    assert diagnosis(StubVault(token_info=VaultUnavailable("away"))) == "and Vault would not say more about this token"


@pytest.mark.parametrize("capability", ["read", "root"])
def test_a_policy_that_grants_it_points_at_what_stands_above_policies(capability):
    hint = diagnosis(StubVault(capabilities=("list", capability)))
    assert 'has "read" there by its policies' in hint
    assert "bound address" in hint


def test_a_token_without_the_readers_policy_lacks_it():
    hint = diagnosis(StubVault(token_info=info("default", "team-x")))
    assert "policies: default, team-x" in hint
    assert "It lacks the policy binance-reader." in hint
    assert "vault-binance bot add BOT --credential maker" in hint


def test_a_token_without_any_policy_says_so():
    assert "policies: none" in diagnosis(StubVault(token_info=info()))


@each_row(
    ("metadata", "shown"),
    [
        ({"binance_credential": "other"}, "'other': did you mean other? Otherwise ask a provisioner"),
        ({"binance_credential": "maker"}, "'maker'. Ask a provisioner"),
        ({}, "'nothing'. Ask a provisioner"),
        ({"x": "y"}, "'nothing'. Ask a provisioner"),
    ],
)
def test_a_bot_with_another_credential_is_told_which(metadata, shown):
    hint = diagnosis(StubVault(entity_metadata=metadata))
    assert "metadata says binance_credential=maker" in hint
    assert f"this entity's says {shown}" in hint


def test_an_entity_that_cannot_be_read_leaves_the_rule():
    hint = diagnosis(StubVault(entity_metadata=PermissionDenied("403")))
    assert "metadata says binance_credential=maker. Ask a provisioner" in hint


def test_at_a_path_of_somebody_elses_the_policy_is_theirs():
    assert diagnosis(StubVault(), name="").endswith("A policy of your own has to grant it")


def test_capabilities_that_are_not_told_count_as_none():
    assert 'has no "read" there' in diagnosis(StubVault(capabilities=PermissionDenied("403")))


ANSWERS = [None, PermissionDenied("403"), SecretNotFound("404"), VaultUnavailable("503"), VaultBinanceError("400")]


@pytest.mark.parametrize("name", ["maker", ""])
def test_whatever_the_questions_get_the_answer_is_a_denial_with_a_reason(name):
    for answers in itertools.product(ANSWERS, repeat=3):
        asked = zip(("token_info", "capabilities", "entity_metadata"), answers, strict=True)
        assert diagnosis(StubVault(**{question: answer for question, answer in asked if answer}), name)
