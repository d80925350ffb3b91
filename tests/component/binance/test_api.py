"""Binance's door: the bytes it sends, and an error of ours for every way in which Binance can fail."""

import json
import logging
import os
import ssl
from urllib.parse import unquote

import httpx
import pytest

from tests.rows import each_row
from vault_binance.binance import api, transport
from vault_binance.binance.api import BinanceApi
from vault_binance.binance.codes.row import Outcome
from vault_binance.binance.codes.table import TABLE, Refusal, explained
from vault_binance.binance.hosts import Product, base_url
from vault_binance.binance.port import ServerTime
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import (
    BinanceUnavailable,
    ConfigError,
    KeyRejected,
    MalformedCredentials,
    RateLimited,
    VaultBinanceError,
)
from vault_binance.health.values import Permission, TradingStatus
from vault_binance.redacted import Redacted
from vault_binance.signing import hmac_signature

NOW = 1_700_000_000_000
SECRET = Redacted("CanarySecret" + "s" * 52)
API_KEY = Redacted("CanaryKey" + "k" * 55)
RESTRICTIONS = {
    "ipRestrict": False,
    "createTime": 1623840271000,
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": True,
    "enableMargin": False,
    "enableFutures": False,
    "permitsUniversalTransfer": True,
    "enableVanillaOptions": False,
    "enableFixApiTrade": False,
    "enableFixReadOnly": True,
    "enableSpotAndMarginTrading": False,
    "enablePortfolioMarginTrading": True,
}
"""The example of Binance's page (reference: Binance, 4)."""


def credentials(environment=Environment.LIVE, api_key=API_KEY):
    return Credentials("bot", api_key, SECRET, KeyType.HMAC, environment)


def client(answer, *, environment=Environment.LIVE, url="", clock=lambda: NOW):
    """A client whose every request gets `answer`: a response, an exception, or a function of the request."""

    def respond(request):
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    return BinanceApi(credentials(environment), url=url, clock=clock, transport=httpx.MockTransport(respond))


def failure(status, body=None, **headers):
    content = json.dumps(body) if body is not None else "<html>no</html>"
    return httpx.Response(status, content=content, headers=headers)


def caught(answer, **options):
    with pytest.raises(VaultBinanceError) as info, client(answer, **options) as binance:
        binance.restrictions()
    return info.value


@pytest.mark.parametrize("environment", Environment)
def test_every_environment_has_its_address(environment):
    assert base_url(environment).startswith("https://")
    seen = []
    client(lambda r: seen.append(r.url) or httpx.Response(200, json={"serverTime": 1}), environment=environment)._get(
        "/api/v3/time"
    )
    assert str(seen[0]) == base_url(environment) + "/api/v3/time"


@each_row("url", ["http://127.0.0.1:8080", "http://[::1]:80", "https://api1.binance.com", "https://api1.binance.com/"])
def test_another_address_may_be_given(url):
    seen = []
    client(lambda r: seen.append(r.url) or httpx.Response(200, json={"serverTime": 1}), url=url).server_time()
    assert seen[0] == httpx.URL(url.rstrip("/") + "/api/v3/time")


@each_row(
    "url",
    [
        "api.binance.com",
        "https://",
        "ftp://h",
        "https://h/api/v3",
        "https://u:p@h",
        "https://h:port",
        "https://h?a=b",
        "https://h?",
        "https://h#",
        "https://a b",
        "https://h\n",
        "https://[::1",
        "https://[:::]",
        "https://h:99999",
    ],
)
def test_an_address_that_is_more_than_host_and_port_is_refused(url):
    with pytest.raises(ConfigError, match="not of the form"):
        client(failure(500), url=url)


def test_a_signed_request_is_stamped_when_it_is_sent_and_signed_over_its_own_bytes():
    seen = []
    clock = iter(range(NOW, NOW + 5)).__next__
    binance = client(lambda r: seen.append(r) or httpx.Response(200, json=RESTRICTIONS), clock=clock)
    binance.restrictions()
    binance.restrictions()
    for moment, request in enumerate(seen):
        query, _, signature = request.url.query.decode().rpartition("&signature=")
        assert query == f"recvWindow=5000&timestamp={NOW + moment}"
        assert unquote(signature) == hmac_signature(SECRET, query.encode())
        assert request.headers["X-MBX-APIKEY"] == API_KEY.reveal()
        assert request.extensions["timeout"] == dict.fromkeys(("connect", "read", "write", "pool"), 10.0)


def test_the_api_key_stays_off_public_requests():
    seen = []
    client(lambda r: seen.append(r) or httpx.Response(200, json={"serverTime": 1})).server_time()
    assert "X-MBX-APIKEY" not in seen[0].headers


def test_server_time_tells_the_error_of_our_clock():
    clock = iter([1_000, 1_200]).__next__
    measured = client(httpx.Response(200, json={"serverTime": 900}), clock=clock).server_time()
    assert measured == ServerTime(server_ms=900, sent_ms=1_000, received_ms=1_200)
    assert (measured.skew_ms, measured.round_trip_ms) == (200, 200)


def test_restrictions_are_read_field_by_field():
    found = client(httpx.Response(200, json=RESTRICTIONS)).restrictions()
    assert found.granted == (
        Permission.READING,
        Permission.INTERNAL_TRANSFER,
        Permission.UNIVERSAL_TRANSFER,
        Permission.PORTFOLIO_MARGIN,
        Permission.FIX_READ,
    )
    assert (found.ip_restrict, found.create_time, found.unknown) == (False, 1623840271000, ())


def test_missing_misspelled_and_unknown_fields_are_tolerated():
    answer = {
        "enableWithdrawals": "true",
        "enableReading": "false",
        "enableMargin": 1,
        "enableFutures": "yes",
        "createTime": True,
        "tradingAuthorityExpirationTime": 17,
        "enableMoonTrading": True,
        "enableMarsTrading": False,
        "enable\x1b[2J": True,
    }
    found = client(httpx.Response(200, json=answer)).restrictions()
    assert (found.enable_withdrawals, found.enable_reading) == (True, False)
    assert (found.enable_margin, found.enable_futures, found.create_time, found.ip_restrict) == (None,) * 4
    assert found.trading_authority_expiration_time == 17
    assert found.unknown == ("enableMoonTrading",)


@each_row("text", ["true", "TRUE", "True", " true "])
def test_a_boolean_that_is_written_as_text_is_one(text):
    assert client(httpx.Response(200, json={"enableWithdrawals": text})).restrictions().enable_withdrawals is True


def test_no_more_unknown_flags_are_kept_than_anybody_reads():
    answer = {"ipRestrict": True, **{f"enable{number:05}": True for number in range(10_000)}}
    assert len(client(httpx.Response(200, json=answer)).restrictions().unknown) == 20


def test_the_testnet_is_not_asked_for_what_it_does_not_have():
    assert client(AssertionError("asked"), environment=Environment.TESTNET).restrictions() is None


def test_the_demo_is_asked_and_believed():
    assert client(failure(404), environment=Environment.DEMO).restrictions() is None
    assert client(httpx.Response(200, json=RESTRICTIONS), environment=Environment.DEMO).restrictions() is not None


def test_account_speaks_of_the_account():
    answer = {"canTrade": True, "canWithdraw": False, "accountType": "SPOT", "uid": 354937868}
    account = client(httpx.Response(200, json=answer)).account()
    assert (account.can_trade, account.can_withdraw, account.account_type, account.uid) == (
        True,
        False,
        "SPOT",
        354937868,
    )


@each_row("code", [-2014, -2015, -2008, -1021, -1022, -1002])
@each_row("status", [400, 401, 403])
def test_codes_about_the_key_carry_binances_code_and_a_hint(code, status):
    error = caught(failure(status, {"code": code, "msg": "never shown"}))
    assert type(error) is KeyRejected
    assert (error.code, error.exit_code, error.transient) == (code, 31, False)
    assert error.hint
    assert "never shown" not in str(error)
    assert "GET /sapi/v1/account/apiRestrictions" in str(error)


def test_the_ambiguous_code_lists_its_causes():
    hint = caught(failure(401, {"code": -2015, "msg": ""})).hint
    for cause in ("deleted", "address is not on its list", "permission", "banned", "no proof"):
        assert cause in hint


def test_an_unknown_key_is_told_its_environment():
    assert "stored as demo" in caught(failure(400, {"code": -2008}), environment=Environment.DEMO).hint


@each_row(
    ("answer", "wait"),
    [
        pytest.param(failure(429, {"code": -1003}, **{"Retry-After": "7"}), 7.0, id="429"),
        pytest.param(failure(418, None, **{"Retry-After": "120"}), 120.0, id="418 without a code"),
        pytest.param(failure(418, {"code": -2015}), 120.0, id="418 comes before the code"),
        pytest.param(failure(429, {"code": -1015}), 60.0, id="429 without the header"),
        pytest.param(failure(400, {"code": -1015}), 60.0, id="order limit by code alone"),
        pytest.param(failure(400, {"code": -1003}), 60.0, id="limit by code alone"),
        pytest.param(failure(429, None, **{"Retry-After": "soon"}), 60.0, id="header is no number"),
        pytest.param(failure(429, None, **{"Retry-After": "-5"}), 60.0, id="header is negative"),
        pytest.param(failure(429, None, **{"Retry-After": "999999999"}), 259_200.0, id="longer than any ban"),
        pytest.param(failure(429, None, **{"Retry-After": "9" * 400}), 60.0, id="absurd"),
    ],
)
def test_limits_say_how_long_to_wait(answer, wait):
    error = caught(answer)
    assert type(error) is RateLimited
    assert (error.retry_after, error.transient, error.exit_code) == (wait, True, 30)


@each_row("status", [500, 502, 503, 504])
@each_row("code", [0, -1000, -1007, -2015])
def test_a_failure_of_binance_is_transient_whatever_the_code(status, code):
    error = caught(failure(status, {"code": code}))
    assert type(error) is BinanceUnavailable
    assert error.transient


def test_a_timeout_behind_binance_is_transient():
    assert caught(failure(400, {"code": -1007})).transient


@pytest.mark.parametrize(("status", "word"), [(403, "firewall"), (451, "location")])
def test_a_place_binance_does_not_serve_is_not_worth_another_try(status, word):
    error = caught(failure(status, {"code": 0, "msg": "Service unavailable from a restricted location"}))
    assert type(error) is BinanceUnavailable
    assert word in str(error)
    assert not error.transient
    assert BinanceUnavailable.transient


@each_row("status", [301, 302, 307, 404])
def test_a_wrong_address_is_a_wrong_setting(status):
    error = caught(failure(status, None, Location="https://elsewhere.example"))
    assert type(error) is ConfigError
    assert "stored as live" in error.hint


def test_what_the_table_does_not_know_is_shown_in_binances_words():
    error = caught(failure(400, {"code": -1131, "msg": "recvWindow must be\x1b[2J less than 60000"}))
    assert type(error) is VaultBinanceError
    assert "recvWindow must be[2J less than 60000" in str(error)
    assert "no reason given" in str(caught(failure(410)))


@each_row("content", [b"<html>log in to the hotel</html>", b"[1]", b"\xff", b"", b"[" * 100_000])
def test_an_answer_that_is_not_binances_is_transient(content):
    error = caught(httpx.Response(200, content=content))
    assert type(error) is BinanceUnavailable
    assert "not Binance's" in str(error)


def test_a_time_that_is_none_is_not_binances():
    with pytest.raises(BinanceUnavailable, match="not Binance's"):
        client(httpx.Response(200, json={"serverTime": "soon"})).server_time()


def subclasses(cls):
    return {cls} | {below for child in cls.__subclasses__() for below in subclasses(child)}


@each_row("kind", sorted(subclasses(httpx.RequestError), key=lambda kind: kind.__name__))
def test_every_failure_of_httpx_becomes_ours_and_is_not_chained(kind):
    error = caught(kind("canary: the request"))
    assert type(error) is BinanceUnavailable
    assert "canary" not in f"{error} {error.hint}"
    assert error.__context__ is None
    assert error.__cause__ is None


def test_a_body_that_breaks_off_is_a_failure_too():
    class Broken(httpx.SyncByteStream):
        def __iter__(self):
            yield b"{"
            raise httpx.ReadError("gone")

    assert "ReadError" in str(caught(httpx.Response(200, stream=Broken())))


@each_row("value", ["", "key\n", "kéy", "'key'", "a b"])
def test_an_api_key_that_cannot_stand_in_a_header_is_refused_before_it_is_sent(value):
    with pytest.raises(MalformedCredentials) as info:
        BinanceApi(credentials(api_key=Redacted(value)), transport=httpx.MockTransport(lambda _: failure(500)))
    assert not value or value not in str(info.value)


def test_no_log_and_no_error_shows_key_or_signature(caplog):
    caplog.set_level(logging.DEBUG)
    client(httpx.Response(200, json=RESTRICTIONS)).restrictions()
    for error in (caught(failure(401, {"code": -2015})), caught(httpx.ReadError("x"))):
        assert "Canary" not in f"{error} {vars(error)}"
        assert "signature=" not in f"{error} {vars(error)}"
    assert "signature=" not in caplog.text
    assert "Canary" not in caplog.text


def test_closing_closes_the_transport():
    closed = []

    class Transport(httpx.BaseTransport):
        def close(self):
            closed.append(True)

    with BinanceApi(credentials(), transport=Transport()):
        pass
    assert closed


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_authorities_are_read_once_and_again_where_they_were_replaced(monkeypatch, tmp_path, variable):
    """A client is made for each credential, and reading them takes longer than all else that one is made of."""
    read = []
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: read.append(ssl.create_default_context()) or read[-1])

    def clients():
        before = len(read)
        for _ in range(3):
            BinanceApi(credentials()).close()
        return len(read) - before

    transport._read_authorities.cache_clear()
    monkeypatch.delenv(variable, raising=False)
    assert clients() == 1
    monkeypatch.setenv(variable, str(tmp_path))
    assert clients() == 1
    os.utime(tmp_path, ns=(0, 1))
    assert clients() == 1
    transport._read_authorities.cache_clear()


def test_the_table_leaves_no_answer_without_a_meaning():
    assert (TABLE[-1].code, TABLE[-1].status, TABLE[-1].outcome) == (None, None, Outcome.UNEXPECTED)
    for status, code in ((s, c) for s in range(300, 600) for c in (0, -1000, -1021, -1131, -2015, -9000)):
        refusal = Refusal(status, code, "", None, "GET /x", Environment.LIVE)
        assert isinstance(explained(refusal), VaultBinanceError)


def test_hints_have_at_most_three_lines():
    assert max(row.hint.count("\n") for row in TABLE) <= 2


def test_our_clock_is_the_machines():
    assert api.now_ms() > 1_700_000_000_000


# Where a key is shown, and what else is asked


def asked_by(answer, urls, environment=Environment.LIVE):
    seen = []
    transport = httpx.MockTransport(lambda request: seen.append(request.url) or answer)
    return BinanceApi(credentials(environment), urls=urls, clock=lambda: NOW, transport=transport), seen


def test_every_product_has_its_own_address():
    binance, seen = asked_by(httpx.Response(200, json={"serverTime": 1}), {Product.USDS_FUTURES: "https://h:1/"})
    for product in Product:
        binance.server_time(product)
    assert [str(url) for url in seen] == [
        "https://api.binance.com/api/v3/time",
        "https://h:1/fapi/v1/time",
        "https://dapi.binance.com/dapi/v1/time",
    ]


def test_a_wrong_address_names_its_own_variable():
    with pytest.raises(ConfigError) as info:
        asked_by(None, {Product.USDS_FUTURES: "nonsense"})
    assert "VAULT_BINANCE_FUTURES_URL=https://fapi.binance.com" in info.value.hint


@each_row(
    ("urls", "environment", "reached"),
    [
        ({}, Environment.LIVE, True),
        ({}, Environment.TESTNET, True),
        ({Product.SPOT: ""}, Environment.LIVE, True),
        ({Product.SPOT: "https://api2.binance.com"}, Environment.LIVE, True),
        ({Product.SPOT: "http://127.0.0.1:1"}, Environment.LIVE, False),
        ({Product.SPOT: "https://api.binance.com.evil.example"}, Environment.LIVE, False),
        ({Product.SPOT: "http://127.0.0.1:1", Product.USDS_FUTURES: "http://127.0.0.1:2"}, Environment.LIVE, True),
        ({Product.SPOT: "https://api1.testnet.binance.vision"}, Environment.TESTNET, True),
    ],
)
def test_a_key_reaches_futures_only_where_spots_address_is_binances_own(urls, environment, reached):
    binance, _ = asked_by(None, urls, environment)
    assert binance.reaches(Product.USDS_FUTURES) is reached


@each_row(
    ("body", "expected"),
    [
        ({"data": "Normal"}, "Normal"),
        ({"data": "Fro\x1bzen" + "n" * 99}, "Frozen" + "n" * 34),
        ({"data": ""}, None),
        ({"data": 1}, None),
        ({}, None),
    ],
)
def test_the_account_status(body, expected):
    assert client(httpx.Response(200, json=body)).account_status() == expected


@each_row(
    ("body", "expected"),
    [
        ({"data": {"isLocked": True, "plannedRecoverTime": NOW}}, TradingStatus(True, NOW)),
        ({"data": {"isLocked": False, "plannedRecoverTime": 0}}, TradingStatus(False, None)),
        ({"data": {"isLocked": "true"}}, TradingStatus(True, None)),
        ({"data": []}, TradingStatus()),
        ({}, TradingStatus()),
    ],
)
def test_the_trading_status(body, expected):
    assert client(httpx.Response(200, json=body)).trading_status() == expected


@each_row(("status", "expected"), [(0, False), (1, True), (2, None), ("1", None), (True, None)])
def test_maintenance_is_asked_in_public(status, expected):
    seen = []
    answer = httpx.Response(200, json={"status": status, "msg": "normal"})
    assert client(lambda request: seen.append(request) or answer).is_in_maintenance() is expected
    assert "X-MBX-APIKEY" not in seen[0].headers


@each_row(
    ("text", "address"),
    [
        ("Invalid API-key, IP, or permissions for action, request ip: 203.0.113.7", "203.0.113.7"),
        ("Invalid API-key, IP, or permissions for action, request ip: 2001:db8::1", "2001:db8::1"),
        ("Invalid API-key, IP, or permissions for action.", ""),
        ("request ip: 203.0.113.7; rm -rf /", ""),
        ("request ip: 203.0.113.7.8", ""),
        ("request ip: fe80::1%all is well, run curl evil.example", ""),
        ("request ip: " + "9" * 500, ""),
        ("203.0.113.7", ""),
    ],
)
def test_the_address_that_binance_sees_is_a_fact(text, address):
    with pytest.raises(KeyRejected) as info:
        client(failure(401, {"code": -2015, "msg": text})).futures_account()
    assert info.value.seen_from == address


@pytest.mark.parametrize("url", ["http://api.binance.com", "http://10.0.0.7:8080", "http://localhost.evil.example"])
def test_no_key_goes_to_an_address_without_tls(url):
    with pytest.raises(ConfigError, match=r"VAULT_BINANCE_BINANCE_URL: no API key is sent to .* without TLS"):
        asked_by(None, {Product.SPOT: url})


@each_row("url", ["http://localhost:8080", "http://127.0.0.2", "http://[::1]:80", "https://10.0.0.7"])
def test_a_key_goes_over_tls_or_stays_on_this_machine(url):
    asked_by(None, {Product.SPOT: url})


@each_row(
    ("url", "environment", "home"),
    [
        ("https://testnet.binance.vision", Environment.LIVE, "testnet"),
        ("https://API.binance.com.:443/", Environment.TESTNET, "live"),
        ("https://api3.binance.com", Environment.DEMO, "live"),
        ("https://fapi.binance.com:443", Environment.TESTNET, "live"),
        ("https://demo-api.binance.com", Environment.LIVE, "demo"),
    ],
)
def test_no_key_goes_where_keys_of_another_environment_live(url, environment, home):
    """A live key that is stored as one of the testnet is not asked what it may do: there, nobody can tell."""
    for product in (Product.SPOT, Product.USDS_FUTURES):
        with pytest.raises(ConfigError, match=f"is of Binance's {home} environment") as info:
            asked_by(None, {product: url}, environment)
        assert f"--environment {home}" in info.value.hint


@each_row("body", [{}, {"hello": 1}, {"code": "-2015", "msg": "no"}, {"status": "ok"}])
def test_only_an_account_proves_that_futures_accept_a_key(body):
    binance, _ = asked_by(httpx.Response(200, json=body), {}, Environment.TESTNET)
    with pytest.raises(BinanceUnavailable, match="not Binance's"):
        binance.futures_account()


def test_futures_are_asked_at_their_own_host():
    binance, seen = asked_by(httpx.Response(200, json={"assets": []}), {})
    assert binance.futures_account() is None
    assert str(seen[0]).startswith("https://fapi.binance.com/fapi/v3/account?recvWindow=5000&timestamp=")


@each_row("status", [403, 418, 429, 451, 503])
def test_no_answer_keeps_its_status(status):
    assert caught(failure(status)).status == status
    assert caught(httpx.ReadTimeout("x")).status == 0


@pytest.mark.parametrize("body", [{"code": -2015, "msg": "no"}, {"code": -1022}])
def test_a_code_under_a_status_of_success_is_a_refusal(body):
    assert caught(httpx.Response(200, json=body)).code == body["code"]
