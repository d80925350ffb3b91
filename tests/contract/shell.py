"""`vault-binance` as a person runs it, in a Vault of others: what it says, with which token, and cut at any write."""

from __future__ import annotations

import json
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from vault_binance.layout import Layout
from vault_binance.ops import policy_texts
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.forty_teams import FortyTeams

BINANCE = Layout("binance")


@dataclass
class Done:
    code: int
    out: str
    err: str

    def rows(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """`vault-binance` on the command line, with one token and one instance."""

    teams: FortyTeams
    run: Callable[..., Done]

    def token(self, *policies: str, **settings: Any) -> str:
        body = {"policies": list(policies), **settings}
        return str(self.teams.client.must("POST", "auth/token/create", body)["client_token"])

    def holding(self, text: str) -> str:
        """A token with this policy and no other, the default one neither."""
        name = f"team-admin-{token_hex(4)}"
        self.teams.client.must("PUT", f"sys/policies/acl/{name}", {"policy": text})
        return self.token(name, no_default_policy=True)

    def as_setup(self, layout: Layout) -> str:
        return self.holding(policy_texts.render("setup", layout))

    def as_role(self, role: str, layout: Layout = BINANCE) -> str:
        return self.token(layout.policy(role))


def interrupted(number: int, *, arrives: bool) -> Callable[..., Any]:
    """Wire.send, with Ctrl-C at the write of this number: before it leaves, or after Vault has done it."""
    send, left = Wire.send, [number]

    def sending(self: Wire, method: str, path: str, **rest: Any) -> Any:
        if method in {"GET", "LIST"}:
            return send(self, method, path, **rest)
        left[0] -= 1
        if left[0] >= 0:
            return send(self, method, path, **rest)
        if arrives:
            send(self, method, path, **rest)
        raise KeyboardInterrupt

    return sending
