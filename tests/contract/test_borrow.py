"""`borrow` over a real connection: what is sent, in which order, and what is left behind."""

from __future__ import annotations

import json
import logging

import pytest

import vault_binance
from tests.loopback import Loopback, answer
from vault_binance.errors import ConfigError, VaultUnavailable

CANARY = "canary-7f3a91c2d4e5"
PAIR = {"api_key": "k" * 64, "api_secret": "s" * 64}
ANSWERS = {
    "/v1/auth/binance-approle/login": {"auth": {"client_token": "made", "lease_duration": 900, "renewable": True}},
    "/v1/sys/wrapping/lookup": {
        "data": {
            "creation_path": "auth/binance-approle/role/bot-1/secret-id",
            "creation_time": "2026-01-01T00:00:00Z",
            "creation_ttl": 600,
        }
    },
    "/v1/sys/wrapping/unwrap": {"data": {"secret_id": "opened"}},
    "/v1/binance/data/credentials/maker": {"data": {"data": PAIR, "metadata": {"version": 7}}},
    "/v1/binance/data/credentials/maker?version=3": {"data": {"data": PAIR, "metadata": {"version": 3}}},
    "/v1/sys/internal/ui/mounts/kv/team/maker": {"data": {"path": "kv/", "type": "kv", "options": {"version": "1"}}},
    "/v1/kv/team/maker": {"data": PAIR},
    "/v1/auth/token/revoke-self": None,
}
LOGIN, READ = "/v1/auth/binance-approle/login", "/v1/binance/data/credentials/maker"
REVOKE = "/v1/auth/token/revoke-self"
WHO = {"VAULT_BINANCE_ROLE_ID": "role", "VAULT_BINANCE_SECRET_ID": CANARY}


def scripted(asked):
    if asked.target not in ANSWERS:
        return answer(404, {"errors": []})
    body = ANSWERS[asked.target]
    return answer(204, b"") if body is None else answer(200, body)


@pytest.fixture
def server():
    with Loopback(scripted) as server:
        yield server


def targets(server):
    return [asked.target for asked in server.asked]


def test_a_bot_logs_in_reads_once_and_gives_its_token_back_over_one_connection(server):
    with vault_binance.borrow("maker", environ=WHO | {"VAULT_ADDR": server.address}) as credentials:
        assert (credentials.version, credentials.api_key.reveal()) == (7, PAIR["api_key"])
        assert targets(server) == [LOGIN, READ]
    assert targets(server) == [LOGIN, READ, REVOKE]
    assert [asked.token for asked in server.asked] == [None, "made", "made"]
    assert json.loads(server.asked[0].body) == {"role_id": "role", "secret_id": CANARY}
    assert {asked.connection for asked in server.asked} == {1}


def test_a_wrapped_secret_id_is_opened_for_the_bot_it_was_made_for(server):
    environ = {
        "VAULT_ADDR": server.address,
        "VAULT_BINANCE_BOT": "bot-1",
        "VAULT_BINANCE_ROLE_ID": "role",
        "VAULT_BINANCE_WRAPPED_SECRET_ID": CANARY,
        "VAULT_BINANCE_CREDENTIAL": "maker",
    }
    with vault_binance.borrow(version=3, environ=environ) as credentials:
        assert credentials.version == 3
    assert targets(server) == [
        "/v1/sys/wrapping/lookup",
        "/v1/sys/wrapping/unwrap",
        LOGIN,
        f"{READ}?version=3",
        REVOKE,
    ]
    assert json.loads(server.asked[2].body)["secret_id"] == "opened"


def test_any_path_of_an_existing_vault_is_read_with_a_token_that_stays(server):
    environ = {"VAULT_ADDR": server.address, "VAULT_TOKEN": "brought", "VAULT_BINANCE_CREDENTIAL": "not-this-one"}
    with vault_binance.borrow(path="kv/team/maker", environ=environ) as credentials:
        assert (credentials.name, credentials.version) == ("kv/team/maker", 0)
    assert targets(server) == ["/v1/sys/internal/ui/mounts/kv/team/maker", "/v1/kv/team/maker"]
    assert {asked.token for asked in server.asked} == {"brought"}


def test_the_environment_is_read_when_borrow_is_called(server, monkeypatch):
    for name, text in (WHO | {"VAULT_ADDR": server.address, "VAULT_NAMESPACE": "team"}).items():
        monkeypatch.setenv(name, text)
    with vault_binance.borrow("maker"):
        pass
    assert {asked.headers["x-vault-namespace"] for asked in server.asked} == {"team"}


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        ({"name": "../maker"}, WHO),
        ({"name": "maker*"}, WHO),
        ({}, WHO),
        ({}, WHO | {"VAULT_BINANCE_CREDENTIAL": "Maker"}),
        ({"name": "maker", "path": "kv/maker"}, WHO),
        ({"name": "maker"}, {}),
        ({"name": "maker"}, {"VAULT_BINANCE_ROLE_ID": "role"}),
        ({"name": "maker"}, WHO | {"VAULT_BINANCE_INSTANCE": "Binance"}),
        ({"name": "maker"}, WHO | {"VAULT_CLIENT_TIMEOUT": "soon"}),
        ({"name": "maker"}, WHO | {"VAULT_CLIENT_CERT": "/x.pem"}),
        ({"name": "maker"}, WHO | {"VAULT_TOKEN": f"{CANARY}\nX-Other: y"}),
        ({"name": "maker"}, WHO | {"VAULT_BINANCE_JWT": CANARY}),
        ({"name": "maker"}, WHO | {"VAULT_BINANCE_AUTH": "cert"}),
        ({"name": "maker"}, {"VAULT_BINANCE_AUTH": "cert", "VAULT_BINANCE_BOT": "bot-1"}),
        ({"name": "maker"}, WHO | {"VAULT_BINANCE_AUTH_MOUNT": "../sys"}),
    ],
)
def test_what_is_malformed_is_refused_before_anything_is_sent(server, arguments, environ):
    block = vault_binance.borrow(**arguments, environ=environ | {"VAULT_ADDR": server.address})
    with pytest.raises(ConfigError) as caught:
        block.__enter__()
    assert server.asked == []
    assert CANARY not in caught.value.message + caught.value.hint


def test_a_login_of_a_person_that_cannot_be_read_does_not_stop_a_bot(server, home):
    (home / ".vault-token").mkdir()
    known = {"VAULT_ADDR": server.address, "HOME": str(home)}
    with vault_binance.borrow("maker", environ=WHO | known) as credentials:
        assert credentials.version == 7
    server.asked.clear()
    with pytest.raises(ConfigError, match=r"\.vault-token"):
        vault_binance.borrow("maker", environ=known).__enter__()
    assert server.asked == []


def test_a_jwt_is_sent_with_its_role_to_its_mount(server):
    jwt = {"VAULT_BINANCE_JWT": CANARY, "VAULT_BINANCE_BOT": "bot-1", "VAULT_BINANCE_AUTH_MOUNT": "binance-approle"}
    with vault_binance.borrow("maker", environ=jwt | {"VAULT_ADDR": server.address}):
        assert targets(server) == [LOGIN, READ]
    assert json.loads(server.asked[0].body) == {"role": "bot-1", "jwt": CANARY}
    assert targets(server) == [LOGIN, READ, REVOKE]


def test_a_token_that_cannot_be_given_back_is_told_where_it_is_asked_for_or_logged(server, caplog):
    environ = WHO | {"VAULT_ADDR": server.address, "VAULT_MAX_RETRIES": "0"}
    told = []
    server.answers = lambda asked: answer(500, {}) if asked.target == REVOKE else scripted(asked)
    with vault_binance.borrow("maker", environ=environ, warn=told.append):
        pass
    with caplog.at_level(logging.WARNING, "vault_binance"), vault_binance.borrow("maker", environ=environ):
        pass
    assert len(told) == 1
    assert [record.getMessage() for record in caplog.records] == told
    assert "made" not in told[0].split(), "the token is not in it"


def test_three_tries_are_the_default_and_the_last_failure_is_told(server, monkeypatch):
    pauses = []
    monkeypatch.setattr("vault_binance.vault.again._SHORTEST_PAUSE", 0.0)
    monkeypatch.setattr("vault_binance.vault.again._pause", lambda retry: pauses.append(retry) or 0.0)
    server.answers = answer(502, {})
    for retries, tries in ((None, 3), ("0", 1)):
        server.asked.clear()
        environ = WHO | {"VAULT_ADDR": server.address} | ({"VAULT_MAX_RETRIES": retries} if retries else {})
        block = vault_binance.borrow("maker", environ=environ)
        with pytest.raises(VaultUnavailable, match="502"):
            block.__enter__()
        assert len(server.asked) == tries
    assert pauses == [0, 1]
