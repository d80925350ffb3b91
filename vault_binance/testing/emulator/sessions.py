"""What a WebSocket session does for itself: log on and out, and subscribe to user data streams.

Rules of the file
- Only Ed25519 keys log on (reference: Binance, 2.2). Any key subscribes by signature (reference: Binance, 7).
- Not documented, and so a guess: the codes for logging on with another kind of key (-1020) and for subscribing
  without having logged on (-1002).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vault_binance.credentials import KeyType
from vault_binance.testing.emulator.call import READING, Endpoint, Security, refused
from vault_binance.testing.emulator.frames import api_key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from vault_binance.testing.emulator.call import Call
    from vault_binance.testing.emulator.frames import Frame, Session
    from vault_binance.testing.emulator.state import State

MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Own:
    """A method that is the session's own: what it needs, and how it answers."""

    endpoint: Endpoint
    answer: Callable[[Frame], tuple[Any, Session]]


def _status_of(session: Session, now_ms: int) -> Mapping[str, Any]:
    return {
        "apiKey": session.api_key or None,
        "authorizedSince": session.authorized_ms,
        "connectedSince": session.connected_ms,
        "returnRateLimits": True,
        "serverTime": now_ms,
        "userDataStream": bool(session.subscriptions),
    }


def _status(frame: Frame) -> tuple[Any, Session]:
    return _status_of(frame.session, frame.now_ms), frame.session


def _logon(frame: Frame) -> tuple[Any, Session]:
    if frame.state.keys[api_key_of(frame)].key_type is not KeyType.ED25519:
        raise refused(400, -1020, "This operation is not supported.")
    session = replace(frame.session, api_key=api_key_of(frame), authorized_ms=frame.now_ms)
    return _status_of(session, frame.now_ms), session


def _logout(frame: Frame) -> tuple[Any, Session]:
    """Ends the subscriptions that the logon allowed, and no others."""
    session = frame.session
    left = {number: uid for number, uid in session.subscriptions.items() if number not in session.own}
    session = replace(session, api_key="", authorized_ms=None, subscriptions=left, own=frozenset())
    return _status_of(session, frame.now_ms), session


def _subscribe(frame: Frame) -> tuple[Any, Session]:
    if not frame.session.api_key:
        raise refused(401, -1002, "You are not authorized to execute this request.")
    result, session = _subscribed(frame)
    return result, replace(session, own=session.own | {session.opened - 1})


def _subscribed(frame: Frame) -> tuple[Any, Session]:
    session, uid = frame.session, frame.state.keys[api_key_of(frame)].uid
    if uid in session.subscriptions.values() or len(session.subscriptions) >= MOST_AT_ONCE:
        raise refused(400, -2035, "User Data Stream subscription is already active.")
    number = session.opened
    subscriptions = {**session.subscriptions, number: uid}
    return {"subscriptionId": number}, replace(session, subscriptions=subscriptions, opened=number + 1)


def _unsubscribe(frame: Frame) -> tuple[Any, Session]:
    """One, or all without a `subscriptionId`."""
    wanted, session = frame.params.get("subscriptionId"), frame.session
    gone = {number for number in session.subscriptions if wanted in {None, str(number)}}
    if not gone:
        raise refused(400, -2036, "User Data Stream subscription is not active.")
    left = {number: uid for number, uid in session.subscriptions.items() if number not in gone}
    return {}, replace(session, subscriptions=left, own=session.own - gone)


def _subscriptions(frame: Frame) -> tuple[Any, Session]:
    return [{"subscriptionId": number} for number in frame.session.subscriptions], frame.session


def _open(answer: Callable[[Frame], tuple[Any, Session]]) -> Own:
    return Own(Endpoint(2, _nothing, Security.NONE, ()), answer)


def _signed(answer: Callable[[Frame], tuple[Any, Session]]) -> Own:
    return Own(Endpoint(2, _nothing, Security.SIGNED, READING), answer)


def _nothing(call: Call) -> tuple[Any, State]:
    return None, call.state


SESSIONS: Mapping[str, Own] = {
    "session.logon": _signed(_logon),
    "session.status": _open(_status),
    "session.logout": _open(_logout),
    "session.subscriptions": _open(_subscriptions),
    "userDataStream.subscribe": _open(_subscribe),
    "userDataStream.subscribe.signature": _signed(_subscribed),
    "userDataStream.unsubscribe": _open(_unsubscribe),
}
