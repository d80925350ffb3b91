"""What is decided about people without any Vault: which claim is a second factor, which factor is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rows import each_row
from vault_binance.errors import ConfigError, LoginRefused
from vault_binance.layout import OPERATOR_ROLES, Layout
from vault_binance.ops.identity_provider import insisted_on
from vault_binance.ops.login import chosen, log_in, password_path
from vault_binance.ops.people import Login
from vault_binance.ops.policy_texts import OPERATOR, render
from vault_binance.policy.text import parse_policy
from vault_binance.redacted import Redacted
from vault_binance.vault.login_port import Demand, Factor

TOTP, OTHER, DUO = Factor("t", "totp", True), Factor("o", "totp", True), Factor("d", "duo", False)


@each_row(
    ("settings", "claim"),
    [
        ({"bound_claims": {"amr": ["mfa"]}}, "amr mfa"),
        ({"bound_claims": {"amr": "otp"}}, "amr otp"),
        ({"bound_claims": {"/amr": ["hwk", "mfa"]}}, "amr hwk or mfa"),
        ({"bound_claims": {"acr": "urn:example:strong"}}, "acr urn:example:strong"),
        ({"bound_claims": {"x": "y", "acr": ["2"]}}, "acr 2"),
        ({"bound_claims": {"amr": ["pwd", "mfa"]}}, ""),
        ({"bound_claims": {"amr": []}}, ""),
        ({"bound_claims": {"amr": ""}}, ""),
        ({"bound_claims": {"amr": ["mfa*"]}, "bound_claims_type": "glob"}, ""),
        ({"bound_claims": {"acr": "*"}, "bound_claims_type": "glob"}, ""),
        ({"bound_claims": {"acr": ["x", "*"]}, "bound_claims_type": "glob"}, ""),
        ({"bound_claims": {"groups": ["mfa"]}}, ""),
        ({"bound_claims": None}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_a_login_role_insists_on_a_second_factor_or_does_not(settings: dict[str, Any], claim: str) -> None:
    assert insisted_on(settings) == claim


def test_of_the_methods_that_would_do_an_authenticator_is_asked_and_once() -> None:
    demand = Demand(Redacted("r"), {"a": (DUO, TOTP), "b": (OTHER, TOTP), "c": (DUO,)})
    assert chosen(demand) == {"a": TOTP, "c": DUO}


class Vault:
    """Answers a login with a demand, and takes one set of codes."""

    def __init__(self, demand: Demand, right: dict[str, str | None]) -> None:
        self.demand, self.right, self.asked = demand, right, 0

    def log_in(self, path: str, proof: object) -> Demand:
        return self.demand

    def answer(self, demand: Demand, codes: dict[str, Redacted | None]) -> Redacted | None:
        self.asked += 1
        typed = {method: code.reveal() if code else None for method, code in codes.items()}
        return Redacted("token") if typed == self.right else None

    def holder(self, token: Redacted) -> None: ...
    def revoke(self, token: Redacted) -> bool:
        return True


def test_a_push_is_waited_for_and_not_repeated() -> None:
    vault = Vault(Demand(Redacted("r"), {"a": (DUO,)}), {"d": None})
    assert log_in(vault, "p", {}, lambda *_: pytest.fail("nothing to type")) == Redacted("token")  # type: ignore[arg-type]
    refusing = Vault(vault.demand, {"d": "never"})
    with pytest.raises(LoginRefused, match="was not confirmed"):
        log_in(refusing, "p", {}, lambda *_: pytest.fail("nothing to type"))  # type: ignore[arg-type]
    assert refusing.asked == 1


def test_two_enforcements_are_both_answered() -> None:
    vault = Vault(Demand(Redacted("r"), {"a": (TOTP,), "b": (DUO,)}), {"t": "1", "d": None})
    assert log_in(vault, "p", {}, lambda name, tried: Redacted("1")) == Redacted("token")  # type: ignore[arg-type]


@each_row("name", ["", "a/b", "a?b", "a#b", "a b", "a\tb", "x" * 257, "a\u200b"])
def test_a_name_that_would_be_another_path_is_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        password_path("userpass", name)


@each_row(("name", "mount"), [("", "x"), ("x" * 513, "x"), ("a\x1b", "x"), ("a", ""), ("a", "a b")])
def test_a_login_that_nobody_has_is_refused(name: str, mount: str) -> None:
    with pytest.raises(ConfigError):
        Login(name, mount)


def test_the_printed_policy_is_for_one_role_one_person_and_one_method() -> None:
    names = {"login_name": "alice@example.com", "login_mount": "corp.oidc", "login_accessor": "auth_oidc_1"}
    names |= {"given_role": "writer", "person_id": "id-1", "method_id": "m-1", "idp_role": "Staff"}
    rules = parse_policy(OPERATOR, render(OPERATOR, Layout("desk"), **names)).rules
    writing = [rule.path for rule in rules if "update" in rule.capabilities]
    assert writing == [
        "identity/group/name/desk-writer",
        "identity/lookup/entity",
        "identity/entity-alias",
        "identity/mfa/method/totp/admin-generate",
        "identity/mfa/method/totp/admin-destroy",
    ]
    assert {rule.path for rule in rules} >= {f"identity/group/name/desk-{role}" for role in OPERATOR_ROLES}


@each_row("name", ["login_name", "login_mount", "login_accessor", "person_id", "method_id", "idp_role"])
@each_row("value", ['a"', "a*", "*", "+", "a,b", "${x}", "", "a\n", "a//b", "../a"])
def test_no_value_of_it_can_be_policy(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"cannot stand in a policy as {name}"):
        render(OPERATOR, Layout(), **{name: value})
