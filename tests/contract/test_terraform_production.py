"""examples/production on a real Vault: each state applied by its own CI, with its own policy and never with root.

With the provider itself where TF_PROVIDER_MIRROR names it, else with our stand-in for it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contract.plain_client import PlainClient
from tests.contract.terraform_ci import POLICY, STATES, Ci
from tests.contract.terraform_runs import NotAsExpected, Workshop
from tests.docs.pages import texts
from tests.support import ENVIRONMENT, QUICK, unavailable
from tests.terraform_mirror import find
from vault_binance.testing.dev_server import DevVault

OTHERS = "another-teams"


@dataclass
class Team:
    """A Vault that is bootstrapped as the README says, and the CI system that its JWT mount trusts."""

    client: PlainClient
    ci: Ci
    workshop: Workshop
    address: str

    def state(self, name, **variables):
        """A state as its CI runs it: no token, a JWT of its own."""
        environ = {f"TF_VAR_{variable}": value for variable, value in variables.items()}
        environ |= {"VAULT_ADDR": self.address, "TERRAFORM_VAULT_AUTH_JWT": self.ci.jwt(name)}
        one = self.workshop.root(f"examples/production/{name}", **environ, VAULT_TOKEN_NAME="commit-1a2b3c")
        one.init()
        return one

    def token(self, state):
        """What a CI that was taken over would have."""
        return self.ci.log_in(state)


@pytest.fixture(scope="module")
def team(vault_binary, tmp_path_factory):
    mirror = find(ENVIRONMENT)
    if isinstance(mirror, str):
        unavailable(mirror)
    with DevVault(vault_binary, audit_log=True, hooks=QUICK) as server:
        client = PlainClient(server)
        made = Team(client, Ci(client), Workshop(tmp_path_factory.mktemp("production"), mirror), server.address)
        made.ci.trust()
        client.must("POST", "identity/entity", {"name": OTHERS, "metadata": {"team": "other"}})
        client.must("POST", "identity/group", {"name": OTHERS, "policies": ["other"]})
        yield made
        client.close()


@pytest.fixture(scope="module")
def applied(team):
    for name in STATES:
        team.state(name, **({"rate_limit": "100"} if name == "platform" else {})).apply()
    return team


@pytest.mark.parametrize("name", STATES)
def test_a_second_plan_of_the_same_ci_changes_nothing(applied, name):
    variables = {"rate_limit": "100"} if name == "platform" else {}
    assert applied.state(name, **variables).changes() == ""


def test_the_platform_can_change_what_it_made(applied):
    applied.state("platform", rate_limit="50").apply()
    assert applied.client.must("GET", "sys/quotas/rate-limit/binance")["rate"] == 50


def test_the_platform_changes_groups_once_they_are_named_and_leaves_their_members(applied):
    entity = applied.client.must("GET", f"identity/entity/name/{OTHERS}")["id"]
    group = applied.client.must("GET", "identity/group/name/binance-auditor")["id"]
    outside = applied.client.must("GET", f"identity/group/name/{OTHERS}")["id"]
    applied.client.must("POST", f"identity/group/id/{group}", {"member_entity_ids": [entity]})
    changed = applied.state("platform", member_group_ids=f'{{ auditor = ["{outside}"] }}')
    with pytest.raises(NotAsExpected, match="permission denied"):
        changed.apply()
    named = f'path "identity/group/id/{group}" {{ capabilities = ["read", "update"] }}'
    policy = POLICY.read_text() + named
    applied.client.must("PUT", "sys/policies/acl/binance-terraform-platform", {"policy": policy})
    changed.apply()
    after = applied.client.must("GET", f"identity/group/id/{group}")
    assert (after["member_entity_ids"], after["member_group_ids"]) == ([entity], [outside])


def test_the_audit_log_names_the_commit(applied):
    names = {line["auth"].get("display_name") for line in audit_lines(applied) if line.get("auth")}
    assert any("commit-1a2b3c" in (name or "") for name in names)


def audit_lines(team):
    (device,) = team.client.must("GET", "sys/audit").values()
    return [json.loads(line) for line in Path(device["options"]["file_path"]).read_text().splitlines()]


def test_what_the_readme_imports_is_there_to_be_imported(tmp_path):
    """The example for a Vault that setup has set up, beside the platform's own files."""
    mirror = find(ENVIRONMENT)
    if isinstance(mirror, str):
        unavailable(mirror)
    (text,) = texts(POLICY.parents[1] / "README.md", "hcl")
    one = Workshop(tmp_path, mirror).root("examples/production/platform")
    (one.place / "adopt.tf").write_text(text)
    one.validate()


REFUSED = {
    "platform": [
        ("GET", "binance/data/credentials/market-maker", None),
        ("POST", "binance/data/credentials/market-maker", {"data": {"api_key": "x"}}),
        ("POST", "auth/binance-approle/role/mm-1/secret-id", {}),
        ("DELETE", "sys/mounts/binance", None),
        ("DELETE", "sys/auth/binance-approle", None),
        ("POST", "sys/auth/another", {"type": "approle"}),
        ("PUT", "sys/policies/acl/binance-terraform-platform", {"policy": ""}),
        ("PUT", "sys/policies/acl/another", {"policy": ""}),
        ("POST", "auth/ci/role/binance-terraform-platform", {"token_policies": ["root"]}),
        ("POST", "identity/group", {"name": OTHERS, "policies": ["binance-writer"]}),
        ("POST", "identity/group", {"id": "{group}", "name": "binance-writer"}),
        ("POST", "identity/group", {"policies": ["admin"], "member_entity_ids": ["{entity}"]}),
        ("POST", "identity/group", {"name": "", "policies": ["admin"]}),
        ("POST", "identity/group", {"name": "binance-writer", "policies": ["admin"]}),
        ("POST", "identity/group", {"name": "binance-writer", "policies": "admin"}),
        ("POST", "identity/group", {"name": "binance-writer", "member_entity_ids": ["{entity}"]}),
        ("POST", "identity/group", {"name": "binance-writer", "member_entity_ids": "{entity}"}),
        ("POST", "identity/group/id/{group}", {"member_entity_ids": ["{entity}"]}),
        ("DELETE", "identity/group/id/{group}", None),
        ("POST", "identity/mfa/method/totp", {"method_id": "{totp}", "issuer": "x"}),
        ("POST", "identity/mfa/method/totp/{totp}", {"issuer": "x"}),
        ("POST", "identity/mfa/method/totp/admin-generate", {"method_id": "x", "entity_id": "x"}),
        ("POST", "auth/token/create", {"policies": ["root"]}),
    ],
    "bots": [
        ("GET", "binance/data/credentials/market-maker", None),
        ("POST", "auth/binance-approle/role/mm-1/secret-id", {}),
        ("POST", "auth/binance-approle/role/mm-1/custom-secret-id", {"secret_id": "x"}),
        ("POST", "auth/binance-approle/role/mm-1", {"token_policies": ["binance-writer"]}),
        ("POST", "auth/binance-approle/role/mm-1", {"policies": ["binance-writer"]}),
        # Go has eight spellings of false, and a number of JSON's is none of HCL's: with any the RoleID alone logs in.
        *(
            ("POST", "auth/binance-approle/role/mm-1", {"bind_secret_id": false, "token_bound_cidrs": ["0.0.0.0/0"]})
            for false in (False, 0, "0", "f", "F", "false", "False", "FALSE", "", None)
        ),
        ("POST", "auth/binance-approle/role/mm-1", {"token_policies": []}),
        ("DELETE", "auth/binance-approle/role/mm-1", None),
        ("POST", "identity/entity", {"name": OTHERS, "metadata": {}}),
        ("POST", "identity/entity", {"name": "binance-mm-1", "policies": ["binance-writer"]}),
        ("POST", "identity/entity", {"name": "binance-mm-1", "policies": "binance-writer"}),
        ("POST", "identity/entity", {"id": "{entity}", "name": "binance-mm-1"}),
        ("POST", "identity/entity/id/{entity}", {"metadata": {}}),
        ("DELETE", "identity/entity/id/{entity}", None),
        ("POST", "identity/entity-alias", {"name": "x", "canonical_id": "{entity}", "mount_accessor": "{ci}"}),
        ("POST", "identity/group", {"name": "binance-writer", "member_entity_ids": ["{entity}"]}),
        ("PUT", "sys/policies/acl/binance-reader", {"policy": ""}),
        ("POST", "auth/token/create", {"policies": ["binance-writer"]}),
    ],
}


@pytest.mark.parametrize(
    ("state", "method", "path", "body"), [(state, *call) for state, calls in REFUSED.items() for call in calls]
)
def test_a_ci_that_was_taken_over_cannot(applied, state, method, path, body):
    found = {
        "{entity}": applied.client.must("GET", f"identity/entity/name/{OTHERS}")["id"],
        "{group}": applied.client.must("GET", f"identity/group/name/{OTHERS}")["id"],
        "{totp}": applied.client.must("GET", "identity/mfa/login-enforcement/binance-operators")["mfa_method_ids"][0],
        "{ci}": applied.client.must("GET", "sys/auth")["ci/"]["accessor"],
    }
    for placeholder, value in found.items():
        path = path.replace(placeholder, value)
        body = body and json.loads(json.dumps(body).replace(placeholder, value))
    status, answer = applied.client.ask(method, path, body, token=applied.token(state))
    assert status in {400, 403}, answer
    if status == 400:  # a child token with more policies than its parent's
        assert path == "auth/token/create"
