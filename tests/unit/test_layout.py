"""Names: what is accepted can be nothing but one segment, and no two instances share anything."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.rows import each_row
from vault_binance.errors import ConfigError
from vault_binance.layout import POLICIES, Layout, check_name

BAD = {
    "empty": "",
    "a slash": "market/maker",
    "a leading slash": "/maker",
    "a trailing slash": "maker/",
    "a capital": "Maker",
    "a dot": "market.maker",
    "two dots": "..",
    "one dot": ".",
    "a way up": "../other",
    "a star": "maker*",
    "only a star": "*",
    "a plus": "+",
    "a plus within": "maker+1",
    "an underscore": "market_maker",
    "a blank": "market maker",
    "a leading blank": " maker",
    "a trailing line end": "maker\n",
    "a leading line end": "\nmaker",
    "a carriage return": "maker\r\n",
    "a line end within": "maker\nother",
    "a tab": "maker\t",
    "a NUL": "maker\0",
    "an umlaut": "mäker",
    "a letter that looks like a Latin one": "m\u0430ker",  # Cyrillic a
    "a digit of another script": "maker\u0663",
    "a zero-width space": "maker\u200b",
    "a fullwidth slash": "maker\uff0fother",
    "a surrogate": "maker\udcff",
    "a leading hyphen": "-maker",
    "a percent escape": "maker%2fother",
    "a query": "maker?version=1",
    "a template": "{{identity.entity.name}}",
    "64 characters": "a" * 64,
    "300 characters": "a" * 300,
    "300 bad characters": "*" * 300,
}
GOOD = ["a", "0", "maker", "market-maker-1", "a--b", "a-", "9lives", "a" * 63]

LOWER = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"


def words(first, rest, longest):
    """Texts of an alphabet: quicker to draw than st.from_regex."""
    return st.builds(str.__add__, st.sampled_from(first), st.text(rest, max_size=longest - 1))


names = words(LOWER + DIGITS, LOWER + DIGITS + "-", 63)
instances = words(LOWER, LOWER + DIGITS + "_", 31)


@each_row("name", BAD.values(), ids=BAD)
def test_a_bad_name_is_refused_with_what_is_wrong_and_how_it_should_look(name):
    with pytest.raises(ConfigError) as caught:
        check_name(name, "credential")
    message = caught.value.message
    assert message.startswith("credential ")
    assert message.isascii(), "an invisible or look-alike letter has to show"
    assert "\n" not in message
    assert len(message) < 200
    assert not message.endswith(": it contains "), "a reason is given"
    assert "market-maker-1" in caught.value.hint


@each_row("name", GOOD)
def test_a_good_name_comes_back_unchanged(name):
    assert check_name(name, "bot") == name


@each_row(
    ("name", "reason"),
    [
        ("", "it is empty"),
        ("a" * 300, "it has 300 characters"),
        ("maker\n", "it begins or ends with white space (a line end, perhaps)"),
        ("-a", "it begins with a hyphen"),
        ("Market/Maker", "it contains '/', 'M'"),
        ("m\u0430ker", "it contains '\\u0430'"),
    ],
)
def test_the_reason_names_the_fault(name, reason):
    with pytest.raises(ConfigError, match=re.escape(reason)):
        check_name(name, "credential")


@given(st.text())
def test_whatever_is_accepted_is_one_segment_without_a_glob(text):
    try:
        accepted = check_name(text, "bot")
    except ConfigError:
        return
    assert accepted == text
    assert accepted.isascii()
    assert 1 <= len(accepted) <= 63
    assert not set(accepted) & set("/*+.?%{} \n\0"), "each of these means something in a policy, a path or a URL"
    assert accepted.split("/") == [accepted]


@given(names, st.sampled_from("/*+.?%{}A_ \n\t\0é"), st.data())
def test_one_wrong_character_anywhere_in_a_good_name_is_refused(name, wrong, data):
    at = data.draw(st.integers(0, len(name)))
    with pytest.raises(ConfigError):
        check_name(name[:at] + wrong + name[at:], "bot")


@each_row(
    "instance",
    ["", "Binance", "binance-transit", "binance/x", "*", "+", "1st", "_x", "binance\n", "bin\u0430nce", "a" * 32],
)
def test_a_bad_instance_is_refused(instance):
    with pytest.raises(ConfigError, match=r"instance .* is not a valid name") as caught:
        Layout(instance)
    assert caught.value.message.isascii()


def test_the_default_instance_is_the_one_of_the_design():
    layout = Layout()
    assert (layout.kv_mount, layout.transit_mount) == ("binance", "binance-transit")
    assert (layout.approle_mount, layout.cert_mount) == ("binance-approle", "binance-cert")
    assert layout.policy("reader") == "binance-reader"
    assert layout.entity("maker") == "binance-maker"
    assert layout.managed_by == "vault-binance/binance"
    assert layout.credential_path("maker") == "binance/data/credentials/maker"
    assert layout.shown_path("maker") == "binance/credentials/maker"
    assert layout.secret_id_path("maker") == "auth/binance-approle/role/maker/secret-id"


@each_row("bad", ["*", "../x", "a/b", "a+", ""])
@each_row("derive", ["entity", "credential", "credential_path", "shown_path", "secret_id_path"])
def test_no_path_is_derived_from_a_bad_name(derive, bad):
    with pytest.raises(ConfigError):
        getattr(Layout(), derive)(bad)


def mounts(layout):
    return {layout.kv_mount, layout.transit_mount, f"auth/{layout.approle_mount}", f"auth/{layout.cert_mount}"}


def everything(layout, name):
    """All that Vault would know one instance by, of one name."""
    return {
        *mounts(layout),
        layout.managed_by,
        *(layout.policy(role) for role in POLICIES),
        layout.entity(name),
        layout.credential_path(name),
        layout.shown_path(name),
        layout.secret_id_path(name),
    }


@given(instances, instances, names, names)
def test_two_instances_share_no_name_and_none_lies_within_the_other(one, other, name, another):
    assume(one != other)
    ours, theirs = everything(Layout(one), name), everything(Layout(other), another)
    assert not ours & theirs
    for mount, path in itertools.product(mounts(Layout(one)), theirs):
        assert not f"{path}/".startswith(f"{mount}/"), "a path of one instance would be routed to the other's mount"


@given(instances, names, names)
def test_two_credentials_of_an_instance_share_no_path(instance, name, other):
    assume(name != other)
    layout = Layout(instance)
    for derive in (layout.entity, layout.credential_path, layout.shown_path, layout.secret_id_path):
        assert derive(name) != derive(other)
        assert not derive(name).startswith(derive(other) + "/")


@given(instances)
def test_the_mounts_of_an_instance_differ_from_each_other(instance):
    assert len(mounts(Layout(instance))) == 4
