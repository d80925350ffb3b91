"""The policy evaluator against a real Vault, on random policies and paths.

Rules of the file
- Names are few and short, so that patterns meet: most random policies would never match anything.
- What the evaluator refuses to read is not compared: it says that it does not know it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault_binance.config import Address, Config
from vault_binance.policy import CAPABILITIES, Access, Request, Subject, allows, capabilities
from vault_binance.policy_text import parse_policy
from vault_binance.redacted import Redacted
from vault_binance.testing.dev_server import DevVault, call
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

on_a_server = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)

METADATA = {"k": "a", "slash": "a/b", "empty": "", "star": "*", "plus": "+"}
templates = st.sampled_from(
    ["{{identity.entity.id}}", "{{ identity.entity.name }}"]
    + [f"{{{{identity.entity.metadata.{key}}}}}" for key in [*METADATA, "none"]]
)
segments = st.sampled_from(["a", "b", "ab", "a*b", "+", "+", "+a", ""])
endings = st.sampled_from(["", "", "", "/", "*", "/*"])
patterns = st.builds(
    lambda parts, end: "/".join(parts) + end, st.lists(segments | segments | templates, min_size=1, max_size=4), endings
).filter(lambda path: "+*" not in path and path not in {"", "/"})
paths = st.builds(
    lambda parts, end: "/".join(parts) + end,
    st.lists(st.sampled_from(["a", "b", "ab", "aab", "+", ""]), min_size=1, max_size=4),
    st.sampled_from(["", "", "/"]),
).filter(lambda path: path.strip("/"))
capability_lists = st.lists(st.sampled_from(CAPABILITIES[:-1]), max_size=3) | st.just(["read", "deny"])


@dataclass
class Bot:
    """A logged-in token whose policies are those of its entity."""

    server: DevVault
    token: str
    name: str
    subject: Subject

    def hold(self, texts: Sequence[str]) -> None:
        names = [f"{self.name}-{number}" for number in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            self.ask("PUT", f"sys/policies/acl/{name}", {"policy": text})
        self.ask("POST", f"identity/entity/id/{self.subject.id}", {"policies": names})

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        status, answer = call(self.server.address, method, path, body, token=self.server.root_token)
        assert status < 300, (status, answer)
        return answer

    def capabilities(self, paths: Sequence[str]) -> Mapping[str, tuple[str, ...]] | None:
        """None where Vault cannot build the token's policies."""
        body = {"token": self.token, "paths": list(paths)}
        status, answer = call(self.server.address, "POST", "sys/capabilities", body, token=self.server.root_token)
        return {path: tuple(answer["data"][path]) for path in paths} if status == 200 else None

    def may(self, capability: str, path: str, parameters: Mapping[str, Any], wrap_ttl: int) -> bool:
        method = {"create": "POST", "update": "POST", "read": "GET", "delete": "DELETE"}[capability]
        body = parameters if method == "POST" else None
        if body is None and parameters:
            path += "?" + "&".join(f"{name}={value}" for name, value in parameters.items())  # the wire quotes it
        wire = Wire(Config(Address.parse(self.server.address)))
        try:
            answer = wire.send(method, path, body=body, token=Redacted(self.token), wrap_ttl=wrap_ttl)
        finally:
            wire.close()
        return answer.status != 403


@pytest.fixture(scope="module")
def bot(dev_vault: DevVault) -> Bot:
    """Its only right of its own is none: the role's token has no policy."""
    name = f"policy-{token_hex(4)}"
    made = Bot(dev_vault, "", name, Subject("", name))
    made.ask("POST", f"sys/auth/{name}", {"type": "approle"})
    accessor = made.ask("GET", f"sys/auth/{name}")["data"]["accessor"]
    entity = made.ask("POST", f"identity/entity/name/{name}", {"metadata": METADATA})["data"]["id"]
    made.ask("POST", f"auth/{name}/role/r", {"token_no_default_policy": True})
    role_id = made.ask("GET", f"auth/{name}/role/r/role-id")["data"]["role_id"]
    secret_id = made.ask("POST", f"auth/{name}/role/r/secret-id", {})["data"]["secret_id"]
    made.ask("POST", "identity/entity-alias", {"name": role_id, "canonical_id": entity, "mount_accessor": accessor})
    made.token = made.ask("POST", f"auth/{name}/login", {"role_id": role_id, "secret_id": secret_id})["auth"][
        "client_token"
    ]
    made.subject = Subject(entity, name, METADATA)
    made.ask("POST", f"sys/mounts/{name}", {"type": "kv"})
    return made


def stanza(path: str, granted: Sequence[str], rest: str = "") -> str:
    return f"path {json.dumps(path)} {{\n  capabilities = {json.dumps(list(granted))}\n{rest}}}\n"


texts = st.lists(
    st.lists(st.builds(stanza, patterns, capability_lists), min_size=1, max_size=4).map("".join), min_size=1, max_size=3
)


@on_a_server
@given(texts=texts, asked=st.lists(paths, min_size=1, max_size=8, unique=True))
def test_capabilities_are_those_of_a_real_vault(bot: Bot, texts: list[str], asked: list[str]) -> None:
    bot.hold(texts)
    policies = [parse_policy("p", text) for text in texts]
    ours = {path: capabilities(policies, bot.subject, path) for path in asked}
    theirs = bot.capabilities(asked)
    assert ours == (theirs or dict.fromkeys(asked, ("deny",)))


@on_a_server
@given(
    rules=st.lists(
        st.tuples(
            st.lists(st.sampled_from(["@", "@", "@", "+", "a"]), min_size=1, max_size=3).map("/".join),
            endings,
            st.sampled_from([["read"], ["read"], ["deny"], []]),
        ).filter(lambda rule: "+*" not in rule[0] + rule[1]),
        min_size=1,
        max_size=3,
    )
)
def test_a_mount_is_seen_as_on_a_real_vault(bot: Bot, rules: list[tuple[str, str, list[str]]]) -> None:
    texts = [stanza((path + end).replace("@", bot.name), granted) for path, end, granted in rules]
    bot.hold(texts)
    ours = Access([parse_policy("p", text) for text in texts], bot.subject).reaches(f"{bot.name}/")
    status, _ = call(bot.server.address, "GET", f"sys/internal/ui/mounts/{bot.name}/a", token=Redacted(bot.token))
    assert ours == (status == 200)


TEXTS = ["x", "y", "xx", "", "x,y", "y, x", "y,z", " x ", "*"]
listed = st.sampled_from([*TEXTS, "x*", "*x", "*x*", True, False, 1, 1.5, ["x"], ["x", "y"], [True], []])
sent = st.sampled_from([*TEXTS, "yx", "xy", True, False, 1, 1.5, None, ["x"], ["x", "y"], ["y", "z"], [True], []])
bodies = st.dictionaries(st.sampled_from(["a", "a", "b", "A"]), sent, max_size=2)


@st.composite
def parameters(draw: st.DrawFn, kind: str) -> str:
    found = draw(st.dictionaries(st.sampled_from(["a", "a", "B", "*"]), st.lists(listed, max_size=3), min_size=1))
    inner = "\n".join(f"{json.dumps(name)} = {json.dumps(values)}" for name, values in found.items())
    return f"{kind}_parameters = {{\n{inner}\n}}\n"


allowed, denied = parameters("allowed"), parameters("denied")
required = st.sampled_from(["a", "b", "A"]).map(lambda name: f'required_parameters = ["{name}"]\n')
wrapping = st.sampled_from(['min_wrapping_ttl = "1m"\n', "max_wrapping_ttl = 60\n", 'min_wrapping_ttl = "1h"\n', ""])
constraints = allowed | denied | required | wrapping | st.tuples(allowed, denied | required).map("".join)
GRANTED = ["create", "update", "read", "delete"]


@on_a_server
@given(
    rules=st.lists(constraints, min_size=1, max_size=2),
    capability=st.sampled_from(["create", "update", "update", "read", "delete"]),
    asked=st.lists(st.tuples(bodies, st.sampled_from([0, 0, 0, 60, 7200])), min_size=5, max_size=10),
)
def test_requests_are_allowed_as_by_a_real_vault(
    bot: Bot, rules: list[str], capability: str, asked: list[tuple[dict[str, Any], int]]
) -> None:
    path = f"{bot.name}/thing"
    texts = [stanza(path, GRANTED, rule) for rule in rules]
    policies = [parse_policy("p", text) for text in texts]
    bot.hold(texts)
    for body, wrap_ttl in asked:
        bot.ask(*(("DELETE", path) if capability == "create" else ("POST", path, {"stored": "before"})))
        if capability in {"read", "delete"}:
            body = {name: value for name, value in body.items() if isinstance(value, str)}  # noqa: PLW2901
        ours = allows(policies, bot.subject, Request(path, capability, body, wrap_ttl))
        assert ours == bot.may(capability, path, body, wrap_ttl), (body, wrap_ttl)


NOTHING = ("", [], None, [""], ",", " ", [None])


@pytest.mark.parametrize(
    ("denials", "let_through"),
    [
        ([], ["", []]),
        ([""], [[]]),
        ([[]], [""]),
        (["", []], []),
    ],
)
def test_nothing_passes_a_list_of_values_unless_it_is_denied_in_both_its_ways(
    bot: Bot, denials: list[object], let_through: list[object]
) -> None:
    path = f"{bot.name}/thing"
    rest = 'allowed_parameters = { "a" = ["x", ["x"]] }\n'
    rest += f'denied_parameters = {{ "a" = {json.dumps(denials)} }}\n' if denials else ""
    bot.hold([stanza(path, GRANTED, rest)])
    policies = [parse_policy("p", stanza(path, GRANTED, rest))]
    ours = [value for value in NOTHING if allows(policies, bot.subject, Request(path, "update", {"a": value}))]

    bot.ask("POST", path, {"stored": "before"})
    theirs = [value for value in NOTHING if bot.may("update", path, {"a": value}, 0)]
    assert ours == theirs == let_through
    assert bot.may("update", path, {"a": "x"}, 0)
    assert bot.may("update", path, {"a": ["x"]}, 0)
