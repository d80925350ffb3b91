"""People and their second factor in the Vault of forty teams: who notices, who is asked, who may give a role.

Rules of the file
- A role is given with exactly what `operator add --output-policy` prints, and never with root.
- Logins are Vault's own, asked for as Vault's command asks.
"""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.forty_teams import changed
from tests.contract.shell import interrupted
from tests.door import operator_door
from tests.people import KNOWN, PASSWORD, Phone, make_groups
from vault_binance.errors import PermissionDenied, WriteConflict
from vault_binance.layout import OPERATOR_ROLES, Layout
from vault_binance.ops import people
from vault_binance.ops.people import Login
from vault_binance.policy.text import parse_policy
from vault_binance.redacted import Redacted
from vault_binance.testing.provisioned import set_up
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.conftest import Server
    from tests.contract.forty_teams import FortyTeams, Snapshot
    from tests.contract.shell import Shell
    from vault_binance.vault.operator_port import OperatorVault

    Told = tuple[int, Mapping[str, Any]]


class Staff:
    """One instance, and people who log in at the userpass mount that forty teams share."""

    def __init__(self, shell: Shell, layout: Layout) -> None:
        self.shell, self.layout, self.teams = shell, layout, shell.teams

    def run(self, *words: str, token: str) -> Any:
        return self.shell.run(*words, token=token, layout=self.layout)

    def person(self) -> str:
        name = f"p{token_hex(4)}"
        self.teams.client.must("POST", f"auth/staff/users/{name}", KNOWN)
        return name

    def door(self, token: str = "") -> Any:
        return operator_door(self.teams.server, Redacted(token) if token else None)

    def log_in(self, name: str) -> Mapping[str, Any]:
        """What Vault answers to the password: a token, or what it asks for besides."""
        return self.teams.client.must("POST", f"auth/staff/login/{name}", {"password": PASSWORD}, token="")

    def validate(self, asked: Mapping[str, Any], code: str) -> Told:
        (constraint,) = asked["mfa_requirement"]["mfa_constraints"].values()
        payload = {constraint["any"][0]["id"]: [code]}
        body = {"mfa_request_id": asked["mfa_requirement"]["mfa_request_id"], "mfa_payload": payload}
        return self.teams.client.ask("POST", "sys/mfa/validate", body, token="")

    def add(self, name: str, *roles: str, phone: Phone, token: str = "") -> people.Addition:
        with self.door(token) as vault:
            login = Login(name, "staff")
            person, found = people.introduced(vault, self.layout, login), people.circle(vault, self.layout)
            return people.add(vault, self.layout, person, roles, prove=phone.scan, found=found)

    def remove(self, name: str, *roles: str, token: str = "") -> people.Removal:
        with self.door(token) as vault:
            person = people.known(vault, Login(name, "staff"))
            return people.remove(vault, self.layout, person, roles or OPERATOR_ROLES)

    def policy(self, name: str, role: str, *more: str) -> str:
        """What `--output-policy` prints."""
        token = self.teams.server.root_token.reveal()
        done = self.run("operator", "add", name, "--at", "staff", "--role", role, "--output-policy", *more, token=token)
        assert done.code == 0, done
        return str(done.out)

    def snapshot(self) -> Snapshot:
        """Of everything, without what a login of somebody else's changes by itself."""
        return self.teams.snapshot(self.layout)


@pytest.fixture(scope="module")
def layout(teams: FortyTeams) -> Layout:
    """An instance for all of them: each test has people of its own."""
    made = Layout(f"i{token_hex(4)}")
    with operator_door(teams.server) as vault:
        set_up(vault, made)
    return made


@pytest.fixture
def staff(shell: Shell, layout: Layout) -> Staff:
    return Staff(shell, layout)


def ours(staff: Staff) -> set[str]:
    """The paths in a snapshot that are this instance's people."""
    with staff.door() as vault:
        found = people.circle(vault, staff.layout)
        method = people.our_method(vault, staff.layout, ())
    return {f"identity/group/id/{group.id}" for group in found.groups.values()} | {
        f"identity/mfa/method/totp/{method.id}",
        f"identity/mfa/login-enforcement/{staff.layout.enforcement}",
    }


class TestAPersonWithARole:
    def test_is_asked_for_a_code_and_gets_our_policies_with_it(self, staff: Staff) -> None:
        name, phone = staff.person(), Phone()
        staff.add(name, "writer", phone=phone)

        asked = staff.log_in(name)
        assert (asked["client_token"], bool(asked["mfa_requirement"])) == ("", True)
        assert staff.validate(asked, phone.wrong())[0] == 403
        status, auth = staff.validate(asked, phone.next())
        assert (status, auth["identity_policies"]) == (200, [staff.layout.policy("writer")])
        assert auth["token_policies"] == ["default"]

    def test_has_each_code_taken_once(self, staff: Staff) -> None:
        name, phone = staff.person(), Phone()
        staff.add(name, "writer", phone=phone)
        code = phone.next()
        assert staff.validate(staff.log_in(name), code)[0] == 200
        assert staff.validate(staff.log_in(name), code)[0] == 403
        assert staff.validate(staff.log_in(name), phone.next())[0] == 200

    def test_keeps_the_authenticator_with_a_second_role(self, staff: Staff) -> None:
        name, phone = staff.person(), Phone()
        assert staff.add(name, "writer", phone=phone).enrolled
        assert not staff.add(name, "auditor", phone=Phone()).enrolled
        _, auth = staff.validate(staff.log_in(name), phone.next())
        assert {*auth["identity_policies"]} == {staff.layout.policy("writer"), staff.layout.policy("auditor")}

    def test_loses_it_at_once_with_a_live_token(self, staff: Staff) -> None:
        name, phone = staff.person(), Phone()
        staff.add(name, "auditor", phone=phone)
        _, auth = staff.validate(staff.log_in(name), phone.next())
        token = auth["client_token"]
        mount = f"sys/mounts/{staff.layout.kv_mount}"
        assert staff.teams.client.ask("GET", mount, token=token)[0] == 200

        done = staff.remove(name)

        assert (done.ended, done.left, done.forgotten) == (("auditor",), (), True)
        assert staff.teams.client.ask("GET", mount, token=token)[0] == 403
        assert staff.teams.client.ask("GET", "auth/token/lookup-self", token=token)[0] == 200
        assert staff.log_in(name)["client_token"]

    def test_who_has_lost_the_phone_is_removed_and_added_again(self, staff: Staff) -> None:
        name, old, new = staff.person(), Phone(), Phone()
        staff.add(name, "writer", phone=old)
        staff.remove(name)
        assert staff.add(name, "writer", phone=new).enrolled
        asked = staff.log_in(name)
        assert staff.validate(asked, old.next())[0] == 403
        assert staff.validate(asked, new.next())[0] == 200

    def test_who_keeps_another_role_keeps_the_second_factor(self, staff: Staff) -> None:
        name, phone = staff.person(), Phone()
        staff.add(name, "writer", "auditor", phone=phone)
        done = staff.remove(name, "writer")
        assert (done.ended, done.left, done.forgotten) == (("writer",), ("auditor",), False)
        _, auth = staff.validate(staff.log_in(name), phone.next())
        assert auth["identity_policies"] == [staff.layout.policy("auditor")]


class TestOthers:
    def test_are_as_they_were_and_log_in_without_a_code(self, staff: Staff) -> None:
        """The person has logged in before: nothing but our own groups changes, their entity neither."""
        name, colleague = staff.person(), staff.person()
        for one in (name, colleague):
            staff.log_in(one)
        policies = [staff.policy(name, role) for role in ("writer", "auditor")]
        token = staff.shell.holding("\n".join(policies))
        before = staff.snapshot()

        phone = Phone()
        staff.add(name, "writer", phone=phone, token=token)
        staff.add(name, "auditor", phone=phone, token=token)
        told = set(changed(before, staff.snapshot()))
        staff.remove(name, "writer", token=token)
        staff.remove(name, "auditor", token=token)

        with staff.door() as vault:
            entity = people.known(vault, Login(name, "staff")).id
        assert told - ours(staff) == {f"identity/entity/id/{entity}"}  # which groups it is in, and nothing else
        left = {path: told for path, told in changed(before, staff.snapshot()).items() if path not in ours(staff)}
        assert left == {}
        for one in ("team-01", "team-02"):
            assert staff.teams.client.must("POST", f"auth/staff/login/{one}", {"password": PASSWORD}, token="")[
                "client_token"
            ]
        assert staff.log_in(colleague)["client_token"]

    def test_of_the_persons_entity_only_its_groups_are_told_anew(self, staff: Staff) -> None:
        name = staff.person()
        staff.log_in(name)
        with staff.door() as vault:
            entity = people.known(vault, Login(name, "staff")).id
        path = f"identity/entity/id/{entity}"
        before = staff.teams.client.must("GET", path)
        staff.add(name, "writer", phone=Phone())
        after = staff.teams.client.must("GET", path)
        differs = {field for field in before if before[field] != after[field]}
        assert differs == {"direct_group_ids", "group_ids"}

    def test_a_bot_is_no_person(self, staff: Staff) -> None:
        with staff.door() as vault:
            mark = {"managed_by": staff.layout.managed_by, "binance_bot": "mm-1"}
            entity = vault.write_entity(staff.layout.entity("mm-1"), metadata=mark)
        root = staff.teams.server.root_token.reveal()
        done = staff.run("operator", "add", "--entity", entity.id, "--role", "writer", token=root)
        assert (done.code, "is a bot, not a person" in done.err) == (22, True)


class TestCutAtAnyWrite:
    """Before a write leaves, or after Vault has done it: run again, it finishes; and nobody is in without a code."""

    @pytest.mark.parametrize("arrives", [False, True])
    def test_giving_a_role(self, staff: Staff, monkeypatch: pytest.MonkeyPatch, arrives: bool) -> None:
        for number in range(20):
            name, phone = staff.person(), Phone()
            with monkeypatch.context() as patch:
                patch.setattr(Wire, "send", interrupted(number, arrives=arrives))
                try:
                    staff.add(name, "writer", "auditor", phone=phone)
                except KeyboardInterrupt:
                    pass
                else:
                    break
            asked = staff.log_in(name)
            if not asked["client_token"]:
                assert staff.validate(asked, phone.next())[0] == 200, number
            again = Phone()
            if staff.add(name, "writer", "auditor", phone=again).enrolled:
                phone = again
            _, auth = staff.validate(staff.log_in(name), phone.next())
            assert {*auth["identity_policies"]} == {*map(staff.layout.policy, ("writer", "auditor"))}, number
        assert 6 <= number < 19

    def test_taking_it(self, staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(20):
            name = staff.person()
            staff.add(name, "writer", phone=Phone())
            with monkeypatch.context() as patch:
                patch.setattr(Wire, "send", interrupted(number, arrives=True))
                try:
                    staff.remove(name)
                except KeyboardInterrupt:
                    pass
                else:
                    break
            assert not staff.remove(name).left
            assert staff.log_in(name)["client_token"]
        assert 2 <= number < 19


class TestThePrintedPolicy:
    def test_is_enough_to_give_and_take_a_role(self, staff: Staff) -> None:
        name, phone = staff.person(), Phone()
        staff.log_in(name)
        token = staff.shell.holding(staff.policy(name, "provisioner"))
        assert staff.add(name, "provisioner", phone=phone, token=token).enrolled
        assert not staff.add(name, "provisioner", phone=phone, token=token).enrolled
        assert staff.remove(name, "provisioner", token=token).forgotten

    def test_makes_the_entity_first_for_who_has_never_logged_in(self, staff: Staff) -> None:
        name, phone = staff.person(), Phone()
        token = staff.shell.holding(staff.policy(name, "writer"))
        with pytest.raises(PermissionDenied):
            staff.add(name, "writer", phone=phone, token=token)
        assert staff.add(name, "writer", phone=phone, token=staff.shell.holding(staff.policy(name, "writer"))).enrolled
        _, auth = staff.validate(staff.log_in(name), phone.next())
        assert auth["identity_policies"] == [staff.layout.policy("writer")]

    def test_is_for_nobody_else_and_no_other_role(self, staff: Staff) -> None:
        name, other = staff.person(), staff.person()
        for one in (name, other):
            staff.log_in(one)
        with staff.door() as vault:
            method = people.our_method(vault, staff.layout, ()).id
            mine, theirs = (people.known(vault, Login(one, "staff")) for one in (name, other))
            accessor = theirs.aliases[0].mount_accessor
        token = staff.shell.holding(staff.policy(name, "writer"))
        writer, auditor = (f"identity/group/name/{staff.layout.group(role)}" for role in ("writer", "auditor"))
        totp, alias = "identity/mfa/method/totp", "identity/entity-alias"
        for path, body in (
            (auditor, {"member_entity_ids": [mine.id]}),
            (writer, {"member_entity_ids": [mine.id], "policies": ["root"]}),
            (writer, {"metadata": {}}),
            (writer, {"name": "x"}),
            (f"{totp}/admin-generate", {"method_id": method, "entity_id": theirs.id}),
            (f"{totp}/admin-destroy", {"method_id": method, "entity_id": theirs.id}),
            (f"{totp}/admin-destroy", {"method_id": "none", "entity_id": mine.id}),
            (f"{totp}/admin-generate", {}),
            (f"{totp}/{method}", {"issuer": "x"}),
            (f"identity/mfa/login-enforcement/{staff.layout.enforcement}", {"mfa_method_ids": [method]}),
            (alias, {"name": other, "mount_accessor": accessor}),
            (alias, {"name": name, "mount_accessor": accessor, "canonical_id": theirs.id}),
            (alias, {"name": name, "mount_accessor": accessor, "entity_id": theirs.id}),
            (alias, {"name": name, "mount_accessor": accessor, "id": theirs.aliases[0].id}),
            (alias, {"name": "", "mount_accessor": accessor}),
            ("identity/entity", {"id": mine.id, "policies": ["root"]}),
            (f"identity/entity/id/{mine.id}", {"policies": ["root"]}),
            ("identity/lookup/entity", {"id": theirs.id}),
            ("identity/lookup/entity", {"alias_name": other, "alias_mount_accessor": accessor}),
            ("identity/lookup/entity", {"name": theirs.name}),
        ):
            assert staff.teams.client.ask("POST", path, body, token=token)[0] == 403, (path, body)
        for path in (f"identity/entity/id/{theirs.id}", "identity/group/name/team-01-people", "sys/auth"):
            assert staff.teams.client.ask("GET", path, token=token)[0] == 403, path

    def test_has_nothing_that_is_not_needed(self, staff: Staff) -> None:
        """Each rule of it taken away, something of giving or taking the role is refused."""
        name = staff.person()
        staff.log_in(name)
        text = staff.policy(name, "writer")
        paths = [rule.path for rule in parse_policy("printed", text).rules]
        needless = {"identity/entity-alias", "auth/staff/role/no-such-role"}  # of who never logged in; of a provider
        for path in {*paths} - needless:
            token = staff.shell.holding(without_rule(text, path))
            with pytest.raises(PermissionDenied):
                staff.add(name, "writer", phone=Phone(), token=token)

    def test_does_not_carry_a_name_that_could_be_policy(self, staff: Staff) -> None:
        root = staff.teams.server.root_token.reveal()
        for name in ('a"', "a*", "+", "a,b", "${x}"):
            done = staff.run(
                "operator", "add", name, "--at", "staff", "--role", "writer", "--output-policy", token=root
            )
            assert (done.code, done.out) == (10, ""), name


def without_rule(text: str, path: str) -> str:
    """The policy without every stanza for a path."""
    stanzas = text.split('path "')[1:]
    return "".join(f'path "{stanza}' for stanza in stanzas if not stanza.startswith(f'{path}"'))


class TestAtTheSameTime:
    def test_two_admins_see_each_other(self, vault: Server) -> None:
        """Whoever writes second has written over the first one's list, and says so."""
        layout = Layout(f"i{token_hex(4)}")
        make_groups(vault.operator, layout)
        one, two = (vault.operator.write_entity(f"{vault.name}-{number}", metadata={}).id for number in (1, 2))
        group = layout.group("writer")

        class Meanwhile(HvacVault):
            def write_group(self, name: str, **given: Any) -> Any:
                vault.operator.write_group(name, members=[one])
                return super().write_group(name, **given)

        slow = Meanwhile(vault.sends, vault.root)
        person = vault.operator.entity_by_id(two)
        assert person
        with pytest.raises(WriteConflict, match="at the same time"):
            people.add(slow, layout, person, ["writer"], prove=lambda _: None, found=people.circle(slow, layout))
        found = vault.operator.group(group)
        assert found
        assert found.members == (two,)

    @pytest.mark.parametrize("roles", [["issuer"], ["writer"]])
    def test_issuer_goes_with_no_other(self, vault: Server, roles: list[str]) -> None:
        layout = Layout(f"i{token_hex(4)}")
        make_groups(vault.operator, layout)
        person = vault.operator.write_entity(f"{vault.name}-1", metadata={})
        had = {"issuer": "writer", "writer": "issuer"}[roles[0]]
        people.add(vault.operator, layout, person, [had], prove=lambda _: None, found=circle(vault.operator, layout))
        with pytest.raises(WriteConflict, match="would be one person's"):
            people.add(
                vault.operator, layout, person, roles, prove=lambda _: None, found=circle(vault.operator, layout)
            )
        assert circle(vault.operator, layout).roles(person.id) == (had,)


def circle(vault: OperatorVault, layout: Layout) -> people.Circle:
    return people.circle(vault, layout)
