"""`bot enroll`: on the bot's host a key and a certificate are made; with an operator's token the certificate is pinned.

Rules of the file
- The key is written once, for its owner alone, never over another file, and is never printed.
- Only the certificate travels; its fingerprint is shown at both ends.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from vault_binance.cli.completion import a_file
from vault_binance.cli.output import formatted, note, show_one
from vault_binance.connect import new_certificate, operator, read_certificate
from vault_binance.errors import ConfigError, PermissionDenied
from vault_binance.layout import check_name
from vault_binance.ops import enroll as enrolling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.enroll import Enrolment
    from vault_binance.vault.operator_port import Certificate, OperatorVault

DAYS = 365
MOST_DAYS = 730
SOON_DAYS = 30


@click.command("enroll")
@click.argument("name")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), help=f"How long a new one is valid; default {DAYS}.")
@click.option(
    "-o", "--output", metavar="STEM", shell_complete=a_file, help="Write STEM.key and STEM.crt; default the bot's name."
)
@click.option(
    "--certificate",
    metavar="FILE",
    shell_complete=a_file,
    help="Pin this certificate, made on the bot's host; - for stdin.",
)
@click.option("--output-policy", is_flag=True, help="Print the policy that pinning one for this bot needs.")
@formatted
@click.pass_obj
def enroll(
    environ: Mapping[str, str],
    name: str,
    days: int | None,
    output: str | None,
    certificate: str | None,
    output_policy: bool,
    format_: str,
    field: str | None,
) -> None:
    """Let a bot log in with a certificate, after every restart.

    On the bot's host, without options: make a key, which stays there, and a certificate. It needs no Vault.

    With --certificate: pin that certificate, for a bot that is there. Pinned again, it replaces the one before. Whoever
    may do this has the bot's credential, alone: so no role of vault-binance may, neither provisioner nor issuer, and
    the Vault's own admin does it, or lets somebody do it for this one bot by --output-policy.
    """
    check_name(name, "bot")
    if certificate is not None and output_policy:
        raise click.UsageError("--certificate or --output-policy, not both")
    if (certificate is not None or output_policy) and (days is not None or output is not None):
        raise click.UsageError("--days and --output are for the bot's host, where a certificate is made")
    if output_policy:
        with operator(environ) as (vault, layout):
            click.echo(enrolling.needed(vault, layout, name), nl=False)
    elif certificate is not None:
        show_one(_pinned(environ, name, certificate), format_, field)
    else:
        show_one(_made(name, days or DAYS, name if output is None else output), format_, field)


def _made(name: str, days: int, stem: str) -> dict[str, object]:
    key, made = new_certificate(name, days=days, now=datetime.now(UTC))
    key_file, certificate_file = f"{stem}.key", f"{stem}.crt"
    _write_new(key_file, key.reveal(), 0o600)
    try:
        _write_new(certificate_file, made.pem, 0o644)
    except BaseException:
        os.unlink(key_file)  # noqa: PTH108
        raise
    note(f"take {certificate_file}, which is no secret, to Vault's admin:")
    note(f"  vault-binance bot enroll {name} --certificate {certificate_file}")
    note(f"then compare the fingerprint, by voice. {key_file} stays on this host")
    return {"bot": name, "key": key_file, "certificate": certificate_file, **_shown(made)}


def _write_new(path: str, text: str, mode: int) -> None:
    """Whole or not at all, and never over what is there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except FileExistsError:
        raise ConfigError(
            f"{path!a} is there already. nothing was made",
            hint="a new key goes beside the old one, as in -o <name>-2; the old one works until the new one is pinned",
        ) from None
    except (OSError, ValueError) as error:
        raise _unwritten(path, error) from None
    try:
        with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(text)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108
        if isinstance(error, OSError):
            raise _unwritten(path, error) from None
        raise


def _unwritten(path: str, error: Exception) -> ConfigError:
    reason = error.strerror if isinstance(error, OSError) else "it is no name of a file"
    return ConfigError(f"cannot write {path!a}: {reason}", hint="nothing was made")


def _pinned(environ: Mapping[str, str], name: str, source: str) -> dict[str, object]:
    certificate = read_certificate(_text(source))
    with operator(environ) as (vault, layout):
        try:
            done = enrolling.enroll(vault, layout, name, certificate, read=read_certificate, now=datetime.now(UTC))
        except PermissionDenied as error:
            needs = f"the policy for this one bot: vault-binance bot enroll {name} --output-policy"
            error.hint = f"{error.hint}\n{enrolling.WHO_MAY}\n{needs}"
            raise
    _tell(name, done)
    before = done.replaced
    return {
        "bot": name,
        "role": f"{layout.cert_mount}/{name}",
        **_shown(certificate),
        "from": list(done.cidrs) or ["anywhere"],
        "replaced": f"{before.fingerprint}, valid until {_date(before)}" if before else "",
    }


def _text(source: str) -> str:
    """What is not text is no PEM, and said to be so by whoever reads it."""
    try:
        if source == "-":
            return "" if sys.stdin is None else sys.stdin.read()
        with open(source, encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.read()
    except UnicodeDecodeError:
        return ""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no name of a file"
        raise ConfigError(f"cannot read {source!a}: {reason}", hint="give the file from the bot's host") from None


def _tell(name: str, done: Enrolment) -> None:
    note("compare the fingerprint with the one on the bot's host, by voice")
    note(f"if it is another one: vault-binance bot revoke {name}")
    if done.replaced:
        note("the certificate from before is refused from now on, with every login and renewal")
    if done.suspended:
        note(f"the bot is suspended, and refused until: vault-binance bot allow {name}")
    note(
        f"on its host: VAULT_BINANCE_BOT={name}, VAULT_CLIENT_CERT and VAULT_CLIENT_KEY with the names of its two files"
    )


def _shown(certificate: Certificate) -> dict[str, object]:
    return {"fingerprint": certificate.fingerprint, "expires": certificate.not_after.isoformat(timespec="seconds")}


def _date(certificate: Certificate) -> str:
    return f"{certificate.not_after:%Y-%m-%d}"


def expiry(vault: OperatorVault, layout: Layout, name: str, now: datetime) -> str:
    """For `bot list`: until when the bot's certificate is valid, with a note where that is soon."""
    try:
        certificate = enrolling.pinned(vault, layout, name, read_certificate)
    except PermissionDenied:
        return "?"
    except ConfigError:
        return "unreadable"
    if certificate is None:
        return ""
    left = (certificate.not_after - now).days
    if left < SOON_DAYS:
        within = "within a day" if left == 0 else f"in {left} day{'' if left == 1 else 's'}"
        when = "has expired" if left < 0 else f"expires {within}"
        note(f"the certificate of {name} {when}; a new one, on its host: vault-binance bot enroll {name} -o {name}-2")
    return f"until {_date(certificate)}"
