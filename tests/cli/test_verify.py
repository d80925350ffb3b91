"""`verify` at the terminal: several keys, what is expected of them, what has changed since, and what it comes to."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stage import API_KEY, API_SECRET, OTHER_KEY, OTHER_SECRET, PAIR, fresh
from tests.cli.terminal import on_a_terminal
from vault_binance.cli.verdicts import worst
from vault_binance.credentials import KeyType
from vault_binance.testing.emulator.faults import Fault

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Spawn, Stage
    from vault_binance.testing.emulator import Emulator

PAIRS = ("--api-key", "-", "--api-secret", "-")


def rows(ran: Ran) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(ran.out)
    return read


def codes(row: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in row["findings"]]


@pytest.fixture
def bad(stage: Stage) -> str:
    """A credential whose key may withdraw, from anywhere."""
    name = fresh()
    stage.put(name, OTHER_KEY, OTHER_SECRET)
    return name


@pytest.fixture
def gone(stage: Stage, binance: Emulator) -> str:
    """A credential whose key was deleted at Binance."""
    name, issued = fresh(), binance.add_key()
    binance.delete_key(issued.api_key, forget=True)
    stage.put(name, issued.api_key.reveal(), issued.credentials().secret.reveal())
    return name


def test_one_key_ends_with_its_verdict(command: Command, stage: Stage, bad: str, gone: str) -> None:
    ran = command("verify", "market-maker", environ=stage.environ)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "safe as far as Binance says")
    assert re.fullmatch(r"checked market-maker at Binance, from this address {3}clock [+-]\d+ ms\n", ran.err)
    ran = command("verify", bad, environ=stage.environ)
    assert (ran.code, ran.out.splitlines()[-1]) == (12, "2 findings at HIGH")
    ran = command("verify", gone, environ=stage.environ)
    assert (ran.code, ran.out.splitlines()[-1]) == (31, "Binance refuses this key (code -2008)")
    assert "-2008" in ran.error
    assert "likely deleted" not in ran.out  # with a replaced address no other environment was asked


def test_several_keys_in_one_table(command: Command, stage: Stage, bad: str, gone: str) -> None:
    ran = command("verify", "market-maker", bad, gone, bad, environ=stage.environ)
    lines = ran.out.splitlines()
    assert ran.code == 31
    assert re.split(" {2,}", lines[0]) == ["NAME", "SEVERITY", "FINDING"]
    assert [line.split()[0] for line in lines[1:]] == ["market-maker"] * 2 + [bad] * 4 + [gone] * 2
    assert ran.err == ""


def test_machines_get_a_list_whatever_the_number(command: Command, stage: Stage, bad: str, gone: str) -> None:
    (one,) = rows(command("verify", bad, "--format", "json", environ=stage.environ))
    assert (one["name"], one["exit_code"], one["ip_restricted"]) == (bad, 12, False)
    assert one["permissions"] == ["reading", "withdrawals"]
    ran = command("verify", gone, bad, "--format", "json", environ=stage.environ)
    both = rows(ran)
    assert [(row["name"], row["exit_code"]) for row in both] == [(gone, 31), (bad, 12)]
    assert list(both[0]) == list(one)
    assert codes(both[0]) == ["key-unknown"]
    assert (ran.code, API_SECRET in ran.out) == (31, False)


def test_a_refused_key_is_told_to_machines_before_the_error(command: Command, stage: Stage, gone: str) -> None:
    ran = command("verify", gone, "--format", "json", environ=stage.environ)
    assert (ran.code, codes(rows(ran)[0])) == (31, ["key-unknown"])
    assert ran.error == rows(ran)[0]["error"]


def test_one_key_without_a_verdict_hides_no_other(command: Command, stage: Stage, binance: Emulator, bad: str) -> None:
    binance.fail(Fault.SERVER_ERROR, path="/sapi/v1/account/apiRestrictions")
    ran = command("verify", bad, "market-maker", "--format", "json", environ=stage.environ)
    failed, sound = rows(ran)
    assert (failed["verdict"], failed["exit_code"], codes(failed)) == ("no verdict", 30, ["binance-failed"])
    assert sound["exit_code"] == 0
    assert ran.code == 30


def test_after_a_ban_no_other_key_is_asked_for(command: Command, stage: Stage, binance: Emulator, bad: str) -> None:
    binance.fail(Fault.BANNED, times=None)
    before = len(binance.log)
    ran = command("verify", "market-maker", bad, "--format", "json", environ=stage.environ)
    binance.mend()
    assert len(binance.log) == before + 1
    assert [codes(row) for row in rows(ran)] == [["address-banned"], ["address-banned"]]
    assert ran.code == 30


def test_a_credential_that_is_not_there_hides_no_other(command: Command, stage: Stage, bad: str) -> None:
    ran = command("verify", "nothing", bad, "--format", "json", environ=stage.environ)
    missing, _ = rows(ran)
    assert (missing["exit_code"], missing["findings"]) == (23, [])
    assert ran.code == 12


@pytest.mark.parametrize(
    ("exit_codes", "code"),
    [([0, 0], 0), ([0, 30], 30), ([30, 12], 12), ([12, 31, 30], 31), ([23, 30], 23), ([23, 12], 12), ([], 0)],
)
def test_the_worst_exit_code_counts(exit_codes: list[int], code: int) -> None:
    assert worst(exit_codes) == code


def test_a_bad_name_among_several_is_refused_before_anything_is_asked(command: Command, stage: Stage) -> None:
    before = stage.audit_log.stat().st_size
    ran = command("verify", "market-maker", "Market", environ=stage.environ)
    assert (ran.code, ran.out) == (10, "")
    assert stage.audit_log.stat().st_size == before


def test_a_login_that_opens_once_is_not_spent_on_the_first_of_several(command: Command, stage: Stage) -> None:
    environ = stage.bot()
    ran = command("verify", "market-maker", "arb", environ=environ)
    assert (ran.code, ran.error) == (10, "a wrapped SecretID opens once, and each NAME needs a login")
    assert stage.opens(environ["VAULT_BINANCE_WRAPPED_SECRET_ID"])


# Files


def test_several_files(command: Command, stage: Stage) -> None:
    Path("a.env").write_text(f"BINANCE_API_KEY={API_KEY}\nBINANCE_API_SECRET={API_SECRET}\n")
    Path("b.env").write_text(f"BINANCE_API_KEY={OTHER_KEY}\nBINANCE_API_SECRET={OTHER_SECRET}\n")
    line = ("verify", "--env-file", "a.env", "--env-file", "b.env", "--format", "json")
    ran = command(*line, environ=stage.binance_url)
    assert [(row["name"], row["exit_code"]) for row in rows(ran)] == [("a.env", 0), ("b.env", 12)]


def test_a_private_key_in_a_file_has_its_type_said(command: Command, stage: Stage, binance: Emulator) -> None:
    issued = binance.add_key(key_type=KeyType.ED25519, ip_list=("127.0.0.1",))
    pem = issued.credentials().secret.reveal()
    Path(".env").write_text(f'BINANCE_API_KEY={issued.api_key.reveal()}\nBINANCE_PRIVATE_KEY="{pem}"\n')
    assert command("verify", "--env-file", ".env", environ=stage.binance_url).code == 10
    ran = command("verify", "--env-file", ".env", "--type", "ed25519", environ=stage.binance_url)
    assert (ran.code, ran.out) == (0, "safe as far as Binance says\n")


def test_a_file_keeps_no_record(command: Command) -> None:
    ran = command("verify", "--env-file", "a", "--since-last")
    assert (ran.code, ran.out) == (10, "")


@pytest.mark.parametrize("option", [("--environment", "testnet"), ("--type", "rsa")])
def test_what_is_stored_says_where_it_belongs(command: Command, stage: Stage, option: tuple[str, str]) -> None:
    ran = command("verify", "market-maker", *option, environ=stage.environ)
    assert (ran.code, ran.out) == (10, "")
    assert "are for --env-file" in ran.error


def test_no_hint_names_an_option_that_it_has_not(command: Command) -> None:
    Path(".env").write_text(f"BINANCE_API_KEY=short\nBINANCE_API_SECRET={API_SECRET}\n")
    ran = command("verify", "--env-file", ".env")
    assert (ran.code, ran.hint) == (10, "was it cut off?")


# What is expected


def stored(command: Command, stage: Stage, name: str) -> dict[str, str]:
    shown = command("key", "show", name, "--format", "json", environ=stage.environ)
    metadata: dict[str, str] = json.loads(shown.out)
    return metadata


def put(command: Command, stage: Stage, name: str, *options: str) -> Ran:
    return command("key", "put", name, *options, *PAIRS, environ=stage.environ, stdin=PAIR)


def test_what_is_expected_is_stored_and_judged_by_from_then_on(command: Command, stage: Stage) -> None:
    name = fresh()
    ran = put(command, stage, name, "--allow", "futures", "--forbid", "withdrawals")
    assert (ran.code, "futures trading is not allowed" in ran.err) == (0, True)
    metadata = stored(command, stage, name)
    assert (metadata["allow"], metadata["forbid"]) == ("futures", "withdrawals")
    (row,) = rows(command("verify", name, "--format", "json", environ=stage.environ))
    assert "futures-missing" in codes(row)
    assert "futures trading is not allowed" in put(command, stage, name).err
    assert "futures trading is not allowed" not in put(command, stage, name, "--allow", "reading").err
    assert stored(command, stage, name)["allow"] == "reading"


def test_what_is_typed_is_added_to_what_is_stored(command: Command, stage: Stage, bad: str) -> None:
    line = ("verify", bad, "--allow", "withdrawals", "--format", "json")
    (row,) = rows(command(*line, environ=stage.environ))
    assert codes(row)[0] == "no-ip-restriction"
    assert "withdrawals-allowed" not in codes(row)


def test_no_ip_restriction_may_be_waived_for_good(command: Command, stage: Stage, binance: Emulator) -> None:
    name, issued = fresh(), binance.add_key()
    pair = f"{issued.api_key.reveal()}\n{issued.credentials().secret.reveal()}\n"
    line = ("key", "put", name, "--no-require-ip", *PAIRS)
    assert "no IP restriction" not in command(*line, environ=stage.environ, stdin=pair).err
    assert stored(command, stage, name)["require_ip"] == "false"
    assert command("verify", name, environ=stage.environ).code == 0
    assert command("verify", name, "--require-ip", environ=stage.environ).code == 12


@pytest.mark.parametrize("line", [("verify", "market-maker"), ("key", "put", "x")])
def test_a_permission_both_allowed_and_forbidden_is_refused(
    command: Command, stage: Stage, line: tuple[str, ...]
) -> None:
    before = stage.audit_log.stat().st_size
    ran = command(*line, "--allow", "margin", "--forbid", "margin", environ=stage.environ)
    assert (ran.code, ran.error) == (10, "margin: both allowed and forbidden")
    assert stage.audit_log.stat().st_size == before


def test_what_contradicts_what_is_stored_is_refused_before_a_secret_is_asked_for(
    command: Command, stage: Stage
) -> None:
    name = fresh()
    assert put(command, stage, name, "--forbid", "margin").code == 0
    ran = command("key", "put", name, "--allow", "margin", environ=stage.environ)
    assert (ran.code, ran.error) == (10, "margin: both allowed and forbidden")
    assert command("verify", name, "--allow", "margin", environ=stage.environ).code == 10


def test_a_refused_key_shows_why_before_it_is_not_stored(command: Command, stage: Stage) -> None:
    pair = f"{API_KEY}\n{OTHER_SECRET}\n"
    ran = command("key", "put", "refused", *PAIRS, environ=stage.environ, stdin=pair)
    assert (ran.code, ran.out) == (31, "")
    assert "HIGH    the signature is not valid" in ran.err
    assert ran.error.endswith("nothing was stored")
    assert stage.version("refused") == 0


# Since last time


def test_what_has_changed_since_the_last_check(command: Command, stage: Stage, binance: Emulator) -> None:
    name, issued = fresh(), binance.add_key(ip_list=("127.0.0.1",), permissions={"enableFutures": True})
    pair = f"{issued.api_key.reveal()}\n{issued.credentials().secret.reveal()}\n"
    assert command("key", "put", name, *PAIRS, environ=stage.environ, stdin=pair).code == 0
    line = ("verify", name, "--since-last", "--format", "json")
    (row,) = rows(command(*line, environ=stage.environ))
    assert not [code for code in codes(row) if code.endswith(("-added", "-lost", "-gone"))]
    assert "note:  nothing has changed since 20" in command(*line, environ=stage.environ).err
    binance.restrict(issued.api_key, permissions={"enableWithdrawals": True, "enableFutures": False}, ip_list=())
    (row,) = rows(command(*line, environ=stage.environ))
    assert [code for code in codes(row) if code.endswith(("-added", "-lost", "-gone"))] == [
        "withdrawals-added",
        "ip-restriction-gone",
        "futures-lost",
    ]


def test_without_a_record_there_is_nothing_to_compare_with(command: Command, stage: Stage) -> None:
    ran = command("verify", "market-maker", "--since-last", environ=stage.environ)
    assert ran.code == 0
    assert "no check of market-maker is on record" in ran.err


def test_another_key_is_not_compared(command: Command, stage: Stage, binance: Emulator) -> None:
    name = fresh()
    assert put(command, stage, name).code == 0
    issued = binance.add_key(permissions={"enableWithdrawals": True}, ip_list=("127.0.0.1",))
    stage.put(name, issued.api_key.reveal(), issued.credentials().secret.reveal())
    ran = command("verify", name, "--since-last", environ=stage.environ)
    assert f"the last check of {name} was of another key" in ran.err
    assert "since 20" not in ran.out


# On a terminal


def test_a_narrow_terminal_has_no_long_line_and_a_pipe_no_short_one(spawn: Spawn, stage: Stage, bad: str) -> None:
    shown = on_a_terminal(spawn, "verify", bad, environ={**stage.environ, "NO_COLOR": "1", "COLUMNS": "80"})
    assert max(len(line) for line in shown.splitlines()) <= 80
    piped = spawn("verify", bad, environ=stage.environ).out
    assert len(piped.splitlines()) == 4
    assert [word for line in piped.splitlines() for word in line.split() if word not in shown.split()] == []


def test_a_bar_over_several_on_a_terminal_alone(spawn: Spawn, stage: Stage, bad: str) -> None:
    wide = {**stage.environ, "NO_COLOR": "1", "COLUMNS": "120"}
    assert "asking Binance" in on_a_terminal(spawn, "verify", bad, "market-maker", environ=wide)
    assert "asking Binance" not in on_a_terminal(spawn, "verify", bad, environ=wide)
    assert spawn("verify", bad, "market-maker", environ=stage.environ).err == ""
