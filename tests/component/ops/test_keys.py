"""Credentials as an operator sees them: numbers of versions, states, and what is said of a key without its value."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.rows import each_row
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import PermissionDenied, SecretNotFound, WriteConflict
from vault_binance.layout import Layout
from vault_binance.ops import keys
from vault_binance.redacted import Redacted
from vault_binance.vault.operator_port import SecretMetadata, VersionInfo

LAYOUT = Layout("desk")
DAY = "2026-01-02T03:04:05"


def pair(name="mm", *, key="k"):
    return Credentials(name, Redacted(key * 64), Redacted("s" * 64), KeyType.HMAC, Environment.TESTNET)


def put(vault, *, name="mm", key="k", based_on=None, **about):
    based_on = keys.current_version(vault, LAYOUT, name) if based_on is None else based_on
    return keys.put(vault, LAYOUT, pair(name, key=key), about, based_on=based_on)


@each_row(
    ("text", "microseconds"),
    [
        (f"{DAY}Z", 0),
        (f"{DAY}.5Z", 500_000),
        (f"{DAY}.325818Z", 325_818),
        (f"{DAY}.325818908Z", 325_818),
        (f"{DAY}.000000001Z", 0),
        (f"{DAY}+00:00", 0),
        ("2026-01-02T05:04:05.325818908+02:00", 325_818),
    ],
)
def test_times_as_vault_writes_them(text, microseconds):
    assert keys.timestamp(text) == datetime(2026, 1, 2, 3, 4, 5, microseconds, tzinfo=UTC)


def test_no_time():
    assert keys.timestamp("") is None


class TestAKey:
    def key(self, *versions, **metadata):
        infos = tuple(VersionInfo(number, f"{DAY}.1Z", **fate) for number, fate in enumerate(versions, 1))
        return keys.Key("mm", len(versions), infos, metadata)

    @each_row(
        ("versions", "state"),
        [
            ((), "empty"),
            (({},), "ok"),
            (({"deleted": DAY},), "deleted"),
            (({"destroyed": True},), "destroyed"),
            (({"deleted": DAY, "destroyed": True},), "destroyed"),
            (({"destroyed": True}, {}), "ok"),
        ],
    )
    def test_its_state_is_that_of_the_latest_version(self, versions, state):
        assert self.key(*versions).state == state

    @pytest.mark.parametrize(("after", "days"), [("90d", 90), ("24h", 1), ("86400", 1)])
    def test_it_is_due_that_long_after_its_version_was_stored(self, after, days):
        one = self.key({}, rotate_after=after)

        assert one.rotate_by() == one.created + timedelta(days=days)

    @each_row("after", ["", "soon", "90 days", "-1d", "999999999d"])
    def test_what_is_no_duration_hides_no_key(self, after):
        assert self.key({}, rotate_after=after).rotate_by() is None

    def test_without_a_version_it_is_never_due(self):
        assert self.key(rotate_after="90d").rotate_by() is None
        assert self.key().created is None

    def test_it_is_described_if_the_metadata_speaks_of_the_latest_version(self):
        assert self.key({}, {}, fingerprint_version="2").described
        assert not self.key({}, {}, fingerprint_version="1").described
        assert not self.key({}).described


class TestPutting:
    def test_versions_count_up_and_the_metadata_speaks_of_the_latest(self, vault):
        assert [put(vault, owner="desk", purpose=""), put(vault, key="n", account="main")] == [1, 2]

        found = keys.found(vault, LAYOUT, "mm")
        assert found.metadata == {
            "owner": "desk",
            "account": "main",
            "fingerprint": pair(key="n").fingerprint,
            "fingerprint_version": "2",
            "environment": "testnet",
            "key_type": "HMAC",
        }
        assert (found.version, found.state, found.described) == (2, "ok", True)

    def test_it_is_based_on_what_was_seen(self, vault):
        put(vault)

        with pytest.raises(WriteConflict, match="nothing was written"):
            put(vault, based_on=0)
        assert keys.found(vault, LAYOUT, "mm").version == 1

    def test_cut_before_the_description_it_is_stored_and_not_described(self, vault, monkeypatch):
        put(vault)
        with monkeypatch.context() as patch:
            patch.setattr(vault, "merge_custom_metadata", interrupt)
            with pytest.raises(KeyboardInterrupt):
                put(vault, key="n")

        assert (keys.found(vault, LAYOUT, "mm").version, keys.found(vault, LAYOUT, "mm").described) == (2, False)


def interrupt(*_):
    raise KeyboardInterrupt


class TestVersions:
    def test_the_latest_where_none_is_named(self, vault):
        put(vault), put(vault)

        assert keys.delete(vault, LAYOUT, "mm", []) == (2,)
        assert [bool(one.deleted) for one in keys.found(vault, LAYOUT, "mm").versions] == [False, True]
        assert keys.restore(vault, LAYOUT, "mm", []) == (2,)
        assert keys.found(vault, LAYOUT, "mm").state == "ok"
        assert keys.destroy(vault, LAYOUT, "mm", [1]) == (1,)
        assert [one.destroyed for one in keys.found(vault, LAYOUT, "mm").versions] == [True, False]

    @pytest.mark.parametrize("command", [keys.delete, keys.restore, keys.destroy])
    def test_one_that_is_not_there_hits_none(self, vault, command):
        put(vault)

        with pytest.raises(SecretNotFound, match="mm has no version 7") as raised:
            command(vault, LAYOUT, "mm", [1, 7])
        assert raised.value.hint == "versions kept: 1 to 1"
        assert keys.found(vault, LAYOUT, "mm").state == "ok"
        with pytest.raises(SecretNotFound, match="nothing at desk/credentials/absent"):
            command(vault, LAYOUT, "absent", [])

    def test_a_destroyed_one_is_not_restored(self, vault):
        put(vault), put(vault)
        keys.destroy(vault, LAYOUT, "mm", [1])

        with pytest.raises(SecretNotFound, match="version 1 of desk/credentials/mm was destroyed") as raised:
            keys.restore(vault, LAYOUT, "mm", [2, 1])
        assert raised.value.state == "destroyed"

    def test_described_and_never_written_it_has_none(self, vault, monkeypatch):
        monkeypatch.setattr(vault, "secret_metadata", lambda *_: SecretMetadata(0, (), {"owner": "desk"}))

        assert keys.found(vault, LAYOUT, "mm").state == "empty"
        with pytest.raises(SecretNotFound) as raised:
            keys.delete(vault, LAYOUT, "mm", [])
        assert raised.value.hint == "versions kept: none"


class TestListing:
    def test_names_in_order_and_no_folders(self, vault):
        for name in ("mm-2", "mm-1"):
            put(vault, name=name)
        vault.write_secret("desk", "credentials/folder/deep", {"a": "b"}, cas=0)

        assert [one.name for one in keys.listed(vault, LAYOUT)] == ["mm-1", "mm-2"]

    def test_what_goes_meanwhile_is_left_out(self, vault, monkeypatch):
        put(vault)
        monkeypatch.setattr(vault, "secret_metadata", lambda *_: None)

        assert keys.listed(vault, LAYOUT) == []


class TestValues:
    def test_the_older_pair_becomes_the_newest_version(self, vault):
        put(vault), put(vault, key="n")

        assert keys.roll_back(vault, LAYOUT, "mm", 1) == 3
        newest = keys.reveal(vault, LAYOUT, "mm")
        assert (newest.api_key.reveal(), newest.version) == ("k" * 64, 3)
        metadata = keys.found(vault, LAYOUT, "mm").metadata
        assert (metadata["rolled_back_to"], metadata["fingerprint_version"]) == ("1", "3")

    @pytest.mark.parametrize("command", [keys.reveal, partial(keys.roll_back, version=1)])
    def test_a_refusal_says_that_no_role_has_it(self, vault, monkeypatch, command):
        put(vault)
        monkeypatch.setattr(vault, "read_secret", refuse)
        monkeypatch.setattr(vault, "secret_metadata", refuse)

        with pytest.raises(PermissionDenied) as raised:
            command(vault, LAYOUT, "mm")
        assert raised.value.hint == keys.NO_ROLE


def refuse(*_, **__):
    raise PermissionDenied("permission denied", hint="something else")
