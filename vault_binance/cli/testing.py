"""`testing`: the servers that our own tests use, in a terminal."""

from __future__ import annotations

import signal

import click

from vault_binance.errors import ConfigError


@click.group("testing")
def testing() -> None:
    """Servers to test against. They listen on this machine alone and forget everything at the end."""


@testing.command("emulator")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
def emulator(port: int) -> None:
    """Run a believable Binance with one key. It ends on Ctrl-C; the key is printed, for it is worth nothing."""
    from vault_binance.testing.emulator import Emulator

    server = Emulator()
    try:
        server.start(port)
    except OSError as error:
        raise ConfigError(f"cannot listen on port {port}: {error.strerror}", hint="leave --port out for one") from None
    try:
        made = server.add_key()
        click.echo(f"BINANCE_BASE_URL={server.url}")
        click.echo(f"export VAULT_BINANCE_BINANCE_URL={server.url}")
        click.echo(f"BINANCE_API_KEY={made.api_key.reveal()}")
        if made.secret is not None:
            click.echo(f"BINANCE_API_SECRET={made.secret.reveal()}")
        signal.pause()
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    finally:
        server.stop()
