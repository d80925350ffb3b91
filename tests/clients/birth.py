"""A key of each type, created by commands: from then on it is in Vault, and its pair nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stage import Spawn
from vault_binance.credentials import KeyType

if TYPE_CHECKING:
    from tests.cli.stage import Ran
    from tests.clients.conftest import Desk
    from vault_binance.testing.emulator.state import IssuedKey

TRADING = {"enableSpotAndMarginTrading": True, "enableFutures": True}
HERE = ("127.0.0.1",)


def born(desk: Desk) -> IssuedKey:
    return with_a_secret(desk) if desk.key_type is KeyType.HMAC else with_a_private_key(desk)


def with_a_secret(desk: Desk) -> IssuedKey:
    """Binance makes the pair and shows it once; a writer types it in."""
    issued = desk.binance.add_key(permissions=TRADING, ip_list=HERE)
    pair = issued.credentials()
    typed = f"{pair.api_key.reveal()}\n{pair.secret.reveal()}\n"
    put = as_writer(desk, "key", "put", desk.name, "--api-key", "-", "--api-secret", "-", stdin=typed)
    assert put.code == 0, put.err
    return issued


def with_a_private_key(desk: Desk) -> IssuedKey:
    """The private half goes from memory to Vault; Binance is shown the public one, and gives an API key."""
    born = as_writer(desk, "key", "new", desk.name, "--type", desk.key_type.lower())
    assert born.code == 0, born.err
    assert born.out.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert "PRIVATE" not in born.out + born.err
    issued = desk.binance.add_key(key_type=desk.key_type, public_key_pem=born.out, permissions=TRADING, ip_list=HERE)
    put = as_writer(desk, "key", "put", desk.name, "--api-key", "-", stdin=f"{issued.api_key.reveal()}\n")
    assert put.code == 0, put.err
    assert "0 findings at HIGH" in put.out
    return issued


def as_writer(desk: Desk, *line: str, stdin: str | None = None) -> Ran:
    environ = {**desk.stage.environ, "VAULT_TOKEN": desk.stage.token("binance-writer")}
    return Spawn(desk.cwd)(*line, environ=environ, stdin=stdin)
