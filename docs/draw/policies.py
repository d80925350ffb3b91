"""docs/reference/policy-texts.md: the policies as they go into Vault, with the reason of each rule.

python docs/draw/policies.py > docs/reference/policy-texts.md
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vault_binance.layout import POLICIES, Layout
from vault_binance.ops.policy_texts import ENROLL, OPERATOR, SETUP, render

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYOUT = Layout()

PRINTED = {
    SETUP: "`vault-binance setup --output-policy` prints it",
    ENROLL: "`vault-binance bot enroll NAME --certificate FILE --output-policy` prints it, for that bot",
    OPERATOR: "`vault-binance operator add NAME --at MOUNT --role ROLE --output-policy` prints it, for that person",
}


def parts(text: str) -> Iterator[tuple[str, str]]:
    """What a comment says and the rules right below it; a blank line parts one from the next."""
    for block in text.strip("\n").split("\n\n"):
        lines = block.splitlines()
        comment = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
        yield " ".join(comment), "\n".join(line for line in lines if not line.startswith("#"))


def section(role: str) -> str:
    text = render(role, LAYOUT).removeprefix(f"# {LAYOUT.managed_by}\n")
    head = f"### {LAYOUT.policy(role)}" if role in POLICIES else f"### For running {role}"
    shown = [
        part for reason, rules in parts(text) for part in (reason, f"```hcl\n{rules}\n```" if rules else "") if part
    ]
    return "\n\n".join([head, *([f"{PRINTED[role]}."] if role in PRINTED else []), *shown])


def page() -> str:
    return f"""# The policies themselves

As they are written into Vault for the instance `{LAYOUT.instance}`; another instance differs in its names alone.
[Roles](roles.md) says what each one reaches, [policies](policies.md) how Vault chooses among rules and how to try these
or your own. The files are in `policies/`, and `vault-binance policy show ROLE` prints one.

The first line of each is its mark, `# {LAYOUT.managed_by}`: without it a policy of that name is another team's, and is
not touched.

## Roles

{(chr(10) * 2).join(section(role) for role in POLICIES)}

## Printed, never written

What nobody has for longer than a command runs. Names that no one has stand where the command puts those it is about.

{(chr(10) * 2).join(section(role) for role in PRINTED)}

Drawn from the code by docs/draw/policies.py.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
