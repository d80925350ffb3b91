"""FakeVault's AppRole auth method: roles, SecretIDs and logins.

Rules of the file
- A login uses a SecretID before it looks at the entity: one that is refused because the bot is suspended counts too.
- A SecretID whose time is up works until the clean-up that runs every minute: a login does not look at the time.
- Fields that Vault does not know are dropped silently, as Vault does. Bound addresses are kept and not enforced: a
  fake has no network.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from vault_binance.testing.fake_parts import Engine, Refused, data, done, endpoint, keys
from vault_binance.testing.fake_tokens import Terms
from vault_binance.vault.wire import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from vault_binance.testing.fake_identity import Identity
    from vault_binance.testing.fake_parts import Call, Clock, Names
    from vault_binance.testing.fake_tokens import Tokens

_SECONDS = ("secret_id_ttl", "token_explicit_max_ttl", "token_max_ttl", "token_period", "token_ttl")
_COUNTS = ("secret_id_num_uses", "token_num_uses")
_FLAGS = ("bind_secret_id", "token_no_default_policy")
_LISTS = ("secret_id_bound_cidrs", "token_bound_cidrs", "token_policies")
_ADJUSTED = {"default-batch": "batch", "default-service": "service", "": "default"}
_NEW: dict[str, Any] = {
    "bind_secret_id": True,
    "local_secret_ids": False,
    "secret_id_bound_cidrs": None,
    "token_bound_cidrs": [],
    "token_no_default_policy": False,
    "token_policies": [],
    "token_type": "default",
} | dict.fromkeys((*_SECONDS, *_COUNTS), 0)


@dataclass
class _SecretId:
    accessor: str
    uses: int
    expires: datetime | None
    metadata: Mapping[str, str]


@dataclass
class _Role:
    role_id: str = field(repr=False)
    settings: dict[str, Any] = field(default_factory=lambda: dict(_NEW))
    secret_ids: dict[str, _SecretId] = field(default_factory=dict, repr=False)


class AppRole(Engine):
    """`accessor` and `path` are those of its mount; `path` without `auth/` and slashes is what tokens are shown as."""

    kind = "approle"

    def __init__(
        self, clock: Clock, names: Names, tokens: Tokens, identity: Identity, accessor: str, path: str
    ) -> None:
        self._clock, self._names, self._tokens, self._identity = clock, names, tokens, identity
        self._accessor, self._display_name = accessor, path.removeprefix("auth/").strip("/").replace("/", "-")
        self._roles: dict[str, _Role] = {}
        secret_ids, by_accessor = "role/([^/]+)/secret-id", "role/([^/]+)/secret-id-accessor/destroy"
        self.endpoints = (
            endpoint("role", list=lambda _: keys(sorted(self._roles))),
            endpoint(
                "role/([^/]+)",
                exists=lambda name: name.lower() in self._roles,
                read=self._read,
                update=self._write,
                delete=self._delete,
            ),
            endpoint("role/([^/]+)/role-id", read=self._role_id, update=self._set_role_id),
            endpoint(secret_ids, update=self._new_secret_id, list=self._list_secret_ids),
            endpoint(by_accessor, update=self._destroy_secret_id),
            endpoint("login", update=self._log_in, needs="nothing"),
        )

    def unmount(self) -> None:
        self._tokens.end_where(lambda token: token.issuer is self)
        self._identity.forget_mount(self._accessor)

    def _role(self, name: str, *errors: str, status: int = 404) -> _Role:
        try:
            return self._roles[name.lower()]
        except KeyError:
            raise Refused(status, *errors) from None

    def _read(self, _: Call, name: str) -> Answer:
        return data(self._role(name).settings)

    def _write(self, call: Call, name: str) -> Answer:
        role = self._roles.setdefault(name.lower(), _Role(self._names.id()))
        given = call.parameters
        role.settings |= {key: int(call.seconds(key)) for key in _SECONDS if key in given}
        role.settings |= {key: call.count(key) for key in _COUNTS if key in given}
        role.settings |= {key: bool(given[key]) for key in _FLAGS if key in given}
        role.settings |= {key: call.words(key) for key in _LISTS if key in given}
        if "token_type" not in given:
            return done()
        kind = call.text("token_type")
        role.settings["token_type"] = _ADJUSTED.get(kind, kind)
        return Answer(200, {"data": None}) if kind.startswith("default-") else done()  # with a warning that it adjusted

    def _delete(self, _: Call, name: str) -> Answer:
        self._roles.pop(name.lower(), None)
        return done()

    def _role_id(self, _: Call, name: str) -> Answer:
        return data({"role_id": self._role(name).role_id})

    def _set_role_id(self, call: Call, name: str) -> Answer:
        self._role(name).role_id = call.text("role_id")
        return done()

    def _new_secret_id(self, call: Call, name: str) -> Answer:
        role = self._role(name, f'role "{name}" does not exist')
        ttl = call.seconds("ttl", role.settings["secret_id_ttl"])
        uses = call.count("num_uses", role.settings["secret_id_num_uses"])
        if uses < 0:
            raise Refused(400, "num_uses cannot be negative")
        secret_id, accessor = self._names.id(), self._names.id()
        expires = self._clock.after(ttl) if ttl else None
        role.secret_ids[secret_id] = _SecretId(accessor, uses, expires, _metadata(call))
        found = {"secret_id": secret_id, "secret_id_accessor": accessor}
        return data(found | {"secret_id_num_uses": uses, "secret_id_ttl": int(ttl)})

    def _clean_up(self, role: _Role) -> None:
        for secret_id, made in list(role.secret_ids.items()):
            if made.expires and self._clock.cleaned_up(made.expires):
                del role.secret_ids[secret_id]

    def _list_secret_ids(self, _: Call, name: str) -> Answer:
        role = self._role(name, f'role "{name}" does not exist', status=400)
        self._clean_up(role)
        return keys([made.accessor for made in role.secret_ids.values()])

    def _destroy_secret_id(self, call: Call, name: str) -> Answer:
        role, accessor = self._role(name, f'role "{name}" does not exist', status=500), call.text("secret_id_accessor")
        for secret_id, made in role.secret_ids.items():
            if made.accessor == accessor:
                del role.secret_ids[secret_id]
                return done()
        raise Refused(500, f'failed to find accessor entry for secret_id_accessor: "{accessor}"')

    def _log_in(self, call: Call) -> Answer:
        role_id, secret_id = call.text("role_id"), call.text("secret_id")
        if not role_id:
            raise Refused(500, "failed to determine alias name from login request")
        if not secret_id:
            raise Refused(400, "missing secret_id")
        name, role = self._role_of(role_id)
        metadata = {"role_name": name, **self._used(role, secret_id).metadata}
        entity = self._identity.logged_in(self._accessor, role_id, metadata)
        settings = role.settings
        default = set() if settings["token_no_default_policy"] else {"default"}
        token = self._tokens.issue(
            sorted({*settings["token_policies"], *default}),
            call.full_path,
            lambda: self._terms(name, role),
            display_name=self._display_name,
            num_uses=settings["token_num_uses"],
            meta=metadata,
            entity_id=entity.id,
            issuer=self,
            kind="batch" if settings.get("token_type") == "batch" else "service",
        )
        return self._tokens.granted(token, mount_type="")

    def _role_of(self, role_id: str) -> tuple[str, _Role]:
        for name, role in self._roles.items():
            if role.role_id == role_id:
                return name, role
        raise Refused(400, "invalid role or secret ID")

    def _used(self, role: _Role, secret_id: str) -> _SecretId:
        """The SecretID, one use fewer, gone after the last."""
        self._clean_up(role)
        made = role.secret_ids.get(secret_id)
        if made is None:
            raise Refused(400, "invalid role or secret ID")
        if made.uses == 1:
            del role.secret_ids[secret_id]
        elif made.uses:
            made.uses -= 1
        return made

    def _terms(self, name: str, role: _Role) -> Terms | None:
        """As the role says now; a renewal does not follow one of the same name that was made anew."""
        if self._roles.get(name) is not role:
            return None
        said = role.settings
        return Terms(said["token_ttl"], said["token_max_ttl"], said["token_explicit_max_ttl"], said["token_period"])


def _metadata(call: Call) -> Mapping[str, str]:
    """A SecretID's metadata comes as JSON text."""
    value = call.parameters.get("metadata", "{}")
    if not isinstance(value, str):
        raise Refused(400, "Field validation failed: error converting input for field metadata")
    return {str(key): str(text) for key, text in json.loads(value).items()}
