"""What a bot may rely on, the same on FakeVault and on real servers: logins, wrapping, tokens and the kill switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vault_binance.errors import (
    ConfigError,
    LeaseEnded,
    LoginRefused,
    PermissionDenied,
    SecretNotFound,
    VaultBinanceError,
    VaultUnavailable,
    WrappedTokenInvalid,
)
from vault_binance.redacted import Redacted
from vault_binance.vault.port import KvPath, SecretLease

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
                vault.bot.log_in(vault.approle, {"role_id": role_id, "secret_id": secret_id})

    def test_at_a_mount_that_is_not_there_is_refused_as_a_wrong_one(self, vault: Server) -> None:
        with pytest.raises(LoginRefused):
            vault.bot.log_in(f"{vault.name}-none", {"role_id": "r", "secret_id": Redacted("s")})

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


class TestRenewing:
    def test_gives_the_same_token_its_whole_time_anew(self, vault: Server) -> None:
        login = vault.login(token_ttl=600)
        lease = login.with_secret(login.secret_id())
        vault.wait(1.1)
        assert vault.bot.token_info(lease.token).ttl < 600
        assert vault.bot.renew(lease.token) == lease, "the same token, accessor and policies, and 600 s from now"

    def test_gives_what_its_role_says_now(self, vault: Server) -> None:
        login = vault.login(token_ttl=600)
        token = login.token()
        for ttl in (20, 900):
            vault.operator.write_role(vault.approle, login.name, {"token_ttl": ttl})
            assert vault.bot.renew(token).ttl == ttl

    @pytest.mark.parametrize("limit", ["token_max_ttl", "token_explicit_max_ttl"])
    def test_near_the_maximum_gives_less_than_asked(self, vault: Server, limit: str) -> None:
        token = vault.login(token_ttl=30, **{limit: 30}).token()
        vault.wait(1.1)
        renewed = vault.bot.renew(token)
        assert renewed.renewable
        assert 27 <= renewed.ttl <= 29

    def test_past_the_maximum_says_to_log_in_again(self, vault: Server) -> None:
        login = vault.login(token_ttl=60, token_max_ttl=120)
        token = login.token()
        vault.operator.write_role(vault.approle, login.name, {"token_ttl": 1, "token_max_ttl": 1})
        vault.wait(1.1)
        assert_not_renewable(vault, token, status=500)
        assert vault.bot.token_info(token).ttl > 0, "it lives to its end"

    def test_without_its_role_says_to_log_in_again(self, vault: Server) -> None:
        login = vault.login()
        token = login.token()
        vault.operator.delete_role(vault.approle, login.name)
        assert_not_renewable(vault, token, status=500)
        assert vault.bot.token_info(token).ttl > 0, "it lives to its end"

    def test_of_what_is_not_renewable_says_to_log_in_again(self, vault: Server) -> None:
        token = vault.token('path "auth/token/*" { capabilities = ["update"] }', renewable=False, ttl="1h")
        assert_not_renewable(vault, token, status=400)
        assert_not_renewable(vault, vault.root, status=400)

    @pytest.mark.parametrize("kind", ["batch", "default-batch"])
    def test_of_a_batch_token_says_to_log_in_again_and_it_cannot_be_revoked_either(
        self, vault: Server, kind: str
    ) -> None:
        login = vault.login(token_ttl=60, token_type=kind)
        lease = login.with_secret(login.secret_id())
        assert (lease.ttl, lease.renewable, lease.accessor) == (60, False, "")
        assert vault.bot.token_info(lease.token).kind == "batch"
        assert_not_renewable(vault, lease.token, status=400)
        with pytest.raises(VaultBinanceError) as caught:
            vault.bot.revoke(lease.token)
        assert (type(caught.value), caught.value.transient) == (VaultBinanceError, False)
        assert vault.bot.token_info(lease.token).ttl > 0

    def test_of_what_has_ended_is_denied(self, vault: Server) -> None:
        token = vault.login().token()
        vault.bot.revoke(token)
        expired = vault.login(token_ttl=1, token_explicit_max_ttl=1).token()
        vault.wait(1.5)
        for gone in (token, expired, NOBODY):
            with pytest.raises(PermissionDenied):
                vault.bot.renew(gone)

    def test_while_suspended_is_denied(self, vault: Server, login: Login) -> None:
        token = login.token()
        login.suspend()
        with pytest.raises(PermissionDenied):
            vault.bot.renew(token)
        login.suspend(disabled=False)
        assert vault.bot.renew(token).ttl == 600

    def test_needs_a_policy_that_grants_it(self, vault: Server) -> None:
        login = vault.login('path "x" { capabilities = ["read"] }', token_no_default_policy=True)
        with pytest.raises(PermissionDenied):
            vault.bot.renew(login.token())


def assert_not_renewable(vault: Server, token: Redacted, *, status: int) -> None:
    assert vault.ask("POST", "auth/token/renew-self", token=token).status == status
    with pytest.raises(LeaseEnded) as caught:
        vault.bot.renew(token)
    assert caught.value.reason == "not-renewable"
    assert caught.value.hint.endswith("log in again")


class TestSecretLeases:
    """On KV v1 with leased_passthrough, the one engine with renewable leases in every Vault; locate refuses it."""

    def lent(self, vault: Server, **values: str) -> tuple[KvPath, SecretLease]:
        options = {"version": "1", "leased_passthrough": "true"}
        vault.made("POST", f"sys/mounts/{vault.name}", {"type": "kv", "options": options})
        vault.made("POST", f"{vault.name}/deep/one", {"api_key": "k1", **values})
        path = KvPath(f"{vault.name}/deep/one", kv_version=1)
        secret = vault.bot.read(vault.root, path)
        assert secret.fields["api_key"] == Redacted("k1")
        assert secret.lease
        assert secret.lease.id.reveal().startswith(f"{path.data}/")
        return path, secret.lease

    def test_are_renewed_for_their_whole_time(self, vault: Server) -> None:
        _, lease = self.lent(vault, ttl="60s")
        assert (lease.ttl, lease.renewable) == (60, True)
        vault.wait(1.1)
        assert vault.bot.renew_secret(vault.root, lease.id) == lease

    def test_without_a_time_of_their_own_are_not_renewable(self, vault: Server) -> None:
        _, lease = self.lent(vault)
        assert (lease.ttl, lease.renewable) == (768 * 3600, False)
        self.assert_ended(vault, lease)

    def test_of_nothing_are_not_renewable(self, vault: Server) -> None:
        for name in (f"{vault.name}/deep/one/none", "none", ""):
            self.assert_ended(vault, SecretLease(Redacted(name), 1, renewable=True))

    def test_end_once_revoked_and_may_be_revoked_again(self, vault: Server) -> None:
        path, lease = self.lent(vault, ttl="60s")
        for _ in range(2):
            vault.bot.revoke_secret(vault.root, lease.id)
        self.assert_ended(vault, lease)
        assert vault.bot.read(vault.root, path).lease, "the secret itself is still there"

    def test_end_by_time(self, vault: Server) -> None:
        _, lease = self.lent(vault, ttl="1s")
        vault.wait(1.5)
        self.assert_ended(vault, lease)

    def test_end_with_the_secret_and_the_renewal_is_empty(self, vault: Server) -> None:
        path, lease = self.lent(vault, ttl="60s")
        vault.made("DELETE", path.data)
        assert vault.ask("PUT", "sys/leases/renew", {"lease_id": lease.id.reveal()}).status == 204
        self.assert_ended(vault, lease)

    def test_end_with_the_token_they_were_lent_to(self, vault: Server) -> None:
        path, _ = self.lent(vault, ttl="60s")
        token = vault.login(f'path "{path.data}" {{ capabilities = ["read"] }}').token()
        lease = vault.bot.read(token, path).lease
        assert lease
        vault.bot.revoke(token)
        vault.wait(0.3)
        self.assert_ended(vault, lease)

    def test_are_renewed_by_anybody_who_knows_the_id_and_revoked_by_whom_a_policy_lets(self, vault: Server) -> None:
        """Why locate refuses such a mount: the answer to this stranger carries the secret as it is now."""
        path, lease = self.lent(vault, ttl="60s")
        vault.made("POST", path.data, {"api_key": "k2", "ttl": "60s"})
        stranger = vault.login().token()
        with pytest.raises(PermissionDenied):
            vault.bot.read(stranger, path)
        answer = vault.ask("PUT", "sys/leases/renew", {"lease_id": lease.id.reveal()}, token=stranger)
        assert answer.body["data"]["api_key"] == "k2"
        assert vault.bot.renew_secret(stranger, lease.id) == lease, "our door hands on the lease alone"
        with pytest.raises(PermissionDenied):
            vault.bot.revoke_secret(stranger, lease.id)

    def assert_ended(self, vault: Server, lease: SecretLease) -> None:
        with pytest.raises(LeaseEnded) as caught:
            vault.bot.renew_secret(vault.root, lease.id)
        assert caught.value.reason == "not-renewable"
        assert "read" in caught.value.hint

    def test_of_a_dynamic_engine_end_by_revoking_too(self, real: Server) -> None:
        """PKI gives leases by POST alone, so the door never makes one; it gives one back that somebody else made."""
        real.made("POST", f"sys/mounts/{real.name}", {"type": "pki"})
        ca = {"common_name": "ours", "key_type": "ec", "key_bits": 256}
        real.made("POST", f"{real.name}/root/generate/internal", ca)
        role = {"allow_any_name": True, "key_type": "ec", "key_bits": 256, "generate_lease": True, "ttl": "60s"}
        real.made("POST", f"{real.name}/roles/bot", role)
        made = real.made("POST", f"{real.name}/issue/bot", {"common_name": "bot"})
        lease_id = Redacted(made["lease_id"])
        self.assert_ended(real, SecretLease(lease_id, 60, renewable=False))
        assert real.ask("PUT", "sys/leases/lookup", {"lease_id": lease_id.reveal()}).status == 200
        real.bot.revoke_secret(real.root, lease_id)
        assert real.ask("PUT", "sys/leases/lookup", {"lease_id": lease_id.reveal()}).status == 400


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

    def test_knows_what_is_no_kv_mount(self, vault: Server, login: Login) -> None:
        """Of another engine the answer is read as it is; the identity engine is one that every Vault has."""
        token = login.token()
        own = f"identity/entity/id/{login.entity_id}"
        path = vault.bot.locate(token, own)
        assert path == KvPath(own, kv_version=0)
        secret = vault.bot.read(token, path)
        assert (secret.fields["name"], secret.version, secret.lease) == (Redacted(login.name), 0, None)
        assert secret.fields["disabled"] is False

    def test_refuses_a_mount_whose_leases_give_the_secret_away(self, vault: Server) -> None:
        options = {"version": "1", "leased_passthrough": "true"}
        vault.made("POST", f"sys/mounts/{vault.name}", {"type": "kv", "options": options})
        token = vault.login(f'path "{vault.name}/deep/*" {{ capabilities = ["read"] }}').token()
        with pytest.raises(ConfigError, match="whoever learns a lease id") as caught:
            vault.bot.locate(token, f"{vault.name}/deep/one")
        assert "KV v2" in caught.value.hint

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


class TestWriting:
    def test_is_a_check_and_set_on_the_version_before(self, vault: Server) -> None:
        vault.kv()
        token = vault.token(f'path "{vault.name}/data/reports/mm-1" {{ capabilities = ["create", "read", "update"] }}')
        path = vault.data("reports/mm-1")
        vault.bot.write(token, path.data, {"high": "1"}, 0)
        vault.bot.write(token, path.data, {"high": "0"}, 1)
        with pytest.raises(VaultBinanceError):
            vault.bot.write(token, path.data, {"high": "2"}, 1)
        found = vault.bot.read(token, path)
        assert (found.version, found.fields) == (2, {"high": Redacted("0")})

    def test_after_a_deletion_goes_on_from_the_version_that_was_deleted(self, vault: Server) -> None:
        operator = vault.kv()
        token = vault.token(f'path "{vault.name}/data/reports/mm-1" {{ capabilities = ["create", "read", "update"] }}')
        path = vault.data("reports/mm-1")
        vault.bot.write(token, path.data, {"high": "1"}, 0)
        operator.delete_versions(vault.name, "reports/mm-1", [1])
        with pytest.raises(SecretNotFound) as caught:
            vault.bot.read(token, path)
        assert (caught.value.state, caught.value.version) == ("deleted", 1)
        vault.bot.write(token, path.data, {"high": "0"}, caught.value.version)
        operator.destroy_versions(vault.name, "reports/mm-1", [2])
        with pytest.raises(SecretNotFound) as caught:
            vault.bot.read(token, path)
        assert (caught.value.state, caught.value.version) == ("destroyed", 2)

    def test_is_denied_without_a_policy(self, vault: Server) -> None:
        vault.kv()
        token = vault.token('path "x" { capabilities = ["read"] }')
        with pytest.raises(PermissionDenied):
            vault.bot.write(token, vault.data("reports/mm-1").data, {"high": "1"}, 0)


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
            lambda: sealed_vault.bot.log_in("approle", {"role_id": "r", "secret_id": Redacted("s")}),
            lambda: sealed_vault.bot.token_info(sealed_vault.root),
            lambda: sealed_vault.bot.wrapping_info(NOBODY),
            lambda: sealed_vault.bot.unwrap_secret_id(NOBODY),
            sealed_vault.operator.policies,
            lambda: sealed_vault.operator.mount("binance"),
        ):
            with pytest.raises(VaultUnavailable, match="sealed"):
                ask()
