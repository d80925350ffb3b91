"""What a command advises for afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.stage import API_KEY, API_SECRET

if TYPE_CHECKING:
    from tests.cli.conftest import Command
    from tests.cli.stage import Stage


def test_a_bot_that_is_revoked_with_a_login_of_the_teams_own_needs_its_alias_anew(
    command: Command, stage: Stage
) -> None:
    command("bot", "add", "jwt-1", "--credential", "market-maker", environ=stage.environ)
    with stage.operator() as vault:
        vault.enable_auth("ours-too", "approle", "of the team")
        entity, mount = vault.entity("binance-jwt-1"), vault.auth_mount("ours-too")
        assert entity is not None
        assert mount is not None
        vault.add_alias(entity.id, "repo:trading/mm", mount.accessor)
    ran = command("bot", "revoke", "jwt-1", environ=stage.environ)
    assert ran.code == 0
    assert "its login as repo:trading/mm needs an alias anew" in ran.err
    assert "alias anew" not in command("bot", "revoke", "jwt-1", environ=stage.environ).err


def test_a_file_is_no_name_to_store_a_key_under(command: Command, stage: Stage) -> None:
    Path(".env").write_text(f"BINANCE_API_KEY={API_KEY}\nBINANCE_API_SECRET={API_SECRET}\n")
    ran = command("verify", "--env-file", ".env", environ=stage.binance_url)
    assert "vault-binance key new NAME\n" in ran.out
    assert "key put .env" not in ran.out + ran.err
