"""The image of docker.md, built as the page says around a bot of this test's own.

`FROM` alone names another image: one of this machine's own Python, since nothing is pulled.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING

from tests.howto.containers import builder, docker, python_image, wheel_into
from tests.howto.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.howto.premises import Premises

BOT = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("trading with", os.environ["BINANCE_API_KEY"], flush=True)
while True:
    signal.pause()
"""


def entry_point() -> list[str]:
    """As the Dockerfile has it."""
    (words,) = re.findall(r"^ENTRYPOINT (.+)$", Page("docker")["The image"][0].text, flags=re.MULTILINE)
    return list(json.loads(words))


@contextmanager
def bots_image(at: Premises, context: Path) -> Iterator[str]:
    """Its name; `context` is an empty directory."""
    name = f"howto-{token_hex(4)}"
    dockerfile, command = Page("docker", {"trading/mm-1": name})["The image"]
    text, replaced = re.subn(
        r"^FROM python:3\.\d+-slim$", f"FROM {python_image()}", dockerfile.text, flags=re.MULTILINE
    )
    assert replaced == 1
    dockerfile.save(context).write_text(text)
    wheel_into(context / "wheels")
    (context / "bot.py").write_text(BOT)
    try:
        with at.terminal(context, **builder()) as shell:
            shell.type(command)
        yield name
    finally:
        docker("image", "rm", "--force", name)
