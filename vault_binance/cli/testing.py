"""`testing`: the servers that our own tests use, in a terminal."""

from __future__ import annotations

import signal

import click


@click.group("testing")
def testing() -> None:
    """Servers to test against. They listen on this machine alone and forget everything at the end."""


@testing.command("emulator")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
def emulator(port: int) -> None:
    """Run a believable Binance with one key until Ctrl-C; the key is printed, for it is worth nothing."""
    from vault_binance.testing.emulator import Emulator

    server = Emulator()
    server.start(port)
    made = server.add_key()
    click.echo(f"BINANCE_BASE_URL={server.url}")
    click.echo(f"BINANCE_API_KEY={made.api_key.reveal()}")
    if made.secret is not None:
        click.echo(f"BINANCE_API_SECRET={made.secret.reveal()}")
    try:
        signal.pause()
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    finally:
        server.stop()
