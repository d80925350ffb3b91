"""docs/reference/roles.md: who may do what, and how far that reaches, from the tables that the contract tests run.

python docs/draw/roles.py > docs/reference/roles.md
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from page import code, table

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.contract.default_policy import DEFAULT
from tests.contract.escalations import ANSWERED, ANSWERED_TO, CATALOGUE, NOWHERE
from tests.contract.reach import ALONE, PRINTED, TOGETHER
from tests.contract.test_policies import EVERYONE, LETTERS, rows
from tests.contract.test_roles_by_login import BY_BOTS, BY_PEOPLE
from vault_binance.layout import OPERATOR_ROLES, POLICIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.contract.plain_client import Asked
    from tests.contract.reach import Reach

EXAMPLES = 3
"""Of each kind of attempt, this many are shown."""


def matrix() -> str:
    """Paths on which somebody may do something."""
    granted = [(path, cells) for path, cells in rows().items() if any(cell != {"deny"} for cell in cells.values())]
    lines = [[code(path), *(letters(cells[role]) for role in EVERYONE)] for path, cells in granted]
    return table(["path", *EVERYONE], *lines)


def letters(capabilities: set[str]) -> str:
    return "".join(letter for letter, word in LETTERS.items() if word in capabilities)


def refused_to_all() -> str:
    return code(*(path for path, cells in rows().items() if all(cell == {"deny"} for cell in cells.values())))


def default_policy() -> str:
    by_use = {use: [path for path, other in DEFAULT.items() if other == use] for use in dict.fromkeys(DEFAULT.values())}
    return table(["what it adds", "paths"], *([use, code(*paths)] for use, paths in by_use.items()))


def tried() -> str:
    lines = [[kind, gain, str(len(calls)), shown(calls)] for kind, (gain, calls) in CATALOGUE.items()]
    return table(["what", "it would gain", "ways", "among them"], *lines)


def shown(calls: Sequence[Asked]) -> str:
    """The first of each path, as many as are shown."""
    paths = [call for call, _ in groupby(f"{call.method} {call.path}" for call in calls)]
    return code(*paths[:EXAMPLES])


def answered() -> str:
    anybody = [["anybody", code(name), str(status), why] for name, (status, why) in ANSWERED.items()]
    some = [[role, code(name), str(status), why] for (role, name), (status, why) in ANSWERED_TO.items()]
    return table(["who", "what", "answer", "why nothing is gained"], *anybody, *some)


def reach(found: Iterable[Reach], *, who: str) -> str:
    head = [who, "calls", "what is gained", "how", "what stops it", "in the audit log"]
    lines = ([" + ".join(row.who), str(row.calls), row.gained, row.how, row.stops, in_the_log(row)] for row in found)
    return table(head, *lines)


def in_the_log(row: Reach) -> str:
    return "; ".join(filter(None, [code(*row.seen), row.and_then]))


def pairs() -> str:
    """Role x role: does either gain by the other?"""
    known = {frozenset(row.who): number for number, row in enumerate(TOGETHER, start=1)}
    known |= {frozenset({"issuer", "signer"}): known[frozenset({"issuer", "reader"})]}
    lines = [[one, *(cell(known, one, other) for other in POLICIES)] for one in POLICIES]
    return table(["", *POLICIES], *lines)


def cell(known: dict[frozenset[str], int], one: str, other: str) -> str:
    if one == other:
        return ""
    number = known.get(frozenset({one, other}))
    return "no" if number is None else f"row {number}"


def page() -> str:
    tries, everybody = sum(len(calls) for _, calls in CATALOGUE.values()), len(POLICIES)
    return f"""# Roles: who may do what, and how far that reaches

For whoever has to say yes to this. Every line is made on a real Vault by the tests: the tables are what they run. Names
are those of the instance `binance`; a bot is `bot-1`, its credential `market-maker-1`, another's `market-maker-2`.

## In short

- No role of ours reaches a credential that is not lent to it, in one call or in two.
- Four pairs of roles do: `provisioner` beside a bot's login (`reader`, `signer`) or beside `issuer`, and `issuer`
  beside `auditor`. Give `issuer` to nobody who has another role, and let nobody who provisions log in where a bot runs.
- No policy can stop this: a bot that has read its key has it, and a key that may withdraw can withdraw. Permissions and
  the IP restriction at Binance come first.

## Role x path x capability

The letters: {", ".join(f"`{letter}` {word}" for letter, word in LETTERS.items())}.
Where nothing stands, nothing may be done. `setup` is no role of anybody: it is printed for one run.

{matrix()}

Parameters narrow some of these further: the files in `policies/` say which and why. Nothing is granted to anybody
on

{refused_to_all()}.

## Whichever way they logged in

A role has these capabilities and no others, however its token came. The tests log in each way:

{
        table(
            ["roles", "login", "where the policy comes from", "default policy"],
            [code("reader", "signer"), code(*BY_BOTS), "the login's role", "no"],
            [code(*OPERATOR_ROLES), code(*BY_PEOPLE), "our identity group, after both factors", "yes"],
        )
    }

`kubernetes` is tried as a JWT mount at that path with the claims of a service account: the plugin would ask a cluster.
The second factor hangs on the group: a member is asked for it by every login, by one of a bot's too that somebody has
tied to the member's entity.

## What the default policy adds

People's tokens have it; bots' have not. These are the paths that Vault ships: a team that has written more into its own
`default` has given that to everybody.

{default_policy()}

## What is refused

{tries} requests in {len(CATALOGUE)} kinds, each by all {everybody} roles with tokens of their own. They aim at our own
things, at those of a second instance beside it and of other teams. The answer is 403, but for what the second table
names; and so it is after everything that the role may change. Whoever holds one of the printed policies is refused the
same, but for its errand.

{tried()}

Answered all the same:

{answered()}

{
        len(NOWHERE)
    } of these paths are not there for root either on the server of the tests: another spelling, product or storage
might have them. `sys/generate-root` is open to anybody by Vault's design, and ends with the unseal keys.

## What one role reaches

Calls are those that show or change something: logging in and opening a wrapping token are not counted.

{reach(ALONE, who="role")}

## What two roles reach together

Does one gain by the other? The tests make every call by which a role changes something, and after each look through the
eyes of all six: whose policies have grown, who reads or signs what they did not, now or after a new login? And of all
that a role may read they look for halves of a login. A `no` is what they found.

{pairs()}

{reach(TOGETHER, who="roles")}

## What is printed

Policies for one errand, printed and never written into Vault. No role holds them: they are for an admin's token that
ends with the errand. This is what whoever holds one could do.

{reach(PRINTED, who="policy")}

Drawn by docs/draw/roles.py from the tables in tests/contract.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
