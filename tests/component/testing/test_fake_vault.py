"""FakeVault: what the contract cannot show, since no real server has it."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from vault_binance.errors import LeaseEnded, LoginRefused, PermissionDenied, VaultUnavailable
from vault_binance.redacted import Redacted
from vault_binance.testing.fake_vault import FakeVault
from vault_binance.vault.admin import HvacVault
from vault_binance.vault.http import HttpVault
from vault_binance.vault.port import KvPath


@pytest.fixture
def fake() -> FakeVault:
    return FakeVault()


def ask(fake: FakeVault, method: str, path: str, body: dict[str, Any] | None = None, **rest: Any) -> Any:
    return fake.send(method, path, body=body, token=rest.pop("token", fake.root_token), **rest)


def a_bot(fake: FakeVault, **role: Any) -> dict[str, Redacted]:
    operator = HvacVault(fake, fake.root_token)
    operator.enable_auth("approle", "approle", "")
    operator.write_role("approle", "bot", role)
    secret_id = ask(fake, "POST", "auth/approle/role/bot/secret-id", {}).body["data"]["secret_id"]
    return {"role_id": Redacted(operator.role_id("approle", "bot")), "secret_id": Redacted(secret_id)}


class TestClock:
    def test_stands_still_until_it_is_moved(self, fake: FakeVault) -> None:
        bot = HttpVault(fake)
        token = bot.log_in("approle", a_bot(fake, token_ttl=60)).token
        assert bot.token_info(token).ttl == bot.token_info(token).ttl == 60
        fake.advance(59)
        assert bot.token_info(token).ttl == 1
        fake.advance(1)
        with pytest.raises(PermissionDenied):
            bot.token_info(token)

    def test_may_be_the_callers(self) -> None:
        moments = [datetime(2030, 5, 1, tzinfo=UTC)]
        fake = FakeVault(now=lambda: moments[-1])
        HvacVault(fake, fake.root_token).enable_kv("kv", "")
        first = HvacVault(fake, fake.root_token)
        first.write_secret("kv", "one", {"a": "b"}, cas=0)
        moments.append(moments[-1] + timedelta(hours=1))
        fake.advance(1)
        first.write_secret("kv", "one", {"a": "b"}, cas=1)
        metadata = first.secret_metadata("kv", "one")
        assert metadata
        assert [version.created[:19] for version in metadata.versions] == ["2030-05-01T00:00:00", "2030-05-01T01:00:01"]

    def test_lets_a_secret_id_go_at_the_clean_up_of_the_minute(self, fake: FakeVault) -> None:
        """Measured on Vault 1.21.1: a login does not look at the time, a clean-up every minute does."""
        identity = a_bot(fake, secret_id_ttl=1)
        operator, bot = HvacVault(fake, fake.root_token), HttpVault(fake)
        fake.advance(59)
        assert bot.log_in("approle", identity).token
        assert len(operator.secret_id_accessors("approle", "bot")) == 1
        fake.advance(1)
        with pytest.raises(LoginRefused):
            bot.log_in("approle", identity)
        assert operator.secret_id_accessors("approle", "bot") == ()


class TestSwitches:
    def test_sealed_answers_503_until_it_is_taken_back(self, fake: FakeVault) -> None:
        fake.sealed = True
        with pytest.raises(VaultUnavailable, match="sealed"):
            HttpVault(fake).token_info(fake.root_token)
        assert HttpVault(fake).health().sealed
        fake.sealed = False
        assert HttpVault(fake).token_info(fake.root_token).policies == ("root",)

    def test_unreachable_raises_as_a_wire_does(self, fake: FakeVault) -> None:
        fake.unreachable = True
        for call in (HttpVault(fake).health, HvacVault(fake, fake.root_token).health):
            with pytest.raises(VaultUnavailable) as error:
                call()
            assert error.value.transient
        fake.unreachable = False
        assert HttpVault(fake).health().initialized

    def test_calls_are_counted_whatever_becomes_of_them(self, fake: FakeVault) -> None:
        fake.unreachable = True
        with pytest.raises(VaultUnavailable):
            fake.send("GET", "a/b?version=1")
        fake.unreachable = False
        fake.send("GET", "a/b", token=Redacted("x"))
        assert fake.calls == [("GET", "a/b?version=1"), ("GET", "a/b")]


class TestSecrets:
    def test_are_in_no_repr_and_no_traceback(self, fake: FakeVault) -> None:
        operator = HvacVault(fake, fake.root_token)
        operator.enable_kv("kv", "")
        operator.write_secret("kv", "one", {"api_secret": "canary"}, cas=0)
        proof = a_bot(fake)
        token = HttpVault(fake).log_in("approle", proof).token
        shown = " ".join([repr(fake), *map(repr, vars(fake).values()), *map(repr, vars(fake._tokens).values())])
        try:
            ask(fake, "POST", "kv/subkeys/one", {"api_secret": "canary"}, token=token)
        except NotImplementedError:
            shown += traceback.format_exc()
        for secret in (*proof.values(), token, fake.root_token):
            assert secret.reveal() not in repr(fake)
        assert "canary" not in shown
        assert repr(fake) == "<FakeVault: 5 mounts, 2 tokens, 9 calls>"

    def test_do_not_change_with_what_the_caller_does_to_an_answer(self, fake: FakeVault) -> None:
        HvacVault(fake, fake.root_token).enable_kv("kv", "")
        body = {"data": {"list": [1]}}
        ask(fake, "POST", "kv/data/one", body)
        body["data"]["list"].append(2)
        ask(fake, "GET", "kv/data/one").body["data"]["data"]["list"].append(3)
        assert HttpVault(fake).read(fake.root_token, KvPath("kv/data/one")).fields == {"list": [1]}


def test_equal_calls_have_equal_answers() -> None:
    def life() -> list[Any]:
        fake = FakeVault()
        bot = a_bot(fake)
        wrapped = HvacVault(fake, fake.root_token).wrapped_secret_id("approle", "bot", wrap_ttl=60, settings={})
        return [fake.root_token, *bot.values(), wrapped, HttpVault(fake).log_in("approle", bot)]

    assert life() == life()


def test_threads_do_not_meet(fake: FakeVault) -> None:
    operator = HvacVault(fake, fake.root_token)
    operator.enable_kv("kv", "")

    def write() -> None:
        for _ in range(50):
            ask(fake, "POST", "kv/data/one", {"data": {}})

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    metadata = operator.secret_metadata("kv", "one")
    assert metadata
    assert metadata.current_version == 200


class TestUnknown:
    """What real Vault may answer and the fake does not know: it says so, but only to who may ask."""

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("GET", "sys/leases/lookup", None),
            ("GET", "kv/subkeys/one", None),
            ("POST", "sys/mounts/t", {"type": "pki"}),
            ("POST", "sys/auth/t", {"type": "userpass"}),
            ("POST", "sys/mounts/kv/tune", {"listing_visibility": "unauth"}),
            ("POST", "kv/config", {"delete_version_after": "1h"}),
            ("POST", "auth/token/create", {"type": "batch"}),
        ],
    )
    def test_raises(self, fake: FakeVault, method: str, path: str, body: dict[str, Any] | None) -> None:
        HvacVault(fake, fake.root_token).enable_kv("kv", "")
        with pytest.raises(NotImplementedError, match="FakeVault"):
            ask(fake, method, path, body)
        nobody = ask(fake, "POST", "auth/token/create", {"policies": ["default"]}).body["auth"]["client_token"]
        assert ask(fake, method, path, body, token=Redacted(nobody)).status == 403

    def test_operations_of_a_known_path_answer_405(self, fake: FakeVault) -> None:
        assert ask(fake, "DELETE", "auth/token/create").status == 405


class TestLeases:
    def test_end_with_time_and_with_the_systems_maximum(self, fake: FakeVault) -> None:
        ask(fake, "POST", "sys/mounts/kv", {"type": "kv", "options": {"leased_passthrough": "true"}})
        ask(fake, "POST", "kv/one", {"ttl": "400h"})
        bot = HttpVault(fake)
        lease = bot.read(fake.root_token, KvPath("kv/one", 1)).lease
        assert lease
        fake.advance(399 * 3600)
        assert bot.renew_secret(fake.root_token, lease.id).ttl == (768 - 399) * 3600
        fake.advance(369 * 3600)
        with pytest.raises(LeaseEnded):
            bot.renew_secret(fake.root_token, lease.id)

    def test_show_no_secret(self, fake: FakeVault) -> None:
        ask(fake, "POST", "sys/mounts/kv", {"type": "kv", "options": {"leased_passthrough": "true"}})
        ask(fake, "POST", "kv/one", {"x": "canary"})
        lease = HttpVault(fake).read(fake.root_token, KvPath("kv/one", 1)).lease
        assert lease
        shown = " ".join(map(repr, vars(fake._leases).values()))
        assert "canary" not in shown
        assert lease.id.reveal() not in repr(fake)


class TestRest:
    """Endpoints that no door asks and a test may need."""

    def test_audit_devices_can_be_made_and_listed(self, fake: FakeVault) -> None:
        ask(fake, "PUT", "sys/audit/file", {"type": "file", "options": {"file_path": "stdout"}})
        assert HvacVault(fake, fake.root_token).audit_devices() == ["file/"]
        ask(fake, "DELETE", "sys/audit/file")
        assert HvacVault(fake, fake.root_token).audit_devices() == []

    def test_mounts_are_listed(self, fake: FakeVault) -> None:
        HvacVault(fake, fake.root_token).enable_kv("kv", "")
        a_bot(fake)
        assert set(ask(fake, "GET", "sys/mounts").body["data"]) == {"sys/", "identity/", "kv/"}
        assert set(ask(fake, "GET", "sys/auth").body["data"]) == {"token/", "approle/"}

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("auth/approle/role/bot", {"token_ttl": "soon"}),
            ("auth/approle/role/bot", {"token_num_uses": "many"}),
        ],
    )
    def test_settings_that_are_no_numbers_answer_400(self, fake: FakeVault, path: str, body: dict[str, Any]) -> None:
        a_bot(fake)
        assert ask(fake, "POST", path, body).status == 400

    def test_a_token_whose_policies_vault_cannot_build_answers_500(self, fake: FakeVault) -> None:
        identity = a_bot(fake, token_policies=["odd"])
        text = 'path "a/{{identity.entity.metadata.k}}*" { capabilities = ["read"] }'
        HvacVault(fake, fake.root_token).write_policy("odd", text)
        lease = HttpVault(fake).log_in("approle", identity)
        entity = HttpVault(fake).token_info(lease.token).entity_id
        ask(fake, "POST", f"identity/entity/id/{entity}", {"metadata": {"k": "+"}})
        assert ask(fake, "GET", "auth/token/lookup-self", token=lease.token).status == 500
