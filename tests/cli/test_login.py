"""`login` and `logout`: both factors, the file that Vault's own command reads, and every way to be refused."""

from __future__ import annotations

import json
import os
import stat
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.staff import PASSWORD, Staff
from tests.cli.stage import LAYOUT, fresh
from tests.cli.terminal import Terminal
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Ran, Spawn
    from tests.people import Phone

FROM_STDIN = ("--password", "-", "--code", "-")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


class Person:
    """Somebody at home; with the role writer, and a phone for it, once a test asks for the phone."""

    def __init__(self, staff: Staff, command: Command, home: Path) -> None:
        self.staff, self.command, self.home = staff, command, home
        self.name = staff.person()

    @cached_property
    def phone(self) -> Phone:
        return self.staff.given(self.name, "writer")

    @property
    def file(self) -> Path:
        return self.home / ".vault-token"

    def run(self, *words: str, typed: str = "", **environ: str) -> Ran:
        return self.command(*words, environ={**self.staff.environ(self.home), **environ}, stdin=typed)

    def log_in(self, *words: str, codes: str | None = None, **environ: str) -> Ran:
        codes = f"{self.phone.next()}\n" if codes is None else codes
        return self.run("login", self.name, *FROM_STDIN, *words, typed=f"{PASSWORD}\n{codes}", **environ)

    def look(self, token: str) -> tuple[int, Any]:
        from vault_binance.redacted import Redacted
        from vault_binance.testing.server_call import call

        return call(self.staff.stage.vault.address, "GET", "auth/token/lookup-self", token=Redacted(token))


@pytest.fixture
def person(staff: Staff, command: Command, home: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    for name in ("VAULT_TOKEN", "BAO_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return Person(staff, command, home)


class TestLogin:
    def test_by_both_factors_keeps_a_token_with_our_policies(self, person: Person) -> None:
        ran = person.log_in("--format", "json")
        assert ran.code == 0, ran
        told = json.loads(ran.out)
        assert (told["name"], told["roles"], told["kept_in"]) == (
            f"userpass-{person.name}",
            ["writer"],
            "~/.vault-token",
        )
        status, answer = person.look(person.file.read_text())
        assert (status, answer["data"]["identity_policies"]) == (200, [LAYOUT.policy("writer")])
        assert told["accessor"] == answer["data"]["accessor"]
        assert stat.S_IMODE(person.file.stat().st_mode) == 0o600

    def test_that_cannot_be_kept_is_ended(self, person: Person) -> None:
        person.file.mkdir()
        assert person.log_in().code == 10
        log = person.staff.stage.audit_log.read_text().splitlines()
        ends = [one for one in map(json.loads, log) if one["request"]["path"] == "auth/token/revoke-self"]
        assert ends[-1]["auth"]["display_name"] == f"userpass-{person.name}"
        assert [one.name for one in person.home.iterdir()] == [".vault-token"]

    def test_is_good_for_the_next_command(self, person: Person) -> None:
        person.log_in()
        assert LAYOUT.policy("writer") in person.run("status").out

    def test_of_who_has_no_role_needs_no_code(self, staff: Staff, command: Command, home: Path) -> None:
        name = staff.person()
        ran = command("login", name, "--password", "-", environ=staff.environ(home), stdin=PASSWORD)
        assert (ran.code, (home / ".vault-token").exists()) == (0, True)

    def test_on_a_terminal_asks_and_shows_neither(self, person: Person, spawn: Spawn) -> None:
        wrong, right = person.phone.wrong(), person.phone.next()
        with Terminal(spawn, "login", environ=person.staff.environ(person.home)) as terminal:
            terminal.until("name:")
            terminal.type(f"{person.name}\n")
            terminal.until("password (hidden):")
            assert not terminal.echoes
            terminal.type(f"{PASSWORD}\n")
            terminal.until(f"code that your app shows for {LAYOUT.enforcement} (hidden):")
            terminal.type(f"{wrong}\n")
            terminal.until("was not taken")
            terminal.type(f"{right[:3]} {right[3:]}\n")
            assert terminal.end() == 0
        assert not {wrong, right, PASSWORD} & {*terminal.shown.split()}
        assert person.file.exists()

    def test_takes_a_code_once(self, person: Person) -> None:
        code = person.phone.next()
        assert person.log_in(codes=code).code == 0
        ran = person.log_in(codes=f"{code}\n{code}\n{person.phone.next()}\n")
        assert (ran.code, ran.err.count("each is taken once")) == (0, 2)

    def test_gives_up_after_three_codes(self, person: Person) -> None:
        ran = person.log_in(codes=f"{person.phone.wrong()}\n" * 3)
        assert (ran.code, ran.error) == (24, "the code was not taken")
        assert "vault-binance operator add" in ran.err
        assert not person.file.exists()

    def test_of_who_was_never_enrolled_says_whom_to_ask(self, staff: Staff, command: Command, home: Path) -> None:
        name = staff.person()
        with staff.stage.operator() as vault:
            mount = vault.auth_mount("userpass")
            assert mount
            entity = vault.make_entity_of_alias(name, mount.accessor).id
            group = vault.group(LAYOUT.group("auditor"))
            assert group
            vault.write_group(group.name, members=[*group.members, entity])
        Path("code").write_text("123456")
        words = ("login", name, "--password", "-", "--code", "@code")
        ran = command(*words, environ=staff.environ(home), stdin=PASSWORD)
        assert (ran.code, "an admin runs vault-binance operator add" in ran.err.lower()) == (24, True)

    def test_with_a_wrong_password_is_refused(self, person: Person) -> None:
        ran = person.run("login", person.name, *FROM_STDIN, typed="wrong\n")
        assert (ran.code, ran.error) == (24, f"login refused at auth/userpass/login/{person.name}")

    def test_at_a_mount_that_is_not_there(self, person: Person) -> None:
        ran = person.log_in("--mount", "nowhere")
        assert (ran.code, "there is no such auth mount" in ran.err) == (24, True)

    @pytest.mark.parametrize("name", ["a/b", "a?b", " ", "a\n"])
    def test_in_the_name_of_nobody_asks_no_vault(self, person: Person, name: str) -> None:
        ran = person.run("login", name, *FROM_STDIN, typed="x\n", VAULT_ADDR="http://127.0.0.1:1")
        assert ran.code == 10

    @pytest.mark.parametrize(
        "words",
        [("--method", "jwt", "x"), ("x", "--role", "y"), ("x", "--jwt", "-"), ("--method", "none"), ()],
        ids=str,
    )
    def test_is_used_wrongly(self, person: Person, words: tuple[str, ...]) -> None:
        assert person.run("login", *words, VAULT_ADDR="http://127.0.0.1:1").code == 2

    @pytest.mark.parametrize("option", ["--password", "--code", "--jwt"])
    def test_takes_no_secret_on_the_command_line(self, person: Person, option: str) -> None:
        ran = person.run("login", "x", option, PASSWORD)
        assert (ran.code, PASSWORD in ran.err) == (10, False)

    def test_without_a_vault_keeps_nothing(self, person: Person) -> None:
        assert person.log_in(VAULT_ADDR="http://127.0.0.1:1").code == 20
        assert not person.file.exists()

    @pytest.mark.parametrize("body", [{"auth": None}, {"auth": {"client_token": 3}}, {}, {"auth": {"mfa": 1}}], ids=str)
    def test_at_what_is_no_vault(self, person: Person, body: dict[str, Any]) -> None:
        with FaultProxy(person.staff.stage.vault.address) as proxy:
            proxy.fault = Fault.status(200, body=body)
            ran = person.log_in(VAULT_ADDR=proxy.address)
        assert (ran.code, "is not a Vault" in ran.error) == (10, True)


class TestTheFile:
    def test_says_whose_token_it_replaces(self, person: Person) -> None:
        first = json.loads(person.log_in("--format", "json").out)
        before = person.file.read_text()
        ran = person.log_in()
        assert f"userpass-{person.name} that was in ~/.vault-token is replaced" in ran.err
        assert first["accessor"] in ran.err
        assert person.look(before)[0] == 200

    def test_says_nothing_of_a_token_that_has_ended(self, person: Person) -> None:
        person.file.write_text("hvs.CAESIJendedlongago")
        ran = person.log_in()
        assert (ran.code, "replaced" in ran.err) == (0, False)

    def test_is_put_in_the_place_of_a_link(self, person: Person, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_text("theirs")
        person.file.symlink_to(elsewhere)
        assert person.log_in().code == 0
        assert not person.file.is_symlink()
        assert elsewhere.read_text() == "theirs"

    def test_is_for_its_owner_whatever_was_there(self, person: Person) -> None:
        person.file.write_text("theirs")
        person.file.chmod(0o644)
        before = os.umask(0)
        try:
            person.log_in()
        finally:
            os.umask(before)
        assert stat.S_IMODE(person.file.stat().st_mode) == 0o600
        assert [path.name for path in person.home.iterdir()] == [".vault-token"]

    def test_loses_to_a_variable_and_that_is_said(self, person: Person) -> None:
        ran = person.log_in(VAULT_TOKEN="hvs.other")
        assert (ran.code, "goes before ~/.vault-token: unset it" in ran.err) == (0, True)

    def test_without_a_home_is_refused_before_anything_is_asked(self, person: Person) -> None:
        ran = person.log_in(HOME="", VAULT_ADDR="http://127.0.0.1:1")
        assert (ran.code, "--no-store" in ran.hint) == (10, True)

    def test_that_cannot_be_written(self, person: Person) -> None:
        ran = person.log_in(HOME=str(person.home / "none"))
        assert (ran.code, ran.error.startswith("cannot write")) == (10, True)


class TestNotKept:
    def test_the_token_alone_is_printed(self, person: Person) -> None:
        ran = person.log_in("--no-store")
        assert person.look(ran.out.strip())[0] == 200
        assert not person.file.exists()
        assert ran.out.strip() not in ran.err

    def test_on_no_terminal(self, person: Person, spawn: Spawn) -> None:
        environ = person.staff.environ(person.home)
        with Terminal(spawn, "login", person.name, "--no-store", environ=environ) as terminal:
            assert terminal.end() == 10
        assert "password" not in terminal.shown
        assert "it would stand on the screen" in terminal.shown


class TestLogout:
    def test_ends_the_token_and_removes_it(self, person: Person) -> None:
        person.log_in()
        token = person.file.read_text()
        ran = person.run("logout")
        assert (ran.code, ran.out) == (0, "logged out\n")
        assert person.look(token)[0] == 403
        assert not person.file.exists()

    def test_of_a_token_that_has_ended(self, person: Person) -> None:
        person.file.write_text("hvs.CAESIJendedlongago")
        ran = person.run("logout")
        assert (ran.code, "had ended already" in ran.out, person.file.exists()) == (0, True, False)

    def test_of_nobody(self, person: Person) -> None:
        ran = person.run("logout")
        assert (ran.code, ran.out, "no login in" in ran.err) == (0, "", True)

    def test_leaves_a_variables_token_alone(self, person: Person) -> None:
        token = person.staff.stage.token("default")
        ran = person.run("logout", VAULT_TOKEN=token)
        assert "unset it" in ran.err
        assert person.look(token)[0] == 200

    def test_keeps_the_file_while_vault_is_away(self, person: Person) -> None:
        person.log_in()
        assert person.run("logout", VAULT_ADDR="http://127.0.0.1:1").code == 20
        assert person.file.exists()


def test_ldap_and_the_like_log_in_by_name_too(staff: Staff, command: Command, home: Path) -> None:
    """Another method is another mount and the same two requests: userpass stands in for it, at a path of that name."""
    mount, name = fresh(), fresh()
    with staff.stage.operator() as vault:
        vault.enable_auth(mount, "userpass", "")
    staff.stage.vault.call("POST", f"auth/{mount}/users/{name}", {"password": PASSWORD})
    words = ("login", name, "--method", "ldap", "--mount", mount, "--password", "-")
    ran = command(*words, environ=staff.environ(home), stdin=PASSWORD)
    assert (ran.code, f"{mount}-{name}" in ran.out) == (0, True)
