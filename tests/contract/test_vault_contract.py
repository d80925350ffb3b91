"""What a bot may rely on, the same on FakeVault and on real servers: logins, wrapping, tokens and the kill switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vault_binance.errors import LoginRefused, PermissionDenied, SecretNotFound, VaultUnavailable, WrappedTokenInvalid
from vault_binance.redacted import Redacted
from vault_binance.vault.port import KvPath

if TYPE_CHECKING:
    from tests.contract.conftest import Login, Server

NOBODY = Redacted("hvs.nobody")


def reader(vault: Server) -> str:
    return f'path "{vault.name}/data/ours/*" {{ capabilities = ["read"] }}'


@pytest.fixture
def login(vault: Server) -> Login:
    """A bot that may read what is under `ours/` of a KV mount, where `one` has one version."""
    vault.kv().write_secret(vault.name, "ours/one", {"api_key": "k1"}, cas=0)
    return vault.login(reader(vault))


class TestLogin:
    def test_gives_a_lease_as_the_role_says(self, vault: Server) -> None:
        login = vault.login('path "x" { capabilities = ["read"] }', token_ttl=60)
        lease = login.with_secret(login.secret_id())
        assert (lease.ttl, lease.renewable) == (60, True)
        assert set(lease.policies) == {"default", login.name}
        info = vault.bot.token_info(lease.token)
        assert (info.accessor, info.entity_id) == (lease.accessor, login.entity_id)

    def test_is_refused_for_a_wrong_secret_id_role_or_role_id(self, vault: Server) -> None:
        login, other = vault.login(), vault.login()
        for role_id, secret_id in (
            (login.role_id, Redacted("wrong")),
            (login.role_id, other.secret_id()),
            (Redacted("wrong"), login.secret_id()),
        ):
            with pytest.raises(LoginRefused):
                vault.bot.log_in(vault.approle, role_id, secret_id)

    def test_at_a_mount_that_is_not_there_is_refused_as_a_wrong_one(self, vault: Server) -> None:
        with pytest.raises(LoginRefused):
            vault.bot.log_in(f"{vault.name}-none", Redacted("r"), Redacted("s"))

    def test_with_a_single_use_secret_id_succeeds_once(self, vault: Server) -> None:
        login = vault.login()
        secret_id = login.secret_id(num_uses=1)
        login.with_secret(secret_id)
        with pytest.raises(LoginRefused):
            login.with_secret(secret_id)

    def test_while_suspended_is_refused_and_still_uses_the_secret_id_up(self, vault: Server) -> None:
        login = vault.login()
        once, twice = login.secret_id(num_uses=1), login.secret_id(num_uses=2)
        login.suspend()
        for secret_id in (once, twice):
            with pytest.raises(LoginRefused):
                login.with_secret(secret_id)
        login.suspend(disabled=False)
        with pytest.raises(LoginRefused):
            login.with_secret(once)
        assert login.with_secret(twice).token

    def test_ends_with_the_secret_id(self, vault: Server) -> None:
        login = vault.login(secret_id_num_uses=0)
        secret_id = login.secret_id()
        (accessor,) = vault.operator.secret_id_accessors(vault.approle, login.name)
        vault.operator.destroy_secret_id(vault.approle, login.name, accessor)
        with pytest.raises(LoginRefused):
            login.with_secret(secret_id)


class TestWrapping:
    def wrapped(self, vault: Server, login: Login, ttl: int = 60) -> Redacted:
        return vault.operator.wrapped_secret_id(vault.approle, login.name, wrap_ttl=ttl, settings={}).token

    def test_tells_where_it_was_made_without_being_used(self, vault: Server) -> None:
        login = vault.login()
        token = self.wrapped(vault, login, 77)
        for _ in range(2):
            info = vault.bot.wrapping_info(token)
            assert (info.creation_path, info.ttl) == (f"auth/{vault.approle}/role/{login.name}/secret-id", 77)
        assert login.with_secret(vault.bot.unwrap_secret_id(token)).token

    def test_opens_once(self, vault: Server) -> None:
        token = self.wrapped(vault, vault.login())
        vault.bot.unwrap_secret_id(token)
        for again in (vault.bot.unwrap_secret_id, vault.bot.wrapping_info):
            with pytest.raises(WrappedTokenInvalid):
                again(token)

    @pytest.mark.parametrize("text", ["hvs.garbage", "s", ""])
    def test_of_garbage_is_invalid(self, vault: Server, text: str) -> None:
        for ask in (vault.bot.unwrap_secret_id, vault.bot.wrapping_info):
            with pytest.raises(WrappedTokenInvalid):
                ask(Redacted(text))

    def test_of_an_ordinary_token_is_invalid(self, vault: Server) -> None:
        token = vault.token('path "x" { capabilities = ["read"] }')
        for ask in (vault.bot.unwrap_secret_id, vault.bot.wrapping_info):
            with pytest.raises(WrappedTokenInvalid):
                ask(token)

    def test_is_lost_by_any_other_use(self, vault: Server) -> None:
        token = self.wrapped(vault, vault.login())
        with pytest.raises(PermissionDenied):
            vault.bot.token_info(token)
        with pytest.raises(WrappedTokenInvalid):
            vault.bot.unwrap_secret_id(token)

    def test_of_something_else_shows_its_path_and_is_no_secret_id(self, vault: Server) -> None:
        answer = vault.ask("POST", "sys/wrapping/wrap", {"secret": "id"}, wrap=60)
        token = Redacted(answer.body["wrap_info"]["token"])
        assert vault.bot.wrapping_info(token).creation_path == "sys/wrapping/wrap"
        with pytest.raises(WrappedTokenInvalid):
            vault.bot.unwrap_secret_id(token)

    def test_can_be_made_a_duty(self, vault: Server) -> None:
        login = vault.login()
        path = f"auth/{vault.approle}/role/{login.name}/secret-id"
        token = vault.token(f'path "{path}" {{ capabilities = ["update"], min_wrapping_ttl = "1s" }}')
        assert vault.ask("POST", path, {}, token=token).status == 403
        assert vault.ask("POST", path, {}, token=token, wrap=30).status == 200


class TestTime:
    def test_ends_tokens_and_wrapping_tokens(self, vault: Server) -> None:
        """SecretIDs too, but not before the server's next clean-up: see the fake's own tests."""
        short = vault.login(token_ttl=1, token_max_ttl=1)
        wrapped = vault.operator.wrapped_secret_id(vault.approle, short.name, wrap_ttl=1, settings={}).token
        token = short.token()
        vault.wait(1.5)
        with pytest.raises(WrappedTokenInvalid):
            vault.bot.wrapping_info(wrapped)
        with pytest.raises(WrappedTokenInvalid):
            vault.bot.unwrap_secret_id(wrapped)
        with pytest.raises(PermissionDenied):
            vault.bot.token_info(token)

    def test_is_extended_by_renewing_within_the_maximum(self, vault: Server) -> None:
        login = vault.login(token_ttl=60, token_max_ttl=120)
        token = login.token()
        renewed = vault.ask("POST", "auth/token/renew-self", {"increment": "90s"}, token=token)
        assert (renewed.status, renewed.body["auth"]["lease_duration"]) == (200, 90)
        assert (
            118
            <= vault.ask("POST", "auth/token/renew-self", {"increment": "1h"}, token=token).body["auth"][
                "lease_duration"
            ]
            <= 120
        )

    def test_past_the_maximum_renewing_answers_500(self, vault: Server) -> None:
        login = vault.login(token_ttl=60, token_max_ttl=120)
        token = login.token()
        vault.operator.write_role(vault.approle, login.name, {"token_ttl": 1, "token_max_ttl": 1})
        vault.wait(1.1)
        assert vault.ask("POST", "auth/token/renew-self", {}, token=token).status == 500

    def test_without_its_role_a_token_lives_on_and_renewing_answers_500(self, vault: Server) -> None:
        login = vault.login()
        token = login.token()
        vault.operator.delete_role(vault.approle, login.name)
        assert vault.ask("POST", "auth/token/renew-self", {}, token=token).status == 500
        assert vault.bot.token_info(token).ttl > 0

    def test_does_not_extend_what_is_not_renewable(self, vault: Server) -> None:
        token = vault.token('path "auth/token/*" { capabilities = ["update"] }', renewable=False, ttl="1h")
        assert vault.ask("POST", "auth/token/renew-self", {}, token=token).status == 400


class TestReading:
    def test_gives_fields_version_and_what_is_known_of_it(self, vault: Server, login: Login) -> None:
        vault.operator.merge_custom_metadata(vault.name, "ours/one", {"owner": "me"})
        vault.made("POST", f"{vault.name}/data/ours/one", {"data": {"api_key": "k2", "n": 1}, "options": {"cas": 1}})
        token = login.token()
        secret = vault.bot.read(token, vault.data("ours/one"))
        assert secret.fields == {"api_key": Redacted("k2"), "n": 1}
        assert (secret.version, secret.custom_metadata) == (2, {"owner": "me"})
        assert secret.created.endswith("Z")
        older = vault.bot.read(token, vault.data("ours/one"), version=1)
        assert (older.version, older.fields) == (1, {"api_key": Redacted("k1")})

    def test_tells_absent_deleted_and_destroyed_apart(self, vault: Server, login: Login) -> None:
        token, operator = login.token(), vault.operator
        for version in (2, 3):
            operator.write_secret(vault.name, "ours/one", {"api_key": f"k{version}"}, cas=version - 1)
        operator.destroy_versions(vault.name, "ours/one", [1])
        operator.delete_versions(vault.name, "ours/one", [3])
        states = {}
        for path, version in (("one", 1), ("one", 2), ("one", 3), ("one", None), ("one", 9), ("none", None)):
            try:
                vault.bot.read(token, vault.data(f"ours/{path}"), version=version)
                states[path, version] = "there"
            except SecretNotFound as error:
                states[path, version] = error.state
        assert states == {
            ("one", 1): "destroyed",
            ("one", 2): "there",
            ("one", 3): "deleted",
            ("one", None): "deleted",
            ("one", 9): "absent",
            ("none", None): "absent",
        }

    def test_is_denied_elsewhere_also_where_nothing_is(self, vault: Server, login: Login) -> None:
        token = login.token()
        for path in (vault.data("theirs/one"), vault.data("ours"), KvPath(f"{vault.name}-none/data/ours/one")):
            with pytest.raises(PermissionDenied):
                vault.bot.read(token, path)

    def test_finds_the_mount_and_its_version(self, vault: Server, login: Login) -> None:
        token = login.token()
        assert vault.bot.locate(token, f"{vault.name}/ours/one") == vault.data("ours/one")
        with pytest.raises(PermissionDenied):
            vault.bot.locate(token, f"{vault.name}-none/ours/one")

    def test_works_in_kv_1_too(self, vault: Server) -> None:
        vault.made("POST", f"sys/mounts/{vault.name}", {"type": "kv", "options": {"version": "1"}})
        vault.made("POST", f"{vault.name}/deep/one", {"api_key": "k1"})
        token = vault.login(f'path "{vault.name}/deep/*" {{ capabilities = ["read"] }}').token()
        path = vault.bot.locate(token, f"{vault.name}/deep/one")
        assert path == KvPath(f"{vault.name}/deep/one", kv_version=1)
        secret = vault.bot.read(token, path)
        assert (secret.fields, secret.version) == ({"api_key": Redacted("k1")}, 0)
        with pytest.raises(SecretNotFound):
            vault.bot.read(token, KvPath(f"{vault.name}/deep/none", kv_version=1))


class TestTokens:
    def test_are_dead_once_revoked(self, vault: Server, login: Login) -> None:
        token = login.token()
        vault.bot.revoke(token)
        for ask in (vault.bot.token_info, vault.bot.revoke):
            with pytest.raises(PermissionDenied):
                ask(token)
        with pytest.raises(PermissionDenied):
            vault.bot.read(token, vault.data("ours/one"))

    def test_that_nobody_made_are_denied(self, vault: Server) -> None:
        for token in (NOBODY, Redacted("x")):
            with pytest.raises(PermissionDenied):
                vault.bot.token_info(token)

    def test_tell_about_themselves(self, vault: Server) -> None:
        login = vault.login('path "x" { capabilities = ["read"] }', token_ttl=60)
        vault.made("POST", f"identity/entity/id/{login.entity_id}", {"policies": ["by-entity"]})
        info = vault.bot.token_info(login.token())
        assert 58 <= info.ttl <= 60
        assert (info.renewable, info.num_uses, info.kind) == (True, 0, "service")
        assert set(info.policies) == {"default", login.name, "by-entity"}
        assert info.entity_id == login.entity_id
        root = vault.bot.token_info(vault.root)
        assert (root.ttl, root.policies, root.entity_id) == (0, ("root",), "")

    def test_with_limited_uses_end_by_them_refused_ones_included(self, vault: Server, login: Login) -> None:
        vault.operator.write_role(vault.approle, login.name, {"token_num_uses": 3})
        token = login.token()
        vault.bot.read(token, vault.data("ours/one"))
        with pytest.raises(PermissionDenied):
            vault.bot.read(token, vault.data("theirs/one"))
        vault.bot.read(token, vault.data("ours/one"))
        with pytest.raises(PermissionDenied):
            vault.bot.read(token, vault.data("ours/one"))

    def test_end_with_the_token_that_made_them(self, vault: Server) -> None:
        parent = vault.token('path "auth/token/*" { capabilities = ["read", "update"] }')
        made = vault.ask("POST", "auth/token/create", {"ttl": "1h"}, token=parent)
        child = Redacted(made.body["auth"]["client_token"])
        assert vault.bot.token_info(child).kind == "service"
        vault.bot.revoke(parent)
        with pytest.raises(PermissionDenied):
            vault.bot.token_info(child)

    def test_know_what_they_may_do(self, vault: Server, login: Login) -> None:
        token = login.token()
        assert vault.bot.capabilities(token, f"{vault.name}/data/ours/one") == ("read",)
        assert vault.bot.capabilities(token, f"{vault.name}/data/theirs/one") == ("deny",)
        assert vault.bot.capabilities(vault.root, "anything") == ("root",)

    def test_read_their_own_entity_and_no_other(self, vault: Server, login: Login) -> None:
        token, other = login.token(), vault.login()
        assert vault.bot.entity_metadata(token, login.entity_id) == {"lent": "one"}
        with pytest.raises(PermissionDenied):
            vault.bot.entity_metadata(token, other.entity_id)

    def test_follow_the_metadata_of_their_entity_at_once(self, vault: Server) -> None:
        operator = vault.kv()
        for name in ("one", "two"):
            operator.write_secret(vault.name, name, {"api_key": name}, cas=0)
        policy = f'path "{vault.name}/data/{{{{identity.entity.metadata.lent}}}}" {{ capabilities = ["read"] }}'
        login = vault.login(policy)
        token = login.token()
        vault.bot.read(token, vault.data("one"))
        operator.write_entity(login.name, metadata={"lent": "two"}, disabled=False)
        vault.bot.read(token, vault.data("two"))
        with pytest.raises(PermissionDenied):
            vault.bot.read(token, vault.data("one"))


class TestKillSwitch:
    def test_refuses_every_call_of_the_bot_until_it_is_taken_back(self, vault: Server, login: Login) -> None:
        token = login.token()
        login.suspend()
        for ask in (vault.bot.token_info, vault.bot.revoke):
            with pytest.raises(PermissionDenied):
                ask(token)
        with pytest.raises(PermissionDenied):
            vault.bot.read(token, vault.data("ours/one"))
        with pytest.raises(PermissionDenied):
            vault.bot.capabilities(token, "x")
        assert vault.ask("POST", "auth/token/renew-self", {}, token=token).status == 403
        login.suspend(disabled=False)
        assert vault.bot.read(token, vault.data("ours/one")).version == 1

    def test_by_deleting_the_entity_ends_its_tokens_for_good(self, vault: Server, login: Login) -> None:
        token = login.token()
        vault.operator.delete_entity(login.name)
        with pytest.raises(PermissionDenied):
            vault.bot.read(token, vault.data("ours/one"))
        again = vault.bot.token_info(login.token())
        assert again.entity_id not in {"", login.entity_id}


class TestHealth:
    def test_says_that_all_is_well(self, vault: Server) -> None:
        for door in (vault.bot, vault.operator):
            health = door.health()
            assert (health.initialized, health.sealed, health.standby) == (True, False, False)
            assert health.version

    def test_of_a_sealed_vault_is_still_told(self, sealed_vault: Server) -> None:
        for door in (sealed_vault.bot, sealed_vault.operator):
            assert (door.health().initialized, door.health().sealed) == (True, True)

    def test_nothing_else_is(self, sealed_vault: Server) -> None:
        for ask in (
            lambda: sealed_vault.bot.log_in("approle", Redacted("r"), Redacted("s")),
            lambda: sealed_vault.bot.token_info(sealed_vault.root),
            lambda: sealed_vault.bot.wrapping_info(NOBODY),
            lambda: sealed_vault.bot.unwrap_secret_id(NOBODY),
            sealed_vault.operator.policies,
            lambda: sealed_vault.operator.mount("binance"),
        ):
            with pytest.raises(VaultUnavailable, match="sealed"):
                ask()
