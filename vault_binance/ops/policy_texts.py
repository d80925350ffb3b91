"""The policies of policies/, rendered for an instance.

Rules of the file
- One source serves Python, Terraform and `vault policy write`: `${name}` renders the same bytes in string.Template and
  in templatefile() (reference: Terraform, 20.2).
- Values are matched whole against one pattern before they are put in: a quote or a star in one would be policy text.
- What names the instance, and only that, differs between two renderings.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError
from vault_binance.layout import POLICIES
from vault_binance.ops.our_mounts import approle_mount

if TYPE_CHECKING:
    from vault_binance.layout import Layout
    from vault_binance.vault.operator_port import OperatorVault

SETUP = "setup"
"""Not a role of anybody: what running `setup` needs. It is printed, never written into Vault."""

ENROLL = "enroll"
"""Nobody's role either: what pinning the certificate of one bot needs, and printed for that bot."""

OPERATOR = "operator"
"""Nobody's role either: what giving one person one role needs, and printed for that person."""

NO_ACCESSOR = "no_such_mount"
"""Stands for a mount's accessor before there is one: no alias can then be made at all."""

_VALUE = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*")
_OF_A_TEAM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@=|-]*(/[A-Za-z0-9_][A-Za-z0-9_.@=|-]*)*")
"""What others have named: without a star or a plus, which match more, and a comma, which makes two values of one."""
_NAMED_BY_OTHERS = frozenset({"login_name", "login_mount", "idp_role"})


def render(role: str, layout: Layout, *, approle_accessor: str = NO_ACCESSOR, **others: str) -> str:
    """The text of one policy; raises ConfigError for a value that could change the policy's meaning.

    `others` are what `enroll` is about (bot, entity_id, cert_accessor) and `operator` (login_name, login_mount,
    login_accessor, given_role, person_id, method_id, idp_role). Without them these allow nothing that exists.
    """
    values = {
        "kv_mount": layout.kv_mount,
        "transit_mount": layout.transit_mount,
        "approle_mount": layout.approle_mount,
        "cert_mount": layout.cert_mount,
        "policy_prefix": layout.instance,
        "managed_by": layout.managed_by,
        "approle_accessor": approle_accessor,
        "bot": "no-such-bot",
        "entity_id": "no_such_entity",
        "cert_accessor": NO_ACCESSOR,
        "login_name": "nobody",
        "login_mount": "no-such-mount",
        "login_accessor": NO_ACCESSOR,
        "given_role": "no-such-role",
        "person_id": "no_such_entity",
        "method_id": "no_such_method",
        "idp_role": "no-such-role",
    } | others
    for name, value in values.items():
        if not (_OF_A_TEAM if name in _NAMED_BY_OTHERS else _VALUE).fullmatch(value):
            raise ConfigError(f"{value!a} cannot stand in a policy as {name}")
    return Template(source(role)).substitute(values)


def render_all(layout: Layout, *, approle_accessor: str = NO_ACCESSOR) -> dict[str, str]:
    """Vault's name of each policy, and its text."""
    return {layout.policy(role): render(role, layout, approle_accessor=approle_accessor) for role in POLICIES}


def of_this_vault(vault: OperatorVault, layout: Layout) -> dict[str, str]:
    """As `render_all`, for the AppRole mount that is there; raises where that is not ours."""
    return render_all(layout, approle_accessor=approle_mount(vault, layout).accessor)


@cache
def source(role: str) -> str:
    return (folder() / f"{role}.hcl.tftpl").read_text(encoding="utf-8")


def folder() -> Path:
    """policies/ beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "policies"
    return installed if installed.is_dir() else package.parent / "policies"


def is_ours(text: str, layout: Layout) -> bool:
    """Whether a policy found in Vault carries this instance's mark: its first line."""
    return text.partition("\n")[0] == f"# {layout.managed_by}"
