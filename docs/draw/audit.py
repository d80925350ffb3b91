"""docs/reference/audit.md: what the audit tells, its findings from the table in the code, and what no log can tell.

python docs/draw/audit.py > docs/reference/audit.md
"""

from __future__ import annotations

import sys

from page import table

from vault_binance.ops.audit.findings import BURST, BURST_SECONDS, KINDS

COLUMNS = {
    "time": "to the second, UTC, as Vault logged it",
    "who": "a bot by its name, whatever it logs in with; a person by the token's display name; `root`; `?` is unknown",
    "entity": "id of the identity entity; not in tables",
    "accessor": "of the token, hashed as in the log; not in tables",
    "from": "the address as Vault saw it",
    "action": "the deed, in a word or two: `read`, `store`, `suspend`, `make SecretID`, `log in`",
    "subject": "the credential, bot, policy, mount or device it was done to",
    "version": "of the credential, where the answer named it",
    "result": "allowed or denied",
    "severity": "of the gravest finding",
    "finding": "what there is to say about it, in few words",
    "finding_ids": "the same for machines; not in tables",
}


def page() -> str:
    columns = [(f"`{name}`", says) for name, says in COLUMNS.items()]
    findings = [(kind.severity.name, f"`{name}`", kind.text, kind.means) for name, kind in KINDS.items()]
    return f"""# The audit

Who used which key, from where, when: Vault writes it down, and `audit` reads it. It asks no server, needs no token, and
runs wherever the log may be read.

```sh
vault-binance audit market-maker --log /var/log/vault/audit.log              # all that was done to it or with it
vault-binance audit --log '/var/log/vault/audit.log*' --since 7d --denied     # rotated parts, packed or not
vault-binance audit --bot mm-1 --log audit.log --findings                     # what wants attention; exit 12 at HIGH
ssh vault-1 sudo cat /var/log/vault/audit.log | vault-binance audit --log -
vault-binance audit --log audit.log --format csv --manifest read.json > 2026-11.csv     # for whoever asks later
```

Parts are put in the order of their first entries. gzip, bzip2 and xz are unpacked by their first bytes; what zstd
packed goes through `zstdcat` and `--log -`. Memory is the same for a day and a year. In a cluster every node has a log
of its own: give them all.

## What a row says

{table(("column", "says"), *columns)}

`--format json` and `yaml` are one object: `events`, `instance`, `findings` (each kind once, with count, first and last)
and `input` (each file with its SHA-256, bytes and lines, and how many lines were not understood, cut off, or there
twice). CSV is rows alone. The SHA-256 is over the file as it lay there, so `sha256sum` gives the same; a table says it
on stderr, and `--manifest FILE` writes it, with all the rest of `input`, to a file that must be new.

Other teams' deeds are not shown. What may be theirs or ours (a login tied to an entity that no line names) is counted
and said.

## Names

Vault hashes every text in a request or answer (`hmac-sha256:...`, with a salt for each audit device), and leaves paths,
names of fields, booleans, an answer's numbers, addresses, display names and entity ids as they are. Equal text has an
equal hash, and that is used: the wrapping token that was made for mm-1 is known again when it is opened, and a login by
the SecretID that it held. So the log of the making belongs to the log of the use.

A bot that logs in by AppRole or certificate stands there with its name, and so does one that was removed long ago. At a
JWT or Kubernetes mount of the team's own only its entity is told, until it has left a report. `--resolve` asks Vault,
former lives of bots included as far as your token may see them; `--names FILE` takes what
`vault-binance bot list --format json` wrote.

A hash ends with its device: a device that was disabled and enabled again, or a second one, has another salt. It is
noticed and said, and ties by hash end there; names, addresses and times do not. Logs of two Vaults are told from each
other by the accessor of the KV mount: that is said too, and what both call mm-1 is then two bots.

## Findings

{table(("severity", "id", "says", "and means"), *findings)}

A burst is {BURST} refusals of one token or address within {BURST_SECONDS} s. With `--findings` only rows that have one
are shown, and the exit code is 12 where one of them is HIGH. Whether a read was its bot's own is Vault's word,
not a guess: the policy that let it pass stands in the log. What to do about one:
[the runbook](../runbook.md#findings-of-audit).

## What the log cannot tell

- What was done with a key after it was read. Binance knows.
- Numbers and texts of a request: which versions `destroy` named, how many versions `max_versions` left.
- Whose address it was, behind a load balancer that does not pass it on.
- Who used a token that several people have; root above all.
- What was never logged: initialising, sealing and unsealing, and what a rate limit refused.
- Whether the log is whole. It is not signed: keep the manifest where those who write the log cannot reach.
- Secrets do not stand in it, unless a device has `log_raw`: that is found, and no value is ever printed.

## Beside jq

```sh
jq -r 'select(.type == "response" and (.request.path | test("^binance/data/credentials/")))
  | [.time, .auth.metadata.role_name // .auth.display_name, .request.remote_address, .request.operation,
     .request.path, .error] | @csv' audit.log
```

That is quick to type, and shows reads. It has no name for a suspended bot, a certificate or an opened wrapping token,
tells nothing of policies, entities and second factors, takes two devices for two reads, and stops at a half line.
`scripts/bench audit` runs both on a million lines of a shared Vault.

Drawn from the code by docs/draw/audit.py.
"""


if __name__ == "__main__":
    sys.stdout.write(page())
