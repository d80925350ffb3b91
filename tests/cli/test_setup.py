"""`setup` as it is typed: what it refuses before it asks anybody, and what it prints for others to use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from vault_binance.policy.text import parse_policy

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Stage

BAD_INPUT = {
    "--audit=external:": (10, "--audit=external is not followed by what it needs", "in one word"),
    "--audit=external:our own log": (10, "--audit=external is not followed by what it needs", "in one word"),
    "--audit=file:audit.log": (10, "--audit=file is not followed by what it needs", "an absolute path"),
    "--audit=file:/var/../etc/passwd": (10, "--audit=file is not followed by what it needs", "an absolute path"),
    "--audit=socket:9090": (10, "--audit=socket is not followed by what it needs", "host and port"),
    "--audit=syslog:local0": (10, "--audit=syslog is not followed by what it needs", "nothing after it"),
    "--audit=/var/log/audit.log": (10, "--audit names no kind of audit trail", "--audit=external:REF"),
    "--audit=": (10, "--audit names no kind of audit trail", "--audit=external:REF"),
    "--second-factor=sms": (2, "'sms' is not one of 'totp', 'idp'", "--help"),
    "--second-factor=": (2, "is not one of 'totp', 'idp'", "--help"),
}


@pytest.mark.parametrize("option", BAD_INPUT)
def test_bad_input_is_refused_before_anybody_is_asked(command: Command, stage: Stage, option: str) -> None:
    code, says, hints = BAD_INPUT[option]
    before = stage.audit_log.stat().st_size
    ran = command("setup", option, environ=stage.environ)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.error
    assert hints in ran.hint
    assert stage.audit_log.stat().st_size == before


def test_the_policy_for_a_device_is_that_of_setup_and_one_stanza(command: Command) -> None:
    plain = command("setup", "--output-policy").out
    external = command("setup", "--output-policy", "--audit=external:SEC-1").out
    device = command("setup", "--output-policy", "--audit=file:/var/log/a.log").out
    assert external == plain
    added = parse_policy("added", device.removeprefix(plain)).rules
    assert [(rule.path, set(rule.capabilities)) for rule in added] == [("sys/audit/binance", {"update", "sudo"})]


def test_a_device_beside_others_is_made_if_it_is_asked_for(command: Command, stage: Stage) -> None:
    def devices(*options: str) -> list[tuple[str, str]]:
        ran = command("setup", "--format", "json", *options, environ=stage.environ)
        assert ran.code == 0
        return [(row["step"], row["name"]) for row in json.loads(ran.out) if row["kind"].startswith("audit")]

    assert devices() == [("unchanged", "file/")]
    assert devices("--audit=file:/dev/null") == [("enabled", "binance/"), ("unchanged", "file/")]
    assert devices("--audit=file:/dev/null") == [("unchanged", "binance/"), ("unchanged", "file/")]
    again = command("setup", "--audit=file:/elsewhere", environ=stage.environ).out
    assert "as it is, whatever is asked now" in next(line for line in again.splitlines() if "audit device" in line)
    stage.vault.call("DELETE", "sys/audit/binance")


def test_whoever_may_not_is_told_what_prints_all_that_it_needs(command: Command, stage: Stage) -> None:
    _, made = stage.vault.call("POST", "auth/token/create", {"policies": ["default"], "ttl": "5m"})
    token = made["auth"]["client_token"]
    ran = command("setup", "--audit=file:/dev/null", environ={**stage.environ, "VAULT_TOKEN": token})
    assert (ran.code, ran.out) == (21, "")
    assert "all that this needs: the same command with --output-policy\n" in ran.err


def test_a_trail_elsewhere_is_shown_beside_a_device(command: Command, stage: Stage) -> None:
    ran = command("--instance", "other", "setup", "--audit=external:SEC-1", environ=stage.environ)
    assert ran.code == 0
    (line,) = (line for line in ran.out.splitlines() if "external" in line)
    assert line.split()[:4] == ["unchanged", "audit", "trail", "external:SEC-1"]
