"""The question before what cannot be undone. Where nobody can be asked, only --yes is an answer."""

from __future__ import annotations

import sys

import click

from vault_binance.errors import ConfigError, VaultBinanceError


def confirm(question: str) -> None:
    """Return after a yes; raises ConfigError where there is no terminal to ask on."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConfigError(f"no terminal to ask on: {question}", hint="nothing was changed; to say so beforehand: --yes")
    try:
        answer = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)  # the line of the question has not ended
        raise
    if not answer:
        raise VaultBinanceError("not confirmed. nothing was changed")
