"""The audit log as a story: one event a deed, with a name, and nothing of other teams."""

import json

import pytest

from vault_binance.layout import Layout
from vault_binance.ops.audit import _Memory, events

BOT = {"display_name": "binance-approle", "metadata": {"role_name": "mm-1"}, "accessor": "a-bot"}
WRITER = {"display_name": "token-writer", "policies": ["binance-writer"], "accessor": "a-writer"}
READ = "binance/data/credentials/market-maker"


def entry(path, operation="update", *, auth=None, error="", kind="response", identity="r-1", **request):
    logged = {
        "time": "2026-11-22T18:00:00.5Z",
        "type": kind,
        "request": {"id": identity, "path": path, "operation": operation, "remote_address": "10.0.4.7", **request},
    }
    return logged | ({"auth": auth} if auth else {}) | ({"error": error} if error else {})


def story(*entries, layout=None):
    lines = [one if isinstance(one, str) else json.dumps(one) for one in entries]
    return list(events(lines, layout or Layout()))


def test_a_read_names_the_bot_the_credential_its_version_and_the_address():
    read = entry(READ, "read", auth=BOT) | {"response": {"data": {"metadata": {"version": 3}}}}
    (event,) = story(read)
    assert (event.who, event.action, event.subject, event.version) == ("mm-1", "read", "market-maker", 3)
    assert (event.address, event.allowed, event.time) == ("10.0.4.7", True, "2026-11-22T18:00:00.5Z")


@pytest.mark.parametrize(
    ("path", "operation", "data", "action", "subject"),
    [
        (READ, "create", {}, "store", "market-maker"),
        (READ, "update", {}, "store", "market-maker"),
        (READ, "delete", {}, "delete", "market-maker"),
        ("binance/delete/credentials/arb", "update", {}, "delete", "arb"),
        ("binance/undelete/credentials/arb", "update", {}, "undelete", "arb"),
        ("binance/destroy/credentials/arb", "update", {}, "destroy", "arb"),
        ("auth/binance-approle/login", "update", {}, "log in", ""),
        ("auth/binance-approle/role/mm-1", "create", {}, "make role", "mm-1"),
        ("auth/binance-approle/role/mm-1", "update", {}, "change role", "mm-1"),
        ("auth/binance-approle/role/mm-1", "delete", {}, "delete role", "mm-1"),
        ("auth/binance-approle/role/mm-1/secret-id", "update", {}, "make SecretID", "mm-1"),
        ("auth/binance-approle/role/mm-1/secret-id-accessor/destroy", "update", {}, "destroy SecretID", "mm-1"),
        ("identity/entity/name/binance-mm-1", "update", {"disabled": True}, "suspend", "mm-1"),
        ("identity/entity/name/binance-mm-1", "update", {"disabled": False}, "allow", "mm-1"),
        ("identity/entity/name/binance-mm-1", "update", {"disabled": False, "metadata": {}}, "make bot", "mm-1"),
        ("identity/entity/name/binance-mm-1", "delete", {}, "end tokens", "mm-1"),
        ("sys/policies/acl/binance-reader", "update", {}, "write policy", "binance-reader"),
        ("sys/wrapping/unwrap", "update", {}, "unwrap", ""),
        (READ, "patch", {}, "store", "market-maker"),
        ("binance/metadata/credentials/market-maker", "delete", {}, "erase all of", "market-maker"),
        ("auth/binance-approle/role/MM-1/custom-secret-id", "update", {}, "make SecretID", "mm-1"),
        ("auth/binance-approle/role/mm-1/bind-secret-id", "update", {}, "change role", "mm-1"),
        ("identity/entity/id/1-2-3", "update", {}, "change entity", "1-2-3"),
        ("identity/entity-alias", "update", {}, "tie login", ""),
        ("sys/policy/binance-auditor", "update", {}, "write policy", "binance-auditor"),
        ("sys/policies/acl/binance-reader", "delete", {}, "delete policy", "binance-reader"),
    ],
)
def test_every_deed_has_its_word(path, operation, data, action, subject):
    (event,) = story(entry(path, operation, auth=WRITER, data=data))
    assert (event.action, event.subject, event.who) == (action, subject, "token-writer")


@pytest.mark.parametrize(
    "quiet",
    [
        entry("binance/metadata/credentials/market-maker", "read", auth=WRITER),
        entry("binance/data/credentials/market-maker", "list", auth=WRITER),
        entry("identity/entity/name/binance-mm-1", "read", auth=WRITER),
        entry("auth/binance-approle/role/mm-1", "read", auth=WRITER),
        entry("auth/binance-approle/role/mm-1/secret-id", "list", auth=WRITER),
        entry("sys/policies/acl/binance-reader", "read", auth=WRITER),
        entry("sys/wrapping/lookup", auth=None),
        entry("auth/token/revoke-self", auth=WRITER),
        entry("secret/data/other-team", "read", auth=WRITER),
        entry("binance_testnet/data/credentials/market-maker", "read", auth=BOT),
        entry(READ, "read", auth=BOT, kind="request"),
        "",
        "not json",
        "[]",
        '{"type": "response"}',
    ],
)
def test_what_is_no_deed_of_this_instance_is_not_told(quiet):
    assert story(quiet) == []


def test_a_bot_that_gives_its_token_back_is_told():
    (event,) = story(entry("auth/token/revoke-self", auth=BOT))
    assert (event.who, event.action) == ("mm-1", "give token back")


def test_a_refusal_that_vault_logs_twice_is_told_once():
    asked = entry(READ, "read", auth=BOT, error="permission denied", kind="request")
    answered = entry(READ, "read", auth=BOT, error="permission denied")
    (event,) = story(asked, answered)
    assert not event.allowed


def test_a_failed_look_at_a_wrapping_token_is_told_as_a_refused_unwrapping():
    (event,) = story(entry("sys/wrapping/lookup", error="not valid", kind="request"))
    assert (event.action, event.allowed, event.who) == ("unwrap", False, "?")


def test_a_suspended_bot_keeps_its_name_by_its_accessor():
    """Vault leaves the identity out once the entity is disabled; the hash of the accessor is the same."""
    login = entry("auth/binance-approle/login", auth=BOT, identity="r-1")
    refused = entry(READ, "read", error="permission denied", identity="r-2", client_token_accessor="a-bot")
    assert [event.who for event in story(login, refused)] == ["mm-1", "mm-1"]


@pytest.mark.parametrize(
    "crafted",
    [
        entry("sys/wrapping/unwrap") | {"response": {"data": {"metadata": "x"}}},
        entry("sys/wrapping/unwrap") | {"response": {"data": "x"}},
        entry("sys/wrapping/unwrap") | {"response": ["x"]},
        entry(READ, "read") | {"auth": ["x"]},
        entry(READ, "read") | {"auth": {"metadata": "x", "display_name": "binance-approle"}},
        entry("identity/entity/name/binance-mm-1", data="x"),
        entry(READ, ["read"]),
        "[" * 100_000,
    ],
)
def test_no_line_keeps_the_rest_from_being_told(crafted):
    """Any token may wrap what it likes and unwrap it again: that must not blind the audit."""
    assert story(crafted, entry(READ, "read", auth=BOT, identity="r-2"))[-1].who == "mm-1"


def test_a_login_that_got_no_token_was_refused():
    """From a wrong address Vault logs a response without an error: only the token is missing."""
    (event,) = story(entry("auth/binance-approle/login") | {"response": {"data": {"error": "hmac-sha256:0"}}})
    assert (event.action, event.allowed, event.who) == ("log in", False, "?")


def test_a_root_token_is_called_root():
    (event,) = story(entry(READ, "update", auth={"display_name": "token", "policies": ["root"]}))
    assert event.who == "root"


def test_another_instance_is_another_story():
    line = entry("trading_b/data/credentials/arb", "read", auth=BOT | {"display_name": "trading_b-approle"})
    (event,) = story(line, layout=Layout("trading_b"))
    assert (event.who, event.subject) == ("mm-1", "arb")


def test_what_is_remembered_is_bounded():
    memory = _Memory(size=3)
    for number in range(10):
        refused = entry(READ, "read", auth=BOT | {"accessor": f"a-{number}"}, kind="request", identity=f"r-{number}")
        assert not memory.has_told(refused)
        memory.who(refused, Layout())
    assert memory.has_told(entry(READ, identity="r-9"))
    assert not memory.has_told(entry(READ, identity="r-0"))
    assert memory.who(entry(READ, client_token_accessor="a-0"), Layout()) == "?"
