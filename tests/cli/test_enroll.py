"""`bot enroll` as both ends see it: the files on the bot's host, and what an operator is told.

Rules of the file
- The host has no Vault at all: no address that answers, no token.
- Logins with what is pinned here are tried in tests/contract/test_enroll.py: they need TLS.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from tests.cli.stage import LAYOUT, fresh
from vault_binance.cli import bot_enroll
from vault_binance.ops.enroll import WHO_MAY
from vault_binance.vault.certificates import new_certificate, read_certificate

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Spawn, Stage

UNREACHABLE = {"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": "none", "VAULT_MAX_RETRIES": "0"}


@pytest.fixture
def bot(stage: Stage) -> str:
    name = fresh()
    stage.add_bot(name, "market-maker")
    return name


def as_role(stage: Stage, role: str) -> dict[str, str]:
    return {**stage.environ, "VAULT_TOKEN": stage.token(LAYOUT.policy(role))}


def held(stage: Stage, policy: str) -> dict[str, str]:
    """The environment of whoever holds that policy and nothing else."""
    name = fresh()
    stage.vault.call("PUT", f"sys/policies/acl/{name}", {"policy": policy})
    return {**stage.environ, "VAULT_TOKEN": stage.token(name, no_default_policy=True)}


def openssl(*arguments: str) -> str:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True).stdout


class TestOnTheHost:
    def test_two_files_without_any_vault(self, command: Command, here: Path) -> None:
        ran = command("bot", "enroll", "mm-1", "--format", "json", environ=UNREACHABLE)

        assert ran.code == 0
        told = json.loads(ran.out)
        assert {path.name for path in here.iterdir()} == {"mm-1.key", "mm-1.crt"} == {told["key"], told["certificate"]}
        made = read_certificate(Path("mm-1.crt").read_text())
        assert (told["fingerprint"], told["expires"]) == (made.fingerprint, made.not_after.isoformat())
        assert (made.not_after - made.not_before).days == 365

    def test_the_key_is_for_its_owner_alone_whatever_the_umask(self, command: Command) -> None:
        before = os.umask(0)
        try:
            assert command("bot", "enroll", "mm-1").code == 0
        finally:
            os.umask(before)
        assert stat.S_IMODE(Path("mm-1.key").stat().st_mode) == 0o600
        assert stat.S_IMODE(Path("mm-1.crt").stat().st_mode) == 0o644

    def test_the_key_is_printed_nowhere(self, spawn: Spawn, here: Path) -> None:
        ran = spawn("bot", "enroll", "mm-1", "--format", "yaml")

        lines = (here / "mm-1.key").read_text().splitlines()[1:-1]
        assert lines
        assert not [line for line in lines if line in ran.out + ran.err]

    def test_openssl_understands_both(self, command: Command) -> None:
        told = json.loads(command("bot", "enroll", "mm-1", "--format", "json").out)

        assert told["fingerprint"] in openssl("x509", "-in", "mm-1.crt", "-noout", "-fingerprint", "-sha256")
        assert openssl("x509", "-in", "mm-1.crt", "-noout", "-pubkey") == openssl("pkey", "-in", "mm-1.key", "-pubout")

    @pytest.mark.parametrize("there", ["mm-1.key", "mm-1.crt"])
    def test_what_is_there_stays_and_nothing_is_added(self, command: Command, here: Path, there: str) -> None:
        Path(there).write_text("theirs")

        ran = command("bot", "enroll", "mm-1")

        assert (ran.code, ran.out) == (10, "")
        assert f"{there!a} is there already. nothing was made" in ran.error
        assert [(path.name, path.read_text()) for path in here.iterdir()] == [(there, "theirs")]

    def test_a_link_is_not_followed(self, command: Command, here: Path) -> None:
        Path("mm-1.key").symlink_to(here / "elsewhere")

        assert command("bot", "enroll", "mm-1").code == 10
        assert not Path("elsewhere").exists()

    def test_a_new_one_goes_beside_it(self, command: Command, here: Path) -> None:
        for stem in ([], ["-o", "mm-1-2"], ["-o", str(here / "third")]):
            assert command("bot", "enroll", "mm-1", *stem).code == 0
        assert len({path.read_text() for path in here.glob("*.key")}) == 3

    @pytest.mark.parametrize(("days", "code"), [("1", 0), ("730", 0), ("0", 2), ("731", 2), ("-1", 2), ("x", 2)])
    def test_its_life_is_bounded(self, command: Command, days: str, code: int) -> None:
        assert command("bot", "enroll", "mm-1", "--days", days).code == code
        assert Path("mm-1.key").exists() is (code == 0)

    @pytest.mark.parametrize("stem", ["no-such-directory/mm-1", "x" * 300, "a\0b"])
    def test_where_nothing_can_be_written(self, command: Command, here: Path, stem: str) -> None:
        ran = command("bot", "enroll", "mm-1", "-o", stem)

        assert ran.code == 10
        assert ran.error.startswith("cannot write")
        assert not list(here.iterdir())

    @pytest.mark.parametrize(
        ("error", "code"), [(OSError(28, "No space left on device"), 10), (KeyboardInterrupt(), 130)]
    )
    @pytest.mark.parametrize("number", [0, 1], ids=["key", "certificate"])
    def test_cut_in_the_middle_it_leaves_neither(
        self,
        command: Command,
        here: Path,
        monkeypatch: pytest.MonkeyPatch,
        number: int,
        error: BaseException,
        code: int,
    ) -> None:
        opened: list[int] = []

        def cut(descriptor: int, *arguments: str, **options: str) -> IO[str]:
            opened.append(descriptor)
            file = open(descriptor, *arguments, **options)  # noqa: SIM115  the command closes it
            if len(opened) - 1 == number:
                file.write("half")
                file.close()
                raise error
            return file

        monkeypatch.setattr(bot_enroll, "open", cut, raising=False)
        ran = command("bot", "enroll", "mm-1")

        assert (ran.code, ran.out) == (code, "")
        assert len(opened) == number + 1
        assert not list(here.iterdir())

    def test_a_name_that_is_none(self, command: Command, here: Path) -> None:
        assert command("bot", "enroll", "../mm-1").code == 10
        assert not list(here.iterdir())


class TestAtTheOperators:
    def test_with_what_is_printed_for_it_and_no_more(self, stage: Stage, command: Command, bot: str) -> None:
        host = json.loads(command("bot", "enroll", bot, "--format", "json").out)
        for role in ("provisioner", "auditor"):
            policy = command("bot", "enroll", bot, "--output-policy", environ=as_role(stage, role))
            assert (policy.code, policy.err) == (0, "")

        pin = ("bot", "enroll", bot, "--certificate", f"{bot}.crt", "--format", "json")
        ran = command(*pin, environ=held(stage, policy.out))

        assert ran.code == 0
        told = json.loads(ran.out)
        assert (told["fingerprint"], told["expires"]) == (host["fingerprint"], host["expires"])
        assert (told["role"], told["from"], told["replaced"]) == (f"binance-cert/{bot}", ["anywhere"], "")

    def test_a_suspended_bot_is_said_to_be_refused_still(self, stage: Stage, command: Command, bot: str) -> None:
        command("bot", "enroll", bot)
        command("bot", "suspend", bot, environ=as_role(stage, "provisioner"))

        ran = command("bot", "enroll", bot, "--certificate", f"{bot}.crt", environ=stage.environ)

        assert ran.code == 0
        assert f"the bot is suspended, and refused until: vault-binance bot allow {bot}" in ran.err

    def test_by_standard_input(self, stage: Stage, command: Command, bot: str) -> None:
        command("bot", "enroll", bot)
        text = Path(f"{bot}.crt").read_bytes()

        assert command("bot", "enroll", bot, "--certificate", "-", environ=stage.environ, stdin=text).code == 0

    @pytest.mark.parametrize("role", ["provisioner", "issuer", "writer", "auditor"])
    def test_a_role_of_ours_is_told_who_may(self, stage: Stage, command: Command, bot: str, role: str) -> None:
        command("bot", "enroll", bot)

        ran = command("bot", "enroll", bot, "--certificate", f"{bot}.crt", environ=as_role(stage, role))

        assert (ran.code, ran.out) == (21, "")
        assert WHO_MAY in ran.err
        assert f"vault-binance bot enroll {bot} --output-policy" in ran.err
        assert stage.vault.call("GET", f"auth/binance-cert/certs/{bot}")[0] == 404

    @pytest.mark.parametrize("content", [b"", b"\x30\x82\xff\xfe", b"a certificate, honestly\n"])
    @pytest.mark.parametrize("source", ["given", "-"])
    def test_what_is_no_certificate(self, command: Command, bot: str, content: bytes, source: str) -> None:
        Path("given").write_bytes(content)

        ran = command("bot", "enroll", bot, "--certificate", source, environ=UNREACHABLE, stdin=content)

        assert (ran.code, ran.error) == (10, "the certificate is no PEM text")

    @pytest.mark.parametrize("source", ["absent", ".", "", "a\0b"])
    def test_what_cannot_be_read(self, command: Command, bot: str, source: str) -> None:
        ran = command("bot", "enroll", bot, "--certificate", source, environ=UNREACHABLE)

        assert ran.code == 10
        assert ran.error.startswith(f"cannot read {source!a}: ")

    def test_the_key_given_instead_is_not_shown(self, command: Command, bot: str) -> None:
        command("bot", "enroll", bot)
        ran = command("bot", "enroll", bot, "--certificate", f"{bot}.key", environ=UNREACHABLE)

        assert ran.code == 10
        assert not [line for line in Path(f"{bot}.key").read_text().splitlines() if line in ran.err]

    @pytest.mark.parametrize(
        "options",
        [
            ("--certificate", "x", "--output-policy"),
            ("--certificate", "x", "--days", "3"),
            ("--output-policy", "-o", "x"),
        ],
    )
    def test_options_of_both_ends_do_not_go_together(
        self, command: Command, here: Path, options: tuple[str, ...]
    ) -> None:
        assert command("bot", "enroll", "mm-1", *options).code == 2
        assert not list(here.iterdir())


class TestInTheList:
    def test_until_when_and_whether_that_is_soon(self, stage: Stage, command: Command, bot: str) -> None:
        def shown() -> tuple[str, str]:
            ran = command("bot", "list", "--format", "json", environ=stage.environ)
            told = [line for line in ran.err.splitlines() if bot in line]
            return {one["name"]: one["certificate"] for one in json.loads(ran.out)}[bot], "".join(told)

        assert shown() == ("", "")
        for days, soon in (
            ("3", "expires in 2 days;"),
            ("2", "expires in 1 day;"),
            ("1", "expires within a day;"),
            ("60", ""),
        ):
            command("bot", "enroll", bot, "--days", days, "-o", f"for-{days}")
            command("bot", "enroll", bot, "--certificate", f"for-{days}.crt", environ=stage.environ)
            made = read_certificate(Path(f"for-{days}.crt").read_text())
            until, told = shown()
            assert until == f"until {made.not_after:%Y-%m-%d}"
            assert soon in told
            assert bool(told) is bool(soon)

    def test_one_that_has_expired(self, stage: Stage, command: Command, bot: str) -> None:
        old = new_certificate(bot, days=1, now=datetime.now(UTC) - timedelta(days=3))[1]
        stage.vault.call("POST", f"auth/binance-cert/certs/{bot}", {"certificate": old.pem})

        assert f"the certificate of {bot} has expired;" in command("bot", "list", environ=stage.environ).err

    def test_what_is_not_to_be_seen_or_read(self, stage: Stage, command: Command, bot: str) -> None:
        blind = held(
            stage,
            'path "auth/binance-approle/role/*" { capabilities = ["read", "list"] }\n'
            'path "identity/entity/name/*" { capabilities = ["read"] }',
        )
        listed = ("bot", "list", "--field", "certificate")
        assert set(command(*listed, environ=blind).out.split()) == {"?"}

        ca = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", f"/CN={bot}")
        stage.vault.call("POST", f"auth/binance-cert/certs/{bot}", {"certificate": ca})
        assert "unreadable" in command(*listed, environ=stage.environ).out


def test_other_addresses_for_the_bot_are_not_the_certificates_yet(stage: Stage, command: Command, bot: str) -> None:
    def add(cidr: str) -> str:
        arguments = ("bot", "add", bot, "--credential", "market-maker", "-o", "-", "--bind-cidr", cidr)
        ran = command(*arguments, environ=as_role(stage, "provisioner"))
        assert ran.code == 0
        return ran.err

    command("bot", "enroll", bot)
    assert "certificate" not in add("127.0.0.1/32")
    pin = ("bot", "enroll", bot, "--certificate", f"{bot}.crt")
    assert command(*pin, environ=stage.environ).code == 0
    assert "certificate" not in add("127.0.0.1/32")

    assert f"the certificate of {bot} is bound to other addresses until it is enrolled again" in add("127.0.0.0/8")
    assert command(*pin, environ=stage.environ).code == 0
    assert "certificate" not in add("127.0.0.0/8")
