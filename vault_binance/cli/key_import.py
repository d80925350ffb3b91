"""`key import`: a pair out of a .env file, a configuration of freqtrade or the environment; and out of the file again.

Rules of the file
- The pair is checked at Binance and stored as by key put.
- A file is changed by --remove alone, a command of its own, once Vault has the pair and a bot has run with it.
"""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vault_binance.cli import secret_input
from vault_binance.cli.completion import a_file
from vault_binance.cli.confirm import confirm
from vault_binance.cli.describing import Asked, describing
from vault_binance.cli.output import note, warning
from vault_binance.cli.storing import opened, store
from vault_binance.connect import is_encrypted, operator, public_key
from vault_binance.credentials import PEM_START, Credentials, KeyType
from vault_binance.errors import ConfigError, MalformedCredentials, PermissionDenied
from vault_binance.ops import edited_file, env_file, freqtrade_config, keys, our_mounts, retiring
from vault_binance.ops.old_pair import without
from vault_binance.redacted import Redacted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.keys import Key
    from vault_binance.ops.old_pair import Pair
    from vault_binance.vault.operator_port import OperatorVault

ENV, FREQTRADE = "env", "freqtrade"


@click.command("import")
@click.argument("name")
@click.argument("file", required=False, shell_complete=a_file)
@describing
@click.option("--kind", type=click.Choice([ENV, FREQTRADE]), help="What FILE is; default told by its name and content.")
@click.option("--from-environment", is_flag=True, help="Take the variables of this process instead of a FILE.")
@click.option("--remove", is_flag=True, help="Take the pair out of FILE, once a bot has run with what Vault has.")
@click.option("--yes", is_flag=True, help="With --remove: do not ask where no report proves that.")
@click.pass_obj
def import_(
    environ: Mapping[str, str],
    /,
    name: str,
    file: str | None,
    kind: str | None,
    from_environment: bool,
    remove: bool,
    yes: bool,
    **described: Any,
) -> None:
    """Store the pair of a .env file or of a freqtrade configuration.

    A private key in it needs its --type said. FILE itself is not changed, but by --remove.
    """
    asked = Asked.of(name, **described)
    if (file is None) is not from_environment or (remove and from_environment):
        raise click.UsageError("name one FILE, or give --from-environment, from which nothing can be removed")
    if remove:
        _remove(environ, asked, Path(str(file)), kind, yes=yes)
        return
    if file is None:
        credentials = _credentials(_pair(_assignments(environ), asked), asked)
    else:
        with _named(file):
            pair = _pair_of(_text(Path(file)), Path(file), kind, asked)
            if pair.doubled:
                warning(f"{pair.doubled} stands in {file} several times, with several values: the last one counts")
            credentials = _credentials(pair, asked)
    with operator(environ) as (vault, layout):
        based_on = keys.current_version(vault, layout, name)
        our_mounts.require_kv_mount(vault, layout)
        store(vault, layout, environ, asked, based_on, credentials)
    _offer(asked, file, kind)


def _assignments(environ: Mapping[str, str]) -> list[env_file.Assignment]:
    return [env_file.Assignment(name, Redacted(value), 0) for name, value in environ.items()]


def _pair(assignments: list[env_file.Assignment], asked: Asked) -> Pair:
    return env_file.pair(assignments, environment=asked.environment, where="the environment")


def _text(path: Path) -> Redacted:
    return Redacted(env_file.read_whole(path))


def _pair_of(text: Redacted, path: Path, kind: str | None, asked: Asked) -> Pair:
    kind = kind or (FREQTRADE if path.suffix == ".json" or freqtrade_config.looks_like_one(text.reveal()) else ENV)
    if kind == FREQTRADE:
        return freqtrade_config.pair(text.reveal())
    return env_file.pair(env_file.parse(text.reveal()), environment=asked.environment)


@contextmanager
def _named(file: str) -> Iterator[None]:
    """Put the file's name before what is said to be wrong in it."""
    try:
        yield
    except MalformedCredentials as error:
        error.message = f"{file}: {error.message}"
        raise


def _credentials(pair: Pair, asked: Asked) -> Credentials:
    found = pair.credentials(
        asked.name, environment=asked.environment, key_type=asked.key_type, any_length=asked.any_length
    )
    if found.key_type is KeyType.HMAC:
        if asked.passphrase is not None:
            raise ConfigError(f"--passphrase opens a private key, and {pair.secret_name} is none", hint="leave it out")
        return found
    given = None if asked.passphrase is None else secret_input.passphrase(asked.passphrase)
    return replace(found, secret=opened(found.secret, given, found.key_type))


def _offer(asked: Asked, file: str | None, kind: str | None) -> None:
    if file is None:
        note("the environment still has the pair: take it out of where it is set, once a bot has run with Vault's")
        return
    chosen = [*(["--kind", kind] if kind else []), *(["--environment", asked.environment] if asked.environment else [])]
    line = shlex.join(["vault-binance", "key", "import", asked.name, file, *chosen, "--remove"])
    note(f"the file still has the pair. Once a bot has run with Vault's, take it out: {line}")


def _remove(environ: Mapping[str, str], asked: Asked, path: Path, kind: str | None, *, yes: bool) -> None:
    before = _text(path)
    with _named(str(path)):
        pair = _pair_of(before, path, kind, asked)
    retiring.check_removable(pair)
    with operator(environ) as (vault, layout):
        our_mounts.require_kv_mount(vault, layout)
        key = keys.found(vault, layout, asked.name)
        retiring.check_held(key, pair)
        with _named(str(path)):
            _check_secret(key, pair)
        proof, doubt = _proof(vault, layout, key)
    if not proof and not yes:
        confirm(f"{doubt}: take the pair out of {path} all the same?")
    after = Redacted(without(before.reveal(), pair.cuts))
    real = edited_file.replace(path, before.reveal().encode(), after.reveal().encode())
    click.echo(f"removed  {pair.key_name} and {pair.secret_name} from {real}   {proof or 'without a report of a bot'}")
    _tell_what_is_left(real, retiring.lines_left(after.reveal(), pair))


def _check_secret(key: Key, pair: Pair) -> None:
    """An encrypted private key is left at that: it tells nothing of itself without its passphrase."""
    is_private_key = PEM_START in pair.secret.reveal()
    if not (is_private_key and is_encrypted(pair.secret)):
        retiring.check_same_secret(key, public_key(pair.secret)[0] if is_private_key else "")


def _proof(vault: OperatorVault, layout: Layout, key: Key) -> tuple[str, str]:
    """Which bot has run with it; or, where none is known to have, why."""
    try:
        bots = retiring.bots_that_ran(vault, layout, key)
    except PermissionDenied:
        return "", f"this token may not read {layout.kv_mount}/reports/, where bots say what they ran with"
    if not bots:
        return "", f"no bot has reported that it ran with version {key.version} of {key.name}"
    return f"{', '.join(bots)} ran with version {key.version}", ""


def _tell_what_is_left(real: Path, lines: list[int]) -> None:
    if lines:
        warning(f"the secret still stands in {real}, line {', '.join(map(str, lines))}: take it out by hand")
    if tree := retiring.work_tree(real):
        warning(f"{real} is in the git work tree {tree}: if it was ever committed, its history has the pair")
    for copy in retiring.copies_beside(real):
        warning(f"beside it is {copy}: does it have the pair too?")
    note("not reached: copies, backups of editors and disks, the shell's history, running processes")
    note("if others could read the file, the pair is theirs: replace it at Binance (vault-binance key new)")
