"""What doctor asks of Vault: everything of one instance, each question by itself, so that one refusal hides no other.

Rules of the file
- Reads and lists only, and no value of a credential.
- A refusal is a fact (`NotSeen`); what else fails is raised, as everywhere.
- Other teams' mounts, entities and policies are not read: a name that begins as ours does may be looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from vault_binance.errors import ConfigError, PermissionDenied, SecretNotFound
from vault_binance.layout import OPERATOR_ROLES, POLICIES
from vault_binance.ops.doctor.seen import Login, NotSeen, Seen, Standing
from vault_binance.ops.doctor.structure import is_ours
from vault_binance.ops.doctor.tokens import telling_paths
from vault_binance.vault.operator_port import Mount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from vault_binance.layout import Layout
    from vault_binance.ops.doctor.seen import Fact
    from vault_binance.vault.operator_port import Enforcement, OperatorVault, TotpMethod

_T = TypeVar("_T")

_LOGIN = re.compile(r"auth(/[A-Za-z0-9_@-][A-Za-z0-9._@-]*){3,}")
_ACCESSOR = re.compile(r"[A-Za-z0-9]{16,64}(\.[A-Za-z0-9]{1,12})?")
"""With a namespace's id behind it, perhaps; a token's prefix is shorter, so no token is one."""


def look(vault: OperatorVault, layout: Layout, *, logins: Sequence[str] = (), accessors: Sequence[str] = ()) -> Seen:
    """All of it. `logins` are paths of the team's own roles and users, `accessors` of tokens to be judged too.

    Raises ConfigError for a path or accessor that is none, before anything is asked, and SecretNotFound where nothing
    is there; PermissionDenied where nothing at all could be seen: then the token is dead, or not for this.
    """
    for path in logins:
        _check(_LOGIN, path, "--login", "the path of a role or user: auth/oidc/role/NAME, auth/userpass/users/NAME")
    for accessor in accessors:
        _check(_ACCESSOR, accessor, "--accessor", "an accessor, never the token: vault token lookup shows it")
    own = _Look(vault, layout)
    tokens = tuple(own.standing(accessor) for accessor in ("", *accessors))
    facts = own.structure(tokens, {path: own.login(path) for path in logins})
    if own.refused is not None and not own.answered:
        raise own.refused
    return facts


def _check(pattern: re.Pattern[str], text: str, option: str, wanted: str) -> None:
    if not pattern.fullmatch(text):
        raise ConfigError(f"{option} was not given what it is for", hint=f"it takes {wanted}")


class _Look:
    """The questions; whether any was answered, and how the first was refused."""

    def __init__(self, vault: OperatorVault, layout: Layout) -> None:
        self.vault = vault
        self.layout = layout
        self.answered = False
        self.refused: PermissionDenied | None = None

    def ask(self, call: Callable[..., _T], *arguments: object, shown: str = "") -> Fact[_T]:
        """What is there, or that it may not be seen; `shown` stands for the path, where there are many like it."""
        try:
            answer = call(*arguments)
        except PermissionDenied as error:
            self.refused = self.refused or error
            wanted = error.capabilities or {"read"}
            return NotSeen(shown or error.path, "update" if "update" in wanted else min(wanted))
        self.answered = True
        return answer

    def each(self, names: Iterable[str], read: Callable[..., _T | None], mount: str, shown: str) -> dict[str, Fact[_T]]:
        """By name; what is gone meanwhile is left out."""
        found = {name: self.ask(read, mount, name, shown=shown) for name in names}
        return {name: one for name, one in found.items() if one is not None}

    def structure(self, tokens: tuple[Standing, ...], logins: Mapping[str, Fact[Mapping[str, Any] | None]]) -> Seen:
        vault, layout = self.vault, self.layout
        kv, transit = self.ask(vault.mount, layout.kv_mount), self.ask(vault.mount, layout.transit_mount)
        approle, cert = (self.ask(vault.auth_mount, path) for path in (layout.approle_mount, layout.cert_mount))
        roles = self.roles() if self._is_to_be_seen(approle) else {}
        certificates = self.certificates() if self._is_to_be_seen(cert) else {}
        names = self._entity_names()
        policies, groups = (f"{path}/{layout.instance}-*" for path in ("sys/policies/acl", "identity/group/name"))
        enforcement = self.ask(vault.enforcement, layout.enforcement)
        return Seen(
            kv=kv,
            kv_config=self.ask(vault.kv_config, layout.kv_mount) if self._is_versioned(kv) else None,
            transit=transit,
            approle=approle,
            cert=cert,
            policies={name: self.ask(vault.policy, name, shown=policies) for name in map(layout.policy, POLICIES)},
            audit_devices=self._audit_devices(),
            credentials=self._credentials() if self._is_versioned(kv) else {},
            transit_keys=self._transit_keys() if self._is_to_be_seen(transit) else {},
            roles=roles,
            certificates=certificates,
            entity_names=names,
            entities=self._entities(names, roles, certificates),
            groups={role: self.ask(vault.group, layout.group(role), shown=groups) for role in OPERATOR_ROLES},
            enforcement=enforcement,
            methods=self._methods(enforcement),
            logins=logins,
            tokens=tokens,
        )

    def _audit_devices(self) -> Fact[tuple[str, ...]]:
        """Within a namespace there is no such path: the devices are the whole server's."""
        try:
            return self.ask(lambda: tuple(self.vault.audit_devices()))
        except SecretNotFound:
            return NotSeen("sys/audit")

    def _is_to_be_seen(self, mount: Fact[Mount | None]) -> bool:
        """Ours, or perhaps ours."""
        return isinstance(mount, NotSeen) or is_ours(mount, self.layout)

    def _is_versioned(self, mount: Fact[Mount | None]) -> bool:
        return self._is_to_be_seen(mount) and not (isinstance(mount, Mount) and mount.version != "2")

    def roles(self) -> Fact[Mapping[str, Login]]:
        mount, vault = self.layout.approle_mount, self.vault
        folder = f"auth/{mount}/role/+"
        return self._logins(
            self.ask(vault.roles, mount),
            lambda name: self.ask(vault.role, mount, name, shown=folder),
            lambda name, _: self.ask(vault.role_id, mount, name, shown=f"{folder}/role-id"),
        )

    def certificates(self) -> Fact[Mapping[str, Login]]:
        mount, vault = self.layout.cert_mount, self.vault
        return self._logins(
            self.ask(vault.certificate_roles, mount),
            lambda name: self.ask(vault.certificate_role, mount, name, shown=f"auth/{mount}/certs/+"),
            lambda name, _: name,
        )

    def _logins(
        self,
        names: Fact[Sequence[str]],
        settings: Callable[[str], Fact[Mapping[str, Any] | None]],
        alias: Callable[[str, object], Fact[str]],
    ) -> Fact[Mapping[str, Login]]:
        if isinstance(names, NotSeen):
            return names
        found = {name: settings(name) for name in sorted(names)}
        return {name: Login(one, alias(name, one)) for name, one in found.items() if one is not None}

    def _credentials(self) -> Fact[Mapping[str, Fact[Any]]]:
        mount, vault = self.layout.kv_mount, self.vault
        names = self.ask(vault.list_secrets, mount, "credentials")
        if isinstance(names, NotSeen):
            return names
        paths = (f"credentials/{name}" for name in names if not name.endswith("/"))
        found = self.each(paths, vault.secret_metadata, mount, f"{mount}/metadata/credentials/+")
        return {path.removeprefix("credentials/"): one for path, one in found.items()}

    def _transit_keys(self) -> Fact[Mapping[str, Fact[Any]]]:
        mount, vault = self.layout.transit_mount, self.vault
        names = self.ask(vault.transit_keys, mount)
        if isinstance(names, NotSeen):
            return names
        return self.each(names, vault.transit_key, mount, f"{mount}/keys/+")

    def _entity_names(self) -> Fact[tuple[str, ...]]:
        names = self.ask(self.vault.entities)
        if isinstance(names, NotSeen):
            return names
        prefix = f"{self.layout.instance}-"
        # As Vault finds them, and as our auditor's policy names them: they are listed as they were made.
        return tuple(folded for name in names if (folded := name.lower()).startswith(prefix))

    def _entities(self, listed: Fact[tuple[str, ...]], *logins: Fact[Mapping[str, Login]]) -> Mapping[str, Fact[Any]]:
        """Those that are listed; where none may be, those that our logins lead to."""
        known = {name for one in logins if not isinstance(one, NotSeen) for name in one}
        names = {f"{self.layout.instance}-{name}" for name in known} if isinstance(listed, NotSeen) else {*listed}
        shown = f"identity/entity/name/{self.layout.instance}-*"
        found = {name: self.ask(self.vault.entity, name, shown=shown) for name in sorted(names)}
        return {name: one for name, one in found.items() if one is not None}

    def _methods(self, enforcement: Fact[Enforcement | None]) -> Mapping[str, Fact[TotpMethod | None]]:
        if enforcement is None or isinstance(enforcement, NotSeen):
            return {}
        shown = "identity/mfa/method/totp/+"
        return {one: self.ask(self.vault.totp_method, one, shown=shown) for one in enforcement.methods}

    def login(self, path: str) -> Fact[Mapping[str, Any] | None]:
        role = self.ask(self.vault.login_role, path)
        if role is None:
            raise SecretNotFound(
                f"there is no login {path}", hint="is it the whole path? vault list shows what there is"
            )
        return role

    def standing(self, accessor: str) -> Standing:
        vault, paths = self.vault, telling_paths(self.layout)
        info = self.ask(vault.token, accessor) if accessor else self.ask(vault.own_token)
        if accessor and info is None:
            raise SecretNotFound(
                f"no token has the accessor {accessor}, or has it any more",
                hint="is it of this Vault? as root: vault list auth/token/accessors",
            )
        rights = self.ask(lambda: {path: tuple(may) for path, may in _rights(vault, paths, accessor).items()})
        return Standing(info, rights, accessor)


def _rights(vault: OperatorVault, paths: Sequence[str], accessor: str) -> Mapping[str, Sequence[str]]:
    return vault.capabilities(paths, accessor=accessor)
