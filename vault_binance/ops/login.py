"""A person's login: the first factor, then whatever second ones Vault wants besides.

Rules of the file
- Whom to ask is the caller's business: a code comes from a callback, and is asked for once for each method.
- Of several methods that would do, an authenticator app's is taken, since anybody can type a code.
"""

from __future__ import annotations

import re
from contextlib import suppress
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from vault_binance.errors import ConfigError, LoginRefused
from vault_binance.redacted import Redacted
from vault_binance.vault.login_port import Demand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from urllib.parse import SplitResult

    from vault_binance.vault.login_port import Factor, LoginVault, Returns

    Asks = Callable[[str, int], Redacted | None]
    """The code for an enforcement's name, at a try that begins with 0; None where there is no further try."""

BY_PASSWORD = ("userpass", "ldap", "okta", "radius")
METHODS = (*BY_PASSWORD, "jwt", "oidc")


def checked_mount(mount: str) -> str:
    """An auth mount's path as `vault auth list` names it, or raise ConfigError."""
    if re.fullmatch(r"(?!auth/)\w[\w.-]*(?:/\w[\w.-]*)*", mount, re.ASCII):
        return mount
    raise ConfigError(f"{mount!a} is no auth mount", hint="write it without auth/ before it, as in userpass")


def password_path(mount: str, name: str) -> str:
    """Where somebody logs in with a password; the name is a part of the path there."""
    if not name or not re.fullmatch(r"[^/?#\s]{1,256}", name) or not name.isprintable():
        raise ConfigError("that is no login name", hint="without a slash, a question mark or a blank")
    return f"auth/{mount}/login/{name}"


def log_in(vault: LoginVault, path: str, proof: Mapping[str, Redacted | str], ask: Asks) -> Redacted:
    """The token of whoever proves it; raises LoginRefused."""
    granted = vault.log_in(path, proof)
    return _answered(vault, granted, ask) if isinstance(granted, Demand) else granted


def log_in_by_browser(
    vault: LoginVault, mount: str, role: str, back: Returns, visit: Callable[[Redacted], None], ask: Asks
) -> Redacted:
    """As `log_in`; `visit` has somebody open the identity provider's address, and `back` waits for what they bring."""
    nonce = Redacted(token_urlsafe(24))
    address = vault.oidc_address(mount, role, back.uri, nonce)
    state = state_of(address)
    visit(address)
    granted = vault.oidc_granted(mount, state, back.wait(state), nonce)
    return _answered(vault, granted, ask) if isinstance(granted, Demand) else granted


def state_of(address: Redacted) -> Redacted:
    """By what an answer is known to be one to this address."""
    with suppress(ValueError):
        parts = urlsplit(address.reveal())
        (state,) = parse_qs(parts.query).get("state", [""])
        if _is_web(parts, address) and re.fullmatch(r"[\w.~-]+", state, re.ASCII):
            return Redacted(state)
    raise ConfigError("what Vault gave for the browser is no address of an identity provider")


def _is_web(parts: SplitResult, address: Redacted) -> bool:
    """It is shown on a terminal and put on a browser's command line: no file, no option, no escape sequence."""
    return parts.scheme in {"https", "http"} and bool(parts.hostname) and bool(re.fullmatch("[!-~]+", address.reveal()))


def _answered(vault: LoginVault, demand: Demand, ask: Asks) -> Redacted:
    wanted = chosen(demand)
    tries = 0
    while True:
        codes = {
            factor.method_id: ask(name, tries) if factor.asks_for_code else None for name, factor in wanted.items()
        }
        if any(factor.asks_for_code and codes[factor.method_id] is None for factor in wanted.values()):
            raise refused()
        if token := vault.answer(demand, codes):
            return token
        if not any(factor.asks_for_code for factor in wanted.values()):
            raise LoginRefused("the second factor was not confirmed", hint="confirm it on your phone, and log in again")
        tries += 1


def chosen(demand: Demand) -> dict[str, Factor]:
    """For each method that is to be answered, the enforcement that wants it first."""
    taken: dict[str, Factor] = {}
    for name, choices in demand.choices.items():
        if not {*choices} & {*taken.values()}:
            taken[name] = min(choices, key=lambda factor: (factor.kind != "totp", not factor.asks_for_code))
    return taken


def refused() -> LoginRefused:
    return LoginRefused(
        "the code was not taken",
        hint="each code is taken once: wait for the next one; is the clock of the phone right? After five wrong ones\n"
        "Vault takes none for 30 seconds. Never enrolled? An admin runs vault-binance operator add; with a lost\n"
        "phone, operator remove before it",
    )
