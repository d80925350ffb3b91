"""Vault's audit log, read as the story of our credentials: who, from where, did what to which, and was it allowed.

Rules of the file
- A stream in, a stream out: a log of gigabytes is read line by line.
- Vault logs a request twice; the response line is the one that is told, and a request line only where it ended there.
- Text in the log is hashed by Vault, and none of it is needed: paths, numbers, booleans and names of roles are in clear
  (reference: Vault, 7.2). Equal text has an equal hash, so a token's accessor ties its deeds to its login.
- What is remembered along the way is bounded.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import TypeVar

    from vault_binance.layout import Layout

    _Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Event:
    """One deed. `subject` is the credential, bot or policy it was done to; `version` 0 where none is named.

    `time` is RFC 3339 in UTC, as logged.
    """

    time: str
    who: str
    address: str
    action: str
    subject: str
    version: int
    allowed: bool


def events(lines: Iterable[str], layout: Layout) -> Iterator[Event]:
    """Everything in the log that concerns this instance; lines that are no JSON object are passed over."""
    rules, memory = _rules(layout), _Memory()
    for line in lines:
        entry = _parsed(line)
        if entry is None or memory.has_told(entry):
            continue
        event = _event(entry, rules, memory.who(entry, layout))
        if event is not None and event.action:
            yield event


class _Memory:
    """Who holds which accessor, and which requests were told already: the latest of each, in the order they came."""

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._names: dict[str, str] = {}
        self._told: dict[str, None] = {}

    def has_told(self, entry: Mapping[str, Any]) -> bool:
        """Whether this is the response to a request whose refusal was told when it was asked."""
        identity = str(entry["request"].get("id", ""))
        if entry["type"] == "request":
            self._keep(self._told, identity, None)
            return False
        return identity in self._told

    def who(self, entry: Mapping[str, Any], layout: Layout) -> str:
        """A disabled entity's requests carry no identity any more, only the accessor that it had before."""
        accessor = str(
            _mapping(entry.get("auth")).get("accessor") or entry["request"].get("client_token_accessor") or ""
        )
        name = _who(entry, layout)
        if name and accessor:
            self._keep(self._names, accessor, name)
        return name or self._names.get(accessor, "?")

    def _keep(self, store: dict[str, _Value], key: str, value: _Value) -> None:
        store[key] = value
        if len(store) > self._size:
            del store[next(iter(store))]


def _parsed(line: str) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("request"), dict) and _counts(entry) else None


def _counts(entry: Mapping[str, Any]) -> bool:
    return entry.get("type") == "response" or (entry.get("type") == "request" and bool(entry.get("error")))


_Rule = tuple[re.Pattern[str], "Callable[[Mapping[str, Any]], str]"]


_ENTITY_DEEDS = {"create": "change entity", "update": "change entity", "delete": "delete entity"}
_POLICY_DEEDS = {"create": "write policy", "update": "write policy", "delete": "delete policy"}
_ROLE_DEEDS = {"create": "make role", "update": "change role", "delete": "delete role"}


def _rules(layout: Layout) -> tuple[_Rule, ...]:
    """Path patterns with the word for the deed; an empty word is a deed nobody needs to hear of."""
    kv, approle, prefix = layout.kv_mount, layout.approle_mount, layout.instance
    name = r"(?P<subject>[^/]+)"
    return (
        (re.compile(rf"{kv}/data/credentials/{name}"), _data_deed),
        (re.compile(rf"{kv}/(?P<deed>delete|undelete|destroy)/credentials/{name}"), _always("{deed}")),
        (re.compile(rf"auth/{approle}/login"), _always("log in")),
        (re.compile(rf"{kv}/metadata/credentials/{name}"), _on({"delete": "erase all of"})),
        (re.compile(rf"auth/{approle}/role/{name}/(custom-)?secret-id"), _on({"update": "make SecretID"})),
        (re.compile(rf"auth/{approle}/role/{name}/secret-id-accessor/destroy"), _always("destroy SecretID")),
        (re.compile(rf"auth/{approle}/role/{name}(/[^/]+)?"), _on(_ROLE_DEEDS)),
        (re.compile(rf"identity/entity/name/{prefix}-{name}"), _entity_deed),
        (re.compile(r"identity/entity/id/(?P<subject>[^/]+)"), _on(_ENTITY_DEEDS)),
        (re.compile(r"identity/entity-alias(/id/[^/]+)?"), _on({"update": "tie login", "delete": "untie login"})),
        (re.compile(rf"sys/polic(y|ies/acl)/(?P<subject>{prefix}-[^/]+)"), _on(_POLICY_DEEDS)),
        (re.compile(r"sys/wrapping/(?P<deed>lookup|unwrap)"), _unwrapping),
        (re.compile(r"auth/token/revoke-self"), lambda entry: "give token back" if _is_bot(entry, layout) else ""),
    )


def _always(word: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda _: word


def _on(words: Mapping[str, str]) -> Callable[[Mapping[str, Any]], str]:
    return lambda entry: words.get(str(entry["request"].get("operation", "")), "")


def _data_deed(entry: Mapping[str, Any]) -> str:
    return {"read": "read", "create": "store", "update": "store", "patch": "store", "delete": "delete"}.get(
        str(entry["request"].get("operation", "")), ""
    )


def _entity_deed(entry: Mapping[str, Any]) -> str:
    """Suspending is one boolean in the request, which Vault does not hash; making a bot writes metadata beside it."""
    request = entry["request"]
    data = _mapping(request.get("data"))
    if request.get("operation") == "delete":
        return "end tokens"
    if request.get("operation") not in {"create", "update"}:
        return ""
    if data.get("disabled"):
        return "suspend"
    return "make bot" if "metadata" in data else "allow"


def _unwrapping(entry: Mapping[str, Any]) -> str:
    """Looking up is told only where it failed: a wrapping token that somebody has used already."""
    return "unwrap" if entry["request"]["path"].endswith("/unwrap") or entry.get("error") else ""


def _event(entry: Mapping[str, Any], rules: tuple[_Rule, ...], who: str) -> Event | None:
    request = entry["request"]
    for pattern, deed in rules:
        if match := pattern.fullmatch(str(request.get("path", ""))):
            action = deed(entry).format(**match.groupdict())
            return Event(
                time=str(entry.get("time", "")),
                who=who,
                address=str(request.get("remote_address", "")),
                action=action,
                subject=(match.groupdict().get("subject") or "").lower(),  # as Vault folds names of roles and entities
                version=_version(entry),
                allowed=_is_allowed(entry, action),
            )
    return None


def _who(entry: Mapping[str, Any], layout: Layout) -> str:
    """A bot by its role's name, a person by the token's display name; empty where there is no identity."""
    auth = _mapping(entry.get("auth"))
    if _is_bot(entry, layout):
        return str(_mapping(auth.get("metadata")).get("role_name", ""))
    return "root" if "root" in (auth.get("policies") or ()) else str(auth.get("display_name") or "")


def _mapping(value: object) -> Mapping[str, Any]:
    """What is unwrapped stands in the log as somebody wrapped it: nothing in a line is sure to be a mapping."""
    return value if isinstance(value, dict) else {}


def _is_allowed(entry: Mapping[str, Any], action: str) -> bool:
    """A login from a wrong address, or with a wrong SecretID, has no `error` in the log: it has no token either."""
    if entry.get("error"):
        return False
    return action != "log in" or bool(_mapping(entry.get("auth")).get("accessor"))


def _is_bot(entry: Mapping[str, Any], layout: Layout) -> bool:
    return bool(_mapping(entry.get("auth")).get("display_name") == layout.approle_mount)


def _version(entry: Mapping[str, Any]) -> int:
    data = _mapping(_mapping(entry.get("response")).get("data"))
    version = _mapping(data.get("metadata")).get("version") or data.get("version") or 0
    return version if isinstance(version, int) else 0
