"""Every state that a key may be in, at a Binance over real sockets with real signatures, and what is found of it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from vault_binance.binance.api import BinanceApi
from vault_binance.binance.hosts import Product
from vault_binance.credentials import Environment, KeyType
from vault_binance.errors import BinanceUnavailable, ConfigError, KeyRejected, RateLimited
from vault_binance.health.assess import DAY_MS
from vault_binance.health.expectations import Expectations
from vault_binance.health.refusals import unanswered
from vault_binance.ops.verify import verify
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator import Emulator
from vault_binance.testing.emulator.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vault_binance.credentials import Credentials
    from vault_binance.ops.verify import Verification
    from vault_binance.testing.emulator.state import IssuedKey

NOW = 1_700_000_000_000
HERE, THERE = "127.0.0.1", "127.0.0.2"
TRADING = {"enableSpotAndMarginTrading": True}
FUTURES = {**TRADING, "enableFutures": True}


@dataclass(frozen=True, slots=True)
class State:
    """A key as it is made, what then happens to it, and the findings; `key` is what our side believes to have."""

    permissions: Mapping[str, bool] = field(default_factory=lambda: TRADING)
    addresses: tuple[str, ...] = (HERE,)
    key_type: KeyType = KeyType.ED25519
    made: Mapping[str, Any] = field(default_factory=dict)
    then: Callable[[Emulator, IssuedKey], None] = lambda _binance, _issued: None
    key: Callable[[Credentials], Credentials] = lambda credentials: credentials
    allow: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    require_ip: bool | None = None
    offset_ms: int = 0
    said: Mapping[str, object] = field(default_factory=dict)
    """Answers that the emulator has no state for, by path."""
    refused: int = 0


class Said(httpx.BaseTransport):
    """The real sockets, but for some paths."""

    def __init__(self, said: Mapping[str, object]) -> None:
        self.said, self.below = said, httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path in self.said:
            return httpx.Response(200, content=json.dumps(self.said[request.url.path]))
        return self.below.handle_request(request)

    def close(self) -> None:
        self.below.close()


@pytest.fixture(scope="module")
def binance() -> Iterator[Emulator]:
    with Emulator(time_ms=lambda: NOW) as running:
        yield running


@pytest.fixture(autouse=True)
def healthy(binance: Emulator) -> Iterator[None]:
    yield
    binance.offset_ms = 0
    binance.mend()


def checked(binance: Emulator, state: State, **options: Any) -> Verification:
    issued = binance.add_key(
        key_type=state.key_type, permissions=state.permissions, ip_list=state.addresses, **state.made
    )
    state.then(binance, issued)
    binance.offset_ms = state.offset_ms
    credentials = state.key(replace(issued.credentials("mm"), version=3))
    urls = {Product.SPOT: binance.url, Product.USDS_FUTURES: binance.url}
    expectations = Expectations().plus(state.allow, state.forbid, require_ip=state.require_ip)
    with BinanceApi(credentials, urls=urls, clock=lambda: NOW, transport=Said(state.said)) as api:
        return verify(api, credentials, expectations, lambda: NOW, **options)


def found(verification: Verification) -> list[str]:
    return [f"{finding.severity.name} {finding.code}" for finding in verification.findings]


def other_secret(credentials: Credentials) -> Credentials:
    return replace(credentials, secret=Redacted("x" * 64))


STATES: dict[str, tuple[State, list[str]]] = {
    # Sound keys
    "a sound ed25519 key": (State(), []),
    "a sound rsa key": (State(key_type=KeyType.RSA), []),
    "a sound hmac key": (State(key_type=KeyType.HMAC), ["LOW hmac-deprecated"]),
    "a key that only reads": (State(permissions={}), []),
    "a key for futures": (State(permissions=FUTURES, allow=("futures",)), []),
    "fix with ed25519": (State(permissions={**TRADING, "enableFixApiTrade": True}, allow=("fix-trade",)), []),
    # What it may do
    "withdrawals on": (State(permissions={**TRADING, "enableWithdrawals": True}), ["HIGH withdrawals-allowed"]),
    "withdrawals on and open to all": (
        State(permissions={"enableWithdrawals": True}, addresses=()),
        ["HIGH withdrawals-allowed", "HIGH no-ip-restriction"],
    ),
    "withdrawals on, open to all, and waved through": (
        State(permissions={"enableWithdrawals": True}, addresses=(), allow=("withdrawals",), require_ip=False),
        ["HIGH no-ip-restriction"],
    ),
    "internal transfers on": (
        State(permissions={"enableInternalTransfer": True}),
        ["MEDIUM internal-transfer-allowed"],
    ),
    "universal transfers on": (
        State(permissions={"permitsUniversalTransfer": True}),
        ["MEDIUM universal-transfer-allowed"],
    ),
    "margin on": (State(permissions={**TRADING, "enableMargin": True}), ["LOW margin-allowed"]),
    "options on": (State(permissions={"enableVanillaOptions": True}), ["LOW options-allowed"]),
    "futures on, unasked": (State(permissions=FUTURES), ["LOW futures-allowed"]),
    "portfolio margin on": (
        State(permissions={"enablePortfolioMarginTrading": True}),
        ["LOW portfolio-margin-allowed"],
    ),
    "futures taken by portfolio margin": (
        State(permissions={"enablePortfolioMarginTrading": True}, allow=("futures", "portfolio-margin")),
        ["HIGH futures-missing"],
    ),
    "trading on, yet forbidden": (State(forbid=("spot-trading",)), ["HIGH spot-trading-allowed"]),
    "trading needed, yet off": (State(permissions={}, allow=("spot-trading",)), ["HIGH spot-trading-missing"]),
    "fix with hmac": (
        State(key_type=KeyType.HMAC, permissions={"enableFixApiTrade": True}),
        ["LOW hmac-deprecated", "LOW fix-trade-allowed", "LOW fix-needs-ed25519"],
    ),
    "fix needed, with rsa": (
        State(key_type=KeyType.RSA, permissions={"enableFixReadOnly": True}, allow=("fix-read",)),
        ["HIGH fix-needs-ed25519"],
    ),
    "a permission of tomorrow": (State(permissions={"enableMoonTrading": True}), ["MEDIUM unknown-permission"]),
    # From where, and for how long
    "no IP restriction": (State(addresses=()), ["HIGH no-ip-restriction"]),
    "no IP restriction, and none required": (State(addresses=(), require_ip=False), []),
    "trading ends in three days": (
        State(addresses=(), made={"trading_until_ms": NOW + 3 * DAY_MS}),
        ["HIGH no-ip-restriction", "MEDIUM trading-expires"],
    ),
    "trading ends in three weeks": (State(made={"trading_until_ms": NOW + 21 * DAY_MS}), ["LOW trading-expires"]),
    "trading has ended": (State(made={"trading_until_ms": NOW - 1}), ["HIGH trading-expired"]),
    "a key of last year's": (
        State(then=lambda binance, issued: binance.restrict(issued.api_key, create_time_ms=NOW - 400 * DAY_MS)),
        ["LOW key-old"],
    ),
    # The clock
    "a clock slightly ahead": (State(offset_ms=-700), ["LOW clock-drifting"]),
    "a clock slightly behind": (State(offset_ms=3_000), ["LOW clock-drifting"]),
    "a clock too far ahead": (State(offset_ms=-1_000), ["HIGH clock-skewed"]),
    "a clock too far behind": (State(offset_ms=5_001), ["HIGH clock-skewed"]),
    # The account, and futures
    "an account locked for trading": (
        State(then=lambda binance, issued: binance.change_account(uid_of(binance, issued), locked=True)),
        ["HIGH trading-locked"],
    ),
    "an account that is not normal": (
        State(said={"/sapi/v1/account/status": {"data": "Frozen"}}),
        ["MEDIUM account-not-normal"],
    ),
    "an account that nobody tells of": (
        State(then=lambda binance, _: binance.fail(Fault.HTML, path="/sapi/v1/account/apiTradingStatus")),
        ["LOW account-unchecked"],
    ),
    "a key older than its futures account": (
        State(permissions=FUTURES, made={"before_futures": True}, allow=("futures",)),
        ["HIGH futures-refused"],
    ),
    "a key older than a futures account nobody asked for": (
        State(permissions=FUTURES, made={"before_futures": True}),
        ["MEDIUM futures-refused", "LOW futures-allowed"],
    ),
    "futures that give no answer": (
        State(
            permissions=FUTURES,
            allow=("futures",),
            then=lambda binance, _: binance.fail(Fault.SERVER_ERROR, path="/fapi/*"),
        ),
        ["LOW futures-unchecked"],
    ),
    # Refused
    "another's secret": (
        State(key_type=KeyType.HMAC, key=other_secret, refused=-1022),
        ["HIGH wrong-secret"],
    ),
    "a key of another type than stored": (
        State(
            key_type=KeyType.ED25519, key=lambda one: replace(other_secret(one), key_type=KeyType.HMAC), refused=-1022
        ),
        ["HIGH wrong-secret"],
    ),
    "a deleted key": (
        State(then=lambda binance, issued: binance.delete_key(issued.api_key), refused=-2015),
        ["HIGH key-deleted-or-address", "LOW address-seen"],
    ),
    "a deleted key that is forgotten": (
        State(then=lambda binance, issued: binance.delete_key(issued.api_key, forget=True), refused=-2008),
        ["HIGH key-unknown"],
    ),
    "a key of another address": (
        State(addresses=(THERE,), refused=-2015),
        ["HIGH key-deleted-or-address", "LOW address-seen"],
    ),
    "reading off": (
        State(permissions={"enableReading": False}, refused=-2015),
        ["HIGH key-deleted-or-address", "LOW address-seen"],
    ),
    "reading off, futures on": (
        State(permissions={"enableReading": False, "enableFutures": True}, refused=-2015),
        ["HIGH permission-missing"],
    ),
    "a refusal while the clock is slightly off": (
        State(addresses=(THERE,), offset_ms=-700, refused=-2015),
        ["HIGH key-deleted-or-address", "LOW address-seen", "LOW clock-drifting"],
    ),
    "a key that was refused under a status of success": (
        State(said={"/sapi/v1/account/apiRestrictions": {"code": -2014, "msg": "x"}}, refused=-2014),
        ["HIGH key-malformed"],
    ),
}


def uid_of(binance: Emulator, issued: IssuedKey) -> int:
    return binance.state.keys[issued.api_key.reveal()].uid


@pytest.mark.parametrize("name", STATES)
def test_a_key(binance: Emulator, name: str) -> None:
    state, expected = STATES[name]
    verification = checked(binance, state)
    assert found(verification) == expected
    assert (verification.refused.code if verification.refused else 0) == state.refused
    high = any(line.startswith("HIGH") for line in expected)
    assert verification.exit_code == (31 if state.refused else 12 if high else 0)


def test_every_word_is_explained() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "verify.md").read_text()
    words = {line.split()[1] for _, expected in STATES.values() for line in expected} | {
        row[3] for row in NO_VERDICT.values()
    }
    assert {word for word in words if f"`{word}`" not in page} == set()


def test_a_plain_check_asks_five_times_and_weighs_five(binance: Emulator) -> None:
    before = len(binance.log)
    checked(binance, State())
    assert [entry.path for entry in binance.log[before:]] == [
        "/api/v3/time",
        "/api/v3/time",
        "/sapi/v1/account/apiRestrictions",
        "/sapi/v1/account/status",
        "/sapi/v1/account/apiTradingStatus",
    ]


def test_nothing_but_reads_is_ever_asked(binance: Emulator) -> None:
    for state, _ in STATES.values():
        checked(binance, state)
        binance.mend()
    assert {entry.method for entry in binance.log} == {"GET"}


def test_the_address_that_binance_sees_is_told(binance: Emulator) -> None:
    assert (
        checked(binance, STATES["a key of another address"][0]).findings[1].fact
        == f"Binance sees this machine as {HERE}"
    )


NO_VERDICT: dict[str, tuple[Fault, dict[str, Any], type[BinanceUnavailable], str]] = {
    "a banned address": (Fault.BANNED, {"times": None}, RateLimited, "address-banned"),
    "an address banned while it asked": (
        Fault.BANNED,
        {"times": None, "path": "/sapi/v1/account/apiRestrictions"},
        RateLimited,
        "address-banned",
    ),
    "too many requests": (Fault.RATE_LIMITED, {"times": None}, RateLimited, "rate-limited"),
    "the firewall": (Fault.FIREWALL, {"times": None}, BinanceUnavailable, "firewall"),
    "a restricted location": (Fault.RESTRICTED_LOCATION, {"times": None}, BinanceUnavailable, "restricted-location"),
    "a failure of Binance": (Fault.SERVER_ERROR, {"times": None}, BinanceUnavailable, "binance-failed"),
    "a page of HTML": (Fault.HTML, {"times": None}, BinanceUnavailable, "no-answer"),
    "half an answer": (Fault.TRUNCATED, {"path": "/sapi/*"}, BinanceUnavailable, "no-answer"),
    "a connection that ends": (Fault.CUT, {"times": None}, BinanceUnavailable, "no-answer"),
}


@pytest.mark.parametrize("name", NO_VERDICT)
def test_there_is_no_verdict_on_a_key_behind(binance: Emulator, name: str) -> None:
    fault, where, kind, word = NO_VERDICT[name]
    with pytest.raises(BinanceUnavailable) as info:
        checked(binance, State(then=lambda binance, _: binance.fail(fault, **where)))
    assert type(info.value) is kind
    assert unanswered(info.value.status, maintenance=info.value.maintenance).code == word


def test_maintenance_is_told_as_such(binance: Emulator) -> None:
    state = State(
        said={"/sapi/v1/system/status": {"status": 1, "msg": "system maintenance"}},
        then=lambda binance, _: binance.fail(Fault.SERVER_ERROR, path="/sapi/v1/account/*", status=503),
    )
    with pytest.raises(BinanceUnavailable) as info:
        checked(binance, state)
    assert info.value.maintenance
    assert info.value.message.startswith("Binance is under maintenance. GET /sapi/v1/account/apiRestrictions:")


def test_an_address_banned_right_after_a_refusal_is_not_the_keys_fault(binance: Emulator) -> None:
    """The time is asked for once more after a -2015: a ban then has the last word."""
    state = State(addresses=(THERE,), refused=-2015)

    class Banned(Said):
        asked = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.asked += 1
            if self.asked == 4:
                binance.ban(HERE)
            return super().handle_request(request)

    issued = binance.add_key(key_type=KeyType.ED25519, ip_list=state.addresses)
    credentials = issued.credentials("mm")
    with (
        BinanceApi(credentials, url=binance.url, clock=lambda: NOW, transport=Banned({})) as api,
        pytest.raises(RateLimited),
    ):
        verify(api, credentials, Expectations(), lambda: NOW)


# Environments


def test_a_testnet_key_stored_as_live_is_found_out(binance: Emulator) -> None:
    with Emulator(environment=Environment.TESTNET, time_ms=lambda: NOW) as testnet:
        issued = testnet.add_key(key_type=KeyType.ED25519)
        credentials = replace(issued.credentials("mm"), environment=Environment.LIVE)

        @contextmanager
        def elsewhere(environment: Environment) -> Iterator[BinanceApi]:
            server = testnet if environment is Environment.TESTNET else binance
            pair = replace(credentials, environment=environment)
            with BinanceApi(pair, url=server.url, clock=lambda: NOW) as api:
                yield api

        with BinanceApi(credentials, url=binance.url, clock=lambda: NOW) as api:
            verification = verify(api, credentials, Expectations(), lambda: NOW, elsewhere=elsewhere)
    assert found(verification) == ["HIGH wrong-environment"]
    assert verification.findings[0].fact == "this key belongs to testnet, but is stored as live"
    with pytest.raises(KeyRejected):
        verification.require_accepted()


@pytest.mark.parametrize(
    ("product", "paths"),
    [
        (Product.SPOT, ["/api/v3/time", "/api/v3/time", "/api/v3/account"]),
        (Product.USDS_FUTURES, ["/fapi/v1/time", "/fapi/v1/time", "/fapi/v3/account"]),
    ],
)
def test_a_key_of_a_testnet_is_proven_where_it_lives(product: Product, paths: list[str]) -> None:
    with Emulator(environment=Environment.TESTNET, time_ms=lambda: NOW) as testnet:
        issued = testnet.add_key(key_type=KeyType.ED25519, permissions=FUTURES)
        credentials = issued.credentials("mm")
        with BinanceApi(credentials, urls={product: testnet.url}, clock=lambda: NOW) as api:
            verification = verify(api, credentials, Expectations(), lambda: NOW, product=product)
        assert [entry.path for entry in testnet.log] == paths
    assert found(verification) == ["LOW permissions-unchecked"]


def test_a_key_of_the_emulator_is_never_shown_to_the_real_futures(binance: Emulator) -> None:
    """Only spot's address is replaced: nothing is sent to fapi.binance.com, and that is told."""
    issued = binance.add_key(key_type=KeyType.ED25519, permissions=FUTURES, ip_list=(HERE,))
    hosts = []

    class Watched(Said):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            hosts.append(request.url.host)
            return super().handle_request(request)

    with BinanceApi(issued.credentials(), url=binance.url, clock=lambda: NOW, transport=Watched({})) as api:
        verification = verify(
            api, issued.credentials(), Expectations().plus(("futures",), (), require_ip=None), lambda: NOW
        )
    assert set(hosts) == {HERE}
    assert found(verification) == ["LOW futures-unchecked"]


def test_an_address_of_something_else_is_a_wrong_setting(binance: Emulator) -> None:
    with pytest.raises(ConfigError, match="no such"):
        checked(binance, State(then=lambda binance, _: binance.fail(Fault.FIREWALL, path="/sapi/*", status=404)))
