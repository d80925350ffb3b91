"""vault-agent.md, with the agent that is in Vault's own binary.

A test does not wait for the end of a token of hours: the agent is started again, which logs in as it does then.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.howto.page import Block, Page
from tests.howto.premises import BOT, Premises

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Host:
    at: Premises
    folder: Path

    @property
    def token(self) -> Path:
        return self.folder / "mm-1.token"

    @contextmanager
    def agent(self, configuration: Block, typed: Block) -> Iterator[None]:
        """The agent, from when its token is there."""
        configuration.save(self.folder)
        with self.at.terminal(self.folder) as shell:
            shell.start(typed)
            shell.until("token written")
            yield


@pytest.fixture
def host(at: Premises, tmp_path: Path) -> Host:
    bot = tmp_path / "bot"
    bot.write_text(BOT)
    bot.chmod(0o755)
    (tmp_path / "vault-ca.pem").write_text(at.cacert.read_text())
    return Host(at, tmp_path)


def test_a_bot_goes_on_through_the_agents_logins_and_ends_when_it_is_suspended(at: Premises, host: Host) -> None:
    page = Page("vault-agent", at.own)
    with at.terminal(host.folder) as shell:
        shell.type(Block("sh", "vault-binance bot enroll mm-1"))
    with at.operators(host.folder) as shell:
        shell.type(Block("sh", "vault-binance bot add mm-1 --credential market-maker -o -"))
        shell.type(Block("sh", "vault-binance bot enroll mm-1 --certificate mm-1.crt"))
    configuration, typed = page["The agent"]
    (start,) = page["The bot"]
    with at.terminal(host.folder) as shell:
        shell.start(start)
        said, code = shell.finish()
        assert code == 10, said
        assert "mm-1.token" in said
    with at.terminal(host.folder) as shell:
        with host.agent(configuration, typed):
            assert host.token.stat().st_mode & 0o777 == 0o640
            first = host.token.read_text()
            shell.start(start)
            shell.until(f"trading with {at.key}")
        with host.agent(configuration, typed):
            assert host.token.read_text() != first
            at.server.must("POST", "auth/token/revoke", {"token": first})
            at.credential.rotate()
            shell.until("asked to end")
            shell.until(f"trading with {at.key}")
            at.suspend()
            said, code = shell.finish()
            assert "asked to end" in said
            assert code == 25
            at.allow()


def test_an_agent_opens_a_wrapped_secret_id_once_and_the_bot_reads_with_its_token(at: Premises, host: Host) -> None:
    page = Page("vault-agent", at.own)
    bot = at.vault.add_bot("mm-1", at.credential)
    (host.folder / "mm-1.role-id").write_text(bot.environ["VAULT_BINANCE_ROLE_ID"])
    wrapped = host.folder / "mm-1.wrapped"
    wrapped.write_text(bot.environ["VAULT_BINANCE_WRAPPED_SECRET_ID"])
    _, typed = page["The agent"]
    (configuration,) = page["AppRole instead of a certificate"]
    with host.agent(configuration, typed), at.terminal(host.folder) as shell:
        assert not wrapped.exists()
        shell.start(page["The bot"][0])
        shell.until(f"trading with {at.key}")
        shell.interrupt(signal.SIGTERM)
        shell.finish()
        assert at.server.call("POST", "auth/token/lookup", {"token": host.token.read_text()})[0] == 200
        shell.start(page["The bot"][0])
        shell.until(f"trading with {at.key}")
        at.server.must("POST", "auth/token/revoke", {"token": host.token.read_text()})
        assert shell.finish()[1] == 25
