"""Vault's audit log, read as the story of our credentials: who, from where, did what to which, and was it allowed.

Rules of the file
- A stream in, a stream out: a log of gigabytes is read line by line.
- Vault logs a request twice; the response line is the one that is told, and a request line only where it ended there.
- Text in the log is hashed by Vault, and none of it is needed: paths, a response's numbers, booleans and names of roles
  are in clear (reference: Vault, 7.2). names.py ties what is hashed together.
- What is remembered along the way is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vault_binance.ops.audit.names import KEPT, Latest, Names
from vault_binance.ops.audit.paths import Scope, answered, asked, facts, granted_by, lent, listed, mapping, rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vault_binance.layout import Layout
    from vault_binance.ops.audit.lines import Tally
    from vault_binance.ops.audit.names import Actor
    from vault_binance.ops.audit.paths import Rule

    Entry = Mapping[str, Any]

_TOLD = 50_000
_ORDINARY = 1024
"""Characters of a path."""


@dataclass(frozen=True, slots=True)
class Event:
    """One deed. `subject` is the credential, bot or policy it was done to; `version` 0 where none is named.

    `time` is RFC 3339 in UTC, as logged. `credential` is what the deed is about, where the subject is a bot that was
    seen reading it. `facts` are words of paths.py, `granted_by` the policies that let it pass.
    """

    time: str
    who: str
    address: str
    action: str
    subject: str
    version: int
    allowed: bool
    kind: str = "unknown"
    entity: str = ""
    accessor: str = ""
    credential: str = ""
    scope: Scope = Scope.OURS
    granted_by: tuple[str, ...] = ()
    facts: frozenset[str] = frozenset()
    token_ttl: int = 0
    opened_at: str = ""
    """Of a login: the address at which its SecretID was unwrapped."""
    lends: str = ""
    """Of a bot that is made: the hash of its credential's name, or of its metadata as text."""


class Story:
    """Entries in, events out; what it has learned of one file serves the next."""

    def __init__(
        self, layout: Layout, tally: Tally, *, namespace: str = "", bots: Mapping[str, str] | None = None
    ) -> None:
        self._layout, self._tally, self._namespace = layout, tally, namespace.strip("/")
        self._rules = rules(layout)
        self._known = lru_cache(KEPT)(self._match)  # bots ask for the same few paths, all day
        self._names = Names(layout, bots or {})
        self._told: Latest[tuple[str, str]] = Latest(_TOLD)
        self._reads: Latest[str] = Latest()
        self._made: Latest[str] = Latest()
        self._store = ""

    def events(self, entries: Iterable[Entry]) -> Iterator[Event]:
        """Everything that concerns this instance."""
        for entry in entries:
            event = self._event(entry)
            if event is not None:
                self._tally.ours += 1
                yield event

    def _event(self, entry: Entry) -> Event | None:
        matched = self._matched(entry["request"]["path"])
        if matched is None or not self._is_here(entry, matched[0]):
            return None
        rule, subject, words = matched
        actor = self._names.actor(entry)
        self._names.learn(entry, actor, subject)
        if not _counts(entry):
            return None
        action = rule.deed(entry).format(**words)
        if rule.scope is Scope.ANYBODYS and action:
            placed = self._placed(entry, actor, action, subject)
            if placed is None:
                return None
            subject = placed
        if not action or self._has_told(entry, actor.accessor):
            return None
        return self._told_of(entry, rule, actor, action, subject)

    def _matched(self, path: str) -> tuple[Rule, str, Mapping[str, str]] | None:
        """Anybody may ask for a path of a megabyte, without a token: such ones are not kept."""
        return self._known(path) if len(path) <= _ORDINARY else self._match(path)

    def _match(self, path: str) -> tuple[Rule, str, Mapping[str, str]] | None:
        for rule in self._rules:
            if match := rule.pattern.fullmatch(path):
                words = {name: text or "" for name, text in match.groupdict().items()}
                # Vault folds names of roles and entities, and an entity's id has no capitals.
                return rule, words.get("subject", "").lower().rstrip("/"), words
        return None

    def _is_here(self, entry: Entry, rule: Rule) -> bool:
        namespace = str(mapping(entry["request"].get("namespace")).get("path", "")).strip("/")
        if namespace == self._namespace or (rule.scope is Scope.EVERYBODYS and not namespace):
            return True
        if rule.scope is Scope.OURS and (namespace in self._tally.foreign or len(self._tally.foreign) < 100):
            self._tally.foreign[namespace] = self._tally.foreign.get(namespace, 0) + 1
        return False

    def _placed(self, entry: Entry, actor: Actor, action: str, subject: str) -> str | None:
        """The subject of a deed at a path that all teams share; None where it is not ours, or cannot be told."""
        names = self._names
        if action == "unwrap":
            return self._unwrapped(entry)
        if action in {"log in", "give token back"}:
            return "" if actor.kind == "bot" or self._is_readers(entry) else None
        if action == "end token":
            return names.holder(asked(entry).get("accessor")) or None
        if name := names.named(entry, subject):
            return name
        if "binance_credential" in mapping(asked(entry).get("metadata")):
            return subject
        self._tally.unplaced += 1
        return None

    def _unwrapped(self, entry: Entry) -> str | None:
        """A refusal is told even where the making is in no line: it may be ours, and say that somebody else came."""
        bot = self._names.unwrapped(entry)
        return bot if bot or entry.get("error") else None

    def _is_readers(self, entry: Entry) -> bool:
        return self._layout.policy("reader") in listed(mapping(entry.get("auth")).get("policies"))

    def _has_told(self, entry: Entry, accessor: str) -> bool:
        """Whether this request was told already: by its other line, by another device, by a copy of the file."""
        identity = str(entry["request"].get("id", ""))
        told = self._told.get(identity)
        if told is None:
            self._told.put(identity, (str(entry["type"]), accessor))
            return False
        if told[0] == entry["type"]:
            self._tally.repeated += 1
            if told[1] != accessor:
                self._tally.salts = 2
        return True

    def _told_of(self, entry: Entry, rule: Rule, actor: Actor, action: str, subject: str) -> Event:
        request, auth = entry["request"], mapping(entry.get("auth"))
        self._notice_store(request)
        allowed, version = _is_allowed(entry, action), _version(entry)
        if allowed and action == "read":
            self._notice_salt(entry, subject, version)
            if actor.kind == "bot":
                self._reads.put(actor.name, subject)
        opened = self._names.secret_ids.get(asked(entry).get("secret_id"))
        return Event(
            time=str(entry.get("time", "")),
            who=actor.name,
            address=str(request.get("remote_address", "")),
            action=action,
            subject=subject,
            version=version,
            allowed=allowed,
            kind=actor.kind,
            entity=actor.entity,
            accessor=actor.accessor,
            credential=self._reads.get(subject) or self._reads.get(actor.name) or "",
            scope=rule.scope,
            granted_by=granted_by(entry),
            facts=facts(entry, action),
            token_ttl=_number(auth.get("token_ttl")),
            opened_at=opened.address if opened is not None and action == "log in" else "",
            lends=lent(entry),
        )

    def _notice_store(self, request: Mapping[str, Any]) -> None:
        accessor = request.get("mount_accessor")
        if request.get("mount_point") != f"{self._layout.kv_mount}/" or not isinstance(accessor, str):
            return
        if self._store not in {"", accessor}:
            self._tally.stores = 2
        self._store = accessor

    def _notice_salt(self, entry: Entry, subject: str, version: int) -> None:
        """A version's time of creation never changes: where its hash does, the salt is another."""
        hashed = mapping(answered(entry).get("metadata")).get("created_time")
        if not isinstance(hashed, str):
            return
        key = f"{subject}/{version}"
        if self._made.get(key) not in {None, hashed}:
            self._tally.salts = 2
        self._made.put(key, hashed)


def _counts(entry: Entry) -> bool:
    return entry["type"] == "response" or (entry["type"] == "request" and bool(entry.get("error")))


def _is_allowed(entry: Entry, action: str) -> bool:
    """A login from a wrong address, or with a wrong SecretID, has no `error` in the log: it has no token either."""
    if entry.get("error"):
        return False
    return action != "log in" or bool(mapping(entry.get("auth")).get("accessor"))


def _version(entry: Entry) -> int:
    data = answered(entry)
    return _number(mapping(data.get("metadata")).get("version") or data.get("version") or data.get("key_version"))


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
