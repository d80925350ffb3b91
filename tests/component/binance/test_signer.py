"""Signed requests: what is signed is what is sent, one snapshot a request, and every bad parameter named."""

import json
from base64 import b64decode
from collections import UserDict
from dataclasses import replace
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from tests.rows import each_row
from vault_binance.binance.keys import sign
from vault_binance.binance.signer import HEADER, Signer
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import ConfigError, LeaseEnded, MalformedCredentials, SigningError
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator.keys import material
from vault_binance.testing.emulator.signature import signed_bytes
from vault_binance.testing.emulator.state import RawRequest

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "binance_vectors.json").read_text(encoding="utf-8"))
NOW = 1_700_000_000_000


@cache
def pair(key_type=KeyType.HMAC, number=0):
    return Credentials(
        f"bot-{number}",
        Redacted("k" * 63 + str(number)),
        material(key_type, None, None).shown,
        key_type,
        Environment.LIVE,
    )


class Source:
    """What a Fetcher is to a signer."""

    def __init__(self, credentials):
        self.now, self.asked = credentials, 0

    @property
    def credentials(self):
        self.asked += 1
        if isinstance(self.now, Exception):
            raise self.now
        return self.now


def signer(source=None, **options):
    return Signer(source or pair(), clock=lambda: NOW, **options)


def signature_in(query):
    return dict(parse_qsl(query))["signature"]


def test_recv_window_and_timestamp_are_added_and_the_signature_comes_last():
    made = signer().request({"symbol": "BTCUSDT", "quantity": Decimal("0.10")})
    start = f"symbol=BTCUSDT&quantity=0.10&recvWindow=5000&timestamp={NOW}"
    assert made.query == f"{start}&signature={sign(pair(), start.encode())}"
    assert (made.body, made.headers[HEADER]) == ("", pair().api_key.reveal())


def test_a_request_without_parameters_is_signed_too():
    assert signer().request().query.startswith(f"recvWindow=5000&timestamp={NOW}&signature=")


def test_a_recv_window_of_ones_own_wins():
    assert signer(recv_window_ms=200).request().query.startswith("recvWindow=200&")
    assert "recvWindow=6000.346&timestamp" in signer().request({"recvWindow": "6000.346"}).query
    assert "recvWindow=5000" not in signer().request((), {"recvWindow": 1000}).query


@pytest.mark.parametrize("window", [0, -1, 60_001])
def test_a_window_that_binance_would_refuse_is_refused_here(window):
    with pytest.raises(ConfigError, match="from 1 to 60,000"):
        signer(recv_window_ms=window)


def test_query_and_body_are_signed_joined_by_nothing():
    made = signer().request([("symbol", "LTCBTC"), ("recvWindow", 5000)], [("quantity", 1)])
    assert made.body == "quantity=1"
    payload = f"symbol=LTCBTC&recvWindow=5000&timestamp={NOW}quantity=1"
    assert signature_in(made.query) == sign(pair(), payload.encode())


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
VALUES = st.one_of(
    TEXTS,
    st.integers(-(10**30), 10**30),
    st.booleans(),
    st.decimals(allow_nan=False, allow_infinity=False, places=8),
)
NAMES = TEXTS.filter(lambda name: name not in {"", "signature", "timestamp", "recvWindow"})


@given(st.dictionaries(NAMES, VALUES, max_size=6), st.dictionaries(NAMES, VALUES, max_size=4))
def test_whatever_the_parameters_what_is_sent_is_what_was_signed(query, body):
    """Read as Binance reads it: raw bytes without the signature pair, over which the signature holds."""
    body = {name: value for name, value in body.items() if name not in query}
    made = signer().request(query, body)
    raw = RawRequest("POST", "/api/v3/order", query=made.query.encode("ascii"), body=made.body.encode("ascii"))
    assert signature_in(made.query) == sign(pair(), signed_bytes(raw))
    sent = dict(parse_qsl(made.query, keep_blank_values=True)) | dict(parse_qsl(made.body, keep_blank_values=True))
    assert {name: sent[name] for name in query} == {name: written(value) for name, value in query.items()}


def written(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def test_ten_thousand_characters_and_an_emoji_are_sent_whole():
    made = signer().request({"text": "x" * 10_000 + "\N{ROCKET}"})
    assert dict(parse_qsl(made.query))["text"] == "x" * 10_000 + "\N{ROCKET}"


class Side(str, Enum):  # noqa: UP042  as many bots write it
    BUY = "BUY"


class Kind(StrEnum):
    LIMIT = "LIMIT"


class Level(IntEnum):
    TWO = 2


@each_row(
    ("value", "sent"),
    [
        (True, "true"),
        (False, "false"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E-7"), "0.0000001"),
        (Decimal("0.10"), "0.10"),
        (-5, "-5"),
        (Side.BUY, "BUY"),
        (Kind.LIMIT, "LIMIT"),
        (Level.TWO, "2"),
        ("", ""),
    ],
)
def test_a_value_has_one_text(value, sent):
    assert dict(parse_qsl(signer().request({"x": value}).query, keep_blank_values=True))["x"] == sent


class Colour(Enum):
    RED = 1


@each_row(
    ("value", "says"),
    [
        (None, "None"),
        (0.1, "a float"),
        (float("nan"), "a float"),
        (Decimal("NaN"), "no number"),
        (Decimal("Infinity"), "no number"),
        (Decimal("1E+1000000"), "no number"),
        pytest.param(10**5000, "no number", id="huge"),
        (["BTCUSDT"], "a list"),
        ({"a": 1}, "a dict"),
        (b"BTCUSDT", "a bytes"),
        (Colour.RED, "a Colour"),
        (object(), "a object"),
        ("half \ud83d", "half a character"),
    ],
)
@each_row("by", ["request", "websocket"])
def test_a_value_that_cannot_be_meant_is_named_with_a_hint_and_not_shown(value, says, by):
    with pytest.raises(ConfigError, match=rf"parameter 'price' .*{says}") as caught:
        getattr(signer(), by)({"price": value})
    assert caught.value.hint
    assert "BTCUSDT" not in caught.value.message
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ([("symbol", "A"), ("symbol", "B")], ()),
        ((), [("symbol", "A"), ("symbol", "A")]),
        ([("symbol", "A")], [("symbol", "A")]),
    ],
)
def test_a_name_given_twice_is_refused(query, body):
    with pytest.raises(ConfigError, match="'symbol' is given twice"):
        signer().request(query, body)


class Name(str, Enum):  # noqa: UP042  as many bots write it
    SYMBOL = "symbol"


def test_a_name_is_its_text_in_what_is_signed_and_in_what_is_sent():
    assert signer().request({Name.SYMBOL: "A"}).query.startswith("symbol=A&")
    made = signer().websocket({Name.SYMBOL: "A"})
    assert json.loads(json.dumps(made)).keys() >= {"symbol"}
    payload = f"apiKey={pair().api_key.reveal()}&symbol=A&timestamp={NOW}"
    assert made["signature"] == sign(pair(), payload.encode())


@pytest.mark.parametrize("params", [MappingProxyType({"ab": "x", "cd": "y"}), UserDict({"ab": "x", "cd": "y"})])
def test_every_kind_of_mapping_is_one(params):
    assert signer().request(params, MappingProxyType({"ef": "z"})).query.startswith("ab=x&cd=y&")
    assert signer().websocket(params).keys() == {"ab", "cd", "apiKey", "timestamp", "signature"}


@pytest.mark.parametrize(("params", "kind"), [(None, "NoneType"), (7, "int"), (0.5, "float")])
def test_what_is_no_parameters_at_all_is_refused(params, kind):
    with pytest.raises(ConfigError, match=f"parameters are a {kind}"):
        signer().request(params)
    with pytest.raises(ConfigError, match="parameters are a "):
        signer().websocket(params or [("symbol", "A")])


@each_row("params", [{"price": 0.1}, {"price": None}, {"price": "\ud800"}, {"zz": [1], "price": 1}])
def test_no_variable_of_a_traceback_has_the_api_key(params):
    with pytest.raises(ConfigError) as caught:
        signer().websocket(params)
    frames, shown = caught.value.__traceback__.tb_next, ""
    while frames:
        shown += "".join(f"{one!r}{pretty_repr(one)}" for one in frames.tb_frame.f_locals.values())
        frames = frames.tb_next
    assert "price" in shown
    assert "kkkk" not in shown


@each_row("params", ["symbol=BTCUSDT", [("symbol",)], [1], [("", "x")], [(None, "x")], {1: "x"}])
def test_what_is_no_pair_is_refused(params):
    with pytest.raises(ConfigError, match=r"no pair|no name") as caught:
        signer().request(params)
    assert '{"symbol": "BTCUSDT"}' in caught.value.hint


@each_row("name", ["timestamp", "signature"])
@each_row("by", ["query", "body", "text", "websocket"])
def test_what_is_set_at_the_moment_of_signing_is_not_taken_from_outside(name, by):
    made = signer()
    tries = {
        "query": lambda: made.request({name: "1"}),
        "body": lambda: made.request((), {name: "1"}),
        "text": lambda: made.text(f"symbol=A&{name}=1"),
        "websocket": lambda: made.websocket({name: "1"}),
    }
    with pytest.raises(ConfigError, match=f"{name}: set at the moment of signing"):
        tries[by]()


def test_text_that_is_not_encoded_is_refused_before_binance_does():
    for query, body in (("symbol=é", ""), ("", "symbol=é")):
        with pytest.raises(ConfigError, match="not percent-encoded"):
            signer().text(query, body)


# One snapshot a request


def test_a_rotation_is_in_the_next_request_and_key_and_signature_stay_together():
    source = Source(pair())
    made = signer(source)
    first = made.request()
    source.now = pair(KeyType.ED25519, 1)
    second = made.request()
    assert first.headers[HEADER] == pair().api_key.reveal()
    assert second.headers[HEADER] == source.now.api_key.reveal()
    stamped = f"recvWindow=5000&timestamp={NOW}".encode()
    assert signature_in(second.query) == sign(source.now, stamped)
    assert source.asked == 2


def test_a_private_key_is_read_once_a_snapshot(monkeypatch):
    loads = []
    monkeypatch.setattr("vault_binance.binance.signer.signature_of", lambda one: loads.append(one) or (lambda _: "s"))
    source = Source(pair(KeyType.ED25519))
    made = signer(source)
    for _ in range(3):
        made.request()
    assert loads == [source.now]
    source.now = replace(source.now, version=2)
    made.request()
    assert len(loads) == 2


def test_a_refused_bot_signs_nothing():
    source = Source(pair())
    made = signer(source)
    made.request()
    source.now = LeaseEnded("refused", reason="refused")
    with pytest.raises(LeaseEnded):
        made.request()


def test_an_api_key_that_cannot_stand_in_a_header_is_refused_unseen():
    with pytest.raises(MalformedCredentials) as caught:
        signer(replace(pair(), api_key=Redacted("canary\r\nX-Evil: 1"))).request()
    assert "canary" not in str(caught.value) + caught.value.hint


def test_nothing_of_a_request_shows():
    made, source = signer().request({"symbol": "BTCUSDT"}), pair()
    for text in (repr(made), str(made), repr(made.headers), repr(signer().websocket({})), repr(signer())):
        assert source.api_key.reveal() not in text
        assert "signature" not in text


# WebSocket


@each_row("vector", [v for v in VECTORS if v.get("params")], ids=lambda v: v["name"])
def test_a_websocket_request_is_binances(vector):
    given_ = {k: v for k, v in vector["params"].items() if k not in {"apiKey", "timestamp", "signature"}}
    credentials = Credentials(
        "v", Redacted(vector["params"]["apiKey"]), Redacted(vector["secret"]), KeyType.HMAC, Environment.LIVE
    )
    made = Signer(credentials, clock=lambda: int(vector["params"]["timestamp"])).websocket(given_)
    assert made["signature"] == vector["signature"]
    assert {**made, "timestamp": 0, "signature": ""} == {**vector["params"], "timestamp": 0, "signature": ""}


def test_a_websocket_request_keeps_numbers_and_writes_decimals():
    made = signer().websocket({"quantity": Decimal("0.10"), "recvWindow": 100, "side": Side.BUY, "flag": True})
    assert json.loads(json.dumps(made)) == {**made, "quantity": "0.10", "side": "BUY"}
    payload = f"apiKey={pair().api_key.reveal()}&flag=true&quantity=0.10&recvWindow=100&side=BUY&timestamp={NOW}"
    assert made["signature"] == sign(pair(), payload.encode())


def test_logon_is_for_ed25519_alone():
    made = signer(pair(KeyType.ED25519)).logon()
    assert set(made) == {"apiKey", "timestamp", "signature"}
    payload = f"apiKey={made['apiKey']}&timestamp={NOW}".encode()
    key = load_pem_private_key(pair(KeyType.ED25519).secret.reveal().encode(), None)
    key.public_key().verify(b64decode(made["signature"]), payload)
    for key_type in (KeyType.HMAC, KeyType.RSA):
        with pytest.raises(SigningError, match=f"Ed25519 keys only, and this one is {key_type}"):
            signer(pair(key_type)).logon()


def test_headers_alone_are_for_endpoints_without_signature():
    assert dict(signer().headers) == {HEADER: pair().api_key.reveal()}
