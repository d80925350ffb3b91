"""The pytest plugin, as a stranger's project meets it: in the environment of the built wheel, as a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import ENVIRONMENT, need_docker

pytest_plugins = ["pytester"]

PRODUCTION = {
    "VAULT_ADDR": "http://127.0.0.1:1",
    "VAULT_TOKEN": "production",
    "BAO_ADDR": "http://127.0.0.1:1",
    "VAULT_NAMESPACE": "production",
    "BINANCE_API_KEY": "production",
    "HTTP_PROXY": "http://127.0.0.1:1",
}


@pytest.mark.parametrize("way", [("newest", "-n2"), ("lowest", "--vault=fake")], ids=" ".join)
def test_a_strangers_tests_pass_and_see_nothing_of_the_developers(run, pytester, way):
    which, argument = way
    (pytester.path / ".vault-token").write_text("production")
    run(which, "trades", argument, **PRODUCTION).assert_outcomes(passed=10)


def test_a_test_with_any_part_of_the_kit_meets_nothing_of_the_developers_whatever_it_undoes(run, pytester):
    (pytester.path / ".vault-token").write_text("production")
    run("newest", "apart", "--vault=fake", **PRODUCTION).assert_outcomes(passed=9)


def test_a_server_is_looked_for_as_the_run_began_even_from_within_a_test(run):
    run("lowest", "late").assert_outcomes(passed=1)


def test_an_outage_is_made_on_a_container(run):
    need_docker()
    docker = {name: text for name, text in ENVIRONMENT.items() if name.startswith("DOCKER_")}
    arguments = ("--vault=container", "--vault-image=binary", "-k", "killed-")
    run("newest", "outages", *arguments, **docker).assert_outcomes(passed=1, deselected=3)


def test_where_no_server_can_be_had_a_marked_test_is_skipped_with_the_reason_and_another_one_fails_with_a_hint(run):
    result = run("newest", "absent", server="/nowhere/vault")

    result.assert_outcomes(passed=2, skipped=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "VAULT_BINANCE_VAULT_BIN: /nowhere/vault does not exist; name a Vault or OpenBao server there, *",
            "hint:  mark a test `needs_vault` to have it skipped instead",
            "SKIPPED * VAULT_BINANCE_VAULT_BIN: /nowhere/vault does not exist; *",
        ]
    )


def test_with_vault_required_nothing_is_skipped(run):
    result = run("lowest", "absent", "--vault-required", "-k", "marked", server="/nowhere/vault")

    result.assert_outcomes(errors=2, deselected=2)
    result.stdout.fnmatch_lines(["--vault-required, and VAULT_BINANCE_VAULT_BIN: /nowhere/vault does not exist; *"])


def test_a_marker_that_says_what_nobody_knows_is_refused_with_what_was_meant(run):
    result = run("lowest", "terms")

    result.assert_outcomes(errors=5, failed=1)
    result.stdout.fnmatch_lines(
        [
            "binance(permision=...): there is no such thing",
            "hint:  did you mean permissions?",
            "binance('arb'): its terms have names",
            "binance(permissions=['future']): there is no such thing",
            "hint:  did you mean futures?",
            "binance(key_type='ecdsa'): there is no such thing",
            "hint:  one of hmac, ed25519, rsa",
            "credential 'Market Maker' is not a valid name: *",
            "DevVault in memory does not outlive an outage",
            "hint:  ask for vault_outage as an argument of the test, *",
        ]
    )
    result.stdout.no_fnmatch_line("During handling of *")


def test_no_secret_is_in_the_report_of_a_test_that_fails(run, tmp_path):
    noted = tmp_path / "noted"
    result = run("newest", "leaks", "-l", "-vv", "--tb=long", NOTED=str(noted))

    result.assert_outcomes(failed=6)
    secrets = set(Path(noted).read_text().split())
    assert len(secrets) == 6 * 4 + 1
    shown = str(result.stdout) + str(result.stderr)
    assert "binance_bot = ProvisionedBot(name='mm-1'" in shown
    assert not [secret for secret in secrets if secret in shown]
