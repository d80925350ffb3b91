"""A secret with a lease of its own, kept on a real Vault: renewed, replaced before its maximum, given back by its id.

Our own engine comes later. A KV v1 mount with `leased_passthrough` gives real leases that can be renewed; for a
credential it is refused (reference: Vault, 2.4), and these tests walk around that refusal.
"""

from __future__ import annotations

import time
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from vault_binance import Fetcher
from vault_binance.errors import ConfigError
from vault_binance.schedules import SWIFT
from vault_binance.testing.fault_proxy import FaultProxy
from vault_binance.vault.http import HttpVault
from vault_binance.vault.port import KvPath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault_binance.testing.dev_server import DevVault

QUICK = replace(SWIFT, read_every=0.3, login_gap=0.05)
POLICY = """
path "{mount}/*" {{ capabilities = ["read"] }}
path "sys/leases/renew" {{ capabilities = ["update"] }}
path "sys/leases/revoke" {{ capabilities = ["update"] }}
"""


class Leased:
    """A mount whose reads come with a lease of `ttl` seconds, at most `most`; and a token that may read it."""

    def __init__(self, vault: DevVault, *, ttl: int, most: int) -> None:
        self.vault, self.mount = vault, f"leased-{token_hex(4)}"
        options = {"version": "1", "leased_passthrough": "true"}
        config = {"max_lease_ttl": f"{most}s"}
        self.done("POST", f"sys/mounts/{self.mount}", {"type": "kv", "options": options, "config": config})
        self.done("PUT", f"sys/policies/acl/{self.mount}", {"policy": POLICY.format(mount=self.mount)})
        self.ttl = ttl
        self.put("a")

    def put(self, letter: str) -> None:
        pair = {"api_key": letter * 64, "api_secret": letter.upper() * 64, "ttl": f"{self.ttl}s"}
        self.done("PUT", self.path, pair)

    @property
    def path(self) -> str:
        return f"{self.mount}/maker"

    def token(self) -> str:
        auth = self.done("POST", "auth/token/create", {"policies": [self.mount], "ttl": "1h"})["auth"]
        return str(auth["client_token"])

    def leases(self) -> int:
        _, answer = self.vault.call("LIST", f"sys/leases/lookup/{self.path}")
        return len((answer.get("data") or {}).get("keys", []))

    def done(self, method: str, path: str, body: dict[str, Any]) -> Any:
        status, answer = self.vault.call(method, path, body)
        assert status < 300, answer
        return answer


@pytest.fixture
def around_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HttpVault, "locate", lambda _self, _token, path: KvPath(path, kv_version=0))


@pytest.fixture
def proxy(dev_vault: DevVault) -> Iterator[FaultProxy]:
    with FaultProxy(dev_vault.address) as proxy:
        yield proxy


def fetcher(leased: Leased, proxy: FaultProxy) -> Fetcher:
    environ = {"VAULT_ADDR": proxy.address, "VAULT_TOKEN": leased.token()}
    return Fetcher(path=leased.path, environ=environ, schedule=QUICK)


def asked(proxy: FaultProxy, path: str) -> int:
    return sum(seen.path == f"/v1/{path}" for seen in proxy.requests)


@pytest.mark.usefixtures("around_the_refusal")
def test_it_is_renewed_and_not_read_again_and_given_back_by_its_id(dev_vault: DevVault, proxy: FaultProxy) -> None:
    leased = Leased(dev_vault, ttl=2, most=3600)
    with fetcher(leased, proxy) as vault:
        first = vault.credentials
        time.sleep(2.6)
        assert vault.credentials is first
        assert leased.leases() == 1
    assert asked(proxy, leased.path) == 1, "each read would make another secret"
    assert asked(proxy, "sys/leases/renew") in {2, 3}
    assert asked(proxy, "auth/token/lookup-self") > 3, "the token is asked for instead"
    assert (asked(proxy, "sys/leases/revoke"), asked(proxy, "auth/token/revoke-self")) == (1, 0)
    assert leased.leases() == 0


@pytest.mark.usefixtures("around_the_refusal")
def test_before_its_maximum_it_is_replaced_and_nothing_is_used_past_its_end(
    dev_vault: DevVault, proxy: FaultProxy
) -> None:
    leased, changes = Leased(dev_vault, ttl=2, most=3), []
    with fetcher(leased, proxy) as vault:
        vault.on_change(lambda old, new: changes.append((old.api_key.reveal()[0], new.api_key.reveal()[0])))
        leased.put("b")
        end = time.monotonic() + 4
        while time.monotonic() < end:
            assert vault.credentials
            time.sleep(0.01)
        assert vault.credentials.api_key.reveal()[0] == "b"
    assert changes == [("a", "b")]
    assert leased.leases() == 0


@pytest.mark.usefixtures("around_the_refusal")
def test_revoked_by_an_operator_it_is_replaced_at_its_renewal(dev_vault: DevVault, proxy: FaultProxy) -> None:
    leased = Leased(dev_vault, ttl=2, most=3600)
    with fetcher(leased, proxy) as vault:
        leased.done("PUT", f"sys/leases/revoke-prefix/{leased.mount}", {})
        end = time.monotonic() + 5
        while leased.leases() == 0 and time.monotonic() < end:
            assert vault.credentials
            time.sleep(0.01)
        assert leased.leases() == 1


def test_for_a_credential_such_a_mount_is_refused(dev_vault: DevVault, proxy: FaultProxy) -> None:
    leased = Leased(dev_vault, ttl=60, most=3600)
    with pytest.raises(ConfigError, match="leased_passthrough"), fetcher(leased, proxy):
        raise AssertionError
    assert leased.leases() == 0
