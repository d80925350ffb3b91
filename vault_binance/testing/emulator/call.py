"""What an endpoint gets and gives: a `Call` that has passed the rules, and the parts that answers are made of.

Rules of the file
- An endpoint is a pure function from a call to a body and the state after it; `reads` is for those that change nothing.
- A refusal is raised as `Refused`, from any depth; the state then stays as it was.
- What an endpoint needs, a signature and which permissions, is data: it stands beside it in the table.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.state import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from vault_binance.testing.emulator.account import Account
    from vault_binance.testing.emulator.state import EmulatedKey, State

    Changing = Callable[["Call"], tuple[Any, State]]
    Reading = Callable[["Call"], Any]

READING = ("enableReading",)
DECIMAL = r"[0-9]{1,20}(\.[0-9]{1,20})?"
WHOLE = "[0-9]{1,20}"


class Security(Enum):
    """NONE is public, KEY wants the API key's header alone, SIGNED a signature too (reference: Binance, 1.3)."""

    NONE = "none"
    KEY = "API key"
    SIGNED = "signature"


class Refused(Exception):
    """Binance's no, as the whole answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`needs` are permissions; `restricted` wants a key that is restricted to addresses; `order` is counted as one;
    the weight of one `by_uid` counts for the account, not the address.
    """

    weight: int
    answer: Changing
    security: Security = Security.SIGNED
    needs: tuple[str, ...] = READING
    restricted: bool = False
    order: bool = False
    by_uid: bool = False

    @property
    def signed(self) -> bool:
        return self.security is Security.SIGNED


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose key, address, time, signature and permissions were found good. `key` is None where none is asked.

    `in_query` are the names that stood in the query, for the few parameters that must not.
    """

    state: State
    now_ms: int
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    key: EmulatedKey | None = None
    family: Family = Family.API
    source: str = "127.0.0.1"
    microseconds: bool = False
    in_query: frozenset[str] = frozenset()

    @property
    def uid(self) -> int:
        return self.key.uid if self.key else 0

    @property
    def account(self) -> Account:
        return self.state.account(self.uid)

    def stamp(self) -> int:
        """Now, in the unit that was asked for (reference: Binance, 1.4)."""
        return self.now_ms * (1000 if self.microseconds else 1)

    def text(self, name: str) -> str:
        """A mandatory parameter."""
        if not self.params.get(name):
            raise missing(name)
        return self.params[name]

    def maybe(self, name: str, default: str = "") -> str:
        return self.params.get(name) or default

    def decimal(self, name: str) -> Decimal:
        """A mandatory number above zero."""
        number = Decimal(_legal(name, self.text(name), DECIMAL))
        if not number:
            raise refused(400, -1013, f"Invalid {name}.")
        return number

    def whole(self, name: str, default: int) -> int:
        return int(_legal(name, self.maybe(name, str(default)), WHOLE))

    def flag(self, name: str) -> bool:
        """Off unless it was sent: `true` as clients write it, in any case."""
        text = self.maybe(name, "false").lower()
        if text not in {"true", "false"}:
            raise missing(name)
        return text == "true"


def _legal(name: str, text: str, pattern: str) -> str:
    if not re.fullmatch(pattern, text, re.ASCII):
        raise refused(400, -1100, f"Illegal characters found in parameter '{name}'; legal range is '^{pattern}$'.")
    return text


def reads(
    weight: int,
    answer: Reading,
    security: Security = Security.SIGNED,
    needs: tuple[str, ...] = READING,
    *,
    by_uid: bool = False,
) -> Endpoint:
    """An endpoint that leaves the state as it is."""

    def unchanged(call: Call) -> tuple[Any, State]:
        return answer(call), call.state

    return Endpoint(weight, unchanged, security, needs, by_uid=by_uid)


def public(weight: int, answer: Reading) -> Endpoint:
    return reads(weight, answer, Security.NONE, ())


def as_json(status: int, body: Any, code: int = 0) -> Response:
    return Response(status, json.dumps(body, separators=(",", ":")), code)


def error(status: int, code: int, message: str) -> Response:
    return as_json(status, {"code": code, "msg": message}, code)


def refused(status: int, code: int, message: str) -> Refused:
    return Refused(error(status, code, message))


def missing(name: str) -> Refused:
    return refused(400, -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def page(status: int, title: str) -> Response:
    """HTML, as whatever stands before Binance's API answers."""
    body = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
    return Response(status, body, content_type="text/html")


NOT_FOUND = page(404, "404 Not found")


ZERO = "0.00000000"


def eight(number: Decimal) -> str:
    """A number as Binance writes it."""
    return f"{number:.8f}"
