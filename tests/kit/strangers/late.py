"""A stranger's test that is the first to ask for a server, and not before it has begun."""

import os
from pathlib import Path


def test_what_server_there_is_was_settled_before_the_test(binance_emulator, monkeypatch, request):
    monkeypatch.setenv("VAULT_BINANCE_VAULT_BIN", "/nowhere/vault")
    assert not list(Path(os.environ["HOME"]).iterdir())
    assert request.getfixturevalue("vault_server").health() == 200
