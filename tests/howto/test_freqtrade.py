"""docs/howto/freqtrade.md, with the real freqtrade."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tests.howto.page import Page
from tests.howto.scene import TERMS

if TYPE_CHECKING:
    from tests.howto.scene import Scene


def test_freqtrade_runs_with_what_its_old_configuration_had_and_needs_it_there_no_more(scene: Scene) -> None:
    pair = scene.binance.add_key(**TERMS).credentials()
    values = {"the-api-key": pair.api_key.reveal(), "the-secret": pair.secret.reveal()}
    places = {"/srv/mm-1": str(scene.place), "http://127.0.0.1:8080": scene.binance.url}
    page = Page("freqtrade", scene.own | values | places)
    config, strategy = page["A configuration without a key"]
    old, imported, hired = page["Out of an old configuration"]
    settings, started, emulator, said = page["The start"]
    (removed,) = page["The old one without its key"]
    for file in (config, strategy, old, settings, emulator):
        file.save(scene.place)
    with scene.operator() as operator, scene.bot("freqtrade") as host:
        operator.type(imported)
        operator.type(hired)
        host.start(started)
        for line in said.text.splitlines():
            host.until(line)
        operator.type(removed)
        host.interrupt(signal.SIGTERM)
        host.finish()
    assert {entry.fingerprint for entry in scene.binance.log if entry.path == "/api/v3/account"} == {pair.fingerprint}
    assert not page.unread
