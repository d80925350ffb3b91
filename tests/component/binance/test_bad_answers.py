"""A server that answers badly: whatever it sends becomes an error of ours, with a hint, and without what it sent."""

import gzip
import json
import zlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from tests.rows import each_row
from vault_binance.binance import bodies
from vault_binance.binance.api import BinanceApi
from vault_binance.credentials import Credentials, Environment, KeyType
from vault_binance.errors import (
    BinanceUnavailable,
    ConfigError,
    KeyRejected,
    RateLimited,
    VaultBinanceError,
)
from vault_binance.redacted import Redacted

SECRET = Redacted("CanarySecret" + "s" * 52)
API_KEY = Redacted("CanaryKey" + "k" * 55)
HTML = b"<html><head><title>Canary</title></head><body>log in to the hotel</body></html>"
CALLS = ("server_time", "restrictions", "account")
MIB = 1024 * 1024


def client(answer):
    credentials = Credentials("bot", API_KEY, SECRET, KeyType.HMAC, Environment.LIVE)

    def respond(request):
        return answer(request) if callable(answer) else answer

    return BinanceApi(credentials, clock=lambda: 1_700_000_000_000, transport=httpx.MockTransport(respond))


def caught(answer, call="restrictions"):
    with pytest.raises(VaultBinanceError) as info, client(answer) as binance:
        getattr(binance, call)()
    error = info.value
    assert error.hint
    told = f"{error} {error.hint} {vars(error)}"
    for word in ("Canary", "signature=", "html", "Traceback"):
        assert word not in told
    assert error.message.isprintable()
    assert len(error.message) < 500
    assert error.__cause__ is None
    assert error.__context__ is None
    return error


def answered(content, status=200, **headers):
    return httpx.Response(status, content=content, headers={k.replace("_", "-"): v for k, v in headers.items()})


# What is not JSON


@each_row("call", CALLS)
@each_row(
    ("status", "kind", "transient"),
    [
        (200, BinanceUnavailable, True),
        (301, ConfigError, False),
        (308, ConfigError, False),
        (400, VaultBinanceError, False),
        (401, VaultBinanceError, False),
        (403, BinanceUnavailable, False),
        (404, ConfigError, False),
        (410, VaultBinanceError, False),
        (418, RateLimited, True),
        (429, RateLimited, True),
        (451, BinanceUnavailable, False),
        (500, BinanceUnavailable, True),
        (502, BinanceUnavailable, True),
        (503, BinanceUnavailable, True),
        (504, BinanceUnavailable, True),
    ],
)
def test_html_is_told_by_its_status(call, status, kind, transient):
    error = caught(answered(HTML, status, Location="https://canary.example"), call)
    assert (type(error), error.transient) == (kind, transient)


NOT_AN_OBJECT = {
    "empty": b"",
    "blank": b" \n",
    "truncated": b'{"serverTime": 17000, "canTrade": tr',
    "truncated within a name": b'{"serverTi',
    "half a number": b'{"serverTime": 1e',
    "list": b'[{"serverTime": 1}]',
    "number": b"17",
    "text": b'"Canary"',
    "null": b"null",
    "true": b"true",
    "NaN": b"NaN",
    "two objects": b'{"serverTime": 1}{"serverTime": 2}',
    "something behind": b'{"serverTime": 1, "canTrade": true, "ipRestrict": true} Canary',
    "not a number inside": b'{"serverTime": NaN, "canTrade": NaN, "ipRestrict": NaN}',
    "infinity inside": b'{"serverTime": 1, "canTrade": true, "ipRestrict": true, "x": -Infinity}',
    "a number without an end": b'{"serverTime": ' + b"9" * 100_000 + b"}",
    "invalid UTF-8": b'{"serverTime": 1, "canTrade": true, "ipRestrict": true, "x": "\xff\xfe\xfa"}',
    "UTF-16 without its half": b"\xff\xfe{\x00",
    "nested lists": b"[" * 200_000,
    "nested objects": b'{"serverTime":' * 100_000,
    "nested within": b'{"ipRestrict": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a name twice": b'{"serverTime": 1, "canTrade": true, "ipRestrict": false, "ipRestrict": true}',
    "a name twice within": b'{"serverTime": 1, "canTrade": true, "ipRestrict": true, "x": {"y": 1, "y": 2}}',
    "JSONP": b'callback({"serverTime": 1})',
    "single quotes": b"{'serverTime': 1}",
    "a zip": b"PK\x03\x04" + bytes(200),
}


each_of_those = each_row("content", NOT_AN_OBJECT.values(), ids=NOT_AN_OBJECT)


@each_row("call", CALLS)
@each_of_those
def test_what_is_not_one_object_of_json_is_not_binances(call, content):
    error = caught(answered(content), call)
    assert type(error) is BinanceUnavailable
    assert "the answer is not Binance's" in str(error)
    assert error.transient


@each_row("status", [400, 401, 409, 500])
@each_of_those
def test_a_refusal_needs_no_body(status, content):
    assert f"HTTP {status})" in str(caught(answered(content, status)))


@each_row("call", CALLS)
@each_row(
    "content",
    [
        b"{}",
        b'{"msg": "success"}',
        b'{"code": 200, "msg": "success"}',
        b'{"error": "Canary"}',
        b'{"data": {"serverTime": 1, "canTrade": true, "ipRestrict": true}}',
        b'{"SERVERTIME": 1, "cantrade": true, "ip_restrict": true}',
    ],
)
def test_an_object_without_a_field_that_is_known_is_not_binances(call, content):
    """Each field may be missing; but without any, an answer would read as "this key may do nothing"."""
    assert "not Binance's" in str(caught(answered(content), call))


@each_row("value", ["1", "null", '"1"', "1.5", "true", "[]", "{}", "9" * 4000, "-" + "9" * 30])
def test_a_time_that_is_none_is_not_binances(value):
    content = f'{{"serverTime": {value}}}'.encode()
    if value == "1":
        assert client(answered(content)).server_time().server_ms == 1
    else:
        assert "not Binance's" in str(caught(answered(content), "server_time"))


def test_fields_of_absurd_kinds_are_nothing_that_is_known():
    answer = {"canTrade": [], "canWithdraw": {}, "uid": 10**3000, "accountType": [["Canary"] * 100]}
    account = client(answered(json.dumps(answer).encode())).account()
    assert (account.can_trade, account.can_withdraw, account.uid, account.account_type) == (None, None, None, "")


@each_row("name", ["text/html", "text/plain", "", "application/octet-stream; charset=klingon"])
@each_row("mark", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
def test_what_parses_is_json_whatever_it_is_called(name, mark):
    answer = answered(mark + b'{"serverTime": 1}', Content_Type=name)
    assert client(answer).server_time().server_ms == 1


# A refusal in disguise


@each_row(
    ("code", "kind"),
    [
        (-2015, KeyRejected),
        (-1021, KeyRejected),
        (-1003, RateLimited),
        (-1007, BinanceUnavailable),
        (-9999, VaultBinanceError),
    ],
)
@each_row("call", CALLS)
def test_a_code_below_zero_is_a_refusal_whatever_the_status(call, code, kind):
    body = {"code": code, "msg": "no", "serverTime": 1, "canTrade": True, "ipRestrict": True}
    error = caught(answered(json.dumps(body).encode()), call)
    assert type(error) is kind
    assert f"HTTP 200, code {code}" in str(error)


@each_row("code", [200, 0, "000000", "0", None, True, False, "-2015", 1.5, [], {}])
def test_a_code_that_praises_is_no_refusal(code):
    body = {"code": code, "msg": "success", "serverTime": 1}
    assert client(answered(json.dumps(body).encode())).server_time().server_ms == 1


@each_row("code", ["-2015", -2015.0, None, True, [-2015], {"-2015": 1}, 10**400, -(10**400), 1e400, "Canary"])
def test_a_code_of_another_kind_is_none(code):
    body = json.dumps({"code": code, "msg": "no"}).replace("Infinity", "1e400").encode()
    assert "code" not in str(caught(answered(body, 400)).message.partition("(HTTP")[2].partition(")")[0])


# What it says


@each_row(
    "text",
    [
        "x" * 100_000,
        "\x1b[2J\r\nerror: all is well",
        "\ud800\udc00 \ud800",
        f"you sent {API_KEY.reveal()}",
        " ".join(["X-MBX-APIKEY:", API_KEY.reveal(), "?timestamp=1&signature=" + "0a" * 32]),
        ["Canary"] * 10,
        {"Canary": "Canary"},
        17,
        None,
        True,
    ],
    ids=range(10),
)
@each_row("code", [0, -1100, -2015, -9999])
def test_no_text_of_a_server_gets_out_of_hand(code, text):
    caught(answered(json.dumps({"code": code, "msg": text}).encode(), 400))


def test_a_server_that_says_back_the_request_is_not_quoted():
    def echo(request):
        sent = f"{request.url} {request.headers['X-MBX-APIKEY']}"
        return answered(json.dumps({"code": -1102, "msg": sent}).encode(), 400)

    error = caught(echo)
    assert API_KEY.reveal()[:12] not in str(error)


def test_a_redirect_is_not_followed_and_its_target_not_told():
    asked = []

    def respond(request):
        asked.append(request.url.host)
        return answered(b"", 307, Location="https://canary.example/steal")

    assert type(caught(respond)) is ConfigError
    assert asked == ["api.binance.com"]


def test_names_that_are_none_are_not_told():
    answer = {
        "ipRestrict": True,
        "x" * 1000: True,
        "enableÄrger": True,
        "\ud800": True,
        "a b": True,
        "enableMoonTrading": True,
    }
    found = client(answered(json.dumps(answer).encode())).restrictions()
    assert found.unknown == ("enableMoonTrading",)


# What is long, slow or packed


class Stream(httpx.SyncByteStream):
    """A body in parts, made when it is read; `closed` and `given` say how it went."""

    def __init__(self, parts):
        self.parts, self.closed, self.given = parts, False, 0

    def __iter__(self):
        for part in self.parts:
            self.given += len(part)
            yield part

    def close(self):
        self.closed = True


def test_a_body_of_fifty_megabytes_is_given_up_on():
    stream = Stream(b"x" * 65_536 for _ in range(800))
    error = caught(httpx.Response(200, stream=stream))
    assert type(error) is BinanceUnavailable
    assert "longer than 4 MiB" in str(error)
    assert stream.closed
    assert stream.given <= bodies.LARGEST + 65_536


def test_a_body_without_an_end_is_given_up_on():
    def forever():
        while True:
            yield b" " * 65_536

    assert "longer than 4 MiB" in str(caught(httpx.Response(500, stream=Stream(forever()))))


def test_a_body_that_unpacks_to_more_than_it_may_is_given_up_on():
    packed = gzip.compress(bytes(16 * MIB))
    parts = Stream(packed[start : start + 64] for start in range(0, len(packed), 64))
    error = caught(httpx.Response(200, stream=parts, headers={"Content-Encoding": "gzip"}))
    assert "longer than 4 MiB" in str(error)
    assert parts.given < len(packed) / 3


def test_a_body_within_the_limit_is_read_however_it_comes():
    body = json.dumps({"serverTime": 1, "padding": "x" * (bodies.LARGEST - 100)}).encode()
    stream = Stream(body[start : start + 1000] for start in range(0, len(body), 1000))
    assert client(httpx.Response(200, stream=stream)).server_time().server_ms == 1
    assert stream.closed


def test_a_body_that_takes_too_long_is_given_up_on():
    clock = iter(range(0, 1000, 9)).__next__  # a part each nine seconds, each in time
    with pytest.raises(bodies.Unreadable, match="longer than 60 s"):
        bodies.collected((b" " for _ in range(1000)), clock)


@each_row(
    ("encoding", "content"),
    [
        ("gzip", b"Canary"),
        ("deflate", b"Canary"),
        ("gzip", gzip.compress(b"{}" * 1000, mtime=0)[:20]),
        ("gzip", HTML),
        ("x", HTML),
    ],
)
def test_what_is_packed_badly_is_an_error_of_ours(encoding, content):
    stream = Stream([content])
    error = caught(httpx.Response(200, stream=stream, headers={"Content-Encoding": encoding}))
    assert type(error) is BinanceUnavailable
    assert stream.closed


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_what_is_packed_well_is_unpacked(encoding, pack):
    stream = Stream([pack(b'{"serverTime": 1}')])
    answer = httpx.Response(200, stream=stream, headers={"Content-Encoding": encoding, "Retry-After": "7"})
    assert client(answer).server_time().server_ms == 1


def test_how_long_to_wait_is_read_from_a_packed_answer_too():
    stream = Stream([gzip.compress(b'{"code": -1003}')])
    answer = httpx.Response(429, stream=stream, headers={"Content-Encoding": "gzip", "Retry-After": "7"})
    assert caught(answer).retry_after == 7.0


@each_row("encoding", ["gzip, gzip", "GZIP,deflate", "gzip,x", "br", "zstd"])
def test_what_is_packed_as_nobody_asked_for_is_not_unpacked(encoding):
    """Twice packed, 500 bytes become 200 MB before the first of them is counted."""
    stream = Stream([gzip.compress(gzip.compress(bytes(MIB)))])
    error = caught(httpx.Response(200, stream=stream, headers={"Content-Encoding": encoding}))
    assert "packed in a way that nobody asked for" in str(error)
    assert (stream.given, stream.closed) == (0, True)


# What a traceback shows


def shown_by(error):
    """What an error tracker takes along: the variables of every frame of ours, as rich and as repr show them."""
    frames, texts = error.__traceback__, []
    while frames:
        if "vault_binance" in frames.tb_frame.f_code.co_filename:
            texts += [f"{one!r}{pretty_repr(one)}" for one in frames.tb_frame.f_locals.values()]
        frames = frames.tb_next
    return "".join(texts)


@each_row(
    "answer",
    [httpx.ReadTimeout("x"), KeyboardInterrupt(), answered(HTML), answered(b'{"code": -2015}', 401)],
    ids=["no answer", "interrupted", "HTML", "refused"],
)
@each_row("call", ["restrictions", "account", "futures_account"])
def test_no_variable_of_a_traceback_has_the_signature(call, answer):
    def respond(_):
        if isinstance(answer, BaseException):
            raise answer
        return answer

    with pytest.raises((VaultBinanceError, KeyboardInterrupt)) as info:
        getattr(client(respond), call)()
    shown = shown_by(info.value)
    assert "/account" in shown
    for word in ("signature=", "CanaryKey", "CanarySecret"):
        assert word not in shown


# Whatever


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.sampled_from(["code", "msg", "serverTime", "canTrade", "uid", "accountType", "ipRestrict", "createTime"])


def failure_of(answer, call):
    """What is no error of ours passes through, and fails the test."""
    try:
        getattr(client(answer), call)()
    except VaultBinanceError as error:
        return error
    return None


@given(
    status=st.integers(200, 599),
    body=st.binary() | st.dictionaries(FIELDS, JSON).map(lambda value: json.dumps(value).encode()),
    call=st.sampled_from(CALLS),
)
def test_every_answer_is_a_value_or_an_error_of_ours(status, body, call):
    error = failure_of(answered(body, status), call)
    if error is not None:
        assert error.hint
        assert error.message.isprintable()
        assert len(error.message) < 500
