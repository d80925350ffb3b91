"""Terraform makes what setup makes, on a real Vault: with the provider that TF_PROVIDER_MIRROR names, or our stand-in.

What a stand-in for the provider can show is in tools/terraform-provider-vault-stand-in/README.md.
"""

import json
import os

import pytest

from tests import terraform_apply
from tests.contract.forty_teams import changed
from tests.contract.instance_snapshot import differences, snapshot
from tests.contract.terraform_ci import POLICY, STATES, Ci
from tests.contract.terraform_runs import NOT_AVAILABLE, NotAsExpected, Workshop
from tests.contract.terraform_stage import LAYOUT, Stage, stage
from tests.contract.terraform_story import Story, production
from tests.docs.pages import texts
from tests.support import ENVIRONMENT, QUICK, unavailable
from tests.terraform_mirror import MIRROR, PROVIDER, find
from vault_binance.layout import Layout
from vault_binance.testing.dev_server import DevVault


@pytest.fixture(scope="session")
def mirror():
    found = find(ENVIRONMENT)
    if isinstance(found, str):
        unavailable(found)
    return found


@pytest.fixture
def workshop(mirror, tmp_path):
    return Workshop(tmp_path, mirror)


@pytest.mark.parametrize("part", [Story.modules, Story.minimal, Story.production])
def test_the_story_of_the_script_holds(part, vault_binary, mirror, tmp_path):
    told = []
    part(Story(vault_binary, mirror, tmp_path, told.append))
    assert told


def applied(workshop, server, **environ):
    one = workshop.root("examples/minimal", VAULT_ADDR=server.address, **environ)
    one.init()
    one.apply()
    return one


def root(server):
    return {"VAULT_TOKEN": server.root_token.reveal()}


def test_the_minimal_example_changes_nothing_of_forty_teams(workshop, teams):
    layout = Layout("minimal_here")
    before = teams.snapshot(layout)
    example = applied(workshop, teams.server, **root(teams.server), TF_VAR_instance=layout.instance)
    assert changed(before, teams.snapshot(layout)) == {}
    assert example.changes() == ""


def test_the_production_example_changes_nothing_of_forty_teams(workshop, teams):
    layout = Layout("production_here")
    ci = Ci(teams.client, "pipelines", layout.instance)
    ci.trust()
    for state in STATES:
        ci.log_in(state)  # Vault makes an entity of whoever logs in
    before = teams.snapshot(layout)
    for example in production(workshop, ci, teams.server.address):
        example.init()
        example.apply()
    after = teams.snapshot(layout)
    assert list(changed(before, after)) == [f"sys/policies/acl/{ci.role('bots')}"]


def test_what_setup_made_is_taken_over_by_the_imports_of_the_readme_and_stays_as_it_is(
    workshop, vault_binary, tmp_path
):
    """The people in the groups too. Without the imports the provider would empty a group, and then refuse it."""
    with stage(vault_binary, tmp_path / "work") as there:
        there.set_up()
        there.person("auditor")
        before = snapshot(there.client, LAYOUT)
        platform = workshop.root("examples/production/platform", VAULT_ADDR=there.server.address, **root(there.server))
        (platform.place / "providers.tf").write_text('provider "vault" {}\n')
        (imports,) = texts(POLICY.parents[1] / "README.md", "hcl")
        (method,) = there.client.must("GET", f"identity/mfa/login-enforcement/{LAYOUT.enforcement}")["mfa_method_ids"]
        (platform.place / "adopt.tf").write_text(imports.replace("\N{HORIZONTAL ELLIPSIS}", method))
        platform.init()
        platform.apply()
        assert platform.changes() == ""
        after = snapshot(there.client, LAYOUT)
        after.pop("policy binance-terraform-bots")  # of the platform's own
    assert differences(before, after, ("before", "after")) == []


def test_a_policy_of_somebody_else_under_our_name_is_refused_and_kept(workshop, vault_binary):
    with DevVault(vault_binary, hooks=QUICK) as server:
        server.call("PUT", "sys/policies/acl/binance-reader", {"policy": "# theirs"})
        with pytest.raises(NotAsExpected, match="exists"):
            applied(workshop, server, **root(server))
        assert server.call("GET", "sys/policies/acl/binance-reader")[1]["data"]["policy"] == "# theirs"


@pytest.fixture(scope="module")
def there(vault_binary, tmp_path_factory):
    """A Vault for the minimal example, and the command line beside it."""
    with stage(vault_binary, tmp_path_factory.mktemp("there") / "work") as made:
        yield made


@pytest.fixture(scope="module")
def minimal(there, mirror, tmp_path_factory):
    workshop = Workshop(tmp_path_factory.mktemp("minimal"), mirror)
    return applied(workshop, there.server, **root(there.server))


def test_a_person_who_joined_and_a_bot_that_was_suspended_stay_so(minimal, there):
    there.person("auditor")
    there.cli("bot", "suspend", "mm-1", token=there.role("provisioner"))
    minimal.apply()
    assert there.client.must("GET", "identity/entity/name/binance-mm-1")["disabled"]
    assert there.client.must("GET", "identity/group/name/binance-auditor")["member_entity_ids"]


def test_what_another_hand_changed_is_in_the_next_plan_and_mended_by_the_next_apply(minimal, there):
    there.client.must("PUT", "sys/policies/acl/binance-reader", {"policy": "# theirs"})
    assert 'vault_policy.role["reader"] will be' in minimal.changes()
    minimal.apply()
    assert minimal.changes() == ""


def test_a_mount_that_is_not_tuned_is_found_by_doctor(there, minimal):
    """The provider may not see it: it swallows the error, and remembers the limits that it was to set."""
    there.client.must("POST", f"sys/mounts/auth/{LAYOUT.cert_mount}/tune", {"max_lease_ttl": "768h"})
    assert "was not tuned" in minimal.run("plan", "-input=false").out  # a warning of module core's own
    said = there.cli("doctor", "--format", "json", token=there.role("auditor")).out
    assert "logins-untuned" in {finding["code"] for finding in json.loads(said)}


@pytest.mark.parametrize("where", ["terraform.tfstate", "run.tfplan: tfplan", "what Terraform said"])
def test_a_secret_in_anything_that_terraform_leaves_would_be_found(minimal, there, where):
    """The bot's name stands in all of it; a secret would, too."""
    found = dict(minimal.workshop.written())
    assert any(name.endswith(where) and b"binance-mm-1" in text for name, text in found.items()), list(found)


def test_a_secret_ends_the_story(minimal, there):
    with pytest.raises(NotAsExpected, match="a secret stands in"):
        Stage(there.server, there.client, there.folder, ["binance-mm-1"]).search(minimal.workshop)


CHANGES = {
    "tuning of auth/binance-cert/": ("POST", "sys/mounts/auth/binance-cert/tune", {"max_lease_ttl": "1h"}),
    "the KV mount's configuration": ("POST", "binance/config", {"max_versions": 1}),
    "policy binance-reader": ("PUT", "sys/policies/acl/binance-reader", {"policy": "# theirs"}),
    "group binance-writer": ("POST", "identity/group/name/binance-writer", {"policies": ["other"]}),
    "login enforcement binance-operators": ("DELETE", "identity/mfa/login-enforcement/binance-operators", None),
    "audit device file/": ("DELETE", "sys/audit/file", None),
}


def test_a_snapshot_shows_each_change(vault_binary, tmp_path):
    with stage(vault_binary, tmp_path / "work") as there:
        there.set_up()
        before = snapshot(there.client, LAYOUT)
        assert differences(before, snapshot(there.client, LAYOUT), ("before", "after")) == []
        for seen, change in CHANGES.items():
            there.client.must(*change)
            found = differences(before, snapshot(there.client, LAYOUT), ("before", "after"))
            assert any(line.startswith(seen) for line in found), (seen, found)


@pytest.fixture
def no_registry(tmp_path, monkeypatch):
    """A Terraform that finds no registry, before anything else on the PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "terraform"
    program.write_text(f"#!/bin/sh\necho 'Error: {NOT_AVAILABLE}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv(MIRROR, raising=False)


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--must"], 1)])
def test_without_a_provider_the_script_says_so_and_fails_only_where_it_must_not_skip(
    no_registry, capsys, arguments, code
):
    assert terraform_apply.main(arguments) == code
    assert capsys.readouterr().out.startswith("skipped: no registry has")


def test_a_mirror_without_the_provider_is_an_error(no_registry, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(MIRROR, str(tmp_path))
    assert terraform_apply.main([]) == 1
    assert PROVIDER in capsys.readouterr().err
