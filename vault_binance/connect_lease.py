"""The wiring of a lease that is kept: settings from the environment become a Keeper, and a Fetcher around it."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from vault_binance.bot import fetcher
from vault_binance.bot.identities import identity_from
from vault_binance.bot.keeping import Keeper
from vault_binance.bot.logins import Logins
from vault_binance.config import BotSettings, Config
from vault_binance.connect import request_for, unshown
from vault_binance.errors import ConfigError
from vault_binance.schedules import SCHEDULES, STANDARD
from vault_binance.variables import variable
from vault_binance.vault.http import HttpVault
from vault_binance.vault.wire import Wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.bot.identities import Identity
    from vault_binance.bot.key_check import Verify
    from vault_binance.schedules import Schedule

LONGEST_CALL = 15.0
"""Seconds for one answer: a lease that waits longer for Vault's word would learn of a suspension too late."""


class Fetcher(fetcher.Fetcher):
    """A credential that stays valid for as long as the bot runs: see vault_binance.bot.fetcher."""

    def __init__(
        self,
        name: str = "",
        *,
        path: str = "",
        environ: Mapping[str, str] | None = None,
        schedule: Schedule | str | None = None,
        max_stale: float | None = None,
        wait: float | None = None,
        signals: bool = False,
        verify: bool = False,
    ) -> None:
        """`name` and `path` as for borrow; nothing is sent before `start`, or the `with` block.

        `environ` is the process's own where it is None. `schedule` replaces VAULT_BINANCE_SCHEDULE: standard, calm or
        swift, or a Schedule of your own.
        `max_stale`, seconds that credentials may age while Vault is away, and `wait`, seconds to try for the first
        ones, replace VAULT_BINANCE_MAX_STALE and VAULT_BINANCE_WAIT. With `signals`, TERM and HUP end the block first.
        With `verify` Binance is asked about the key, at the start and after each rotation: see bot/key_check.py.
        """
        kept = keeper(name, path, environ, schedule, max_stale=max_stale, wait=wait)
        super().__init__(kept, signals=signals, verify=verify_with(environ) if verify else None)


def verify_with(environ: Mapping[str, str] | None) -> Verify:
    """How a key is checked; only who asks for it loads what asks Binance."""
    from vault_binance.connect_verify import verify_by

    return verify_by(unshown(environ))


def keeper(
    name: str,
    path: str,
    environ: Mapping[str, str] | None,
    schedule: Schedule | str | None,
    *,
    max_stale: float | None = None,
    wait: float | None = None,
) -> Keeper:
    """Raises ConfigError for whatever is wrong with the settings, who the bot is included."""
    environ = unshown(environ)
    settings, config = BotSettings.from_environment(environ), Config.from_environment(environ)
    request = request_for(settings, name, path)
    identity_from(settings, config)
    max_stale, wait = _seconds(max_stale, "max_stale"), _seconds(wait, "wait")
    schedule = _schedule(schedule or variable(environ, "VAULT_BINANCE_SCHEDULE") or STANDARD)
    config = replace(config, timeout=min(config.timeout or LONGEST_CALL, LONGEST_CALL))
    vault = HttpVault(Wire(config), ask_why=False)
    return Keeper(
        vault,
        Logins(lambda: _who(environ)),
        request,
        _no_older_than(settings.max_stale if max_stale is None else max_stale, schedule),
        bot=settings.bot,
        wait=settings.wait if wait is None else wait,
    )


def _schedule(said: Schedule | str) -> Schedule:
    if isinstance(said, str) and said not in SCHEDULES:
        raise ConfigError(f"VAULT_BINANCE_SCHEDULE: {said!a} is no schedule", hint=f"one of {', '.join(SCHEDULES)}")
    return SCHEDULES[said] if isinstance(said, str) else said


def _no_older_than(max_stale: float | None, schedule: Schedule) -> Schedule:
    """With reads so often that none becomes too old while Vault answers."""
    if max_stale is None:
        return schedule
    return replace(schedule, max_stale=max_stale, read_every=min(schedule.read_every, max_stale / 2 or inf))


def _seconds(said: object, name: str) -> float | None:
    if said is None or (isinstance(said, (int, float)) and said >= 0):
        return said
    raise ConfigError(f"{name}={said!r} is no number of seconds", hint="0 or more, as in max_stale=3600")


def _who(environ: Mapping[str, str]) -> Identity:
    """Read anew at each login: what stands in files may have been replaced."""
    return identity_from(BotSettings.from_environment(environ), Config.from_environment(environ))
