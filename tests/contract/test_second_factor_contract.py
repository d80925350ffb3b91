"""People's groups and their second factor, the same on FakeVault and on real servers; who is asked, on real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.contract.platforms import AUDIENCE, Provider
from vault_binance.errors import PermissionDenied, VaultBinanceError
from vault_binance.redacted import Redacted
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.operator_port import Enforcement, TotpMethod

if TYPE_CHECKING:
    from tests.contract.conftest import Server


def an_entity(vault: Server, name: str = "one") -> str:
    return vault.operator.write_entity(f"{vault.name}-{name}", metadata={}).id


class TestGroups:
    def test_are_none_where_there_are_none(self, vault: Server) -> None:
        assert vault.operator.group(vault.name) is None

    def test_come_back_as_they_were_written(self, vault: Server) -> None:
        made = vault.operator.write_group(vault.name, policies=["b", "a"], metadata={"managed_by": "us"})
        assert (made.name, {*made.policies}, made.metadata) == (vault.name, {"a", "b"}, {"managed_by": "us"})
        assert (made.members, made.groups, made.kind) == ((), (), "internal")
        assert vault.operator.group(vault.name) == made

    def test_written_in_part_keep_the_rest(self, vault: Server) -> None:
        operator, one = vault.operator, an_entity(vault)
        made = operator.write_group(vault.name, policies=["a"], metadata={"x": "y"})
        filled = operator.write_group(vault.name, members=[one])
        assert (filled.id, filled.policies, filled.metadata, filled.members) == (made.id, ("a",), {"x": "y"}, (one,))
        assert operator.write_group(vault.name, members=[]).members == ()

    def test_take_no_member_who_is_not_there(self, vault: Server) -> None:
        vault.operator.write_group(vault.name)
        with pytest.raises(VaultBinanceError):
            vault.operator.write_group(vault.name, members=["nobody"])
        group = vault.operator.group(vault.name)
        assert group
        assert group.members == ()

    def test_give_their_policies_to_a_live_token_and_take_them_back_at_once(self, vault: Server) -> None:
        login, operator = vault.login(), vault.operator
        vault.kv()
        policy = f'path "{vault.name}/config" {{ capabilities = ["read"] }}'
        operator.write_policy(vault.name, policy)
        operator.write_group(vault.name, policies=[vault.name])
        person = HvacVault(vault.sends, login.token())
        with pytest.raises(PermissionDenied):
            person.kv_config(vault.name)
        operator.write_group(vault.name, members=[login.entity_id])
        assert person.kv_config(vault.name)
        assert vault.name in person.own_token().policies
        operator.write_group(vault.name, members=[])
        with pytest.raises(PermissionDenied):
            person.kv_config(vault.name)
        assert person.own_token().ttl > 0

    def test_are_told_by_who_is_in_them(self, vault: Server) -> None:
        one = an_entity(vault)
        inner = vault.operator.write_group(f"{vault.name}-inner", members=[one])
        outer = {"member_group_ids": [inner.id]}
        vault.made("POST", f"identity/group/name/{vault.name}-outer", outer)
        group = vault.operator.group(f"{vault.name}-outer")
        assert group
        told = vault.made("GET", f"identity/entity/id/{one}")["data"]
        assert (told["direct_group_ids"], told["inherited_group_ids"]) == ([inner.id], [group.id])
        assert {*told["group_ids"]} == {inner.id, group.id}

    def test_forget_an_entity_that_is_deleted(self, vault: Server) -> None:
        one = an_entity(vault)
        vault.operator.write_group(vault.name, members=[one])
        vault.operator.delete_entity(f"{vault.name}-one")
        group = vault.operator.group(vault.name)
        assert group
        assert group.members == ()

    def test_are_found_in_any_case_and_renamed_by_a_write(self, vault: Server) -> None:
        made = vault.operator.write_group(vault.name)
        renamed = vault.operator.write_group(vault.name.upper())
        assert (renamed.id, renamed.name) == (made.id, vault.name.upper())
        assert vault.operator.group(vault.name) == renamed


class TestPeople:
    def test_are_found_by_login_and_by_id(self, vault: Server) -> None:
        login = vault.login()
        mount = vault.operator.auth_mount(vault.approle)
        assert mount
        found = vault.operator.entity_of_alias(login.role_id.reveal(), mount.accessor)
        assert found
        assert found.id == login.entity_id
        assert vault.operator.entity_by_id(login.entity_id) == found
        assert vault.operator.entity_of_alias("nobody", mount.accessor) is None
        assert vault.operator.entity_of_alias(login.role_id.reveal(), "auth_none_1") is None
        assert vault.operator.entity_by_id("nobody") is None

    def test_get_the_entity_that_their_first_login_would_make(self, vault: Server) -> None:
        operator = vault.operator
        operator.enable_auth(vault.approle, "approle", "")
        mount = operator.auth_mount(vault.approle)
        assert mount
        made = operator.make_entity_of_alias("alice", mount.accessor)
        assert [(alias.name, alias.mount_accessor) for alias in made.aliases] == [("alice", mount.accessor)]
        assert (dict(made.metadata), made.policies, made.disabled) == ({}, (), False)
        assert operator.make_entity_of_alias("alice", mount.accessor) == made

    def test_who_have_an_entity_keep_it_as_it_is(self, vault: Server) -> None:
        login = vault.login()
        operator = vault.operator
        mount, before = operator.auth_mount(vault.approle), operator.entity_by_id(login.entity_id)
        assert mount
        assert operator.make_entity_of_alias(login.role_id.reveal(), mount.accessor) == before

    def test_may_be_made_by_who_may_tie_that_login_to_nobody(self, vault: Server) -> None:
        """With no right to name an entity the alias cannot be moved to one."""
        vault.operator.enable_auth(vault.approle, "approle", "")
        mount, other = vault.operator.auth_mount(vault.approle), an_entity(vault)
        assert mount
        token = vault.token(
            'path "identity/lookup/entity" { capabilities = ["update"] }\n'
            'path "identity/entity-alias" { capabilities = ["update"]\n'
            f'allowed_parameters = {{ "name" = ["alice"], "mount_accessor" = ["{mount.accessor}"] }} }}'
        )
        HvacVault(vault.sends, token).make_entity_of_alias("alice", mount.accessor)
        for body in (
            {"name": "alice", "mount_accessor": mount.accessor, "canonical_id": other},
            {"name": "bob", "mount_accessor": mount.accessor},
        ):
            assert vault.ask("POST", "identity/entity-alias", body, token=token).status == 403


class TestTotp:
    def test_methods_come_back_as_they_were_made(self, vault: Server) -> None:
        made = vault.operator.make_totp_method(vault.name)
        assert made == TotpMethod(made.id, vault.name, "SHA1", 6, 30, key_size=20, skew=1, attempts=5)
        assert made.id in vault.operator.totp_methods()
        assert vault.operator.totp_method(made.id) == made
        assert vault.operator.totp_method("none") is None

    def test_enrolment_tells_the_secret_once(self, vault: Server) -> None:
        operator, one = vault.operator, an_entity(vault)
        method = operator.make_totp_method(vault.name)
        address = operator.enrol_totp(method.id, one)
        assert address
        parts = urlsplit(address.reveal())
        told = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", f"/{vault.name}:{one}")
        assert (told["issuer"], told["algorithm"], told["digits"], told["period"]) == (vault.name, "SHA1", "6", "30")
        assert len(told["secret"]) == 32
        assert operator.enrol_totp(method.id, one) is None

    def test_enrolment_begins_anew_once_forgotten(self, vault: Server) -> None:
        operator, one = vault.operator, an_entity(vault)
        method = operator.make_totp_method(vault.name)
        first = operator.enrol_totp(method.id, one)
        for _ in range(2):
            operator.forget_totp(method.id, one)
        second = operator.enrol_totp(method.id, one)
        assert first
        assert second
        assert first != second

    def test_enrolment_is_refused_for_nobody_and_for_no_method(self, vault: Server) -> None:
        operator, one = vault.operator, an_entity(vault)
        method = operator.make_totp_method(vault.name)
        for pair in ((method.id, "nobody"), ("none", one)):
            with pytest.raises(VaultBinanceError):
                operator.enrol_totp(*pair)
            with pytest.raises(VaultBinanceError):
                operator.forget_totp(*pair)


class TestEnforcement:
    def test_is_none_where_there_is_none(self, vault: Server) -> None:
        assert vault.operator.enforcement(vault.name) is None

    def test_comes_back_as_it_was_written(self, vault: Server) -> None:
        operator = vault.operator
        group, method = operator.write_group(vault.name), operator.make_totp_method(vault.name)
        for _ in range(2):
            operator.write_enforcement(vault.name, methods=[method.id], groups=[group.id])
        found = operator.enforcement(vault.name)
        assert found
        assert (found.name, found.methods, found.groups) == (vault.name, (method.id,), (group.id,))
        assert (found.entities, found.mount_accessors, found.mount_kinds) == ((), (), ())

    def test_written_by_our_door_asks_nobody_but_groups_whatever_it_asked_before(self, vault: Server) -> None:
        operator, path = vault.operator, f"identity/mfa/login-enforcement/{vault.name}"
        group, method = operator.write_group(vault.name), operator.make_totp_method(vault.name)
        entity = operator.write_entity(vault.name)
        lists = {"identity_group_ids": [group.id], "identity_entity_ids": [entity.id]}
        vault.made("POST", path, {"mfa_method_ids": [method.id], **lists})
        operator.write_enforcement(vault.name, methods=[method.id], groups=[group.id])
        assert operator.enforcement(vault.name) == Enforcement(vault.name, (method.id,), (group.id,))

    def test_is_ended_more_than_once(self, vault: Server) -> None:
        operator = vault.operator
        group, method = operator.write_group(vault.name), operator.make_totp_method(vault.name)
        operator.write_enforcement(vault.name, methods=[method.id], groups=[group.id])
        for _ in range(2):
            operator.delete_enforcement(vault.name)
        assert operator.enforcement(vault.name) is None

    def test_needs_a_method_and_a_group_that_are_there(self, vault: Server) -> None:
        operator = vault.operator
        group, method = operator.write_group(vault.name), operator.make_totp_method(vault.name)
        for methods, groups in ((["x"], [group.id]), ([method.id], ["x"])):
            with pytest.raises(VaultBinanceError):
                operator.write_enforcement(vault.name, methods=methods, groups=groups)
        for body in ({"mfa_method_ids": [method.id]}, {"identity_group_ids": [group.id]}):
            assert vault.ask("POST", f"identity/mfa/login-enforcement/{vault.name}", body).status == 400
        assert operator.enforcement(vault.name) is None

    def test_of_nobody_or_by_nothing_is_taken_all_the_same(self, vault: Server) -> None:
        """Vault asks only whether the lists were given."""
        operator = vault.operator
        group, method = operator.write_group(vault.name), operator.make_totp_method(vault.name)
        for methods, groups in (((), (group.id,)), ((method.id,), ())):
            operator.write_enforcement(vault.name, methods=methods, groups=groups)
            found = operator.enforcement(vault.name)
            assert found
            assert (found.methods, found.groups) == (methods, groups)

    def test_keeps_its_method_from_being_deleted(self, vault: Server) -> None:
        operator = vault.operator
        group, method = operator.write_group(vault.name), operator.make_totp_method(vault.name)
        operator.write_enforcement(vault.name, methods=[method.id], groups=[group.id])
        path = f"identity/mfa/method/totp/{method.id}"
        assert vault.ask("DELETE", path).status == 500
        vault.made("DELETE", f"identity/mfa/login-enforcement/{vault.name}")
        vault.made("DELETE", path)
        assert operator.totp_method(method.id) is None


class TestWhoIsAsked:
    """On a real server: whose login an enforcement by group holds up."""

    def enforced(self, vault: Server) -> str:
        """The accessor of a mount with the users alice and bob, in nobody's group yet."""
        make, operator = vault.made, vault.operator
        make("POST", f"sys/auth/{vault.name}", {"type": "userpass"})
        for person in ("alice", "bob"):
            make("POST", f"auth/{vault.name}/users/{person}", {"password": f"p-{person}"})
        group, method = operator.write_group(vault.name), operator.make_totp_method(vault.name)
        operator.write_enforcement(vault.name, methods=[method.id], groups=[group.id])
        return str(make("GET", f"sys/auth/{vault.name}")["data"]["accessor"])

    def is_asked(self, vault: Server, person: str) -> bool:
        body = {"password": f"p-{person}"}
        auth = vault.sends.send("POST", f"auth/{vault.name}/login/{person}", body=body).body["auth"]
        return bool(auth["mfa_requirement"]) and not auth["client_token"]

    def test_members_and_nobody_else(self, real: Server) -> None:
        accessor = self.enforced(real)
        assert not self.is_asked(real, "alice")
        alice = real.operator.entity_of_alias("alice", accessor)
        assert alice
        real.operator.write_group(real.name, members=[alice.id])
        assert self.is_asked(real, "alice")
        assert not self.is_asked(real, "bob")
        real.operator.write_group(real.name, members=[])
        assert not self.is_asked(real, "alice")

    def test_members_of_a_group_within(self, real: Server) -> None:
        alice = real.operator.make_entity_of_alias("alice", self.enforced(real))
        inner = real.operator.write_group(f"{real.name}-inner", members=[alice.id])
        real.made("POST", f"identity/group/name/{real.name}", {"member_group_ids": [inner.id]})
        assert self.is_asked(real, "alice")
        assert not self.is_asked(real, "bob")

    def test_who_is_asked_without_being_enrolled_is_locked_out(self, real: Server) -> None:
        alice = real.operator.make_entity_of_alias("alice", self.enforced(real))
        real.operator.write_group(real.name, members=[alice.id])
        login = real.sends.send("POST", f"auth/{real.name}/login/alice", body={"password": "p-alice"})
        asked = login.body["auth"]["mfa_requirement"]
        (method,) = asked["mfa_constraints"][real.name]["any"]
        assert method["uses_passcode"]
        body = {"mfa_request_id": asked["mfa_request_id"], "mfa_payload": {method["id"]: ["123456"]}}
        assert real.sends.send("POST", "sys/mfa/validate", body=body, token=Redacted("")).status == 403

    def test_members_by_a_claim_of_the_identity_provider(self, real: Server) -> None:
        """An external group has whom the provider says, once it is within ours or enforced itself."""
        provider, make = Provider(), real.made
        self.enforced(real)
        make("POST", f"sys/auth/{real.name}-jwt", {"type": "jwt"})
        make("POST", f"auth/{real.name}-jwt/config", {"jwt_validation_pubkeys": [provider.public_pem]})
        role = {"role_type": "jwt", "user_claim": "sub", "groups_claim": "groups", "bound_audiences": [AUDIENCE]}
        make("POST", f"auth/{real.name}-jwt/role/staff", role)
        outer = make("POST", "identity/group", {"name": f"{real.name}-desk", "type": "external"})["data"]["id"]
        accessor = make("GET", f"sys/auth/{real.name}-jwt")["data"]["accessor"]
        make("POST", "identity/group-alias", {"name": "desk", "mount_accessor": accessor, "canonical_id": outer})

        def is_asked(*groups: str) -> bool:
            body = {"role": "staff", "jwt": provider.jwt("carol", groups=[*groups])}
            auth = real.sends.send("POST", f"auth/{real.name}-jwt/login", body=body).body["auth"]
            return bool(auth["mfa_requirement"]) and not auth["client_token"]

        assert not is_asked("desk")
        make("POST", f"identity/group/name/{real.name}", {"member_group_ids": [outer]})
        assert is_asked("desk")
        assert not is_asked("others")
