"""Whichever way a token came, it has the capabilities of the table and no others: role x login method x path.

Rules of the file
- A bot comes without the default policy, so the table is all. A person has it; what it adds is said once, in data.
- A person's login is both factors, whichever method the first one is: membership asks for the second, not the mount.
- Kubernetes is a JWT mount at the path `kubernetes`, as in test_logins.py: a minimal build has no plugin for it, and
  the plugin would ask a cluster. Every other method here is the server's own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.default_policy import DEFAULT
from tests.contract.holders import BOTS, Holders, furnished
from tests.contract.platforms import AUDIENCE, Provider
from tests.contract.roles import MARKED, OURS, staged
from tests.contract.test_policies import rows
from tests.people import PASSWORD
from vault_binance.config import Address, Config
from vault_binance.layout import OPERATOR_ROLES
from vault_binance.ops import bots, enroll
from vault_binance.policy.access import Access
from vault_binance.policy.subject import Subject
from vault_binance.policy.text import parse_policy
from vault_binance.vault.certificates import new_certificate
from vault_binance.vault.http import HttpVault
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROVIDER = Provider()
BY_BOTS, BY_PEOPLE = ("approle", "cert", "jwt", "kubernetes"), ("userpass", "jwt")
SUBJECTS = {"jwt": "repo:desk/{}:ref:main", "kubernetes": "system:serviceaccount:trading:{}"}


@pytest.fixture(scope="module")
def holders(vault_binary) -> Iterator[Holders]:
    """Behind TLS, which certificates need."""
    with staged(vault_binary, tls=True) as stage:
        made = furnished(stage)
        for mount in SUBJECTS:
            made.root("POST", f"sys/auth/{mount}", {"type": "jwt"})
            made.root("POST", f"auth/{mount}/config", {"jwt_validation_pubkeys": [PROVIDER.public_pem]})
        made.root("POST", "auth/jwt/role/people", jwt_role({}))
        yield made


def jwt_role(settings: dict[str, Any]) -> dict[str, Any]:
    return {"role_type": "jwt", "user_claim": "sub", "bound_audiences": [AUDIENCE], **settings}


def settings(role: str) -> dict[str, Any]:
    """Of the bot that has this role, as at every mount of ours."""
    kept = {name: value for name, value in bots.role_settings(OURS, []).items() if name.startswith("token_")}
    return kept | {"token_policies": [OURS.policy(role)]}


# Bots


def by_approle(holders: Holders, role: str, _: Path) -> str:
    return str(holders.logged_in(BOTS[role])["client_token"])


def by_jwt(holders: Holders, role: str, _: Path, *, mount: str = "jwt") -> str:
    bot, subject = BOTS[role], SUBJECTS[mount].format(BOTS[role])
    holders.root("POST", f"auth/{mount}/role/{bot}", jwt_role(settings(role) | {"bound_subject": subject}))
    tie(holders, mount, bot, subject)
    body = {"role": bot, "jwt": PROVIDER.jwt(subject)}
    return str(holders.stage.client.must("POST", f"auth/{mount}/login", body, token="")["client_token"])


def by_certificate(holders: Holders, role: str, folder: Path) -> str:
    bot = BOTS[role]
    key, certificate = new_certificate(bot, days=1, now=datetime.now(UTC))
    pinned = enroll.role_settings(OURS, certificate, []) | settings(role)
    holders.root("POST", f"auth/{OURS.cert_mount}/certs/{bot}", pinned)
    tie(holders, OURS.cert_mount, bot, bot)
    (folder / "key").write_text(key.reveal())
    (folder / "crt").write_text(certificate.pem)
    server = holders.stage.server
    files = {"client_key": str(folder / "key"), "client_cert": str(folder / "crt"), "cacert": str(server.cacert)}
    wire = Wire(Config(Address.parse(server.address), **files))
    try:
        return HttpVault(wire).log_in(OURS.cert_mount, {"name": bot}).token.reveal()
    finally:
        wire.close()


def tie(holders: Holders, mount: str, bot: str, name: str) -> None:
    entity = holders.root("GET", f"identity/entity/name/{OURS.entity(bot)}")["id"]
    body = {"name": name, "canonical_id": entity, "mount_accessor": holders.stage.accessor(mount)}
    holders.root("POST", "identity/entity-alias", body)


LOGINS = {
    "approle": by_approle,
    "cert": by_certificate,
    "jwt": by_jwt,
    "kubernetes": partial(by_jwt, mount="kubernetes"),
}


@pytest.mark.parametrize("method", BY_BOTS)
@pytest.mark.parametrize("role", BOTS)
def test_a_bot_has_what_the_table_says_however_it_logs_in(holders, tmp_path, role, method):
    token = LOGINS[method](holders, role, tmp_path)

    assert facts(holders, token)["policies"] == [OURS.policy(role)]
    assert_the_table(holders, role, token, {})


# People


def by_password(holders: Holders, role: str) -> str:
    return holders.tokens[role]


def by_jwt_as_a_person(holders: Holders, role: str) -> str:
    person = holders.person(f"{role}-by-jwt", "jwt")
    holders.enrol(OURS, role, person)
    return str(holders.by_jwt(person, PROVIDER.jwt(person.name))["client_token"])


@pytest.mark.parametrize("method", BY_PEOPLE)
@pytest.mark.parametrize("role", OPERATOR_ROLES)
def test_a_person_has_what_the_table_says_and_the_default_policy_adds(holders, role, method):
    token = {"userpass": by_password, "jwt": by_jwt_as_a_person}[method](holders, role)

    found = facts(holders, token)
    assert (found["policies"], found["identity_policies"]) == (["default"], [OURS.policy(role)])
    assert_the_table(holders, role, token, default_policy(holders, token))


def facts(holders: Holders, token: str) -> dict[str, Any]:
    return dict(holders.root("POST", "auth/token/lookup", {"token": token}))


def default_policy(holders: Holders, token: str) -> dict[str, set[str]]:
    """What the server's default policy gives this token on the paths of the table and on its own."""
    entity = holders.entity(token)
    text = holders.root("GET", "sys/policies/acl/default")["policy"]
    access = Access([parse_policy("default", text)], Subject(entity["id"], entity["name"]))
    return {path: set(access.capabilities(path)) - {"deny"} for path in paths(entity["id"])}


def paths(own: str) -> dict[str, dict[str, set[str]]]:
    return {path.replace("<own>", own): cells for path, cells in rows().items()}


def assert_the_table(holders: Holders, role: str, token: str, more: dict[str, set[str]]) -> None:
    table = paths(holders.entity(token)["id"])
    wanted = {path: (cells[role] - {"deny"}) | more.get(path, set()) for path, cells in table.items()}

    found = holders.stage.client.capabilities(token, list(table))

    assert {path: set(granted) - {"deny"} for path, granted in found.items()} == wanted


# The ways in


def test_the_server_offers_every_method_that_is_gone_through(holders):
    """What is not offered is said: whoever runs this on another build sees which."""
    tried = {*BY_BOTS, *BY_PEOPLE, "oidc", "ldap"}
    offered = {
        kind for kind in tried if holders.stage.client.ask("POST", f"sys/auth/a-{kind}", {"type": kind})[0] < 300
    }

    assert offered >= {"approle", "cert", "jwt", "userpass"}
    assert tried - offered <= {"kubernetes", "ldap"}, "a minimal build lacks these two and no others"


@pytest.mark.parametrize("role", OPERATOR_ROLES)
def test_a_persons_token_has_nothing_of_the_role_before_the_second_factor(holders, role):
    person = holders.people[role]
    first = holders.stage.client.must("POST", f"auth/userpass/login/{person.name}", {"password": PASSWORD}, token="")

    assert (first["client_token"], first["policies"], first["accessor"]) == ("", None, "")


def test_the_default_policy_is_described_path_by_path(holders):
    text = holders.root("GET", "sys/policies/acl/default")["policy"]

    assert {rule.path for rule in parse_policy("default", text).rules} <= set(DEFAULT)


def test_the_default_policy_adds_no_value_and_nothing_of_ours(holders):
    everything = {path for path in rows() if not path.startswith(("auth/token/", "sys/", "identity/"))}
    text = holders.root("GET", "sys/policies/acl/default")["policy"]
    access = Access([parse_policy("default", text)], Subject("an-id", "a-name", MARKED))

    assert {path for path in everything if access.capabilities(path) != ("deny",)} == set()


def test_a_foreign_lease_is_renewed_by_whoever_has_the_default_policy_and_by_no_bot(holders):
    """On a KV v1 mount of another team, with a switch that nobody should set (reference: Vault, 2.4)."""
    body = {"lease_id": holders.names["lease"]}
    answers = {role: holders.ask(role, "POST", "sys/leases/renew", body) for role in holders.tokens}

    assert {role for role, (status, _) in answers.items() if status == 403} == set(BOTS)
    assert all("leased-value" in str(answer) for role, (_, answer) in answers.items() if role not in BOTS)
    assert {holders.ask(role, "GET", "leased/old")[0] for role in holders.tokens} == {403}
