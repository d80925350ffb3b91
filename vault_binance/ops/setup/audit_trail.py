"""The audit trail without which `setup` is not done: a device of this Vault, or the team's word for one elsewhere.

Rules of the file
- A device is made only where it is asked for, and none is ever changed or ended: it may be the evidence of others.
- What stands in the server's configuration or in a policy is matched whole first: it must not say more than one value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_binance.errors import ConfigError
from vault_binance.ops.setup.steps import Step, Verb
from vault_binance.ops.structure import REFERENCE_PATTERN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault_binance.layout import Layout

EXTERNAL = "external"
_OPTIONS = {"file": "file_path", "socket": "address"}
_VALUES = {
    EXTERNAL: (REFERENCE_PATTERN, "a reference such as SEC-1234 or https://wiki/audit, in one word"),
    "file": (r"(/(?!\.\.?(/|$))[A-Za-z0-9._@+=-]+)+", "an absolute path on the server, as in /var/log/vault/audit.log"),
    "socket": (r"[A-Za-z0-9.-]+:[0-9]{1,5}", "host and port, as in audit.internal:9090"),
    "syslog": ("", "nothing after it"),
}
"""What follows the colon; and of a device, the one option that Vault asks for."""


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """A device that is wanted, or with the kind `external` the reference of a trail that we cannot see."""

    kind: str
    value: str = ""

    @property
    def is_device(self) -> bool:
        return self.kind != EXTERNAL

    @property
    def options(self) -> dict[str, str]:
        """Of the device, as Vault names them."""
        return {_OPTIONS[self.kind]: self.value} if self.kind in _OPTIONS else {}


def parse(text: str) -> AuditTrail:
    """From the command line: external:REF, file:PATH, socket:ADDRESS, syslog. Raises ConfigError, and repeats nothing
    that it does not know.
    """
    kind, _, value = text.partition(":")
    if kind not in _VALUES:
        raise ConfigError(
            "--audit names no kind of audit trail",
            hint="one of: --audit=external:REF, --audit=file:PATH, --audit=socket:ADDRESS, --audit=syslog",
        )
    pattern, wanted = _VALUES[kind]
    if not re.fullmatch(pattern, value):
        raise ConfigError(f"--audit={kind} is not followed by what it needs", hint=f"it takes {wanted}")
    return AuditTrail(kind, value)


def enabling(asked: AuditTrail | None, devices: Sequence[str] | None, layout: Layout) -> list[Step]:
    """The device that was asked for, unless there is one of its name: what that does is not ours to change."""
    if asked is None or not asked.is_device or f"{layout.instance}/" in (devices or ()):
        return []
    note = ", ".join([asked.kind, *(f"{name}={value}" for name, value in asked.options.items())])
    return [Step(Verb.ENABLE, "audit device", f"{layout.instance}/", note, asked)]


def found(asked: AuditTrail | None, devices: Sequence[str] | None, reference: str, layout: Layout) -> list[Step]:
    """What is there already, or that nothing is. `reference` is what the KV mount says or will say.

    Of a device nothing but its name is known here: one that is asked for may have other options than what is there.
    """
    notes = {f"{layout.instance}/": "as it is, whatever is asked now: vault audit list -detailed"}
    if not (asked and asked.is_device):
        notes = {}
    steps = [Step(Verb.KEEP, "audit device", name, notes.get(name, "")) for name in devices or ()]
    if reference:
        steps.append(Step(Verb.KEEP, "audit trail", f"external:{reference}", "not ours to see: the team's word for it"))
    if steps or (asked and asked.is_device):
        return steps
    if devices is None:
        return [Step(Verb.MISS, "audit device", "-", "not ours to see: ask whoever runs this Vault")]
    return [Step(Verb.MISS, "audit device", "-", "none is enabled: nobody could prove who read a key")]


def refused(step: Step) -> Step:
    """The step of a device that the server would not make."""
    return Step(Verb.MISS, step.kind, step.name, "the server refuses to make it when asked", step.target)


def advice(missing: Step, devices: Sequence[str] | None) -> str:
    """What to do about a step that stayed undone; `devices` as they were seen, None where we may not ask."""
    if isinstance(missing.target, AuditTrail):
        return (
            "a server may take audit devices from its configuration alone, as OpenBao does: put the stanza above there "
            "and reload it. Else see whether the server may write to it. Then run setup again"
        )
    elsewhere = "say where the team's trail is: vault-binance setup --audit=external:REF"
    if devices is None:
        return f"if there is one, {elsewhere}"
    return f"make one: vault-binance setup --audit=file:/var/log/vault/audit.log\nor {elsewhere}"


def server_configuration(device: AuditTrail, layout: Layout) -> str:
    """The device for a server that takes none by its API: OpenBao's stanza, since 2.4.0. Not tried on a server here."""
    lines = [f'    {name} = "{value}"' for name, value in device.options.items()]
    options = ["  options {", *lines, "  }"] if lines else []
    return "\n".join([f'audit "{device.kind}" "{layout.instance}" {{', *options, "}"])


def policy(device: AuditTrail, layout: Layout) -> str:
    """What making this device takes, and no other: a file device writes wherever the server may."""
    options = " ".join(f'{name} = "{value}"' for name, value in device.options.items())
    return f"""
# The audit device that --audit asks for: this one, and with these options alone.
path "sys/audit/{layout.instance}" {{
  capabilities       = ["update", "sudo"]
  allowed_parameters = {{
    "type"    = ["{device.kind}"]
    "options" = [{{ {options} }}]
  }}
}}
"""
