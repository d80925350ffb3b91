"""What comes over a WebSocket: frames as values, and the session that a connection is.

Rules of the file
- Parameters are kept as the texts that were signed: a number as it was written.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from vault_binance.testing.emulator.account import Family
from vault_binance.testing.emulator.call import refused
from vault_binance.testing.emulator.rules import Asking
from vault_binance.testing.emulator.signature import sorted_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault_binance.testing.emulator.state import State

PATHS = {"/ws-api/v3": Family.API, "/ws-fapi/v1": Family.FAPI}


class Number(str):
    """A number of JSON as its text: that is what was signed."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Session:
    """One connection. `subscriptions` to user data streams are accounts by number; those in `own` came by the logon."""

    family: Family
    source: str
    connected_ms: int
    api_key: str = field(default="", repr=False)
    authorized_ms: int | None = None
    subscriptions: Mapping[int, int] = field(default_factory=dict)
    own: frozenset[int] = frozenset()
    opened: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """A request in a frame: parameters as the texts that were signed."""

    identity: Any
    method: str
    params: Mapping[str, str] = field(repr=False)
    session: Session
    state: State
    now_ms: int


def frame_of(text: str, session: Session, state: State, now_ms: int) -> Frame:
    try:
        told = json.loads(text, parse_int=Number, parse_float=Number)
        method, params = told["method"], told.get("params") or {}
        named = {name: _as_signed(value) for name, value in params.items() if value is not None}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise refused(400, -1135, "Invalid JSON Request") from None
    identity = told.get("id")
    return Frame(
        int(identity) if isinstance(identity, Number) else identity, str(method), named, session, state, now_ms
    )


def _as_signed(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def api_key_of(frame: Frame) -> str:
    return frame.params.get("apiKey", frame.session.api_key)


def asking_of(frame: Frame, *, trusted: bool) -> Asking:
    payload = sorted_bytes(frame.params)
    return Asking(api_key_of(frame), frame.params, payload, frame.session.family, frame.session.source, trusted=trusted)
