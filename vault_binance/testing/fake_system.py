"""FakeVault's sys/: mounts, auth methods, policies, audit devices, capabilities and health.

Rules of the file
- What is mounted is kept in Mounts; the engines behind it know nothing of each other.
- An audit device can be made and listed, and writes nothing.
- A mount's tuning is kept and shown; it bounds no token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from vault_binance.errors import ConfigError
from vault_binance.policy.access import Policy
from vault_binance.policy.text import parse_policy
from vault_binance.testing.fake_parts import Engine, Refused, data, done, endpoint, keys
from vault_binance.testing.fake_tokens import caller
from vault_binance.vault.wire import Answer

_parsed = lru_cache(maxsize=64)(parse_policy)
"""Tests write the same few policies over and over."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from vault_binance.policy.access import Access
    from vault_binance.testing.fake_parts import Call, Names
    from vault_binance.testing.fake_tokens import Token, Tokens

DEFAULT_POLICY = """
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self" { capabilities = ["update"] }
path "auth/token/revoke-self" { capabilities = ["update"] }
path "sys/capabilities-self" { capabilities = ["update"] }
path "identity/entity/id/{{identity.entity.id}}" { capabilities = ["read"] }
path "identity/entity/name/{{identity.entity.name}}" { capabilities = ["read"] }
path "sys/internal/ui/resultant-acl" { capabilities = ["read"] }
path "sys/renew" { capabilities = ["update"] }
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/leases/lookup" { capabilities = ["update"] }
path "cubbyhole/*" { capabilities = ["create", "read", "update", "delete", "list"] }
path "sys/wrapping/wrap" { capabilities = ["update"] }
path "sys/wrapping/lookup" { capabilities = ["update"] }
path "sys/wrapping/unwrap" { capabilities = ["update"] }
path "sys/tools/hash" { capabilities = ["update"] }
path "sys/tools/hash/*" { capabilities = ["update"] }
path "sys/control-group/request" { capabilities = ["update"] }
path "identity/oidc/provider/+/authorize" { capabilities = ["read", "update"] }
"""
"""What Vault's own default policy grants (reference: Vault, 4.6)."""


_LIMITS = ("default_lease_ttl", "max_lease_ttl")


@dataclass
class Mount:
    path: str
    engine: Engine
    kind: str
    accessor: str
    uuid: str
    description: str = ""
    options: Mapping[str, str] | None = None
    limits: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(_LIMITS, 0))

    def shown(self) -> dict[str, Any]:
        config: dict[str, object] = {"force_no_cache": False, **self.limits}
        if self.path.startswith("auth/"):
            config |= {"token_type": "default-service"}
        return {
            "accessor": self.accessor,
            "config": config,
            "deprecation_status": "supported",
            "description": self.description,
            "external_entropy_access": False,
            "local": False,
            "options": self.options,
            "plugin_version": "",
            "running_plugin_version": "v0.0.0+fake",
            "running_sha256": "",
            "seal_wrap": False,
            "type": self.kind,
            "uuid": self.uuid,
        }


class Mounts:
    """What is mounted where. `make` builds the engine for a kind; secrets engines and auth methods share the paths."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._by_path: dict[str, Mount] = {}

    def __len__(self) -> int:
        return len(self._by_path)

    def add(self, path: str, make: Callable[[str], Engine], kind: str, **rest: Any) -> None:
        """`path` ends with a slash; `make` gets the accessor. 400 where the path, or one below or above, is taken."""
        if taken := next((other for other in self._by_path if other.startswith(path) or path.startswith(other)), None):
            raise Refused(400, f"path is already in use at {taken.removeprefix('auth/')}")
        accessor = self._names.short(f"auth_{kind}" if path.startswith("auth/") else kind)
        self._by_path[path] = Mount(path, make(accessor), kind, accessor, self._names.id(), **rest)

    def remove(self, path: str) -> None:
        if mount := self._by_path.pop(path, None):
            mount.engine.unmount()

    def at(self, path: str) -> Mount | None:
        return self._by_path.get(path)

    def holding(self, path: str) -> Mount | None:
        """The mount to which `path` belongs; mounts do not overlap."""
        return next((mount for mount in self._by_path.values() if f"{path}/".startswith(mount.path)), None)

    def below(self, prefix: str) -> dict[str, Mount]:
        """Those of secrets engines (an empty prefix) or of auth methods (`auth/`)."""
        is_auth = prefix == "auth/"
        chosen = {path: mount for path, mount in self._by_path.items() if path.startswith("auth/") == is_auth}
        return {path.removeprefix(prefix): mount for path, mount in chosen.items()}

    def described(self, accessor: str) -> tuple[str, str] | None:
        """Kind and path of the auth mount with this accessor."""
        found = (mount for mount in self._by_path.values() if mount.accessor == accessor)
        return next(((mount.kind, mount.path) for mount in found), None)


class System(Engine):
    """`make` builds an engine from a mount's path, kind and options; `access` is what a token may do."""

    kind = "system"

    def __init__(
        self,
        mounts: Mounts,
        tokens: Tokens,
        make: Callable[[str, str, Mapping[str, str]], Callable[[str], Engine]],
        access: Callable[[Token], Access],
    ) -> None:
        self._mounts, self._tokens, self._make, self._access = mounts, tokens, make, access
        self._policies: dict[str, tuple[str, Policy]] = {}
        self._audit: dict[str, Mapping[str, Any]] = {}
        self._keep("default", DEFAULT_POLICY)
        self.endpoints = (
            *self._mount_endpoints("mounts", "", "grant", "secret engine mount"),
            *self._mount_endpoints("auth", "auth/", "sudo", "auth engine"),
            endpoint("policies/acl", list=lambda _: keys(sorted({"root", *self._policies}))),
            endpoint("policies/acl/(.+)", read=self._policy, update=self._write_policy, delete=self._delete_policy),
            endpoint("audit", read=lambda _: data(self._audit, also_on_top=True), needs="sudo"),
            endpoint("audit/(.+)", update=self._write_audit, delete=self._delete_audit, needs="sudo"),
            endpoint("capabilities-self", update=self._capabilities),
            endpoint("capabilities-accessor", update=self._capabilities),
            endpoint("internal/ui/mounts/(.+)", read=self._locate, needs="token"),
            endpoint("wrapping/wrap", update=self._wrap),
        )

    def policies(self, names: list[str]) -> list[Policy]:
        """Those that exist; others are ignored, as Vault does."""
        known = {name: policy for name, (_, policy) in self._policies.items()} | {"root": Policy("root")}
        return [known[name] for name in names if name in known]

    def _mount_endpoints(self, name: str, prefix: str, needs: str, noun: str) -> tuple[Any, ...]:
        def every(_: Call) -> Answer:
            return data({path: mount.shown() for path, mount in self._mounts.below(prefix).items()}, also_on_top=True)

        def read(_: Call, path: str) -> Answer:
            if mount := self._mounts.at(f"{prefix}{path}/"):
                return data(mount.shown(), also_on_top=True)
            raise Refused(400, f"No {noun} at {path}/")

        def enable(call: Call, path: str) -> Answer:
            kind, options = call.text("type"), call.parameters.get("options") or {}
            make = self._make(f"{prefix}{path}/", kind, options)
            self._mounts.add(f"{prefix}{path}/", make, kind, description=call.text("description"), options=options)
            return done()

        def tune(call: Call, path: str) -> Answer:
            mount, given = self._mounts.at(f"{prefix}{path}/"), call.parameters.keys()
            if mount is None or not given <= {"description", *_LIMITS}:
                raise NotImplementedError("FakeVault tunes description and limits of a mount that is there, no more")
            mount.description = call.text("description", mount.description)
            mount.limits = {**mount.limits, **{name: int(call.seconds(name)) for name in given & {*_LIMITS}}}
            return done()

        def disable(_: Call, path: str) -> Answer:
            self._mounts.remove(f"{prefix}{path}/")
            return done()

        return (
            endpoint(name, read=every),
            endpoint(f"{name}/(.+)/tune", update=tune, needs=needs),
            endpoint(f"{name}/(.+?)/?", read=read, update=enable, delete=disable, needs=needs),
        )

    def _keep(self, name: str, text: str) -> None:
        try:
            self._policies[name] = text, _parsed(name, text)
        except ConfigError as error:
            raise Refused(400, f"failed to parse policy: {error}") from None

    def _policy(self, _: Call, name: str) -> Answer:
        name = name.lower()
        if name == "root":
            return data({"name": name, "policy": ""})
        if name not in self._policies:
            raise Refused(404)
        return data({"name": name, "policy": self._policies[name][0]})

    def _write_policy(self, call: Call, name: str) -> Answer:
        if name.lower() == "root":
            raise Refused(400, 'cannot update "root" policy')
        if not call.text("policy"):
            raise Refused(400, "'policy' parameter not supplied or empty")
        self._keep(name.lower(), call.text("policy"))
        return done()

    def _delete_policy(self, _: Call, name: str) -> Answer:
        if name.lower() in {"root", "default"}:
            raise Refused(400, f"cannot delete {name.lower()} policy")
        self._policies.pop(name.lower(), None)
        return done()

    def _write_audit(self, call: Call, path: str) -> Answer:
        if f"{path}/" in self._audit:
            raise Refused(400, "path already in use: invalid configuration")
        found = {"type": call.text("type"), "description": call.text("description"), "local": False}
        self._audit[f"{path}/"] = found | {"options": call.parameters.get("options") or {}, "path": f"{path}/"}
        return done()

    def _delete_audit(self, _: Call, path: str) -> Answer:
        self._audit.pop(f"{path}/", None)
        return done()

    def _capabilities(self, call: Call) -> Answer:
        paths = call.words("paths")
        if not paths:
            raise Refused(400, "paths must be supplied")
        access = self._access(self._asked_about(call))
        found = {path: list(access.capabilities(path)) for path in paths}
        return data(found | ({"capabilities": found[paths[0]]} if len(paths) == 1 else {}), also_on_top=True)

    def _asked_about(self, call: Call) -> Token:
        if call.path == "capabilities-self":
            return caller(call)
        token = self._tokens.by_accessor(call.text("accessor"))
        if token is None:
            raise Refused(400, "invalid accessor" if call.text("accessor") else "missing accessor")
        return token

    def _locate(self, call: Call, path: str) -> Answer:
        """Which mount holds a path. Without any right on it, it looks like one that is not there."""
        mount = self._mounts.holding(path)
        if mount is None or not self._access(caller(call)).reaches(mount.path):
            raise Refused(403, f'preflight capability check returned 403 for "{path}"')
        return Answer(200, {"data": {**mount.shown(), "path": mount.path}, "mount_type": ""})

    def _wrap(self, call: Call) -> Answer:
        if not call.wrap_ttl:
            raise Refused(400, "endpoint requires response wrapping to be used")
        return data(call.parameters)
