"""Terraform and Python render the same policies, and both refuse what could change their meaning."""

import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support import unavailable
from vault_binance.layout import POLICIES, Layout
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

    def run(*arguments, stdin="", **variables):
        given = {f"TF_VAR_{name}": value for name, value in ({"policy_folder": str(folder())} | variables).items()}
        command = [program, *arguments]
        place = root / "policies"
        return subprocess.run(
            command, env=environ | given, cwd=place, input=stdin, capture_output=True, text=True, check=False
        )

    assert run("init", "-input=false", "-no-color").returncode == 0
    return run


@pytest.mark.parametrize(
    ("instance", "accessor"), [("binance", "no_such_mount"), ("trading_b", "auth_approle_1a2b3c4d")]
)
def test_terraform_renders_the_same_bytes(terraform, instance, accessor):
    done = terraform(
        "apply", "-auto-approve", "-input=false", "-no-color", instance=instance, approle_accessor=accessor
    )
    assert done.returncode == 0, done.stderr
    outputs = json.loads(terraform("output", "-json").stdout)
    texts = render_all(Layout(instance), approle_accessor=accessor)
    assert outputs["texts"]["value"] == texts
    assert outputs["sha256"]["value"] == {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}


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
