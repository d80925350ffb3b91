"""FakeVault answer by answer: the same requests to it and to a real server, compared in status and shape.

Rules of the file
- Compared are statuses, the names and types of all fields, and which texts and lists are empty. Not compared: what
  texts say, warnings, and which numbers.
- A story uses nothing of an answer but ids and tokens, and fresh names.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from vault_binance.redacted import Redacted
from vault_binance.vault.certificates import new_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.contract.conftest import Server

Told = list[tuple[str, int, object]]


class Teller:
    """Asks a server and keeps what came back, in shape."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.name = server.name
        self.told: Told = []

    def __call__(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, token: str | None = None, wrap: int = 0
    ) -> Mapping[str, Any]:
        """`token` is root's if None, and none if empty."""
        path = path.replace("@", self.name)
        secret = self._server.root if token is None else Redacted(token) if token else None
        answer = self._server.sends.send(method, path, body=body, token=secret, wrap_ttl=wrap)
        neutral = re.sub(r"[0-9a-f-]{36}", "<id>", path.replace(self.name, "@"))
        asked = f"{len(self.told)}: {method} {neutral} {[*body] if body else ''}"
        self.told.append((asked, answer.status, shape(answer.body)))
        return answer.body

    def token(self, policy: str, **settings: Any) -> str:
        self("PUT", "sys/policies/acl/@", {"policy": policy.replace("@", self.name)})
        body = {"policies": [self.name], "no_default_policy": True} | settings
        return str(self("POST", "auth/token/create", body)["auth"]["client_token"])


def shape(value: object) -> object:
    """What is compared of a value."""
    if isinstance(value, dict):
        if "errors" in value:
            return "errors"
        return {name if len(name) < 30 else "id": shape(found) for name, found in value.items() if name != "warnings"}
    if isinstance(value, list):
        return [shape(found) for found in value[:1]]
    if isinstance(value, str):
        return "text" if value else ""
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else value


def mounts(ask: Teller) -> None:
    ask("GET", "sys/mounts/@")
    ask("GET", "sys/auth/@")
    ask("GET", "sys/mounts/auth/@")
    ask("POST", "sys/mounts/@", {"type": "kv", "description": "d", "options": {"version": "2"}})
    ask("POST", "sys/mounts/@", {"type": "kv"})
    ask("POST", "sys/mounts/@/below", {"type": "kv"})
    ask("POST", "sys/mounts/@-1", {"type": "kv", "options": {"version": "1"}})
    ask("GET", "sys/mounts/@")
    ask("GET", "sys/mounts/@-1")
    ask("POST", "sys/mounts/@/tune", {"description": "e"})
    ask("POST", "sys/auth/@", {"type": "approle", "description": "d"})
    ask("POST", "sys/auth/@", {"type": "approle"})
    ask("GET", "sys/auth/@")
    ask("GET", "sys/mounts/auth/@")
    ask("POST", "sys/auth/@/tune", {"description": "e"})
    ask("GET", "sys/internal/ui/mounts/@/any/path")
    ask("GET", "sys/internal/ui/mounts/@-1/any/path")
    ask("GET", "sys/internal/ui/mounts/@-none/any/path")
    ask("GET", "sys/internal/ui/mounts/@/any/path", token="")
    ask("GET", "@-none/path")
    ask("POST", "auth/@-none/login", {"role_id": "r"})
    ask("POST", "auth/@-none/login", {"role_id": "r"}, token="")
    for path in ("sys/mounts/@", "sys/auth/@", "sys/mounts/@", "sys/auth/@"):
        ask("DELETE", path)


def policies(ask: Teller) -> None:
    ask("LIST", "sys/policies/acl")
    ask("GET", "sys/policies/acl?list=true")
    ask("GET", "sys/policies/acl/@")
    ask("PUT", "sys/policies/acl/@", {"policy": 'path "a" { capabilities = ["read"] }'})
    ask("GET", "sys/policies/acl/@")
    ask("GET", "sys/policies/acl/@")
    for text in ('path "a" { capabilities = ["fly"] }', 'path "a" { nope = 1 }', 'path "a/+*" { }', ""):
        ask("PUT", "sys/policies/acl/@", {"policy": text})
    ask("PUT", "sys/policies/acl/root", {"policy": 'path "a" { }'})
    ask("GET", "sys/policies/acl/root")
    ask("GET", "sys/policies/acl/default")
    for name in ("@", "@", "root", "default"):
        ask("DELETE", f"sys/policies/acl/{name}")
    ask("POST", "sys/capabilities-self", {"paths": ["a", "b"]})
    ask("POST", "sys/capabilities-self", {})


def kv_mount(ask: Teller) -> None:
    """A fresh KV v2 mount; for a moment it answers 400 to everything."""
    ask("POST", "sys/mounts/@", {"type": "kv", "options": {"version": "2"}})
    while not ask("GET", "@/config").get("data"):
        time.sleep(0.01)
    ask.told.clear()


def kv_versions(ask: Teller) -> None:
    kv_mount(ask)
    ask("GET", "@/config")
    ask("POST", "@/config", {"cas_required": True, "max_versions": 3})
    ask("GET", "@/config")
    for body in (
        {"data": {"x": "1"}},
        {"data": {"x": "1"}, "options": {"cas": 1}},
        {"data": {"x": "1"}, "options": {"cas": 0}},
        {"data": {"x": "1"}, "options": {"cas": "x"}},
        {"options": {"cas": 1}},
        {"data": None, "options": {"cas": 1}},
        {"data": {"n": 1, "l": [1], "o": {"a": 1}}, "options": {"cas": 2}},
        {"data": {}, "options": {"cas": 3}},
    ):
        ask("POST", "@/data/a/b", body)
        ask("GET", "@/metadata/a/b")
    for query in ("", "?version=1", "?version=2", "?version=0", "?version=9"):
        ask("GET", f"@/data/a/b{query}")
    ask("GET", "@/data/none")
    for path in ("metadata/", "metadata", "metadata/a", "metadata/a/", "metadata/a/b", "metadata/none"):
        ask("LIST", f"@/{path}")
    ask("GET", "@/metadata/a?list=true")
    for method, path in (("GET", "nope"), ("POST", "nope"), ("GET", "data/"), ("LIST", "data"), ("GET", "")):
        ask(method, f"@/{path}", {} if method == "POST" else None)
    ask("DELETE", "@/config")


def kv_metadata(ask: Teller) -> None:
    kv_mount(ask)
    ask("GET", "@/metadata/a/b")
    ask("PATCH", "@/metadata/a/b", {"custom_metadata": {"a": "b"}})
    ask("POST", "@/metadata/a/b", {"custom_metadata": {"a": "b"}})
    ask("GET", "@/metadata/a/b")
    ask("GET", "@/data/a/b")
    ask("POST", "@/data/a/b", {"data": {"x": "1"}, "options": {"cas": 0}})
    for method in ("PATCH", "POST"):
        for value in ("x", None, "", "y" * 513, 3):
            ask(method, "@/metadata/a/b", {"custom_metadata": {"one": value, "two": "z"}})
            ask("GET", "@/metadata/a/b")
    for changed in ({"max_versions": 4}, {"cas_required": True}, {"custom_metadata": {"one": None, "two": None}}, {}):
        ask("PATCH", "@/metadata/a/b", changed)
        ask("GET", "@/metadata/a/b")
        ask("GET", "@/data/a/b")
    ask("POST", "@/metadata/a/b", {"custom_metadata": {}})
    ask("GET", "@/metadata/a/b")


def kv_deletions(ask: Teller) -> None:
    kv_mount(ask)
    for version in range(3):
        ask("POST", "@/data/a/b", {"data": {"x": "1"}, "options": {"cas": version}})
    for call in ("delete", "undelete", "delete", "destroy", "undelete"):
        ask("POST", f"@/{call}/a/b", {"versions": [1, 7]})
        ask("GET", "@/data/a/b?version=1")
        ask("GET", "@/metadata/a/b")
        ask("POST", f"@/{call}/none", {"versions": [1]})
        ask("POST", f"@/{call}/a/b", {})
    ask("DELETE", "@/data/a/b")
    ask("GET", "@/data/a/b")
    ask("POST", "@/data/a/b", {"data": {}, "options": {"cas": 3}})
    for path in ("data/a/b", "data/none", "metadata/a/b", "metadata/a/b"):
        ask("DELETE", f"@/{path}")
        ask("GET", "@/metadata/a/b")
    ask("POST", "@/data/a/b", {"data": {}, "options": {"cas": 0}})


def kv_one(ask: Teller) -> None:
    ask("POST", "sys/mounts/@", {"type": "kv"})
    ask("GET", "@/a")
    ask("POST", "@/a/b", {"x": "1"})
    ask("POST", "@/a/b", {})
    ask("GET", "@/a/b")
    ask("POST", "@/a/b", {"x": "1", "ttl": "60s"})
    ask("GET", "@/a/b")
    for path in ("@", "@/", "@/a", "@/none"):
        ask("LIST", path)
    for _ in range(2):
        ask("DELETE", "@/a/b")
    ask("GET", "@/a/b")


def kv_one_leased(ask: Teller) -> None:
    ask("POST", "sys/mounts/@", {"type": "kv", "options": {"leased_passthrough": "true"}})
    ask("GET", "sys/mounts/@")
    ask("GET", "sys/internal/ui/mounts/@/a")
    for ttl in ({"ttl": "60s"}, {"lease": "60s"}, {"ttl": 60}, {}, {"ttl": ""}, {"ttl": "soon", "lease": "60s"}):
        ask("POST", "@/a/b", {"x": "1", **ttl})
        lease = ask("GET", "@/a/b")["lease_id"]
        for increment in ({}, {"increment": 10}, {"increment": "1h"}):
            ask("PUT", "sys/leases/renew", {"lease_id": lease, **increment})
        for call in ("revoke", "revoke", "renew"):
            ask("PUT", f"sys/leases/{call}", {"lease_id": lease})
    ask("POST", "@/a/b", {"x": "1", "ttl": "60s"})
    lease = ask("GET", "@/a/b")["lease_id"]
    ask("DELETE", "@/a/b")
    ask("PUT", "sys/leases/renew", {"lease_id": lease})
    for body in ({"lease_id": "none"}, {"lease_id": ""}, {}):
        ask("PUT", "sys/leases/renew", body)
        ask("PUT", "sys/leases/revoke", body)
        ask("PUT", "sys/leases/revoke", body, token="")


def identity(ask: Teller) -> None:
    ask("GET", "identity/entity/name/@")
    ask("GET", "identity/entity/id/none")
    made = ask("POST", "identity/entity/name/@", {"metadata": {"a": "b"}, "disabled": False})
    entity = made["data"]["id"]
    ask("POST", "identity/entity/name/@", {"metadata": {"c": "d"}, "disabled": True})
    ask("POST", "identity/entity/name/@", {"policies": ["x"]})
    ask("POST", "identity/entity/name/@", {})
    ask("GET", "identity/entity/name/@")
    ask("GET", "identity/entity/name/@")
    ask("POST", "identity/entity", {"name": ask.name, "metadata": {"e": "f"}})
    other = ask("POST", "identity/entity", {"name": f"{ask.name}-new"})["data"]["id"]
    ask("POST", "identity/entity", {"id": other, "name": f"{ask.name}-renamed"})
    ask("GET", "identity/entity/name/@-renamed")
    ask("POST", "identity/entity/id/none", {"disabled": False})
    ask("LIST", "identity/entity/name")
    ask("POST", "sys/auth/@", {"type": "approle"})
    accessor = ask("GET", "sys/auth/@")["data"]["accessor"]
    for name, owner, at in (
        ("one", entity, accessor),
        ("one", entity, accessor),
        ("two", entity, accessor),
        ("one", other, accessor),
        ("one", "none", accessor),
        ("one", entity, "none"),
        ("three", "", accessor),
    ):
        ask("POST", "identity/entity-alias", {"name": name, "canonical_id": owner, "mount_accessor": at})
    ask("DELETE", "identity/entity/name/@")
    ask("DELETE", "identity/entity/name/@")
    ask("DELETE", f"identity/entity/id/{other}")
    ask("DELETE", "identity/entity/id/none")


def approle(ask: Teller) -> None:
    ask("POST", "sys/auth/@", {"type": "approle"})
    role = "auth/@/role/r"
    for method, path in (("LIST", "auth/@/role"), ("GET", role), ("GET", f"{role}/role-id"), ("DELETE", role)):
        ask(method, path)
    ask("LIST", f"{role}/secret-id")
    ask("POST", f"{role}/secret-id", {})
    ask("POST", f"{role}/secret-id-accessor/destroy", {"secret_id_accessor": "z"})
    ask("POST", role, {"token_ttl": "15m", "token_max_ttl": "24h", "metadata": {"x": "y"}, "token_policies": ["p"]})
    ask("GET", role)
    ask("POST", role, {"token_ttl": 60, "token_policies": "a,b", "secret_id_ttl": "1h", "token_num_uses": 7})
    ask("GET", f"{role}/role-id")
    ask("POST", f"{role}/role-id", {"role_id": ask.name})
    ask("LIST", f"{role}/secret-id")
    made = ask("POST", f"{role}/secret-id", {"metadata": '{"k": "v"}', "ttl": "1h", "num_uses": 3})["data"]
    ask("POST", f"{role}/secret-id")
    ask("POST", f"{role}/secret-id", {"nonsense": 1})
    ask("POST", f"{role}/secret-id", {"num_uses": -1})
    ask("POST", f"{role}/secret-id", {"metadata": {"a": "b"}})
    ask("LIST", f"{role}/secret-id")
    login = {"role_id": ask.name, "secret_id": made["secret_id"]}
    auth = ask("POST", "auth/@/login", login, token="")["auth"]
    for body in ({"role_id": ask.name, "secret_id": "bad"}, {"role_id": "bad", "secret_id": "bad"}):
        ask("POST", "auth/@/login", body, token="")
    ask("POST", "auth/@/login", {"role_id": ask.name}, token="")
    ask("POST", "auth/@/login", {}, token="")
    ask("GET", f"identity/entity/id/{auth['entity_id']}")
    ask("GET", "auth/token/lookup-self", token=auth["client_token"])
    ask("POST", "auth/token/renew-self", {"increment": "30m"}, token=auth["client_token"])
    ask("GET", "auth/token/lookup-self", token=auth["client_token"])
    ask("POST", f"identity/entity/id/{auth['entity_id']}", {"policies": ["x"]})
    ask("GET", "auth/token/lookup-self", token=auth["client_token"])
    ask("POST", "auth/@/login", login, token="")
    ask("POST", "auth/@/login", login, token="", wrap=60)
    ask("POST", "auth/@/login", login, token="")
    ask("POST", f"{role}/secret-id-accessor/destroy", {"secret_id_accessor": made["secret_id_accessor"]})
    ask("DELETE", role)
    ask("POST", "auth/token/renew-self", {}, token=auth["client_token"])
    ask("DELETE", "sys/auth/@")
    ask("GET", "auth/token/lookup-self", token=auth["client_token"])


def batch_tokens(ask: Teller) -> None:
    ask("POST", "sys/auth/@", {"type": "approle"})
    for kind in ("batch", "default-batch"):
        ask("POST", "auth/@/role/r", {"token_type": kind, "token_ttl": 60})
        ask("GET", "auth/@/role/r")
        role_id = ask("GET", "auth/@/role/r/role-id")["data"]["role_id"]
        secret_id = ask("POST", "auth/@/role/r/secret-id", {})["data"]["secret_id"]
        auth = ask("POST", "auth/@/login", {"role_id": role_id, "secret_id": secret_id}, token="")["auth"]
        token = auth["client_token"]
        for method, path in (("GET", "lookup-self"), ("POST", "renew-self"), ("POST", "revoke-self")):
            ask(method, f"auth/token/{path}", token=token)
        ask("POST", "identity/entity/id/" + auth["entity_id"], {"disabled": True})
        ask("POST", "auth/token/renew-self", token=token)
        ask("POST", "identity/entity/id/" + auth["entity_id"], {"disabled": False})


def tokens(ask: Teller) -> None:
    everything = 'path "auth/token/*" { capabilities = ["read", "update"] }'
    for settings in (
        {"ttl": "1h"},
        {"ttl": "1h", "renewable": False},
        {"period": "1h"},
        {"ttl": "1h", "explicit_max_ttl": "90m", "meta": {"x": "y"}, "display_name": "hey you"},
        {"ttl": "1h", "num_uses": 9},
        {"num_uses": 1},
        {"no_parent": True},
        {},
    ):
        token = ask.token(everything, **settings)
        ask("GET", "auth/token/lookup-self", token=token)
        ask("POST", "auth/token/renew-self", {"increment": "3h"}, token=token)
        ask("GET", "auth/token/lookup-self", token=token)
        for body in ({"ttl": "2h"}, {"policies": ["other"]}, {"no_parent": True}):
            ask("POST", "auth/token/create", body, token=token)
        ask("POST", "auth/token/revoke-self", token=token)
        ask("POST", "auth/token/revoke-self", token=token)
    ask("POST", "auth/token/create", {"policies": ["root"]})
    ask("POST", "auth/token/create", {"policies": ["root"], "ttl": "1h"})
    ask("POST", "auth/token/renew-self", {})
    ask("DELETE", "auth/token/create")
    for token in ("", "bad"):
        ask("GET", "auth/token/lookup-self", token=token)


def wrapping(ask: Teller) -> None:
    ask("POST", "sys/wrapping/wrap", {"a": "b"})
    one = ask("POST", "sys/wrapping/wrap", {"a": "b"}, wrap=60)["wrap_info"]["token"]
    for body, token in (({"token": one}, ""), ({"token": "bad"}, ""), ({}, ""), ({"token": one}, one), ({}, one)):
        ask("POST", "sys/wrapping/lookup", body, token=token)
    ask("POST", "sys/wrapping/unwrap", token="")
    ask("POST", "sys/wrapping/unwrap", token=one)
    ask("POST", "sys/wrapping/unwrap", token=one)
    two = ask("GET", "auth/token/lookup-self", wrap=60)["wrap_info"]["token"]
    ask("POST", "sys/wrapping/unwrap", {"token": two})
    ask("POST", "sys/wrapping/unwrap", {"token": two})
    three = ask("POST", "identity/entity/name/@", {}, wrap=60)["wrap_info"]["token"]
    ask("GET", "auth/token/lookup-self", token=three)
    ask("POST", "sys/wrapping/unwrap", token=three)
    ask("POST", "identity/entity/name/@", {}, wrap=60)
    ask("LIST", "auth/@/role", wrap=60)


def access(ask: Teller) -> None:
    """Which capability each call needs, creating and updating apart."""
    kv_mount(ask)
    ask("POST", "sys/mounts/@-1", {"type": "kv", "options": {"version": "1"}})
    ask("POST", "sys/auth/@", {"type": "approle"})
    calls: list[tuple[str, str, Mapping[str, Any] | None]] = [
        ("POST", "@-1/x", {"a": "b"}),
        ("POST", "@-1/x", {"a": "b"}),
        ("LIST", "@-1/", None),
        ("POST", "@/metadata/x", {"custom_metadata": {"a": "b"}}),
        ("POST", "@/metadata/x", {"custom_metadata": {"a": "b"}}),
        ("PATCH", "@/metadata/x", {"custom_metadata": {"a": "b"}}),
        ("POST", "@/data/x", {"data": {}}),
        ("POST", "@/data/x", {"data": {}}),
        ("DELETE", "@/data/x", None),
        ("GET", "@/data/x", None),
        ("POST", "@/undelete/x", {"versions": [1]}),
        ("POST", "@/config", {}),
        ("LIST", "@/metadata/", None),
        ("LIST", "@/metadata", None),
        ("DELETE", "@/metadata/x", None),
        ("POST", "auth/@/role/r", {}),
        ("POST", "auth/@/role/r", {}),
        ("POST", "auth/@/role/r/secret-id", {}),
        ("LIST", "auth/@/role", None),
        ("POST", "identity/entity/name/@", {}),
        ("POST", "identity/entity/name/@", {}),
        ("PUT", "sys/policies/acl/@-other", {"policy": 'path "a" { }'}),
        ("GET", "sys/auth/@", None),
        ("GET", "sys/mounts/auth/@", None),
        ("GET", "sys/mounts/@", None),
        ("GET", "sys/audit", None),
        ("GET", "@-none/x", None),
        ("POST", "@-none/x", {}),
        ("GET", "sys/internal/ui/mounts/@/x", None),
        ("POST", "sys/capabilities-self", {"paths": ["a"]}),
    ]
    for method, path, body in calls:
        for capability in ("create", "update", "patch", "read", "list", "delete", "sudo"):
            token = ask.token(f'path "{path}" {{ capabilities = ["{capability}"] }}')
            ask(method, path, body, token=token)
        ask(method, path, body, token="")


def certificates(ask: Teller) -> None:
    """Without a login: that takes TLS, which a fake has not."""
    pem = new_certificate("one", days=1, now=datetime.now(UTC))[1].pem
    ask("GET", "auth/@/certs/r")
    ask("POST", "sys/auth/@", {"type": "cert"})
    ask("GET", "sys/mounts/auth/@")
    ask("LIST", "auth/@/certs")
    ask("GET", "auth/@/certs/r")
    ask("POST", "auth/@/certs/r", {"certificate": "no PEM"})
    ask("GET", "auth/@/certs/r")
    ask("POST", "auth/@/certs/r", {"certificate": pem})
    ask("GET", "auth/@/certs/r")
    ask(
        "POST",
        "auth/@/certs/R",
        {"allowed_common_names": "a,b", "token_policies": ["p"], "token_bound_cidrs": "::1/128"},
    )
    ask("POST", "auth/@/certs/r", {"token_ttl": "15m", "token_type": "service", "token_no_default_policy": True})
    ask("GET", "auth/@/certs/r?allowed_common_names=r")
    ask("LIST", "auth/@/certs")
    for _ in range(2):
        ask("DELETE", "auth/@/certs/r")
    ask("GET", "auth/@/certs/r")
    ask("DELETE", "sys/auth/@")
    ask("DELETE", "auth/@/certs/r")


def second_factors(ask: Teller) -> None:
    ask("GET", "identity/group/name/@")
    one = ask("POST", "identity/entity/name/@", {})["data"]["id"]
    ask("POST", "identity/group/name/@", {"policies": ["a"], "metadata": {"k": "v"}})
    ask("POST", "identity/group/name/@", {"member_entity_ids": [one]})
    ask("POST", "identity/group/name/@", {"member_entity_ids": ["nobody"]})
    group = ask("GET", "identity/group/name/@")["data"]["id"]
    ask("POST", "identity/group/name/@-outer", {"member_group_ids": [group]})
    for path in ("group/name/@", "group/name/@-outer", f"entity/id/{one}"):
        ask("GET", f"identity/{path}")
    for by in ({"id": one}, {"id": "x"}, {"name": ask.name}, {"alias_name": "x", "alias_mount_accessor": "y"}):
        ask("POST", "identity/lookup/entity", by)
    for wrong in ({}, {"alias_name": "x"}):
        ask("POST", "identity/lookup/entity", wrong)
    totp, login = "identity/mfa/method/totp", "identity/mfa/login-enforcement/@"
    for settings in ({}, {"issuer": "i", "digits": 7}, {"issuer": "i", "algorithm": "MD5"}):
        ask("POST", totp, settings)
    method = ask("POST", totp, {"issuer": "i", "period": 30})["data"]["method_id"]
    ask("GET", f"{totp}/{method}")
    ask("GET", f"{totp}/none")
    ask("POST", f"{totp}/{method}", {"issuer": "j"})
    for whom in ((method, one), (method, one), ("none", one), (method, "none")):
        ask("POST", f"{totp}/admin-generate", {"method_id": whom[0], "entity_id": whom[1]})
    for whom in ((method, one), (method, one), ("none", one), (method, "none")):
        ask("POST", f"{totp}/admin-destroy", {"method_id": whom[0], "entity_id": whom[1]})
    ask("GET", login)
    for body in (
        {"mfa_method_ids": [method]},
        {"identity_group_ids": [group]},
        {"mfa_method_ids": [method], "identity_group_ids": ["none"]},
        {"mfa_method_ids": [method], "identity_group_ids": [group]},
    ):
        ask("POST", login, body)
        ask("GET", login)
    for path in (
        f"{totp}/{method}",
        login,
        login,
        f"{totp}/{method}",
        "identity/group/name/@",
        "identity/group/name/@",
    ):
        ask("DELETE", path)


@pytest.mark.parametrize(
    "story",
    [
        mounts,
        policies,
        kv_versions,
        kv_metadata,
        kv_deletions,
        kv_one,
        kv_one_leased,
        identity,
        approle,
        certificates,
        second_factors,
        batch_tokens,
        tokens,
        wrapping,
        access,
    ],
    ids=lambda story: story.__name__,
)
def test_the_fake_answers_as_a_real_vault(story: Callable[[Teller], None], fake: Server, real: Server) -> None:
    made_up, measured = Teller(fake), Teller(real)
    story(made_up)
    story(measured)
    assert [pair for pair in zip(made_up.told, measured.told, strict=True) if pair[0] != pair[1]] == []


def test_health_has_the_fields_that_every_vault_has(fake: Server, real: Server) -> None:
    ours, theirs = (server.ask("GET", "sys/health").body for server in (fake, real))
    assert ours.items() >= {"initialized": True, "sealed": False, "standby": False}.items()
    assert set(ours) <= set(theirs)
