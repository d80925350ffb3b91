"""BinanceAuth in the clients of httpx: what they hold when they send is what was signed; no log shows a signature."""

import asyncio
import logging
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qsl

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.component.binance.test_signer import NAMES, NOW, TEXTS, Source, pair
from vault_binance import BinanceAuth, Signer
from vault_binance.binance.keys import sign
from vault_binance.binance.signer import HEADER
from vault_binance.binance.transport import _Unsigned
from vault_binance.credentials import KeyType
from vault_binance.errors import ConfigError, LeaseEnded
from vault_binance.testing.emulator.signature import signed_bytes
from vault_binance.testing.emulator.state import RawRequest

URL = "https://api.binance.com"


class Sent(httpx.MockTransport):
    """Keeps every request as its bytes would leave."""

    def __init__(self):
        self.requests = []
        super().__init__(self._answer)

    def _answer(self, request):
        _, _, query = request.url.raw_path.partition(b"?")
        self.requests.append(
            RawRequest(request.method, request.url.path, query, request.content, dict(request.headers))
        )
        return httpx.Response(200, json={})

    @property
    def last(self):
        return self.requests[-1]


def client(source=None, url=URL, **options):
    sent = Sent()
    auth = BinanceAuth(source or pair(), clock=lambda: NOW, **options)
    return httpx.Client(base_url=url, auth=auth, transport=sent), sent


def assert_signed(raw, credentials):
    given_ = dict(parse_qsl(raw.query.decode()))["signature"]
    assert given_ == sign(credentials, signed_bytes(raw))
    assert raw.headers[HEADER.lower()] == credentials.api_key.reveal()
    assert raw.query.rpartition(b"&")[2].startswith(b"signature=")


@pytest.mark.parametrize("key_type", KeyType)
def test_every_key_type_signs_a_request_of_httpx(key_type):
    credentials = pair(key_type)
    api, sent = client(credentials)
    api.get("/api/v3/account", params={"omitZeroBalances": "true"})
    assert_signed(sent.last, credentials)
    assert sent.last.query.startswith(b"omitZeroBalances=true&recvWindow=5000&timestamp=1700000000000&signature=")


def test_a_form_is_signed_with_the_query_and_sent_as_it_is():
    api, sent = client()
    api.post("/api/v3/order", params={"symbol": "LTC BTC"}, data={"quantity": "1", "note": "a+b c&d"})
    assert_signed(sent.last, pair())
    assert sent.last.body == b"quantity=1&note=a%2Bb+c%26d"


@given(
    st.dictionaries(NAMES, st.one_of(TEXTS, st.integers(), st.booleans()), max_size=5),
    st.dictionaries(NAMES, TEXTS, max_size=3),
)
def test_whatever_httpx_makes_of_parameters_is_what_was_signed(params, data):
    api, sent = client()
    api.request("POST", "/api/v3/order", params=params, data=data or None)
    assert_signed(sent.last, pair())


@given(st.text(st.characters(codec="ascii", exclude_characters="#\r\n\t", exclude_categories=("Cc",)), max_size=30))
def test_a_url_written_by_hand_is_signed_as_httpx_sends_it(query):
    api, sent = client()
    api.get(f"/api/v3/order?a={query}")
    raw = sent.last
    signature = dict(parse_qsl(raw.query.rpartition(b"&")[2].decode()))["signature"]
    assert signature == sign(pair(), signed_bytes(raw))


def test_one_flow_serves_the_async_client():
    async def ask():
        sent = Sent()
        async with httpx.AsyncClient(base_url=URL, auth=BinanceAuth(pair()), transport=sent) as api:
            await api.post("/api/v3/order", params={"symbol": "A"}, data={"quantity": "1"})
        return sent.last

    assert_signed(asyncio.run(ask()), pair())


def test_a_rotation_needs_no_restart_and_a_refusal_stops_the_next_request():
    source = Source(pair())
    api, sent = client(source)
    api.get("/api/v3/account")
    source.now = pair(KeyType.ED25519, 1)
    api.get("/api/v3/account")
    assert_signed(sent.last, source.now)
    source.now = LeaseEnded("refused", reason="refused")
    with pytest.raises(LeaseEnded):
        api.get("/api/v3/account")
    assert len(sent.requests) == 2


def test_a_request_that_is_sent_again_is_stamped_anew():
    times = iter((1, 2))
    sent = Sent()
    with httpx.Client(auth=BinanceAuth(pair(), clock=lambda: next(times)), transport=sent) as api:
        request = api.build_request("GET", f"{URL}/api/v3/account")
        api.send(request)
        api.send(request)
    assert sent.last.query.startswith(b"recvWindow=5000&timestamp=2&signature=")
    assert_signed(sent.last, pair())


def test_public_and_key_only_requests_carry_no_signature():
    api, sent = client()
    api.get("/api/v3/time", auth=None)
    assert HEADER.lower() not in sent.last.headers
    api.post("/fapi/v1/listenKey", auth=BinanceAuth(pair(), signed=False))
    assert (sent.last.query, sent.last.headers[HEADER.lower()]) == (b"", pair().api_key.reveal())


@pytest.mark.parametrize("url", ["http://api.binance.com", "http://10.0.0.7:8080", "http://localhost.evil.com"])
def test_no_key_goes_over_a_plain_connection_to_another_machine(url):
    api, sent = client(url=url)
    with pytest.raises(ConfigError, match="without TLS"):
        api.get("/api/v3/account")
    assert not sent.requests


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:80"])
def test_an_emulator_on_this_machine_may_be_plain(url):
    api, sent = client(url=url)
    api.get("/api/v3/account")
    assert_signed(sent.last, pair())


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"json": {"symbol": "A"}}, "a body of type 'application/json'"),
        ({"content": "symbol=é".encode(), "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, "encoded"),
        ({"files": {"f": b"x"}}, "a body of type 'multipart/form-data'"),
    ],
)
def test_a_body_that_binance_does_not_take_is_refused_before_it_is_sent(body, says):
    api, sent = client()
    with pytest.raises(ConfigError, match=says):
        api.post("/api/v3/order", **body)
    assert not sent.requests


def test_no_log_of_httpx_shows_a_signature(caplog):
    caplog.set_level(logging.DEBUG)
    api, sent = client(replace(pair(), version=7))
    api.get("/api/v3/account")
    signature = dict(parse_qsl(sent.last.query.decode()))["signature"]
    (line,) = [record.getMessage() for record in caplog.records if record.name == "httpx"]
    assert "/api/v3/account" in line
    assert "signature=********" in line
    assert signature not in caplog.text
    assert pair().api_key.reveal() not in caplog.text


def test_no_log_of_http_2_shows_a_header(caplog):
    """As hpack writes them, which httpx takes for HTTP/2."""
    BinanceAuth(pair())
    caplog.set_level(logging.DEBUG)
    logging.getLogger("hpack.hpack").debug("Adding %s=%s to the header table", b"x-mbx-apikey", b"Canary")
    logging.getLogger("hpack.hpack").debug("Encoded header block to %s", b"Canary")
    logging.getLogger("hpack.table").debug("Evicting %s: %s from the header table", b"x-mbx-apikey", b"Canary")
    assert caplog.text == ""


def test_the_filter_stands_once_on_the_logger_and_leaves_other_lines_alone(caplog):
    for _ in range(3):
        BinanceAuth(pair())
    logger = logging.getLogger("httpx")
    assert sum(isinstance(one, _Unsigned) for one in logger.filters) == 1
    with caplog.at_level(logging.INFO, "httpx"):
        logger.info("%s and %d", "text", 5)
        logger.info("nothing to fill in")
    assert caplog.messages == ["text and 5", "nothing to fill in"]


def test_both_public_names_lead_here():
    assert isinstance(BinanceAuth(pair()), httpx.Auth)
    assert Signer(pair()).request({"price": Decimal("0.1")}).query
