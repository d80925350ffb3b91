"""Policies at a terminal: tested, explained and checked, by the texts here and by those of a real Vault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY, API_SECRET, LAYOUT
from tests.support import ROOT
from vault_binance.ops import kill_switch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Stage

PROMISES = str(ROOT / "policies" / "roles.test.toml")
CREDENTIAL = "binance/data/credentials/market-maker"


def spec(text: str) -> str:
    Path("s.toml").write_text(text)
    return "s.toml"


def case(who: str, path: str, expected: str) -> str:
    return f'[[case]]\n{who}\npath = "{path}"\n{expected}\n'


@pytest.fixture
def auditor(stage: Stage) -> dict[str, str]:
    return {**stage.environ, "VAULT_TOKEN": stage.token("binance-auditor")}


class TestTest:
    def test_needs_no_vault(self, command: Command) -> None:
        ran = command("policy", "test", PROMISES, environ={"VAULT_ADDR": "http://127.0.0.1:1"})
        assert (ran.code, ran.out) == (0, "")
        assert "all of them kept" in ran.err

    def test_tells_what_is_broken_and_by_which_line(self, command: Command) -> None:
        text = case('who = "writer"', CREDENTIAL, 'can = ["create", "read"]')
        ran = command("policy", "test", spec(text), "--format", "json")
        assert ran.code == 12
        assert json.loads(ran.out) == [
            {
                "case": "s.toml, case 1, line 1",
                "who": "writer",
                "path": CREDENTIAL,
                "capability": "read",
                "promised": "can",
                "found": "cannot",
                "kept": False,
                "by": "writer:4",
            }
        ]
        assert "1 cases, 2 promises: 1 of them broken" in ran.err
        every = command("policy", "test", spec(text), "--format", "json", "--verbose")
        assert [row["kept"] for row in json.loads(every.out)] == [True, False]

    def test_says_which_rules_no_case_is_about(self, command: Command) -> None:
        ran = command("policy", "test", spec(case('who = "auditor"', "binance/config", 'only = ["read"]')))
        assert ran.code == 0
        assert "no case is about" in ran.err
        assert "(--verbose)" in ran.err
        Path("own").mkdir()
        Path("own/team.hcl").write_text('path "a" { capabilities = ["read"] }')
        ran = command("policy", "test", spec(case('who = "team"', "a", 'only = ["read"]')), "--policies", "own")
        assert (ran.code, ran.err) == (0, "note:  1 cases, 7 promises: all of them kept\n")

    @pytest.mark.parametrize("text", ["", "[[case]]\n", "\x00", case('who = "a"', "b", "can = 1"), "case = 3"])
    def test_refuses_a_bad_spec_before_anything_is_asked(self, command: Command, stage: Stage, text: str) -> None:
        before = stage.audit_log.stat().st_size
        ran = command("policy", "test", spec(text), "--live", environ=stage.environ)
        assert (ran.code, ran.out) == (10, "")
        assert ran.error.startswith("s.toml")
        assert ran.hint
        assert stage.audit_log.stat().st_size == before

    def test_of_a_file_that_is_not_there_is_an_error(self, command: Command) -> None:
        assert (
            command("policy", "test", "nowhere.toml").error == "cannot read 'nowhere.toml': No such file or directory"
        )


class TestLive:
    def test_our_promises_are_kept_by_the_texts_in_vault_as_the_auditor_sees_them(
        self, command: Command, auditor: dict[str, str]
    ) -> None:
        ran = command("policy", "test", PROMISES, "--live", environ=auditor)
        assert (ran.code, ran.out) == (0, "")
        assert "read from Vault and judged here; no token was asked" in ran.err
        assert "differs" not in ran.err

    def test_a_text_that_was_changed_in_vault_is_judged_as_it_is_there(
        self, command: Command, stage: Stage, auditor: dict[str, str], changed_writer: None
    ) -> None:
        text = case('who = "writer"', CREDENTIAL, 'cannot = ["read"]')
        assert command("policy", "test", spec(text)).code == 0
        ran = command("policy", "test", spec(text), "--live", environ=auditor)
        assert ran.code == 12
        assert "binance-writer in Vault differs from here" in ran.err
        assert "binance-writer:1" in ran.out

    @pytest.fixture
    def changed_writer(self, stage: Stage) -> Iterator[None]:
        with stage.operator() as vault:
            text = vault.policy("binance-writer")
            assert text
            vault.write_policy("binance-writer", 'path "binance/data/*" { capabilities = ["read"] }')
            yield
            vault.write_policy("binance-writer", text)

    def test_a_policy_that_is_not_there_grants_nothing_and_is_said(self, command: Command, stage: Stage) -> None:
        text = case('policies = ["no-such"]', "a", "only = []")
        ran = command("policy", "test", spec(text), "--live", environ=stage.environ)
        assert ran.code == 0
        assert "there is no policy no-such in Vault" in ran.err

    def test_tokens_are_asked_oneself_and_by_accessor(self, command: Command, stage: Stage) -> None:
        made = stage.vault.call("POST", "auth/token/create", {"policies": ["binance-writer"]})[1]["auth"]
        text = case(f'accessor = "{made["accessor"]}"', "binance/metadata/credentials", 'can = ["list"]')
        text += case('who = "me"', "anything", f"only = {json.dumps(ALL)}")
        ran = command("policy", "test", spec(text), "--live", "--verbose", "--format", "json", environ=stage.environ)
        assert ran.code == 0
        assert {row["by"] for row in json.loads(ran.out)} == {"a token"}
        ran = command("policy", "test", spec(text.replace(made["accessor"], "gone")), "--live", environ=stage.environ)
        assert (ran.code, ran.error) == (23, "no token has this accessor")

    def test_a_bot_is_judged_by_its_own_login_and_entity(
        self, command: Command, stage: Stage, auditor: dict[str, str]
    ) -> None:
        stage.add_bot("judged", "market-maker")
        text = case('bot = "judged"', CREDENTIAL, 'only = ["read"]')
        text += case('bot = "judged"', "binance/data/credentials/other", "only = []")
        assert command("policy", "test", spec(text), "--live", environ=auditor).code == 0
        with stage.operator() as vault:
            kill_switch.suspend(vault, LAYOUT, "judged")
        ran = command("policy", "test", spec(text), "--live", environ=auditor)
        assert ran.code == 12
        assert "judged is suspended" in ran.err

    def test_a_bot_that_is_none_is_told(self, command: Command, stage: Stage) -> None:
        ran = command("policy", "test", spec(case('bot = "none"', "a", "only = []")), "--live", environ=stage.environ)
        assert (ran.code, ran.error) == (23, "there is no bot none in Vault")

    def test_whoever_may_not_read_a_policy_is_told_who_may(self, command: Command, stage: Stage) -> None:
        environ = {**stage.environ, "VAULT_TOKEN": stage.token("default")}
        ran = command("policy", "test", PROMISES, "--live", environ=environ)
        assert ran.code == 21
        assert "auditor" in ran.err

    @pytest.mark.parametrize("name", ["../../sys/seal", "a b", "*", "x" * 200])
    def test_a_name_that_could_be_a_path_is_refused(self, command: Command, stage: Stage, name: str) -> None:
        ran = command(
            "policy", "test", spec(case(f'who = "{name}"', "a", "only = []")), "--live", environ=stage.environ
        )
        assert (ran.code, ran.out) == (10, "")
        assert ran.hint


ALL = ["create", "read", "update", "patch", "delete", "list", "sudo"]


class TestExplain:
    def test_of_oneself_by_what_vault_says_and_by_which_rule(self, command: Command, stage: Stage) -> None:
        policy = 'path "sys/capabilities-self" { capabilities = ["update"] }'
        policy += "".join(
            f'\npath "{path}" {{ capabilities = ["{word}"] }}'
            for path, word in {
                "binance/*": "read",
                "auth/token/lookup-self": "read",
                "sys/policies/acl/explained": "read",
                "sys/policies/acl/default": "read",
            }.items()
        )
        with stage.operator() as vault:
            vault.write_policy("explained", policy)
        environ = {**stage.environ, "VAULT_TOKEN": stage.token("explained")}
        ran = command("policy", "explain", "binance/x", "--live", "--format", "json", environ=environ)
        assert "Vault itself says of this token: read" in ran.err
        (row,) = json.loads(ran.out)
        assert (row["may"], row["rule"], row["written"]) == (["read"], "binance/*", ["explained:2"])

    def test_of_oneself_without_the_right_to_read_policies_is_what_vault_says(
        self, command: Command, stage: Stage
    ) -> None:
        environ = {**stage.environ, "VAULT_TOKEN": stage.token("binance-writer")}
        ran = command("policy", "explain", CREDENTIAL, "--live", environ=environ)
        assert ran.code == 0
        assert ran.out.split()[-2:] == ["create,", "update"]
        assert "which rule it is cannot be said" in ran.err

    def test_of_root_no_rule_is_asked(self, command: Command, stage: Stage) -> None:
        ran = command("policy", "explain", "any/thing", "--live", environ=stage.environ)
        assert (ran.code, ran.err) == (0, "note:  Vault itself says of this token: everything\n")
        assert "the policy root: no rule is asked" in ran.out

    def test_of_a_bot_without_a_login_of_ours_says_so(self, command: Command, stage: Stage) -> None:
        with stage.operator() as vault:
            vault.write_entity("binance-platform", metadata={"binance_bot": "platform"})
        ran = command("policy", "explain", "a", "--bot", "platform", "--live", environ=stage.environ)
        assert ran.code == 0
        assert "platform has no login of ours" in ran.err

    def test_of_a_bot_here_says_that_its_credential_is_not_known(self, command: Command) -> None:
        asked = ("policy", "explain", CREDENTIAL, "--bot", "mm-1")
        ran = command(*asked)
        assert (ran.code, "--metadata binance_credential=NAME" in ran.err) == (0, True)
        assert "--metadata" not in command(*asked, "--metadata", "binance_credential=market-maker").err

    def test_of_a_bot_in_vault(self, command: Command, auditor: dict[str, str]) -> None:
        ran = command("policy", "explain", CREDENTIAL, "--bot", "mm-1", "--live", "--format", "json", environ=auditor)
        (row,) = json.loads(ran.out)
        assert (row["may"], row["written"]) == (["read"], ["binance-reader:6"])

    @pytest.mark.parametrize(
        "arguments",
        [
            ("",),
            ("/",),
            ("a", "--role", "nobody"),
            ("a", "--policy", "nowhere.hcl"),
            ("a", "--metadata", "k"),
            ("a", "--metadata", "=v"),
            ("a", "--bot", "*"),
            ("a", "--bot", "mm-1", "--role", "reader"),
            ("a", "--bot", "mm-1", "--metadata", "k=v", "--live"),
        ],
        ids=str,
    )
    def test_what_makes_no_sense_is_refused_before_anything_is_asked(
        self, command: Command, stage: Stage, arguments: tuple[str, ...]
    ) -> None:
        before = stage.audit_log.stat().st_size
        ran = command("policy", "explain", *arguments, environ=stage.environ)
        assert (ran.code, ran.out) == (10, "")
        assert ran.error
        assert stage.audit_log.stat().st_size == before


class TestCheck:
    def test_exits_with_a_mistake_that_cannot_be_meant(self, command: Command) -> None:
        Path("a.hcl").write_text('path "secret/*/x" { capabilities = ["read"] }\n')
        ran = command("policy", "check", "a.hcl", "--format", "json")
        assert ran.code == 12
        (row,) = json.loads(ran.out)
        assert (row["severity"], row["policy"], row["line"]) == ("HIGH", "a.hcl", 1)

    def test_knows_our_own_mount_and_those_named(self, command: Command) -> None:
        Path("a.hcl").write_text('path "binance/credentials/x" { capabilities = ["read"] }\n')
        Path("b.hcl").write_text('path "team/kv/x" { capabilities = ["read"] }\n')
        assert command("policy", "check", "a.hcl").code == 12
        assert command("policy", "check", "b.hcl").err == "note:  nothing found in b.hcl\n"
        assert command("policy", "check", "b.hcl", "--kv", "team/kv/").code == 12

    def test_a_policy_without_a_rule_is_not_merely_sound(self, command: Command) -> None:
        Path("a.hcl").write_text("# path\n")
        assert command("policy", "check", "a.hcl").err.endswith("note:  a.hcl has no rule: it grants nothing\n")

    def test_json_is_told_for_what_it_is(self, command: Command) -> None:
        Path("a.hcl").write_text('{"path": {"a": {"capabilities": ["read"]}}}')
        ran = command("policy", "check", "a.hcl")
        assert (ran.code, ran.out, "JSON, which Vault takes" in ran.error) == (10, "", True)

    @pytest.mark.parametrize(
        "text", ["\ufeff", "path", 'path "a/+*" {}', 'path "a" { capabilities = ["fly"] }', 'path "{{a}}" {}', "\x00"]
    )
    def test_what_vault_refuses_is_an_error(self, command: Command, text: str) -> None:
        Path("a.hcl").write_text(text)
        ran = command("policy", "check", "a.hcl")
        assert (ran.code, ran.out) == (10, "")
        assert ran.error.startswith("policy a.hcl, line 1: ")


def test_nothing_here_writes_to_vault(stage: Stage, command: Command, auditor: dict[str, str]) -> None:
    """Reading a policy and asking for capabilities is all that a live test does."""
    before = len(stage.audit_log.read_text().splitlines())
    asked: list[Ran] = [
        command("policy", "test", PROMISES, "--live", environ=auditor),
        command("policy", "explain", CREDENTIAL, "--bot", "mm-1", "--live", environ=auditor),
    ]
    assert [ran.code for ran in asked] == [0, 0]
    lines = [json.loads(line) for line in stage.audit_log.read_text().splitlines()[before:]]
    assert {line["request"]["operation"] for line in lines} == {"read"}


@pytest.mark.parametrize("line", [("check",), ("test",), ("explain", "a", "--policy")], ids=str)
@pytest.mark.parametrize(
    "text", ["{0}\n{1}", "KEY={0}", "KEY='{0}'", 'KEY = "{0}"', '{{"{0}": "{1}"}}', "path {0}", "{0} = 1"]
)
def test_a_file_of_keys_given_by_mistake_is_not_repeated(command: Command, line: tuple[str, ...], text: str) -> None:
    Path("file").write_text(text.format(API_KEY, API_SECRET))
    ran = command("policy", *line, "file")
    assert (ran.code, ran.out) == (10, "")
    assert API_KEY not in ran.err
    assert API_SECRET not in ran.err
