"""A lease kept, step by step, on a fake Vault whose clock is the bot's: what is asked, and what readers see."""

from __future__ import annotations

import re

import pytest

from tests.component.bot.world import BOT, LAYOUT, LOGIN, NAME, READ, RENEW, REVOKE, life, pair, until_waiting
from vault_binance.errors import (
    ConfigError,
    CredentialsStale,
    LeaseEnded,
    LoginRefused,
    PermissionDenied,
    SecretNotFound,
    VaultUnavailable,
)
from vault_binance.lease_values import CloseRequested, Phase, RefreshRequested


def started(world, **settings):
    keeper = world.keeper(**settings)
    until_waiting(keeper)
    assert keeper.state.session.phase is Phase.HOLDING, keeper.state
    world.fake.calls.clear()
    return keeper


def key(keeper):
    return keeper.credentials().api_key.reveal()


# In calm


def test_it_logs_in_reads_and_waits(world):
    keeper = world.keeper()
    with pytest.raises(CredentialsStale, match="no credentials for maker yet"):
        keeper.credentials()
    wait, told = until_waiting(keeper)
    assert (wait, told, world.calls) == (30, ["created"], [LOGIN, READ])
    assert (keeper.credentials().version, key(keeper), keeper.age()) == (1, pair(1)["api_key"], 0)


def test_an_hour_of_calm_is_a_read_each_half_minute_a_renewal_each_half_lease_and_one_login(world):
    keeper = started(world)
    assert set(life(world, keeper, 3600)) == {"renewed"}
    calls = world.calls
    assert (calls.count(READ), calls.count(RENEW), calls.count(LOGIN)) == (120, 8, 0)
    assert keeper.credentials().version == 1
    assert world.tokens == 1


def test_a_rotation_is_seen_within_half_a_minute_and_told_with_both(world):
    keeper = started(world)
    world.put(2)
    world.advance(30)
    step = keeper.step()
    old, new = step.change
    assert ([notice.kind for notice in step.told], old.version, new.version) == (["rotated"], 1, 2)
    assert key(keeper) == pair(2)["api_key"]


def test_a_version_with_the_same_pair_is_a_rotation_too(world):
    """Somebody wrote it on purpose, and the bot reports versions."""
    keeper = started(world)
    world.operator.write_secret("binance", f"credentials/{NAME}", pair(1), cas=1)
    assert life(world, keeper, 31) == ["rotated"]


def test_reading_the_snapshot_asks_nobody(world):
    keeper = started(world)
    for _ in range(100):
        keeper.credentials()
    assert (keeper.age(), keeper.left(), keeper.until(), world.calls) == (0, 900, 3600, [])


def test_before_its_maximum_a_lease_is_replaced_and_the_old_token_given_back(world):
    world.operator.write_role(LAYOUT.approle_mount, BOT, {"token_ttl": 600, "token_max_ttl": 900})
    keeper = started(world)
    told = life(world, keeper, 900)
    assert [kind for kind in told if kind != "renewed"] == ["created", "revoked"]
    calls = world.calls
    assert calls.index(LOGIN) < calls.index(REVOKE)
    assert calls[calls.index(LOGIN) + 1] == READ, "the old one is given back once the new one is proven"
    assert world.tokens == 1


def test_refreshes_asked_for_at_once_are_one_read_and_the_next_comes_a_second_later(world):
    keeper = started(world)
    world.advance(2)
    for _ in range(20):
        keeper.wish(RefreshRequested())
    until_waiting(keeper)
    assert world.calls == [READ]
    keeper.wish(RefreshRequested())
    assert (until_waiting(keeper)[0], world.calls) == (1, [])
    life(world, keeper, 1)
    assert world.calls == [READ]


# On the way out


def test_closing_gives_the_token_back_and_ends(world):
    keeper = started(world)
    keeper.wish(CloseRequested())
    assert until_waiting(keeper) == (None, ["revoked", "ended"])
    assert (world.calls, world.tokens) == ([REVOKE], 0)
    with pytest.raises(LeaseEnded, match="the lease of maker has ended: closed") as caught:
        keeper.credentials()
    assert caught.value.reason == "closed"


def test_closing_before_anything_was_created_asks_nothing(world):
    keeper = world.keeper()
    keeper.wish(CloseRequested())
    assert until_waiting(keeper) == (None, ["ended"])
    assert world.calls == []


def test_a_token_that_cannot_be_given_back_has_one_try(world):
    keeper = started(world)
    world.fake.unreachable = True
    keeper.wish(CloseRequested())
    assert until_waiting(keeper) == (None, ["revoked", "ended"])
    assert world.calls == [REVOKE]


def test_a_token_from_outside_is_renewed_and_stays(world):
    token = world.token()
    keeper = started(world, who=lambda: token)
    life(world, keeper, 500)
    assert world.calls.count(RENEW) == 1
    keeper.wish(CloseRequested())
    assert until_waiting(keeper) == (None, ["ended"])
    assert (world.calls, world.tokens) == ([], 1)


def test_a_token_that_an_agent_keeps_alive_is_taken_up_when_it_is_replaced(world):
    tokens = [world.token(kept_alive=True)]
    keeper = started(world, who=lambda: tokens[-1])
    tokens.append(world.token(kept_alive=True))
    life(world, keeper, 31)
    assert world.calls == ["auth/token/lookup-self", READ]
    world.advance(400)
    life(world, keeper, 31)
    assert RENEW not in world.calls


# Unreachable


def test_while_vault_is_away_the_last_pair_is_good_for_an_hour_and_no_longer(world):
    keeper = started(world)
    world.fake.unreachable = True
    assert life(world, keeper, 3599) == ["unreachable", "expired"], "the token's lease, which nobody could renew"
    assert key(keeper) == pair(1)["api_key"]
    assert life(world, keeper, 2) == ["expired"], "the pair itself"
    with pytest.raises(CredentialsStale, match="too old to be used") as caught:
        keeper.credentials()
    assert isinstance(caught.value.__cause__, VaultUnavailable)
    assert len(world.calls) <= 70
    world.fake.unreachable = False
    assert life(world, keeper, 67) == ["created", "recovered"]
    assert keeper.credentials().version == 1


def test_max_stale_zero_ends_with_the_lease(world):
    keeper = started(world, max_stale=0.0)
    world.fake.unreachable = True
    life(world, keeper, 899)
    assert keeper.credentials()
    world.advance(1)
    with pytest.raises(CredentialsStale):
        keeper.credentials()


def test_a_loop_that_is_late_hands_out_nothing_stale(world):
    """The host slept: nothing ran, the clock went on."""
    keeper = started(world)
    world.advance(3600)
    with pytest.raises(CredentialsStale):
        keeper.credentials()
    assert until_waiting(keeper)[1] == ["expired", "expired", "created"]
    assert keeper.credentials()


def test_a_sealed_vault_is_away_and_costs_one_call_a_try(world):
    keeper = started(world)
    world.fake.sealed = True
    life(world, keeper, 31)
    assert set(world.calls) == {READ}


def test_what_is_no_vault_is_away_too_once_there_was_one(world, monkeypatch):
    keeper = started(world)
    monkeypatch.setattr(keeper._errands._vault, "read", raising(ConfigError("no Vault")))
    assert life(world, keeper, 31) == ["unreachable"]
    assert key(keeper)


def raising(error):
    def call(*_, **__):
        raise error

    return call


# Refused


def test_a_suspended_bot_hands_out_nothing_after_half_a_minute_and_one_call(world):
    keeper = started(world)
    world.suspend()
    life(world, keeper, 29)
    assert keeper.credentials()
    told = life(world, keeper, 1)
    assert (told, world.calls[:2]) == (["expired", "refused", "revoked"], [READ, LOGIN])
    with pytest.raises(LeaseEnded, match="Vault refuses maker") as caught:
        keeper.credentials()
    assert (caught.value.reason, type(caught.value.__cause__)) == ("refused", LoginRefused)


def test_a_suspended_bot_asks_ever_more_rarely_and_recovers_when_it_is_allowed(world):
    keeper = started(world)
    world.suspend()
    assert life(world, keeper, 3600).count("refused") == 1
    assert world.calls.count(LOGIN) <= 70
    world.allow()
    assert life(world, keeper, 67) == ["created", "recovered"]
    assert (key(keeper), world.tokens) == (pair(1)["api_key"], 1)


def test_a_refresh_learns_of_a_suspension_at_once(world):
    keeper = started(world)
    world.advance(2)
    world.suspend()
    keeper.wish(RefreshRequested())
    assert "refused" in until_waiting(keeper)[1]


def test_a_denied_read_is_explained_once(world):
    keeper = started(world)
    world.operator.write_entity(LAYOUT.entity(BOT), metadata={"binance_credential": "another"})
    life(world, keeper, 600)
    with pytest.raises(LeaseEnded) as caught:
        keeper.credentials()
    assert isinstance(caught.value.__cause__, PermissionDenied)
    assert "this entity's says 'another'" in caught.value.hint
    assert world.calls.count("sys/capabilities-self") == 1


def test_a_dead_token_is_replaced_without_a_gap(world):
    keeper = started(world)
    (token,) = [token for token in world.fake._tokens._tokens.values() if token.parent == "" and token.num_uses == 0][
        1:
    ]
    world.fake._tokens.end(token)
    assert life(world, keeper, 30) == ["expired", "created", "revoked"]
    assert key(keeper)


# Deleted


@pytest.mark.parametrize("state", ["deleted", "destroyed"])
def test_a_deleted_version_stays_in_use_until_it_is_too_old(world, state):
    keeper = started(world)
    world.made("POST", f"binance/{'delete' if state == 'deleted' else 'destroy'}/credentials/{NAME}", {"versions": [1]})
    assert life(world, keeper, 300) == ["deleted"]
    assert key(keeper) == pair(1)["api_key"]
    assert set(life(world, keeper, 3600)) == {"renewed", "expired"}
    with pytest.raises(CredentialsStale):
        keeper.credentials()


def test_half_a_pair_is_never_handed_out(world):
    keeper = started(world)
    world.operator.write_secret("binance", f"credentials/{NAME}", {"api_key": "n" * 64}, cas=1)
    assert life(world, keeper, 31) == ["deleted"]
    assert keeper.state.session.missing == "malformed"
    assert key(keeper) == pair(1)["api_key"]


# At the start


def test_a_start_fails_at_once_where_waiting_cannot_help(world):
    for break_it, error in (
        (world.suspend, LoginRefused),
        (lambda: world.made("DELETE", f"binance/metadata/credentials/{NAME}", {}), SecretNotFound),
    ):
        keeper = world.keeper(wait=600)
        break_it()
        while keeper.step().wait is not None:
            world.advance(1)
        assert type(keeper.state.error) is error
        assert (keeper.state.session.phase, world.tokens) == (Phase.ENDED, 0)
        world.allow()


def test_a_start_waits_for_a_vault_that_is_away_as_long_as_it_was_told_to(world):
    world.fake.unreachable = True
    keeper = world.keeper(wait=20)
    assert life(world, keeper, 19) == ["unreachable"]
    assert life(world, keeper, 1) == ["ended"], "with a last try when the time is over"
    assert isinstance(keeper.state.error, VaultUnavailable)
    patient = world.keeper(wait=20)
    life(world, patient, 10)
    world.fake.unreachable = False
    assert life(world, patient, 10) == ["created", "recovered"]
    assert patient.credentials()


# Failing


def test_what_nobody_foresaw_reaches_the_next_reader_and_the_token_goes_back(world):
    keeper = started(world)
    with pytest.raises(RuntimeError) as unforeseen:
        raise RuntimeError("a text that may quote a secret")
    keeper.fail(unforeseen.value)
    with pytest.raises(LeaseEnded, match="ended: failed") as caught:
        keeper.credentials()
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert re.match(r"RuntimeError, which nobody foresaw, at \S+test_keeping\.py line \d+: ", caught.value.hint)
    assert "quote" not in caught.value.hint
    assert until_waiting(keeper)[0] is None
    assert world.tokens == 0


def test_a_forked_child_leaves_the_parents_token_alone_and_gets_its_own(world):
    keeper = started(world)
    keeper.forked()
    assert key(keeper), "good until it is too old"
    assert until_waiting(keeper)[1] == ["created", "recovered"]
    keeper.wish(CloseRequested())
    until_waiting(keeper)
    assert world.tokens == 1


def test_a_failure_is_kept_without_the_frames_that_hold_what_was_before(world):
    keeper = started(world)
    world.fake.unreachable = True
    life(world, keeper, 300)
    error = keeper.state.error
    assert (error.__traceback__, error.__context__) == (None, None), "else each keeps the one before, and its secrets"


def test_no_secret_is_in_what_is_told_or_shown(world):
    keeper = world.keeper()
    told = []
    while (step := keeper.step()).wait == 0.0:
        told.append(step)
    shown = repr((told, keeper.state, keeper.calls, vars(keeper), vars(keeper._errands)))
    tokens = [token.id for token in world.fake._tokens._tokens.values()]
    for secret in (*pair(1).values(), world.secret_id, *tokens):
        assert secret not in shown
