"""`verify`: ask Binance about keys from here, with Vault or, by --env-file, without."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from vault_binance.binance.hosts import Product
from vault_binance.cli.completion import a_file
from vault_binance.cli.describing import ENVIRONMENTS, KEY_TYPES
from vault_binance.cli.expecting import expecting
from vault_binance.cli.output import note, show_rows, warning
from vault_binance.cli.verdicts import Judged, row, show_several, show_verdict, worst
from vault_binance.config import BotSettings
from vault_binance.connect import borrowed, request_for, verified
from vault_binance.connect_verify import last_observation, verified_loan
from vault_binance.credentials import ANY_LENGTH, Environment, KeyType
from vault_binance.errors import (
    BinanceUnavailable,
    ConfigError,
    LoginRefused,
    MalformedCredentials,
    RateLimited,
    VaultBinanceError,
    VaultUnavailable,
)
from vault_binance.health.drift import drift
from vault_binance.health.expectations import Expectations
from vault_binance.ops import env_file as env_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from vault_binance.credentials import Credentials
    from vault_binance.health.drift import Observation
    from vault_binance.ops.verify import Verification

    Check = Callable[[], Verification]

_PRODUCTS = [Product.SPOT.value, Product.USDS_FUTURES.value]


@click.command("verify")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--env-file",
    "env_files_",
    multiple=True,
    metavar="FILE",
    shell_complete=a_file,
    help="A key in a .env file; no Vault needed.",
)
@click.option(
    "--environment",
    type=click.Choice(ENVIRONMENTS),
    help="With --env-file: where the key belongs.",
)
@click.option("--type", "key_type", type=click.Choice(KEY_TYPES), help="With --env-file: the type of a private key.")
@click.option(
    "--product",
    type=click.Choice(_PRODUCTS),
    default=Product.SPOT.value,
    show_default=True,
    help="Where to prove the key; the futures testnet has keys of its own.",
)
@expecting
@click.option("--since-last", is_flag=True, help="Tell what has changed since the last check that is on record.")
@click.option("--format", "format_", type=click.Choice(["table", "json", "yaml"]), default="table")
@click.pass_obj
def verify(
    environ: Mapping[str, str],
    names: tuple[str, ...],
    env_files_: tuple[str, ...],
    environment: str | None,
    key_type: str | None,
    product: str,
    allow: tuple[str, ...],
    forbid: tuple[str, ...],
    require_ip: bool | None,
    since_last: bool,
    format_: str,
) -> int:
    """Judge keys by what Binance says of them, from this address; exit 12 with a finding at HIGH, 31 for a refused key.

    With NAME a key is borrowed from Vault with the identity of whoever runs this, and judged by what is stored of its
    expectations too. Several keys end with the worst of their exit codes.
    """
    if env_files_ and names:
        raise ConfigError("a NAME in Vault and --env-file: which of the two?", hint="give one of them")
    if not env_files_ and (environment or key_type):
        raise ConfigError(
            "--environment and --type are for --env-file: a NAME in Vault has its own", hint="leave them out"
        )
    if env_files_ and since_last:
        raise ConfigError("--since-last is for a NAME in Vault: a file keeps no record", hint="leave it out")
    add = partial(Expectations.plus, allow=allow, forbid=forbid, require_ip=require_ip)
    add(Expectations())  # bad input is refused before anything is asked
    where = Product(product)
    if env_files_:
        pairs = {path: _from_file(path, environment, key_type) for path in env_files_}
        checks = {
            path: partial(verified, pair, environ, expectations=add(Expectations()), product=where)
            for path, pair in pairs.items()
        }
    else:
        checks = {
            name: partial(_borrowed, name, environ, add, where, since_last=since_last)
            for name in _checked_names(names, environ)
        }
    return _tell(_all(checks), format_)


def _checked_names(names: tuple[str, ...], environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names once each, none of them bad; the one of the settings where there is none."""
    settings = BotSettings.from_environment(environ)
    if len(set(names)) > 1 and settings.wrapped_secret_id:
        raise ConfigError(
            "a wrapped SecretID opens once, and each NAME needs a login", hint="give one NAME, or a token of your own"
        )
    return tuple(dict.fromkeys(request_for(settings, name, "").name for name in names or ("",)))


def _borrowed(
    name: str,
    environ: Mapping[str, str],
    add: Callable[[Expectations], Expectations],
    product: Product,
    *,
    since_last: bool,
) -> Verification:
    with borrowed(name, environ=environ, warn=warning) as loan:
        before = last_observation(loan) if since_last else None
        if since_last and before is None:
            note(f"no check of {name} is on record: there is nothing to compare with")
        checked = verified_loan(loan, environ, warning, add=add, before=before, product=product)
        if before is not None:
            _tell_of_no_change(name, before, checked)
        return checked


def _tell_of_no_change(name: str, before: Observation, checked: Verification) -> None:
    """What has changed is among the findings; silence would leave open whether anything was compared."""
    if not before.is_of(checked.observation):
        note(f"the last check of {name} was of another key: there is nothing to compare with")
    elif checked.observation.permissions is not None and not drift(before, checked.observation):
        note(f"nothing has changed since {before.checked_at}")


def _from_file(path: str, environment: str | None, key_type: str | None) -> Credentials:
    kept = Environment(environment) if environment else None
    kind = KeyType(key_type.upper()) if key_type else None
    try:
        return env_files.find(env_files.parse(env_files.read(Path(path))), "NAME", environment=kept, key_type=kind)
    except MalformedCredentials as error:
        error.message = f"{path}: {error.message}"
        error.hint = error.hint.removesuffix(ANY_LENGTH).rstrip()  # an option of those that store
        raise


def _all(checks: Mapping[str, Check]) -> list[Judged]:
    """Each key's verdict or error. What concerns them all ends the asking: the rest have the same error."""
    keys: list[Judged] = []
    ended: VaultBinanceError | None = None
    with _progress(len(checks)) as advance:
        for name, check in checks.items():
            judged = Judged(name, error=ended) if ended else _one(name, check)
            ended = ended or _end_of_all(judged.error)
            keys.append(judged)
            advance()
    return keys


def _one(name: str, check: Check) -> Judged:
    try:
        return Judged(name, check())
    except VaultBinanceError as error:
        if isinstance(error, ConfigError) and not isinstance(error, MalformedCredentials):
            raise  # a wrong setting, and the others would be asked with it too
        return Judged(name, error=error)


def _end_of_all(error: VaultBinanceError | None) -> VaultBinanceError | None:
    concerns_all = isinstance(error, (VaultUnavailable, LoginRefused, RateLimited))
    here = isinstance(error, BinanceUnavailable) and not error.transient  # this address is not served at all
    return error if concerns_all or here else None


@contextmanager
def _progress(count: int) -> Iterator[Callable[[], None]]:
    """A bar over several keys, on a terminal; what is called after each."""
    if count < 2 or sys.stderr is None or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("asking Binance"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=count)
        yield partial(bar.advance, task)


def _tell(keys: Sequence[Judged], format_: str) -> int:
    if len(keys) == 1:
        return _tell_one(keys[0], format_)
    if format_ == "table":
        show_several(keys)
    else:
        show_rows([row(one) for one in keys], format_)
    return worst([one.exit_code for one in keys])


def _tell_one(one: Judged, format_: str) -> int:
    """A single key's failure is the command's own: said as an error, after what is known of it."""
    if format_ != "table" and (one.verification or isinstance(one.error, BinanceUnavailable)):
        show_rows([row(one)], format_)
    elif one.verification:
        show_verdict(replace(one.verification, credential=one.name))
    if one.error:
        raise one.error
    if one.verification:
        one.verification.require_accepted()
    return one.exit_code
