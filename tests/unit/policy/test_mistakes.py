"""Policies that Vault takes and that do not say what they seem to."""

from __future__ import annotations

from tests.rows import each_row
from vault_binance.policy.mistakes import mistakes
from vault_binance.policy.text import parse_policy


def found(*texts: str, kv: tuple[str, ...] = ()) -> list[tuple[str, int, str]]:
    policies = [parse_policy(f"p{number}", text) for number, text in enumerate(texts)]
    return [(one.severity.name, one.line, one.says) for one in mistakes(policies, kv)]


def rule(path: str, *granted: str, rest: str = "") -> str:
    words = ", ".join(f'"{word}"' for word in granted or ("read",))
    return f'path "{path}" {{ capabilities = [{words}]\n{rest} }}\n'


KV = rule("kv/data/known/+", "read")
HIGH, LOW = "HIGH", "LOW"


@each_row(
    ("text", "severity", "said"),
    [
        (rule("secret/*/x"), HIGH, "a * that is not the last character is a letter"),
        (rule("secret/**"), HIGH, "is a letter"),
        (rule("a/+b"), HIGH, "a + beside other letters"),
        (rule("a/b+/c"), HIGH, "a + beside other letters"),
        (rule("a/${mount}/c"), HIGH, "never rendered"),
        (rule("a/%{ if x }/c"), HIGH, "never rendered"),
        (rule("a/b "), HIGH, "white space"),
        (rule("a/b\\t"), HIGH, "white space"),
        (rule("v1/a"), HIGH, "does not begin with v1/"),
        (rule("/v1/a"), HIGH, "does not begin with v1/"),
        (rule("/sys/policies/acl/*", "update"), HIGH, "every right"),
        (KV + rule("/kv/a"), HIGH, "without data/ or metadata/"),
        (rule("a/m\u00fcller"), LOW, "beyond ASCII"),
        ('path "a" {}', LOW, "without capabilities"),
        (rule("sys/policies/acl/*", "update"), HIGH, "every right"),
        (rule("*", "create"), HIGH, "every right"),
        (rule("sys/+/acl/+", "update"), HIGH, "every right"),
        (KV + rule("kv/a"), HIGH, "without data/ or metadata/"),
        (KV + rule("kv/data/*", "read", "list"), HIGH, "list means nothing on data/"),
        (KV + rule("kv/data/a", "update", "create", rest='denied_parameters = { "x" = [] }'), HIGH, "are not seen"),
        (KV + rule("kv/data/a", "create"), LOW, "create without update"),
        (KV + rule("kv/data/a", "update"), LOW, "update without create"),
        (rule("a", "update", rest='allowed_parameters = { "*" = ["x"] }'), HIGH, "is taken as []"),
        (rule("a", "update", rest='denied_parameters = { "x" = [1] }'), HIGH, "a number is equal to nothing"),
        (rule("a", "update", rest='denied_parameters = { "x" = ["a*b"] }'), HIGH, "in the middle of a value"),
        (rule("a", "update", rest='allowed_parameters = { "x" = ["a"] }'), LOW, "pass every list"),
        (rule("a/*", "read", "list") + rule("a/b"), LOW, "list of a/* (p0:1) is not added"),
        (rule("a/*", "deny") + rule("a/b"), LOW, "the deny on a/* (p0:1) does not reach it"),
        (rule("a/b/*") + rule("a/+/c", "deny"), LOW, "it does not count for a/b/c: a/b/* (p0:1) is the better"),
        (rule("a/*") + rule("+/b", "deny"), LOW, "it does not count for a/b: a/* (p0:1) is the better"),
        (rule("a") + rule("a", "deny"), HIGH, "nothing is left of it: p0:3 denies the same path"),
    ],
)
def test_a_mistake_is_told(text: str, severity: str, said: str) -> None:
    assert any(one[0] == severity and said in one[2] for one in found(text)), found(text)


@each_row(
    "text",
    [
        rule("secret/+/x") + rule("a/*") + rule("a/+/*"),
        rule("a/b", "deny") + rule("a/*"),
        rule("kv/metadata/a/", "list") + rule("kv/metadata/a/+", "read"),
        rule("kv/data/a", "create", "update") + rule("kv/+/b") + rule("other/*", "deny"),
        rule("a", "update", rest='allowed_parameters = { "x" = ["a", "b*"] }\ndenied_parameters = { "x" = ["", []] }'),
        rule("a/{{identity.groups.names.my team.id}}"),
        rule("sys/policies/acl/*", "read"),
        rule("a/+/*") + rule("a/+/+", "read", "list"),
        rule("a/+/c") + rule("b/*", "list"),
        rule("auth/x/role/data/+") + rule("auth/x/login", "update"),
    ],
)
def test_what_may_well_be_meant_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_mounts_can_be_named_and_policies_are_judged_together() -> None:
    assert found(rule("kv/a")) == []
    assert [one[0] for one in found(rule("kv/a"), kv=("kv",))] == [HIGH]
    assert [one[1] for one in found(rule("a"), rule("a", "deny"))] == [1]
