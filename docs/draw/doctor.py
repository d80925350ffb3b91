"""docs/reference/doctor.md: everything that doctor can find, from the table in the code.

python docs/draw/doctor.py > docs/reference/doctor.md
"""

from __future__ import annotations

import sys

from page import table

from vault_binance.layout import Layout
from vault_binance.ops.doctor.rules import SECTIONS
from vault_binance.ops.doctor.tokens import PROBE, telling

HEAD = ("code", "severity", "found where", "why it matters")


def findings() -> str:
    return "\n".join(
        f"### {title}\n\n"
        + table(HEAD, *((f"`{code}`", rule.severity.name, rule.says, rule.reason) for code, rule in rules.items()))
        + "\n"
        for title, rules in SECTIONS.items()
    )


def asked() -> str:
    rows = [
        (f"`{code}`", f"`{path.replace(PROBE, 'ANY')}`", " or ".join(", ".join(need) for need in needs))
        for code, paths in telling(Layout()).items()
        for path, needs in paths.items()
    ]
    return table(("code", "path", "capabilities"), *rows)


def page() -> str:
    return f"""# What `doctor` finds

`vault-binance doctor` compares a Vault with what an instance of ours should look like, whoever provisioned it, and
prints each difference with what mends it. It reads and lists, changes nothing, and reads no value of a credential.

Exit code 12: a finding at HIGH, or a part that could not be seen. 0: neither; findings at MEDIUM and LOW are printed.
A Vault that is away is 20, and a token that sees nothing at all, or has ended, is 21.

| who runs it | sees |
|---|---|
| a member of the group `binance-auditor` | everything, but for the team's own logins (`--login`) |
| a token with what `setup --output-policy` prints | mounts, policies, groups, second factor, audit trail |
| root | everything, and is a finding itself |
| anybody else | what their policies show; the rest is `UNKNOWN` |

`UNKNOWN` is no severity of a finding: it is a part that was not seen, told with the line of policy that would show it
and the roles that have it. What was not seen is not fine.

## What mends it

The last line of a finding is to be typed as it stands, up to the words in brackets; NAME is yours to fill in. Where
one of our commands mends it, that is printed, else Vault's own. It needs the rights of whoever may: `setup` those of
`setup --output-policy`, `bot add` a provisioner's, `vault write` those of the team's Vault admin.

What Terraform made, `terraform apply` puts right too, all but what its provider does not notice: it is known to
swallow a failure to tune an auth mount (`logins-untuned`), and does not look for what it has not made itself.

## More to be judged

- `--login auth/oidc/role/NAME`, `auth/userpass/users/NAME`: a role or user of the team's own login methods. It must
  carry no operators' policy itself; and where the identity provider asks for the second factor (`setup
  --second-factor idp`), its `bound_claims` must ask for one. Without being told the role, that is `UNKNOWN`.
- `--accessor ACCESSOR`: another token, as the caller's own is judged always. Never the token itself.

Both may be repeated. `--format json` and `yaml` print rows of `severity`, `code`, `where`, `what`, `why`, `mend`; of
what was not seen too, with the code `not-seen`. Codes are for machines and do not change.

## What is not judged

A mount, policy, group or entity under one of our names without our mark is another team's. That it stands there is
told where it is in the way; what is in it is not looked at. An entity whose name only begins as ours do is nobody's
business, unless it logs in at our mounts or has the metadata that our policies read.
Who is in a group is the team's affair, but for bots, and for issuers with a second role.

Entities under other names are not read at all. Whoever may write entities can give one of those our reader's policy and
a star for a credential, and it reads every key: the right to do so is judged, of each token that doctor is told of
(`token-writes-entities`), and `audit` tells each read that was made so (`not-its-bot`).

## Findings

What to do about one, in the night: [the runbook](../runbook.md#findings-of-doctor).

{findings()}
## What a token is asked

Vault is asked for capabilities at these paths. It does not count parameters and wrapping there, so a provisioner's
own entities and an issuer's own SecretIDs are left out. `ANY` is a name that nobody has.

{asked()}

Drawn from the code by docs/draw/doctor.py.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
