"""docs/howto/from-env-file.md, from the first line to the last, with the real ccxt."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from dotenv import load_dotenv

from tests.howto.page import Page
from tests.howto.scene import TERMS, installed
from vault_binance.credentials import KeyType

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.howto.scene import Scene


def test_a_bot_with_an_env_file_runs_on_with_a_key_that_was_never_in_one(scene: Scene) -> None:
    old = scene.binance.add_key(**TERMS)
    pair = old.credentials()
    own = {"the-api-key": pair.api_key.reveal(), "the-secret": pair.secret.reveal(), "/srv/mm-1": str(scene.place)}
    page = Page("from-env-file", scene.own | own)
    before, program, started = page["From a .env file to Vault"]
    before.save(scene.place)
    program.save(scene.place)
    with scene.bot("ccxt") as host:
        host.start(started)
        host.until("order accepted")
    with scene.operator() as operator, scene.bot("ccxt") as host:
        (verified,) = page["1. What is this key?"]
        host.type(verified)
        imported, hired = page["2. Into Vault"]
        operator.type(imported)
        operator.type(hired)
        settings, started = page["3. The bot under exec"]
        settings.save(scene.place)
        host.start(started)
        host.until("order accepted")
        (removed,) = page["4. The key out of the file"]
        operator.type(removed)
        made, stored, destroyed = page["5. Another key"]
        operator.type(made)
        public = (scene.place / "public.pem").read_text()
        new = scene.binance.add_key(key_type=KeyType.ED25519, public_key_pem=public, **TERMS)
        operator.type(stored, answers=new.api_key.reveal())
        while not scene.traded(new):
            host.until("order accepted")
        scene.binance.delete_key(old.api_key)
        operator.type(destroyed)
        host.until("order accepted")
        host.interrupt()
        host.finish()
    assert not page.unread


def test_what_is_in_the_environment_goes_before_a_file_that_a_bot_loads_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = installed("node") / "bin" / "node"
    file = tmp_path / ".env"
    file.write_text("BINANCE_API_KEY=of-the-file\nSYMBOL=of-the-file\n")
    monkeypatch.setenv("BINANCE_API_KEY", "of-exec")
    monkeypatch.setenv("SYMBOL", "so that it is taken away again")
    monkeypatch.delenv("SYMBOL")
    script = "console.log(process.env.BINANCE_API_KEY, process.env.SYMBOL)"
    node = subprocess.run([program, f"--env-file={file}", "-e", script], capture_output=True, text=True, check=True)
    load_dotenv(file)
    assert node.stdout.split() == [os.environ["BINANCE_API_KEY"], os.environ["SYMBOL"]] == ["of-exec", "of-the-file"]
