"""A key judged on its bot's host: `verify NAME`, `exec --verify` and a lease, and what operators see of it then."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import LAYOUT, fresh
from vault_binance import KeyRejected, UnsafeKey
from vault_binance.connect_lease import Fetcher
from vault_binance.testing.emulator.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Command
    from tests.cli.stage import Spawn, Stage
    from vault_binance.testing.emulator import Emulator

SAYS = (sys.executable, "-c", "import os; print(os.environ['BINANCE_API_KEY'])")


class Bot:
    """A bot with a credential of its own, whose key the emulator knows."""

    def __init__(self, stage: Stage, binance: Emulator, **key: object) -> None:
        self.stage, self.binance = stage, binance
        self.name, self.credential = fresh(), fresh()
        self.issued = binance.add_key(**{"ip_list": ("127.0.0.1",), **key})  # type: ignore[arg-type]
        self.put(self.issued)
        stage.add_bot(self.name, self.credential)

    def put(self, issued: object) -> None:
        pair = issued.credentials()  # type: ignore[attr-defined]
        self.stage.put(self.credential, pair.api_key.reveal(), pair.secret.reveal())

    @property
    def environ(self) -> dict[str, str]:
        return self.stage.bot(self.name, self.credential, wrapped=False)

    def report(self) -> dict[str, str]:
        """What it has left in Vault; empty where it left nothing."""
        status, answer = self.stage.vault.call("GET", LAYOUT.report_path(self.name))
        return dict(answer["data"]["data"]) if status == 200 else {}

    def listed(self, command: Command, environ: dict[str, str] | None = None) -> str:
        rows = json.loads(command("key", "list", "--format", "json", environ=environ or self.stage.environ).out)
        (row,) = [row for row in rows if row["name"] == self.credential]
        return str(row["verified"])


@pytest.fixture
def bot(stage: Stage, binance: Emulator) -> Bot:
    return Bot(stage, binance)


@pytest.fixture
def rash(stage: Stage, binance: Emulator) -> Bot:
    """One whose key may withdraw."""
    return Bot(stage, binance, permissions={"enableWithdrawals": True})


# verify NAME


def test_a_bots_check_is_left_in_vault_and_shown_by_key_list(command: Command, bot: Bot) -> None:
    assert bot.listed(command) == "never"
    assert command("verify", environ=bot.environ).code == 0
    report = bot.report()
    told = (report["bot"], report["credential"], report["version"], report["high"], report["ip_restricted"])
    assert told == (bot.name, bot.credential, "1", "0", "true")
    assert bot.issued.api_key.reveal() not in json.dumps(report)
    assert bot.listed(command).startswith("ok, ")
    assert bot.listed(command).endswith(f"s, {bot.name}")


def test_a_finding_at_high_and_a_refusal_are_shown_with_the_bot_that_found_them(command: Command, rash: Bot) -> None:
    assert command("verify", environ=rash.environ).code == 12
    assert rash.listed(command).startswith("1 HIGH, ")
    rash.binance.delete_key(rash.issued.api_key, forget=True)
    assert command("verify", environ=rash.environ).code == 31
    assert rash.listed(command).startswith("refused -2008, ")


def test_a_check_of_an_older_version_says_nothing(command: Command, bot: Bot) -> None:
    command("verify", environ=bot.environ)
    bot.put(bot.binance.add_key())
    assert bot.listed(command) == "never"


def test_a_writer_sees_the_reports_and_who_may_not_read_them_sees_the_rest(command: Command, bot: Bot) -> None:
    command("verify", environ=bot.environ)
    for policies, shown in ((("binance-writer",), True), (("binance-auditor",), True), (("lister",), False)):
        with bot.stage.operator() as vault:
            vault.write_policy("lister", _LISTER)
        listed = bot.listed(command, {**bot.stage.environ, "VAULT_TOKEN": bot.stage.token(*policies)})
        assert (listed != "never") is shown


_LISTER = """
path "binance/metadata/credentials/" { capabilities = ["list"] }
path "binance/metadata/credentials/+" { capabilities = ["read"] }
"""


def test_an_operators_own_check_leaves_no_report(command: Command, bot: Bot) -> None:
    assert command("verify", bot.credential, environ=bot.stage.environ).code == 0
    assert bot.report() == {}


def test_what_changed_since_is_told_by_the_bots_own_report(command: Command, bot: Bot) -> None:
    first = command("verify", "--since-last", environ=bot.environ)
    assert "no check of" in first.err
    bot.binance.restrict(bot.issued.api_key, permissions={"enableFutures": True}, ip_list=())
    ran = command("verify", "--since-last", "--format", "json", environ=bot.environ)
    codes = {finding["code"] for finding in json.loads(ran.out)[0]["findings"]}
    assert {"futures-added", "ip-restriction-gone"} <= codes
    again = json.loads(command("verify", "--since-last", "--format", "json", environ=bot.environ).out)
    assert not {"futures-added", "ip-restriction-gone"} & {finding["code"] for finding in again[0]["findings"]}


def test_a_bot_that_may_not_write_its_report_is_judged_all_the_same(command: Command, bot: Bot) -> None:
    with bot.stage.operator() as vault:
        vault.write_policy("reads-only", _READS_ONLY.replace("NAME", bot.credential))
    environ = {**bot.stage.environ, "VAULT_TOKEN": bot.stage.token("reads-only"), "VAULT_BINANCE_BOT": bot.name}
    ran = command("verify", bot.credential, environ=environ)
    assert (ran.code, bot.report()) == (0, {})
    assert f"warning: the report could not be left: no policy of this token grants binance/data/reports/{bot.name}" in (
        ran.err
    )


_READS_ONLY = """
path "binance/data/credentials/NAME" { capabilities = ["read"] }
path "auth/token/lookup-self" { capabilities = ["read"] }
"""


# exec --verify


def test_a_sound_key_is_reported_and_the_command_started_with_it(spawn: Spawn, bot: Bot) -> None:
    ran = spawn("exec", "--verify", "--", *SAYS, environ=bot.environ)
    assert (ran.code, ran.out.strip()) == (0, bot.issued.api_key.reveal())
    assert bot.report()["high"] == "0"
    assert "error" not in ran.err


@pytest.mark.parametrize("mode", [(), ("--on-change", "restart")], ids=["alone", "supervised"])
def test_nothing_is_started_with_an_unsafe_key(spawn: Spawn, rash: Bot, here: Path, mode: tuple[str, ...]) -> None:
    ran = spawn("exec", *mode, "--verify", "--", "touch", "started", environ=rash.environ)
    assert (ran.code, ran.out) == (12, "")
    assert ran.error == f"the key of {rash.credential} is not to be used: withdrawals are allowed"
    assert ran.hint == 'untick "Enable Withdrawals" at Binance'
    assert not (here / "started").exists()
    assert rash.report()["high"] == "1"


@pytest.mark.parametrize("mode", [(), ("--on-change", "restart")], ids=["alone", "supervised"])
def test_nothing_is_started_with_a_refused_key(spawn: Spawn, bot: Bot, here: Path, mode: tuple[str, ...]) -> None:
    bot.binance.delete_key(bot.issued.api_key)
    ran = spawn("exec", *mode, "--verify", "--", "touch", "started", environ=bot.environ)
    assert (ran.code, not (here / "started").exists()) == (31, True)
    assert "-2015" in ran.error
    assert bot.report()["refused"] == "-2015"


def test_nothing_is_started_while_binance_cannot_be_asked_and_no_report_is_left(spawn: Spawn, bot: Bot) -> None:
    bot.binance.fail(Fault.SERVER_ERROR, times=None, path="/api/v3/time")
    try:
        ran = spawn("exec", "--verify", "--", "touch", "started", environ=bot.environ)
    finally:
        bot.binance.mend()
    assert (ran.code, bot.report()) == (30, {})


def test_what_the_team_asks_for_counts_on_the_bots_host(spawn: Spawn, rash: Bot) -> None:
    with rash.stage.operator() as vault:
        vault.merge_custom_metadata("binance", f"credentials/{rash.credential}", {"allow": "reading,withdrawals"})
    assert spawn("exec", "--verify", "--", "true", environ=rash.environ).code == 0


# A lease


def test_a_fetcher_that_verifies_reports_and_hands_out(bot: Bot) -> None:
    with Fetcher(environ=bot.environ, verify=True) as vault:
        assert vault.credentials.api_key == bot.issued.api_key
    assert (bot.report()["credential"], bot.report()["high"]) == (bot.credential, "0")


def test_a_fetcher_does_not_begin_with_a_key_that_is_not_to_be_used(rash: Bot) -> None:
    with pytest.raises(UnsafeKey, match="withdrawals are allowed"), Fetcher(environ=rash.environ, verify=True):
        pytest.fail("it began")
    rash.binance.delete_key(rash.issued.api_key)
    with pytest.raises(KeyRejected), Fetcher(environ=rash.environ, verify=True):
        pytest.fail("it began")


# What operators see of it


def test_key_show_lists_every_check_of_the_latest_version(command: Command, bot: Bot) -> None:
    command("verify", environ=bot.environ)
    row = json.loads(command("key", "show", bot.credential, "--format", "json", environ=bot.stage.environ).out)
    (check,) = row["checks"]
    assert re.fullmatch(rf"ok \d+s {bot.name}", check)


def test_key_list_says_what_waits_and_why_a_column_is_empty(command: Command, bot: Bot) -> None:
    waiting = fresh()
    writer = {**bot.stage.environ, "VAULT_TOKEN": bot.stage.token("binance-writer")}
    assert command("key", "new", waiting, environ=writer).code == 0
    ran = command("key", "list", environ=writer)
    assert f"{waiting} (vault-binance key pending)" in ran.err
    assert "read by: this token may not see which bots read what" in ran.err
    assert "read by:" not in command("key", "list", environ=bot.stage.environ).err


def test_who_is_refused_is_told_which_role_may(command: Command, bot: Bot) -> None:
    auditor = {**bot.stage.environ, "VAULT_TOKEN": bot.stage.token("binance-auditor")}
    ran = command("key", "delete", bot.credential, environ=auditor)
    assert ran.code == 21
    assert "the role writer may: binance-writer" in ran.err
