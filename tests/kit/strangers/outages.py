"""A stranger's tests of what a bot does while Vault is away."""

import urllib.error
import urllib.request

import pytest

from vault_binance import Fetcher


def health(server):
    try:
        return urllib.request.urlopen(f"{server.address}/v1/sys/health", timeout=0.5).status  # noqa: S310  http alone
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return type(getattr(error, "reason", error)).__name__


@pytest.mark.parametrize(
    ("outage", "seen"), [("sealed", 503), ("paused", "TimeoutError"), ("killed", "ConnectionRefusedError")]
)
def test_a_bot_trades_on_through_it(binance_bot, vault_outage, vault_server, outage, seen):
    with Fetcher(schedule="swift") as vault:
        with getattr(vault_outage, outage)():
            assert health(vault_server) == seen
            assert vault.credentials.version == 1
        assert health(vault_server) == 200
        binance_bot.credential.rotate()
        vault.refresh()
        assert vault.credentials.version == 2


def test_vault_is_back_after_a_block_that_raised(vault_outage, vault_server):
    with pytest.raises(ZeroDivisionError), vault_outage.sealed():
        raise ZeroDivisionError
    assert health(vault_server) == 200
