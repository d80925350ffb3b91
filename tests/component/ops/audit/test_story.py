"""The audit log as a story: one event a deed, with a name, and nothing of other teams."""

import json
import tracemalloc

import pytest

from tests.rows import each_row
from vault_binance.layout import Layout
from vault_binance.ops.audit.files import Input
from vault_binance.ops.audit.lines import Tally, entries, words
from vault_binance.ops.audit.names import Latest
from vault_binance.ops.audit.story import Story

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


def told(*lines, layout=None, **settings):
    """The events, and what else the reading came across."""
    layout, tally = layout or Layout(), Tally()
    text = "".join(f"{one if isinstance(one, str) else json.dumps(one, separators=(',', ':'))}\n" for one in lines)
    found = entries([text.encode()], words(layout), Input("log"), tally)
    return list(Story(layout, tally, **settings).events(found)), tally


def story(*lines, **settings):
    return told(*lines, **settings)[0]


def test_a_read_names_the_bot_the_credential_its_version_and_the_address():
    read = entry(READ, "read", auth=BOT) | {"response": {"data": {"metadata": {"version": 3}}}}
    (event,) = story(read)
    assert (event.who, event.action, event.subject, event.version) == ("mm-1", "read", "market-maker", 3)
    assert (event.address, event.allowed, event.time) == ("10.0.4.7", True, "2026-11-22T18:00:00.5Z")


@each_row(
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
        ("identity/entity/name/binance-mm-1", "update", {"disabled": "hmac-x"}, "suspend or allow", "mm-1"),
        ("identity/entity/name/binance-mm-1", "update", {"disabled": False, "metadata": {}}, "make bot", "mm-1"),
        ("identity/entity/name/binance-mm-1", "delete", {}, "end tokens", "mm-1"),
        ("sys/policies/acl/binance-reader", "update", {}, "write policy", "binance-reader"),
        (READ, "patch", {}, "store", "market-maker"),
        ("binance/metadata/credentials/market-maker", "delete", {}, "erase all of", "market-maker"),
        ("auth/binance-approle/role/MM-1/custom-secret-id", "update", {}, "make SecretID", "mm-1"),
        ("auth/binance-approle/role/mm-1/bind-secret-id", "update", {}, "change part of role", "mm-1"),
        ("auth/binance-approle/role/mm-1/role-id", "update", {}, "change part of role", "mm-1"),
        ("binance/subkeys/credentials/arb", "read", {}, "read field names", "arb"),
        ("binance/metadata/credentials/arb", "patch", {"max_versions": "x"}, "shorten history", "arb"),
        ("binance/data/pending/arb", "create", {}, "keep half-made key", "arb"),
        ("binance/data/pending/arb", "read", {}, "read half-made key", "arb"),
        ("binance/metadata/pending/arb", "delete", {}, "drop half-made key", "arb"),
        ("binance/destroy/pending/arb", "update", {}, "destroy half-made key", "arb"),
        ("binance/data/reports/mm-1", "update", {}, "report", "mm-1"),
        ("binance/config", "update", {}, "configure store", ""),
        ("binance-transit/sign/arb/sha2-256", "update", {}, "sign", "arb"),
        ("binance-transit/hmac/arb", "update", {}, "sign", "arb"),
        ("binance-transit/export/signing-key/arb/1", "read", {}, "export key", "arb"),
        ("binance-transit/backup/arb", "read", {}, "back up key", "arb"),
        ("binance-transit/keys/arb", "create", {}, "make signing key", "arb"),
        ("binance-transit/keys/arb", "delete", {}, "delete signing key", "arb"),
        ("binance-transit/keys/arb/config", "update", {}, "configure signing key", "arb"),
        ("binance-transit/keys/arb/rotate", "update", {}, "rotate signing key", "arb"),
        ("auth/binance-approle/role/mm-1/secret-id/destroy", "update", {}, "destroy SecretID", "mm-1"),
        ("auth/binance-cert/certs/mm-1", "create", {}, "pin certificate", "mm-1"),
        ("auth/binance-cert/certs/mm-1", "delete", {}, "unpin certificate", "mm-1"),
        ("identity/entity/name/Binance-MM-1", "update", {"disabled": True}, "suspend", "mm-1"),
        ("identity/entity/name/binance-mm-1", "update", {"policies": []}, "change entity", "mm-1"),
        ("identity/entity/id/1-2-3", "update", {"metadata": {"binance_credential": "x"}}, "change entity", "1-2-3"),
        ("identity/group/name/binance-writer", "update", {}, "change group", "writer"),
        ("identity/group/name/binance-writer", "delete", {}, "delete group", "writer"),
        (
            "identity/mfa/login-enforcement/binance-operators",
            "update",
            {},
            "require second factor",
            "binance-operators",
        ),
        ("identity/mfa/login-enforcement/binance-operators", "delete", {}, "drop second factor", "binance-operators"),
        ("sys/mounts/binance-transit", "update", {}, "enable mount", "binance-transit"),
        ("sys/auth/binance-cert", "delete", {}, "end mount", "binance-cert"),
        ("sys/mounts/auth/binance-cert/tune", "update", {}, "tune mount", "binance-cert"),
        ("sys/auth/binance-approle/tune", "update", {}, "tune mount", "binance-approle"),
        ("sys/remount", "update", {}, "move a mount", ""),
        ("sys/leases/revoke-prefix/auth/binance-approle/login", "update", {}, "end all leases", "binance-approle"),
        ("sys/audit/file", "update", {}, "enable audit device", "file"),
        ("sys/audit/file", "delete", {}, "disable audit device", "file"),
        ("sys/generate-root/attempt", "update", {}, "generate root token", ""),
        ("sys/policies/acl/BINANCE-reader", "update", {}, "write policy", "binance-reader"),
        ("sys/policy/binance-auditor", "update", {}, "write policy", "binance-auditor"),
        ("sys/policies/acl/binance-reader", "delete", {}, "delete policy", "binance-reader"),
    ],
)
def test_every_deed_has_its_word(path, operation, data, action, subject):
    (event,) = story(entry(path, operation, auth=WRITER, data=data))
    assert (event.action, event.subject, event.who) == (action, subject, "token-writer")


@each_row(
    "quiet",
    [
        entry("binance/metadata/credentials/market-maker", "read", auth=WRITER),
        entry("binance/data/credentials/market-maker", "list", auth=WRITER),
        entry("identity/entity/name/binance-mm-1", "read", auth=WRITER),
        entry("auth/binance-approle/role/mm-1", "read", auth=WRITER),
        entry("auth/binance-approle/role/mm-1/secret-id", "list", auth=WRITER),
        entry("sys/policies/acl/binance-reader", "read", auth=WRITER),
        entry("sys/wrapping/lookup", auth=None),
        entry("sys/wrapping/unwrap", auth=None),
        entry("auth/approle/login", auth=BOT | {"display_name": "approle"}),
        entry("identity/entity/id/1-2-3", "update", auth=WRITER),
        entry("identity/entity-alias", "update", auth=WRITER),
        entry("identity/group", "update", auth=WRITER),
        entry("auth/token/revoke-accessor", "update", auth=WRITER, data={"accessor": "a-else"}),
        entry("sys/mounts/team", "update", auth=WRITER),
        entry("binance/data/other/market-maker", "read", auth=BOT),
        entry("Binance/data/credentials/market-maker", "read", auth=BOT),
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


@each_row(
    "crafted",
    [
        entry("sys/wrapping/unwrap") | {"response": {"data": {"metadata": "x"}}},
        entry("sys/wrapping/unwrap") | {"response": {"data": "x"}},
        entry("sys/wrapping/unwrap") | {"response": ["x"]},
        entry(READ, "read") | {"auth": ["x"]},
        entry(READ, "read") | {"auth": {"metadata": "x", "display_name": "binance-approle"}},
        entry("identity/entity/name/binance-mm-1", data="x"),
        entry(READ, ["read"]),
        entry(READ, "read", auth={"policies": 1, "display_name": "x"}),
        entry("auth/jwt/login", auth={"policies": True, "display_name": "x"}),
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


def test_a_path_of_a_megabyte_is_told_and_not_kept():
    """Anybody can send one, without a token; ten thousand of them are not to fill the memory."""
    tracemalloc.start()
    reading = Story(Layout(), Tally())
    try:
        for number in range(50):
            found = reading.events(
                [
                    entry(
                        f"{READ}{number}{'x' * 1_000_000}", "read", error="denied", kind="request", identity=f"{number}"
                    )
                ]
            )
            assert len(next(iter(found)).subject) > 1_000_000
        assert tracemalloc.get_traced_memory()[0] < 10_000_000
    finally:
        tracemalloc.stop()


def test_what_is_remembered_is_bounded():
    latest = Latest(3)
    for number in range(10):
        latest.put(f"a-{number}", number)
    assert [latest.get(f"a-{number}") for number in (0, 6, 7, 9)] == [None, None, 7, 9]


JWT = {"display_name": "jwt-repo", "policies": ["binance-reader"], "entity_id": "e-1", "accessor": "a"}


class TestNames:
    """What is hashed keeps its name by another line that says it in clear."""

    WRAPPED = entry("auth/binance-approle/role/mm-1/secret-id", identity="r-w", wrap_ttl=300, auth=WRITER) | {
        "response": {"wrap_info": {"token": "h-token", "accessor": "h-acc", "wrapped_accessor": "h-sid-acc"}}
    }

    def test_an_unwrapping_is_of_the_bot_whose_secret_id_was_wrapped(self):
        opened = entry("sys/wrapping/unwrap", client_token_accessor="h-acc", identity="r-u")
        assert [(one.action, one.subject) for one in story(self.WRAPPED, opened)][1] == ("unwrap", "mm-1")

    def test_a_refused_one_too(self):
        looked = entry("sys/wrapping/lookup", data={"token": "h-token"}, error="not valid", kind="request")
        event = story(self.WRAPPED, looked)[1]
        assert (event.action, event.subject, event.allowed) == ("unwrap", "mm-1", False)

    def test_a_login_tells_where_its_secret_id_was_opened(self):
        opened = entry("sys/wrapping/unwrap", client_token_accessor="h-acc", identity="r-u") | {
            "response": {"data": {"secret_id": "h-sid"}}
        }
        opened["request"]["remote_address"] = "10.6.6.6"
        login = entry("auth/binance-approle/login", auth=BOT, identity="r-l", data={"secret_id": "h-sid"})
        assert story(self.WRAPPED, opened, login)[-1].opened_at == "10.6.6.6"

    def test_a_refused_login_has_the_name_that_its_role_id_had_before(self):
        before = entry("auth/binance-approle/login", auth=BOT, data={"role_id": "h-rid"})
        refused = entry("auth/binance-approle/login", data={"role_id": "h-rid"}, error="denied", identity="r-2")
        assert story(before, refused)[-1].who == "mm-1"

    def test_whose_alias_is_written_says_the_hash_of_the_entity(self):
        made = entry("identity/entity/name/binance-mm-1", auth=WRITER, data={"metadata": {}}) | {
            "response": {"data": {"id": "h-entity"}}
        }
        tied = entry("identity/entity-alias", auth=WRITER, data={"canonical_id": "h-entity"}, identity="r-2")
        assert [(one.action, one.subject) for one in story(made, tied)] == [("make bot", "mm-1"), ("tie login", "mm-1")]

    def test_a_change_that_names_nobody_is_counted(self):
        assert told(entry("identity/entity-alias", auth=WRITER, data={"canonical_id": "h-else"}))[1].unplaced == 1

    def test_the_issuer_of_our_totp_method_is_our_mark(self):
        group = entry("identity/group/name/binance-writer", auth=WRITER, data={"metadata": {"managed_by": "h-mark"}})
        method = entry("identity/mfa/method/totp", auth=WRITER, data={"issuer": "h-mark"}, identity="r-2")
        assert story(group, method)[-1].action == "change second factor"

    def test_a_certificates_login_is_its_bots(self):
        auth = {"display_name": "binance-cert-mm-1", "metadata": {"cert_name": "mm-1"}, "accessor": "a"}
        (event,) = story(entry("auth/binance-cert/login", auth=auth))
        assert (event.who, event.kind) == ("mm-1", "bot")

    def test_a_role_of_another_mount_with_the_same_display_name_is_no_bot_of_ours(self):
        (event,) = story(entry(READ, "read", auth=BOT | {"policies": ["wide"], "token_policies": ["wide"]}))
        assert (event.who, event.kind) == ("binance-approle", "person")

    def test_a_login_elsewhere_with_our_policy_is_a_bots_by_its_display_name(self):
        (event,) = story(entry("auth/jwt/login", auth=JWT))
        assert (event.who, event.kind, event.entity) == ("jwt-repo", "bot", "e-1")

    def test_and_has_the_bots_name_once_it_has_left_its_report(self):
        report = entry("binance/data/reports/mm-1", "update", auth=JWT)
        assert story(report, entry(READ, "read", auth=JWT, identity="r-2"))[-1].who == "mm-1"

    def test_but_not_who_writes_a_bots_report_by_another_policy(self):
        """Whoever may write all of them would be told under a bot's name from then on."""
        results = {"allowed": True, "granting_policies": [{"name": "team-wide", "type": "acl"}]}
        for wide in ({"policies": ["team-wide"]}, {"policies": ["binance-reader"], "policy_results": results}):
            admin = {"display_name": "oidc-alice", "entity_id": "e-9", "accessor": "a-9"} | wide
            report = entry("binance/data/reports/mm-1", "update", auth=admin)
            policy = entry("sys/policies/acl/binance-reader", auth=admin, identity="r-2")
            assert [one.who for one in story(report, policy)] == ["oidc-alice", "oidc-alice"]

    @pytest.mark.parametrize("path", ["identity/entity-alias", "identity/alias", "identity/persona/id/x"])
    def test_an_alias_is_tied_by_older_paths_and_fields_too(self, path):
        """Vault 1.21.1 still takes them."""
        made = entry("identity/entity/name/binance-mm-1", auth=WRITER, data={"metadata": {}}) | {
            "response": {"data": {"id": "h-entity"}}
        }
        tied = entry(path, auth=WRITER, data={"entity_id": "h-entity"}, identity="r-2")
        assert [(one.action, one.subject) for one in story(made, tied)][1:] == [("tie login", "mm-1")]

    def test_what_anybody_may_do_without_end_makes_no_login_forgotten(self, monkeypatch):
        """Wrapping one's own entity, wrapping one's own credential, logging in: none of it takes a right of ours."""
        monkeypatch.setattr(Latest.__init__, "__defaults__", (50,))
        info = {"wrap_info": {"token": "h-{}", "accessor": "h-acc-{}"}}
        flood = []
        for number in range(51):
            wrapped = {"response": json.loads(json.dumps(info).replace("{}", str(number)))}
            auth = {"display_name": "userpass-eve", "accessor": f"a-{number}", "entity_id": "e-eve"}
            flood += [
                entry("identity/entity/id/e-eve", "read", auth=auth, identity=f"f-{number}") | wrapped,
                entry("auth/userpass/login/eve", auth=auth, identity=f"g-{number}"),
                entry(READ, "read", auth=BOT, identity=f"h-{number}") | wrapped,
            ]
        opened = entry("sys/wrapping/unwrap", client_token_accessor="h-acc", identity="r-u", error="denied")
        login = entry("auth/binance-approle/login", auth=BOT | {"accessor": "a-first"}, identity="r-l")
        refused = entry(READ, "read", error="permission denied", identity="r-2", client_token_accessor="a-first")
        told = story(self.WRAPPED, login, *flood, opened, refused)[-2:]
        assert [(one.who, one.subject) for one in told] == [("?", "mm-1"), ("mm-1", "market-maker")]

    def test_or_where_vault_was_asked(self):
        assert story(entry(READ, "read", auth=JWT), bots={"e-1": "mm-1"})[0].who == "mm-1"

    def test_a_token_that_is_ended_by_its_accessor_is_its_bots(self):
        login = entry("auth/binance-approle/login", auth=BOT)
        ended = entry("auth/token/revoke-accessor", auth=WRITER, data={"accessor": "a-bot"}, identity="r-2")
        assert [(one.action, one.subject) for one in story(login, ended)][1] == ("end token", "mm-1")


class TestOtherLogs:
    def test_another_namespace_is_another_instance(self):
        line = entry(READ, "read", auth=BOT, namespace={"id": "x", "path": "team/"})
        assert told(line)[1].foreign == {"team": 1}
        assert len(story(line, namespace="team")) == 1

    def test_a_request_that_two_devices_logged_is_told_once(self):
        ours = entry(READ, "read", auth=BOT)
        other = entry(READ, "read", auth=BOT | {"accessor": "another-salt"})
        found, tally = told(ours, other)
        assert (len(found), tally.repeated, tally.salts) == (1, 1, 2)

    def test_another_salt_shows_by_a_time_that_never_changes(self):
        first, later = (
            entry(READ, "read", auth=BOT, identity=identity)
            | {"response": {"data": {"metadata": {"version": 1, "created_time": hashed}}}}
            for identity, hashed in (("r-1", "h1"), ("r-2", "h2"))
        )
        assert told(first, later)[1].salts == 2

    def test_another_vault_shows_by_the_accessor_of_our_mount(self):
        here, there, lost, others = (
            entry(READ, "read", auth=BOT, identity=identity, mount_point=point, mount_accessor=accessor)
            for identity, point, accessor in (
                ("r-1", "binance/", "kv_1"),
                ("r-2", "binance/", "kv_2"),
                ("r-3", "binance/", None),
                ("r-4", "", "kv_3"),
            )
        )
        assert told(here, lost, others, here)[1].stores == 1
        assert told(here, there)[1].stores == 2

    def test_a_value_in_clear_is_noticed_and_not_kept(self):
        line = entry(READ, "read", auth=BOT) | {"response": {"data": {"data": {"api_secret": "S3cret"}}}}
        (event,) = story(line)
        assert "in clear" in event.facts
        assert "S3cret" not in repr(event)
