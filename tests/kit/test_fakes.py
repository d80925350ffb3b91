"""FakeVault on a socket, one clock for it and for Binance, and the outages that it can be put through."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest

from vault_binance import Fetcher, VaultUnavailable, borrow
from vault_binance.errors import ConfigError
from vault_binance.testing import DevVault, Emulator, FakeClock, FakeVault, ProvisionedVault, VaultOutage
from vault_binance.testing.hooks import AppRole, Policies
from vault_binance.testing.server_call import call


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def fake(clock):
    with FakeVault(now=clock.now) as fake:
        yield fake


@pytest.fixture
def bot(fake, clock):
    with Emulator(time_ms=clock.time_ms) as binance:
        vault = ProvisionedVault(fake, binance)
        yield vault.add_bot("mm-1", vault.add_credential("market-maker"))
        vault.close()


def test_a_clock_stands_still_until_it_is_moved_and_never_back(clock):
    assert (clock.now(), clock.seconds(), clock.time_ms()) == (datetime(2026, 1, 1, tzinfo=UTC), 0, 1_767_225_600_000)
    clock.advance(1.5)
    assert (clock.now().microsecond, clock.seconds(), clock.time_ms()) == (500_000, 1.5, 1_767_225_601_500)
    assert repr(clock) == "<FakeClock: 2026-01-01T00:00:01.500000+00:00>"
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_a_token_runs_out_by_the_clock_and_the_bot_logs_in_again(fake, bot, clock):
    with Fetcher(environ=bot.environ) as vault:
        clock.advance(24 * 3600)
        assert vault.refresh().version == 1
    logins = [path for _, path in fake.calls if path.endswith("-approle/login")]
    assert len(logins) == 2


def test_vault_and_binance_have_one_time(fake, bot, clock):
    clock.advance(3600)
    with urlopen(f"{bot.vault.binance.url}/api/v3/time") as answer:  # noqa: S310  http alone
        assert answer.read() == b'{"serverTime":1767229200000}'
    assert fake.call("GET", "sys/health")[1]["server_time_utc"] == 1_767_229_200


@pytest.mark.parametrize("outage", ["sealed", "killed"])
def test_the_fake_can_be_away_and_is_back_with_its_data_at_its_address(fake, bot, outage):
    address = fake.address
    with getattr(VaultOutage(fake), outage)(), pytest.raises(VaultUnavailable), borrow(environ=bot.environ):
        pass
    bot.new_login()
    with borrow(environ=bot.environ) as credentials:
        assert credentials.version == 1
    assert (fake.address, fake.health()) == (address, 200)


def test_paused_it_takes_connections_and_answers_nothing(fake):
    with VaultOutage(fake).paused(), pytest.raises(TimeoutError):
        call(fake.address, "GET", "sys/health", timeout=0.05)
    assert call(fake.address, "GET", "sys/health")[0] == 200


@pytest.mark.parametrize("outage", ["sealed", "paused", "killed"])
def test_it_is_back_after_a_block_that_raised(fake, outage):
    with pytest.raises(ZeroDivisionError), getattr(VaultOutage(fake), outage)():
        raise ZeroDivisionError
    assert call(fake.address, "GET", "sys/health", timeout=1)[0] == 200


def test_a_kept_connection_ends_with_a_restart(fake):
    with socket.create_connection(("127.0.0.1", int(fake.address.rpartition(":")[2])), timeout=5) as kept:
        kept.sendall(b"GET /v1/sys/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert kept.recv(1 << 16).startswith(b"HTTP/1.1 200")
        VaultOutage(fake).restart()
        assert kept.recv(1) == b""


def test_what_it_does_not_know_is_no_answer_of_vaults_and_is_raised_at_its_end():
    fake = FakeVault()
    fake.start()
    assert call(fake.address, "POST", "sys/rotate", {}, token=fake.root_token)[0] == 501
    with pytest.raises(NotImplementedError, match="sys/rotate"):
        fake.stop()
    with pytest.raises(VaultUnavailable, match="not listening"):
        fake.pause()


def test_it_takes_the_hooks_that_real_servers_take():
    role = AppRole("bot", policies=("ro",), ttl=60)
    with FakeVault(hooks=[Policies({"ro": 'path "x" { capabilities = ["read"] }'}), role]) as fake:
        role_id, secret_id = role.new_login(fake)
        login = {"role_id": role_id.reveal(), "secret_id": secret_id.reveal()}
        auth = call(fake.address, "POST", "auth/approle/login", login)[1]["auth"]
        assert (auth["lease_duration"], auth["token_policies"]) == (60, ["default", "ro"])
        with pytest.raises(ConfigError, match="already started"):
            fake.start()


def test_a_server_in_memory_has_no_outages(dev_vault):
    with pytest.raises(ConfigError, match="DevVault in memory does not outlive an outage"):
        VaultOutage(dev_vault)
    assert isinstance(dev_vault, DevVault)
