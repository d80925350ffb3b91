"""Bots: what is written and in which order, what an interruption leaves, and that running again finishes it."""

from itertools import count

import pytest

from vault_binance.errors import ConfigError, NotOurs, PermissionDenied, SecretNotFound, VaultUnavailable, WriteConflict
from vault_binance.layout import Layout
from vault_binance.ops import bots, kill_switch
from vault_binance.redacted import Redacted
from vault_binance.testing.provisioned import set_up
from vault_binance.vault.admin import HvacVault

LAYOUT = Layout("desk")
NOW = "2026-01-02T03:04:05+00:00"


@pytest.fixture
def vault(line):
    """Set up, with two credentials."""
    made = HvacVault(line, line.fake.root_token)
    set_up(made, LAYOUT)
    for name in ("mm", "hedger"):
        made.write_secret("desk", f"credentials/{name}", {"api_key": "k"}, cas=0)
    return made


def entity(vault, bot="one"):
    return vault.entity(LAYOUT.entity(bot))


def accessor(vault):
    return vault.auth_mount(LAYOUT.approle_mount).accessor


def mint(vault, bot="one", **settings):
    return bots.secret_id(vault, LAYOUT, bot, wrap_ttl=60, **settings)


class TestAdding:
    def test_an_entity_a_role_and_the_tie_between_them(self, vault):
        made = bots.add(vault, LAYOUT, "one", "mm", cidrs=["10.0.0.7/32"])

        found = entity(vault)
        assert found.metadata == {
            "managed_by": "vault-binance/desk",
            "binance_bot": "one",
            "binance_credential": "mm",
        }
        assert [(alias.name, alias.mount_accessor) for alias in found.aliases] == [(made.role_id, accessor(vault))]
        assert (found.disabled, found.policies) == (False, ())
        assert made == bots.Bot("one", found.id, "mm", "active", made.role_id, ("10.0.0.7/32",))
        role = vault.role("desk-approle", "one")
        assert (role["token_policies"], role["token_bound_cidrs"]) == (["desk-reader"], ["10.0.0.7/32"])

    def test_once_more_it_writes_the_same_and_ties_no_second_time(self, vault, line):
        first = bots.add(vault, LAYOUT, "one", "mm")
        line.writes = []

        assert bots.add(vault, LAYOUT, "one", "mm") == first
        assert [path for _, path in line.writes] == ["identity/entity/name/desk-one", "auth/desk-approle/role/one"]

    def test_what_it_cannot_do_it_does_before_it_writes(self, vault, line):
        bots.add(vault, LAYOUT, "one", "mm")
        vault.write_entity("desk-theirs", metadata={"team": "x"}, disabled=False)
        line.fake.send(
            "POST",
            "identity/entity/name/desk-tempting",
            token=line.fake.root_token,
            body={"metadata": {"managed_by": LAYOUT.managed_by}, "policies": ["admin"]},
        )
        line.writes = []

        for name, credential, error, told in (
            ("one", "hedger", WriteConflict, "reads mm"),
            ("theirs", "mm", NotOurs, "desk-theirs belongs to somebody else"),
            ("tempting", "mm", NotOurs, "belongs to somebody else"),
            ("two", "absent", SecretNotFound, "nothing at desk/credentials/absent"),
            ("*", "mm", ConfigError, "not a valid name"),
            ("two", "+", ConfigError, "not a valid name"),
        ):
            with pytest.raises(error, match=told):
                bots.add(vault, LAYOUT, name, credential)
        assert line.writes == []

    def test_a_suspended_bot_is_not_let_in_by_making_it_again(self, vault):
        bots.add(vault, LAYOUT, "one", "mm")
        kill_switch.suspend(vault, LAYOUT, "one")

        with pytest.raises(WriteConflict, match="is suspended"):
            bots.add(vault, LAYOUT, "one", "mm")
        assert entity(vault).disabled

    def test_a_removed_one_may_come_back_and_read_something_else(self, vault):
        first = bots.add(vault, LAYOUT, "one", "mm")
        kill_switch.remove(vault, LAYOUT, "one", now=NOW)

        second = bots.add(vault, LAYOUT, "one", "hedger")

        assert (second.credential, entity(vault).disabled) == ("hedger", False)
        assert second.role_id != first.role_id
        assert entity(vault).metadata["former_ids"] == first.entity_id
        assert "removed" not in entity(vault).metadata

    @pytest.mark.parametrize("arrives", [False, True])
    def test_interrupted_at_any_write_it_is_finished_by_running_again(self, vault, line, arrives):
        for number in count():
            bot = f"bot-{number}"
            line.cut(number, arrives=arrives)
            try:
                bots.add(vault, LAYOUT, bot, "mm")
                break
            except KeyboardInterrupt:
                made = bots.add(vault, LAYOUT, bot, "mm")
            assert [alias.name for alias in entity(vault, bot).aliases] == [made.role_id]
        assert number == 3

    def test_a_role_that_was_made_by_hand_again_is_no_login_of_the_entity(self, vault):
        bots.add(vault, LAYOUT, "one", "mm")
        vault.delete_role("desk-approle", "one")

        with pytest.raises(WriteConflict, match="another role") as raised:
            bots.add(vault, LAYOUT, "one", "mm")
        assert "bot remove" in raised.value.hint

        kill_switch.remove(vault, LAYOUT, "one", now=NOW)
        made = bots.add(vault, LAYOUT, "one", "mm")
        assert [alias.name for alias in entity(vault).aliases] == [made.role_id]

    def test_without_setup_it_says_so(self, line):
        with pytest.raises(ConfigError, match="not set up for instance other"):
            bots.add(HvacVault(line, line.fake.root_token), Layout("other"), "one", "mm")


class TestASecretId:
    def test_it_comes_wrapped_and_says_where_from(self, vault):
        bots.add(vault, LAYOUT, "one", "mm")

        wrapped = mint(vault)

        assert (wrapped.ttl, wrapped.creation_path) == (60, LAYOUT.secret_id_path("one"))
        assert isinstance(wrapped.token, Redacted)

    @pytest.mark.parametrize(
        ("options", "sent"), [({}, {}), ({"ttl": 9}, {"ttl": 9}), ({"once": True}, {"num_uses": 1})]
    )
    def test_only_what_was_asked_for_is_sent(self, options, sent):
        class Vault:
            def visible_mount(self, path):
                raise PermissionDenied(path)

            auth_mount = visible_mount

            def wrapped_secret_id(self, mount, name, *, wrap_ttl, settings):
                return mount, name, wrap_ttl, settings

        assert mint(Vault(), **options) == ("desk-approle", "one", 60, sent)


class TestListing:
    def test_states(self, vault):
        for name in ("active", "incomplete", "stranger", "suspended"):
            bots.add(vault, LAYOUT, name, "mm")
        mint(vault, "active")
        kill_switch.suspend(vault, LAYOUT, "suspended")
        vault.delete_entity("desk-incomplete")
        vault.write_entity("desk-stranger", metadata={}, disabled=False)
        bots.add(vault, LAYOUT, "removed", "mm")
        kill_switch.remove(vault, LAYOUT, "removed", now=NOW)

        found = bots.listed(vault, LAYOUT)

        assert [(one.name, one.state) for one in found] == [
            ("active", "active"),
            ("incomplete", "incomplete"),
            ("stranger", "not ours"),
            ("suspended", "suspended"),
        ]
        assert [one.secret_ids for one in found] == [1, 0, 0, 0]
        assert bots.readers(vault, LAYOUT) == {"mm": ["active"]}

    def test_secret_ids_that_may_not_be_counted(self, vault, monkeypatch):
        bots.add(vault, LAYOUT, "one", "mm")
        monkeypatch.setattr(vault, "secret_id_accessors", refuse)

        assert bots.listed(vault, LAYOUT)[0].secret_ids is None


def refuse(*_):
    raise PermissionDenied("permission denied")


class TestSuspending:
    def test_is_one_write_and_allow_undoes_it(self, vault, line):
        bots.add(vault, LAYOUT, "one", "mm")
        before, line.writes = entity(vault), []

        kill_switch.suspend(vault, LAYOUT, "one")
        assert line.writes == [("POST", "identity/entity/name/desk-one")]
        assert entity(vault).disabled
        kill_switch.allow(vault, LAYOUT, "one")

        assert entity(vault) == before

    @pytest.mark.parametrize("command", [kill_switch.suspend, kill_switch.allow, kill_switch.revoke])
    def test_neither_a_stranger_nor_nobody(self, vault, line, command):
        vault.write_entity("desk-theirs", metadata={"team": "x"}, disabled=False)
        line.writes = []

        with pytest.raises(NotOurs):
            command(vault, LAYOUT, "theirs")
        with pytest.raises(SecretNotFound, match="there is no bot nobody"):
            command(vault, LAYOUT, "nobody")
        assert line.writes == []

    def test_of_a_bot_that_has_lost_its_entity_makes_a_disabled_one(self, vault):
        made = bots.add(vault, LAYOUT, "one", "mm")
        vault.delete_entity("desk-one")

        kill_switch.suspend(vault, LAYOUT, "one")

        assert entity(vault).disabled
        assert [alias.name for alias in entity(vault).aliases] == [made.role_id]
        assert bots.listed(vault, LAYOUT)[0].state == "suspended"


class TestRevoking:
    def test_the_entity_is_another_disabled_and_tied_again(self, vault):
        made = bots.add(vault, LAYOUT, "one", "mm")
        mint(vault), mint(vault)

        done = kill_switch.revoke(vault, LAYOUT, "one")

        found = entity(vault)
        assert done.secret_ids == 2
        assert "desk/credentials/mm stays valid at Binance" in done.not_reached[-1]
        assert (found.disabled, found.metadata["former_ids"]) == (True, made.entity_id)
        assert found.id != made.entity_id
        assert [alias.name for alias in found.aliases] == [made.role_id]
        assert vault.secret_id_accessors("desk-approle", "one") == ()

    def test_former_ids_are_the_latest_twelve(self, vault):
        bots.add(vault, LAYOUT, "one", "mm")
        ids = [entity(vault).id]
        for _ in range(14):
            kill_switch.revoke(vault, LAYOUT, "one")
            ids.insert(0, entity(vault).id)

        kept = entity(vault).metadata["former_ids"]
        assert kept.split(",") == ids[1:13]
        assert 12 * (36 + 1) <= 512, "Vault takes 512 characters, and an id has 36"

    def test_secret_ids_that_may_not_be_destroyed_are_told(self, vault, monkeypatch):
        bots.add(vault, LAYOUT, "one", "mm")
        monkeypatch.setattr(vault, "secret_id_accessors", refuse)

        done = kill_switch.revoke(vault, LAYOUT, "one")

        assert done.secret_ids == 0
        assert done.not_reached[0].startswith("its SecretIDs: permission denied")
        assert entity(vault).disabled

    def test_of_a_bot_that_has_lost_its_entity(self, vault):
        bots.add(vault, LAYOUT, "one", "mm")
        vault.delete_entity("desk-one")

        done = kill_switch.revoke(vault, LAYOUT, "one")

        assert entity(vault).disabled
        assert done.not_reached == (
            "whatever this bot has read already, which stays valid at Binance until deleted there",
        )

    @pytest.mark.parametrize("error", [KeyboardInterrupt, VaultUnavailable("away")])
    @pytest.mark.parametrize("arrives", [False, True])
    def test_the_entity_comes_back_even_if_its_deletion_is_cut(self, vault, line, arrives, error):
        made = bots.add(vault, LAYOUT, "one", "mm")
        line.cut(1, arrives=arrives, error=error)

        with pytest.raises((KeyboardInterrupt, VaultUnavailable)):
            kill_switch.revoke(vault, LAYOUT, "one")

        assert line.writes[1:] == [(m, "identity/entity/name/desk-one") for m in ("DELETE", "POST")]
        assert entity(vault).disabled
        assert entity(vault).metadata["former_ids"] == made.entity_id
        assert entity(vault).metadata["binance_credential"] == "mm"

    @pytest.mark.parametrize("arrives", [False, True])
    @pytest.mark.parametrize("removing", [False, True])
    def test_interrupted_at_any_write_it_is_finished_by_running_again(self, vault, line, arrives, removing):
        def work(bot):
            return (
                kill_switch.remove(vault, LAYOUT, bot, now=NOW) if removing else kill_switch.revoke(vault, LAYOUT, bot)
            )

        for number in count():
            bot = f"bot-{number}"
            bots.add(vault, LAYOUT, bot, "mm")
            mint(vault, bot)
            line.cut(number, arrives=arrives)
            try:
                work(bot)
                break
            except KeyboardInterrupt:
                work(bot)
            found = entity(vault, bot)
            assert found.disabled
            assert ("removed" in found.metadata) is removing
            assert (vault.role("desk-approle", bot) is None) is removing
            assert len(found.aliases) == (0 if removing else 1)
        assert number == (6 if removing else 5)


class TestRemoving:
    def test_a_tombstone_is_left_and_no_role(self, vault):
        made = bots.add(vault, LAYOUT, "one", "mm")
        mint(vault)

        done = kill_switch.remove(vault, LAYOUT, "one", now=NOW)

        assert (done.secret_ids, vault.role("desk-approle", "one")) == (1, None)
        assert entity(vault).metadata == {
            "managed_by": "vault-binance/desk",
            "binance_bot": "one",
            "binance_credential": "mm",
            "former_ids": made.entity_id,
            "removed": NOW,
        }
        with pytest.raises(SecretNotFound, match="was removed on 2026-01-02"):
            kill_switch.allow(vault, LAYOUT, "one")

    def test_cut_before_its_end_allow_says_how_to_go_on(self, vault, line):
        bots.add(vault, LAYOUT, "one", "mm")
        line.cut(4, arrives=False)
        with pytest.raises(KeyboardInterrupt):
            kill_switch.remove(vault, LAYOUT, "one", now=NOW)
        assert vault.role("desk-approle", "one") is None

        with pytest.raises(SecretNotFound, match="has no role any more") as raised:
            kill_switch.allow(vault, LAYOUT, "one")
        assert raised.value.hint == "finish that: vault-binance bot remove one"


class TestSomebodyElseAtTheSameTime:
    def test_a_bot_suspended_while_it_is_made_again_stays_suspended(self, vault, monkeypatch):
        bots.add(vault, LAYOUT, "one", "mm")
        write = vault.write_entity

        def suspended_just_before(name, **changes):
            write(name, disabled=True)
            return write(name, **changes)

        monkeypatch.setattr(vault, "write_entity", suspended_just_before)
        with pytest.raises(WriteConflict, match="at the same time"):
            bots.add(vault, LAYOUT, "one", "mm")
        assert vault.entity("desk-one").disabled

    def test_of_two_who_make_a_bot_for_two_credentials_one_is_told(self, vault, monkeypatch):
        write_role = vault.write_role

        def other_just_before(mount, name, settings):
            entity = vault.entity("desk-one")
            vault.write_entity("desk-one", metadata={**entity.metadata, "binance_credential": "other"})
            write_role(mount, name, settings)

        monkeypatch.setattr(vault, "write_role", other_just_before)
        with pytest.raises(WriteConflict, match="at the same time"):
            bots.add(vault, LAYOUT, "one", "mm")


def test_a_login_at_a_mount_of_the_teams_own_is_told_when_it_is_untied(vault):
    bots.add(vault, LAYOUT, "one", "mm")
    assert kill_switch.revoke(vault, LAYOUT, "one").untied == ()
    vault.enable_auth("theirs", "approle", "of the team")
    vault.add_alias(entity(vault).id, "repo:trading/mm", vault.auth_mount("theirs").accessor)
    assert kill_switch.revoke(vault, LAYOUT, "one").untied == ("repo:trading/mm",)
    assert [alias.name for alias in entity(vault).aliases] == [vault.role_id(LAYOUT.approle_mount, "one")]
