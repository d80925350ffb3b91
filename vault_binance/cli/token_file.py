"""~/.vault-token, the file in which Vault's own command keeps its login: so `vault` and everything here find it.

Rules of the file
- It is replaced whole, for its owner alone. A link in its place is replaced too and never followed, as Vault's does.
- Nothing of it is shown.
"""

from __future__ import annotations

import os
from contextlib import suppress
from secrets import token_hex

from vault_binance.config import login_at_home
from vault_binance.errors import ConfigError
from vault_binance.redacted import Redacted
from vault_binance.variables import sendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SHOWN = "~/.vault-token"


def place(environ: Mapping[str, str]) -> str:
    """Raises ConfigError where there is no home."""
    if home := environ.get("HOME", ""):
        return f"{home}/.vault-token"
    raise ConfigError("HOME is not set: there is no place for the token", hint="--no-store prints it instead")


def kept(environ: Mapping[str, str]) -> Redacted | None:
    """The token that is there; None where there is none, or nothing that could be one."""
    try:
        text = login_at_home(environ)
        return Redacted(sendable(text, "the token")) if text else None
    except (OSError, ValueError, ConfigError):
        return None


def keep(environ: Mapping[str, str], token: Redacted) -> None:
    target = place(environ)
    written = f"{target}.{token_hex(4)}.part"  # in a container a process that was killed had our number too
    try:
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, token.reveal().encode("ascii"))
            os.replace(written, target)  # noqa: PTH105
        finally:
            os.close(descriptor)
            with suppress(FileNotFoundError):
                os.unlink(written)  # noqa: PTH108
    except OSError as error:
        raise ConfigError(f"cannot write {target!a}: {error.strerror}", hint="--no-store prints the token") from None


def forget(environ: Mapping[str, str]) -> None:
    try:
        os.unlink(place(environ))  # noqa: PTH108
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ConfigError(f"cannot remove {SHOWN}: {error.strerror}", hint="the token in it has ended") from None
