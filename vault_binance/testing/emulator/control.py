"""A small door under /emulator/ for tests in other languages: keys, accounts, faults, the clock and the log, as JSON.

Rules of the file
- It is open only with `Emulator(control=True)`; what goes through it is neither logged nor recorded.
- A key is named by its fingerprint, sha-256 of the API key, so that no address holds a key.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from vault_binance.credentials import KeyType
from vault_binance.redacted import Redacted
from vault_binance.testing.emulator.call import NOT_FOUND, as_json
from vault_binance.testing.emulator.faults import Fault
from vault_binance.testing.emulator.state import fingerprint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from vault_binance.testing.emulator import Emulator
    from vault_binance.testing.emulator.state import RawRequest, Response

    Door = Callable[[Emulator, str, dict[str, Any]], Any]

PREFIX = "/emulator/"


class _Unknown(Exception):
    """There is no such key."""


def control(emulator: Emulator, request: RawRequest) -> Response:
    """Answer a request under /emulator/; 400 says what was wrong with it."""
    what, _, name = request.path.removeprefix(PREFIX).partition("/")
    door = DOORS.get((request.method, what))
    if door is None:
        return NOT_FOUND
    try:
        return as_json(200, door(emulator, name, _asked(request)))
    except _Unknown:
        return as_json(404, {"error": f"no key has the fingerprint {name!a}"})
    except KeyError as error:
        return as_json(400, {"error": f"{error.args[0]!a} is missing, or nothing that is known"})
    except (TypeError, ValueError) as error:
        return as_json(400, {"error": str(error)})


def _asked(request: RawRequest) -> dict[str, Any]:
    asked = json.loads(request.body or b"{}")
    if not isinstance(asked, dict):
        raise TypeError("a JSON object is wanted")
    return asked


def _add_key(emulator: Emulator, _name: str, asked: dict[str, Any]) -> Mapping[str, Any]:
    kind = KeyType(str(asked.pop("type", KeyType.HMAC)).upper())
    made = emulator.add_key(key_type=kind, **asked)
    api_key = made.api_key.reveal()
    uid = emulator.state.keys[api_key].uid
    secret = {"secret": made.secret.reveal()} if made.secret else {}
    return {"api_key": api_key, **secret, "type": kind, "fingerprint": fingerprint(api_key), "account": uid}


def _named(emulator: Emulator, name: str) -> Redacted:
    for api_key in emulator.state.keys:
        if fingerprint(api_key) == name:
            return Redacted(api_key)
    raise _Unknown


def _change_key(emulator: Emulator, name: str, asked: dict[str, Any]) -> Mapping[str, Any]:
    emulator.restrict(_named(emulator, name), **asked)
    return {}


def _delete_key(emulator: Emulator, name: str, asked: dict[str, Any]) -> Mapping[str, Any]:
    emulator.delete_key(_named(emulator, name), **asked)
    return {}


def _add_account(emulator: Emulator, _name: str, asked: dict[str, Any]) -> Mapping[str, Any]:
    return {"account": emulator.add_account(**asked)}


def _change_account(emulator: Emulator, name: str, asked: dict[str, Any]) -> Mapping[str, Any]:
    emulator.change_account(int(name), locked=bool(asked["locked"]))
    return {}


def _fail(emulator: Emulator, _name: str, asked: dict[str, Any]) -> Mapping[str, Any]:
    emulator.fail(Fault(asked.pop("fault")), **asked)
    return {}


def _mend(emulator: Emulator, _name: str, _asked: dict[str, Any]) -> Mapping[str, Any]:
    emulator.mend()
    return {}


def _clock(emulator: Emulator, _name: str, asked: dict[str, Any]) -> Mapping[str, Any]:
    emulator.offset_ms = int(asked["offset_ms"])
    return {"time_ms": emulator.time_ms()}


def _log(emulator: Emulator, _name: str, _asked: dict[str, Any]) -> list[Mapping[str, Any]]:
    return [asdict(entry) for entry in emulator.log]


DOORS: Mapping[tuple[str, str], Door] = {
    ("POST", "keys"): _add_key,
    ("PATCH", "keys"): _change_key,
    ("DELETE", "keys"): _delete_key,
    ("POST", "accounts"): _add_account,
    ("PATCH", "accounts"): _change_account,
    ("POST", "faults"): _fail,
    ("DELETE", "faults"): _mend,
    ("POST", "clock"): _clock,
    ("GET", "log"): _log,
}
