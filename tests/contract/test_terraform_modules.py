"""The modules on a real Vault: every login of a bot, what a team already has, and what people changed meanwhile.

With the provider itself where TF_PROVIDER_MIRROR names it, else with our stand-in for it.
"""

import json
from itertools import count

import pytest

from tests.contract.instance_snapshot import differences, snapshot
from tests.contract.plain_client import PlainClient
from tests.contract.platforms import AUDIENCE, Provider, Trusting, certificate
from tests.contract.terraform_runs import NotAsExpected, Workshop
from tests.support import ENVIRONMENT, unavailable
from tests.terraform_mirror import find
from vault_binance.layout import Layout
from vault_binance.ops import kill_switch, structure

INSTANCES = count(1)
HEAD = """
terraform {
  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = "~> 5.11"
    }
  }
}

provider "vault" {}
"""
CORE = 'module "core" {\n  source   = "../../modules/core"\n  instance = "%s"\n%s\n}\n'
BOT = """
module "%s" {
  source         = "../../modules/bot"
  credential     = "market-maker"
  instance       = "%s"
  name           = "mm-1"
%s
}
"""


@pytest.fixture
def client(dev_vault):
    made = PlainClient(dev_vault)
    yield made
    made.close()


@pytest.fixture
def layout():
    return Layout(f"tf{next(INSTANCES)}")


@pytest.fixture
def configured(dev_vault, tmp_path):
    """Make a configuration of a text, beside the examples."""
    mirror = find(ENVIRONMENT)
    if isinstance(mirror, str):
        unavailable(mirror)
    (tmp_path / "workshop").mkdir()
    workshop = Workshop(tmp_path / "workshop", mirror)

    def configuration(text):
        place = workshop.directory / "terraform" / "examples" / "here"
        place.mkdir(exist_ok=True)
        (place / "main.tf").write_text(HEAD + text)
        environ = {"VAULT_ADDR": dev_vault.address, "VAULT_TOKEN": dev_vault.root_token.reveal()}
        one = workshop.root("examples/here", **environ)
        one.init()
        return one

    return configuration


def approle_bot(layout, more=""):
    return CORE % (layout.instance, "") + BOT % (
        "bot",
        layout.instance,
        f"  mount_accessor = module.core.approle_accessor\n{more}",
    )


def test_one_bot_logs_in_by_approle_certificate_and_jwt(configured, client, layout, tmp_path, dev_vault):
    """Three logins, one entity, and each reads the one credential."""
    provider, jwt_mount = Provider(), f"{layout.instance}-idp"
    client.must("POST", f"sys/auth/{jwt_mount}", {"type": "jwt"})
    client.must("POST", f"auth/{jwt_mount}/config", {"jwt_validation_pubkeys": [provider.public_pem]})
    accessor = client.must("GET", f"sys/auth/{jwt_mount}")["accessor"]
    pem = certificate(tmp_path, "mm-1")
    jwt = f"""
  auth_method = "jwt"
  entity_id = module.bot.entity_id
  mount = "{jwt_mount}"
  mount_accessor = "{accessor}"
  jwt = {{ audience = "{AUDIENCE}", subject = "repo:trading/mm,other" }}
"""
    cert = f"""
  auth_method = "cert"
  certificate = {json.dumps(pem)}
  entity_id = module.bot.entity_id
  mount_accessor = module.core.cert_accessor
"""
    text = approle_bot(layout) + BOT % ("jwt", layout.instance, jwt) + BOT % ("cert", layout.instance, cert)
    one = configured(text)
    one.apply()
    assert one.changes() == ""
    client.must("POST", layout.credential_path("market-maker"), {"data": {"api_key": "K"}, "options": {"cas": 0}})
    entity = client.must("GET", f"identity/entity/name/{layout.entity('mm-1')}")
    assert len(entity["aliases"]) == 3
    signed = provider.jwt("repo:trading/mm,other")
    token = client.must("POST", f"auth/{jwt_mount}/login", {"role": "mm-1", "jwt": signed}, token="")["client_token"]
    assert client.ask("GET", layout.credential_path("market-maker"), token=token)[0] == 200
    for subject in ("repo:trading/mm", "other"):
        refused = {"role": "mm-1", "jwt": provider.jwt(subject)}
        assert client.ask("POST", f"auth/{jwt_mount}/login", refused, token="")[0] == 400
    role = client.must("GET", f"auth/{layout.cert_mount}/certs/mm-1")
    assert (role["certificate"], role["allowed_common_names"]) == (pem, ["mm-1"])


def test_what_a_team_already_has_is_taken_and_left(configured, client, dev_vault):
    """`setup` made it all: nothing is made, and nothing changes."""
    team = Trusting.at(dev_vault)
    layout = team.layout
    bot = team.bot("mm-1")
    accessors = {
        kind: client.must("GET", f"sys/auth/{mount}")["accessor"]
        for kind, mount in (("approle", layout.approle_mount), ("cert", layout.cert_mount))
    }
    before = snapshot(client, layout)
    taken = f"""
  create_kv_mount = false
  create_policies = false
  create_transit_mount = false
  existing_approle_accessor = "{accessors["approle"]}"
  existing_cert_accessor = "{accessors["cert"]}"
"""
    one = configured(CORE % (layout.instance, taken) + 'output "names" {\n  value = module.core.names\n}\n')
    one.apply()
    assert one.outputs()["names"]["approle_mount"] == layout.approle_mount
    assert differences(before, snapshot(client, layout), ("before", "after")) == []
    assert one.changes() == ""
    assert bot["VAULT_BINANCE_BOT"] == "mm-1"


def test_an_apply_lets_no_suspended_bot_in_again(configured, client, layout, dev_vault):
    one = configured(approle_bot(layout))
    one.apply()
    with Trusting(dev_vault, layout).operator() as vault:
        kill_switch.suspend(vault, layout, "mm-1")
    assert one.changes() == ""
    configured(approle_bot(layout, '  bound_cidrs = ["10.0.0.0/8"]')).apply()
    assert client.must("GET", f"identity/entity/name/{layout.entity('mm-1')}")["disabled"] is True


def test_an_apply_after_a_revocation_fails_and_lets_nobody_in(configured, client, layout, dev_vault):
    """The entity is another one: what to do is in modules/bot/README.md."""
    one = configured(approle_bot(layout))
    one.apply()
    with Trusting(dev_vault, layout).operator() as vault:
        kill_switch.revoke(vault, layout, "mm-1")
    with pytest.raises(NotAsExpected, match=r"already exists|exists already"):
        one.apply()
    assert client.must("GET", f"identity/entity/name/{layout.entity('mm-1')}")["disabled"] is True


def test_somebody_elses_policy_of_the_same_name_stays(configured, client, layout):
    client.must("PUT", f"sys/policies/acl/{layout.policy('writer')}", {"policy": "# theirs"})
    one = configured(CORE % (layout.instance, ""))
    with pytest.raises(NotAsExpected):
        one.apply()
    assert client.must("GET", f"sys/policies/acl/{layout.policy('writer')}")["policy"] == "# theirs"


def test_an_audit_device_is_made_where_one_is_asked_for(configured, client, layout, tmp_path):
    log = tmp_path / "audit.log"
    device = f'  audit_device = {{ options = {{ file_path = "{log}" }} }}'
    one = configured(CORE % (layout.instance, device))
    try:
        one.apply()
        assert one.changes() == ""
        found = client.must("GET", "sys/audit")[f"{layout.instance}/"]
        assert (found["type"], found["options"]["file_path"]) == ("file", str(log))
    finally:
        client.ask("DELETE", f"sys/audit/{layout.instance}")


def test_an_audit_trail_elsewhere_is_recorded_at_the_kv_mount_alone(configured, client, layout):
    configured(CORE % (layout.instance, '  audit_external = "SEC-142"')).apply()
    mounts = client.must("GET", "sys/mounts")
    assert mounts[f"{layout.kv_mount}/"]["description"] == structure.description(layout, "SEC-142")
    assert mounts[f"{layout.transit_mount}/"]["description"] == structure.description(layout)


def test_a_bot_of_kubernetes_is_bound_to_one_service_account(configured, layout):
    """Only planned: a small Vault has no such login."""
    more = """
  auth_method    = "kubernetes"
  mount_accessor = "auth_kubernetes_1a2b3c4d"
  kubernetes = {
    audience            = "vault.internal"
    namespace           = "trading"
    service_account     = "mm-1"
    service_account_uid = "uid-of-it"
  }
"""
    one = configured(BOT % ("bot", layout.instance, more))
    one.run("plan", "-input=false", "-out=run.tfplan")
    plan = json.loads(one.run("show", "-json", "run.tfplan").out)
    planned = {change["type"]: change["change"]["after"] for change in plan["resource_changes"]}
    role = planned["vault_kubernetes_auth_backend_role"]
    assert role["bound_service_account_names"] == ["mm-1"]
    assert role["bound_service_account_namespaces"] == ["trading"]
    assert (role["audience"], role["token_policies"]) == ("vault.internal", [layout.policy("reader")])
    assert planned["vault_identity_entity_alias"]["name"] == "uid-of-it"


NOT_MEANT = {
    "an argument that is wrong": [
        ('bound_cidrs = ["10.0.0.1/8"]', "Write each network by its own first address"),
        ('bound_cidrs = ["10.0.0.1"]', "Write each network by its own first address"),
        ('auth_method = "cert"\ncertificate = "PRIVATE"', "and never the private key"),
        ('auth_method = "userpass"', "A bot logs in by approle, cert, jwt or kubernetes"),
        ('auth_method = "jwt"\njwt = { audience = "*", subject = "x" }', "exact, without a star"),
        ('entity_id = "mm-1"', "Use the id that"),
    ],
    "arguments that do not go together": [
        ('auth_method = "cert"', "A certificate is for auth_method cert"),
        ('auth_method = "jwt"', "jwt is for auth_method jwt"),
        ('auth_method = "kubernetes"', "kubernetes is for auth_method kubernetes"),
        ('mount = "elsewhere"', "the mount is the instance's own"),
    ],
}
"""What is said of them, in the two steps in which Terraform looks."""


@pytest.mark.parametrize("bad", NOT_MEANT.values(), ids=NOT_MEANT)
def test_a_bot_that_is_not_meant_so_is_refused_before_anything_is_asked(configured, layout, bad):
    calls = [
        BOT % (f"bad{number}", layout.instance, f'  mount_accessor = "auth_approle_1"\n{more}')
        for number, (more, _) in enumerate(bad)
    ]
    with pytest.raises(NotAsExpected) as refused:
        configured("".join(calls)).apply()
    told = " ".join(str(refused.value).split())
    assert [says for _, says in bad if says not in told] == []
    assert told.count("Invalid value for variable") == len(bad)


@pytest.mark.parametrize("attribute", ["name", "credential"])
def test_a_name_that_would_be_a_grant_is_refused(configured, layout, attribute):
    names = ["mm*", "mm+1", "a/b", "Mm", "-mm", "", "m" * 64, "mm-1\n"]
    before = {"name": '"mm-1"', "credential": '"market-maker"'}[attribute]
    bad = [
        (BOT % (f"bad{number}", layout.instance, '  mount_accessor = "auth_approle_1"')).replace(
            before, json.dumps(name)
        )
        for number, name in enumerate(names)
    ]
    with pytest.raises(NotAsExpected) as refused:
        configured("".join(bad)).apply()
    assert str(refused.value).count("lower-case letters, digits and hyphens") == len(names)
