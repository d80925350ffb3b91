"""Names, numbers and policies are the same in Terraform and in Python, and both refuse what could change a meaning."""

import json
import os
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support import unavailable
from vault_binance.layout import (
    AUTH_MAX_TTL,
    INSTANCE_PATTERN,
    MAX_VERSIONS,
    NAME_PATTERN,
    OPERATOR_ROLES,
    POLICIES,
    SECRET_ID_TTL,
    STRUCTURE_VERSION,
    TOKEN_MAX_TTL,
    TOKEN_TTL,
    Layout,
)
from vault_binance.ops import structure
from vault_binance.ops.policy_texts import SETUP, folder, render, render_all

MODULES = Path(__file__).parents[2] / "terraform"


@pytest.fixture(scope="module")
def terraform(tmp_path_factory):
    """Run Terraform on a copy of the modules that need no provider, offline and without anybody's settings."""
    program = shutil.which("terraform")
    if program is None:
        unavailable("terraform is not on the PATH")
    root = tmp_path_factory.mktemp("terraform")
    for module in ("layout", "policies"):
        shutil.copytree(MODULES / "modules" / module, root / module, ignore=shutil.ignore_patterns(".terraform*"))
    (root / "rc").write_text("")
    environ = {"PATH": os.environ["PATH"], "HOME": str(root), "TF_CLI_CONFIG_FILE": str(root / "rc")}
    environ |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}

    def run(*arguments, module="policies", stdin="", **variables):
        given = {f"TF_VAR_{name}": value for name, value in ({"policy_folder": str(folder())} | variables).items()}
        command = [program, *arguments]
        place = root / module
        return subprocess.run(
            command, env=environ | given, cwd=place, input=stdin, capture_output=True, text=True, check=False
        )

    for module in ("layout", "policies"):
        assert run("init", "-input=false", "-no-color", module=module).returncode == 0
    return run


def outputs(terraform, module, **variables):
    """What a module says for these variables."""
    done = terraform("apply", "-auto-approve", "-input=false", "-no-color", module=module, **variables)
    assert done.returncode == 0, done.stderr
    return {
        name: said["value"] for name, said in json.loads(terraform("output", "-json", module=module).stdout).items()
    }


@pytest.mark.parametrize(
    ("instance", "accessor"), [("binance", "no_such_mount"), ("trading_b", "auth_approle_1a2b3c4d")]
)
def test_terraform_renders_the_same_bytes(terraform, instance, accessor):
    said = outputs(terraform, "policies", instance=instance, approle_accessor=accessor)
    texts = render_all(Layout(instance), approle_accessor=accessor)
    assert said["texts"] == texts
    assert said["sha256"] == {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}


def names_of(layout, bot, credential):
    """As modules/layout says them, from layout.py."""
    return {
        "approle_mount": layout.approle_mount,
        "cert_mount": layout.cert_mount,
        "credential": layout.credential(credential),
        "description": structure.description(layout),
        "enforcement": layout.enforcement,
        "entity": layout.entity(bot),
        "groups": {role: layout.group(role) for role in OPERATOR_ROLES},
        "kv_mount": layout.kv_mount,
        "managed_by": layout.managed_by,
        "policies": {role: layout.policy(role) for role in POLICIES},
        "transit_mount": layout.transit_mount,
    }


LIMITS = {
    "auth_max_ttl": AUTH_MAX_TTL,
    "max_versions": MAX_VERSIONS,
    "secret_id_ttl": SECRET_ID_TTL,
    "token_max_ttl": TOKEN_MAX_TTL,
    "token_ttl": TOKEN_TTL,
}


@pytest.mark.parametrize(
    ("instance", "bot", "credential"),
    [("binance", "mm-1", "market-maker"), ("b" + "_" * 30, "0" * 63, "a"), ("trading_b", "a--b-", "9")],
)
def test_names_and_limits_are_the_same_in_both(terraform, instance, bot, credential):
    said = outputs(terraform, "layout", instance=instance, bot=bot, credential=credential)
    assert said == {
        "limits": LIMITS,
        "names": names_of(Layout(instance), bot, credential),
        "structure_version": STRUCTURE_VERSION,
    }


def test_terraform_supposes_the_same_instance(terraform):
    assert outputs(terraform, "layout")["names"]["kv_mount"] == Layout().kv_mount


ODD = ["", "-a", "a/b", "a*", "+", "A", "a" * 64, "a\n", "\na", "a b", "a.b", "\u00e9", "1", "a-", "_a"]


@pytest.mark.parametrize("variable", ["bot", "credential", "instance"])
def test_terraform_refuses_the_names_that_python_refuses(terraform, variable):
    pattern = INSTANCE_PATTERN if variable == "instance" else NAME_PATTERN
    refused = [
        name
        for name in ODD
        if terraform("plan", "-input=false", "-no-color", module="layout", **{variable: name}).returncode
    ]
    assert refused == [name for name in ODD if not re.fullmatch(pattern, name)]


def test_the_reference_to_an_audit_trail_is_the_same_in_both():
    """Module core needs the provider, so its pattern and its words are compared as they are written."""
    core = MODULES / "modules" / "core"
    assert f'regex("^{structure.REFERENCE_PATTERN}$", var.audit_external)' in (core / "variables.tf").read_text()
    words = structure.description(Layout(), "REF").removeprefix(structure.description(Layout()))
    assert (
        '"${local.names.description}' + words.replace("REF", "${var.audit_external}") + '"'
        in (core / "secrets.tf").read_text()
    )


@pytest.mark.parametrize("module", ["layout", "policies"])
def test_the_modules_own_tests_pass_and_there_are_some(terraform, module, tmp_path):
    report = tmp_path / "junit.xml"
    done = terraform("test", "-no-color", f"-junit-xml={report}", module=module)
    assert done.returncode == 0, done.stdout + done.stderr
    expected = sum(file.read_text().count('\nrun "') for file in (MODULES / "modules" / module / "tests").iterdir())
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314
    assert [list(case) for case in cases] == [[]] * expected
    assert expected > 0


@pytest.mark.parametrize("variables", [{"instance": "binance-x"}, {"instance": 'b" {}'}, {"approle_accessor": "*"}])
def test_terraform_refuses_a_value_that_could_be_policy_text(terraform, variables):
    done = terraform("plan", "-input=false", "-no-color", **variables)
    assert done.returncode == 1
    assert "Invalid value for variable" in done.stderr


@pytest.mark.parametrize("role", [*POLICIES, SETUP])
def test_terraform_would_not_reformat_a_policy(terraform, role):
    done = terraform("fmt", "-check", "-diff", "-", stdin=render(role, Layout()))
    assert (done.returncode, done.stdout) == (0, "")


def test_every_configuration_is_formatted(terraform):
    assert terraform("fmt", "-check", "-recursive", str(MODULES)).returncode == 0
