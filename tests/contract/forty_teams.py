"""A Vault that forty other teams use: their mounts, logins, policies, people and values, and a look at all of it.

Rules of the file
- Wherever a name of ours could be mistaken, somebody else has it too: the same bot, policy or mount in another spot.
- `snapshot` walks what is there and not what was made: what a command adds to somebody else's things shows as well.
- What is ours is told by our mounts, the names of our policies, groups and login enforcement, the issuer of our TOTP
  method and the mark on our entities, and by nothing else.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.contract.plain_client import PlainClient
from tests.people import KNOWN, PASSWORD
from tests.support import QUICK, UNREAD
from vault_binance.layout import OPERATOR_ROLES, POLICIES
from vault_binance.testing.dev_server import DevVault
from vault_binance.vault.certificates import new_certificate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from vault_binance.layout import Layout
    from vault_binance.testing.server_binary import Binary

NAMESAKES = ("market-maker-1", "hedger", "binance", "reader", "writer")
TEAMS = tuple(f"team-{number:02}" for number in range(1, 41))
VALUE = "value-of-somebody-else"

Snapshot = dict[str, Any]


class FortyTeams:
    """`client` asks with the root token, which the commands under test never get."""

    def __init__(self, server: DevVault) -> None:
        self.server = server
        self.client = PlainClient(server)
        self._tokens: list[str] = []
        self._accessors: dict[str, str] = {}

    def snapshot(self, *ours: Layout) -> Snapshot:
        """Path -> what Vault says there, of all that is not `ours`; without any of these, of everything."""
        devices = self.client.must("GET", "sys/audit")
        mine = {f"{one.instance}/" for one in ours}
        audit = {f"audit {path}": device for path, device in devices.items() if path not in mine}
        with self._unlogged(devices.get("file/")):
            return audit | dict(self._looked_at(ours))

    @contextmanager
    def _unlogged(self, device: dict[str, Any] | None) -> Iterator[None]:
        """Without the audit device of everybody, where there is one: to log a look is a third of its work."""
        if device is None:
            yield
            return
        self.client.must("DELETE", "sys/audit/file")
        try:
            yield
        finally:
            kept = {name: device[name] for name in ("type", "description", "options", "local")}
            self.client.must("PUT", "sys/audit/file", kept)

    def _looked_at(self, ours: Collection[Layout]) -> Iterator[tuple[str, Any]]:
        yield from self._mounts({mount for one in ours for mount in (one.kv_mount, one.transit_mount)})
        yield from self._logins({mount for one in ours for mount in (one.approle_mount, one.cert_mount)})
        yield from self._each("sys/policies/acl", but={one.policy(role) for one in ours for role in POLICIES})
        yield from self._entities({one.managed_by for one in ours})
        groups = {one.group(role) for one in ours for role in OPERATOR_ROLES}
        yield from self._those("identity/group/id", "name", but=groups)
        yield from self._each("sys/quotas/rate-limit")
        yield from self._those("identity/mfa/method/totp", "issuer", but={one.managed_by for one in ours})
        yield from self._each("identity/mfa/login-enforcement", but={one.enforcement for one in ours})
        yield from self._read("sys/quotas/config", "sys/config/cors", "identity/oidc/config")
        yield from self._their_tokens()

    def _mounts(self, mine: set[str]) -> Iterator[tuple[str, Any]]:
        mounts = {path: mount for path, mount in self.client.must("GET", "sys/mounts").items() if path[:-1] not in mine}
        for path, mount in mounts.items():
            yield f"mount {path}", mount  # with its tuning
            if mount["type"] == "transit":
                yield from self._each(f"{path}keys")
        stores = {path: (one["options"] or {}).get("version") for path, one in mounts.items() if one["type"] == "kv"}
        yield from self._read(*self._below([path for path, version in stores.items() if version != "2"]))
        versioned = [path for path, version in stores.items() if version == "2"]
        yield from self._read(*(f"{path}config" for path in versioned))
        secrets = self._below([f"{path}metadata/" for path in versioned])
        yield from self._read(*secrets, *(path.replace("/metadata/", "/data/", 1) for path in secrets))

    def _below(self, folders: list[str]) -> list[str]:
        """All secrets below these folders."""
        found = self._listed(folders)
        deeper = [path for path in found if path.endswith("/")]
        return [path for path in found if not path.endswith("/")] + (self._below(deeper) if deeper else [])

    def _listed(self, folders: list[str]) -> list[str]:
        answers = self.client.many("LIST", folders)
        return [f"{folder}{key}" for folder, one in zip(folders, answers, strict=True) for key in one.get("keys") or ()]

    def _logins(self, mine: set[str]) -> Iterator[tuple[str, Any]]:
        for path, auth in self.client.must("GET", "sys/auth").items():
            name = path.rstrip("/")
            if name in mine:
                continue
            yield f"auth {name}", auth
            folder = {"approle": "role", "userpass": "users", "jwt": "role", "cert": "certs"}.get(auth["type"])
            if folder is not None:
                yield from self._each(f"auth/{name}/{folder}")
            if auth["type"] in {"jwt", "cert"}:
                yield from self._read(f"auth/{name}/config")
            if auth["type"] == "approle":
                roles = self._listed([f"auth/{name}/role/"])
                yield from self._read(*(f"{role}/role-id" for role in roles))
                secret_ids = [f"{role}/secret-id" for role in roles]
                lists = self.client.many("LIST", secret_ids)
                none = {"errors": []}  # to a list of nothing Vault answers 404
                yield from zip(secret_ids, ({} if one == none else one for one in lists), strict=True)

    def _entities(self, marks: set[str]) -> Iterator[tuple[str, Any]]:
        for path, entity in self._each("identity/entity/id"):
            if (entity["metadata"] or {}).get("managed_by") not in marks:
                groups = {name: sorted(entity[name] or ()) for name in ("direct_group_ids", "group_ids")}
                yield path, entity | groups  # Vault lists them in another order each time

    def _those(self, folder: str, field: str, *, but: Collection[str]) -> Iterator[tuple[str, Any]]:
        """Listed by id: it takes a look inside to tell whose it is."""
        yield from ((path, one) for path, one in self._each(folder) if one[field] not in but)

    def _each(self, folder: str, *, but: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
        yield from self._read(*(f"{folder}/{key}" for key in self.client.keys(folder) if key not in but))

    def _read(self, *paths: str) -> Iterator[tuple[str, Any]]:
        yield from zip(paths, self.client.many("GET", paths), strict=True)

    def _their_tokens(self) -> Iterator[tuple[str, Any]]:
        """They live on; only the time that is left to them changes."""
        for accessor in self._tokens:
            _, token = self.client.ask("POST", "auth/token/lookup-accessor", {"accessor": accessor})
            yield f"token {accessor}", {name: value for name, value in token.items() if name != "ttl"}

    def build(self) -> None:
        self._build_logins()
        self._build_mounts()
        for team in TEAMS:
            self._build_team(team)
        self._build_namesakes()
        self._build_rules()

    def _build_logins(self) -> None:
        make = self.client.must
        for path, kind in (
            ("approle", "approle"),
            ("binance_approle", "approle"),
            ("staff", "userpass"),
            ("ci", "jwt"),
            ("binance_cert", "cert"),
        ):
            make("POST", f"sys/auth/{path}", {"type": kind, "description": f"{kind} of everybody"})
            self._accessors[path] = make("GET", f"sys/auth/{path}")["accessor"]
        make("POST", "sys/auth/ci/tune", {"default_lease_ttl": "20m", "max_lease_ttl": "2h"})
        make("POST", "auth/ci/config", {"jwt_validation_pubkeys": [public_key()], "bound_issuer": "https://ci.example"})
        make("POST", "auth/ci/role/deploy", {"role_type": "jwt", "user_claim": "sub", "bound_subject": "x"})

    def _build_mounts(self) -> None:
        make = self.client.must
        make("POST", "sys/mounts/binance_old", {"type": "kv", "options": {"version": "2"}})
        make("POST", "sys/mounts/teams/binance", {"type": "kv", "options": {"version": "1"}})
        make("POST", "sys/mounts/teams/binance/tune", {"default_lease_ttl": "3h", "description": "keys of the desk"})
        make("POST", "sys/mounts/transit", {"type": "transit"})
        for name in ("market-maker-1", "payments"):
            make("POST", f"transit/keys/{name}", {"type": "ed25519"})
            make("POST", f"teams/binance/credentials/{name}", {"api_secret": VALUE})

    def _build_team(self, team: str) -> None:
        make, number = self.client.must, int(team[-2:])
        make("POST", f"sys/mounts/{team}", {"type": "kv", "options": {"version": "1" if number % 2 else "2"}})
        make("PUT", f"sys/policies/acl/{team}", {"policy": f'path "{team}/*" {{ capabilities = ["read"] }}'})
        make("POST", f"auth/approle/role/{team}", {"token_policies": [team], "secret_id_num_uses": number})
        make("POST", f"auth/approle/role/{team}/secret-id")
        entity = make("POST", f"identity/entity/name/{team}", {"metadata": {"cost_centre": team}, "policies": [team]})
        self._alias(entity["id"], "staff", team)
        self._alias(entity["id"], "approle", make("GET", f"auth/approle/role/{team}/role-id")["role_id"])
        make("POST", "identity/group", {"name": f"{team}-people", "member_entity_ids": [entity["id"]]})
        if number % 2:
            make("POST", f"{team}/credentials/market-maker-1", {"api_secret": VALUE})
        else:
            self._secret_v2(team, "credentials/market-maker-1")

    def _secret_v2(self, mount: str, path: str) -> None:
        """A new KV v2 mount answers 400 until it has upgraded itself."""
        for _ in range(200):
            if self.client.ask("POST", f"{mount}/data/{path}", {"data": {"api_secret": VALUE}})[0] == 200:
                break
        self.client.must("POST", f"{mount}/data/{path}", {"data": {"api_secret": VALUE + "-2"}})
        self.client.must("POST", f"{mount}/metadata/{path}", {"custom_metadata": {"owner": "desk"}, "max_versions": 3})

    def _alias(self, entity: str, mount: str, name: str) -> None:
        alias = {"name": name, "canonical_id": entity, "mount_accessor": self._accessors[mount]}
        self.client.must("POST", "identity/entity-alias", alias)

    def _build_namesakes(self) -> None:
        make = self.client.must
        for name in NAMESAKES:
            make(
                "PUT",
                f"sys/policies/acl/{name}",
                {"policy": f'path "secret/data/{name}" {{ capabilities = ["read"] }}'},
            )
            make("POST", f"auth/binance_approle/role/{name}", {"token_policies": [name]})
            make("POST", f"auth/binance_approle/role/{name}/secret-id")
            make(
                "POST", f"auth/binance_cert/certs/{name}", {"certificate": certificate(name), "token_policies": [name]}
            )
            entity = make("POST", f"identity/entity/name/{name}", {"metadata": {"binance_credential": name}})
            self._alias(entity["id"], "binance_approle", f"login-of-{name}")
            self._alias(entity["id"], "binance_cert", name)
            self._secret_v2("binance_old", f"credentials/{name}")
            self._secret_v2("secret", name)
        make("PUT", "sys/policies/acl/binance-desk", {"policy": 'path "binance_old/*" { capabilities = ["read"] }'})
        people = {"metadata": {"team": "desk"}, "policies": ["binance-desk"]}
        self._alias(make("POST", "identity/entity/name/binance-desk", people)["id"], "staff", "desk")

    def _build_rules(self) -> None:
        make = self.client.must
        make("POST", "sys/quotas/rate-limit/everybody", {"rate": 100_000})
        make("POST", "sys/quotas/rate-limit/team-01", {"rate": 50_000, "path": "team-01/"})
        admins = make("POST", "identity/group", {"name": "binance", "type": "external", "policies": ["team-01"]})
        alias = {"name": "admins", "mount_accessor": self._accessors["ci"], "canonical_id": admins["id"]}
        make("POST", "identity/group-alias", alias)
        totp = make("POST", "identity/mfa/method/totp", {"issuer": "everybody", "period": 30})
        enforcement = {"mfa_method_ids": [totp["method_id"]], "identity_group_ids": [admins["id"]]}
        make("POST", "identity/mfa/login-enforcement/admins", enforcement)
        for team in TEAMS[:5]:
            make("POST", f"auth/staff/users/{team}", {**KNOWN, "token_policies": [team]})
            login = make("POST", f"auth/staff/login/{team}", {"password": PASSWORD}, token="")
            self._tokens.append(login["accessor"])
            body = {"policies": [team], "ttl": "3h", "num_uses": 77, "meta": {"job": team}}
            self._tokens.append(make("POST", "auth/token/create", body)["accessor"])


def public_key() -> str:
    """Of somebody who signs JWTs."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certificate(name: str) -> str:
    """Of somebody who logs in with it."""
    return new_certificate(name, days=1, now=datetime.now(UTC))[1].pem


@contextmanager
def forty_teams(binary: Binary) -> Iterator[FortyTeams]:
    with no_teams(binary) as teams:
        teams.build()
        yield teams


@contextmanager
def no_teams(binary: Binary, *, audited: bool = True) -> Iterator[FortyTeams]:
    """A Vault without any of them, to be looked at in the same way and quicker."""
    with DevVault(binary, hooks=QUICK) as server:
        teams = FortyTeams(server)
        if audited:
            teams.client.must("PUT", "sys/audit/file", UNREAD)
        yield teams
        teams.client.close()


def changed(before: Snapshot, after: Snapshot) -> dict[str, tuple[Any, Any]]:
    """Path -> before and after, of what is not the same."""
    return {
        path: (before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    }


def forget(teams: FortyTeams, layout: Layout) -> None:
    """Take away what is under an instance's names: what stays is looked at by every snapshot that comes after."""
    folder = "identity/mfa/method/totp"
    methods = teams.client.many("GET", [f"{folder}/{key}" for key in teams.client.keys(folder)])
    gone = [
        f"identity/mfa/login-enforcement/{layout.enforcement}",
        *(f"{folder}/{one['id']}" for one in methods if one["issuer"] == layout.managed_by),
        *(f"identity/group/name/{layout.group(role)}" for role in OPERATOR_ROLES),
        *(f"sys/policies/acl/{layout.policy(role)}" for role in POLICIES),
        *(f"sys/mounts/{mount}" for mount in (layout.kv_mount, layout.transit_mount)),
        *(f"sys/auth/{mount}" for mount in (layout.approle_mount, layout.cert_mount)),
    ]
    teams.client.many("DELETE", gone)
