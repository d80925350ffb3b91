"""How Binance answers: one pure function from a request, the state and the time to a response.

Rules of the file
- Signatures are verified over the raw bytes received, never over something decoded and encoded again
  (reference: Binance, 14, rules 1 to 7).
- Nothing here is taken from the code under test: encoding, field names and messages are Binance's, stated anew.
- In which order Binance checks is not documented. Here: key, address, parameters, time, signature, permission.
- A recvWindow of exactly 60000 is accepted; sources disagree on it (reference: Binance, 18).
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import b64decode
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import parse_qsl, unquote_to_bytes

from vault_binance.credentials import Environment, KeyType
from vault_binance.testing.emulator_state import PERMISSIONS, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from vault_binance.testing.emulator_state import EmulatedKey, RawRequest, State

    Answer = Callable[[RawRequest, int, EmulatedKey | None], Mapping[str, Any]]

AHEAD_US = 1_000_000
DEFAULT_WINDOW_MS = Decimal(5000)
LARGEST_WINDOW_MS = Decimal(60_000)
FIRST_MICROSECONDS = 10**14
"""A timestamp from here on is in microseconds: as milliseconds it would be the year 5138."""

NOT_FOUND = Response(404, "<html><body><h2>404 Not found</h2></body></html>", content_type="text/html")


@dataclass(frozen=True, slots=True)
class Endpoint:
    weight: int
    answer: Answer
    signed: bool = False


def decide(request: RawRequest, state: State, now_ms: int) -> Response:
    """What Binance would answer; `now_ms` is its own clock. Total, and without any effect."""
    endpoint = ENDPOINTS.get((request.method, request.path))
    if endpoint is None or (state.environment is Environment.TESTNET and request.path.startswith("/sapi/")):
        return NOT_FOUND  # the testnet has no /sapi (reference: Binance, 4)
    key = _key(request, state) if endpoint.signed else None
    refusal = _refusal(request, key, now_ms) if endpoint.signed else None
    answer = refusal or _json(200, endpoint.answer(request, now_ms, key))
    return _weighed(answer, request, state, endpoint, now_ms)


def _key(request: RawRequest, state: State) -> EmulatedKey | None:
    return state.keys.get(request.headers.get("x-mbx-apikey", ""))


def _refusal(request: RawRequest, key: EmulatedKey | None, now_ms: int) -> Response | None:
    api_key = request.headers.get("x-mbx-apikey", "")
    if not (api_key.isascii() and api_key.isalnum()):
        return _error(401, -2014, "API-key format invalid.")
    if key is None:
        return _error(400, -2008, "Invalid Api-Key ID.")
    if key.deleted or (key.ip_list and request.source not in key.ip_list):
        return _NOT_ALLOWED
    params = _params(request)
    return _untimely(params, now_ms) or _unsigned(request, params, key) or _forbidden(key)


def _forbidden(key: EmulatedKey) -> Response | None:
    return None if key.may("enableReading") else _NOT_ALLOWED


def _untimely(params: Mapping[str, str], now_ms: int) -> Response | None:
    """The timing rule of reference: Binance, 1.4, counted in microseconds."""
    window, timestamp = params.get("recvWindow", str(DEFAULT_WINDOW_MS)), params.get("timestamp", "")
    if not re.fullmatch(r"[0-9]{1,20}", timestamp):
        return _missing("timestamp")
    if not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,3})?", window):
        return _missing("recvWindow")
    if Decimal(window) > LARGEST_WINDOW_MS:
        return _error(400, -1131, "recvWindow must be less than 60000")
    stamped_us = int(timestamp) if int(timestamp) >= FIRST_MICROSECONDS else int(timestamp) * 1000
    if stamped_us >= now_ms * 1000 + AHEAD_US:
        return _error(400, -1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms * 1000 - stamped_us > Decimal(window) * 1000:
        return _error(400, -1021, "Timestamp for this request is outside of the recvWindow.")
    return None


def _unsigned(request: RawRequest, params: Mapping[str, str], key: EmulatedKey) -> Response | None:
    if not params.get("signature"):
        return _missing("signature")
    payload = signed_bytes(request)
    if payload.isascii() and _verifies(key, payload, params["signature"]):
        return None
    return _error(400, -1022, "Signature for this request is not valid.")


def signed_bytes(request: RawRequest) -> bytes:
    """Query as sent and body as sent, joined by nothing, without the `signature` pair wherever it was."""
    return _without_signature(request.query) + _without_signature(request.body)


def _without_signature(part: bytes) -> bytes:
    return b"&".join(pair for pair in part.split(b"&") if not pair.startswith(b"signature="))


def _params(request: RawRequest) -> dict[str, str]:
    """Names and values for looking at, not for verifying; the query wins over the body (reference: Binance, 1.2)."""
    return {**_pairs(request.body), **_pairs(request.query)}


def _pairs(part: bytes) -> dict[str, str]:
    pairs = dict(parse_qsl(part.decode("latin-1"), keep_blank_values=True))
    for raw in part.split(b"&"):
        name, _, value = raw.partition(b"=")
        if name == b"signature":  # base64: a raw plus sign stays one, unlike elsewhere in a form
            pairs["signature"] = unquote_to_bytes(value).decode("latin-1")
    return pairs


def _verifies(key: EmulatedKey, payload: bytes, signature: str) -> bool:
    match key.key_type:
        case KeyType.HMAC:
            return _verifies_hmac(key, payload, signature)
        case KeyType.ED25519 | KeyType.RSA:
            return _verifies_public(key, payload, signature)


def _verifies_hmac(key: EmulatedKey, payload: bytes, signature: str) -> bool:
    """Hex counts without regard to case."""
    secret = key.secret.reveal() if key.secret else ""
    expected = hmac.digest(secret.encode(), payload, "sha256").hex()
    return hmac.compare_digest(expected.encode(), signature.lower().encode())


def _verifies_public(key: EmulatedKey, payload: bytes, signature: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public = load_pem_public_key(key.public_key_pem.encode())
    try:
        raw = b64decode(signature, validate=True)
        if isinstance(public, Ed25519PublicKey):
            public.verify(raw, payload)
        elif isinstance(public, RSAPublicKey):
            public.verify(raw, payload, PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature):
        return False
    return isinstance(public, Ed25519PublicKey | RSAPublicKey)


def _json(status: int, body: Mapping[str, Any], code: int = 0) -> Response:
    return Response(status, json.dumps(body, separators=(",", ":")), code)


def _error(status: int, code: int, message: str) -> Response:
    return _json(status, {"code": code, "msg": message}, code)


def _missing(name: str) -> Response:
    return _error(400, -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


_NOT_ALLOWED = _error(401, -2015, "Invalid API-key, IP, or permissions for action.")


def _weighed(answer: Response, request: RawRequest, state: State, endpoint: Endpoint, now_ms: int) -> Response:
    """Add the headers of reference: Binance, 12."""
    used = str(state.weights.used(request, now_ms) + endpoint.weight)
    api = ("X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M")
    names = ("X-SAPI-USED-IP-WEIGHT-1M",) if request.path.startswith("/sapi/") else api
    return replace(answer, headers=tuple((name, used) for name in names), weight=endpoint.weight)


def _stamp(request: RawRequest, now_ms: int) -> int:
    """Binance's time, in the unit that was asked for (reference: Binance, 1.4)."""
    unit = request.headers.get("x-mbx-time-unit", "")
    return now_ms * 1000 if unit.upper() == "MICROSECOND" else now_ms


def _ping(_request: RawRequest, _now_ms: int, _key: EmulatedKey | None) -> Mapping[str, Any]:
    return {}


def _time(request: RawRequest, now_ms: int, _key: EmulatedKey | None) -> Mapping[str, Any]:
    return {"serverTime": _stamp(request, now_ms)}


def _exchange_info(request: RawRequest, now_ms: int, _key: EmulatedKey | None) -> Mapping[str, Any]:
    symbol = {"symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": []}
    stamp = _stamp(request, now_ms)
    return {"timezone": "UTC", "serverTime": stamp, "rateLimits": [], "exchangeFilters": [], "symbols": [symbol]}


def _account(request: RawRequest, now_ms: int, key: EmulatedKey | None) -> Mapping[str, Any]:
    """`can...` speaks of the account, whatever the key may do (reference: Binance, 5)."""
    zero = "0.00000000"
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": dict.fromkeys(("maker", "taker", "buyer", "seller"), zero),
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": _stamp(request, now_ms),
        "accountType": "SPOT",
        "balances": [{"asset": "USDT", "free": "1000.00000000", "locked": zero}],
        "permissions": ["SPOT"],
        "uid": key.uid if key else 0,
    }


def _api_restrictions(_request: RawRequest, _now_ms: int, key: EmulatedKey | None) -> Mapping[str, Any]:
    if key is None:
        return {}
    flags = {name: key.may(name) for name in (*PERMISSIONS, *key.permissions)}
    return {"ipRestrict": bool(key.ip_list), "createTime": key.create_time_ms, **flags}


ENDPOINTS: Mapping[tuple[str, str], Endpoint] = {
    ("GET", "/api/v3/ping"): Endpoint(1, _ping),
    ("GET", "/api/v3/time"): Endpoint(1, _time),
    ("GET", "/api/v3/exchangeInfo"): Endpoint(20, _exchange_info),  # weight: binance-sdk-spot 13.2, exchange_info
    ("GET", "/api/v3/account"): Endpoint(20, _account, signed=True),
    ("GET", "/sapi/v1/account/apiRestrictions"): Endpoint(1, _api_restrictions, signed=True),
}
