"""What an operator may rely on, the same on FakeVault and on real servers: mounts, policies, secrets, bots."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

import pytest

from vault_binance.errors import (
    LoginRefused,
    PermissionDenied,
    SecretNotFound,
    VaultBinanceError,
    WriteConflict,
)
from vault_binance.redacted import Redacted
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.certificates import new_certificate
from vault_binance.vault.operator_port import KvConfig

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.conftest import Server

POLICY = '# Umlaut: ä\n\npath "a/*" {\n\tcapabilities = ["read"] # no more\n}\n\n'


class TestMounts:
    def test_are_none_where_there_are_none(self, vault: Server) -> None:
        assert vault.operator.mount(vault.name) is None
        assert vault.operator.auth_mount(vault.name) is None

    def test_of_kv_tell_kind_version_and_description(self, vault: Server) -> None:
        vault.operator.enable_kv(vault.name, "ours, 1")
        mount = vault.operator.mount(vault.name)
        assert mount
        assert (mount.path, mount.kind, mount.version, mount.description) == (vault.name, "kv", "2", "ours, 1")
        assert mount.accessor.startswith("kv_")
        vault.operator.describe_mount(vault.name, "ours, 2")
        described = vault.operator.mount(vault.name)
        assert described
        assert (described.description, described.accessor) == ("ours, 2", mount.accessor)

    def test_of_auth_tell_kind_and_description(self, vault: Server) -> None:
        vault.operator.enable_auth(vault.name, "approle", "ours, 1")
        vault.operator.describe_auth_mount(vault.name, "ours, 2")
        mount = vault.operator.auth_mount(vault.name)
        assert mount
        assert (mount.path, mount.kind, mount.description) == (vault.name, "approle", "ours, 2")

    def test_are_not_made_twice(self, vault: Server) -> None:
        operator = vault.kv()
        operator.enable_auth(vault.name, "approle", "")
        before = operator.mount(vault.name), operator.auth_mount(vault.name)
        with pytest.raises(VaultBinanceError):
            operator.enable_kv(vault.name, "again")
        with pytest.raises(VaultBinanceError):
            operator.enable_auth(vault.name, "approle", "again")
        assert (operator.mount(vault.name), operator.auth_mount(vault.name)) == before

    def test_keep_how_kv_is_configured(self, vault: Server) -> None:
        operator = vault.kv()
        assert operator.kv_config(vault.name) == KvConfig(cas_required=False, max_versions=0)
        operator.configure_kv(vault.name, KvConfig(cas_required=True, max_versions=7))
        assert operator.kv_config(vault.name) == KvConfig(cas_required=True, max_versions=7)

    def test_for_auth_are_made_by_the_line_that_a_refusal_says_it_needs(self, vault: Server) -> None:
        nobody = HvacVault(vault.sends, vault.token('path "x" { capabilities = ["read"] }'))
        with pytest.raises(PermissionDenied) as denied:
            nobody.enable_auth(vault.name, "approle", "")
        granted = vault.token(denied.value.hint.partition("It needs:  ")[2])
        HvacVault(vault.sends, granted).enable_auth(vault.name, "approle", "")

    def test_for_auth_need_sudo(self, vault: Server) -> None:
        plain = vault.token(f'path "sys/auth/{vault.name}" {{ capabilities = ["read", "update"] }}')
        with pytest.raises(PermissionDenied):
            HvacVault(vault.sends, plain).enable_auth(vault.name, "approle", "")
        sudo = vault.token(f'path "sys/auth/{vault.name}" {{ capabilities = ["read", "update", "sudo"] }}')
        HvacVault(vault.sends, sudo).enable_auth(vault.name, "approle", "")

    def test_of_transit_tell_kind_and_description(self, vault: Server) -> None:
        vault.operator.enable_transit(vault.name, "ours, 1")
        mount = vault.operator.mount(vault.name)
        assert mount
        assert (mount.kind, mount.version, mount.description) == ("transit", "", "ours, 1")
        assert (mount.default_lease_ttl, mount.max_lease_ttl) == (0, 0)

    def test_of_auth_have_limits_that_a_description_leaves_alone(self, vault: Server) -> None:
        operator = vault.operator
        operator.enable_auth(vault.name, "approle", "ours, 1")
        operator.tune_auth_mount(vault.name, default_lease_ttl=900, max_lease_ttl=86400)
        operator.describe_auth_mount(vault.name, "ours, 2")
        mount = operator.auth_mount(vault.name)
        assert mount
        assert (mount.description, mount.default_lease_ttl, mount.max_lease_ttl) == ("ours, 2", 900, 86400)

    def test_audit_devices_are_made_once(self, vault: Server, tmp_path: Path) -> None:
        """And writing to a file is what they do; it is away again before another test's server could miss it."""
        options = {"file_path": str(tmp_path / "audit.log")}
        assert vault.operator.enable_audit(vault.name, "file", options) is True
        assert f"{vault.name}/" in vault.operator.audit_devices()
        assert vault.operator.enable_audit(vault.name, "file", options) is False
        vault.made("DELETE", f"sys/audit/{vault.name}")

    def test_audit_devices_are_listed(self, vault: Server) -> None:
        assert all(device.endswith("/") for device in vault.operator.audit_devices())


class TestPolicies:
    def test_come_back_as_they_were_written(self, vault: Server) -> None:
        assert vault.operator.policy(vault.name) is None
        vault.operator.write_policy(vault.name, POLICY)
        assert vault.operator.policy(vault.name) == POLICY
        assert {"default", "root", vault.name} <= set(vault.operator.policies())

    def test_that_make_no_sense_are_refused(self, vault: Server) -> None:
        for text in ('path "a" { capabilities = ["fly"] }', 'path "a" { nope = 1 }', "path", ""):
            with pytest.raises(VaultBinanceError):
                vault.operator.write_policy(vault.name, text)
        assert vault.operator.policy(vault.name) is None

    def test_that_are_missing_are_named_in_the_hint(self, vault: Server) -> None:
        vault.kv()
        nobody = HvacVault(vault.sends, vault.token('path "x" { capabilities = ["read"] }'))
        with pytest.raises(PermissionDenied) as denied:
            nobody.list_secrets(vault.name, "ours")
        assert f'path "{vault.name}/metadata/ours" {{ capabilities = ["list"] }}' in denied.value.hint

    def test_are_asked_what_they_allow_oneself_and_whose_accessor_one_knows(self, vault: Server) -> None:
        lookup = 'path "auth/token/lookup-self" { capabilities = ["read"] }'
        token = vault.token(f'path "{vault.name}/+" {{ capabilities = ["read", "list"] }} {lookup}')
        accessor = vault.ask("GET", "auth/token/lookup-self", token=token).body["data"]["accessor"]
        paths = [f"{vault.name}/a", f"{vault.name}/a/", "data"]
        found = dict.fromkeys(paths[:2], ("list", "read")) | {"data": ("deny",)}
        assert vault.operator.capabilities(paths, accessor=accessor) == found
        assert vault.operator.capabilities(paths) == dict.fromkeys(paths, ("root",))
        with pytest.raises(SecretNotFound, match="no token"):
            vault.operator.capabilities(paths, accessor="none")

    def test_do_not_let_everybody_ask_about_others(self, vault: Server) -> None:
        nobody = HvacVault(vault.sends, vault.token('path "sys/capabilities-self" { capabilities = ["update"] }'))
        assert nobody.capabilities(["a"]) == {"a": ("deny",)}
        with pytest.raises(PermissionDenied):
            nobody.capabilities(["a"], accessor="none")


class TestSecrets:
    def test_are_written_version_after_version(self, vault: Server) -> None:
        operator = vault.kv()
        assert operator.write_secret(vault.name, "ours/one", {"api_key": "k1"}, cas=0) == 1
        assert operator.write_secret(vault.name, "ours/one", {"api_key": "k2"}, cas=1) == 2
        assert operator.read_secret(vault.name, "ours/one").fields == {"api_key": Redacted("k2")}
        assert operator.read_secret(vault.name, "ours/one", version=1).fields == {"api_key": Redacted("k1")}
        with pytest.raises(SecretNotFound):
            operator.read_secret(vault.name, "ours/none")

    def test_are_not_overwritten_by_who_comes_second(self, vault: Server) -> None:
        operator = vault.kv()
        operator.write_secret(vault.name, "one", {"api_key": "theirs"}, cas=0)
        for cas in (0, 7):
            with pytest.raises(WriteConflict, match="version 1"):
                operator.write_secret(vault.name, "one", {"api_key": "ours"}, cas=cas)
        with pytest.raises(VaultBinanceError):
            operator.write_secret(vault.name, "none", {"api_key": "ours"}, cas=1)
        assert operator.read_secret(vault.name, "one").fields == {"api_key": Redacted("theirs")}

    def test_cannot_be_written_without_check_and_set_where_it_is_required(self, vault: Server) -> None:
        vault.kv().configure_kv(vault.name, KvConfig(cas_required=True, max_versions=0))
        assert vault.ask("POST", f"{vault.name}/data/one", {"data": {"a": "b"}}).status == 400
        assert vault.operator.secret_metadata(vault.name, "one") is None

    def test_are_listed_by_folder(self, vault: Server) -> None:
        operator = vault.kv()
        assert operator.list_secrets(vault.name, "") == operator.list_secrets(vault.name, "ours") == ()
        for path in ("ours/one", "ours/deep/two", "three"):
            operator.write_secret(vault.name, path, {"a": "b"}, cas=0)
        assert list(operator.list_secrets(vault.name, "")) == ["ours/", "three"]
        assert list(operator.list_secrets(vault.name, "ours")) == ["deep/", "one"]
        assert list(operator.list_secrets(vault.name, "ours/one")) == []

    def test_have_a_history_that_says_who(self, vault: Server) -> None:
        vault.kv()
        grants = f'path "{vault.name}/*" {{ capabilities = ["create", "update", "delete", "read"] }}'
        login = vault.login(grants)
        bot = HvacVault(vault.sends, login.token())
        bot.write_secret(vault.name, "one", {"a": "1"}, cas=0)
        vault.operator.write_secret(vault.name, "one", {"a": "2"}, cas=1)
        bot.delete_versions(vault.name, "one", [2])
        history = vault.operator.secret_metadata(vault.name, "one")
        assert history
        assert history.current_version == 2
        first, second = history.versions
        assert (first.version, first.created_by, first.deleted, first.deleted_by) == (1, login.entity_id, "", "")
        assert (second.version, second.deleted_by, second.destroyed) == (2, login.entity_id, False)
        assert second.created_by in {"root", "token"}
        assert first.created.endswith("Z")
        assert second.deleted.endswith("Z")

    def test_have_metadata_that_is_merged(self, vault: Server) -> None:
        operator = vault.kv()
        assert operator.secret_metadata(vault.name, "one") is None
        with pytest.raises(SecretNotFound):
            operator.merge_custom_metadata(vault.name, "one", {"owner": "me"})
        operator.write_secret(vault.name, "one", {"a": "b"}, cas=0)
        operator.merge_custom_metadata(vault.name, "one", {"owner": "them", "purpose": "arbitrage"})
        operator.merge_custom_metadata(vault.name, "one", {"owner": "me"})
        found = operator.secret_metadata(vault.name, "one")
        assert found
        assert found.custom_metadata == {"owner": "me", "purpose": "arbitrage"}
        assert operator.read_secret(vault.name, "one").custom_metadata == found.custom_metadata
        with pytest.raises(VaultBinanceError):
            operator.merge_custom_metadata(vault.name, "one", {"owner": "x" * 513})

    def test_can_be_deleted_restored_and_destroyed(self, vault: Server) -> None:
        operator = vault.kv()
        operator.write_secret(vault.name, "one", {"a": "b"}, cas=0)
        operator.delete_versions(vault.name, "one", [1])
        with pytest.raises(SecretNotFound) as error:
            operator.read_secret(vault.name, "one")
        assert error.value.state == "deleted"
        operator.undelete_versions(vault.name, "one", [1])
        assert operator.read_secret(vault.name, "one").version == 1
        operator.destroy_versions(vault.name, "one", [1, 9])
        operator.undelete_versions(vault.name, "one", [1])
        with pytest.raises(SecretNotFound) as error:
            operator.read_secret(vault.name, "one")
        assert error.value.state == "destroyed"
        found = operator.secret_metadata(vault.name, "one")
        assert found
        assert found.versions[0].destroyed
        for change in (operator.delete_versions, operator.undelete_versions, operator.destroy_versions):
            change(vault.name, "none", [1])  # Vault does not mind

    def test_can_be_erased_with_all_that_is_known_of_them(self, vault: Server) -> None:
        operator = vault.kv()
        for version in range(2):
            operator.write_secret(vault.name, "pending/one", {"a": "b"}, cas=version)
        operator.write_secret(vault.name, "pending/two", {"a": "b"}, cas=0)
        for _ in range(2):
            operator.erase_secret(vault.name, "pending/one")
        assert operator.secret_metadata(vault.name, "pending/one") is None
        assert list(operator.list_secrets(vault.name, "pending")) == ["two"]
        with pytest.raises(SecretNotFound) as error:
            operator.read_secret(vault.name, "pending/one")
        assert error.value.state == "absent"
        assert operator.write_secret(vault.name, "pending/one", {"a": "anew"}, cas=0) == 1

    def test_are_erased_by_who_may_delete_their_metadata_alone(self, vault: Server) -> None:
        """What the writer's policy grants for keys that wait: to make one, to read it, to erase it."""
        vault.kv()
        grants = {"data": ("create", "read"), "metadata": ("read", "delete")}
        words = {place: ", ".join(f'"{word}"' for word in granted) for place, granted in grants.items()}
        stanzas = [f'path "{vault.name}/{place}/pending/+" {{ capabilities = [{words[place]}] }}' for place in words]
        writer = HvacVault(vault.sends, vault.token("\n".join(stanzas)))
        writer.write_secret(vault.name, "pending/one", {"a": "b"}, cas=0)
        with pytest.raises(PermissionDenied):
            writer.write_secret(vault.name, "pending/one", {"a": "c"}, cas=1)
        with pytest.raises(PermissionDenied):
            HvacVault(vault.sends, vault.token(stanzas[0])).erase_secret(vault.name, "pending/one")
        writer.erase_secret(vault.name, "pending/one")
        assert writer.secret_metadata(vault.name, "pending/one") is None

    def test_lose_their_oldest_versions(self, vault: Server) -> None:
        operator = vault.kv()
        operator.configure_kv(vault.name, KvConfig(cas_required=True, max_versions=2))
        for version in range(3):
            operator.write_secret(vault.name, "one", {"a": str(version)}, cas=version)
        found = operator.secret_metadata(vault.name, "one")
        assert found
        assert [version.version for version in found.versions] == [2, 3]
        with pytest.raises(SecretNotFound):
            operator.read_secret(vault.name, "one", version=1)

    def test_may_be_written_but_not_shortened_by_who_is_denied_those_parameters(self, vault: Server) -> None:
        vault.kv().write_secret(vault.name, "one", {"a": "b"}, cas=0)
        token = vault.token(
            f'path "{vault.name}/metadata/*" {{ capabilities = ["update", "patch"]\n'
            'denied_parameters = { "max_versions" = [] "cas_required" = [] "delete_version_after" = [] } }'
        )
        path = f"{vault.name}/metadata/one"
        for method in ("POST", "PATCH"):
            assert vault.ask(method, path, {"max_versions": 1}, token=token).status == 403
            assert vault.ask(method, path, {"custom_metadata": {"a": "b"}}, token=token).status == 204


class TestBots:
    def test_are_entities_that_writing_overwrites(self, vault: Server) -> None:
        operator = vault.operator
        assert operator.entity(vault.name) is None
        made = operator.write_entity(vault.name, metadata={"a": "1", "b": "2"}, disabled=False)
        assert (made.name, made.metadata, made.disabled) == (vault.name, {"a": "1", "b": "2"}, False)
        vault.made("POST", f"identity/entity/id/{made.id}", {"policies": ["foreign"]})
        written = operator.write_entity(vault.name, metadata={"c": "3"}, disabled=True)
        assert (written.id, written.metadata, written.disabled) == (made.id, {"c": "3"}, True)
        assert written.policies == ("foreign",)
        assert operator.write_entity(vault.name, disabled=False).metadata == {"c": "3"}
        assert operator.entity(vault.name.upper()) == operator.entity(vault.name)
        assert vault.name in operator.entities()

    @pytest.mark.parametrize("ending", ["?x", "\nx", "/../x", "/"])
    def test_are_read_under_every_name_that_vault_takes(self, vault: Server, ending: str) -> None:
        """A path cannot carry these names; whoever gave one would hide the entity, or stop whoever reads them all."""
        name = f"{vault.name}{ending}"
        vault.operator.write_entity(vault.name, metadata={"odd": "no"})
        vault.made("POST", "identity/entity", {"name": name, "metadata": {"odd": "yes"}})
        assert name in vault.operator.entities()
        found = vault.operator.entity(name)
        assert found is not None
        assert (found.name, found.metadata) == (name, {"odd": "yes"})

    def test_can_be_deleted_more_than_once(self, vault: Server) -> None:
        vault.operator.write_entity(vault.name, metadata={}, disabled=False)
        for _ in range(2):
            vault.operator.delete_entity(vault.name)
        assert vault.operator.entity(vault.name) is None

    def test_are_found_by_their_alias(self, vault: Server) -> None:
        login = vault.login()
        entity, mount = vault.operator.entity(login.name), vault.operator.auth_mount(vault.approle)
        assert entity
        assert mount
        (alias,) = entity.aliases
        assert (alias.name, alias.mount_accessor) == (login.role_id.reveal(), mount.accessor)
        with pytest.raises(VaultBinanceError):
            vault.operator.add_alias(entity.id, "a second one", mount.accessor)
        with pytest.raises(VaultBinanceError):
            vault.operator.add_alias(entity.id, "elsewhere", "auth_approle_none")
        with pytest.raises(VaultBinanceError):
            vault.operator.add_alias("nobody", "of nobody", mount.accessor)

    def test_take_their_alias_along_to_another_entity(self, vault: Server) -> None:
        login, other = vault.login(), vault.operator.write_entity(f"{vault.name}-other", metadata={}, disabled=False)
        mount = vault.operator.auth_mount(vault.approle)
        assert mount
        vault.operator.add_alias(other.id, login.role_id.reveal(), mount.accessor)
        assert vault.bot.token_info(login.token()).entity_id == other.id

    def test_have_a_role_that_drops_what_vault_does_not_know(self, vault: Server) -> None:
        operator = vault.operator
        operator.enable_auth(vault.approle, "approle", "")
        assert operator.roles(vault.approle) == ()
        assert operator.role(vault.approle, "one") is None
        with pytest.raises(SecretNotFound):
            operator.role_id(vault.approle, "one")
        settings = {"token_ttl": "15m", "token_max_ttl": 86400, "token_policies": ["b", "a"], "metadata": {"x": "y"}}
        operator.write_role(vault.approle, "one", settings)
        operator.write_role(vault.approle, "one", {"token_num_uses": 3, "secret_id_bound_cidrs": "127.0.0.0/8"})
        role = operator.role(vault.approle, "one")
        assert role
        assert "metadata" not in role
        assert (role["token_ttl"], role["token_max_ttl"], role["token_num_uses"]) == (900, 86400, 3)
        assert (role["token_policies"], role["secret_id_bound_cidrs"]) == (["b", "a"], ["127.0.0.0/8"])
        assert list(operator.roles(vault.approle)) == ["one"]
        for _ in range(2):
            operator.delete_role(vault.approle, "one")
        assert operator.role(vault.approle, "one") is None

    def test_get_a_wrapped_secret_id_with_the_handle_to_destroy_it(self, vault: Server) -> None:
        login, operator = vault.login(), vault.operator
        assert operator.secret_id_accessors(vault.approle, login.name) == ()
        wrapped = operator.wrapped_secret_id(vault.approle, login.name, wrap_ttl=60, settings={"ttl": "1h"})
        assert wrapped.creation_path == f"auth/{vault.approle}/role/{login.name}/secret-id"
        assert wrapped.ttl == 60
        assert list(operator.secret_id_accessors(vault.approle, login.name)) == [wrapped.accessor]
        secret_id = vault.bot.unwrap_secret_id(wrapped.token)
        operator.destroy_secret_id(vault.approle, login.name, wrapped.accessor)
        with pytest.raises(LoginRefused):
            login.with_secret(secret_id)

    def test_without_a_role_get_no_secret_id(self, vault: Server) -> None:
        vault.login()
        with pytest.raises(SecretNotFound):
            vault.operator.wrapped_secret_id(vault.approle, "none", wrap_ttl=60, settings={})
        assert vault.operator.secret_id_accessors(vault.approle, "none") == ()

    def test_cannot_have_a_secret_id_destroyed_that_they_never_had(self, vault: Server) -> None:
        login = vault.login()
        with pytest.raises(SecretNotFound):  # Vault itself answers 500
            vault.operator.destroy_secret_id(vault.approle, login.name, "none")


class TestCertificates:
    """What is pinned and read back; who is let in by it is test_enroll.py's."""

    PEM = new_certificate("one", days=1, now=datetime.now(UTC))[1].pem
    SETTINGS: ClassVar = {
        "certificate": PEM,
        "display_name": "one",
        "allowed_common_names": ["one"],
        "token_policies": ["b", "a"],
        "token_ttl": 900,
        "token_no_default_policy": True,
        "token_type": "service",
        "token_bound_cidrs": ["10.0.4.7/32", "10.1.0.0/16"],
    }

    def mounted(self, vault: Server) -> HvacVault:
        operator = vault.operator
        operator.enable_auth(f"{vault.name}-cert", "cert", "of a test")
        return operator

    def test_are_none_where_there_are_none(self, vault: Server) -> None:
        assert vault.operator.certificate_role(f"{vault.name}-cert", "one") is None
        assert self.mounted(vault).certificate_role(f"{vault.name}-cert", "one") is None

    def test_come_back_as_they_were_pinned(self, vault: Server) -> None:
        operator, mount = self.mounted(vault), f"{vault.name}-cert"
        operator.write_certificate_role(mount, "one", self.SETTINGS)
        role = operator.certificate_role(mount, "one")
        assert role
        assert {name: role[name] for name in self.SETTINGS} == {
            **self.SETTINGS,
            "token_bound_cidrs": ["10.0.4.7", "10.1.0.0/16"],
        }

    def test_written_in_part_keep_the_rest(self, vault: Server) -> None:
        operator, mount = self.mounted(vault), f"{vault.name}-cert"
        operator.write_certificate_role(mount, "one", self.SETTINGS)
        operator.write_certificate_role(mount, "one", {"token_bound_cidrs": []})
        role = operator.certificate_role(mount, "one")
        assert role
        assert (role["token_bound_cidrs"], role["token_ttl"], role["certificate"]) == ([], 900, self.PEM)

    def test_that_are_none_are_refused(self, vault: Server) -> None:
        operator, mount = self.mounted(vault), f"{vault.name}-cert"
        with pytest.raises(VaultBinanceError):
            operator.write_certificate_role(mount, "one", {"certificate": "no PEM"})
        assert operator.certificate_role(mount, "one") is None

    def test_can_be_ended_more_than_once(self, vault: Server) -> None:
        operator, mount = self.mounted(vault), f"{vault.name}-cert"
        operator.write_certificate_role(mount, "one", self.SETTINGS)
        for _ in range(2):
            operator.delete_certificate_role(mount, "one")
        assert operator.certificate_role(mount, "one") is None

    def test_are_seen_by_who_must_name_the_parameter_to_write_them(self, vault: Server) -> None:
        """Vault asks for required parameters at a read as well."""
        operator, mount = self.mounted(vault), f"{vault.name}-cert"
        operator.write_certificate_role(mount, "one", self.SETTINGS)
        token = vault.token(
            f'path "auth/{mount}/certs/one" {{ capabilities = ["read", "update"]\n'
            'required_parameters = ["allowed_common_names"]\n'
            'allowed_parameters = { "allowed_common_names" = ["one", ["one"]] } }'
        )
        bound = HvacVault(vault.sends, token)
        assert bound.certificate_role(mount, "one")
        assert vault.ask("GET", f"auth/{mount}/certs/one", token=token).status == 403
        bound.write_certificate_role(mount, "one", {"allowed_common_names": ["one"]})
        for settings in ({}, {"allowed_common_names": ["two"]}, {"allowed_common_names": ["one", "two"]}):
            with pytest.raises(PermissionDenied):
                bound.write_certificate_role(mount, "one", settings)


def test_an_operators_token_tells_about_itself(vault: Server) -> None:
    assert vault.operator.own_token().policies == ("root",)
    token = vault.token('path "auth/token/lookup-self" { capabilities = ["read"] }', ttl="1h", num_uses=5)
    info = HvacVault(vault.sends, token).own_token()
    assert (info.num_uses, info.renewable) == (4, True)
    assert 3590 <= info.ttl <= 3600
