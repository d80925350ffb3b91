"""The options in which somebody describes a pair that is to be stored: the same for `key put` and `key import`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import click

from vault_binance.cli import secret_input
from vault_binance.cli.expecting import expecting, typed
from vault_binance.credentials import Environment, KeyType
from vault_binance.errors import ConfigError
from vault_binance.layout import check_name
from vault_binance.variables import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    _Command = TypeVar("_Command", bound=Callable[..., object])

ENVIRONMENTS = [one.value for one in Environment]
KEY_TYPES = [one.value.lower() for one in KeyType]
"""As texts: of an enum click would take the names of its members, LIVE for live."""

FROM: Any = {"metavar": secret_input.SOURCE, "callback": secret_input.source}

LONGEST_TEXT = 512
"""Bytes of one value of custom metadata in Vault, which takes printable letters only."""


DESCRIBING = (
    click.option("--environment", type=click.Choice(ENVIRONMENTS), help="Where the key belongs; default live."),
    click.option(
        "--type",
        "key_type",
        type=click.Choice(KEY_TYPES, case_sensitive=False),
        help="What kind of key Binance says it is; default hmac; with key put, that of the key that waits.",
    ),
    click.option("--passphrase", **FROM, help="What opens an encrypted PEM; default a hidden prompt."),
    click.option("--any-length", is_flag=True, help="Accept a key or secret that has not 64 characters."),
    click.option("--no-verify", is_flag=True, help="Do not ask Binance about the key first."),
    click.option("--owner", default="", help="Team or person who answers for it."),
    click.option("--purpose", default="", help="What it is for."),
    click.option("--account", default="", help="Which Binance account it belongs to."),
    click.option("--rotate-after", default="", metavar="TIME", help="When it is due to be replaced, as in 90d."),
)
"""What every command that stores a pair is told about it."""


def describing(command: _Command) -> _Command:
    """Give a command the options of DESCRIBING and of what is expected, which become an Asked."""
    return reduce(lambda made, option: option(made), reversed((*DESCRIBING, expecting)), command)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person said of a pair that is to be stored. `key_type` and `environment` are None where nothing was."""

    name: str
    key_type: KeyType | None
    environment: Environment | None
    passphrase: str | None
    any_length: bool
    verify: bool
    about: Mapping[str, str]
    expectations: Mapping[str, str]
    """As custom metadata; what is stored counts where nothing was said."""

    @classmethod
    def of(cls, name: str, **options: Any) -> Asked:
        """From the options of DESCRIBING; raises ConfigError for what could not be stored."""
        check_name(name, "credential")
        about = {what: options[what] for what in ("owner", "purpose", "account", "rotate_after")}
        if about["rotate_after"]:
            _check_time(about["rotate_after"])
        for what, text in about.items():
            _check_text(text, what)
        kind, environment = options["key_type"], options["environment"]
        return cls(
            name,
            KeyType(kind.upper()) if kind else None,
            Environment(environment) if environment else None,
            options["passphrase"],
            options["any_length"],
            not options["no_verify"],
            about,
            typed(options["allow"], options["forbid"], require_ip=options["require_ip"]),
        )


def _check_time(text: str) -> None:
    """A bare number is of seconds everywhere else, and nobody replaces a key that often."""
    seconds(text, "--rotate-after")
    if text[-1].isdigit():
        raise ConfigError(f"--rotate-after {text}: of what?", hint=f"write {text}d for days; nothing was stored")


def _check_text(text: str, what: str) -> None:
    """Vault would refuse it only when the pair is stored already: what describes a key is written second."""
    if not text.isprintable() or len(text.encode()) > LONGEST_TEXT:
        raise ConfigError(f"--{what} must be one line of at most {LONGEST_TEXT} bytes", hint="nothing was stored")
