"""Taking a pair out of the file it came from, once Vault has it and a bot has run with it.

Rules of the file
- Nothing is taken out that Vault does not hold as the latest version; its metadata tells, and no value is read.
- That a bot has run with it is said by the bot's own report. Who may not read reports is asked instead.
- A place that holds the secret besides the two values is named by its line: it is no value that anybody reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vault_binance.credentials import KeyType
from vault_binance.errors import ConfigError
from vault_binance.health.assess import clock_is_usable
from vault_binance.ops import pending, reports

if TYPE_CHECKING:
    from pathlib import Path

    from vault_binance.health.report import Report
    from vault_binance.layout import Layout
    from vault_binance.ops.keys import Key
    from vault_binance.ops.old_pair import Pair
    from vault_binance.vault.operator_port import OperatorVault


def check_held(key: Key, pair: Pair) -> None:
    """Raise ConfigError unless the latest version is this very API key, and may be read."""
    if key.state != "ok":
        raise ConfigError(
            f"the latest version of {key.name} is {key.state}: the file may be the last place that has the pair",
            hint=f"bring it back, or store it: vault-binance key restore {key.name}",
        )
    if not key.described:
        raise ConfigError(
            f"what is known of {key.name} does not speak of version {key.version}: is it the pair of the file?",
            hint=f"store the pair by vault-binance key import {key.name}, or take it out by hand",
        )
    if key.metadata.get("fingerprint") != pair.fingerprint:
        raise ConfigError(
            f"the API key in the file is not that of {key.name}, version {key.version}",
            hint=f"an old one? Then delete it at Binance. What Vault has: vault-binance key show {key.name}",
        )


def check_same_secret(key: Key, public_pem: str) -> None:
    """Raise ConfigError where the secret in the file is another one than Vault's, as far as its metadata tells.

    `public_pem` is the public half of the file's private key, empty for an HMAC secret, of which nothing is told.
    """
    kind = key.metadata.get("key_type")
    other_kind = kind is not None and (kind == KeyType.HMAC.value) is bool(public_pem)
    told = pending.public_half(public_pem, key.version) if public_pem else {}
    of_this = key.metadata.get("public_key_version") == str(key.version)
    if other_kind or (told and of_this and not told.items() <= key.metadata.items()):
        raise ConfigError(
            f"the secret in the file is not that of {key.name}, version {key.version}: nothing was taken out",
            hint=f"which of them works? vault-binance verify {key.name}, and vault-binance verify --env-file FILE",
        )


def check_removable(pair: Pair) -> None:
    """Raise ConfigError where taking the two values out would let others count."""
    if pair.doubled:
        raise ConfigError(
            f"{pair.doubled} stands in the file several times, with several values: nothing was taken out",
            hint="whose are the others? Take them out by hand first",
        )


def bots_that_ran(vault: OperatorVault, layout: Layout, key: Key) -> list[str]:
    """The bots that had this very version accepted. Raises PermissionDenied for who may not read reports."""
    return [report.bot for report in reports.found(vault, layout) if _ran(report, key)]


def _ran(report: Report, key: Key) -> bool:
    """Accepted, that is: with a clock that no request can be stamped by, Binance was never shown the key."""
    seen = (report.credential, report.observation.version, report.observation.fingerprint)
    was_shown = clock_is_usable(report.skew_ms)
    return seen == (key.name, key.version, key.metadata["fingerprint"]) and was_shown and not report.refused


def lines_left(text: str, pair: Pair) -> list[int]:
    """The numbers of the lines in which a part of the secret still stands: in a comment, or in another variable."""
    pieces = [line for line in pair.secret.reveal().splitlines() if not line.startswith("-----") and len(line) > 8]
    return [number for number, line in enumerate(text.splitlines(), 1) if any(piece in line for piece in pieces)]


def work_tree(real: Path) -> Path | None:
    """The git work tree that a file stands in, if any: its history keeps what the file no longer has."""
    return next((folder for folder in real.parents if (folder / ".git").exists()), None)


def copies_beside(real: Path) -> list[str]:
    """Files beside it that editors and people leave as copies of it."""
    names = (f"{real.name}~", f"{real.name}.bak", f"{real.name}.orig", f".{real.name}.swp", f"#{real.name}#")
    return [name for name in names if (real.parent / name).exists()]
