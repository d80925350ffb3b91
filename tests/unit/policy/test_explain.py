"""Why a rule decides and the others do not, and what may have been meant where none matches."""

from __future__ import annotations

from tests.rows import each_row
from vault_binance.policy.access import Access, Policy
from vault_binance.policy.explain import bounds, explained
from vault_binance.policy.subject import Named, Subject, filled
from vault_binance.policy.text import parse_policy


def access(*paths: str, subject: Subject | None = None, granted: str = "read") -> Access:
    text = "\n".join(f'path "{path}" {{ capabilities = ["{granted}"] }}' for path in paths)
    return Access([parse_policy("p", text)], subject)


@each_row(
    ("loser", "winner", "path", "why"),
    [
        ("a/*", "a/b", "a/b", "it is a pattern, beside an exact path"),
        ("a", "a/", "a/", "it lacks the slash at the end"),
        ("+/b", "a/*", "a/b", "its first wildcard stands earlier"),
        ("a/*", "a/b*", "a/bc", "its first wildcard stands earlier"),
        ("a/+*".replace("+*", "+/*"), "a/+/c", "a/b/c", "it ends in *"),
        ("a/+/+/*", "a/*", "a/b/c/d", "it has more +"),
        ("a/+/*", "a/+/c*", "a/b/cd", "it is shorter"),
        ("a/b/*", "a/*", "a/b/", "a list is looked up without its slash first"),
    ],
)
def test_a_rule_that_lost_is_told_why(loser: str, winner: str, path: str, why: str) -> None:
    told = explained(access(loser, winner), path)
    assert told.rule
    assert told.rule.path == winner
    assert [(one.pattern, one.why) for one in told.beaten] == [(loser, why)]
    assert [stanza.place for stanza in told.stanzas] == ["p:2"]


def test_all_stanzas_of_one_path_are_named() -> None:
    one = parse_policy("one", 'path "a" { capabilities = ["read"] }')
    two = parse_policy("two", '\npath "a" { capabilities = ["deny"] }')
    told = explained(Access([one, two]), "a")
    assert told.may == ("deny",)
    assert [stanza.place for stanza in told.stanzas] == ["one:1", "two:2"]


@each_row(
    ("granted", "asked", "hint"),
    [
        ("kv/data/a", "kv/a", "kv/data/a is granted read: KV v2 keeps values below data/"),
        ("team/kv/data/a/b", "team/kv/a/b", "team/kv/data/a/b is granted read: KV v2 keeps values below data/"),
        ("kv/metadata/a/", "kv/data/a/", "kv/metadata/a/ is granted read: KV v2 lists and describes below metadata/"),
        (
            "kv/metadata/a/",
            "kv/metadata/a",
            "kv/metadata/a/ is granted read: a folder is listed with a slash at its end",
        ),
        ("kv/data/a", "v1/kv/data/a", "kv/data/a is granted read: a policy's path does not begin with v1/"),
    ],
)
def test_a_path_nearby_that_is_granted_is_a_hint(granted: str, asked: str, hint: str) -> None:
    told = explained(access(granted), asked)
    assert (told.rule, told.hints) == (None, (hint,))
    assert explained(access(granted), granted).hints == ()


def test_a_rule_for_somebody_else_says_for_whom() -> None:
    told = explained(access("kv/+/{{identity.entity.metadata.k}}/{{identity.entity.name}}*"), "kv/a/b/cd")
    ((missing,),) = (told.missing,)
    assert missing.properties == {"entity.metadata.k": "b", "entity.name": "cd"}
    assert explained(access("kv/{{identity.entity.id}}"), "other/a").missing == ()


def test_root_and_what_is_broken_are_said() -> None:
    told = explained(Access([Policy("root")]), "a")
    assert (told.may, told.rule, told.hints) == (("root",), None, ())
    broken = access("a/{{identity.entity.metadata.k}}*", "b", subject=Subject("i", "n", {"k": "+"}))
    told = explained(broken, "b")
    assert (told.may, told.rule) == (("deny",), None)
    assert "refuses everything" in told.hints[0]


def test_bounds_are_one_line_each() -> None:
    text = """path "a" {
      capabilities = ["update"]
      required_parameters = ["x"]
      allowed_parameters = { "x" = ["1", []], "y" = [] }
      denied_parameters = { "x" = [""] }
      min_wrapping_ttl = "1s"
      max_wrapping_ttl = "1h"
    }"""
    (rule,) = parse_policy("p", text).rules
    assert bounds(rule) == [
        "parameter x must be given",
        "parameter x: '1' or []",
        "parameter y: any value",
        "no other parameter",
        "parameter x: not ''",
        "wrapped for at least 1 s",
        "wrapped for at most 3600 s",
    ]


def test_a_property_that_looks_like_a_template_is_not_filled_in_again() -> None:
    subject = Subject("i", "n", {"k": "{{identity.entity.id}}"})
    assert filled("a/{{identity.entity.metadata.k}}/{{identity.entity.name}}", subject) == "a/{{identity.entity.id}}/n"


def test_logins_and_groups_fill_templates() -> None:
    login = Named("l", "role-id", {"role_name": "r"}, {"team": "desk"})
    subject = Subject(
        "i", "n", {}, {"auth_approle_1": login}, (Named("g", "ops team", {"desk": "a"}), Named("h", "a.b"))
    )
    assert filled("{{identity.entity.aliases.auth_approle_1.custom_metadata.team}}", subject) == "desk"
    assert filled("{{ identity.groups.names.ops team.metadata.desk }}", subject) == "a"
    assert filled("{{identity.groups.ids.h.name}}", subject) == "a.b"
    assert filled("{{identity.entity.aliases.auth_approle_2.name}}", subject) is None
