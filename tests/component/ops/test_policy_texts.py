"""The policies as texts: one source for Python and Terraform, and nothing in a value that could be policy."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import ROOT
from vault_binance.errors import ConfigError
from vault_binance.health.values import Severity
from vault_binance.layout import POLICIES, Layout
from vault_binance.ops import policy_texts
from vault_binance.ops.policy_texts import (
    ENROLL,
    NO_ACCESSOR,
    OPERATOR,
    SETUP,
    folder,
    is_ours,
    render,
    render_all,
    source,
)
from vault_binance.policy.mistakes import mistakes
from vault_binance.policy.text import parse_policy

EVERYONE = (*POLICIES, SETUP, ENROLL, OPERATOR)
PROMISES = "roles.test.toml"


def test_the_folder_holds_these_and_no_others():
    """Each rendering has its source, and each source its rendering; beside them stands what they promise."""
    assert sorted(path.name for path in folder().iterdir()) == sorted(
        [PROMISES, *(f"{role}{ending}" for role in EVERYONE for ending in (".hcl", ".hcl.tftpl"))]
    )


def test_line_ends_are_the_same_on_every_system():
    """A checkout with CRLF would render other bytes than Terraform does elsewhere, and doctor would find them."""
    assert {"*.hcl text eol=lf", "*.hcl.tftpl text eol=lf"} <= {*(ROOT / ".gitattributes").read_text().splitlines()}
    assert not [path.name for path in folder().iterdir() if b"\r" in path.read_bytes()]


@pytest.mark.parametrize("role", EVERYONE)
class TestEachFile:
    def test_the_committed_one_is_the_rendering_with_the_defaults(self, role):
        committed = (folder() / f"{role}.hcl").read_bytes()

        assert committed == render(role, Layout()).encode(), "run scripts/render-policies"

    def test_templatefile_and_template_agree_on_the_source(self, role):
        """`%{` is a directive to Terraform, `$${` an escape; `$$` and a bare `$` are Python's (Terraform, 20.2)."""
        text = source(role)

        assert text.isascii()
        assert not {*text} & {"\r", "\t", "\0"}
        assert "%{" not in text
        assert "$$" not in text
        assert re.sub(r"\$\{[a-z_]+\}", "", text).count("$") == 0

    def test_nothing_is_left_to_fill_in(self, role):
        assert "$" not in render(role, Layout("other"), approle_accessor="auth_approle_0")

    def test_the_first_line_is_the_mark_and_the_second_says_what_for(self, role):
        text = render(role, Layout("other"))

        assert is_ours(text, Layout("other"))
        assert not is_ours(text, Layout("othe"))
        assert text.splitlines()[1].startswith(f"# {role}: ")

    def test_two_instances_differ_in_their_name_alone(self, role):
        one, other = (
            render(role, Layout(name), approle_accessor=f"{name}_x") for name in ("binance", "binance_testnet")
        )

        assert one.replace("binance", "N") == other.replace("binance_testnet", "N").replace("binance", "N")

    def test_our_own_parser_reads_it(self, role):
        assert parse_policy(role, render(role, Layout())).rules

    def test_nothing_ends_in_a_star_but_names_with_our_prefix(self, role):
        for rule in parse_policy(role, render(role, Layout())).rules:
            assert "*" not in rule.path.removesuffix("binance-*"), rule.path
            assert "deny" not in rule.capabilities


def test_no_role_has_a_mistake_at_high():
    for role in POLICIES:
        told = mistakes([parse_policy(role, render(role, Layout()))], ["binance"])
        assert not [one for one in told if one.severity is Severity.HIGH]


def test_all_roles_are_rendered_under_vaults_names_and_what_is_only_printed_is_not():
    assert list(render_all(Layout("other"))) == [f"other-{role}" for role in POLICIES]


def test_without_a_mount_the_provisioner_can_make_no_alias():
    assert f'"mount_accessor" = ["{NO_ACCESSOR}"]' in render("provisioner", Layout())


def test_enroll_is_for_one_bot_one_entity_and_one_mount():
    text = render(ENROLL, Layout("desk"), bot="mm-1", entity_id="id-of-mm-1", cert_accessor="auth_cert_0")
    rules = {rule.path: rule for rule in parse_policy(ENROLL, text).rules}

    assert list(rules) == [
        "sys/mounts/auth/desk-cert",
        "identity/entity/name/desk-mm-1",
        "auth/desk-approle/role/mm-1",
        "auth/desk-cert/certs/mm-1",
        "identity/entity-alias",
    ]
    alias = {"name": ("mm-1",), "canonical_id": ("id-of-mm-1",), "mount_accessor": ("auth_cert_0",)}
    assert rules["identity/entity-alias"].allowed == alias
    assert rules["auth/desk-cert/certs/mm-1"].required == ("allowed_common_names",)


@pytest.mark.parametrize("name", ["bot", "entity_id", "cert_accessor"])
def test_what_enroll_is_about_can_be_no_policy_either(name):
    with pytest.raises(ConfigError, match=f"cannot stand in a policy as {name}"):
        render(ENROLL, Layout(), **{name: '"*'})


def test_who_may_write_a_certificate_is_in_no_role_of_ours():
    """Whoever pins a certificate is the bot."""
    writing = {"create", "update", "patch", "sudo"}
    for role in POLICIES:
        for rule in parse_policy(role, render(role, Layout())).rules:
            assert "binance-cert" not in rule.path or not writing & {*rule.capabilities}, (role, rule.path)


plain = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,40}", fullmatch=True)


@given(
    accessor=st.text()
    | st.sampled_from(["*", "+", "a*", 'a"', "a\n", "a/", "/a", "a//b", "A", "{{a}}", "${a}", "\u0430"])
)
def test_a_value_that_could_be_policy_is_refused(accessor):
    if policy_texts._VALUE.fullmatch(accessor):
        return
    with pytest.raises(ConfigError, match="cannot stand in a policy as approle_accessor"):
        render("provisioner", Layout(), approle_accessor=accessor)


@given(accessor=plain)
def test_a_plain_value_changes_no_rule_but_its_own(accessor):
    rules = parse_policy("p", render("provisioner", Layout(), approle_accessor=accessor)).rules
    usual = parse_policy("p", render("provisioner", Layout())).rules

    differing = [rule for rule, other in zip(rules, usual, strict=True) if rule != other]
    assert [rule.path for rule in differing] == ["identity/entity-alias"][: accessor != NO_ACCESSOR]
    assert rules[1].allowed["mount_accessor"] == (accessor,)


WHOLE_VAULT = {"sys/audit", "identity/entity/name/", "identity/mfa/method/totp/+"}
"""What the auditor sees of everybody, for doctor: names, and how codes are made; no value, and nothing to change."""


@given(name=st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True))
def test_an_instances_name_stands_where_it_belongs_and_nowhere_else(name):
    """Nothing of another instance is granted, whatever the two are called: all depends on the name and its hyphen."""
    for role in POLICIES:
        for rule in parse_policy(role, render(role, Layout(name))).rules:
            common = rule.path.startswith(
                ("auth/token/", "sys/capabilities", "identity/entity/id/{{", "identity/entity-alias")
            )
            common = common or (role == "auditor" and rule.path in WHOLE_VAULT)
            assert common or re.search(rf"(^|/){name}(-|/|$)", rule.path), (role, rule.path)
