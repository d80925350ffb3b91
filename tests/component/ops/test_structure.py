"""The values that setup, Terraform and doctor have in common, and the mark by which a mount is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.errors import ConfigError
from vault_binance.layout import AUTH_MAX_TTL, OPERATOR_ROLES, STRUCTURE_VERSION, TOKEN_TTL, Layout
from vault_binance.ops import structure
from vault_binance.ops.structure import Mark, SecondFactor, description, mark, our_mark, second_factor
from vault_binance.vault.operator_port import Group, Mount

LAYOUT = Layout("desk")
references = st.from_regex(structure.REFERENCE_PATTERN, fullmatch=True)
instances = st.from_regex("[a-z][a-z0-9_]{0,30}", fullmatch=True)


@given(instances, references | st.just(""))
def test_a_mark_comes_back_as_it_was_written(instance, reference):
    layout = Layout(instance)

    assert mark(description(layout, reference), layout) == Mark(STRUCTURE_VERSION, reference)


@given(instances, instances)
def test_a_mark_is_of_one_instance(mine, theirs):
    assert (mark(description(Layout(theirs)), Layout(mine)) is None) is (mine != theirs)


@given(st.text())
def test_no_other_text_is_a_mark(text):
    assert mark(text, LAYOUT) is None
    assert mark(f"{text} {description(LAYOUT)}", LAYOUT) is None
    assert mark(f"{description(LAYOUT)} {text}", LAYOUT) is None


def test_every_older_number_is_known_and_a_newer_one_is_refused():
    for number in range(STRUCTURE_VERSION + 1):
        mount = Mount("desk", "kv", "kv_1", f"vault-binance/desk structure {number}", "2")
        assert our_mark(mount, LAYOUT) == Mark(number)
    with pytest.raises(ConfigError, match="newer"):
        our_mark(Mount("desk", "kv", "", f"vault-binance/desk structure {STRUCTURE_VERSION + 1}"), LAYOUT)


def test_the_kv_mount_alone_names_the_audit_trail():
    others = [structure.transit_mount(LAYOUT), *structure.auth_mounts(LAYOUT)]

    assert structure.kv_mount(LAYOUT, "SEC-1").description == f"{description(LAYOUT)}, audit external:SEC-1"
    assert {one.description for one in others} == {description(LAYOUT)}


def test_logins_are_limited_as_the_layout_says():
    found = {one.kind: (one.default_lease_ttl, one.max_lease_ttl) for one in structure.auth_mounts(LAYOUT)}

    assert found == {kind: (TOKEN_TTL, AUTH_MAX_TTL[kind]) for kind in ("approle", "cert")}


def test_a_group_carries_the_one_policy_of_its_name():
    found = structure.groups(LAYOUT, SecondFactor.IDP)

    assert [one.name for one in found] == [f"desk-{role}" for role in OPERATOR_ROLES]
    assert all(one.policies == (one.name,) for one in found)
    assert all(one.metadata == {"managed_by": "vault-binance/desk", "second_factor": "idp"} for one in found)


def test_an_enforcement_is_of_groups_alone():
    found = structure.enforcement(LAYOUT, "m-1", ["g-1", "g-2"])

    assert (found.name, found.methods, found.groups) == ("desk-operators", ("m-1",), ("g-1", "g-2"))
    assert (found.entities, found.mount_accessors, found.mount_kinds) == ((), (), ())


@each_row(
    ("said", "expected"),
    [
        ([], None),
        ([None], None),
        (["totp"], "totp"),
        (["idp"], "idp"),
        (["idp", None, "idp"], "idp"),
        (["idp", "totp"], "totp"),
        (["sms"], "totp"),
        ([""], "totp"),
    ],
)
def test_the_second_factor_is_the_stricter_unless_our_groups_agree(said, expected):
    ours = {"managed_by": "vault-binance/desk"}
    found = [Group("", "x", (), ours | {"second_factor": one}) if one is not None else None for one in said]
    theirs = Group("", "y", (), {"managed_by": "vault-binance/other", "second_factor": "idp"})

    assert second_factor([*found, theirs], LAYOUT) == expected
