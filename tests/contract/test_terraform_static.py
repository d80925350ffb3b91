"""Our Terraform holds to the provider's schema and to our own rules, and each rule sees what breaks it."""

import pytest

from tests import terraform_rules, terraform_schema
from tests.docs.drawing import drawing
from tests.support import ENVIRONMENT, ROOT, unavailable
from tests.terraform_mirror import schema_file
from tests.terraform_source import Expression, Folder, read

FOLDERS = sorted({path.parent for path in (ROOT / "terraform").rglob("*.tf") if ".terraform" not in path.parts})
DRAWING = drawing("terraform.py")


def named(path):
    return str(path.relative_to(ROOT))


each_folder = pytest.mark.parametrize("folder", [read(path, named(path)) for path in FOLDERS], ids=map(named, FOLDERS))


@pytest.fixture(scope="module")
def schema():
    path = schema_file(ENVIRONMENT)
    if not path.is_file():
        unavailable(f"no schema of the provider at {path}")
    return terraform_schema.Schema.read(path)


def test_every_module_and_example_is_looked_at():
    found = {named(path) for path in FOLDERS}
    assert found >= {f"terraform/modules/{name}" for name in ("bot", "core", "layout", "operators", "policies")}
    assert found >= {f"terraform/examples/{name}" for name in ("minimal", "production/bots", "production/platform")}


@each_folder
def test_a_folder_breaks_no_rule(folder):
    assert terraform_rules.findings(folder) == []


def test_no_policy_of_ours_breaks_a_rule():
    assert list(terraform_rules.RULES["sudo"](read(ROOT / "policies", "policies"))) == []


@each_folder
def test_a_folder_holds_to_the_schema(folder, schema):
    assert terraform_schema.findings(folder, schema) == []


@each_folder
def test_a_module_has_no_provider_of_its_own_and_an_example_has_one(folder):
    assert bool(folder.all("provider")) == folder.name.startswith("terraform/examples")


@pytest.mark.parametrize("path", FOLDERS, ids=map(named, FOLDERS))
def test_what_a_folder_holds_is_where_it_is_looked_for(path):
    expected = {"terraform.tf", "variables.tf", "main.tf", "outputs.tf", "README.md"}
    assert {file.name for file in path.iterdir()} >= expected


@pytest.mark.parametrize("readme", DRAWING["readmes"](), ids=lambda readme: named(readme.parent))
def test_the_tables_of_a_readme_are_current(readme):
    assert DRAWING["drawn"](readme) == readme.read_text(), "python docs/draw/terraform.py"


def a_resource(kind, body=""):
    return f'resource "{kind}" "it" {{\n{body}\n}}\n'


GUARD = "lifecycle {\n prevent_destroy = true\n}"
LIMITS = """token_ttl = 1
token_max_ttl = 1
token_policies = []
token_type = "service"
token_bound_cidrs = []
token_no_default_policy = true
"""
JWT = 'role_type = "jwt"\nbound_claims_type = "string"\nbound_claims = { sub = "x" }\nbound_audiences = ["x"]\n'

BROKEN = [
    ("banned_type", a_resource("vault_token")),
    ("banned_type", a_resource("vault_approle_auth_backend_role_secret_id")),
    ("banned_type", 'data "vault_kv_secret_v2" "it" {}'),
    ("banned_type", 'check "it" {\n data "vault_generic_secret" "it" {}\n}'),
    ("runs_a_command", a_resource("terraform_data", 'provisioner "local-exec" {\n command = "x"\n}')),
    ("runs_a_command", 'data "external" "it" {}'),
    ("ephemeral_block", 'ephemeral "vault_kv_secret_v2" "it" {}'),
    ("irreversible", a_resource("vault_transit_secret_backend_key", "exportable = true")),
    ("irreversible", a_resource("vault_transit_secret_backend_key", "allow_plaintext_backup = var.it")),
    ("not_guarded", a_resource("vault_mount")),
    ("not_guarded", a_resource("vault_audit", "lifecycle {\n ignore_changes = [description]\n}")),
    ("not_guarded", a_resource("vault_transit_secret_backend_key", "lifecycle {\n prevent_destroy = false\n}")),
    ("beside_an_audit_device", a_resource("vault_audit") + a_resource("vault_mount")),
    ("beside_an_audit_device", a_resource("vault_audit") + a_resource("vault_mount", "depends_on = [vault_x.it]")),
    ("undoes_the_command_line", a_resource("vault_identity_entity")),
    ("undoes_the_command_line", a_resource("vault_identity_group", "lifecycle {\n ignore_changes = [policies]\n}")),
    ("loses_members", a_resource("vault_identity_group", "external_member_entity_ids = true")),
    ("overwrites_a_policy", a_resource("vault_policy", "policy = local.it")),
    ("policy_in_a_string", a_resource("vault_policy", 'policy = "path {}"')),
    ("policy_in_a_string", a_resource("vault_policy", "policy = <<EOT\npath {}\nEOT")),
    ("role_without_limits", a_resource("vault_kubernetes_auth_backend_role")),
    ("role_without_limits", a_resource("vault_approle_auth_backend_role", LIMITS)),
    ("role_without_limits", a_resource("vault_cert_auth_backend_role", LIMITS.replace("true", "false"))),
    ("login_without_proof", a_resource("vault_approle_auth_backend_role", "bind_secret_id = false")),
    ("login_without_proof", a_resource("vault_jwt_auth_backend_role", JWT.replace('"jwt"', '"oidc"'))),
    ("login_without_proof", a_resource("vault_jwt_auth_backend_role", JWT.replace('"string"', '"glob"'))),
    ("login_without_proof", a_resource("vault_jwt_auth_backend_role", JWT.replace("bound_audiences", "max_age"))),
    (
        "second_factor_for_others",
        a_resource("vault_identity_mfa_login_enforcement", 'auth_method_types = ["userpass"]'),
    ),
    ("provider_by_hand", 'provider "vault" {\n skip_tls_verify = true\n}'),
    ("provider_by_hand", 'provider "vault" {\n token = var.it\n}'),
    ("provider_by_hand", 'provider "vault" {\n auth_login_jwt {\n  role = "x"\n  jwt = var.it\n }\n}'),
    ("secret_in_a_file", f'locals {{\n it = "hvs.{"A" * 24}"\n}}'),
    ("secret_in_a_file", f'locals {{\n it = "{"aB3" * 21}x"\n}}'),
    ("secret_in_a_file", f'locals {{\n it = "{"-".join(["0123abcd", *["01ab"] * 3, "0123456789ab"])}"\n}}'),
    ("secret_in_a_file", "locals {\n it = <<EOT\n-----BEGIN EC " + "PRIVATE KEY-----\nEOT\n}"),
    ("secret_asked_or_told", 'variable "api_secret" {\n type = string\n}'),
    ("secret_asked_or_told", 'output "it" {\n value = 1\n sensitive = true\n}'),
    ("secret_asked_or_told", 'output "secret_id" {\n value = 1\n}'),
    ("undocumented", 'variable "it" {\n type = string\n}'),
    ("undocumented", 'variable "it" {\n description = "x"\n}'),
    ("undocumented", 'output "it" {\n value = 1\n}'),
    ("out_of_order", 'output "b" {\n value = 1\n}\noutput "a" {\n value = 1\n}'),
    ("versions", 'terraform {\n required_version = ">= 1.5"\n}'),
    ("versions", a_resource("vault_policy")),
    ("versions", 'terraform {\n required_providers {\n  vault = { source = "x/vault", version = "~> 5.11" }\n }\n}'),
]


@pytest.mark.parametrize(("rule", "text"), BROKEN)
def test_a_rule_sees_what_breaks_it(rule, text):
    assert rule in {finding.rule for finding in terraform_rules.findings(Folder("broken", {"main.tf": text}))}


def test_sudo_is_seen_in_a_policy():
    folder = Folder("broken", {"bots.hcl": 'path "sys/*" {\n  capabilities = ["sudo"]\n}\n'})
    assert [finding.rule for finding in terraform_rules.findings(folder) if finding.rule == "sudo"] == ["sudo"]


def test_every_rule_is_proven():
    assert {rule for rule, _ in BROKEN} | {"sudo"} == set(terraform_rules.RULES)


AGAINST_SCHEMA = [
    ("unknown_type", a_resource("vault_mountt")),
    ("unknown_type", 'data "vault_mount" "it" {}'),
    ("unknown_argument", a_resource("vault_mount", 'path = "x"\ntype = "kv"\nmax_versions = 10')),
    ("unknown_argument", a_resource("vault_mount", 'path = "x"\ntype = "kv"\ntune {\n}')),
    ("unknown_argument", a_resource("vault_auth_backend", 'type = "cert"\ntune {\n ttl = "1h"\n}')),
    ("unknown_argument", 'provider "vault" {\n adress = "x"\n}'),
    ("required", a_resource("vault_mount", 'path = "x"')),
    ("required", 'provider "vault" {\n auth_login_jwt {\n  mount = "x"\n }\n}'),
    ("computed", a_resource("vault_mount", 'path = "x"\ntype = "kv"\naccessor = "x"')),
    ("computed", a_resource("vault_mount", 'path = "x"\ntype = "kv"\nid = "x"')),
    ("deprecated", a_resource("vault_token")),
    ("sensitive", a_resource("vault_kv_secret_v2", 'mount = "x"\nname = "x"\ndata_json = local.it')),
    ("sensitive", a_resource("vault_jwt_auth_backend", "oidc_client_secret = var.it")),
    ("write_only", a_resource("vault_jwt_auth_backend", "oidc_client_secret_wo = var.it")),
    ("type", a_resource("vault_mount", 'path = "x"\ntype = "kv"\noptions = "2"')),
    ("type", a_resource("vault_mount", 'path = "x"\ntype = "kv"\nlocal = "yes"')),
    ("type", a_resource("vault_kv_secret_backend_v2", 'mount = "x"\nmax_versions = "ten"')),
]


@pytest.mark.parametrize(("rule", "text"), AGAINST_SCHEMA)
def test_the_schema_tells_what_is_against_it(schema, rule, text):
    found = terraform_schema.findings(Folder("broken", {"main.tf": text}), schema)
    assert rule in {finding.rule for finding in found}


def test_what_is_right_is_against_neither(schema):
    body = 'path = "x"\ntype = "kv"\noptions = { version = "2" }\n' + GUARD
    versions = 'terraform {\n required_version = ">= 1.11.0, < 2.0.0"\n required_providers {\n  vault = '
    versions += '{ source = "hashicorp/vault", version = ">= 5.10.1, < 6.0.0" }\n }\n}\n'
    folder = Folder("right", {"main.tf": versions + a_resource("vault_mount", body)})
    assert terraform_rules.findings(folder) + terraform_schema.findings(folder, schema) == []


def test_a_text_and_an_expression_are_told_apart():
    folder = Folder("it", {"main.tf": a_resource("x", 'a = "t"\nb = var.it\nc = "${var.it}-x"\nd = [true, 1, null]')})
    arguments = folder.blocks[0].arguments
    assert (arguments["a"], arguments["b"], arguments["d"]) == ("t", "var.it", [True, 1, None])
    assert [isinstance(arguments[name], Expression) for name in "abc"] == [False, True, True]
