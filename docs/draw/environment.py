"""docs/reference/environment.md: every variable of the environment, from the table in the code.

python docs/draw/environment.py > docs/reference/environment.md
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from page import table

from vault_binance.environment import AROUND, OURS, TESTING, VAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.environment import Variable

HEAD = ("variable", "takes", "default", "read by", "says")


def variables(named: Mapping[str, Variable], prefix: str = "") -> str:
    rows = [(f"`{prefix}{name}`", one.takes, bare(one.default), one.by, one.says) for name, one in named.items()]
    return table(HEAD, *rows)


def bare(default: str) -> str:
    """An address is no link."""
    return f"`{default}`" if default.startswith("https://") else default


def page() -> str:
    return f"""# Variables of the environment

Read when they are asked for, and never when something is imported. What is malformed is exit code 10, with the name of
the variable that was set, and nothing was sent. An empty one counts as not set.

## As a file

Whatever is in the first two tables may be given as `NAME_FILE` instead: a file that holds the value; blanks and line
ends around it go. Both at once are an error. Who a bot is, is read from its file anew at each login.

Seconds may be written as Vault does: `30`, `30s`, `5m`, `1m30s`, `24h`, `30d`.

## Vault's own

Names, meanings and defaults are Vault's. Each is read as `BAO_...` first, as OpenBao does. Vault's others have no
effect here.

{variables(VAULTS, "VAULT_")}

## Ours

{variables(OURS)}

Who a bot is, by what it logs in with: [restarts](../howto/restarts.md). What a command finds in its environment under
`exec`: [exec](../howto/exec.md); nothing that begins with `VAULT_` or `BAO_` reaches it, unless `--pass` names it.

## Around the command line

{variables(AROUND)}

## In tests

{variables(TESTING)}

No proxy is taken from the environment (`HTTPS_PROXY` and the like): not to Vault, and not to Binance, which judges a
key by the address that it sees.

Drawn from the code by docs/draw/environment.py.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
