"""What somebody promised, as a file: a case that says something wrong is told with its place, and never passes."""

from __future__ import annotations

import pytest

from tests.rows import each_row
from vault_binance.errors import ConfigError
from vault_binance.policy.access import Access
from vault_binance.policy.cases import judged, untouched
from vault_binance.policy.spec import ASKABLE, parse_spec, wanted
from vault_binance.policy.text import parse_policy

CASE = '[[case]]\nwho = "reader"\npath = "a"\n'


def test_a_case_is_read_whole() -> None:
    (case,) = parse_spec(
        "s",
        """
        [[case]]
        policies = ["reader", "own.hcl"]
        metadata = { k = "v" }
        path = "/a/b/"
        can = ["read"]
        cannot = ["list"]
        parameters = { x = [1] }
        wrap_ttl = "5m"
        """,
    )
    assert (case.place, case.path, case.policies) == ("s, case 1, line 2", "a/b/", ("reader", "own.hcl"))
    assert (case.metadata, case.parameters, case.wrap_ttl) == ({"k": "v"}, {"x": [1]}, 300)
    assert list(wanted(case)) == [("read", True), ("list", False)]


def test_only_promises_everything_else_away() -> None:
    (some,) = parse_spec("s", CASE + 'only = ["read"]')
    (none,) = parse_spec("s", CASE + "only = []")
    assert some.can == ("read",)
    assert {*some.can, *some.cannot} == {*none.cannot} == {*ASKABLE}


@each_row(
    ("text", "said"),
    [
        ("", "has no case"),
        ("# nothing\n", "has no case"),
        ("case = []", "has no case"),
        ("case = 1", "is no table"),
        ("case = [1]", "is no table"),
        ("[case]\nwho = 'x'", "is no table"),
        ("[[cases]]\n", "'cases' is unknown"),
        ("[[case]\n", "is no TOML"),
        (CASE, "case 1, line 1: it expects nothing"),
        (CASE + "can = []", "it expects nothing"),
        (CASE + 'can = ["read"]\n\n[[case]]\nwho="a"\nonly=[]', "case 2, line 6: there is no path"),
        (CASE + 'can = ["read"]\ncanot = []', "case 1, line 1: 'canot' is unknown"),
        (CASE + 'can = ["fly"]', "'fly' in can is no capability"),
        (CASE + 'can = ["Read"]', "'Read' in can is no capability"),
        (CASE + 'can = ["deny"]', "'deny' in can is no capability"),
        (CASE + 'can = "read"', "can is no list of texts"),
        (CASE + "cannot = [1]", "cannot is no list of texts"),
        (CASE + 'can = ["read"]\ncannot = ["read"]', "'read' is in can and in cannot"),
        (CASE + 'only = ["read"]\ncan = ["read"]', "leave"),
        (CASE + "only = []\nmetadata = { a = 1 }", "metadata is no table of texts"),
        (CASE + "only = []\nparameters = 1", "parameters is no table"),
        (CASE + 'only = []\nwrap_ttl = "soon"', "'soon' is no duration"),
        (CASE + 'only = []\nbot = "b"', "who and bot: about whom"),
        ('[[case]]\npath = "a"\nonly = []', "nobody: about whom"),
        ('[[case]]\nwho = ""\npath = "a"\nonly = []', "who is empty"),
        ('[[case]]\npolicies = []\npath = "a"\nonly = []', "policies is empty"),
        ('[[case]]\nwho = 1\npath = "a"\nonly = []', "who is no text"),
        ('[[case]]\nwho = "a"\npath = "/"\nonly = []', "there is no path"),
        ('[[case]]\nwho = "a"\npath = "a/*"\nonly = []', "not a pattern"),
        ('[[case]]\nwho = "a"\npath = "a/+/b"\nonly = []', "not a pattern"),
        ('[[case]]\nwho = "a"\npath = "a/{{identity.entity.id}}"\nonly = []', "not a pattern"),
        ('[[case]]\nwho = "a"\npath = "a/${x}"\nonly = []', "not a pattern"),
        ('[[case]]\nwho = "me"\npath = "a"\nonly = []\nwrap_ttl = 0', "asked for its capabilities"),
        ('[[case]]\naccessor = "x"\npath = "a"\nonly = []\nparameters = {}', "asked for its capabilities"),
        ('[[case]]\nwho = "me"\npath = "a"\nonly = []\nmetadata = { a = "b" }', "its entity has"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_spec("s", text)
    assert error.value.message.startswith("s")
    assert said in f"{error.value.message} {error.value.hint}"
    assert error.value.hint


def test_what_is_nested_without_end_is_refused() -> None:
    deep = "[" * 5000 + "]" * 5000
    with pytest.raises(ConfigError, match="nested too deep"):
        parse_spec("own.toml", f"[[case]]\nparameters = {{ x = {deep} }}")
    with pytest.raises(ConfigError, match="nested too deep"):
        parse_policy("own", f'path "a" {{ allowed_parameters = {{ "x" = {deep} }} }}')


def test_what_an_editor_on_windows_adds_does_not_matter() -> None:
    text = CASE + "only = []\n" + CASE + "only = []\n"
    (plain, _), (found, second) = parse_spec("s", text), parse_spec("s", "\ufeff" + text.replace("\n", "\r\n"))
    assert (found, second.place) == (plain, "s, case 2, line 5")


def test_a_plus_within_a_name_is_a_letter() -> None:
    assert parse_spec("s", CASE.replace('"a"', '"a+b/c"') + "only = []")[0].path == "a+b/c"


def test_a_list_is_asked_with_its_slash_and_a_request_with_its_parameters() -> None:
    policy = parse_policy(
        "p", 'path "a/" { capabilities = ["list"] }\npath "b" { capabilities = ["update"]\nmin_wrapping_ttl = 1 }'
    )
    access = Access([policy])
    cases = parse_spec(
        "s",
        '[[case]]\nwho = "p"\npath = "a"\ncan = ["list"]\n'
        '[[case]]\nwho = "p"\npath = "b"\ncan = ["update"]\n'
        '[[case]]\nwho = "p"\npath = "b"\ncan = ["update"]\nwrap_ttl = 0\n',
    )
    found = [(outcome.allowed, outcome.by) for case in cases for outcome in judged(case, access)]
    assert found == [(True, "p:1"), (True, "p:2"), (False, "p:2")]
    assert untouched([policy], [(case, access) for case in cases]) == []
    assert untouched([policy], [(cases[0], access)]) == ["p:2 b"]
