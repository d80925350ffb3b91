"""`setup` and `policy apply` in a Vault that forty other teams use: 0 of theirs changes, whatever happens.

Rules of the file
- No command gets the root token: it gets what `setup --output-policy` prints and nothing more.
- Each test has an instance of its own.
"""

from __future__ import annotations

import json
import re
from operator import eq
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.forty_teams import FortyTeams, changed, forget, no_teams, public_key
from tests.contract.roles import stanzas, without
from tests.contract.shell import BINANCE, Shell, interrupted
from vault_binance.layout import OPERATOR_ROLES, POLICIES, Layout
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRITES = 19
"""Of one `setup`: 7 for mounts, 6 policies, 4 groups, a TOTP method and its enforcement."""
KV_V2 = {"type": "kv", "options": {"version": "2"}}


@pytest.fixture(scope="module")
def nobody(vault_binary) -> Iterator[FortyTeams]:
    """For a test that makes a hundred instances."""
    with no_teams(vault_binary) as empty:
        yield empty


@pytest.fixture
def layout(teams) -> Iterator[Layout]:
    made = Layout(f"binance_{token_hex(4)}")
    yield made
    forget(teams, made)


@pytest.fixture
def many(teams) -> Iterator[Callable[[int], list[Layout]]]:
    """So many of them: for cases that one pair of snapshots is enough for."""
    made: list[Layout] = []

    def make(number: int) -> list[Layout]:
        made.extend(Layout(f"binance_{token_hex(4)}") for _ in range(number))
        return made

    yield make
    for one in made:
        forget(teams, one)


class TestTheSnapshot:
    """A look that overlooks something proves nothing."""

    CHANGES: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("sys/mounts/team-01/tune", {"description": "changed"}, "mount team-01/ .*'changed'"),
        ("sys/mounts/team-02/tune", {"max_lease_ttl": "99h"}, "mount team-02/ .*356400"),
        ("sys/mounts/new", {"type": "kv"}, "mount new/ "),
        ("sys/auth/ci/tune", {"listing_visibility": "unauth"}, "auth ci .*'unauth'"),
        ("sys/auth/new", {"type": "userpass"}, "auth new "),
        ("sys/policies/acl/binance-desk", {"policy": "# changed"}, "sys/policies/acl/binance-desk .*# changed"),
        ("identity/entity/name/team-01", {"metadata": {"cost_centre": "other"}}, "identity/entity/.*'other'"),
        ("identity/entity/name/team-02", {"policies": ["team-03"]}, r"identity/entity/.*\['team-03'\]"),
        ("identity/entity/name/team-03", {"disabled": True}, "identity/entity/.*'disabled': True.*'team-03'"),
        ("identity/entity/name/new", {}, "identity/entity/.*'new'"),
        ("identity/group/name/team-01-people", {"policies": ["team-02"]}, r"identity/group/.*\['team-02'\]"),
        ("auth/approle/role/team-01", {"token_ttl": "99h"}, "auth/approle/role/team-01 .*356400"),
        ("auth/approle/role/team-01/role-id", {"role_id": "changed"}, "auth/approle/role/team-01/role-id .*changed"),
        ("auth/approle/role/team-02/secret-id", {}, "auth/approle/role/team-02/secret-id "),
        ("auth/staff/users/team-01", {"token_policies": ["team-02"]}, "auth/staff/users/team-01 .*team-02"),
        ("auth/ci/config", {"jwks_url": "", "jwt_validation_pubkeys": [public_key()]}, "auth/ci/config "),
        (
            "auth/ci/role/deploy",
            {"role_type": "jwt", "user_claim": "sub", "bound_subject": "changed"},
            "auth/ci/role/deploy .*'changed'",
        ),
        ("auth/binance_cert/certs/hedger", {"display_name": "changed"}, "auth/binance_cert/certs/hedger .*changed"),
        ("auth/binance_cert/config", {"disable_binding": True}, "auth/binance_cert/config .*True"),
        ("team-01/credentials/market-maker-1", {"api_secret": "changed"}, "team-01/credentials/market-.*changed"),
        ("team-02/data/credentials/market-maker-1", {"data": {"api_secret": "changed"}}, "team-02/data/.*changed"),
        (
            "team-04/metadata/credentials/market-maker-1",
            {"custom_metadata": {"owner": "changed"}},
            "team-04/metadata/.*changed",
        ),
        ("team-02/config", {"cas_required": True}, "team-02/config .*True"),
        ("binance_old/delete/credentials/hedger", {"versions": [1]}, "binance_old/metadata/credentials/hedger "),
        ("transit/keys/payments/rotate", {}, "transit/keys/payments .*'latest_version': 2"),
        ("sys/quotas/rate-limit/team-01", {"rate": 3_000_000, "path": "team-01/"}, "sys/quotas/.*3000000"),
        ("identity/mfa/method/totp", {"issuer": "somebody"}, "identity/mfa/method/totp/.*'somebody'"),
        ("identity/group/name/binance-readers", {"policies": ["x"]}, "identity/group/.*'binance-readers'"),
        ("sys/audit/new", {"type": "file", "options": {"file_path": "/dev/null"}}, "audit new/ "),
    )

    def test_shows_every_change(self, teams):
        """And none where nothing was changed."""
        before = teams.snapshot(BINANCE)
        teams.client.must("POST", "sys/capabilities-self", {"paths": ["a"]})
        same = teams.snapshot(BINANCE)
        for path, body, _ in self.CHANGES:
            teams.client.must("POST", path, body)
        found = changed(before, teams.snapshot(BINANCE))

        assert changed(before, same) == {}
        shown = [f"{path} {after}" for path, (_, after) in found.items()]
        assert [way for *_, way in self.CHANGES if not any(re.match(way, one) for one in shown)] == []

    def test_shows_that_a_token_has_ended(self, teams):
        before = teams.snapshot(BINANCE)
        accessor = next(path for path in before if path.startswith("token ")).partition(" ")[2]

        teams.client.must("POST", "auth/token/revoke-accessor", {"accessor": accessor})

        assert changed(before, teams.snapshot(BINANCE)) != {}

    def test_sees_things_of_every_kind_and_no_error(self, teams):
        found = teams.snapshot(BINANCE)

        assert len(found) > 400
        assert [path for path, said in found.items() if "errors" in said and not path.startswith("token ")] == []


class TestSetup:
    def test_a_dry_run_changes_nothing_at_all(self, shell, layout):
        token = shell.as_setup(layout)
        before = shell.teams.snapshot()

        done = shell.run("setup", "--dry-run", token=token, layout=layout)

        assert (done.code, changed(before, shell.teams.snapshot())) == (0, {})
        assert "would enable" in done.out
        assert "nothing was changed" in done.err

    def test_it_makes_ours_and_leaves_theirs(self, shell, layout):
        token = shell.as_setup(layout)
        before = shell.teams.snapshot(layout)

        done = shell.run("setup", "--format", "json", token=token, layout=layout)

        assert (done.code, changed(before, shell.teams.snapshot(layout))) == (0, {})
        said = [(row["kind"], row["step"]) for row in done.rows()]
        assert {step for kind, step in said if kind == "audit device"} == {"unchanged"}
        made = [step for kind, step in said if kind != "audit device"]
        assert made == [*["enabled"] * 4, *["wrote"] * 10, "enabled", "wrote"]
        assert all(row["in_vault"] == "same" for row in self.policies(shell, layout))

    def test_once_more_it_changes_nothing_at_all(self, shell, layout):
        token = shell.as_setup(layout)
        shell.run("setup", token=token, layout=layout)
        before = shell.teams.snapshot()

        done = shell.run("setup", "--format", "json", token=token, layout=layout)

        assert (done.code, changed(before, shell.teams.snapshot())) == (0, {})
        assert {row["step"] for row in done.rows()} == {"unchanged"}

    @pytest.mark.parametrize("arrives", [False, True], ids=["before", "after"])
    def test_interrupted_at_any_write_it_is_finished_by_running_again(self, shell, monkeypatch, arrives):
        layouts = [Layout(f"cut_{token_hex(4)}") for _ in range(WRITES)]
        tokens = [shell.as_setup(layout) for layout in layouts]
        before = shell.teams.snapshot(*layouts)

        whole: list[Any] = []
        for number, (one, token) in enumerate(zip(layouts, tokens, strict=True)):
            with monkeypatch.context() as patch:
                patch.setattr(Wire, "send", interrupted(number, arrives=arrives))
                assert shell.run("setup", token=token, layout=one).code == 130
            assert shell.run("setup", token=token, layout=one).code == 0
            whole = whole or self.made(shell.teams, one)
            assert self.made(shell.teams, one) == whole, f"cut at write {number}"
            forget(shell.teams, one)

        assert changed(before, shell.teams.snapshot(*layouts)) == {}

    def made(self, teams: FortyTeams, layout: Layout) -> list[Any]:
        """What one instance is, without its name and its mounts' accessors."""
        get = teams.client.must
        policies = [get("GET", f"sys/policies/acl/{layout.policy(role)}")["policy"] for role in POLICIES]
        logins = [get("GET", f"sys/auth/{mount}") for mount in (layout.approle_mount, layout.cert_mount)]
        auth = [(one["type"], one["description"], one["config"]) for one in logins]
        transit = get("GET", f"sys/mounts/{layout.transit_mount}")
        groups = [get("GET", f"identity/group/name/{layout.group(role)}") for role in OPERATOR_ROLES]
        people = [(one["name"], one["policies"], one["metadata"], one["member_entity_ids"]) for one in groups]
        enforcement = get("GET", f"identity/mfa/login-enforcement/{layout.enforcement}")
        folder = "identity/mfa/method/totp"
        methods = teams.client.many("GET", [f"{folder}/{key}" for key in teams.client.keys(folder)])
        ours = [one["id"] for one in methods if one["issuer"] == layout.managed_by]
        assert enforcement["mfa_method_ids"] == ours
        assert set(enforcement["identity_group_ids"]) == {one["id"] for one in groups}
        said = [get("GET", f"{layout.kv_mount}/config"), transit["description"], *auth, *policies, *people]
        accessor = logins[0]["accessor"]
        return [str(one).replace(accessor, "ACCESSOR").replace(layout.instance, "NAME") for one in said]

    def policies(self, shell: Shell, layout: Layout) -> Any:
        token = shell.token(layout.policy("auditor"))
        return shell.run("policy", "list", "--format", "json", token=token, layout=layout).rows()


class TestNamesOfOthers:
    """What stands under one of our names without our mark."""

    def policy(self, _: Shell, layout: Layout) -> tuple[str, Any]:
        return f"sys/policies/acl/{layout.policy('reader')}", {"policy": "# of the desk"}

    def kv(self, _: Shell, layout: Layout) -> tuple[str, Any]:
        return f"sys/mounts/{layout.kv_mount}", KV_V2 | {"description": "of the desk"}

    def approle(self, _: Shell, layout: Layout) -> tuple[str, Any]:
        return f"sys/auth/{layout.approle_mount}", {"type": "approle"}

    def cert(self, _: Shell, layout: Layout) -> tuple[str, Any]:
        return f"sys/auth/{layout.cert_mount}", {"type": "cert", "description": "of the desk"}

    def other_instance(self, _: Shell, layout: Layout) -> tuple[str, Any]:
        return f"sys/mounts/{layout.kv_mount}", KV_V2 | {"description": "vault-binance/other structure 1"}

    def transit(self, _: Shell, layout: Layout) -> tuple[str, Any]:
        return f"sys/mounts/{layout.transit_mount}", {"type": "transit", "description": "of the desk"}

    def group(self, shell: Shell, layout: Layout) -> tuple[str, Any]:
        alice = shell.teams.client.must("POST", "identity/entity", {"metadata": {"team": "desk"}})["id"]
        body = {"policies": ["team-01"], "metadata": {"managed_by": "the desk"}, "member_entity_ids": [alice]}
        return f"identity/group/name/{layout.group('writer')}", body

    def enforcement(self, shell: Shell, layout: Layout) -> tuple[str, Any]:
        """Of a kind of second factor of which we know nothing."""
        make = shell.teams.client.must
        groups = make("GET", "identity/mfa/login-enforcement/admins")["identity_group_ids"]
        duo = {"secret_key": "x" * 40, "integration_key": "y" * 20, "api_hostname": "duo.example"}
        method = make("POST", "identity/mfa/method/duo", duo)["method_id"]
        body = {"mfa_method_ids": [method], "identity_group_ids": groups, "auth_method_types": ["userpass"]}
        return f"identity/mfa/login-enforcement/{layout.enforcement}", body

    OBJECTS = (policy, kv, approle, cert, other_instance, transit, group, enforcement)

    IMPOSSIBLE = (
        ("sys/mounts/{0}", {"type": "kv", "options": {"version": "1"}}, "KV v1"),
        ("sys/mounts/{0}", {"type": "kv"}, "KV v1"),
        ("sys/mounts/{0}", {"type": "transit"}, "transit"),
        ("sys/auth/{0}-approle", {"type": "userpass"}, "userpass"),
        ("sys/auth/{0}-cert", {"type": "approle"}, "approle, not cert"),
        ("sys/mounts/{0}", KV_V2 | {"description": "vault-binance/{0} structure 999"}, "newer"),
        ("sys/mounts/{0}-transit", {"type": "kv"}, "kv, not transit"),
        ("identity/group/name/{0}-issuer", {"type": "external"}, "external"),
    )

    def test_are_refused_and_nothing_is_changed(self, shell, many):
        layouts = many(len(self.OBJECTS))
        for theirs, layout in zip(self.OBJECTS, layouts, strict=True):
            shell.teams.client.must("POST", *theirs(self, shell, layout))
            shell.teams.client.ask("POST", *self.approle(shell, layout))  # for `policy apply`, which makes no mount
        tokens = [shell.as_setup(layout) for layout in layouts]
        before = shell.teams.snapshot()

        for theirs, layout, token in zip(self.OBJECTS, layouts, tokens, strict=True):
            for command in (("setup",), ("setup", "--dry-run"), ("policy", "apply")):
                done = shell.run(*command, token=token, layout=layout)
                assert done.code == 22, (theirs, done)
                assert "not ours, and there already" in done.err, (theirs, done)
                assert "--adopt" in done.err, (theirs, done)

        assert changed(before, shell.teams.snapshot()) == {}

    def test_are_adopted_if_so_wished_and_nothing_besides(self, shell, many):
        layouts = many(len(self.OBJECTS))
        paths = []
        for theirs, layout in zip(self.OBJECTS, layouts, strict=True):
            path, body = theirs(self, shell, layout)
            shell.teams.client.must("POST", path, body)
            paths.append(path)
        kept = [
            (layout, self.with_a_secret(shell.teams, layout))
            for path, layout in zip(paths, layouts, strict=True)
            if path == f"sys/mounts/{layout.kv_mount}"
        ]
        tokens = [shell.as_setup(layout) for layout in layouts]
        before = shell.teams.snapshot(*layouts)

        for path, layout, token in zip(paths, layouts, tokens, strict=True):
            done = shell.run("setup", "--adopt", token=token, layout=layout)
            assert done.code == 0, (path, done)

        assert changed(before, shell.teams.snapshot(*layouts)) == {}
        for layout, token in zip(layouts, tokens, strict=True):
            assert "unchanged" in shell.run("setup", token=token, layout=layout).out
        assert len(kept) == 2
        for layout, secret in kept:
            assert shell.teams.client.must("GET", secret)["data"] == {"kept": "theirs"}
            assert shell.teams.client.must("GET", f"{layout.kv_mount}/config")["cas_required"] is True

    def with_a_secret(self, teams: FortyTeams, layout: Layout) -> str:
        path = f"{layout.kv_mount}/data/credentials/theirs"
        while teams.client.ask("POST", path, {"data": {"kept": "theirs"}})[0] == 400:
            pass  # a new mount upgrades itself first
        return path

    def test_what_cannot_be_ours_is_not_even_adopted(self, shell, many):
        layouts = many(len(self.IMPOSSIBLE))
        for (path, body, _), layout in zip(self.IMPOSSIBLE, layouts, strict=True):
            named = json.loads(json.dumps(body).replace("{0}", layout.instance))
            shell.teams.client.must("POST", path.format(layout.instance), named)
        tokens = [shell.as_setup(layout) for layout in layouts]
        before = shell.teams.snapshot()

        for (path, _, told), layout, token in zip(self.IMPOSSIBLE, layouts, tokens, strict=True):
            for command in (("setup",), ("setup", "--adopt")):
                done = shell.run(*command, token=token, layout=layout)
                assert done.code == 10, (path, told, done)
                assert told in done.err, (path, done)

        assert changed(before, shell.teams.snapshot()) == {}
        auditor = shell.token("default")
        for layout in layouts:
            assert shell.run("status", token=auditor, layout=layout).code == 0


class TestThePolicyOfSetup:
    SCENARIOS = (
        ("nothing", "setup"),
        ("theirs", "setup --adopt"),
        ("set_up", "setup --second-factor idp"),
    )

    def scenarios(self, shell: Shell, text: str) -> Iterator[tuple[int, str]]:
        """What `setup` says and does, for a fresh instance, for one to adopt, and for one to change."""
        for prepare, command in self.SCENARIOS:
            layout = Layout(f"x{token_hex(5)}")
            getattr(self, prepare)(shell, layout)
            token = shell.holding(text.replace("NAME", layout.instance))
            done = shell.run(*command.split(), token=token, layout=layout)
            forget(shell.teams, layout)
            yield done.code, re.sub(r"sha256 \w+", "", done.out).replace(layout.instance, "NAME")

    def nothing(self, shell: Shell, layout: Layout) -> None:
        pass

    def set_up(self, shell: Shell, layout: Layout) -> None:
        assert shell.run("setup", token=shell.as_setup(layout), layout=layout).code == 0

    def theirs(self, shell: Shell, layout: Layout) -> None:
        make = shell.teams.client.must
        make("POST", f"sys/mounts/{layout.kv_mount}", KV_V2)
        make("POST", f"sys/mounts/{layout.transit_mount}", {"type": "transit"})
        make("POST", f"sys/auth/{layout.approle_mount}", {"type": "approle"})
        make("POST", f"sys/auth/{layout.cert_mount}", {"type": "cert"})
        method = make("POST", "identity/mfa/method/totp", {"issuer": "theirs"})["method_id"]
        group = make("POST", f"identity/group/name/{layout.group('issuer')}", {"policies": ["theirs"]})["id"]
        body = {"mfa_method_ids": [method], "identity_group_ids": [group]}
        make("POST", f"identity/mfa/login-enforcement/{layout.enforcement}", body)
        while shell.teams.client.ask("GET", f"{layout.kv_mount}/config")[0] == 400:
            pass

    def test_is_exactly_what_is_needed(self, shell_at, nobody):
        """Each capability is taken out in turn: then something goes another way than with all of them."""
        shell = shell_at(nobody)
        text = shell.run("setup", "--output-policy", token="none", layout=Layout("xname")).out.replace("xname", "NAME")
        whole = list(self.scenarios(shell, text))
        assert [code for code, _ in whole] == [0] * len(self.SCENARIOS)

        superfluous = [
            (path, capability)
            for path, granted in stanzas(text).items()
            for capability in granted
            if all(map(eq, self.scenarios(shell, without(text, path, capability)), whole))
        ]

        assert superfluous == []
