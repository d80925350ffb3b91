"""An older structure on a Vault in use, brought up to date: what is stored and who may read it stays as it was.

Rules of the file
- Structure 1 is made as the setup of that time made it, request by request, and then used by everybody.
- The whole Vault is compared, before and after, and what may differ is listed: nothing else may.
- No command gets the root token: it gets what `setup --output-policy` prints and nothing more.
"""

from __future__ import annotations

import json
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.forty_teams import FortyTeams, certificate, changed, forget, no_teams
from tests.contract.shell import Shell, interrupted
from tests.door import operator_door
from vault_binance.layout import OPERATOR_ROLES, Layout
from vault_binance.ops import bots
from vault_binance.ops.policy_texts import render_all
from vault_binance.ops.setup import provision
from vault_binance.ops.setup.steps import Verb
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.forty_teams import Snapshot

UP_TO_DATE = {"unchanged"}


@pytest.fixture(scope="module")
def teams(vault_binary) -> Iterator[FortyTeams]:
    with no_teams(vault_binary) as alone:
        yield alone


@pytest.fixture(scope="module")
def unwatched(vault_binary) -> Iterator[FortyTeams]:
    """Without an audit device."""
    with no_teams(vault_binary, audited=False) as alone:
        yield alone


@pytest.fixture
def layout(teams) -> Iterator[Layout]:
    made = Layout(f"old_{token_hex(4)}")
    yield made
    forget(teams, made)


def structure_1(teams: FortyTeams, layout: Layout) -> None:
    """What `setup` made until then: three mounts, untuned, and six policies, of which one has changed since."""
    make, description = teams.client.must, f"{layout.managed_by} structure 1"
    make("POST", f"sys/mounts/{layout.kv_mount}", _kv(description))
    while teams.client.ask("POST", f"{layout.kv_mount}/config", {"cas_required": True, "max_versions": 10})[0] == 400:
        pass  # a new mount upgrades itself first
    for path, kind in ((layout.approle_mount, "approle"), (layout.cert_mount, "cert")):
        make("POST", f"sys/auth/{path}", {"type": kind, "description": description})
    accessor = make("GET", f"sys/auth/{layout.approle_mount}")["accessor"]
    for name, text in render_all(layout, approle_accessor=accessor).items():
        older = text + "# as it was\n" if name == layout.policy("auditor") else text
        make("PUT", f"sys/policies/acl/{name}", {"policy": older})


def _kv(description: str) -> dict[str, Any]:
    return {"type": "kv", "options": {"version": "2"}, "description": description}


def in_use(teams: FortyTeams, layout: Layout) -> str:
    """Keys with a history, a half-made one, a report, bots with both logins; and the token of one that is at work."""
    make = teams.client.must
    for name in ("market-maker", "arb"):
        for version in range(3):
            body = {"options": {"cas": version}, "data": {"api_key": f"key-{version}", "api_secret": "s"}}
            make("POST", f"{layout.kv_mount}/data/credentials/{name}", body)
        make("POST", f"{layout.kv_mount}/metadata/credentials/{name}", {"custom_metadata": {"owner": "desk"}})
    make("POST", f"{layout.kv_mount}/destroy/credentials/arb", {"versions": [1]})
    make("POST", f"{layout.kv_mount}/delete/credentials/arb", {"versions": [2]})
    for place in ("pending/new", "reports/mm-1"):
        make("POST", f"{layout.kv_mount}/data/{place}", {"options": {"cas": 0}, "data": {"v": "kept"}})
    with operator_door(teams.server) as vault:
        for bot in ("mm-1", "mm-2"):
            role_id = bots.add(vault, layout, bot, "market-maker", cidrs=["127.0.0.0/8"]).role_id
    make("POST", f"auth/{layout.cert_mount}/certs/mm-1", {"certificate": certificate("mm-1")})
    secret_id = make("POST", f"auth/{layout.approle_mount}/role/mm-2/secret-id")["secret_id"]
    body = {"role_id": role_id, "secret_id": secret_id}
    return str(make("POST", f"auth/{layout.approle_mount}/login", body, token="")["client_token"])


def everything(teams: FortyTeams, layout: Layout) -> Snapshot:
    """As the snapshot, and each version of each key."""
    versions = {
        f"{name} {version}": teams.client.ask("GET", f"{layout.kv_mount}/data/credentials/{name}?version={version}")
        for name in ("market-maker", "arb")
        for version in (1, 2, 3)
    }
    return teams.snapshot() | versions


def may_differ(after: Snapshot, layout: Layout) -> set[str]:
    """What structure 2 adds to structure 1."""
    groups, methods = "identity/group/id/", "identity/mfa/method/totp/"
    return {
        *(f"mount {path}/" for path in (layout.kv_mount, layout.transit_mount)),
        *(f"auth {path}" for path in (layout.approle_mount, layout.cert_mount)),
        f"sys/policies/acl/{layout.policy('auditor')}",
        *(path for path, one in after.items() if path.startswith(groups) and one["name"].startswith(layout.instance)),
        *(path for path, one in after.items() if path.startswith(methods) and one["issuer"] == layout.managed_by),
        f"identity/mfa/login-enforcement/{layout.enforcement}",
    }


def is_whole(shell: Shell, layout: Layout, token: str) -> bool:
    """Nothing is left to do, and nothing is there twice."""
    after = shell.teams.snapshot()
    done = shell.run("setup", "--format", "json", token=token, layout=layout)
    methods = [one for one in after.values() if isinstance(one, dict) and one.get("issuer") == layout.managed_by]
    untouched = changed(after, shell.teams.snapshot()) == {}
    return done.code == 0 and {row["step"] for row in done.rows()} == UP_TO_DATE and len(methods) == 1 and untouched


def test_values_roles_entities_and_whoever_is_logged_in_stay_as_they_were(shell_at, teams, layout):
    shell = shell_at(teams)
    structure_1(teams, layout)
    at_work = in_use(teams, layout)
    before, token = everything(teams, layout), shell.as_setup(layout)
    before |= everything(teams, layout)  # with the policy of that token

    done = shell.run("setup", token=token, layout=layout)
    after = everything(teams, layout)

    assert done.code == 0
    assert set(changed(before, after)) == may_differ(after, layout)
    assert len(may_differ(after, layout)) == 4 + 1 + len(OPERATOR_ROLES) + 2
    assert teams.client.ask("GET", f"{layout.kv_mount}/data/credentials/market-maker", token=at_work)[0] == 200
    assert is_whole(shell, layout, token)


def test_a_dry_run_says_what_is_new_and_changes_nothing(shell_at, teams, layout):
    shell = shell_at(teams)
    structure_1(teams, layout)
    token = shell.as_setup(layout)
    before = teams.snapshot()

    done = shell.run("setup", "--dry-run", "--format", "json", token=token, layout=layout)

    assert (done.code, changed(before, teams.snapshot())) == (0, {})
    said = [(row["step"], row["name"].replace(layout.instance, "NAME")) for row in done.rows()]
    assert [one for one in said if one[0] != "unchanged"] == [
        ("would enable", "NAME-transit/"),
        ("would configure", "NAME-approle/"),
        ("would configure", "NAME-cert/"),
        ("would write", "NAME-auditor"),
        *(("would write", f"NAME-{role}") for role in OPERATOR_ROLES),
        ("would enable", "vault-binance/NAME"),
        ("would write", "NAME-operators"),
        *(("would mark", f"NAME{mount}/") for mount in ("", "-approle", "-cert")),
    ]


@pytest.mark.parametrize("arrives", [False, True], ids=["before", "after"])
def test_interrupted_at_any_write_it_is_finished_by_running_again(shell_at, teams, monkeypatch, arrives):
    shell, cuts = shell_at(teams), 0
    while True:
        layout = Layout(f"cut_{token_hex(4)}")
        structure_1(teams, layout)
        token = shell.as_setup(layout)
        with monkeypatch.context() as patch:
            patch.setattr(Wire, "send", interrupted(cuts, arrives=arrives))
            code = shell.run("setup", token=token, layout=layout).code
        if code == 0:
            break
        assert code == 130
        older = "structure 1" in teams.client.must("GET", f"sys/auth/{layout.cert_mount}")["description"]
        assert older or (arrives and not is_behind(teams, layout)), "its number came before what it stands for"
        assert shell.run("setup", token=token, layout=layout).code == 0
        assert is_whole(shell, layout, token), f"cut at write {cuts}"
        forget(teams, layout)
        cuts += 1
    assert cuts == 13


def is_behind(teams: FortyTeams, layout: Layout) -> bool:
    with operator_door(teams.server) as vault:
        return any(step.verb is not Verb.KEEP for step in provision.plan(provision.look(vault, layout), layout))


class TestTheSecondFactor:
    """Changed on a Vault in which people have a role already."""

    def with_a_member(self, teams: FortyTeams, layout: Layout) -> str:
        alice = str(teams.client.must("POST", "identity/entity", {"metadata": {"team": "desk"}})["id"])
        body = {"member_entity_ids": [alice]}
        teams.client.must("POST", f"identity/group/name/{layout.group('writer')}", body)
        return alice

    def changed_to(self, shell: Shell, layout: Layout, factor: str) -> set[str]:
        token = shell.as_setup(layout)
        before = shell.teams.snapshot()
        assert shell.run("setup", "--second-factor", factor, token=token, layout=layout).code == 0
        after = shell.teams.snapshot()
        named = {path: (before.get(path) or after.get(path))["name"] for path in changed(before, after)}
        assert shell.run("setup", "--format", "json", token=token, layout=layout).rows() != []
        assert changed(after, shell.teams.snapshot()) == {}, "without the option it stays as it is"
        return {name.replace(layout.instance, "NAME") for name in named.values()}

    def test_goes_to_the_identity_provider_and_back_with_everybody_still_in(self, shell_at, teams, layout):
        shell = shell_at(teams)
        assert shell.run("setup", token=shell.as_setup(layout), layout=layout).code == 0
        alice = self.with_a_member(teams, layout)
        ours = {*(f"NAME-{role}" for role in OPERATOR_ROLES), "NAME-operators"}

        assert self.changed_to(shell, layout, "idp") == ours
        assert teams.client.ask("GET", f"identity/mfa/login-enforcement/{layout.enforcement}")[0] == 404
        assert self.changed_to(shell, layout, "totp") == ours
        group = teams.client.must("GET", f"identity/group/name/{layout.group('writer')}")
        assert (group["member_entity_ids"], group["policies"]) == ([alice], [layout.policy("writer")])
        assert group["metadata"] == {"managed_by": layout.managed_by, "second_factor": "totp"}

    def test_taken_back_warns_of_members_who_may_not_be_enrolled(self, shell_at, teams, layout):
        shell = shell_at(teams)
        assert shell.run("setup", "--second-factor", "idp", token=shell.as_setup(layout), layout=layout).code == 0
        self.with_a_member(teams, layout)
        command = ("setup", "--second-factor", "totp", "--dry-run")

        done = shell.run(*command, token=shell.as_setup(layout), layout=layout)

        assert "1 of them already: whoever is not enrolled cannot log in from then on" in done.out


class TestTheAuditTrail:
    def test_that_is_missing_is_not_done_and_the_rest_is(self, shell_at, unwatched, layout):
        shell = shell_at(unwatched)
        token = shell.as_setup(layout)

        done = shell.run("setup", "--format", "json", token=token, layout=layout)

        assert done.code == 12
        assert {row["step"] for row in json.loads(done.out)} == {"enabled", "wrote", "missing"}
        assert "--audit=file:" in done.err
        assert "--audit=external:REF" in done.err

    def test_elsewhere_is_recorded_once_and_is_enough_from_then_on(self, shell_at, unwatched, layout):
        shell = shell_at(unwatched)
        text = shell.run("setup", "--output-policy", token="none", layout=layout).out
        token = shell.holding(text.partition("# Whether anybody")[0])  # a tenant's: it may not look at devices

        unseen = shell.run("setup", token=token, layout=layout)
        told = shell.run("setup", "--audit=external:SEC-1234", token=token, layout=layout)
        again = shell.run("setup", token=token, layout=layout)

        assert (unseen.code, told.code, again.code) == (12, 0, 0)
        assert "not ours to see" in unseen.err
        assert "--audit=external:REF" in unseen.err
        assert "--audit=file" not in unseen.err
        mounts = unwatched.client.must("GET", "sys/mounts")
        assert mounts[f"{layout.kv_mount}/"]["description"].endswith("structure 2, audit external:SEC-1234")
        assert mounts[f"{layout.transit_mount}/"]["description"].endswith("structure 2")

    def test_in_a_file_is_made_with_what_output_policy_prints_for_it_and_no_other(
        self, shell_at, unwatched, layout, tmp_path
    ):
        shell, wish = shell_at(unwatched), f"--audit=file:{tmp_path / 'audit.log'}"
        token = shell.holding(shell.run("setup", "--output-policy", wish, token="none", layout=layout).out)

        other = shell.run("setup", f"--audit=file:{tmp_path / 'other.log'}", token=token, layout=layout)
        missing = unwatched.client.ask("GET", f"sys/mounts/{layout.kv_mount}")[0]
        made = shell.run("setup", wish, token=token, layout=layout)
        device = unwatched.client.must("GET", "sys/audit")[f"{layout.instance}/"]
        unwatched.client.must("DELETE", f"sys/audit/{layout.instance}")

        assert (other.code, missing, made.code) == (21, 400, 0)
        assert (device["type"], device["options"]) == ("file", {"file_path": str(tmp_path / "audit.log")})
        assert f"sys/mounts/{layout.kv_mount}" in (tmp_path / "audit.log").read_text(), "all else was written down"

    def test_that_the_server_refuses_is_printed_for_its_configuration(self, shell_at, unwatched, layout):
        """Here for want of a listener; OpenBao answers the same to every device."""
        shell, wish = shell_at(unwatched), "--audit=socket:127.0.0.1:1"
        token = shell.holding(shell.run("setup", "--output-policy", wish, token="none", layout=layout).out)

        done = shell.run("setup", wish, "--format", "json", token=token, layout=layout)

        assert done.code == 12
        assert f'audit "socket" "{layout.instance}" {{\n  options {{\n    address = "127.0.0.1:1"' in done.err
        assert {row["step"] for row in done.rows() if row["kind"] != "audit device"} == {"enabled", "wrote"}
