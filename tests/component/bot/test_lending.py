"""What is asked of Vault while a credential is lent, in which order, and that a token of ours never outlives it."""

from __future__ import annotations

import pytest

from tests.component.bot.stub_vault import CREATION_PATH, FIELDS, LAYOUT, PATH, READY, StubVault
from tests.rows import each_row
from vault_binance.bot.identities import AppRole, Token
from vault_binance.bot.lending import Request, lend
from vault_binance.errors import (
    ConfigError,
    LoginRefused,
    MalformedCredentials,
    PermissionDenied,
    SecretNotFound,
    VaultUnavailable,
)
from vault_binance.redacted import Redacted
from vault_binance.vault.port import KvPath, Secret

ROLE = AppRole("binance-approle", Redacted("role"), Redacted("secret-id"))
WRAPPED = AppRole("binance-approle", Redacted("role"), Redacted("wrapping"), CREATION_PATH)
TOKEN = Token(Redacted("brought-along"))
REQUEST = Request(LAYOUT, "maker")


class Lending:
    """One `lend`, with what it told and how long it would have slept."""

    def __init__(self, vault, identity=ROLE, request=REQUEST, wait=0.0):
        self.vault, self.warnings, self.pauses = vault, [], []
        told = {"warn": self.warnings.append, "sleep": self.pauses.append, "clock": lambda: sum(self.pauses)}
        self.block = lend(vault, identity, request, wait=wait, **told)

    def __enter__(self):
        return self.block.__enter__().credentials

    def __exit__(self, *failure):
        return self.block.__exit__(*failure)


def lent(vault, identity=ROLE, request=REQUEST):
    lending = Lending(vault, identity, request)
    with lending as credentials:
        return credentials, lending


# Waiting for Vault


def test_while_vault_is_away_it_is_tried_until_the_wait_is_over_ever_more_rarely():
    vault = StubVault(log_in=VaultUnavailable("away"))
    lending = Lending(vault, wait=20)
    with pytest.raises(VaultUnavailable), lending:
        raise AssertionError
    assert lending.pauses == [1, 2, 4, 8, 5]


def test_a_vault_that_comes_back_in_time_is_read_and_no_token_is_made_twice():
    away = VaultUnavailable("away", retry_after=7.0)
    vault = StubVault(log_in=[away, READY["log_in"]], read=[away, READY["read"]])
    lending = Lending(vault, wait=60)
    with lending as credentials:
        assert credentials.version == 7
    assert (vault.names, lending.pauses) == (["log_in", "log_in", "read", "read", "revoke"], [7, 7])


@each_row(
    ("wait", "said"),
    [
        (20, "for up to 20s"),
        (600, "for up to 10m"),
        (90.5, "for up to 90.5s"),
        (86400, "for up to 1d"),
        (float("inf"), "for as long as it takes"),
    ],
)
def test_that_vault_is_waited_for_is_told_once(wait, said):
    away = VaultUnavailable("no answer")
    vault = StubVault(log_in=[away, away, READY["log_in"]], read=[away, READY["read"]])
    lending = Lending(vault, wait=wait)
    with lending:
        assert lending.warnings == [f"Vault is away, waiting {said}: no answer"]
    assert len(lending.warnings) == 1


def test_who_does_not_wait_is_told_by_the_error_alone():
    lending = Lending(StubVault(log_in=VaultUnavailable("away")))
    with pytest.raises(VaultUnavailable), lending:
        raise AssertionError
    assert lending.warnings == []


def test_what_waiting_cannot_help_is_raised_at_once():
    lending = Lending(StubVault(log_in=LoginRefused("no")), wait=60)
    with pytest.raises(LoginRefused), lending:
        raise AssertionError
    assert lending.pauses == []


# The order of things


def test_log_in_read_once_give_back():
    vault = StubVault()
    with Lending(vault) as credentials:
        assert vault.names == ["log_in", "read"], "the token is still ours inside the block"
        assert (credentials.name, credentials.version) == ("maker", 7)
    assert vault.names == ["log_in", "read", "revoke"]
    assert [call for _, call in vault.calls] == [
        ("binance-approle", {"role_id": ROLE.role_id, "secret_id": ROLE.secret_id}),
        (READY["log_in"].token, KvPath(PATH), None),
        (READY["log_in"].token,),
    ]


def test_a_wrapped_secret_id_is_looked_at_before_it_is_opened_and_opened_once():
    vault = StubVault()
    lent(vault, WRAPPED)
    assert vault.names == ["wrapping_info", "unwrap_secret_id", "log_in", "read", "revoke"]
    assert vault.calls[2][1][1]["secret_id"].reveal() == "opened"


def test_a_token_handed_in_is_neither_made_nor_revoked():
    vault = StubVault()
    lent(vault, TOKEN)
    assert vault.names == ["read"]
    assert vault.calls[0][1][0] is TOKEN.token


def test_an_older_version_is_asked_for_by_number():
    vault = StubVault()
    lent(vault, request=Request(LAYOUT, "maker", version=3))
    assert vault.calls[1][1] == (READY["log_in"].token, KvPath(PATH), 3)


def test_a_version_where_none_are_kept_is_refused_and_nothing_is_read():
    vault = StubVault(locate=KvPath("secret/maker", kv_version=1))
    with pytest.raises(ConfigError, match="version 3 of secret/maker: only KV v2 keeps versions"):
        lent(vault, TOKEN, Request(LAYOUT, "", "secret/maker", version=3))
    assert vault.names == ["locate"]


def test_any_path_of_an_existing_vault_is_located_first_and_names_the_credential():
    vault = StubVault()
    credentials, _ = lent(vault, TOKEN, Request(LAYOUT, "", "/kv/team/maker/"))
    assert vault.calls == [
        ("locate", (TOKEN.token, "kv/team/maker")),
        ("read", (TOKEN.token, KvPath("kv/data/team/maker"), None)),
    ]
    assert credentials.name == "/kv/team/maker/"


# A token so young that the node asked does not know it yet


@pytest.mark.parametrize(
    "first", [PermissionDenied("denied"), SecretNotFound("nothing", state="absent")], ids=["denied", "absent"]
)
def test_a_fresh_token_gets_one_more_try(first):
    vault = StubVault(read=[first, Secret(FIELDS, 7)])
    credentials, lending = lent(vault)
    assert credentials.version == 7
    assert vault.names == ["log_in", "read", "read", "revoke"]
    assert len(lending.pauses) == 1
    assert 0 < lending.pauses[0] <= 1


def test_locating_a_path_with_a_fresh_token_gets_one_more_try_too():
    vault = StubVault(locate=[PermissionDenied("denied"), READY["locate"]])
    lent(vault, request=Request(LAYOUT, "", "kv/team/maker"))
    assert vault.names == ["log_in", "locate", "locate", "read", "revoke"]


@pytest.mark.parametrize("state", ["deleted", "destroyed"])
def test_what_is_deleted_is_not_asked_for_twice(state):
    vault = StubVault(read=SecretNotFound("gone", state=state))
    with pytest.raises(SecretNotFound) as caught, Lending(vault):
        pytest.fail("nothing is lent")
    assert caught.value.state == state
    assert vault.names == ["log_in", "read", "revoke"]


def test_an_old_token_gets_no_second_try():
    vault = StubVault(read=SecretNotFound("nothing", state="absent"))
    with pytest.raises(SecretNotFound), Lending(vault, TOKEN):
        pytest.fail("nothing is lent")
    assert vault.names == ["read"]


@pytest.mark.parametrize(("identity", "reads"), [(ROLE, 2), (TOKEN, 1)])
def test_a_denial_that_stays_is_explained_and_not_asked_for_again(identity, reads):
    vault = StubVault(read=PermissionDenied("as the door said it"))
    with pytest.raises(PermissionDenied) as caught, Lending(vault, identity):
        pytest.fail("nothing is lent")
    assert vault.names.count("read") == reads
    assert caught.value.message == f"permission denied reading {PATH}"
    assert "accessor-1" in caught.value.hint


# Every way out


WAYS_OUT = [
    VaultUnavailable("away"),
    SecretNotFound("gone", state="destroyed"),
    ConfigError("no KV v2"),
    KeyboardInterrupt(),
    SystemExit(3),
    ZeroDivisionError(),
]


@each_row("failure", WAYS_OUT, ids=lambda failure: type(failure).__name__)
def test_a_token_of_ours_is_revoked_when_reading_fails(failure):
    vault = StubVault(read=failure)
    with pytest.raises(type(failure)), Lending(vault):
        pytest.fail("nothing is lent")
    assert vault.names[-1] == "revoke"
    assert vault.names.count("revoke") == 1


@each_row("failure", WAYS_OUT, ids=lambda failure: type(failure).__name__)
def test_a_token_of_ours_is_revoked_when_the_block_fails_and_the_failure_goes_on(failure):
    vault = StubVault()
    with pytest.raises(type(failure)) as caught, Lending(vault):
        raise failure
    assert caught.value is failure
    assert vault.names[-1] == "revoke"


def test_a_pair_with_a_part_missing_is_not_handed_out_and_the_token_goes_back():
    vault = StubVault(read=Secret({"api_key": Redacted("k")}, 7))
    with pytest.raises(MalformedCredentials, match="version 7: no api_secret"), Lending(vault):
        pytest.fail("nothing is lent")
    assert vault.names[-1] == "revoke"


@pytest.mark.parametrize("failing", ["wrapping_info", "unwrap_secret_id", "log_in"])
def test_without_a_login_there_is_nothing_to_revoke(failing):
    vault = StubVault(**{failing: LoginRefused("no")})
    with pytest.raises(LoginRefused), Lending(vault, WRAPPED):
        pytest.fail("nothing is lent")
    assert "revoke" not in vault.names


def test_a_token_that_cannot_be_revoked_is_told_and_stops_nothing():
    vault = StubVault(revoke=VaultUnavailable("Vault does not answer"))
    credentials, lending = lent(vault)
    assert credentials.version == 7
    assert len(lending.warnings) == 1
    assert "Vault does not answer" in lending.warnings[0]
    assert "ends by itself" in lending.warnings[0]


def test_a_token_that_has_ended_already_is_not_worth_a_word():
    """Its uses were spent, or an operator was quicker."""
    _, lending = lent(StubVault(revoke=PermissionDenied("ended"), token_info=PermissionDenied("ended")))
    assert lending.warnings == []


def test_a_token_that_no_policy_lets_go_is_told():
    """Vault answers the same 403; that the token can still ask about itself tells them apart."""
    _, lending = lent(StubVault(revoke=PermissionDenied("denied")))
    (warning,) = lending.warnings
    assert "revoke-self" in warning


def test_a_refused_revocation_does_not_hide_why_the_block_failed():
    vault = StubVault(revoke=VaultUnavailable("away"))
    lending = Lending(vault)
    with pytest.raises(ZeroDivisionError), lending:
        raise ZeroDivisionError
    assert lending.warnings


def test_a_loan_tells_what_the_team_wants_of_the_key_and_leaves_this_bots_report():
    vault = StubVault(read=Secret(FIELDS, 7, custom_metadata={"allow": "futures"}))
    with lend(vault, ROLE, REQUEST, warn=print, bot="mm-1") as loan:
        assert loan.about == {"allow": "futures"}
        loan.report({"high": "0"}, print)
    assert ("write", (vault.calls[-2][1][0], "binance/data/reports/mm-1", {"high": "0"}, 7)) in vault.calls


def test_a_token_that_is_no_bots_has_no_reports():
    vault = StubVault()
    with lend(vault, TOKEN, REQUEST, warn=print) as loan:
        loan.report({"high": "0"}, print)
        assert loan.last_report() == {}
    assert vault.names == ["read"]
