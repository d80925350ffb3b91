"""What a team wants of a key: as metadata, as flags, and both together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_binance.errors import ConfigError
from vault_binance.health import expectations
from vault_binance.health.expectations import Expectations
from vault_binance.health.values import Permission

words = st.frozensets(st.sampled_from(Permission))
texts = st.dictionaries(st.sampled_from(["allow", "forbid", "require_ip"]), st.text())


def test_nothing_stored_is_the_safe_default():
    assert Expectations.from_metadata({}) == Expectations()
    assert Expectations().to_metadata() == {}


@given(words, words, st.booleans())
def test_metadata_reads_back_as_what_it_was(needed, forbid, require_ip):
    wanted = Expectations().plus(needed - forbid, forbid, require_ip=require_ip)
    assert Expectations.from_metadata(wanted.to_metadata()) == wanted


@given(texts)
def test_whatever_is_stored_is_read(metadata):
    read = Expectations.from_metadata(metadata)
    assert read.needed <= read.allow
    assert all(one.isprintable() for one in read.odd)


def test_words_that_mean_nothing_are_kept_apart():
    stored = {"allow": "futures, moon,\x1b[31mred", "forbid": "sun", "require_ip": "perhaps"}
    read = Expectations.from_metadata(stored)
    assert read.needed == {Permission.FUTURES}
    assert read.odd == ("a word that is none", "moon", "sun", "require_ip")
    assert read.require_ip


def test_what_is_stored_as_both_is_forbidden_and_odd():
    read = Expectations.from_metadata({"allow": "futures", "forbid": "futures"})
    assert (read.needed, read.forbid) == (frozenset(), {Permission.FUTURES})
    assert read.odd == ("futures (allowed and forbidden)",)


def test_flags_add_to_what_is_stored():
    stored = Expectations.from_metadata({"allow": "futures", "require_ip": "false"})
    both = stored.plus(("margin",), ("withdrawals",), require_ip=None)
    assert both.needed == {Permission.FUTURES, Permission.MARGIN}
    assert (both.forbid, both.require_ip) == ({Permission.WITHDRAWALS}, False)
    assert stored.plus((), (), require_ip=True).require_ip


@pytest.mark.parametrize("stored", [{}, {"allow": "futures"}])
def test_a_permission_both_allowed_and_forbidden_is_refused(stored):
    with pytest.raises(ConfigError, match="futures: both allowed and forbidden"):
        Expectations.from_metadata(stored).plus(() if stored else ("futures",), ("futures",), require_ip=None)


def test_what_was_typed_is_stored_and_nothing_else():
    assert expectations.given(("margin", "futures"), (), require_ip=None) == {"allow": "futures,margin"}
    assert expectations.given((), ("withdrawals",), require_ip=True) == {
        "forbid": "withdrawals",
        "require_ip": "true",
    }
