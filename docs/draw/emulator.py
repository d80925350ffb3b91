"""The tables of docs/reference/emulator.md that follow from the code: faults, WebSocket methods, endpoints.

python docs/draw/emulator.py      writes them into the page, between their marks
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from page import code, table

from vault_binance.testing.emulator.call import Security
from vault_binance.testing.emulator.endpoints.table import ENDPOINTS
from vault_binance.testing.emulator.faults import SAYS
from vault_binance.testing.emulator.frames import PATHS
from vault_binance.testing.emulator.sessions import SESSIONS
from vault_binance.testing.emulator.websocket import REST

if TYPE_CHECKING:
    from vault_binance.testing.emulator.call import Endpoint

PAGE = Path(__file__).parents[1] / "reference" / "emulator.md"


def faults() -> str:
    return table(
        ("`BinanceFault`", "name for `--fault`", "what is seen"),
        *((code(fault.name), code(str(fault)), says) for fault, says in SAYS.items()),
    )


def methods() -> str:
    rows = [(code(path), code(*REST[family])) for path, family in PATHS.items()]
    return table(("where", "methods"), *rows, ("both", code(*SESSIONS)))


def endpoints() -> str:
    paths = sorted({path for _, path in ENDPOINTS})
    rows = []
    for path in paths:
        kinds: dict[str, list[str]] = {}
        for method in ("GET", "POST", "PUT", "DELETE"):
            if (method, path) in ENDPOINTS:
                kinds.setdefault(_needs(ENDPOINTS[method, path]), []).append(method)
        rows += [(code(path), ", ".join(found), needs) for needs, found in kinds.items()]
    return table(("path", "methods", "needs"), *rows)


def _needs(endpoint: Endpoint) -> str:
    if endpoint.security is Security.NONE:
        return "nothing: public"
    needs = " and ".join(f"`{name}`" for name in endpoint.needs)
    alone = ", the API key's header alone" if endpoint.security is Security.KEY else ""
    return needs + (", a key restricted to addresses" if endpoint.restricted else "") + alone


def drawn(text: str) -> str:
    """The page with its tables anew."""
    for name, made in (("faults", faults()), ("methods", methods()), ("endpoints", endpoints())):
        place = rf"(?<=<!-- {name} -->\n).*?(?=<!-- end -->)"
        text = re.sub(place, lambda _, new=f"{made}\n": new, text, flags=re.DOTALL)
    return text


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
