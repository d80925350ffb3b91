"""`operator` at the command line: the QR code, the code that comes back, and what is left when it does not."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stage import LAYOUT
from tests.cli.terminal import Terminal
from tests.people import Phone, make_groups
from tests.qr_reader import text_of
from vault_binance.cli import qr
from vault_binance.errors import ConfigError
from vault_binance.layout import Layout
from vault_binance.ops.structure import SecondFactor
from vault_binance.redacted import Redacted

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.staff import Staff
    from tests.cli.stage import Spawn, Stage

PROMPT = "code that the app shows (hidden)"


def members(stage: Stage, role: str) -> tuple[str, ...]:
    with stage.operator() as vault:
        group = vault.group(LAYOUT.group(role))
    assert group
    return group.members


def entity(stage: Stage, name: str) -> str:
    with stage.operator() as vault:
        mount = vault.auth_mount("userpass")
        assert mount
        found = vault.entity_of_alias(name, mount.accessor)
    return found.id if found else ""


def is_enrolled(stage: Stage, name: str) -> bool:
    """Vault tells only by refusing to do it again; what is done by asking is undone."""
    with stage.operator() as vault:
        enforcement = vault.enforcement(LAYOUT.enforcement)
        assert enforcement
        (method,), person = enforcement.methods, entity(stage, name)
        is_new = vault.enrol_totp(method, person) is not None
        if is_new:
            vault.forget_totp(method, person)
    return not is_new


def add(name: str, *more: str) -> tuple[str, ...]:
    return ("operator", "add", name, "--at", "userpass", "--role", "writer", *more)


class TestAdd:
    def test_makes_a_member_once_the_code_is_right(self, staff: Staff, stage: Stage) -> None:
        name, phone = staff.person(), Phone()
        with staff.adding(name, "--role", "writer") as process:
            phone.scan(staff.written(f"{name}.txt"))
            assert entity(stage, name) not in members(stage, "writer")
            out, err = process.communicate(f"{phone.code()}\n", timeout=15)

        assert (process.returncode, out) == (0, f"{name} at userpass/ is writer (binance-writer)\n")
        assert "asks for a code" in err
        assert entity(stage, name) in members(stage, "writer")
        assert not list(staff.spawn.cwd.iterdir())

    def test_leaves_nothing_after_three_wrong_codes(self, staff: Staff, stage: Stage) -> None:
        name, phone = staff.person(), Phone()
        with staff.adding(name, "--role", "writer") as process:
            phone.scan(staff.written(f"{name}.txt"))
            out, err = process.communicate(f"{phone.wrong()}\n" * 3, timeout=15)

        assert (process.returncode, out) == (1, "")
        assert "3 wrong codes. nothing was changed" in err
        assert members(stage, "writer").count(entity(stage, name)) == 0
        assert not is_enrolled(stage, name)
        assert not list(staff.spawn.cwd.iterdir())

    def test_takes_the_third_code(self, staff: Staff, stage: Stage) -> None:
        name, phone = staff.person(), Phone()
        with staff.adding(name, "--role", "writer") as process:
            phone.scan(staff.written(f"{name}.txt"))
            process.communicate(f"{phone.wrong()}\nx\n{phone.code()}\n", timeout=15)
        assert process.returncode == 0
        assert entity(stage, name) in members(stage, "writer")

    def test_leaves_nothing_where_standard_input_ends(self, staff: Staff, stage: Stage) -> None:
        name = staff.person()
        with staff.adding(name, "--role", "writer") as process:
            _, err = process.communicate("", timeout=15)
        assert (process.returncode, "ended before the code" in err, "a line for each try" in err) == (10, True, True)
        assert not is_enrolled(stage, name)

    def test_run_again_enrols_nobody_twice(self, staff: Staff, stage: Stage, command: Command) -> None:
        name = staff.person()
        staff.given(name, "writer")
        ran = command(*add(name), environ=stage.environ)
        assert (ran.code, "enrolled already" in ran.err) == (0, True)
        ran = command("operator", "add", name, "--at", "userpass", "--role", "auditor", environ=stage.environ)
        assert ran.code == 0
        assert entity(stage, name) in members(stage, "auditor")

    def test_relies_on_no_enrolment_that_was_prepared(self, staff: Staff, stage: Stage) -> None:
        """By a run that was killed, or by somebody who knows the secret of it."""
        name, theirs = staff.person(), Phone()
        with stage.operator() as vault:
            mount, enforcement = vault.auth_mount("userpass"), vault.enforcement(LAYOUT.enforcement)
            assert mount
            assert enforcement
            person = vault.make_entity_of_alias(name, mount.accessor)
            address = vault.enrol_totp(enforcement.methods[0], person.id)
        assert address
        theirs.scan(address)
        phone = staff.given(name, "writer")
        assert phone.code() != theirs.code()

    def test_asks_on_a_terminal_and_shows_the_code_there(self, staff: Staff, stage: Stage, spawn: Spawn) -> None:
        name = staff.person()
        with Terminal(spawn, *add(name), environ=stage.environ) as terminal:
            terminal.until(PROMPT)
            assert not terminal.echoes
            picture = [line for line in terminal.shown.splitlines() if "\u2588\u2588" in line]
            phone = Phone()
            phone.scan(scanned(picture))
            terminal.type(f"{phone.code()}\n")
            assert terminal.end() == 0
            assert terminal.echoes
        assert phone.code() not in terminal.shown
        assert entity(stage, name) in members(stage, "writer")

    def test_leaves_nothing_on_the_screen(self, staff: Staff, stage: Stage, spawn: Spawn) -> None:
        with Terminal(spawn, *add(staff.person()), environ={**stage.environ, "TERM": "xterm"}) as terminal:
            terminal.until(PROMPT)
            terminal.type("\x03")
            assert terminal.end() == 130
        before, _, rest = terminal.shown.partition("\x1b[?1049h")
        inside, _, after = rest.partition("\x1b[?1049l")
        assert "\u2588" in inside
        assert "\u2588" not in before + after

    def test_interrupted_leaves_nothing_in_vault(self, staff: Staff, stage: Stage, spawn: Spawn) -> None:
        name = staff.person()
        with Terminal(spawn, *add(name), environ=stage.environ) as terminal:
            terminal.until(PROMPT)
            terminal.type("\x03")
            assert terminal.end() == 130
        assert "this QR code is void" in terminal.shown
        assert not is_enrolled(stage, name)
        assert entity(stage, name) not in members(stage, "writer")

    @pytest.mark.parametrize(
        ("more", "said"),
        [((), "no terminal to ask"), (("--code", "-"), "no terminal to show"), (("-o", "x"), "to ask")],
    )
    def test_shows_the_secret_to_no_pipe(
        self, staff: Staff, stage: Stage, command: Command, more: tuple[str, ...], said: str
    ) -> None:
        name = staff.person()
        ran = command(*add(name, *more), environ=stage.environ)
        assert (ran.code, ran.out, said in ran.error) == (10, "", True)
        assert not is_enrolled(stage, name)
        assert "otpauth" not in ran.err
        assert not list(Path().iterdir())

    def test_says_whom_it_does_not_know_where(self, staff: Staff, stage: Stage, command: Command) -> None:
        ran = command("operator", "add", "x", "--at", "nowhere", "--role", "writer", environ=stage.environ)
        assert (ran.code, "there is no auth mount nowhere/" in ran.error) == (10, True)
        ran = command("operator", "add", "x", "--at", LAYOUT.approle_mount, "--role", "writer", environ=stage.environ)
        assert (ran.code, "where bots log in" in ran.error) == (10, True)
        ran = command("operator", "add", "--entity", "x", "--role", "writer", environ=stage.environ)
        assert (ran.code, "no identity entity with that id" in ran.error) == (23, True)

    @pytest.mark.parametrize(
        "words",
        [
            ("x", "--role", "writer"),
            ("--role", "writer"),
            ("x", "--at", "userpass"),
            ("x", "--at", "userpass", "--entity", "y", "--role", "writer"),
            ("x", "--at", "userpass", "--role", "reader"),
            ("--entity", "x", "--role", "writer", "--idp-role", "y"),
            ("--entity", "x", "--role", "writer", "--output-policy"),
            ("x", "--at", "userpass", "--role", "writer", "--role", "auditor", "--output-policy"),
        ],
    )
    def test_is_used_wrongly_without_a_vault(self, command: Command, words: tuple[str, ...]) -> None:
        assert command("operator", "add", *words, environ={"VAULT_ADDR": "http://127.0.0.1:1"}).code == 2

    @pytest.mark.parametrize("words", [("x\n", "userpass"), ("", "userpass"), ("x", "auth/userpass"), ("x", "a//b")])
    def test_refuses_what_nobody_is_called(self, command: Command, words: tuple[str, str]) -> None:
        asked = ("operator", "add", words[0], "--at", words[1], "--role", "writer")
        assert command(*asked, environ={"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "x"}).code == 10

    def test_refuses_a_kind_of_picture_that_is_not_made(self, command: Command) -> None:
        asked = ("operator", "add", "x", "--at", "userpass", "--role", "writer", "-o", "x.jpg")
        ran = command(*asked, environ={"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "x"})
        assert (ran.code, ".svg and .png" in ran.error) == (10, True)

    def test_needs_a_vault_that_is_set_up_for_people(self, stage: Stage, command: Command) -> None:
        ran = command("--instance", "elsewhere", *add("x"), environ=stage.environ)
        assert (ran.code, "no identity group elsewhere-writer" in ran.error) == (10, True)
        assert "vault-binance setup" in ran.hint

    def test_tells_a_role_of_ours_that_it_may_not(self, staff: Staff, stage: Stage, command: Command) -> None:
        token = stage.token(LAYOUT.policy("provisioner"))
        ran = command(*add(staff.person()), environ={**stage.environ, "VAULT_TOKEN": token})
        assert ran.code == 21
        assert "--output-policy" in ran.err

    def test_sends_nobody_for_a_policy_that_does_not_allow_it(
        self, staff: Staff, stage: Stage, command: Command
    ) -> None:
        """Whoever may set up may write groups, and not who is in them."""
        staff.given(name := staff.person(), "writer")
        writable = ("identity/lookup/entity", "identity/mfa/method/totp/*")
        text = 'path "*" { capabilities = ["read"] }' + "".join(
            f'path "{path}" {{ capabilities = ["read", "update"] }}' for path in writable
        )
        stage.vault.call("PUT", "sys/policies/acl/looks", {"policy": text})
        environ = {**stage.environ, "VAULT_TOKEN": stage.token("looks")}
        ran = command("operator", "add", name, "--at", "userpass", "--role", "auditor", environ=environ)
        assert (ran.code, "cannot write identity/group/name/" in ran.err) == (21, True)
        assert "the same command with --output-policy" in ran.err
        assert "setup --output-policy" not in ran.err

    def test_leaves_groups_of_others_alone(self, stage: Stage, command: Command) -> None:
        with stage.operator() as vault:
            vault.write_group("theirs-writer", metadata={"managed_by": "others"})
        ran = command("--instance", "theirs", *add("x"), environ=stage.environ)
        assert (ran.code, "belongs to somebody else" in ran.error) == (22, True)


class TestListAndRemove:
    def test_tell_who_has_what(self, staff: Staff, stage: Stage, command: Command) -> None:
        name = staff.person()
        staff.given(name, "writer", "auditor")
        rows = json.loads(command("operator", "list", "--format", "json", environ=stage.environ).out)
        (row,) = [one for one in rows if one["name"] == [name]]
        assert row == {
            "name": [name],
            "at": ["userpass"],
            "roles": ["writer", "auditor"],
            "second_factor": "totp",
            "state": "active",
            "entity": entity(stage, name),
        }

        ran = command("operator", "remove", name, "--at", "userpass", "--role", "writer", environ=stage.environ)
        assert ran.out == f"{name} at userpass/ is no longer writer, with any token\n"
        assert "they are auditor still" in ran.err
        ran = command("operator", "remove", "--entity", entity(stage, name), environ=stage.environ)
        assert (ran.code, "forgotten" in ran.err) == (0, True)
        assert not is_enrolled(stage, name)
        ran = command("operator", "remove", name, "--at", "userpass", environ=stage.environ)
        assert ran.out == f"{name} at userpass/ had no such role\n"

    def test_an_auditor_sees_roles_and_is_told_what_names_need(
        self, staff: Staff, stage: Stage, command: Command
    ) -> None:
        name = staff.person()
        staff.given(name, "writer")
        environ = {**stage.environ, "VAULT_TOKEN": stage.token(LAYOUT.policy("auditor"))}
        ran = command("operator", "list", "--format", "json", environ=environ)
        (row,) = [one for one in json.loads(ran.out) if one["entity"] == entity(stage, name)]
        assert (row["roles"], row["name"], row["state"]) in ((["writer"], [], "?"), (["writer"], [name], "active"))
        assert ("identity/lookup/entity" in ran.err) is (row["state"] == "?")

    def test_whom_nobody_knows(self, staff: Staff, stage: Stage, command: Command) -> None:
        ran = command("operator", "remove", "nobody", "--at", "userpass", environ=stage.environ)
        assert (ran.code, ran.error) == (23, "nobody logs in as nobody at userpass/")


class TestIdentityProvider:
    """With second_factor idp nobody is enrolled: the login role is looked at."""

    @pytest.fixture
    def layout(self, stage: Stage) -> Layout:
        layout = Layout("idp")
        with stage.operator() as vault:
            if vault.group(layout.group("writer")) is None:
                make_groups(vault, layout, SecondFactor.IDP)
                vault.enable_auth("corp", "jwt", "of the team")
        return layout

    def add(self, command: Command, stage: Stage, name: str, *more: str) -> Any:
        words = ("--instance", "idp", "operator", "add", name, "--at", "corp", "--role", "writer", *more)
        return command(*words, environ=stage.environ)

    def role(self, stage: Stage, name: str, **settings: object) -> None:
        body = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"], **settings}
        status, answer = stage.vault.call("POST", f"auth/corp/role/{name}", body)
        assert status < 300, answer

    def test_insists_on_it(self, stage: Stage, command: Command, layout: Layout) -> None:
        self.role(stage, "good", bound_claims={"amr": ["mfa", "hwk"]})
        ran = self.add(command, stage, "alice", "--idp-role", "good")
        assert (ran.code, ran.out) == (0, "alice at corp/ is writer (idp-writer)\n")
        assert "insists on amr mfa or hwk" in ran.err
        listed = command("--instance", "idp", "operator", "list", "--format", "json", environ=stage.environ)
        assert [(row["name"], row["second_factor"]) for row in json.loads(listed.out)] == [(["alice"], "idp")]
        ran = command("--instance", "idp", "operator", "remove", "alice", "--at", "corp", environ=stage.environ)
        assert (ran.code, "forgotten" in ran.err) == (0, False)

    @pytest.mark.parametrize("claims", [{}, {"amr": ["pwd", "mfa"]}, {"groups": ["admins"]}], ids=str)
    def test_does_not_insist_on_it(
        self, stage: Stage, command: Command, layout: Layout, claims: dict[str, object]
    ) -> None:
        self.role(stage, "bad", bound_claims=claims)
        ran = self.add(command, stage, "bob", "--idp-role", "bad")
        assert (ran.code, "without a second factor. nothing was changed" in ran.error) == (10, True)
        assert '{"bound_claims": {"amr": ["mfa"]}}' in ran.err

    def test_is_not_said(self, stage: Stage, command: Command, layout: Layout) -> None:
        ran = self.add(command, stage, "bob")
        assert (ran.code, "--idp-role" in ran.hint) == (10, True)
        ran = self.add(command, stage, "bob", "--idp-role", "none")
        assert (ran.code, ran.error) == (23, "there is no login role none at corp/")

    def test_is_not_there(self, staff: Staff, stage: Stage, command: Command, layout: Layout) -> None:
        words = ("operator", "add", staff.person(), "--at", "userpass", "--role", "writer", "--idp-role", "x")
        assert command("--instance", "idp", *words, environ=stage.environ).code == 10
        assert command(*words, environ=stage.environ).code == 10


class TestThePicture:
    ADDRESS = Redacted("otpauth://totp/vault-binance%2Fbinance:alice?secret=CANARYSEEDCANARYSEEDCANARYSEED22")

    def test_is_what_segno_draws(self) -> None:
        matrix = qr._matrix(self.ADDRESS)
        assert undrawn(qr.drawn(matrix)) == [[bool(module) for module in row] for row in matrix]

    @pytest.mark.parametrize("name", ["a", "alice@example.com", "x" * 40])
    def test_says_the_address(self, name: str) -> None:
        address = Redacted(self.ADDRESS.reveal().replace("alice", name))
        assert scanned(qr.drawn(qr._matrix(address))) == address

    def test_fits_on_a_terminal(self) -> None:
        lines = qr.drawn(qr._matrix(self.ADDRESS))
        assert len(lines) <= 24
        assert {len(line) for line in lines} == {len(lines[0])}
        assert len(lines[0]) <= 80

    @pytest.mark.parametrize(("name", "begins"), [("x.png", b"\x89PNG"), ("x.SVG", b"<?xml"), ("x", b"otpauth://")])
    def test_in_a_file_is_for_its_owner_and_gone_afterwards(self, here: Path, name: str, begins: bytes) -> None:
        before = os.umask(0)
        try:
            with qr.shown(self.ADDRESS, name):
                assert Path(name).read_bytes().startswith(begins)
                assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600
        finally:
            os.umask(before)
        assert not list(here.iterdir())

    @pytest.mark.parametrize("name", ["there", "link", "no-directory/x", "", "a\0b"])
    def test_goes_over_no_other_file(self, here: Path, name: str) -> None:
        Path("there").write_text("theirs")
        Path("link").symlink_to("nowhere")
        with pytest.raises(ConfigError, match="cannot write"), qr.shown(self.ADDRESS, name):
            pass
        assert Path("there").read_text() == "theirs"
        assert not Path("nowhere").exists()


def undrawn(lines: list[str]) -> list[list[bool]]:
    """The modules of a picture in half blocks, without its edge."""
    dark = {" ": (1, 1), "\u2584": (1, 0), "\u2580": (0, 1), "\u2588": (0, 0)}
    rows = [[bool(dark[one][half]) for one in line] for line in lines for half in (0, 1)]
    width = len(lines[0]) - 4
    return [row[2 : 2 + width] for row in rows[2 : 2 + width]]


def scanned(picture: list[str]) -> Redacted:
    """What a camera reads: the address whose picture this is."""
    return Redacted(text_of(undrawn(picture)))
