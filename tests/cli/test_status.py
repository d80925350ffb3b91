"""`status`: what it says to whoever may see little, or nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from vault_binance.layout import Layout
from vault_binance.ops import policy_texts
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Stage


def test_on_a_bots_host_it_says_whether_vault_is_up(command: Command, stage: Stage) -> None:
    ran = command("status", "--format", "json", environ=stage.bot())
    row = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert row.pop("vault")[0].isdigit()
    assert row == {
        "address": stage.vault.address,
        "standby": False,
        "instance": "binance",
        "set_up": "no token: what is set up was not looked at",
        "token": "none",
    }


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault.drop(), "does not answer"),
        (Fault.status(503, body={"initialized": True, "sealed": True, "standby": True, "version": "1.20.0"}), "sealed"),
    ],
    ids=["away", "sealed"],
)
def test_without_a_token_a_vault_that_is_not_up_is_told(
    command: Command, stage: Stage, fault: Fault, says: str
) -> None:
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = fault
        ran = command("status", environ={**stage.bot(), "VAULT_ADDR": proxy.address})
    assert (ran.code, ran.out) == (20, "")
    assert says in ran.error


def test_a_token_that_cannot_be_read_is_not_overlooked(command: Command, stage: Stage) -> None:
    ran = command("status", environ={**stage.bot(), "VAULT_TOKEN_FILE": "nowhere"})
    assert (ran.code, ran.out) == (10, "")


def test_what_a_token_may_not_see_is_not_said_to_be_well(command: Command, stage: Stage) -> None:
    seeing = policy_texts.render("auditor", Layout())
    blind = seeing.replace('path "sys/audit"', 'path "sys/audit-of-nobody"')
    assert blind != seeing
    stage.vault.call("PUT", "sys/policies/acl/blind", {"policy": blind})
    found = {
        policy: command("status", "--field", "set_up", environ={**stage.environ, "VAULT_TOKEN": stage.token(policy)})
        for policy in ("blind", "binance-auditor")
    }
    assert (found["blind"].code, found["blind"].out) == (0, "yes; audit devices: not this token's to see")
    assert found["binance-auditor"].out == "yes"
    assert command("status", "--field", "set_up", environ=stage.environ).out == "yes"
