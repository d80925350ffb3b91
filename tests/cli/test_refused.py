"""When Vault says no: to the token, to the policy, to the login; and why, as far as it can be found out."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.stage import API_KEY, PAIR, PUT, Stage, fresh
from vault_binance.testing.fault_proxy import Fault, FaultProxy

if TYPE_CHECKING:
    from tests.cli.conftest import Command


def test_a_dead_token(command: Command, stage: Stage) -> None:
    ran = command("fetch", "market-maker", environ={**stage.environ, "VAULT_TOKEN": "dead"})
    assert (ran.code, ran.error) == (21, "permission denied reading binance/data/credentials/market-maker")
    assert ran.hint.startswith("the token is refused as a whole")


def test_a_token_without_the_policy(command: Command, stage: Stage) -> None:
    ran = command("fetch", "market-maker", environ={**stage.environ, "VAULT_TOKEN": stage.token()})
    assert ran.code == 21
    assert 'policies: default) has no "read" there. It lacks the policy binance-reader' in ran.hint
    assert ran.hint.endswith("Ask a provisioner for: vault-binance bot add BOT --credential market-maker")


def test_a_bot_at_somebody_elses_credential(command: Command, stage: Stage) -> None:
    name = fresh()
    stage.put(name)
    ran = command("exec", name, "--", "true", environ=stage.bot())
    assert ran.code == 21
    assert f"binance_credential={name}; this entity's says 'market-maker': did you mean market-maker?" in ran.hint


def test_a_token_that_may_nothing_more(command: Command, stage: Stage) -> None:
    """Neither lookup-self nor the entity nor its capabilities: the answer says less, and is still one line."""
    stage.vault.call("PUT", "sys/policies/acl/binance-nothing", {"policy": ""})
    token = stage.token("binance-nothing", no_default_policy=True)
    ran = command("fetch", "market-maker", environ={**stage.environ, "VAULT_TOKEN": token})
    assert (ran.code, ran.error) == (21, "permission denied reading binance/data/credentials/market-maker")


OPERATORS = [
    (("setup",), "sys/mounts/binance"),
    (("key", "list"), "binance/metadata/credentials"),
    (("key", "put", "market-maker", *PUT), "binance/metadata/credentials/market-maker"),
    (("key", "history", "market-maker"), "binance/metadata/credentials/market-maker"),
    (("bot", "list"), "auth/binance-approle/role"),
    (("bot", "suspend", "mm-1"), "identity/entity/name/binance-mm-1"),
    (("bot", "secret-id", "mm-1"), "auth/binance-approle/role/mm-1/secret-id"),
    (("policy", "diff"), "sys/mounts/auth/binance-approle"),
]


@pytest.mark.parametrize(("line", "path"), OPERATORS, ids=lambda value: " ".join(value[:2]))
def test_an_operator_without_the_right(command: Command, stage: Stage, line: tuple[str, ...], path: str) -> None:
    ran = command(*line, environ={**stage.environ, "VAULT_TOKEN": stage.token()}, stdin=PAIR)
    assert (ran.code, ran.out) == (21, "")
    assert ran.error.startswith("permission denied: cannot ")
    assert ran.error.endswith(path)
    assert f'path "{path}" {{ capabilities = [' in ran.hint
    assert stage.version("market-maker") == 1


def test_revealing_needs_a_policy_of_ones_own(command: Command, stage: Stage) -> None:
    environ = {**stage.environ, "VAULT_TOKEN": stage.token("binance-writer", "binance-auditor")}
    for line in (("key", "show", "market-maker", "--reveal"), ("key", "rollback", "market-maker", "1")):
        ran = command(*line, environ=environ)
        assert ran.code == 21
        assert "no role of vault-binance reads a credential as a person" in ran.hint
    assert command("key", "list", environ=environ).out.splitlines()[1].split()[0]


def test_who_reads_is_unknown_to_a_writer(command: Command, stage: Stage) -> None:
    environ = {**stage.environ, "VAULT_TOKEN": stage.token("binance-writer")}
    ran = command("key", "list", "--field", "read_by", environ=environ)
    assert ran.code == 0
    assert set(ran.out.split()) == {"?"}


_WRAPPED = "VAULT_BINANCE_WRAPPED_SECRET_ID"


def test_a_wrapping_token_is_good_once(command: Command, stage: Stage) -> None:
    environ = stage.bot()
    assert command("fetch", environ=environ).code == 0
    ran = command("fetch", environ=environ)
    assert (ran.code, ran.out) == (24, "")
    assert "used, expired, or not made by this Vault" in ran.error
    assert "intercepted" in ran.hint


def test_an_expired_wrapping_token(command: Command, stage: Stage) -> None:
    environ = stage.bot()
    stage.vault.call("POST", "auth/token/revoke", {"token": environ[_WRAPPED]})  # to Vault the same as its time's end
    assert command("fetch", environ=environ).code == 24


def test_a_secret_id_opened_and_wrapped_again_is_not_opened(command: Command, stage: Stage) -> None:
    environ = stage.bot()
    _, opened = stage.vault.call("POST", "sys/wrapping/unwrap", {"token": environ[_WRAPPED]})
    again = wrapped(stage, "sys/wrapping/wrap", opened["data"])
    ran = command("fetch", environ={**environ, _WRAPPED: again})
    assert ran.code == 24
    assert ran.error.startswith("the wrapping token was made at 'sys/wrapping/wrap', not at 'auth/binance-approle/role")
    assert stage.opens(again)


def test_another_bots_wrapped_secret_id_is_not_opened(command: Command, stage: Stage) -> None:
    stage.add_bot("mm-2", "market-maker")
    theirs = stage.bot("mm-2")[_WRAPPED]
    ran = command("fetch", environ={**stage.bot(), _WRAPPED: theirs})
    assert ran.code == 24
    assert "role/mm-2/secret-id" in ran.error
    assert stage.opens(theirs)


def test_what_is_no_wrapping_token(command: Command, stage: Stage) -> None:
    for text in ("nonsense", stage.token(), "hvs." + "A" * 90):
        ran = command("fetch", environ={**stage.bot(), _WRAPPED: text})
        assert ran.code == 24
        assert text not in ran.err


def wrapped(stage: Stage, path: str, body: object) -> str:
    """What Vault answers to a POST, in a wrapping."""
    connection = http.client.HTTPConnection(stage.vault.address.partition("://")[2], timeout=10)
    headers = {"X-Vault-Token": stage.vault.root_token.reveal(), "X-Vault-Wrap-TTL": "60"}
    try:
        connection.request("POST", f"/v1/{path}", json.dumps(body), headers)
        return str(json.loads(connection.getresponse().read())["wrap_info"]["token"])
    finally:
        connection.close()


def test_a_wrong_identity(command: Command, stage: Stage) -> None:
    environ = stage.bot(wrapped=False)
    for change in ({"VAULT_BINANCE_ROLE_ID": "nobody"}, {"VAULT_BINANCE_SECRET_ID": "S3cretId-nobody"}):
        ran = command("fetch", environ={**environ, **change})
        assert (ran.code, ran.error) == (24, "login refused at auth/binance-approle/login")
        assert "S3cretId" not in ran.err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"VAULT_BINANCE_BOT": ""}, "VAULT_BINANCE_BOT is not set: whose wrapped SecretID is this?"),
        ({"VAULT_BINANCE_ROLE_ID": ""}, "half an identity: VAULT_BINANCE_ROLE_ID is not set"),
        ({_WRAPPED: ""}, "half an identity: a SecretID is not set"),
        ({"VAULT_BINANCE_SECRET_ID": "x"}, "VAULT_BINANCE_SECRET_ID and VAULT_BINANCE_WRAPPED_SECRET_ID are both set"),
        ({"VAULT_BINANCE_BOT": "a/b"}, "bot 'a/b' is not a valid name: it contains '/'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_half_an_identity(command: Command, stage: Stage, change: dict[str, str], says: str) -> None:
    environ = stage.bot()
    ran = command("fetch", environ={**environ, **change})
    assert (ran.code, ran.error) == (10, says)
    assert ran.hint
    assert stage.opens(environ[_WRAPPED])


@pytest.mark.parametrize("uses", [1, 2, 3])
def test_a_bots_token_of_few_uses(command: Command, stage: Stage, uses: int) -> None:
    """One use is the read itself: giving the token back is then refused, which is no failure of the command."""
    name = fresh()
    stage.add_bot(name, "market-maker")
    stage.vault.call("POST", f"auth/binance-approle/role/{name}", {"token_num_uses": uses})
    ran = command("fetch", environ=stage.bot(name))
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("uses", "line", "code"),
    [
        (1, ("fetch", "market-maker"), 0),
        (1, ("fetch", "--path", "binance/credentials/market-maker"), 0),  # asking for the mount counts as none
        (1, ("key", "show", "market-maker"), 0),
        (1, ("bot", "revoke", "mm-1"), 21),
        (1, ("key", "list"), 21),
        (1, ("key", "put", "uses", *PUT), 21),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else str(value),
)
def test_a_token_of_few_uses(command: Command, stage: Stage, uses: int, line: tuple[str, ...], code: int) -> None:
    environ = {**stage.environ, "VAULT_TOKEN": stage.token("root", num_uses=uses)}
    ran = command(*line, environ=environ, stdin=PAIR)
    assert ran.code == code
    assert code == 0 or ran.hint
    assert stage.version("uses") == 0


def test_a_token_that_cannot_be_given_back(command: Command, stage: Stage) -> None:
    """Vault may go away between reading and revoking: the credential is good, and the token ends by itself."""
    with FaultProxy(stage.vault.address) as proxy:
        proxy.fault = Fault.status(503).on("/v1/auth/token/revoke-self")
        ran = command("fetch", "--field", "api_key", environ={**stage.bot(), "VAULT_ADDR": proxy.address})
    assert (ran.code, ran.out) == (0, API_KEY)
    assert ran.err.startswith("warning: the token could not be revoked and ends by itself within its TTL: ")
