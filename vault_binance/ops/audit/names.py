"""Who is who in an audit log: names for entities, accessors, RoleIDs and wrapping tokens, learned on the way.

Rules of the file
- Text is hashed, and equal text has an equal hash: what a line says in clear beside a hash names the hash's other uses.
  The answer to `identity/entity/name/binance-mm-1` holds the hash of the bot's entity id, an alias is written with it;
  a wrapped SecretID's answer holds the hash of its wrapping token, and the unwrapping is asked with it.
- A bot logs in to our AppRole mount under its role's name, and so keeps its name in the log whatever becomes of it.
- What is remembered is bounded: the latest of each kind. What anybody can do as often as they like has a
  memory of its own, so that no bot's token and no SecretID is forgotten by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from vault_binance.ops.audit.paths import answered, asked, granted_by, listed, mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vault_binance.layout import Layout

    Entry = Mapping[str, Any]

_Value = TypeVar("_Value")
KEPT = 10_000
_NAMING = ("canonical_id", "entity_id", "id", "name", "method_id", "to_entity_id", "issuer")
"""Fields of a change of identity that say whom or what it concerns; `entity_id` is an alias's older word for it."""


class Latest(Generic[_Value]):
    """A mapping that forgets what was put in longest ago."""

    def __init__(self, size: int = KEPT) -> None:
        self._size = size
        self._kept: dict[str, _Value] = {}

    def put(self, key: object, value: _Value) -> None:
        if not isinstance(key, str) or not key:
            return
        self._kept.pop(key, None)
        self._kept[key] = value
        if len(self._kept) > self._size:
            del self._kept[next(iter(self._kept))]

    def get(self, key: object) -> _Value | None:
        return self._kept.get(key) if isinstance(key, str) else None

    def __contains__(self, key: object) -> bool:
        return key in self._kept


_SHARED = ("identity/", "sys/", "auth/token/")
"""What is wrapped there is nothing of ours, and anybody may wrap what their own token sees."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked. `kind` is bot, person, root or unknown; `accessor` is hashed, unless the device was told otherwise."""

    name: str = "?"
    kind: str = "unknown"
    entity: str = ""
    accessor: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A SecretID that was unwrapped: for which bot, and from which address."""

    bot: str
    address: str


@dataclass
class Names:
    """`bots` is what Vault itself or `bot list` said: entity id -> name of a bot."""

    layout: Layout
    bots: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._actors: Latest[Actor] = Latest()
        self._bots: Latest[Actor] = Latest()
        self._entities: Latest[str] = Latest()
        self._hashes: Latest[str] = Latest()
        self.wrapped: Latest[str] = Latest()
        self._wrapped_else: Latest[str] = Latest()
        self.secret_ids: Latest[Opened] = Latest()

    def actor(self, entry: Entry) -> Actor:
        """A disabled entity's requests carry no identity any more, only the accessor that it had before."""
        auth = mapping(entry.get("auth"))
        accessor = str(auth.get("accessor") or entry["request"].get("client_token_accessor") or "")
        found = self._of(auth, accessor)
        if found.kind != "unknown":
            (self._bots if found.kind == "bot" else self._actors).put(accessor, found)
            return found
        if "role_id" in asked(entry):  # a login is its RoleID's, whatever token was sent beside it
            return self._by_role_id(entry)
        return self._bots.get(accessor) or self._actors.get(accessor) or found

    def _of(self, auth: Mapping[str, Any], accessor: str) -> Actor:
        entity, display = str(auth.get("entity_id") or ""), str(auth.get("display_name") or "")
        bot = self._bot(auth, display) or self.bots.get(entity) or self._entities.get(entity)
        if bot:
            self._entities.put(entity, bot)
            return Actor(bot, "bot", entity, accessor)
        policies = listed(auth.get("policies"))
        if "root" in policies:
            return Actor("root", "root", entity, accessor)
        # A bot has our policy by its login, never by its entity.
        of_login = listed(auth.get("token_policies", policies))
        kind = "bot" if self.layout.policy("reader") in of_login else "person"
        return Actor(display or "?", kind if display else "unknown", entity, accessor)

    def _bot(self, auth: Mapping[str, Any], display: str) -> str:
        """By the display name, which Vault makes of the mount's. A mount binance/approle has the same: it lends others'
        policies, never ours.
        """
        metadata, policies = mapping(auth.get("metadata")), listed(auth.get("policies"))
        if policies and not {self.layout.policy("reader"), self.layout.policy("signer")} & {*map(str, policies)}:
            return ""
        if display == self.layout.approle_mount:
            return str(metadata.get("role_name") or "")
        if display.startswith(f"{self.layout.cert_mount}-"):
            return str(metadata.get("cert_name") or "")
        return ""

    def _by_role_id(self, entry: Entry) -> Actor:
        """A login that was refused says no more than the hash of its RoleID."""
        name = self._hashes.get(asked(entry)["role_id"])
        return Actor(name, "bot") if name else Actor()

    def learn(self, entry: Entry, actor: Actor, subject: str) -> None:
        """Keep what this line says about its hashes, before or after it is told."""
        path, data, response = entry["request"]["path"].lower(), asked(entry), answered(entry)
        if path.startswith(("identity/entity/name/", "identity/group/name/")) and subject:
            self._learn_mark(data)
        if path.startswith("identity/entity/name/"):
            self._hashes.put(response.get("id"), subject)
        elif path.startswith("identity/entity/id/"):
            self._learn_id(path.rpartition("/")[2], response)
        elif path.startswith(("identity/group/name/", "identity/mfa/login-enforcement/")):
            self._learn_ours(data, response, subject)
        elif path.endswith("/role-id"):
            self._hashes.put(response.get("role_id"), path.split("/")[-2])
        elif path.endswith("/login") and actor.kind == "bot":
            self._hashes.put(data.get("role_id"), actor.name)
        elif path.startswith(f"{self.layout.kv_mount}/data/reports/") and actor.entity and self._is_own(entry):
            self._entities.put(actor.entity, subject)
        self._learn_wrapping(entry, response, subject)

    def _is_own(self, entry: Entry) -> bool:
        """Whether a report is the writer's own: our policy lets a bot write that and no other, another any of them."""
        passed = granted_by(entry) or listed(mapping(entry.get("auth")).get("policies"))
        return self.layout.policy("reader") in passed and not entry.get("error")

    def _learn_id(self, entity: str, response: Mapping[str, Any]) -> None:
        name = self._hashes.get(response.get("id"))
        if name:
            self._entities.put(entity, name)

    def _learn_mark(self, data: Mapping[str, Any]) -> None:
        """Our mark is written on each thing of ours, and is the issuer of our TOTP method."""
        self._hashes.put(mapping(data.get("metadata")).get("managed_by"), self.layout.managed_by)

    def _learn_ours(self, data: Mapping[str, Any], response: Mapping[str, Any], subject: str) -> None:
        self._hashes.put(response.get("id"), subject)
        self._hashes.put(response.get("name"), subject)
        methods = data.get("mfa_method_ids") or response.get("mfa_method_ids") or ()
        for method in listed(methods):
            self._hashes.put(method, subject)

    def _learn_wrapping(self, entry: Entry, response: Mapping[str, Any], subject: str) -> None:
        info, path = mapping(mapping(entry.get("response")).get("wrap_info")), entry["request"]["path"]
        if info and subject and not path.startswith(_SHARED):
            kept = self.wrapped if path.endswith("secret-id") else self._wrapped_else
            for one in ("token", "accessor", "wrapped_accessor"):
                kept.put(info.get(one), subject)
        if path.endswith("/unwrap") and (bot := self.unwrapped(entry)):
            self.wrapped.put(entry["request"].get("client_token"), bot)
            opened = Opened(bot, str(entry["request"].get("remote_address", "")))
            self.secret_ids.put(response.get("secret_id"), opened)

    def unwrapped(self, entry: Entry) -> str:
        """For which bot the token was that this unwrapping or lookup asked with; empty where no line says."""
        candidates = (
            asked(entry).get("token"),
            entry["request"].get("client_token"),  # of one that was opened before, Vault knows no accessor any more
            entry["request"].get("client_token_accessor"),
            answered(entry).get("secret_id_accessor"),
        )
        return next((name for one in candidates if (name := self.wrapped.get(one) or self._wrapped_else.get(one))), "")

    def named(self, entry: Entry, subject: str) -> str:
        """Whom of ours a change of identity concerns, by an id in its path or the hash of one in its data."""
        if name := self.bots.get(subject) or self._entities.get(subject):
            return name
        data = asked(entry)
        candidates = [data.get(key) for key in _NAMING]
        candidates.append(mapping(data.get("metadata")).get("managed_by"))
        return next((name for one in candidates if (name := self._hashes.get(one))), "")

    def holder(self, accessor: object) -> str:
        """The bot that has a token, by its accessor's hash."""
        actor = self._bots.get(accessor)
        return actor.name if actor is not None else ""
