"""The main job by the installed command, with the lowest versions of everything: a key is kept, lent and used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vault_binance.testing.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

    from tests.package.conftest import Environment
    from vault_binance.testing.dev_server import DevVault

CHILD = """
import json, os
print(json.dumps({name: text for name, text in os.environ.items() if name.startswith(("BINANCE_", "VAULT_"))}))
"""


def test_a_key_gets_from_an_operator_to_a_bot(lowest: Environment, dev_vault: DevVault, tmp_path: Path) -> None:
    with Emulator() as binance:
        key = binance.add_key(ip_list=("127.0.0.1",))
        there = {
            "HOME": str(tmp_path),
            "VAULT_ADDR": dev_vault.address,
            "VAULT_BINANCE_INSTANCE": "wheel",
            "VAULT_BINANCE_BINANCE_URL": binance.url,
        }
        operator = {**there, "VAULT_TOKEN": dev_vault.root_token.reveal()}

        def ours(*arguments: str, environ: dict[str, str] = operator, stdin: str = "") -> str:
            return lowest.run("vault-binance", *arguments, environ=environ, stdin=stdin, cwd=tmp_path)

        pair = key.credentials("market-maker")
        ours("setup", "--audit=external:elsewhere")
        stdin = f"{pair.api_key.reveal()}\n{pair.secret.reveal()}\n"
        ours("key", "put", "market-maker", "--api-key", "-", "--api-secret", "-", stdin=stdin)
        ours("bot", "add", "mm-1", "--credential", "market-maker")
        ours("bot", "secret-id", "mm-1", "--wrap", "1m", "-o", "mm-1.wrapped")
        bot = {
            **there,
            "VAULT_BINANCE_BOT": "mm-1",
            "VAULT_BINANCE_CREDENTIAL": "market-maker",
            "VAULT_BINANCE_ROLE_ID_FILE": "mm-1.role-id",
            "VAULT_BINANCE_WRAPPED_SECRET_ID_FILE": "mm-1.wrapped",
        }
        got = json.loads(ours("exec", "--", str(lowest.python), "-c", CHILD, environ=bot))
        assert "apiRestrictions" in str([entry.path for entry in binance.log]), "`key put` asked Binance"
    assert got == {"BINANCE_API_KEY": pair.api_key.reveal(), "BINANCE_API_SECRET": pair.secret.reveal()}
