"""`login` and `logout`: both factors of a person, and the token where Vault's own command keeps it.

Rules of the file
- Nothing secret on the command line: a hidden prompt, standard input, a file.
- What is told about a login is never the token, but for --no-store, whose output that alone is.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread

import click

from vault_binance.cli import token_file
from vault_binance.cli.output import formatted, lifetime, note, show_one, warning
from vault_binance.cli.secret_input import SOURCE, read, source
from vault_binance.config import Config, layout_from
from vault_binance.connect import login_door, loopback
from vault_binance.errors import ConfigError, VaultBinanceError
from vault_binance.layout import OPERATOR_ROLES
from vault_binance.ops import login as logging_in
from vault_binance.ops.login import BY_PASSWORD, METHODS
from vault_binance.redacted import Redacted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.login import Asks
    from vault_binance.vault.login_port import Holder, LoginVault

TRIES = 3
PORT = 8250
"""As of Vault's own command, so that login roles allow it already."""


@click.command("login")
@click.argument("name", required=False)
@click.option(
    "--method", type=click.Choice(METHODS), default="userpass", show_default=True, help="What you log in with."
)
@click.option("--mount", metavar="PATH", help="Where it is mounted; default the method's name.")
@click.option("--role", metavar="NAME", help="The login role, for jwt and oidc; default the mount's own.")
@click.option("--password", metavar=SOURCE, callback=source, help="From standard input or a file; default a prompt.")
@click.option("--jwt", metavar=SOURCE, callback=source, help="For jwt: the token from the identity provider.")
@click.option("--port", type=click.IntRange(1, 65535), help="For oidc: where the browser comes back to; default 8250.")
@click.option("--code", metavar=SOURCE, callback=source, help="Of the authenticator app; default a prompt.")
@click.option("--no-store", is_flag=True, help="Print the token and keep it nowhere: VAULT_TOKEN=$(...).")
@formatted
@click.pass_obj
def login(
    environ: Mapping[str, str],
    name: str | None,
    method: str,
    mount: str | None,
    role: str | None,
    password: str | None,
    jwt: str | None,
    port: int | None,
    code: str | None,
    no_store: bool,
    format_: str,
    field: str | None,
) -> None:
    """Log in to Vault with both factors.

    The token goes to ~/.vault-token, where Vault's own command looks for it too.
    """
    layout = layout_from(environ)
    if no_store:
        _require_no_terminal()
    else:
        token_file.place(environ)
    first = _first_factor(method, _mount(mount or method), name, role, password, jwt, port)
    with login_door(environ) as vault:
        token = first(vault, lambda wanted, tried: _code(code, wanted, tried))
        with _ended_unless_delivered(vault, token):
            holder = vault.holder(token)
            if no_store:
                click.echo(token.reveal())
                note(f"{_named(holder)}, kept nowhere")
                return
            _tell_replaced(vault, environ, token)
            token_file.keep(environ, token)
    _tell_shadowed(environ)
    show_one(_row(holder, layout), format_, field)


@contextmanager
def _ended_unless_delivered(vault: LoginVault, token: Redacted) -> Iterator[None]:
    """What nobody was given, nobody can end: a full disk or Ctrl-C is not to leave a login behind."""
    try:
        yield
    except BaseException:
        with suppress(VaultBinanceError):
            vault.revoke(token)
        raise


def _mount(text: str) -> str:
    return logging_in.checked_mount(text.strip("/"))


def _first_factor(
    method: str,
    mount: str,
    name: str | None,
    role: str | None,
    password: str | None,
    jwt: str | None,
    port: int | None,
) -> Callable[[LoginVault, Asks], Redacted]:
    """What logs in with it, once there is a door; everything that can be asked for before is."""
    if port is not None and method != "oidc":
        raise click.UsageError("--port is for oidc")
    if method in BY_PASSWORD:
        if role is not None or jwt is not None:
            raise click.UsageError(f"--role and --jwt are for jwt and oidc, not for {method}")
        path = logging_in.password_path(mount, name or _asked_name())
        return _proving(path, {"password": Redacted(read(password, "password", "--password").rstrip("\r\n"))})
    if name is not None or password is not None:
        raise click.UsageError(f"{method} takes neither NAME nor --password: the identity provider knows who it is")
    if method == "jwt":
        proof: dict[str, Redacted | str] = {"jwt": Redacted(read(jwt, "JWT", "--jwt").strip())}
        return _proving(f"auth/{mount}/login", proof | ({"role": role} if role else {}))
    if jwt is not None:
        raise click.UsageError("--jwt is for jwt: with oidc a browser goes to the identity provider")
    return partial(_by_browser, mount, role or "", port or PORT)


def _proving(path: str, proof: Mapping[str, Redacted | str]) -> Callable[[LoginVault, Asks], Redacted]:
    return lambda vault, ask: logging_in.log_in(vault, path, proof, ask)


def _by_browser(mount: str, role: str, port: int, vault: LoginVault, ask: Asks) -> Redacted:
    with loopback(port) as back:
        return logging_in.log_in_by_browser(vault, mount, role, back, _visit, ask)


def _visit(address: Redacted) -> None:
    """In a browser of this host; where there is none, the address is to be opened by hand.

    Beside what waits for its answer: some browsers are waited for until they end.
    """
    import webbrowser

    note("log in there, in a browser on this host:")
    note(f"  {address.reveal()}")
    Thread(target=webbrowser.open, args=(address.reveal(),), daemon=True).start()


def _asked_name() -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise click.UsageError("who? NAME, where there is no terminal to ask on")
    return str(click.prompt("name", err=True))


def _require_no_terminal() -> None:
    if sys.stdout is not None and sys.stdout.isatty():
        raise ConfigError(
            "--no-store prints the token, and here it would stand on the screen",
            hint="as in export VAULT_TOKEN=$(vault-binance login --no-store NAME)",
        )


def _code(given: str | None, wanted: str, tried: int) -> Redacted | None:
    """A file holds one code, standard input a line for each try."""
    if tried and (tried >= TRIES or (given or "").startswith("@")):
        return None
    if tried:
        note("the code was not taken; each is taken once: wait for the next one")
    return Redacted("".join(read(given, f"code that your app shows for {wanted}", "--code").split()))


def _tell_replaced(vault: LoginVault, environ: Mapping[str, str], token: Redacted) -> None:
    before = token_file.kept(environ)
    holder = vault.holder(before) if before is not None and before != token else None
    if holder is not None:
        ends = f"for {holder.ttl} s" if holder.ttl else "for ever"
        note(f"the token of {holder.display_name} that was in {token_file.SHOWN} is replaced there, and good {ends}:")
        note(f"  vault token revoke -accessor {holder.accessor}")


def _tell_shadowed(environ: Mapping[str, str]) -> None:
    config = Config.from_environment(environ)
    if config.token is not None and config.token_source != "login":  # noqa: S105
        warning(f"VAULT_TOKEN or BAO_TOKEN is set and goes before {token_file.SHOWN}: unset it")


def _named(holder: Holder | None) -> str:
    return f"logged in as {holder.display_name}, accessor {holder.accessor}" if holder else "logged in"


def _row(holder: Holder | None, layout: Layout) -> dict[str, object]:
    if holder is None:
        return {"name": "?", "roles": [], "policies": [], "ends_in": "?", "accessor": "?", "kept_in": token_file.SHOWN}
    return {
        "name": holder.display_name,
        "roles": [role for role in OPERATOR_ROLES if layout.policy(role) in holder.policies],
        "policies": list(holder.policies),
        "ends_in": lifetime(holder.ttl),
        "accessor": holder.accessor,
        "kept_in": token_file.SHOWN,
    }


@click.command("logout")
@click.pass_obj
def logout(environ: Mapping[str, str]) -> None:
    """End the login that is in ~/.vault-token, and remove it there."""
    token = token_file.kept(environ)
    if token is None:
        note(f"there is no login in {token_file.SHOWN}")
    else:
        with login_door(environ) as vault:
            ended = vault.revoke(token)
        token_file.forget(environ)
        click.echo("logged out" if ended else "logged out; the token had ended already, or may not end itself")
    _tell_shadowed(environ)
