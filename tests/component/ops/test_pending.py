"""Keys that wait: one at a time under a name, never replaced, and gone once the whole pair is in place."""

import pytest

from vault_binance.binance.new_keys import new_private_key, public_key
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import MalformedCredentials, WriteConflict
from vault_binance.layout import Layout
from vault_binance.ops import keys, pending
from vault_binance.redacted import Redacted

LAYOUT = Layout("desk")
KEY = new_private_key(KeyType.ED25519)
PUBLIC, _ = public_key(KEY)
API_KEY = Redacted("k" * 64)


def keep(vault, name="mm", key=KEY):
    return pending.keep(vault, LAYOUT, name, key, KeyType.ED25519, Environment.TESTNET)


class TestWaiting:
    def test_one_that_waits_comes_back_as_it_was_kept(self, vault):
        kept = keep(vault)
        assert pending.waiting(vault, LAYOUT, "mm") == kept
        assert (kept.private_key, kept.key_type, kept.environment) == (KEY, KeyType.ED25519, Environment.TESTNET)
        assert kept.since == pending.since(vault, LAYOUT, "mm") != ""
        assert vault.read_secret("desk", "pending/mm").fields.keys() == {"private_key", "key_type", "environment"}

    def test_none(self, vault):
        assert pending.waiting(vault, LAYOUT, "mm") is None
        assert pending.since(vault, LAYOUT, "mm") == ""
        assert pending.listed(vault, LAYOUT) == []
        assert not pending.erase(vault, LAYOUT, "mm", "")

    def test_it_is_never_replaced(self, vault):
        keep(vault)
        with pytest.raises(WriteConflict) as caught:
            keep(vault, key=new_private_key(KeyType.ED25519))
        assert "vault-binance key new mm" in caught.value.hint
        assert pending.waiting(vault, LAYOUT, "mm").private_key == KEY

    def test_what_was_deleted_makes_room(self, vault):
        keep(vault)
        vault.delete_versions("desk", "pending/mm", [1])
        assert pending.waiting(vault, LAYOUT, "mm") is None
        assert pending.listed(vault, LAYOUT) == []
        keep(vault)
        assert vault.secret_metadata("desk", "pending/mm").current_version == 1

    @pytest.mark.parametrize(
        "fields",
        [
            {},
            {"private_key": "x", "environment": "live"},
            {"private_key": "x", "key_type": "HMAC", "environment": "live"},
            {"private_key": "x", "key_type": "RSA", "environment": "moon"},
            {"key_type": "RSA", "environment": "live"},
        ],
    )
    def test_something_else_is_not_taken_for_one(self, vault, fields):
        vault.write_secret("desk", "pending/mm", {"note": "Canary", **fields}, cas=0)
        with pytest.raises(MalformedCredentials) as caught:
            pending.waiting(vault, LAYOUT, "mm")
        assert "Canary" not in f"{caught.value} {caught.value.hint}"
        (row,) = pending.listed(vault, LAYOUT)
        assert (row["name"], row["type"], row["env"]) == ("mm", "?", "?")

    def test_they_are_listed_without_a_value(self, vault):
        keep(vault, "b"), keep(vault, "a")
        vault.write_secret("desk", "pending/deep/c", {"a": "b"}, cas=0)
        assert [(row["name"], row["type"], row["env"]) for row in pending.listed(vault, LAYOUT)] == [
            ("a", "ED25519", "testnet"),
            ("b", "ED25519", "testnet"),
        ]

    def test_only_the_one_that_was_seen_is_erased(self, vault):
        seen = keep(vault).since
        assert pending.erase(vault, LAYOUT, "mm", seen)
        keep(vault, key=new_private_key(KeyType.ED25519))
        if pending.since(vault, LAYOUT, "mm") != seen:
            assert not pending.erase(vault, LAYOUT, "mm", seen)
        assert not pending.erase(vault, LAYOUT, "mm", "2020-01-01T00:00:00Z")
        assert pending.since(vault, LAYOUT, "mm")
        assert vault.secret_metadata("desk", "pending/mm") is not None


class TestInPlace:
    def pair(self, **changed):
        fields = {"name": "mm", "api_key": API_KEY, "secret": KEY, "key_type": KeyType.ED25519}
        return Credentials(**{**fields, "environment": Environment.TESTNET, **changed})

    def put(self, vault, credentials, public=PUBLIC):
        based_on = keys.current_version(vault, LAYOUT, "mm")
        about = pending.public_half(public, based_on + 1) if public else {}
        keys.put(vault, LAYOUT, credentials, about, based_on=based_on)

    def in_place(self, vault, public=PUBLIC):
        return pending.is_in_place(keys.found(vault, LAYOUT, "mm"), self.pair(), public)

    def test_the_same_pair(self, vault):
        self.put(vault, self.pair())
        assert self.in_place(vault)

    def test_another_pair(self, vault):
        other = new_private_key(KeyType.ED25519)
        for pair in (self.pair(api_key=Redacted("n" * 64)), self.pair(environment=Environment.LIVE)):
            self.put(vault, pair)
            assert not self.in_place(vault)
        self.put(vault, self.pair(secret=other), public_key(other)[0])
        assert not self.in_place(vault)

    def test_an_hmac_pair_of_the_same_api_key_after_it(self, vault):
        """Its public half stays in the metadata, and speaks of the version before."""
        self.put(vault, self.pair())
        self.put(vault, self.pair(secret=Redacted("s" * 64), key_type=KeyType.HMAC), public="")
        assert not self.in_place(vault)

    def test_one_that_is_not_described(self, vault):
        self.put(vault, self.pair())
        vault.write_secret("desk", "credentials/mm", self.pair().to_fields(), cas=1)
        assert not self.in_place(vault)

    def test_one_that_was_deleted(self, vault):
        self.put(vault, self.pair())
        keys.delete(vault, LAYOUT, "mm", [])
        assert not self.in_place(vault)

    def test_the_digest_is_openssls(self):
        """openssl pkey -pubin -outform der | sha256sum"""
        pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        assert pending.public_half(pem + "-----END PUBLIC KEY-----\n", 3) == {
            "public_key_sha256": "a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f",
            "public_key_version": "3",
        }
