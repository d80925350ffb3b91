"""What each role may do and what it may not: role x path x capability, on a real Vault.

Rules of the file
- The table is the whole truth about capabilities; `.` is a denial, and as much a promise as a letter.
- sys/capabilities knows nothing of parameters and wrapping: what hangs on those is asked for in earnest below.
- What is printed for one bot's certificate (enroll) needs a Vault with TLS to be tried: test_enroll.py.
- Nothing is granted for no use: every capability in a policy has a request in policy_uses.py that needs it.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.contract.policy_uses import CERTS, KV, NEW, ROLES, USES, Known
from tests.contract.roles import BOT, CREDENTIAL, OURS, Stage, staged, stanzas, without
from vault_binance.layout import POLICIES
from vault_binance.policy.access import Access
from vault_binance.policy.subject import Subject, filled
from vault_binance.policy.text import parse_policy
from vault_binance.vault.certificates import new_certificate

EVERYONE = (*POLICIES, "setup")
LETTERS = {"c": "create", "r": "read", "u": "update", "p": "patch", "d": "delete", "l": "list", "s": "sudo"}
TABLE = """
path                                                        reader  signer  writer  issuer  provisioner  auditor  setup

binance/config                                              .       .       .       .       .            r        ru
binance/data/credentials/market-maker-1                     r       .       cu      .       .            .        .
binance/data/credentials/market-maker-2                     .       .       cu      .       .            .        .
binance/data/credentials/market-maker-1/nested              .       .       .       .       .            .        .
binance/data/credentials                                    .       .       .       .       .            .        .
binance/data/credentials/                                   .       .       cu      .       .            .        .
binance/metadata/                                           .       .       .       .       .            l        .
binance/metadata/credentials/                               .       .       l       .       r            l        .
binance/metadata/credentials/market-maker-1                 .       .       rp      .       r            r        .
binance/subkeys/credentials/market-maker-1                  .       .       .       .       .            .        .
binance/detailed-metadata/credentials/                      .       .       .       .       .            .        .
binance/delete/credentials/market-maker-1                   .       .       u       .       .            .        .
binance/undelete/credentials/market-maker-1                 .       .       u       .       .            .        .
binance/destroy/credentials/market-maker-1                  .       .       u       .       .            .        .
binance/data/pending/market-maker-1                         .       .       cr      .       .            .        .
binance/metadata/pending/                                   .       .       l       .       .            l        .
binance/metadata/pending/market-maker-1                     .       .       rd      .       .            r        .
binance/destroy/pending/market-maker-1                      .       .       .       .       .            .        .
binance/data/reports/bot-1                                  cru     .       r       .       .            r        .
binance/data/reports/bot-2                                  .       .       r       .       .            r        .
binance/metadata/reports/                                   .       .       l       .       .            l        .
binance/metadata/reports/bot-1                              .       .       .       .       .            .        .
binance/data/elsewhere                                      .       .       .       .       .            .        .

binance-transit/sign/market-maker-1                         .       u       .       .       .            .        .
binance-transit/sign/market-maker-1/sha2-256                .       u       .       .       .            .        .
binance-transit/sign/market-maker-1/sha2-512                .       .       .       .       .            .        .
binance-transit/sign/market-maker-2                         .       .       .       .       .            .        .
binance-transit/hmac/market-maker-1/sha2-256                .       u       .       .       .            .        .
binance-transit/hmac/market-maker-1                         .       .       .       .       .            .        .
binance-transit/encrypt/market-maker-1                      .       .       .       .       .            .        .
binance-transit/export/signing-key/market-maker-1           .       .       .       .       .            .        .
binance-transit/backup/market-maker-1                       .       .       .       .       .            .        .
binance-transit/keys/                                       .       .       .       .       .            l        .
binance-transit/keys/market-maker-1                         .       .       .       .       .            r        .
binance-transit/keys/market-maker-1/config                  .       .       .       .       .            .        .

auth/binance-approle/login                                  .       .       .       .       .            .        .
auth/binance-approle/role/                                  .       .       .       .       l            l        .
auth/binance-approle/role/bot-1                             .       .       .       .       crud         r        .
auth/binance-approle/role/bot-1/role-id                     .       .       .       .       r            r        .
auth/binance-approle/role/bot-1/secret-id                   .       .       .       u       .            .        .
auth/binance-approle/role/bot-1/secret-id/                  .       .       .       u       l            .        .
auth/binance-approle/role/bot-1/custom-secret-id            .       .       .       .       .            .        .
auth/binance-approle/role/bot-1/secret-id/lookup            .       .       .       .       .            .        .
auth/binance-approle/role/bot-1/secret-id-accessor/lookup   .       .       .       .       .            .        .
auth/binance-approle/role/bot-1/secret-id-accessor/destroy  .       .       .       .       u            .        .
auth/binance-approle/role/bot-1/policies                    .       .       .       .       .            .        .
auth/binance-approle/role/bot-1/token-policies              .       .       .       .       .            .        .
auth/binance-approle/role/bot-1/bind-secret-id              .       .       .       .       .            .        .
auth/binance-approle/tidy/secret-id                         .       .       .       .       .            .        .
auth/binance-cert/certs/                                    .       .       .       .       rd           l        .
auth/binance-cert/certs/bot-1                               .       .       .       .       rd           r        .
auth/binance-cert/certs/bot-2                               .       .       .       .       rd           r        .
auth/binance-cert/config                                    .       .       .       .       .            .        .
auth/binance-cert/crls/bot-1                                .       .       .       .       .            .        .
auth/binance-cert/login                                     .       .       .       .       .            .        .
auth/approle/role/bot-1                                     .       .       .       .       .            .        .
auth/approle/role/bot-1/secret-id                           .       .       .       .       .            .        .
auth/cert/certs/bot-1                                       .       .       .       .       .            .        .
auth/userpass/users/alice                                   .       .       .       .       .            .        .

auth/token/create                                           .       .       .       .       .            .        .
auth/token/accessors/                                       .       .       .       .       .            .        .
auth/token/lookup                                           .       .       .       .       .            .        .
auth/token/lookup-accessor                                  .       .       .       .       .            u        .
auth/token/lookup-self                                      r       r       .       .       .            .        .
auth/token/renew-self                                       u       u       .       .       .            .        .
auth/token/revoke                                           .       .       .       .       .            .        .
auth/token/revoke-self                                      u       u       .       .       .            .        .
auth/token/revoke-accessor                                  .       .       .       .       .            .        .

identity/entity                                             .       .       .       .       .            .        .
identity/entity/id/                                         .       .       .       .       .            .        .
identity/entity/id/<own>                                      r       r       .       .       .            .        .
identity/entity/id/another                                  .       .       .       .       .            .        .
identity/entity/name/                                       .       .       .       .       .            l        .
identity/entity/name/binance-bot-1                          .       .       .       .       rud          r        .
identity/entity/name/alice                                  .       .       .       .       .            .        .
identity/entity/merge                                       .       .       .       .       .            .        .
identity/entity-alias                                       .       .       .       .       u            .        .
identity/entity-alias/id/another                            .       .       .       .       .            .        .
identity/group                                              .       .       .       .       .            .        .
identity/group/name/binance-writer                          .       .       .       .       .            r        ru
identity/group/name/binance-issuer                          .       .       .       .       .            r        ru
identity/group/name/binance-provisioner                     .       .       .       .       .            r        ru
identity/group/name/binance-auditor                         .       .       .       .       .            r        ru
identity/group/name/binance-reader                          .       .       .       .       .            r        .
identity/group/name/admins                                  .       .       .       .       .            .        .
identity/mfa/method/totp                                    .       .       .       .       .            .        u
identity/mfa/method/totp/                                   .       .       .       .       .            r        l
identity/mfa/method/totp/an-id                              .       .       .       .       .            r        r
identity/mfa/method/totp/admin-generate                     .       .       .       .       .            r        r
identity/mfa/method/totp/admin-destroy                      .       .       .       .       .            r        r
identity/mfa/login-enforcement/binance-operators            .       .       .       .       .            r        rud
identity/mfa/login-enforcement/admins                       .       .       .       .       .            .        .
identity/lookup/entity                                      .       .       .       .       .            .        .

sys/audit                                                   .       .       .       .       .            rs       rs
sys/audit/file                                              .       .       .       .       .            .        .
sys/auth                                                    .       .       .       .       .            .        .
sys/auth/binance-approle                                    .       .       .       .       .            .        us
sys/auth/binance-approle/tune                               .       .       .       .       .            .        us
sys/auth/binance-cert                                       .       .       .       .       .            .        us
sys/auth/binance-cert/tune                                  .       .       .       .       .            .        us
sys/auth/approle                                            .       .       .       .       .            .        .
sys/capabilities                                            .       .       .       .       .            .        .
sys/capabilities-accessor                                   .       .       .       .       .            u        .
sys/capabilities-self                                       u       u       .       .       .            .        .
sys/mounts                                                  .       .       .       .       .            .        .
sys/mounts/auth/binance-approle                             .       .       .       .       r            r        r
sys/mounts/auth/binance-cert                                .       .       .       .       r            r        r
sys/mounts/binance                                          .       .       .       .       .            r        ru
sys/mounts/binance/tune                                     .       .       .       .       .            .        u
sys/mounts/binance-transit                                  .       .       .       .       .            r        ru
sys/mounts/binance-transit/tune                             .       .       .       .       .            .        u
sys/mounts/team                                             .       .       .       .       .            .        .
sys/policies/acl/                                           .       .       .       .       .            .        .
sys/policies/acl/binance-reader                             .       .       .       .       .            r        ru
sys/policies/acl/binance-signer                             .       .       .       .       .            r        ru
sys/policies/acl/binance-writer                             .       .       .       .       .            r        ru
sys/policies/acl/binance-issuer                             .       .       .       .       .            r        ru
sys/policies/acl/binance-auditor                            .       .       .       .       .            r        ru
sys/policies/acl/binance-provisioner                        .       .       .       .       .            r        ru
sys/policies/acl/binance-setup                              .       .       .       .       .            r        .
sys/policies/acl/team                                       .       .       .       .       .            .        .
sys/leases/lookup                                           .       .       .       .       .            .        .
sys/leases/revoke                                           .       .       .       .       .            .        .
sys/remount                                                 .       .       .       .       .            .        .
sys/raw/core                                                .       .       .       .       .            .        .
sys/wrapping/unwrap                                         .       .       .       .       .            .        .

team/data/credentials/market-maker-1                        .       .       .       .       .            .        .
"""


@pytest.fixture(scope="module")
def stage(vault_binary):
    with staged(vault_binary) as made:
        yield made


@pytest.fixture(scope="module")
def known(stage: Stage) -> Known:
    """A bot, a Transit key, a half-made key and a report, for the requests that need one to be there."""
    root = stage.root
    root("POST", f"{OURS.transit_mount}/keys/{CREDENTIAL}", {"type": "rsa-2048"})
    root("POST", f"{ROLES}/{BOT}")
    root("POST", f"identity/entity/name/{OURS.entity(BOT)}", {"metadata": {"managed_by": OURS.managed_by}})
    certificate = new_certificate(BOT, days=1, now=datetime.now(UTC))[1].pem
    root("POST", f"{CERTS}/{BOT}", {"certificate": certificate})
    enforced = root("GET", f"identity/mfa/login-enforcement/{OURS.enforcement}")
    for place in ("pending/kept", "reports/kept"):
        root("POST", f"{KV}/data/{place}", {"options": {"cas": 0}, "data": {"v": "kept"}})
    return Known(
        entity=stage.entity,
        role_id=root("GET", f"{ROLES}/{BOT}/role-id")["role_id"],
        secret_id_accessor=root("POST", f"{ROLES}/{BOT}/secret-id")["secret_id_accessor"],
        token_accessor=root("GET", "auth/token/lookup-self")["accessor"],
        approle_accessor=stage.accessors[OURS.instance],
        totp_method=enforced["mfa_method_ids"][0],
        group=enforced["identity_group_ids"][0],
    )


def rows() -> dict[str, dict[str, set[str]]]:
    """Path -> role -> capabilities."""
    header, *lines = [line.split() for line in TABLE.splitlines() if line]
    return {line[0]: dict(zip(header[1:], map(_capabilities, line[1:]), strict=True)) for line in lines}


def _capabilities(cell: str) -> set[str]:
    return {"deny"} if cell == "." else {LETTERS[letter] for letter in cell}


def test_the_table_has_a_column_for_every_role():
    assert all(set(cells) == set(EVERYONE) for cells in rows().values())


@pytest.mark.parametrize("role", EVERYONE)
def test_a_role_has_the_capabilities_of_the_table(stage: Stage, role: str):
    paths = {path.replace("<own>", stage.entity): cells[role] for path, cells in rows().items()}
    stage.hold(stage.text(role))

    found = stage.client.capabilities(stage.token, list(paths))

    assert {path: set(capabilities) for path, capabilities in found.items()} == paths


@pytest.mark.parametrize("role", EVERYONE)
def test_the_table_shows_every_stanza(stage: Stage, role: str):
    subject = Subject("<own>", "anything", {"binance_credential": CREDENTIAL, "binance_bot": BOT})
    access = Access([parse_policy(role, stage.text(role))], subject)
    deciding = {rule.path for path in rows() if (rule := access.rule(path, listing=path.endswith("/")))}

    assert deciding == {filled(path, subject) for path in stanzas(stage.text(role))}


@pytest.mark.parametrize("role", EVERYONE)
def test_every_capability_has_its_use(stage: Stage, known: Known, role: str):
    layout = NEW if role == "setup" else OURS
    used = {(use.stanza, use.capability) for use in USES[role](known)}

    assert used == {(path, one) for path, granted in stanzas(stage.text(role, layout)).items() for one in granted}


@pytest.mark.parametrize("role", EVERYONE)
def test_every_capability_is_needed(stage: Stage, known: Known, role: str):
    """Refused without it, done with it; a token that has ended itself logs in again."""
    text = stage.text(role, NEW if role == "setup" else OURS)
    for use in USES[role](known):
        stage.hold(without(text, use.stanza, use.capability))
        refused, _ = stage.ask(use.method, use.path, use.body, wrap=use.wrap)
        stage.hold(text)
        done, answer = stage.ask(use.method, use.path, use.body, wrap=use.wrap)
        assert (refused, done < 300) == (403, True), (use, refused, done, answer)
        if use.undo:
            stage.root("DELETE", use.undo)
        if use.path.endswith("revoke-self"):
            stage.log_in_anew()
