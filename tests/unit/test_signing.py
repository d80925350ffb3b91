"""Payloads and HMAC signatures, held against Binance's own published vectors."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from tests.rows import each_row
from vault_binance.errors import SigningError
from vault_binance.redacted import Redacted
from vault_binance.signing import encode, hmac_signature, rest_payload, signed, ws_payload

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "binance_vectors.json").read_text(encoding="utf-8"))


def vectors(*, algo="HMAC", having=()):
    chosen = [v for v in VECTORS if v["algo"] == algo and all(v.get(name) for name in having)]
    return [pytest.param(v, id=v["name"]) for v in chosen]


def test_the_vectors_are_all_there():
    algorithms = [v["algo"] for v in VECTORS]
    assert {algo: algorithms.count(algo) for algo in set(algorithms)} == {"HMAC": 23, "ED25519": 2, "RSA": 3}


@each_row("vector", vectors())
def test_hmac_signature_is_binances(vector):
    assert hmac_signature(Redacted(vector["secret"]), vector["payload"].encode()) == vector["signature"]


@each_row("vector", vectors(having=["params"]))
def test_websocket_payload_is_sorted_and_not_percent_encoded(vector):
    with_signature = {**vector["params"], "signature": "left out"}
    assert ws_payload(with_signature) == vector["payload"].encode()


def test_websocket_payload_keeps_unicode_raw():
    (vector,) = [v for v in VECTORS if v["name"] == "spot_ws_hmac_unicode"]
    params = dict(pair.split("=", 1) for pair in vector["payload"].split("&"))
    assert ws_payload(dict(reversed(params.items()))) == vector["payload"].encode()


@each_row("vector", [v for v in vectors() if "ws" not in v.id and "docbug" not in v.id])
def test_rest_payload_is_encoded_in_the_order_given(vector):
    """Names and values of each vector, serialised again, are the bytes that Binance signed."""
    query, body = vector.get("query"), vector.get("body")
    if query is None and body is None:
        query = vector["payload"]
    elif query is None:
        query = vector["payload"].removesuffix(body)  # one vector gives its body only
    assert rest_payload(encode(parse_qsl(query or "")), encode(parse_qsl(body or ""))) == vector["payload"].encode()


def test_query_and_body_are_joined_by_nothing():
    assert rest_payload(encode([("timeInForce", "GTC")]), encode([("quantity", 1)])) == b"timeInForce=GTCquantity=1"


def test_encode_leaves_nothing_to_be_encoded_again():
    assert encode([("email", "a+b@test.com"), ("text", "a b/c"), ("price", 10)]) == (
        "email=a%2Bb%40test.com&text=a%20b%2Fc&price=10"
    )


def test_signature_comes_last_and_is_percent_encoded():
    assert signed("timestamp=1", "g8+/gCA==") == "timestamp=1&signature=g8%2B%2FgCA%3D%3D"
    assert signed("", "ab") == "signature=ab"


def test_a_secret_that_is_not_ascii_is_refused_without_being_shown():
    with pytest.raises(SigningError) as caught:
        hmac_signature(Redacted("canary-é"), b"timestamp=1")
    assert "canary" not in str(caught.value) + caught.value.hint
    assert caught.value.__context__ is None
