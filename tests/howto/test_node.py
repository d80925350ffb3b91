"""docs/howto/node.md, with the real ccxt for Node."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.howto.page import Page
from tests.howto.scene import installed
from tests.support import ROOT
from vault_binance.errors import LeaseEnded

if TYPE_CHECKING:
    from tests.howto.scene import Scene


def test_a_node_bot_is_restarted_after_a_rotation_and_ended_by_a_suspension(scene: Scene) -> None:
    page = Page("node", scene.own)
    package, program = page["The bot"]
    login, settings, start, said = page["Started by exec"]
    credential, bot = scene.hire(settings)
    program.save(scene.place)
    (scene.place / "node_modules").symlink_to(installed("node") / "node_modules")
    assert json.loads(package.text) == json.loads(
        (ROOT / "requirements" / "clients" / "node" / package.name).read_text()
    )
    with scene.operator() as operator, scene.bot("node") as host:
        operator.type(login)
        host.start(start)
        up, in_order, anew, again, refused = said.text.splitlines()
        host.until(up)
        new = credential.rotate()
        host.until(in_order)
        host.until(anew)
        bot.suspend()
        host.until(again)
        host.until(refused)
        assert host.finish()[1] == LeaseEnded.exit_code
    assert scene.traded(new)
    assert not page.unread
