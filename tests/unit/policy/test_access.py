"""Vault's access rules: what the contract test cannot aim at, and the cases that surprise."""

from __future__ import annotations

import pytest

from tests.rows import each_row
from vault_binance.errors import ConfigError
from vault_binance.policy.access import Access, Policy, Request, Rule, allows, capabilities
from vault_binance.policy.subject import Subject
from vault_binance.policy.text import duration, parse_policy

BOT = Subject("e-1", "binance-bot-1", {"binance_credential": "market-maker-1", "star": "*", "plus": "+", "empty": ""})


def policy(text: str) -> Policy:
    return parse_policy("p", text)


def read(path: str) -> str:
    return f'path "{path}" {{ capabilities = ["read"] }}\n'


def may_write(rule: str, *bodies: dict[str, object]) -> list[bool]:
    held = [policy(f'path "a" {{ capabilities = ["update"]\n{rule} }}')]
    return [allows(held, None, Request("a", "update", body)) for body in bodies]


class TestPaths:
    @each_row(
        ("pattern", "matching", "others"),
        [
            ("a/b", ["a/b", "/a/b"], ["a", "a/b/c", "a/bc"]),
            ("a/b*", ["a/b", "a/bc", "a/b/c"], ["a/c", "a/"]),
            ("a/+/c", ["a/b/c", "a//c"], ["a/b/b/c", "a/b/cc", "a/c"]),
            ("+/+", ["a/b", "a/"], ["a", "a/b/c"]),
            ("a/+/c*", ["a/b/c", "a/b/cc", "a/b/cc/d"], ["a/c", "a/b/d", "a/b"]),
            ("a/+b", ["a/+b"], ["a/bb", "a/b"]),
            ("a*b", ["a*b"], ["ab", "axb"]),
        ],
    )
    def test_match_as_in_vault(self, pattern: str, matching: list[str], others: list[str]) -> None:
        held = [policy(read(pattern))]
        assert [path for path in matching + others if allows(held, None, Request(path, "read"))] == matching

    @each_row(
        ("better", "worse", "path"),
        [
            ("a/b", "a/*", "a/b"),
            ("a/b*", "a/*", "a/bc"),
            ("a/*", "+/b", "a/b"),
            ("a/+/c", "a/+/*", "a/b/c"),
            ("a/*", "a/+/+/*", "a/b/c/d"),
            ("a/+/c*", "a/+/*", "a/b/cc"),
            ("a/b/+/d", "a/+/c/d", "a/b/c/d"),
        ],
    )
    def test_only_the_best_pattern_counts(self, better: str, worse: str, path: str) -> None:
        held = [policy(read(worse)), policy(f'path "{better}" {{ capabilities = ["list"] }}')]
        assert capabilities(held, None, path) == ("list",)

    def test_the_same_pattern_in_several_policies_adds_up_unless_it_is_denied(self) -> None:
        one, two = policy(read("a")), policy('path "a" { capabilities = ["update", "list"] }')
        denied = policy('path "a" { capabilities = ["deny", "sudo"] }')
        assert capabilities([one, two], None, "a") == ("list", "read", "update")
        assert capabilities([one, denied, two], None, "a") == ("deny",)
        assert capabilities([], None, "a") == capabilities([policy('path "a" {}')], None, "a") == ("deny",)

    def test_listing_a_folder_is_taken_for_listing_its_name_where_no_exact_rule_says_otherwise(self) -> None:
        """So the wider pattern wins there; measured on Vault 1.21.1."""
        wide = policy(read("a/*"))
        narrow = policy('path "a/b/*" { capabilities = ["list"] }')
        exact = policy('path "a/b/" { capabilities = ["list"] }')
        assert not allows([wide, narrow], None, Request("a/b/", "list"))
        assert allows([narrow], None, Request("a/b/", "list"))
        assert allows([wide, exact], None, Request("a/b/", "list"))
        assert allows([wide, narrow], None, Request("a/b/c/", "list"))

    def test_root_may_everything(self) -> None:
        assert capabilities([Policy("root")], None, "any") == ("root",)
        assert allows([Policy("root")], None, Request("any", "sudo"))
        assert Access([Policy("root")]).reaches("any/")


class TestTemplates:
    def test_are_filled_from_the_entity(self) -> None:
        held = [
            policy(read("id/{{identity.entity.id}}") + read("x/{{ identity.entity.metadata.binance_credential }}/y"))
        ]
        assert allows(held, BOT, Request("id/e-1", "read"))
        assert allows(held, BOT, Request("x/market-maker-1/y", "read"))
        assert not allows(held, BOT, Request("x/market-maker-2/y", "read"))

    def test_without_the_property_grant_nothing(self) -> None:
        held = [policy(read("a/{{identity.entity.metadata.none}}*"))]
        assert not allows(held, BOT, Request("a/", "read"))
        assert not allows(held, None, Request("a/", "read"))

    def test_take_wildcards_and_emptiness_from_metadata_as_they_are(self) -> None:
        held = (
            policy(read("a/{{identity.entity.metadata.star}}")),
            policy(read("b/{{identity.entity.metadata.plus}}/c")),
        )
        assert allows(held, BOT, Request("a/any/thing", "read"))
        assert allows(held, BOT, Request("b/any/c", "read"))
        assert allows([policy(read("a/{{identity.entity.metadata.empty}}*"))], BOT, Request("a/any", "read"))

    def test_that_become_no_pattern_refuse_everything(self) -> None:
        held = [policy(read("a/{{identity.entity.metadata.plus}}*") + read("b"))]
        assert Access(held, BOT).broken
        assert capabilities(held, BOT, "b") == ("deny",)
        assert not allows(held, BOT, Request("b", "read"))
        assert allows(held, Subject("e-2", "n", {"plus": "p"}), Request("b", "read"))


class TestParameters:
    def test_allowed_are_the_only_ones(self) -> None:
        rule = 'allowed_parameters = { "a" = ["x", "p*", true] "B" = [] }'
        bodies = [{"a": "x"}, {"A": "pq"}, {"a": True}, {"b": 1}, {}]
        assert all(may_write(rule, *bodies))
        assert not any(may_write(rule, {"a": "y"}, {"c": "x"}, {"a": None}, {"a": "x", "c": "x"}, {"a": {}}))

    def test_star_stands_for_all_others_whatever_its_values(self) -> None:
        assert may_write('allowed_parameters = { "*" = ["x"] "a" = ["x"] }', {"b": "y"}, {"a": "y"}) == [True, False]

    def test_denied_go_first(self) -> None:
        rule = 'denied_parameters = { "a" = ["x"] "b" = [] } allowed_parameters = { "*" = [] }'
        assert may_write(rule, {"a": "x"}, {"a": "y"}, {"b": 1}, {"c": 1}) == [False, True, False, True]
        assert not any(may_write('denied_parameters = { "*" = ["x"] }', {"c": "y"}))

    def test_of_lists_count_one_by_one_and_text_is_a_list_at_its_commas(self) -> None:
        allowed, denied = 'allowed_parameters = { "a" = ["x", "y"] }', 'denied_parameters = { "a" = ["x", "y"] }'
        bodies = [{"a": ["x", "y"]}, {"a": "y, x"}, {"a": []}, {"a": ["x", "z"]}, {"a": "x,z"}]
        assert may_write(allowed, *bodies) == [True, True, True, False, False]
        assert may_write(denied, *bodies) == [False, False, True, False, False]

    def test_that_are_numbers_never_match(self) -> None:
        """Measured on Vault 1.21.1: a number that is denied passes, one that is allowed does not."""
        assert may_write('denied_parameters = { "a" = [1, true] }', {"a": 1}, {"a": 1.0}, {"a": True}) == [
            True,
            True,
            False,
        ]
        assert may_write('allowed_parameters = { "a" = [1, ["x", 1]] }', {"a": 1}, {"a": ["x", 1]}) == [False, False]

    def test_have_one_star_at_either_end_or_both(self) -> None:
        for pattern, matched in (("x*", "xy"), ("*x", "yx"), ("*x*", "yxy")):
            rule = f'denied_parameters = {{ "a" = ["{pattern}"] }}'
            assert may_write(rule, {"a": matched}, {"a": "x"}, {"a": "y"}) == [False, False, True]
        assert may_write('denied_parameters = { "a" = ["*", "x*y"] }', {"a": "*"}, {"a": "z"}, {"a": "xzy"}) == [
            False,
            True,
            True,
        ]

    def test_that_are_required_must_be_there_in_lower_case(self) -> None:
        assert may_write('required_parameters = ["A"]', {"a": ""}, {"A": "x"}, {}) == [True, False, False]

    def test_are_not_looked_at_when_deleting_and_listing(self) -> None:
        held = [policy('path "a" { capabilities = ["delete", "list", "read"] required_parameters = ["x"] }')]
        assert [allows(held, None, Request("a", name)) for name in ("delete", "list", "read")] == [True, True, False]

    def test_of_two_stanzas_are_united(self) -> None:
        one = policy('path "a" { capabilities = ["update"] allowed_parameters = { "x" = ["1"] "y" = ["1"] } }')
        two = policy('path "a" { capabilities = ["read"] allowed_parameters = { "x" = ["2"] "y" = [] "z" = ["3"] } }')
        bodies = [{"x": "1"}, {"x": "2"}, {"y": "9"}, {"z": "3"}, {"z": "4"}]
        assert [allows([one, two], None, Request("a", "update", body)) for body in bodies] == [True] * 4 + [False]


def test_wrapping_is_required_and_bounded() -> None:
    held = [policy('path "a" { capabilities = ["update"] min_wrapping_ttl = "1m" max_wrapping_ttl = "1h30m" }')]
    allowed = [allows(held, None, Request("a", "update", wrap_ttl=ttl)) for ttl in (0, 59, 60, 5400, 5401)]
    assert allowed == [False, False, True, True, False]
    held.append(policy('path "a" { capabilities = ["update"] min_wrapping_ttl = 30 }'))
    assert allows(held, None, Request("a", "update", wrap_ttl=30))


@each_row(
    ("rules", "reached"),
    [
        (read("kv/data/a"), True),
        (read("kv/*"), True),
        (read("k*"), True),
        (read("+/data/a"), True),
        (read("+/data/*"), True),
        (read("other/*"), False),
        (read("kv2/a"), False),
        (read("+"), True),
        (read("+/+"), True),
        ('path "kv/*" { capabilities = ["deny"] }', True),
        ('path "kv/*" { capabilities = ["deny"] }' + read("a/+"), False),
        ('path "kv/a" { capabilities = ["deny"] }', False),
        ('path "kv/a" { }', False),
    ],
)
def test_a_mount_is_seen_by_who_is_granted_anything_on_it(rules: str, reached: bool) -> None:
    assert Access([policy(rules)]).reaches("kv/") is reached


class TestText:
    def test_may_have_comments_commas_and_both_ways_to_open_a_block(self) -> None:
        text = """
        # one
        path "a" /* two */ { // three
          capabilities = ["read", "list",],
          allowed_parameters { x = [1.5, [], ["y", true]], "Z" = [] }
        }
        """
        assert policy(text) == Policy(
            "p", (Rule("a", frozenset({"read", "list"}), {"x": (1.5, [], ["y", True]), "z": ()}),)
        )
        assert policy("") == Policy("p")
        assert policy('path "\\u0061\\t" {}').rules[0].path == "a\t"

    @each_row(
        ("text", "line", "said"),
        [
            ('path "a" { capabilities = ["fly"] }', 1, "'fly' is no capability"),
            ('path "a" {\n\n  nope = 1 }', 3, "'nope' is unknown here"),
            ('path "a" { policy = "write" }', 1, "'policy' is unknown here"),
            ('path "a" { capabilities = ["read"]\ncapabilities = ["list"] }', 2, "set twice"),
            ('path "a" { capabilities = [1] }', 1, "is no text"),
            ('path "a" { capabilities = "read" }', 1, "'[' was expected"),
            ('path "a" { capabilities = ["read" "list"] }', 1, "',' was expected"),
            ('path "a" { capabilities = [read] }', 1, "a value was expected"),
            ('path "a" { capabilities = ["read"]', 1, "a name was expected, not 'the end'"),
            ('path "a" { 1 = [] }', 1, "a name was expected"),
            ('path "a" { min_wrapping_ttl = "soon" }', 1, "no duration"),
            ('path "a" { min_wrapping_ttl = "2h" max_wrapping_ttl = "1h" }', 1, "less than"),
            ('path "a/+*" { }', 1, "no pattern"),
            ('path "{{identity.entity.name" { }', 1, "template"),
            ('path "{{identity.groups.names.x}}" { }', 1, "grant nothing"),
            ('path "{{identity.entity.nmae}}" { }', 1, "grant nothing"),
            ('path "{{identity.entity.aliases.name}}" { }', 1, "grant nothing"),
            ('path "a/{{ {{identity.entity.id}} }}" { }', 1, "is unbalanced"),
            ('path "a}}" { }', 1, "is unbalanced"),
            ('path "a/${x" { }', 1, "${ in "),
            ("# \0", 1, "no Vault"),
            ('path "a" { }\n# \ue123', 2, "no Vault"),
            ('\ufeffpath "a" { }', 1, "byte order mark"),
            ("path \u201ca\u201d { }", 1, "curved quote"),
            ('path\u00a0"a" { }', 1, "does not break"),
            ('path "a\\/b" { }', 1, "escape"),
            ('path "a\\ud800" { }', 1, "escape"),
            ('path "a" { capabilities = ["Read"] }', 1, "'Read' is no capability"),
            ("path a { }", 1, "text in quotes was expected"),
            ('path "a\\q" { }', 1, "escape"),
            ("\n\npolicy", 3, "'path' was expected"),
            ("\npath 'a' { }", 2, "was not expected"),
            ("path", 1, "text in quotes was expected, not 'the end'"),
        ],
    )
    def test_that_is_wrong_is_told_with_its_line(self, text: str, line: int, said: str) -> None:
        with pytest.raises(ConfigError) as error:
            parse_policy("reader", text)
        assert error.value.message.startswith(f"policy reader, line {line}: ")
        assert said in error.value.message

    def test_durations_are_seconds(self) -> None:
        given = [60, "60", "1.5", "90s", "1h30m", "30d", "250ms"]
        assert [duration(value) for value in given] == [60, 60, 1.5, 90, 5400, 2592000, 0.25]
        for wrong in ("", "h", "1h 30m", "1w", "-1", None):
            with pytest.raises(ValueError, match="no duration"):
                duration(wrong)
