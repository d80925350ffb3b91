"""Binance's rules as one pure function: what is accepted, and with which code everything else is refused."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.rows import each_row
from vault_binance.credentials import Environment, KeyType
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator.call import Security
from vault_binance.testing.emulator.endpoints.table import ENDPOINTS
from vault_binance.testing.emulator.keys import material, random_token
from vault_binance.testing.emulator.rest import respond
from vault_binance.testing.emulator.signature import signed_bytes
from vault_binance.testing.emulator.state import (
    PERMISSIONS,
    EmulatedKey,
    IssuedKey,
    RawRequest,
    State,
    Weights,
    fingerprint,
)

NOW = 1_700_000_000_000
SECRET = "s" * 64
API_KEY = "k" * 64
PATH = "/api/v3/account"
VECTORS = json.loads((Path(__file__).parents[2] / "data" / "binance_vectors.json").read_text(encoding="utf-8"))
RSA = next(v for v in VECTORS if v["name"] == "rsa_sigexamples_ltcbtc")["private_key_pem"]
RESTRICTIONS = "/sapi/v1/account/apiRestrictions"


def key(**changes):
    return EmulatedKey(
        **{
            "api_key": API_KEY,
            "key_type": KeyType.HMAC,
            "uid": 7,
            "create_time_ms": NOW,
            "secret": Redacted(SECRET),
        }
        | changes
    )


def state(*keys, environment=Environment.LIVE):
    return State(environment, {each.api_key: each for each in keys or (key(),)})


def signature(payload, secret=SECRET):
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest().encode()


def request(query=b"", body=b"", *, path=PATH, method="GET", api_key=API_KEY, source="127.0.0.1", **headers):
    named = {"x-mbx-apikey": api_key} if api_key is not None else {}
    return RawRequest(method, path, query, body, {**named, **headers}, source)


def signed(payload=b"timestamp=1700000000000", *, sent=None, **options):
    """A request whose query is `payload`, or `sent` in place of it, with the signature of `payload` at the end."""
    return request((payload if sent is None else sent) + b"&signature=" + signature(payload), **options)


def answer(asked, known=None, now_ms=NOW):
    return respond(asked, known or state(), now_ms)[0]


def code(asked, known=None, now_ms=NOW):
    response = answer(asked, known, now_ms)
    if response.content_type.startswith("application/json"):
        told = json.loads(response.body)
        assert (told.get("code", 0) if isinstance(told, dict) else 0) == response.code
    return response.status, response.code


def body(asked, known=None, now_ms=NOW):
    response = answer(asked, known, now_ms)
    assert response.status == 200, response
    return json.loads(response.body)


def test_a_signed_request_is_accepted():
    assert body(signed())["uid"] == 7


@each_row(
    ("query", "sent_body"),
    [
        pytest.param(b"signature=%s&timestamp=1700000000000", b"", id="first"),
        pytest.param(b"symbol=A&signature=%s&timestamp=1700000000000", b"", id="in the middle"),
        pytest.param(b"symbol=A&timestamp=1700000000000", b"signature=%s", id="alone in the body"),
        pytest.param(b"symbol=A", b"timestamp=1700000000000&signature=%s", id="in the body"),
        pytest.param(b"signature=%s", b"timestamp=1700000000000", id="alone in the query"),
        pytest.param(b"", b"timestamp=1700000000000&signature=%s", id="all in the body"),
    ],
)
def test_the_signature_may_be_anywhere(query, sent_body):
    payload = signed_bytes(request(query, sent_body))
    made = signature(payload)
    assert code(request(query.replace(b"%s", made), sent_body.replace(b"%s", made))) == (200, 0)


def test_query_and_body_are_joined_by_nothing():
    asked = request(b"a=1&signature=x", b"b=2")
    assert signed_bytes(asked) == b"a=1b=2"


@each_row("address", [b"a+b@test.com", b"a%2Bb@test.com", b"a%2Bb%40test.com", b"a%2bb%40test.com"])
def test_bytes_are_verified_as_they_were_sent(address):
    """Three clients send the same address in three ways; each is right (reference: Binance, 14)."""
    assert code(signed(b"email=" + address + b"&timestamp=1700000000000")) == (200, 0)


def test_encoding_again_after_signing_is_refused():
    payload = b"email=a@b&timestamp=1700000000000"
    assert code(signed(payload, sent=payload.replace(b"@", b"%40"))) == (400, -1022)


def test_raw_non_ascii_is_refused_and_encoded_is_accepted():
    raw = "symbol=１２３&timestamp=1700000000000".encode()  # noqa: RUF001  # the documentation's own symbol
    assert code(signed(raw)) == (400, -1022)
    assert code(signed(quote(raw, safe="=&").encode())) == (200, 0)


def test_hex_counts_without_regard_to_case():
    payload = b"timestamp=1700000000000"
    assert code(request(payload + b"&signature=" + signature(payload).upper())) == (200, 0)


@each_row("sent", [b"00", b"zz", signature(b"timestamp=1"), "é".encode(), b"%C3%A9"])
def test_a_wrong_signature_is_refused(sent):
    assert code(request(b"timestamp=1700000000000&signature=" + sent)) == (400, -1022)


@pytest.mark.parametrize("key_type", [KeyType.ED25519, KeyType.RSA])
def test_public_keys_verify_base64_with_regard_to_case(key_type):
    held = material(key_type, RSA if key_type is KeyType.RSA else None, None)
    private = load_pem_private_key(held.shown.reveal().encode(), None)
    payload = b"timestamp=1700000000000"
    pkcs1 = (padding.PKCS1v15(), hashes.SHA256()) if key_type is KeyType.RSA else ()
    made = base64.b64encode(private.sign(payload, *pkcs1)).decode()
    known = state(key(key_type=key_type, secret=None, public_key_pem=held.public_key_pem))

    def verdict(text):
        return code(request(payload + b"&signature=" + text.encode()), known)

    assert verdict(quote(made, safe="")) == (200, 0)
    assert verdict(made) == (200, 0), "a raw plus sign is no blank in base64"
    assert verdict(quote(made.swapcase(), safe="")) == (400, -1022)
    assert verdict("not base64") == (400, -1022)
    assert verdict(quote(made[:-4], safe="")) == (400, -1022)


def test_a_public_key_of_a_kind_binance_does_not_take_verifies_nothing():
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = generate_private_key(SECP256R1()).public_key()
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    known = state(key(key_type=KeyType.ED25519, secret=None, public_key_pem=text))
    assert code(signed(), known) == (400, -1022)


@each_row("api_key", [None, "", "with blank", "'quoted'", "kéy"])
def test_a_missing_or_malformed_key(api_key):
    assert code(signed(api_key=api_key)) == (401, -2014)


def test_an_unknown_key():
    assert code(signed(api_key="u" * 64)) == (400, -2008)


def test_a_deleted_key():
    assert code(signed(), state(key(deleted=True))) == (401, -2015)


def test_addresses():
    known = state(key(ip_list=("10.0.0.1", "10.0.0.2")))
    assert code(signed(source="10.0.0.2"), known) == (200, 0)
    assert code(signed(source="10.0.0.3"), known) == (401, -2015)
    assert code(signed(source="10.0.0.3")) == (200, 0)


@pytest.mark.parametrize("path", [PATH, RESTRICTIONS])
def test_a_key_that_may_not_read(path):
    assert code(signed(path=path), state(key(permissions={"enableReading": False}))) == (401, -2015)


@each_row(
    ("query", "name"),
    [
        (b"signature=00", "timestamp"),
        (b"timestamp=&signature=00", "timestamp"),
        (b"timestamp=soon&signature=00", "timestamp"),
        (b"timestamp= 1&signature=00", "timestamp"),
        (b"timestamp=-1&signature=00", "timestamp"),
        (b"timestamp=1700000000000", "signature"),
        (b"timestamp=1700000000000&signature=", "signature"),
        (b"timestamp=1700000000000&recvWindow=x&signature=00", "recvWindow"),
        (b"timestamp=1700000000000&recvWindow=&signature=00", "recvWindow"),
        (b"timestamp=1700000000000&recvWindow=1.2345&signature=00", "recvWindow"),
    ],
)
def test_a_mandatory_parameter_that_is_missing_or_malformed(query, name):
    response = answer(request(query))
    assert (response.status, response.code) == (400, -1102)
    assert f"'{name}'" in response.body


AHEAD, LATE = "was 1000ms ahead", "outside of the recvWindow"


@each_row(
    ("timestamp", "window", "says"),
    [
        (NOW, None, ""),
        (NOW + 999, None, ""),
        (NOW + 1_000, None, AHEAD),
        (NOW - 5_000, None, ""),
        (NOW - 5_001, None, LATE),
        (NOW - 60_000, "60000", ""),
        (NOW - 60_001, "60000", LATE),
        (NOW, "60000.001", "must be less than 60000"),
        (NOW, "60001", "must be less than 60000"),
        (NOW - 1, "0", LATE),
        (NOW, "0", ""),
        (NOW * 1000 + 999_999, None, ""),
        (NOW * 1000 + 1_000_000, None, AHEAD),
        (NOW * 1000 - 5_000_000, None, ""),
        (NOW * 1000 - 5_000_001, None, LATE),
        (NOW * 1000 - 6_000_346, "6000.346", ""),
        (NOW * 1000 - 6_000_347, "6000.346", LATE),
    ],
)
def test_timing(timestamp, window, says):
    """Milliseconds and microseconds, to the edge of each rule (reference: Binance, 1.4)."""
    payload = f"timestamp={timestamp}" + (f"&recvWindow={window}" if window else "")
    response = answer(signed(payload.encode()))
    assert says in response.body
    assert response.code == ({"": 0, "must be less than 60000": -1131}.get(says, -1021))


def test_the_query_wins_over_the_body():
    payload = b"timestamp=1700000000000timestamp=1"
    made = signature(payload)
    assert code(request(b"timestamp=1700000000000&signature=" + made, b"timestamp=1")) == (200, 0)


def test_a_key_is_told_its_permissions():
    told = body(signed(path=RESTRICTIONS), state(key(permissions={"enableFutures": True, "enableMoon": True})))
    assert told["enableReading"] is True
    assert told["enableFutures"] is True
    assert told["enableMoon"] is True
    assert told["enableWithdrawals"] is False
    assert (told["ipRestrict"], told["createTime"]) == (False, NOW)
    assert set(PERMISSIONS) <= set(told)


def test_a_restricted_key_is_told_that_but_not_its_addresses():
    told = answer(signed(path=RESTRICTIONS), state(key(ip_list=("127.0.0.1",))))
    assert '"ipRestrict":true' in told.body
    assert "127.0.0.1" not in told.body


def test_the_testnet_has_no_sapi():
    known = state(environment=Environment.TESTNET)
    assert code(signed(path=RESTRICTIONS), known) == (404, 0)
    assert answer(signed(path=RESTRICTIONS), known).content_type == "text/html"
    assert code(signed(), known) == (200, 0)


@each_row(("method", "path"), [("GET", "/"), ("GET", "/api/v3/nothing"), ("POST", PATH), ("GET", "x")])
def test_what_there_is_not(method, path):
    assert code(signed(method=method, path=path)) == (404, 0)


def test_public_endpoints_need_no_key():
    assert body(request(path="/api/v3/ping", api_key=None)) == {}
    assert body(request(path="/api/v3/time", api_key=None)) == {"serverTime": NOW}
    assert body(request(path="/api/v3/exchangeInfo", api_key=None))["serverTime"] == NOW


@pytest.mark.parametrize("unit", ["MICROSECOND", "microsecond"])
def test_times_may_be_asked_for_in_microseconds(unit):
    asked = request(path="/api/v3/time", **{"x-mbx-time-unit": unit})
    assert body(asked) == {"serverTime": NOW * 1000}


def test_weight_is_counted_by_address_and_minute():
    known = state()
    headers = []
    for asked, now in [
        (signed(), NOW),
        (signed(), NOW),
        (signed(path=RESTRICTIONS), NOW),
        (signed(source="10.0.0.1"), NOW),
        (request(path="/api/v3/ping"), NOW + 60_000),
    ]:
        response, known = respond(asked, known, now)
        headers.append(dict(response.headers))
    assert headers == [
        {"X-MBX-USED-WEIGHT": "20", "X-MBX-USED-WEIGHT-1M": "20"},
        {"X-MBX-USED-WEIGHT": "40", "X-MBX-USED-WEIGHT-1M": "40"},
        {"X-SAPI-USED-IP-WEIGHT-1M": "1"},
        {"X-MBX-USED-WEIGHT": "20", "X-MBX-USED-WEIGHT-1M": "20"},
        {"X-MBX-USED-WEIGHT": "1", "X-MBX-USED-WEIGHT-1M": "1"},
    ]


def test_refusals_weigh_too():
    assert dict(answer(request()).headers)["X-MBX-USED-WEIGHT-1M"] == "20"


def test_deciding_changes_nothing():
    known = state()
    assert answer(signed(), known) == answer(signed(), known)
    assert known.weights == Weights()


def test_every_endpoint_that_is_not_public_asks_for_a_key():
    asking = {
        (method, path)
        for method, path in ENDPOINTS
        if code(request(method=method, path=path, api_key=None)) == (401, -2014)
    }
    assert asking == {named for named, endpoint in ENDPOINTS.items() if endpoint.security is not Security.NONE}


def test_nothing_kept_shows_a_secret():
    known = state(key(api_key="CanaryKey", secret=Redacted("CanarySecret")))
    shown = repr(known) + repr(known.keys["CanaryKey"]) + repr(signed(b"canary=Canary", api_key="CanaryKey"))
    assert "Canary" not in shown


def test_what_is_issued_is_a_whole_credential():
    issued = IssuedKey(Redacted(API_KEY), Redacted(SECRET), KeyType.HMAC, Environment.TESTNET)
    pair = issued.credentials("mm")
    assert (pair.name, pair.environment, pair.key_type) == ("mm", Environment.TESTNET, KeyType.HMAC)
    assert fingerprint(API_KEY) == pair.fingerprint
    assert fingerprint("") == ""


def test_a_key_made_from_a_public_key_has_no_secret_to_show():
    public = material(KeyType.ED25519, None, None).public_key_pem
    held = material(KeyType.ED25519, None, public)
    assert held.shown is None
    with pytest.raises(ValueError, match="the caller's"):
        IssuedKey(Redacted(API_KEY), held.shown, KeyType.ED25519, Environment.LIVE).credentials()


def test_a_public_key_that_is_none_is_refused_when_it_is_added():
    with pytest.raises(ValueError, match="PEM"):
        material(KeyType.ED25519, None, "nonsense")


def test_a_given_private_key_is_kept_by_its_owner():
    first = material(KeyType.ED25519, None, None)
    again = material(KeyType.ED25519, first.shown.reveal(), None)
    assert again.public_key_pem == first.public_key_pem
    assert again.kept is None


def test_generated_tokens_look_like_binances():
    assert len(random_token()) == 64
    assert random_token().isalnum()
    assert random_token() != random_token()
    assert material(KeyType.HMAC, "given", None).kept.reveal() == "given"
