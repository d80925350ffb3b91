"""The options in which somebody says what a key is to be able to do: the same for `verify` and `key put`."""

from __future__ import annotations

import click

from vault_binance.health.expectations import Expectations, given
from vault_binance.health.values import Permission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    _Command = TypeVar("_Command", bound=Callable[..., object])

WORDS = [permission.value for permission in Permission]
_ONE_OF = f"One of {', '.join(WORDS)}."


def expecting(command: _Command) -> _Command:
    """Give a command --allow, --forbid and --require-ip."""
    command = click.option(
        "--require-ip/--no-require-ip",
        "require_ip",
        default=None,
        help="Whether a key without IP restriction is a finding; it is unless told otherwise.",
    )(command)
    command = _permissions("--forbid", "A permission that is HIGH if the key has it; may be repeated.")(command)
    return _permissions("--allow", f"A permission that the key is to have; may be repeated. {_ONE_OF}")(command)


def _permissions(option: str, text: str) -> Callable[[_Command], _Command]:
    return click.option(option, multiple=True, type=click.Choice(WORDS), metavar="PERMISSION", help=text)


def typed(allow: Iterable[str], forbid: Iterable[str], *, require_ip: bool | None) -> dict[str, str]:
    """What was typed, as metadata. Raises ConfigError for a permission that is both allowed and forbidden."""
    Expectations().plus(allow, forbid, require_ip=require_ip)
    return given(allow, forbid, require_ip=require_ip)
