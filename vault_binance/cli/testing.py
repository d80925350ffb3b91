"""`testing`: the servers that our own tests use, in a terminal."""

from __future__ import annotations

import ipaddress
import shlex
import signal
import sys
from contextlib import contextmanager

import click

from vault_binance.binance.hosts import OVERRIDES, Product
from vault_binance.cli.output import plain
from vault_binance.credentials import Environment, KeyType
from vault_binance.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.emulator.state import IssuedKey, LogEntry


@click.group("testing")
def testing() -> None:
    """Servers to test against. They listen on this machine alone and forget everything at the end."""


@testing.command("emulator")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: a free one.")
@click.option(
    "--type",
    "key_type",
    type=click.Choice([each.lower() for each in KeyType], case_sensitive=False),
    default="hmac",
    show_default=True,
    help="What kind of key it has.",
)
@click.option(
    "--environment",
    type=click.Choice([each.value for each in Environment]),
    default="live",
    show_default=True,
    help="Which Binance it is; the testnet has no /sapi.",
)
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    metavar="NAME",
    help="As in spot-trading, or enableFutures; repeatable.",
)
@click.option("--ip", "addresses", multiple=True, metavar="ADDRESS", help="Restrict the key to it; repeatable.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    help="For every request, as in slow; docs/reference/emulator.md.",
)
@click.option("--control", is_flag=True, help="Open /emulator/ for tests that change keys, faults and the clock.")
def emulator(
    port: int,
    key_type: str,
    environment: str,
    permissions: tuple[str, ...],
    addresses: tuple[str, ...],
    faults: tuple[str, ...],
    control: bool,
) -> None:
    """Run a believable Binance with one key. It ends on Ctrl-C; the key is printed, for it is worth nothing."""
    from vault_binance.testing.emulator import Emulator

    allowed = {_permission(name): True for name in permissions}
    addresses = tuple(_address(text) for text in addresses)
    server = Emulator(environment=Environment(environment), control=control, told=_teller())
    _plan(server, faults)
    try:
        server.start(port)
    except OSError as error:
        raise ConfigError(f"cannot listen on port {port}: {error.strerror}", hint="leave --port out for one") from None
    try:
        with _stopping_in_order():
            _show(server, server.add_key(key_type=KeyType(key_type.upper()), permissions=allowed, ip_list=addresses))
            signal.pause()
    finally:
        server.stop()


@testing.command("vault")
def vault() -> None:
    """Run a real Vault in memory, with an audit log. It ends on Ctrl-C, and the root token that it prints with it.

    The server is `vault` or `bao` on the PATH, or out of Docker's image, or built with Go, once.
    """
    from vault_binance.testing.dev_server import DevVault

    with _stopping_in_order(), DevVault(audit_log=True) as server:
        click.echo(f"export VAULT_ADDR={server.address}")
        click.echo(f"export VAULT_TOKEN={server.root_token.reveal()}")
        click.echo(f"AUDIT_LOG={server.audit_log}")
        signal.pause()


@contextmanager
def _stopping_in_order() -> Iterator[None]:
    """Ctrl-C and TERM are how these servers are to end, and no failure."""
    terminating = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    finally:
        signal.signal(signal.SIGTERM, terminating)


def _permission(name: str) -> str:
    """Binance's name, from it or from our word for it."""
    from vault_binance.testing.emulator.state import PERMISSIONS, WORDS

    if name in PERMISSIONS:
        return name
    if name not in WORDS:
        raise ConfigError(f"--permission {name!a}: there is no such permission", hint=f"one of {', '.join(WORDS)}")
    return WORDS[name]


def _address(text: str) -> str:
    """As the emulator compares it: one that can never be seen would refuse everybody."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ConfigError(f"--ip {text!a} is no address", hint="as in --ip 127.0.0.1; for several, repeat it") from None


def _plan(server: Emulator, faults: tuple[str, ...]) -> None:
    from vault_binance.testing.emulator.faults import Fault

    for name in faults:
        if name not in set(Fault):
            raise ConfigError(f"--fault {name!a}: there is no such fault", hint=f"one of {', '.join(Fault)}")
        server.fail(Fault(name), times=None)


def _show(server: Emulator, made: IssuedKey) -> None:
    """Lines for a shell or a .env file: a private key is quoted, its line ends and all."""
    click.echo(f"BINANCE_BASE_URL={server.url}")
    click.echo(f"export {OVERRIDES[Product.SPOT]}={server.url}")
    click.echo(f"BINANCE_API_KEY={made.api_key.reveal()}")
    if made.secret is not None:
        click.echo(f"BINANCE_API_SECRET={shlex.quote(made.secret.reveal())}")
    for product in (Product.USDS_FUTURES, Product.COIN_FUTURES):
        click.echo(f"export {OVERRIDES[product]}={server.url}")


def _teller() -> Callable[[LogEntry], None] | None:
    """On a terminal, a line for each request."""
    return _tell if sys.stderr.isatty() else None


def _tell(entry: LogEntry) -> None:
    code = f"  {entry.code}" if entry.code else ""
    key = f"  {entry.fingerprint[:8]}" if entry.fingerprint else ""
    line = f"{entry.source}  {entry.method:<6}  {entry.path}  {entry.status or 'cut'}{code}{key}"
    click.echo(plain(line), err=True)
