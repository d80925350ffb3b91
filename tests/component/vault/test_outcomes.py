"""Every failure has a class: each status for each operation, each exception of the network, each garbled answer.

Both doors are driven: HttpVault over a wire that answers what it is told, HvacVault over the same wire with hvac in
between, and the Wire itself over a connection that fails in every way that Python knows.
"""

from __future__ import annotations

import http.client
import inspect
import json
import socket
import ssl
import traceback
from types import MappingProxyType

import hvac.exceptions
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.config import Address, Config
from vault_binance.errors import (
    ConfigError,
    LeaseEnded,
    LoginRefused,
    SecretNotFound,
    VaultBinanceError,
    VaultUnavailable,
)
from vault_binance.redacted import Hidden, Redacted
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.http import HttpVault
from vault_binance.vault.operator_port import KvConfig, OperatorVault
from vault_binance.vault.outcomes import Operation, outcome
from vault_binance.vault.port import BotVault, KvPath, SecretLease
from vault_binance.vault.wire import Answer, Wire

CANARY = "canary-7f3a91c2d4e5"
TOKEN = Redacted(CANARY)
STATUSES = range(400, 600)

TRANSIENT = {412, 429} | (set(range(500, 600)) - {501})
"""Design, section 8; the table itself is in tests/unit."""

# The doors


class Answering:
    """What carries requests, and answers every one the same."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def send(self, method, path, **_):
        self.asked.append((method, path))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


PROOF = MappingProxyType({"role_id": TOKEN, "secret_id": TOKEN})

BOT_CALLS = {
    "log_in": (Operation.LOG_IN, ("mount", PROOF)),
    "renew": (Operation.RENEW, (TOKEN,)),
    "wrapping_info": (Operation.LOOK_UP_WRAPPING, (TOKEN,)),
    "unwrap_secret_id": (Operation.UNWRAP, (TOKEN,)),
    "locate": (Operation.LOOK_UP, (TOKEN, "kv/maker")),
    "read": (Operation.READ, (TOKEN, KvPath("kv/data/maker"))),
    "write": (Operation.WRITE, (TOKEN, "kv/data/reports/mm-1", MappingProxyType({"high": "1"}), 3)),
    "renew_secret": (Operation.RENEW_LEASE, (TOKEN, Redacted(f"kv/maker/{CANARY}"))),
    "revoke_secret": (Operation.REVOKE, (TOKEN, Redacted(f"kv/maker/{CANARY}"))),
    "revoke": (Operation.REVOKE, (TOKEN,)),
    "token_info": (Operation.LOOK_UP, (TOKEN,)),
    "entity_metadata": (Operation.LOOK_UP, (TOKEN, "entity-1")),
    "capabilities": (Operation.LOOK_UP, (TOKEN, "kv/data/maker")),
}
"""All but `health`, to which every status is an answer, and `close`, which asks nothing."""

OPERATOR_CALLS = {
    "health": (),
    "own_token": (),
    "token": ("accessor",),
    "capabilities": (["kv/data/maker"],),
    "login_role": ("auth/oidc/role/people",),
    "audit_devices": (),
    "enable_audit": ("desk", "file", {"file_path": "/var/log/audit.log"}),
    "mount": ("kv",),
    "visible_mount": ("kv",),
    "enable_kv": ("kv", "ours"),
    "kv_config": ("kv",),
    "configure_kv": ("kv", KvConfig(cas_required=True, max_versions=10)),
    "auth_mount": ("approle",),
    "enable_auth": ("approle", "approle", "ours"),
    "enable_transit": ("transit", "ours"),
    "tune_auth_mount": ("approle",),
    "describe_mount": ("kv", "ours"),
    "describe_auth_mount": ("approle", "ours"),
    "policies": (),
    "policy": ("reader",),
    "write_policy": ("reader", "path {}"),
    "list_secrets": ("kv", "credentials"),
    "secret_metadata": ("kv", "credentials/maker"),
    "read_secret": ("kv", "credentials/maker"),
    "write_secret": ("kv", "credentials/maker", {"api_key": CANARY}),
    "merge_custom_metadata": ("kv", "credentials/maker", {"owner": "team"}),
    "delete_versions": ("kv", "credentials/maker", [1]),
    "undelete_versions": ("kv", "credentials/maker", [1]),
    "destroy_versions": ("kv", "credentials/maker", [1]),
    "erase_secret": ("kv", "pending/maker"),
    "entities": (),
    "entity": ("bot",),
    "write_entity": ("bot",),
    "delete_entity": ("bot",),
    "add_alias": ("entity-1", "role", "accessor"),
    "make_entity_of_alias": ("role", "accessor"),
    "entity_of_alias": ("role", "accessor"),
    "entity_by_id": ("entity-1",),
    "group": ("desk-writer",),
    "write_group": ("desk-writer",),
    "totp_methods": (),
    "totp_method": ("method-1",),
    "make_totp_method": ("vault-binance/desk",),
    "enrol_totp": ("method-1", "entity-1"),
    "forget_totp": ("method-1", "entity-1"),
    "enforcement": ("desk-operators",),
    "write_enforcement": ("desk-operators",),
    "delete_enforcement": ("desk-operators",),
    "roles": ("approle",),
    "role": ("approle", "bot"),
    "write_role": ("approle", "bot", {}),
    "delete_role": ("approle", "bot"),
    "role_id": ("approle", "bot"),
    "wrapped_secret_id": ("approle", "bot"),
    "secret_id_accessors": ("approle", "bot"),
    "destroy_secret_id": ("approle", "bot", "accessor"),
    "certificate_roles": ("cert",),
    "transit_keys": ("transit",),
    "transit_key": ("transit", "maker"),
    "certificate_role": ("cert", "bot"),
    "write_certificate_role": ("cert", "bot", {}),
    "delete_certificate_role": ("cert", "bot"),
}
NAMED = {
    "tune_auth_mount": {"default_lease_ttl": 900, "max_lease_ttl": 3600},
    "write_group": {"policies": ["writer"]},
    "write_enforcement": {"methods": ["method-1"], "groups": ["group-1"]},
    "write_secret": {"cas": 0},
    "write_entity": {"metadata": {}, "disabled": False},
    "wrapped_secret_id": {"wrap_ttl": 60, "settings": {}},
}
ABSENT = {404: {"mount", "auth_mount", "policy", "list_secrets", "secret_metadata", "entities", "entity", "roles"}}
ABSENT[404] |= {"role", "secret_id_accessors", "certificate_role"}
ABSENT[404] |= {"certificate_roles", "login_role", "token", "transit_key", "transit_keys"}
ABSENT[404] |= {"group", "totp_methods", "totp_method", "enforcement"}
ABSENT[403] = {"visible_mount"}
ABSENT[400] = {"mount", "auth_mount", "secret_id_accessors", "token", "enable_audit", "totp_method"}
"""What is not there is None or empty, and what a server will not have is False: no failure."""


def calls_of(port):
    return {name for name, _ in inspect.getmembers(port, inspect.isfunction) if not name.startswith("_")}


def test_these_tests_make_every_call_of_both_ports():
    assert calls_of(BotVault) == {*BOT_CALLS, "health", "close"}
    assert {operation for operation, _ in BOT_CALLS.values()} == {*Operation} - {
        Operation.LIST,
        Operation.DELETE,
    }
    assert calls_of(OperatorVault) == set(OPERATOR_CALLS)


def result_of(call, *arguments, **named):
    """What it returned, or our error; anything else is what these tests look for."""
    try:
        return call(*arguments, **named)
    except VaultBinanceError as error:
        return error


def operator(wire):
    return HvacVault(wire, TOKEN, sleep=lambda _: None)


@each_row(("name", "operation", "arguments"), [(name, *row) for name, row in BOT_CALLS.items()])
def test_every_status_reaches_a_bot_as_the_class_of_the_table(name, operation, arguments):
    for status in STATUSES:
        error = result_of(getattr(HttpVault(Answering(Answer(status, {"errors": [CANARY]}))), name), *arguments)
        assert type(error) is outcome(operation, status)
        assert CANARY not in error.message + error.hint


@each_row(("name", "operation", "arguments"), [(name, *row) for name, row in BOT_CALLS.items()])
def test_an_answer_that_is_not_json_is_transient_or_no_vault(name, operation, arguments):
    """A load balancer's page for 429 or 503 says "later"; for anything else it says that this is no Vault."""
    for status in (*range(200, 300), *STATUSES):
        error = result_of(getattr(HttpVault(Answering(Answer(status, {}, None, is_json=False))), name), *arguments)
        assert type(error) is (VaultUnavailable if status in TRANSIENT else ConfigError)
        assert "initialised" not in error.message


@each_row("name", OPERATOR_CALLS)
@each_row("is_json", [True, False])
def test_no_status_reaches_an_operator_as_anything_but_ours(name, is_json):
    """hvac has classes for ten statuses and UnexpectedError for the others; not one of them gets out."""
    wire = Answering(None)
    call = getattr(operator(wire), name)
    for status in range(300, 600):
        wire.answer, wire.asked = Answer(status, {}, None, is_json=is_json), []
        result = result_of(call, *OPERATOR_CALLS[name], **NAMED.get(name, {}))
        assert wire.asked, "the call did not even reach the wire"
        if name == "health":
            continue
        if status in ABSENT and name in ABSENT[status] and is_json:
            assert not result
            continue
        assert isinstance(result, VaultBinanceError)
        assert result.transient is (status in TRANSIENT)


def test_a_balancers_page_reaches_an_operator_as_it_reaches_a_bot():
    for status in (412, 429, 501, 503):
        error = result_of(operator(Answering(Answer(status, {}, None, is_json=False))).own_token)
        assert type(error) is (ConfigError if status == 501 else VaultUnavailable)
        assert "initialised" not in error.message


def test_an_operator_is_told_to_unseal_only_what_says_that_it_is_sealed():
    error = result_of(operator(Answering(Answer(503, {}))).own_token)
    assert "unseal it" not in error.hint


def hvacs():
    return [cls for _, cls in inspect.getmembers(hvac.exceptions, inspect.isclass) if issubclass(cls, Exception)]


@each_row("cls", hvacs())
def test_each_of_hvacs_exceptions_has_its_place_in_our_table(cls):
    """By the status from which hvac would have made it; those without one come from arguments that we never pass."""
    statuses = [status for status in range(300, 600) if type(hvac.exceptions.VaultError.from_status(status)) is cls]
    without = {"ParamValidationError", "UnsupportedOperation", "VaultError", "UnexpectedError"}
    by_docs = {"PreconditionFailed": [412], "VaultPreconditionFailed": [412]}
    statuses = statuses or by_docs.get(cls.__name__, [])
    assert statuses or cls.__name__ in without, f"hvac has a new exception, {cls.__name__}: what status is it?"
    for status in statuses:
        error = result_of(operator(Answering(Answer(status, {}))).own_token)
        assert type(error) is outcome(Operation.READ, status)


@pytest.mark.parametrize("error", [VaultUnavailable("away"), ConfigError("no TLS")], ids=["away", "no TLS"])
def test_what_the_wire_raises_reaches_the_caller_unchanged(error):
    for name, (_, arguments) in BOT_CALLS.items():
        assert type(result_of(getattr(HttpVault(Answering(error)), name), *arguments)) is type(error)
    for name, arguments in OPERATOR_CALLS.items():
        assert result_of(getattr(operator(Answering(error)), name), *arguments, **NAMED.get(name, {})) is error


# Answers that are JSON, and not Vault's

GARBLED = [
    {},
    {"data": None, "auth": None},
    {"data": [], "auth": []},
    {"data": "text", "auth": 1},
    {"data": {}, "auth": {}},
    {"data": {"data": {}, "metadata": {}}, "auth": {"client_token": ""}},
    {"data": {"data": {}, "metadata": {"version": "one"}}, "auth": {"client_token": None, "lease_duration": 1}},
    {"data": {"ttl": "x", "num_uses": None}, "auth": {"client_token": "t", "lease_duration": None, "renewable": 1}},
    {"data": {"data": {}, "metadata": {"version": float("inf")}}},
    {"auth": {"client_token": "t", "lease_duration": float("inf"), "renewable": True}},
    {"auth": {"client_token": {"a": 1}, "lease_duration": 1, "renewable": True}},
    {"data": {"path": 1, "options": []}},
    {"data": {"path": "kv/", "options": [1], "type": "kv"}},
    {"data": {"path": "kv/", "options": {"version": "2"}}},
    {"lease_id": 1, "lease_duration": 1, "renewable": True},
    {"lease_id": "kv/maker/1", "lease_duration": "x", "renewable": True, "data": {}},
    {"lease_id": "kv/maker/1", "lease_duration": None, "data": {}},
    {"data": {"metadata": [1]}},
    {"data": {"data": {"k": "v"}, "metadata": {"version": 1, "custom_metadata": [1]}}},
    {"data": {"kv/data/maker": 1}},
]


@each_row("body", GARBLED)
@each_row("status", [200, 404])
def test_a_garbled_answer_is_no_vault_and_never_a_key_error(body, status):
    for name, (_, arguments) in BOT_CALLS.items():
        result = result_of(getattr(HttpVault(Answering(Answer(status, body))), name), *arguments)
        assert isinstance(result, (VaultBinanceError, type(None))) or name in {"entity_metadata", "locate"}


LEAVES = st.sampled_from([None, True, False, 0, -1, 10**30, 0.5, float("inf"), float("nan"), "", "x", "1", []])
NAMES = [
    "data",
    "metadata",
    "path",
    "options",
    "ttl",
    "version",
    "destroyed",
    "client_token",
    "lease_duration",
    "lease_id",
    "type",
    "renewable",
]
JSON = LEAVES | st.dictionaries(st.sampled_from(NAMES), LEAVES | st.dictionaries(st.sampled_from(NAMES), LEAVES))


@given(
    st.dictionaries(st.sampled_from(["data", "auth", "wrap_info", "sealed", "lease_id", "lease_duration"]), JSON),
    st.sampled_from([200, 404, 503]),
)
def test_any_json_object_is_an_answer_or_an_error_of_ours(body, status):
    vault = HttpVault(Answering(Answer(status, body)))
    for name, (_, arguments) in BOT_CALLS.items():
        result_of(getattr(vault, name), *arguments)
    result_of(vault.health)


def test_a_garbled_answer_to_an_operator_is_no_vault_and_never_a_key_error():
    for body in GARBLED:
        for name, arguments in OPERATOR_CALLS.items():
            result_of(getattr(operator(Answering(Answer(200, body))), name), *arguments, **NAMED.get(name, {}))


def test_a_login_that_wants_a_second_factor_says_so():
    answer = Answer(
        200, {"auth": {"client_token": "", "lease_duration": 0, "mfa_requirement": {"mfa_request_id": "x"}}}
    )
    with pytest.raises(LoginRefused, match="second factor"):
        HttpVault(Answering(answer)).log_in("mount", PROOF)


# Deleted, destroyed, absent


@each_row(
    ("metadata", "state"),
    [
        ({"version": 3, "deletion_time": "2026-01-02T03:04:05.678Z", "destroyed": False}, "deleted"),
        ({"version": 3, "deletion_time": "2026-01-02T03:04:05.678Z", "destroyed": True}, "destroyed"),
        ({"version": 3, "deletion_time": "", "destroyed": True}, "destroyed"),
        ({"version": 3, "deletion_time": "", "destroyed": False}, "absent"),
        ({}, "absent"),
    ],
)
@each_row("door", ["bot", "operator"])
def test_absent_deleted_and_destroyed_are_told_apart(metadata, state, door):
    wire = Answering(Answer(404, {"data": {"data": None, "metadata": metadata}}))
    bot = door == "bot"
    read = HttpVault(wire).read if bot else operator(wire).read_secret
    with pytest.raises(SecretNotFound) as caught:
        read(*((TOKEN, KvPath("kv/data/maker")) if bot else ("kv", "maker")))
    assert caught.value.state == state
    assert ("version 3" in caught.value.message) is (state != "absent")


# Sealed


class Sealed(Answering):
    def __init__(self, health):
        super().__init__(Answer(503, {}))
        self.health = health

    def send(self, method, path, **_):
        self.asked.append((method, path))
        if path == "sys/health":
            if isinstance(self.health, Exception):
                raise self.health
            return self.health
        return self.answer


@each_row(
    ("health", "sealed"),
    [
        (Answer(503, {"initialized": True, "sealed": True}), True),
        (Answer(200, {"initialized": True, "sealed": False}), False),
        (Answer(503, {}), False),
        (Answer(503, {}, None, is_json=False), False),
        (VaultUnavailable("away"), False),
    ],
    ids=["sealed", "unsealed", "empty", "a balancer's page", "away"],
)
def test_vault_is_called_sealed_only_where_it_says_so_itself(health, sealed):
    """Else a load balancer without a backend would send somebody to unseal a Vault that is not sealed."""
    error = result_of(HttpVault(Sealed(health)).token_info, TOKEN)
    assert ("unseal it" in error.hint) is sealed


def test_closing_the_door_closes_the_wire():
    class Closing(Answering):
        closed = 0

        def close(self):
            self.closed += 1

    wire = Closing(None)
    HttpVault(wire).close()
    assert (wire.closed, wire.asked) == (1, [])


def test_without_asking_why_a_call_is_one_request():
    """The lease machine counts its calls while Vault is away."""
    wire = Sealed(Answer(503, {"sealed": True}))
    error = result_of(HttpVault(wire, ask_why=False).token_info, TOKEN)
    assert (type(error), len(wire.asked)) == (VaultUnavailable, 1)
    assert "unseal it" not in error.hint


@each_row(
    ("answer", "expected"),
    [
        (Answer(200, {}, None, is_json=False), ConfigError),
        (Answer(200, {"status": "ok"}), ConfigError),
        (Answer(502, {}, None, is_json=False), VaultUnavailable),
        (Answer(503, {}), VaultUnavailable),
    ],
)
def test_what_is_no_health_is_no_health_and_not_a_sealed_vault(answer, expected):
    assert type(result_of(HttpVault(Answering(answer)).health)) is expected


@each_row("status", [200, 429, 472, 473, 501, 503])
def test_every_status_of_health_is_an_answer(status):
    body = {"initialized": status != 501, "sealed": status == 503, "standby": status == 429, "version": "1.21.1"}
    health = HttpVault(Answering(Answer(status, body))).health()
    assert (health.initialized, health.sealed, health.standby) == (status != 501, status == 503, status == 429)


# What a read hands on


def test_every_text_of_a_secret_is_redacted_however_deep():
    fields = {"a": CANARY, "b": {"c": CANARY, "d": [CANARY, {"e": CANARY}]}, "n": 1, "f": None}
    bodies = {2: {"data": {"data": fields, "metadata": {"version": 3}}}, 1: {"data": fields}}
    for version, body in bodies.items():
        secret = HttpVault(Answering(Answer(200, body))).read(TOKEN, KvPath("kv/data/maker", version))
        assert CANARY not in repr(secret)
        assert secret.fields["b"]["d"][1]["e"].reveal() == CANARY
        assert secret.fields["n"] == 1
        assert secret.lease is None


LEASED = MappingProxyType({"lease_id": f"db/creds/x/{CANARY}", "lease_duration": 60, "renewable": True})


@pytest.mark.parametrize(("version", "leased"), [(0, True), (1, True), (2, False)])
def test_a_read_tells_its_lease_where_the_engine_gives_one(version, leased):
    data = {"data": {}, "metadata": {"version": 3}} if version == 2 else {"password": CANARY}
    secret = HttpVault(Answering(Answer(200, {"data": data, **LEASED}))).read(TOKEN, KvPath("db/creds/x", version))
    expected = SecretLease(Redacted(LEASED["lease_id"]), 60, renewable=True)
    assert secret.lease == (expected if leased else None)
    assert CANARY not in repr(secret)


def test_a_renewed_lease_is_told_and_the_secret_that_comes_with_it_is_not():
    """On KV v1 with leased_passthrough the answer carries the secret, to whoever knows the lease id."""
    wire = Answering(Answer(200, {"data": {"api_secret": CANARY}, **LEASED}))
    renewed = HttpVault(wire).renew_secret(TOKEN, Redacted(LEASED["lease_id"]))
    assert renewed == SecretLease(Redacted(LEASED["lease_id"]), 60, renewable=True)
    assert wire.asked == [("PUT", "sys/leases/renew")]


def test_a_renewal_that_is_empty_says_that_the_secret_is_gone():
    error = result_of(HttpVault(Answering(Answer(204, {}))).renew_secret, TOKEN, Redacted("kv/maker/1"))
    assert (type(error), error.reason) == (LeaseEnded, "not-renewable")


def test_revoking_a_lease_gives_nothing_back():
    wire = Answering(Answer(204, {}))
    assert HttpVault(wire).revoke_secret(TOKEN, Redacted("kv/maker/1")) is None
    assert wire.asked == [("PUT", "sys/leases/revoke")]


@each_row(
    ("kind", "options", "expected"),
    [
        ("kv", {"version": "2"}, KvPath("kv/data/team/maker")),
        ("kv", {"version": "2", "leased_passthrough": "true"}, KvPath("kv/data/team/maker")),
        ("kv", {"version": "1"}, KvPath("kv/team/maker", 1)),
        ("kv", {"version": "1", "leased_passthrough": "TRUE"}, KvPath("kv/team/maker", 1)),
        ("kv", {}, KvPath("kv/team/maker", 1)),
        ("kv", None, KvPath("kv/team/maker", 1)),
        ("generic", {}, KvPath("kv/team/maker", 1)),
        ("pki", {}, KvPath("kv/team/maker", 0)),
        ("vault-plugin-secrets-binance", None, KvPath("kv/team/maker", 0)),
    ],
)
def test_a_path_is_located_by_what_vault_says_of_its_mount(kind, options, expected):
    """What the options mean was measured on Vault 1.21.1: only `true` in small letters switches leases on."""
    answer = Answer(200, {"data": {"path": "kv/", "type": kind, "options": options}})
    assert HttpVault(Answering(answer)).locate(TOKEN, "kv/team/maker") == expected


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("kv", {"leased_passthrough": "true"}),
        ("kv", {"version": "1", "leased_passthrough": "true"}),
        ("generic", {"leased_passthrough": "true"}),
    ],
)
def test_a_mount_whose_leases_give_the_secret_away_is_refused(kind, options):
    answer = Answer(200, {"data": {"path": "kv/", "type": kind, "options": options}})
    error = result_of(HttpVault(Answering(answer)).locate, TOKEN, "kv/team/maker")
    assert type(error) is ConfigError
    assert "whoever learns a lease id" in error.message
    assert "KV v2" in error.hint


def test_a_path_that_is_a_whole_mount_is_refused():
    answer = Answer(200, {"data": {"path": "kv/", "type": "kv", "options": {"version": "2"}}})
    assert type(result_of(HttpVault(Answering(answer)).locate, TOKEN, "kv")) is ConfigError
    assert HttpVault(Answering(answer)).locate(TOKEN, "kv/team/maker") == KvPath("kv/data/team/maker")


# The wire: everything that http.client, socket and ssl raise


def subclasses(cls):
    return {cls} | {found for child in cls.__subclasses__() for found in subclasses(child)}


def made(cls):
    """One of `cls`, whatever it wants to be made of."""
    for arguments in (
        ("x",),
        (),
        ("x", "y"),
        (5, "x"),
        ("x", 0, 1, "x"),
        ("utf-8", b"x", 0, 1, "x"),
        ("utf-8", "x", 0, 1, "x"),
    ):
        try:
            return cls(*arguments)
        except TypeError:
            continue
    return None


RAISED = sorted(
    (
        cls
        for base in (OSError, http.client.HTTPException, ValueError, OverflowError)
        for cls in subclasses(base)
        if cls.__module__ in {"builtins", "http.client", "socket", "ssl", "select", "encodings"}
    ),
    key=lambda cls: cls.__name__,
)


class Failing:
    """A connection on which one step raises, and the socket under it."""

    def __init__(self, error, step):
        self._error, self._step = error, step
        self.closed = False

    def request(self, *_):
        if self._step == "request":
            raise self._error

    def getresponse(self):
        if self._step == "getresponse":
            raise self._error
        return self

    @property
    def sock(self):
        return self

    def settimeout(self, seconds):
        assert seconds > 0

    status, length, chunked, will_close, headers = 200, None, False, True, MappingProxyType({})

    def read1(self, _):
        raise self._error

    def close(self):
        self.closed = True


def failed(error, step="request"):
    wire = Wire(Config(Address("https", "vault", 8200), timeout=0))
    connection = Failing(error, step)
    wire._connect = lambda _: connection
    with pytest.raises(VaultBinanceError) as caught:
        wire.send("POST", "auth/approle/login", body=Hidden(secret_id=CANARY), token=TOKEN)
    assert connection.closed
    return caught.value


def test_the_list_of_exceptions_is_not_empty_and_has_the_well_known_ones():
    assert len(RAISED) > 35
    assert {socket.gaierror, ssl.SSLEOFError, http.client.RemoteDisconnected, UnicodeError, TimeoutError} <= set(RAISED)
    assert all(made(cls) for cls in RAISED)


@each_row("step", ["request", "getresponse", "read1"])
@each_row("cls", RAISED)
def test_whatever_the_network_raises_is_an_error_of_ours(cls, step):
    error = failed(made(cls), step)
    assert type(error) in {VaultUnavailable, ConfigError}
    permanent = {ssl.SSLError, ssl.SSLCertVerificationError}
    expected = cls in permanent or not issubclass(cls, (OSError, http.client.HTTPException))
    assert (type(error) is ConfigError) is expected
    assert error.hint


def test_an_error_that_quotes_the_token_is_not_shown_nor_chained():
    error = failed(ValueError(f"Invalid header value b'{CANARY}'"))
    assert error.__cause__ is None
    assert error.__context__ is None
    assert CANARY not in locals_shown(error) + error.hint


@each_row("step", ["request", "getresponse", "read1"])
@each_row("kind", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interrupted_exchange_is_not_swallowed_and_leaves_no_half_used_connection(kind, step):
    wire = Wire(Config(Address("http", "vault", 8200)))
    connection = Failing(kind(), step)
    wire._connect = lambda _: connection
    with pytest.raises(kind):
        wire.send("GET", "sys/health")
    assert connection.closed
    assert wire._connection is None


@each_row("raw", [b"{", b"[1]", b"null", b'"x"', b"\xff\xfe", b"<html>", b"[" * 100_000, b"1" * 5000])
def test_a_body_that_is_no_json_object_says_so(raw):
    class Body(Failing):
        def __init__(self):
            super().__init__(None, None)
            self.pieces = [raw, b""]

        def read1(self, _):
            return self.pieces.pop(0)

    wire = Wire(Config(Address("http", "vault", 8200), timeout=0))
    wire._connect = lambda _: Body()
    assert wire.send("GET", "sys/health") == Answer(200, {}, None, is_json=False)


def test_an_answer_never_shows_its_body():
    answer = Answer(200, json.loads(f'{{"data": {{"k": "{CANARY}"}}}}'))
    assert CANARY not in repr(answer)


def locals_shown(error):
    """The error as a tracker would show it, with the variables of our frames; those of the test know the secret."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in shown.stack if "/vault_binance/" in frame.filename]
    return "".join(shown.format_exception_only()) + str([frame.locals for frame in ours])


@each_row("name", BOT_CALLS)
@each_row("failing", ["request", "getresponse", "read1"])
def test_an_error_trackers_variables_show_no_secret_that_was_sent(name, failing):
    """Sentry and its like send the variables of every frame along."""
    wire = Wire(Config(Address("http", "vault", 8200), token=TOKEN, timeout=0))
    wire._connect = lambda _: Failing(ConnectionResetError("reset"), failing)
    _, arguments = BOT_CALLS[name]
    error = result_of(getattr(HttpVault(wire), name), *arguments)
    assert type(error) is VaultUnavailable
    assert "self" in locals_shown(error)
    assert CANARY not in locals_shown(error)


@each_row("name", BOT_CALLS)
@each_row("status", [200, 400, 403, 404, 503])
def test_an_error_trackers_variables_show_no_secret_that_was_answered(name, status):
    raw = json.dumps({"data": {"a": CANARY, "b": {"c": CANARY}}, "auth": {"client_token": 1, "x": CANARY}}).encode()

    class Body(Failing):
        def __init__(self):
            super().__init__(None, None)
            self.status, self.pieces = status, [raw, b""]

        def read1(self, _):
            return self.pieces.pop(0)

    wire = Wire(Config(Address("http", "vault", 8200), timeout=0))
    wire._connect = lambda _: Body()
    _, arguments = BOT_CALLS[name]
    error = result_of(getattr(HttpVault(wire), name), *arguments)
    if isinstance(error, VaultBinanceError):
        assert CANARY not in locals_shown(error)
