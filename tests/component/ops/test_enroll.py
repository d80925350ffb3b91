"""Enrolling: what is written and in which order, what is refused before, and how a certificate's login ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from vault_binance.errors import ConfigError, NotOurs, PermissionDenied, SecretNotFound, WriteConflict
from vault_binance.layout import Layout
from vault_binance.ops import bots, enroll, kill_switch
from vault_binance.testing.provisioned import set_up
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.operator_port import Certificate
from vault_binance.vault.port import Health

LAYOUT = Layout("desk")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = timedelta(days=1)
SOUND = Health(initialized=True, sealed=False, standby=False, version="1.21.1")


def certificate(name="one", number=1):
    pem = f"-----BEGIN CERTIFICATE-----\n{name}:{number}\n-----END CERTIFICATE-----\n"
    return Certificate(pem, name, f"FI:NG:{number}", NOW - DAY, NOW + number * DAY)


def read(pem):
    """As the door does, of the texts above."""
    name, _, number = pem.split("\n")[1].partition(":")
    if not number:
        raise ConfigError("the certificate is damaged")
    return certificate(name, int(number))


@pytest.fixture
def vault(line):
    """Set up, with the bot `one` that reads `mm`."""
    made = HvacVault(line, line.fake.root_token)
    set_up(made, LAYOUT)
    made.write_secret("desk", "credentials/mm", {"api_key": "k"}, cas=0)
    bots.add(made, LAYOUT, "one", "mm", cidrs=["10.0.4.7/32"])
    line.writes = []
    return made


def pin(vault, shown=None, *, name="one", now=NOW):
    return enroll.enroll(vault, LAYOUT, name, shown or certificate(), read=read, now=now)


def role(vault, name="one"):
    return vault.certificate_role("desk-cert", name)


class TestEnrolling:
    def test_the_alias_and_then_the_certificate(self, vault, line):
        done = pin(vault)

        assert done == enroll.Enrolment(certificate(), ("10.0.4.7/32",), None, suspended=False)
        assert [path for _, path in line.writes] == ["identity/entity-alias", "auth/desk-cert/certs/one"]
        mount = vault.auth_mount("desk-cert").accessor
        aliases = {alias.mount_accessor: alias.name for alias in vault.entity("desk-one").aliases}
        assert (len(aliases), aliases[mount]) == (2, "one")

    def test_the_role_is_as_the_bots_own(self, vault):
        pin(vault)

        found, own = role(vault), vault.role("desk-approle", "one")
        for name in ("token_policies", "token_ttl", "token_max_ttl", "token_no_default_policy", "token_type"):
            assert found[name] == own[name], name
        assert (found["certificate"], found["allowed_common_names"]) == (certificate().pem, ["one"])
        assert found["token_bound_cidrs"] == ["10.0.4.7"]

    def test_once_more_it_replaces_and_says_what(self, vault, line):
        pin(vault)
        line.writes = []

        assert pin(vault, certificate(number=2)).replaced == certificate()
        assert line.writes == [("POST", "auth/desk-cert/certs/one")]
        assert read(role(vault)["certificate"]) == certificate(number=2)
        assert pin(vault, certificate(number=2)).replaced is None

    def test_what_cannot_be_read_is_replaced_too(self, vault):
        vault.write_certificate_role("desk-cert", "one", {"certificate": "-----BEGIN CERTIFICATE-----\nx\n"})

        assert pin(vault).replaced is None
        assert read(role(vault)["certificate"]) == certificate()

    def test_a_suspended_bot_stays_suspended(self, vault):
        kill_switch.suspend(vault, LAYOUT, "one")

        assert pin(vault).suspended
        assert vault.entity("desk-one").disabled

    @pytest.mark.parametrize("arrived", range(2))
    def test_cut_at_a_write_it_is_finished_by_running_again(self, vault, line, arrived):
        line.cut(arrived, arrives=False)
        with pytest.raises(KeyboardInterrupt):
            pin(vault)
        assert role(vault) is None, "no login before its alias"
        line.writes = []

        pin(vault)

        assert read(role(vault)["certificate"]) == certificate()


class TestRefusing:
    @pytest.mark.parametrize(
        ("shown", "now", "told"),
        [
            (certificate("two"), NOW, "is of 'two', not of one"),
            (certificate("One"), NOW, "is of 'One', not of one"),
            (certificate(), NOW + DAY, "expired on 2026-01-03"),
            (certificate(), NOW - 2 * DAY, "is valid from 2026-01-01 03:04 UTC only"),
        ],
    )
    def test_what_is_not_this_bots_or_not_valid(self, vault, line, shown, now, told):
        with pytest.raises(ConfigError, match=told):
            pin(vault, shown, now=now)
        assert line.writes == []

    def test_whoever_is_no_bot_of_ours(self, vault, line):
        vault.write_entity("desk-theirs", metadata={"team": "x"})
        bots.add(vault, LAYOUT, "gone", "mm")
        kill_switch.remove(vault, LAYOUT, "gone", now=NOW.isoformat())
        line.writes = []

        for name, error in (("theirs", NotOurs), ("nobody", SecretNotFound), ("gone", SecretNotFound)):
            with pytest.raises(error):
                pin(vault, certificate(name), name=name)
            with pytest.raises(error):
                enroll.needed(vault, LAYOUT, name)
        assert line.writes == []

    def test_a_mount_that_is_not_there_or_not_ours(self, vault, line):
        line.fake.send("DELETE", "sys/auth/desk-cert", token=line.fake.root_token)
        with pytest.raises(ConfigError, match="not set up for instance desk"):
            pin(vault)
        vault.enable_auth("desk-cert", "cert", "of somebody else")
        with pytest.raises(NotOurs):
            pin(vault)
        assert role(vault) is None

    @pytest.mark.parametrize("version", ["1.13.1", "1.14.9", "1.15.0", "1.15.4+ent"])
    def test_a_vault_that_lets_in_forged_certificates(self, vault, monkeypatch, version):
        monkeypatch.setattr(vault, "health", lambda: replace(SOUND, version=version))

        with pytest.raises(ConfigError, match="CVE-2024-2048"):
            pin(vault)
        assert role(vault) is None

    @pytest.mark.parametrize("version", ["1.14.10", "1.15.5", "1.21.1", "2.0.0", "2.5.1+hsm", "unknown"])
    def test_and_no_other(self, vault, monkeypatch, version):
        monkeypatch.setattr(vault, "health", lambda: replace(SOUND, version=version))

        pin(vault)
        assert role(vault) is not None

    def test_a_bot_that_is_revoked_in_the_very_moment(self, vault, monkeypatch):
        write = vault.write_certificate_role

        def revoked_just_before(*arguments):
            kill_switch.revoke(vault, LAYOUT, "one")
            write(*arguments)

        monkeypatch.setattr(vault, "write_certificate_role", revoked_just_before)
        with pytest.raises(WriteConflict, match="at the same time") as raised:
            pin(vault)
        assert raised.value.hint.endswith("vault-binance bot revoke one")
        assert kill_switch.revoke(vault, LAYOUT, "one").unpinned


class TestThePolicy:
    def test_is_enough_and_for_this_bot_alone(self, vault, line):
        bots.add(vault, LAYOUT, "two", "mm")
        vault.write_policy("held", enroll.needed(vault, LAYOUT, "one"))
        body = {"policies": ["held"], "no_default_policy": True}
        answer = line.fake.send("POST", "auth/token/create", body=body, token=line.fake.root_token)
        holder = HvacVault(line, type(line.fake.root_token)(answer.body["auth"]["client_token"]))

        pin(holder)
        with pytest.raises(PermissionDenied):
            pin(holder, certificate("two"), name="two")


class TestEnding:
    @pytest.mark.parametrize("removing", [False, True])
    def test_the_certificate_goes_before_the_entity(self, vault, line, removing):
        pin(vault)
        line.writes = []

        done = end(vault, removing)

        assert done.unpinned
        assert role(vault) is None
        deleted = [path for method, path in line.writes if method == "DELETE"]
        assert deleted[:2] == ["auth/desk-cert/certs/one", "identity/entity/name/desk-one"]
        assert not end(vault, removing).unpinned

    @pytest.mark.parametrize("removing", [False, True])
    def test_cut_at_any_write_it_is_finished_by_running_again(self, vault, line, removing):
        for number in count():
            bot = f"bot-{number}"
            bots.add(vault, LAYOUT, bot, "mm")
            pin(vault, certificate(bot), name=bot)
            line.cut(number, arrives=False)
            try:
                end(vault, removing, bot)
                break
            except KeyboardInterrupt:
                line.writes = []
                end(vault, removing, bot)
            assert role(vault, bot) is None
            assert vault.entity(LAYOUT.entity(bot)).disabled
        assert number == (6 if removing else 5)

    def test_without_the_right_to_end_it_this_is_told(self, vault, monkeypatch):
        pin(vault)

        def refuse(*_):
            raise PermissionDenied("permission denied")

        monkeypatch.setattr(vault, "delete_certificate_role", refuse)
        done = kill_switch.revoke(vault, LAYOUT, "one")

        assert not done.unpinned
        assert done.not_reached[0].startswith("its certificate, if it has one: permission denied")
        assert vault.entity("desk-one").disabled

    def test_one_of_somebody_elses_mount_is_left_alone(self, vault):
        pin(vault)
        vault.describe_auth_mount("desk-cert", "of somebody else")

        assert not kill_switch.revoke(vault, LAYOUT, "one").unpinned
        assert role(vault) is not None

    def test_a_bot_that_has_lost_its_entity_loses_its_certificate_when_suspended(self, vault):
        """A login with it would get an entity of its own, which nobody has disabled."""
        pin(vault)
        vault.delete_entity("desk-one")

        kill_switch.suspend(vault, LAYOUT, "one")

        assert role(vault) is None


def end(vault, removing, bot="one"):
    if removing:
        return kill_switch.remove(vault, LAYOUT, bot, now=NOW.isoformat())
    return kill_switch.revoke(vault, LAYOUT, bot)


class TestLooking:
    def test_what_is_pinned(self, vault):
        assert enroll.pinned(vault, LAYOUT, "one", read) is None
        pin(vault)
        assert enroll.pinned(vault, LAYOUT, "one", read) == certificate()

    @pytest.mark.parametrize(
        ("cidrs", "elsewhere"),
        [(["10.0.4.7/32"], False), (["10.0.4.7"], False), ([], True), (["10.0.4.0/24"], True)],
    )
    def test_whether_it_is_bound_to_other_addresses(self, vault, cidrs, elsewhere):
        assert not enroll.bound_elsewhere(vault, LAYOUT, "one", cidrs)
        pin(vault)
        assert enroll.bound_elsewhere(vault, LAYOUT, "one", cidrs) is elsewhere


def test_a_certificates_role_is_for_the_reader_of_its_instance():
    settings = enroll.role_settings(Layout("other"), replace(certificate(), common_name="two"), ())

    assert (settings["token_policies"], settings["allowed_common_names"]) == (["other-reader"], ["two"])
