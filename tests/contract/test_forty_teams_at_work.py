"""Every operator command with its own role's token, in a Vault that forty other teams use: 0 of theirs changes.

All work on the instance called binance, and on names that others have too.
"""

from __future__ import annotations

from itertools import count
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.forty_teams import NAMESAKES, changed
from tests.contract.shell import BINANCE, Shell, interrupted
from tests.people import PASSWORD
from vault_binance.layout import POLICIES
from vault_binance.ops import policy_texts
from vault_binance.ops.keys import NO_ROLE
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY, SECRET = "k" * 64, "s" * 64
PAIR = f"{KEY}\n{SECRET}\n"
PUT = ("key", "put", "market-maker-1", "--no-verify", "--api-key", "-", "--api-secret", "-")


@pytest.fixture
def ready(shell: Shell) -> Shell:
    """The instance `binance`, set up, with a key of a name that others have as well, in two versions."""
    if BINANCE.policy("reader") not in shell.teams.client.keys("sys/policies/acl"):
        assert shell.run("setup", token=shell.as_setup(BINANCE)).code == 0
        for _ in range(2):
            assert shell.run(*PUT, token=shell.as_role("writer"), stdin=PAIR).code == 0
    return shell


@pytest.fixture
def audited(ready: Shell, tmp_path: Path) -> Iterator[Shell]:
    """With a log as Vault writes it if nothing else is said, its values hashed, and something in it."""
    body = {"type": "file", "options": {"file_path": str(tmp_path / "audit.log")}}
    ready.teams.client.must("PUT", "sys/audit/hashed", body)
    assert ready.run(*PUT, token=ready.as_role("writer"), stdin=PAIR).code == 0
    yield ready
    ready.teams.client.must("DELETE", "sys/audit/hashed")


def test_a_persons_entity_is_no_bot_of_ours(ready):
    token = ready.as_role("provisioner")
    before = ready.teams.snapshot()

    for verb, *options in (
        ("add", "--credential", "market-maker-1", "-o", "-"),
        ("suspend",),
        ("allow",),
        ("revoke",),
        ("remove", "--yes"),
        ("enroll", "--output-policy"),
    ):
        done = ready.run("bot", verb, "desk", *options, token=token)
        assert done.code == 22
        assert "binance-desk belongs to somebody else" in done.err

    assert changed(before, ready.teams.snapshot()) == {}


class TestEachCommandWithItsRole:
    """One after another, as in a day's work; then all that is somebody else's is as it was, to its time of change."""

    PUT = ("key", "put", "{}", "--no-verify", "--owner", "desk-a", "--rotate-after", "90d")

    def test_the_writer(self, ready, tmp_path):
        (tmp_path / "key").write_text(KEY)
        (tmp_path / "secret").write_text(SECRET)
        name = f"hedger-{token_hex(3)}"
        put = (*(word.format(name) for word in self.PUT), "--api-key")

        self.work(
            ready,
            "writer",
            ((*put, "-", "--api-secret", "-"), "version 1"),
            ((*put, f"@{tmp_path}/key", "--api-secret", f"@{tmp_path}/secret"), "version 2"),
            (("key", "list"), name),
            (("key", "show", name), "desk-a"),
            (("key", "history", name), "ok"),
            (("key", "delete", name, "--version", "1"), "version 1"),
            (("key", "restore", name, "--version", "1"), "version 1"),
            (("key", "destroy", name, "--version", "1", "--yes"), "version 1"),
            (("key", "delete", name), "version 2"),
        )

        states = ready.run("key", "history", name, "--field", "state", token=ready.as_role("writer")).out.split()
        assert states == ["deleted", "destroyed"]

    @pytest.mark.parametrize("bot", NAMESAKES[:2])
    def test_the_provisioner(self, ready, bot):
        add = ("bot", "add", bot, "--credential", "market-maker-1", "--bind-cidr", "127.0.0.1/32", "-o", "-")

        self.work(
            ready,
            "provisioner",
            (add, "-"),
            (add, "-"),
            (("bot", "list"), bot),
            (("bot", "suspend", bot), "refused"),
            (("bot", "allow", bot), "allowed"),
            (("bot", "revoke", bot), "revoked"),
            (("bot", "allow", bot), "allowed"),
            (("bot", "remove", bot, "--yes"), "removed"),
            (add, "-"),
            (("bot", "remove", bot, "--yes", "--format", "json"), "removed"),
        )

        assert ready.run("bot", "allow", bot, token=ready.as_role("provisioner")).code == 23

    def test_the_issuer(self, ready):
        bot = f"bot-{token_hex(3)}"
        add = ("bot", "add", bot, "--credential", "market-maker-1", "-o", "-")
        assert ready.run(*add, token=ready.as_role("provisioner")).code == 0

        self.work(
            ready,
            "issuer",
            (("bot", "secret-id", bot), "hvs."),
            (("bot", "secret-id", bot, "--wrap", "1h", "--ttl", "2h", "--once", "-o", "wrapped"), ""),
        )

        done = ready.run("bot", "secret-id", bot, "--wrap", "25h", token=ready.as_role("issuer"))
        assert done.code == 21
        assert ready.run("bot", "secret-id", "nobody", token=ready.as_role("issuer")).code == 23

    def test_the_teams_admin_who_pins_certificates(self, ready):
        """Each with what is printed for that bot; then the provisioner ends them."""
        provisioner = ready.as_role("provisioner")
        for bot in NAMESAKES[:2]:
            assert (
                ready.run("bot", "add", bot, "--credential", "market-maker-1", "-o", "-", token=provisioner).code == 0
            )
            assert ready.run("bot", "enroll", bot, token="none").code == 0
            policy = ready.run("bot", "enroll", bot, "--output-policy", token=provisioner)
            pin = ("bot", "enroll", bot, "--certificate", f"{bot}.crt")
            before = ready.teams.snapshot(BINANCE)

            assert ready.run(*pin, token=provisioner).code == 21
            for _ in range(2):
                done = ready.run(*pin, token=ready.holding(policy.out))
                assert done.code == 0, done
                assert "fingerprint" in done.out
            done = ready.run("bot", "remove", bot, "--yes", token=provisioner)

            assert (done.code, "its certificate and its tokens" in done.out) == (0, True)
            made = {path for path in changed(before, ready.teams.snapshot(BINANCE)) if "team-admin" not in path}
            assert made == set()

    def test_the_auditor(self, audited, tmp_path):
        self.work(
            audited,
            "auditor",
            (("status",), "binance-auditor"),
            (("policy", "list"), "same"),
            (("policy", "diff"), ""),
            (("key", "list"), "market-maker-1"),
            (("key", "show", "market-maker-1"), "fingerprint"),
            (("key", "history", "market-maker-1"), "ok"),
            (("bot", "list"), ""),
            (("operator", "list"), ""),
            (("policy", "explain", "binance/data/credentials/market-maker-1", "--role", "reader", "--live"), "reader"),
            (("policy", "test", str(policy_texts.folder() / "roles.test.toml"), "--live"), ""),
            (("audit", "--log", str(tmp_path / "audit.log"), "--resolve", "--format", "csv"), "market-maker-1"),
        )

    def test_a_person_who_logs_in_and_out_at_the_mount_of_everybody(self, ready, monkeypatch, tmp_path):
        monkeypatch.setenv("HOME", str(tmp_path))
        before = ready.teams.snapshot(BINANCE)
        login = ("login", "team-01", "--mount", "staff", "--password", "-")
        done = ready.run(*login, token="", stdin=f"{PASSWORD}\n")
        assert (done.code, (tmp_path / ".vault-token").stat().st_mode & 0o777) == (0, 0o600), done
        assert ready.run("logout", token="").code == 0
        assert not (tmp_path / ".vault-token").exists()
        assert changed(before, ready.teams.snapshot(BINANCE)) == {}

    def test_policy_apply_with_what_setup_needs(self, ready):
        token = ready.as_setup(BINANCE)
        body = {"policy": f"# {BINANCE.managed_by}\n# an older text"}
        ready.teams.client.must("PUT", "sys/policies/acl/binance-writer", body)
        auditor = ready.as_role("auditor")
        assert ready.run("policy", "diff", token=auditor).code == 12
        before = ready.teams.snapshot(BINANCE)

        done = ready.run("policy", "apply", token=token)

        assert (done.code, changed(before, ready.teams.snapshot(BINANCE))) == (0, {})
        assert "binance-writer" in done.out
        assert "binance-reader" not in done.out
        assert ready.run("policy", "diff", token=auditor).code == 0

    def work(self, shell: Shell, role: str, *commands: tuple[tuple[str, ...], str]) -> None:
        token = shell.as_role(role)
        before = shell.teams.snapshot(BINANCE)
        for arguments, told in commands:
            done = shell.run(*arguments, token=token, stdin=PAIR)
            assert done.code == 0, (arguments, done)
            assert told in done.out, (arguments, done)
        assert changed(before, shell.teams.snapshot(BINANCE)) == {}


class TestValues:
    COMMANDS = (("key", "show", "market-maker-1", "--reveal"), ("key", "rollback", "market-maker-1", "1"))

    def test_no_role_of_ours_gets_one(self, ready):
        tokens = {role: ready.as_role(role) for role in POLICIES}
        before = ready.teams.snapshot()

        for token in tokens.values():
            for command in self.COMMANDS:
                done = ready.run(*command, token=token)
                assert done.code == 21
                assert NO_ROLE in done.err
                assert KEY not in done.out + done.err
                assert SECRET not in done.out + done.err

        assert changed(before, ready.teams.snapshot()) == {}

    def test_a_policy_of_the_teams_own_does(self, ready):
        team = ready.holding('path "binance/data/credentials/+" { capabilities = ["read"] }')
        shown = ready.run(*self.COMMANDS[0], "--format", "json", token=team)
        assert shown.code == 0
        assert SECRET in shown.out

        name = f"team-admin-{token_hex(4)}"
        read = {"policy": 'path "binance/data/credentials/+" { capabilities = ["read"] }'}
        ready.teams.client.must("PUT", f"sys/policies/acl/{name}", read)
        both = ready.token(BINANCE.policy("writer"), name)
        before = ready.teams.snapshot(BINANCE)

        done = ready.run(*self.COMMANDS[1], token=both)

        assert (done.code, changed(before, ready.teams.snapshot(BINANCE))) == (0, {})
        assert "the pair of version 1" in done.out


class TestABotsEnd:
    """Logged in for real, then refused."""

    def add(self, shell: Shell, bot: str) -> tuple[str, str]:
        """Its token, and its RoleID."""
        add = ("bot", "add", bot, "--credential", "market-maker-1", "-o", "-")
        role_id = shell.run(*add, token=shell.as_role("provisioner")).out.strip()
        return self.log_in(shell, bot, role_id)[1]["client_token"], role_id

    def log_in(self, shell: Shell, bot: str, role_id: str) -> tuple[int, Any]:
        wrapped = shell.run("bot", "secret-id", bot, token=shell.as_role("issuer")).out.strip()
        secret_id = shell.teams.client.must("POST", "sys/wrapping/unwrap", token=wrapped)["secret_id"]
        body = {"role_id": role_id, "secret_id": secret_id}
        return shell.teams.client.ask("POST", "auth/binance-approle/login", body, token="")

    def reads(self, shell: Shell, token: str) -> int:
        return shell.teams.client.ask("GET", "binance/data/credentials/market-maker-1", token=token)[0]

    def test_suspended_it_is_refused_and_allowed_it_goes_on(self, ready):
        bot = f"bot-{token_hex(3)}"
        token, role_id = self.add(ready, bot)
        provisioner = ready.as_role("provisioner")
        assert self.reads(ready, token) == 200

        assert ready.run("bot", "suspend", bot, token=provisioner).code == 0
        assert self.reads(ready, token) == 403
        assert self.log_in(ready, bot, role_id)[0] >= 400
        assert ready.run("bot", "allow", bot, token=provisioner).code == 0
        assert self.reads(ready, token) == 200

    def test_made_again_it_is_not_let_in(self, ready):
        bot = f"bot-{token_hex(3)}"
        token, _ = self.add(ready, bot)
        provisioner = ready.as_role("provisioner")
        assert ready.run("bot", "suspend", bot, token=provisioner).code == 0

        done = ready.run("bot", "add", bot, "--credential", "market-maker-1", "-o", "-", token=provisioner)

        assert done.code == 22
        assert f"bot allow {bot}" in done.err
        assert self.reads(ready, token) == 403

    def test_revoked_its_tokens_end_and_a_new_login_is_refused(self, ready):
        bot = f"bot-{token_hex(3)}"
        token, role_id = self.add(ready, bot)
        provisioner = ready.as_role("provisioner")

        assert ready.run("bot", "revoke", bot, token=provisioner).code == 0
        assert self.reads(ready, token) == 403
        assert self.log_in(ready, bot, role_id)[0] >= 400
        assert ready.run("bot", "allow", bot, token=provisioner).code == 0
        assert self.reads(ready, token) == 403
        assert self.reads(ready, self.log_in(ready, bot, role_id)[1]["client_token"]) == 200

    @pytest.mark.parametrize("command", ["revoke", "remove"])
    @pytest.mark.parametrize("arrives", [False, True], ids=["before", "after"])
    def test_interrupted_at_any_write_it_is_finished_by_running_again(self, ready, monkeypatch, command, arrives):
        provisioner = ready.as_role("provisioner")
        arguments = ("--yes",) if command == "remove" else ()
        before = ready.teams.snapshot(BINANCE)
        for number in count():
            bot = f"bot-{token_hex(3)}"
            token, role_id = self.add(ready, bot)
            with monkeypatch.context() as patch:
                patch.setattr(Wire, "send", interrupted(number, arrives=arrives))
                code = ready.run("bot", command, bot, *arguments, token=provisioner).code
            done = ready.run("bot", command, bot, *arguments, token=provisioner)

            assert done.code == 0, (number, code, done)
            assert self.reads(ready, token) == 403
            entity = ready.teams.client.must("GET", f"identity/entity/name/binance-{bot}")
            assert entity["disabled"] is True
            assert ("removed" in entity["metadata"]) is (command == "remove")
            if command == "revoke":
                assert self.log_in(ready, bot, role_id)[0] >= 400
            if code == 0:  # nothing was left to interrupt
                break
        assert changed(before, ready.teams.snapshot(BINANCE)) == {}
