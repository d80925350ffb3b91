"""`status`: is Vault up, are we set up, who am I?"""

from __future__ import annotations

import click

from vault_binance.cli.output import formatted, lifetime, show_one
from vault_binance.config import Config, layout_from
from vault_binance.connect import health, operator
from vault_binance.errors import ConfigError, NotOurs, PermissionDenied, VaultUnavailable
from vault_binance.ops.setup import provision
from vault_binance.ops.setup.steps import Verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import OperatorVault
    from vault_binance.vault.port import Health


@click.command("status")
@formatted
@click.pass_obj
def status(environ: Mapping[str, str], format_: str, field: str | None) -> None:
    """Is Vault up, is this instance set up, and who is asking? Exit 20 where Vault is sealed or away.

    Without a token, as on a bot's host, it says whether Vault is up.
    """
    config = Config.from_environment(environ)
    if config.token or config.token_source:
        with operator(environ) as (vault, layout):
            row = _of_vault(vault.health(), config, layout) | {"set_up": _set_up(vault, layout)} | _who(vault)
    else:
        layout = layout_from(environ)
        row = _of_vault(health(environ), config, layout) | _NOBODY
    show_one(row, format_, field)


_NOBODY: dict[str, object] = {"set_up": "no token: what is set up was not looked at", "token": "none"}


def _of_vault(health: Health, config: Config, layout: Layout) -> dict[str, object]:
    if health.sealed:
        raise VaultUnavailable(f"Vault at {config.address} is sealed", hint="unseal it: vault operator unseal")
    return {
        "address": str(config.address),
        "vault": health.version,
        "standby": health.standby,
        "instance": layout.instance,
    }


def _set_up(vault: OperatorVault, layout: Layout) -> str:
    try:
        facts = provision.look(vault, layout)
        steps = provision.plan(facts, layout)
    except (ConfigError, NotOurs) as error:
        return error.message
    except PermissionDenied:
        return "not for this token to see"
    todo = [step for step in steps if step.verb not in {Verb.KEEP, Verb.MISS}]
    unseen = facts.audit_devices is None
    missing = [
        "audit devices: not this token's to see" if unseen else f"{step.kind} missing"
        for step in steps
        if step.verb is Verb.MISS
    ]
    return "; ".join(["yes" if not todo else f"{len(todo)} steps to do: vault-binance setup --dry-run", *missing])


def _who(vault: OperatorVault) -> dict[str, object]:
    try:
        token = vault.own_token()
    except PermissionDenied:
        return {"token": "may not look at itself, or has ended"}
    return {
        "token": token.accessor,
        "policies": list(token.policies),
        "ends_in": lifetime(token.ttl),
    }
