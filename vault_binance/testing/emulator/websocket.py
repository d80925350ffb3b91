"""The WebSocket APIs, spot and USDS-M futures: one pure function from a frame and a session to an answer.

Rules of the file
- Most methods are an endpoint of the REST API under another name; the rules are the same, the bytes signed are not:
  sorted parameters, raw UTF-8 (reference: Binance, 2.1).
- After a logon `apiKey` and `signature` may be left out, `timestamp` may not.
- A key that was revoked meanwhile is told so at the next request, with `id` null, and the session ends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import Call, Refused, refused
from vault_binance.testing.emulator.endpoints.table import ENDPOINTS
from vault_binance.testing.emulator.frames import Frame, api_key_of, asking_of, frame_of
from vault_binance.testing.emulator.limits import WEIGHT_A_MINUTE
from vault_binance.testing.emulator.overload import banned
from vault_binance.testing.emulator.rules import carried_out, known_there, not_allowed, refusal
from vault_binance.testing.emulator.sessions import SESSIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TypeVar

    from vault_binance.testing.emulator.call import Endpoint
    from vault_binance.testing.emulator.frames import Session
    from vault_binance.testing.emulator.state import Event, State

    _Line = TypeVar("_Line")


@dataclass(frozen=True, slots=True)
class Heard:
    message: Mapping[str, Any] = field(repr=False)
    session: Session
    state: State
    method: str
    api_key: str = field(default="", repr=False)
    status: int = 200
    code: int = 0


REST = {
    Family.API: {
        "ping": ("GET", "/api/v3/ping"),
        "time": ("GET", "/api/v3/time"),
        "exchangeInfo": ("GET", "/api/v3/exchangeInfo"),
        "depth": ("GET", "/api/v3/depth"),
        "ticker.price": ("GET", "/api/v3/ticker/price"),
        "account.status": ("GET", "/api/v3/account"),
        "account.rateLimits.orders": ("GET", "/api/v3/rateLimit/order"),
        "order.place": ("POST", "/api/v3/order"),
        "order.test": ("POST", "/api/v3/order/test"),
        "order.cancel": ("DELETE", "/api/v3/order"),
        "order.status": ("GET", "/api/v3/order"),
        "openOrders.status": ("GET", "/api/v3/openOrders"),
        "openOrders.cancelAll": ("DELETE", "/api/v3/openOrders"),
        "allOrders": ("GET", "/api/v3/allOrders"),
        "myTrades": ("GET", "/api/v3/myTrades"),
    },
    Family.FAPI: {
        "ping": ("GET", "/fapi/v1/ping"),
        "time": ("GET", "/fapi/v1/time"),
        "ticker.price": ("GET", "/fapi/v1/ticker/price"),
        "account.status": ("GET", "/fapi/v2/account"),
        "v2/account.status": ("GET", "/fapi/v3/account"),
        "account.balance": ("GET", "/fapi/v2/balance"),
        "v2/account.balance": ("GET", "/fapi/v3/balance"),
        "account.position": ("GET", "/fapi/v2/positionRisk"),
        "v2/account.position": ("GET", "/fapi/v3/positionRisk"),
        "order.place": ("POST", "/fapi/v1/order"),
        "order.cancel": ("DELETE", "/fapi/v1/order"),
        "order.status": ("GET", "/fapi/v1/order"),
        "userDataStream.start": ("POST", "/fapi/v1/listenKey"),
        "userDataStream.ping": ("PUT", "/fapi/v1/listenKey"),
        "userDataStream.stop": ("DELETE", "/fapi/v1/listenKey"),
    },
}
"""By API: a method and the endpoint that it is."""


def hear(text: str, session: Session, state: State, now_ms: int) -> Heard:
    """Answer one text frame."""
    frame = Frame(None, "", {}, session, state, now_ms)
    try:
        frame = frame_of(text, session, state, now_ms)
        return _answered(frame) if _is_still_known(frame) else _ended(frame)
    except Refused as no:
        return _refusing(no, frame)


def _is_still_known(frame: Frame) -> bool:
    """Whether the key of the logon, if there was one, could log on again."""
    if not frame.session.api_key:
        return True
    key = frame.state.keys.get(frame.session.api_key)
    return key is not None and known_there(key, asking_of(frame, trusted=True))


def _ended(frame: Frame) -> Heard:
    session = replace(frame.session, api_key="", authorized_ms=None, subscriptions={}, own=frozenset())
    no = Refused(not_allowed(asking_of(frame, trusted=True)))
    return _refusing(no, replace(frame, identity=None, session=session))


def _not_banned(frame: Frame) -> None:
    """A ban is the address's, whichever way it asks."""
    source, weights = frame.session.source, frame.state.weights
    if weights.banned(source, frame.now_ms):
        raise Refused(banned(weights.banned_until_ms[source], frame.now_ms))


def _answered(frame: Frame) -> Heard:
    _not_banned(frame)
    own = SESSIONS.get(frame.method)
    if own is not None:
        frame = _weighed(frame, own.endpoint)
        _checked(frame, own.endpoint)
        result, session = own.answer(frame)
        return _accepting(frame, result, session)
    path = REST[frame.session.family].get(frame.method)
    if path is None:
        raise refused(400, -1020, "This operation is not supported.")
    endpoint = ENDPOINTS[path]
    frame = _weighed(frame, endpoint)
    _checked(frame, endpoint)
    key = frame.state.keys.get(api_key_of(frame))
    call = Call(frame.state, frame.now_ms, frame.params, key, frame.session.family, frame.session.source)
    response, state = carried_out(endpoint, call)
    if response.code:
        raise Refused(response)
    return _accepting(replace(frame, state=state), json.loads(response.body), frame.session)


def _weighed(frame: Frame, endpoint: Endpoint) -> Frame:
    """Weight is the address's, whichever way it asks."""
    source = frame.session.source
    weights = frame.state.weights.plus(frame.session.family, source, endpoint.weight, frame.now_ms)
    return replace(frame, state=replace(frame.state, weights=weights))


def _checked(frame: Frame, endpoint: Endpoint) -> None:
    trusted = bool(frame.session.api_key) and "apiKey" not in frame.params
    no = refusal(asking_of(frame, trusted=trusted), endpoint, frame.state.keys.get(api_key_of(frame)), frame.now_ms)
    if no is not None:
        raise Refused(no)


def heard_by(line: _Line, session: Session, events: Iterable[Event]) -> list[tuple[_Line, Mapping[str, Any]]]:
    """What a connection is told of what happened to the accounts it subscribed to."""
    return [
        (line, {"subscriptionId": number, "event": event.body})
        for event in events
        for number, uid in session.subscriptions.items()
        if uid == event.uid and session.family is Family.API
    ]


def _accepting(frame: Frame, result: Any, session: Session) -> Heard:
    message = {"id": frame.identity, "status": 200, "result": result, **_limits(frame)}
    return Heard(message, session, frame.state, frame.method, api_key_of(frame))


def _refusing(no: Refused, frame: Frame) -> Heard:
    response = no.response
    told = {**json.loads(response.body), **_until(frame, response.status)}
    message = {"id": frame.identity, "status": response.status, "error": told, **_limits(frame)}
    if frame.identity is None:
        del message["rateLimits"]
    api_key = api_key_of(frame)
    return Heard(message, frame.session, frame.state, frame.method, api_key, response.status, response.code)


def _until(frame: Frame, status: int) -> Mapping[str, Any]:
    """What a ban has in the place of Retry-After (reference: Binance, 2.3)."""
    until_ms = frame.state.weights.banned_until_ms.get(frame.session.source)
    return {"data": {"serverTime": frame.now_ms, "retryAfter": until_ms}} if status == 418 else {}


def _limits(frame: Frame) -> dict[str, Any]:
    family = frame.session.family
    kind = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1}
    used = frame.state.weights.used(family, frame.session.source, frame.now_ms)
    return {"rateLimits": [{**kind, "limit": WEIGHT_A_MINUTE[family], "count": used}]}
