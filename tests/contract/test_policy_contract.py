"""The policy evaluator against a real Vault, on random policies and paths.

Rules of the file
- Names are few and short, so that patterns meet: most random policies would never match anything.
- What the evaluator refuses to read is not compared: it says that it does not know it.
- HYPOTHESIS_PROFILE says how long it searches: quick, full (scripts/test), deep. `-s` shows how much was compared.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import ENVIRONMENT
from vault_binance.config import Address, Config
from vault_binance.errors import ConfigError
from vault_binance.policy.access import CAPABILITIES, Access, Request, allows, capabilities
from vault_binance.policy.subject import Named, Subject
from vault_binance.policy.text import parse_policy
from vault_binance.redacted import Redacted
from vault_binance.testing.server_call import call
from vault_binance.vault.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vault_binance.testing.dev_server import DevVault

EXAMPLES = {"quick": 30, "full": 60, "deep": 2000}[ENVIRONMENT.get("HYPOTHESIS_PROFILE", "quick")]
on_a_server = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)

METADATA = {"k": "a", "slash": "a/b", "empty": "", "star": "*", "plus": "+"}
CUSTOM = {key: value for key, value in METADATA.items() if value}
ACCESSOR, GROUP = "ACCESSOR", "GROUP"
"""In a template: what only the server knows, or the test's own name."""
PROPERTIES = [
    "entity.id",
    "entity.name",
    *(f"entity.metadata.{key}" for key in [*METADATA, "none"]),
    *(f"entity.aliases.{ACCESSOR}.{what}" for what in ("id", "name", "metadata.role_name", "metadata.none")),
    *(f"entity.aliases.{ACCESSOR}.custom_metadata.{key}" for key in [*METADATA, "none"]),
    "entity.aliases.no_such_mount.id",
    *(f"groups.names.{GROUP}{end}.{what}" for end in ("", " above") for what in ("name", "id", "metadata.k")),
    *(f"groups.names.{GROUP}.metadata.{key}" for key in [*METADATA, "none"]),
    f"groups.ids.{GROUP}-id.metadata.k",
    f"groups.names.{GROUP}.metadata.id",
    "groups.names.nobody.id",
    "groups.ids.nobody.name",
]
templates = st.sampled_from(["{{identity.%s}}", "{{ identity.%s }}"]).flatmap(
    lambda form: st.sampled_from(PROPERTIES).map(lambda name: form % name)
)
compared = Counter[str]()
"""What was asked of both, by kind."""


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    yield
    print(f"\ncompared with a real Vault: {dict(compared)}")  # noqa: T201  for whoever runs it with -s


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

    def group(self, name: str, **members: list[str]) -> Named:
        found = self.ask("POST", "identity/group", {"name": name, "metadata": METADATA, **members})["data"]
        return Named(found["id"], name, METADATA)

    def named(self, text: str) -> str:
        """A policy's text with what only the server knows."""
        groups = {group.name: group.id for group in self.subject.groups}
        (accessor,) = self.subject.aliases
        return text.replace(f"{GROUP}-id", groups[self.name]).replace(GROUP, self.name).replace(ACCESSOR, accessor)

    def may(self, capability: str, path: str, parameters: Mapping[str, Any], wrap_ttl: int) -> bool:
        method = METHODS[capability]
        body = parameters if method in {"POST", "PATCH"} else None
        if body is None and parameters:
            path += "?" + "&".join(f"{name}={value}" for name, value in parameters.items())  # the wire quotes it
        wire = Wire(Config(Address.parse(self.server.address)))
        try:
            answer = wire.send(method, path, body=body, token=Redacted(self.token), wrap_ttl=wrap_ttl)
        finally:
            wire.close()
        return answer.status != 403

    def prove(self, capability: str, path: str) -> None:
        """Make the path be there, or not be there for `create`: KV v2 tells the two apart."""
        kind, _, name = path.removeprefix(f"{self.name}-2/").partition("/")
        if kind in {"data", "metadata"} and name.strip("/"):
            self.ask("DELETE", f"{self.name}-2/metadata/{name.strip('/')}")
            if capability != "create":
                self.ask("POST", f"{self.name}-2/data/{name.strip('/')}", {"data": {"v": "before"}})


METHODS = {"create": "POST", "update": "POST", "read": "GET", "delete": "DELETE", "patch": "PATCH", "list": "LIST"}


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
    alias = {"name": role_id, "canonical_id": entity, "mount_accessor": accessor, "custom_metadata": CUSTOM}
    alias_id = made.ask("POST", "identity/entity-alias", alias)["data"]["id"]
    made.token = made.ask("POST", f"auth/{name}/login", {"role_id": role_id, "secret_id": secret_id})["auth"][
        "client_token"
    ]
    groups = [made.group(name, member_entity_ids=[entity])]
    groups += [made.group(f"{name}.metadata", member_entity_ids=[entity])]
    groups += [made.group(f"{name} above", member_group_ids=[groups[0].id])]
    seen = made.ask("GET", f"identity/entity-alias/id/{alias_id}")["data"]
    login = Named(alias_id, role_id, seen["metadata"] or {}, CUSTOM)
    made.subject = Subject(entity, name, METADATA, {accessor: login}, tuple(groups))
    made.ask("POST", f"sys/mounts/{name}", {"type": "kv"})
    made.ask("POST", f"sys/mounts/{name}-2", {"type": "kv-v2"})
    return made


def stanza(path: str, granted: Sequence[str], rest: str = "") -> str:
    return f"path {json.dumps(path)} {{\n  capabilities = {json.dumps(list(granted))}\n{rest}}}\n"


texts = st.lists(
    st.lists(st.builds(stanza, patterns, capability_lists), min_size=1, max_size=4).map("".join), min_size=1, max_size=3
)


@on_a_server
@given(texts=texts, asked=st.lists(paths, min_size=1, max_size=8, unique=True))
def test_capabilities_are_those_of_a_real_vault(bot: Bot, texts: list[str], asked: list[str]) -> None:
    texts = [bot.named(text) for text in texts]
    bot.hold(texts)
    compared["capabilities"] += len(asked)
    policies = [parse_policy("p", text) for text in texts]
    ours = {path: capabilities(policies, bot.subject, path) for path in asked}
    theirs = bot.capabilities(asked)
    assert ours == (theirs or dict.fromkeys(asked, ("deny",)))


kv_kinds = st.sampled_from(["data", "data", "data", "metadata", "metadata", "+", "delete", "", "dat"])
kv_names = st.lists(st.sampled_from(["a", "b", "ab", "+", "+", "{{identity.entity.metadata.k}}"]), max_size=3)
kv_patterns = st.builds(
    lambda kind, names, end: "/".join(["KV2", kind, *names]) + end,
    kv_kinds,
    kv_names,
    st.sampled_from(["", "", "/", "*", "/*"]),
).filter(lambda path: "+*" not in path)
kv_texts = st.lists(
    st.lists(st.builds(stanza, kv_patterns, capability_lists), min_size=1, max_size=5).map("".join),
    min_size=1,
    max_size=3,
)
kv_requests = st.builds(
    lambda asked, names: (asked[0], "/".join(["KV2", asked[1], *names])),
    st.tuples(st.sampled_from([*METHODS]), st.sampled_from(["data", "metadata"]))
    | st.tuples(st.sampled_from(["read", "list", "update"]), st.sampled_from(["subkeys", "delete"])),
    st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=2),
)


@on_a_server
@given(texts=kv_texts, asked=st.lists(kv_requests, min_size=4, max_size=10))
def test_kv_secrets_are_read_written_and_listed_as_a_real_vault_allows(
    bot: Bot, texts: list[str], asked: list[tuple[str, str]]
) -> None:
    """Create and update are told apart by what is there; what is listed has a slash at its end, typed or not."""
    texts = [text.replace("KV2", f"{bot.name}-2") for text in texts]
    bot.hold(texts)
    policies = [parse_policy("p", text) for text in texts]
    for capability, template in asked:
        path = template.replace("KV2", f"{bot.name}-2")
        bot.prove(capability, path)
        wanted = f"{path}/" if capability == "list" else path
        compared[f"kv {capability}"] += 1
        body = {"data": {"v": "x"}} if capability in {"create", "update", "patch"} else {}
        ours = allows(policies, bot.subject, Request(wanted, capability, body))
        assert ours == bot.may(capability, path, body, 0), (capability, path)


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
TABLES = [{}, {"x": "y"}, {"x": "*"}, {"x": True}, {"x": "y", "z": "y"}]
listed = st.sampled_from([*TEXTS, "x*", "*x", "*x*", True, False, 1, 1.5, ["x"], ["x", "y"], [True], [], *TABLES])
sent = st.sampled_from(
    [*TEXTS, "yx", "xy", True, False, 1, 1.5, None, ["x"], ["x", "y"], ["y", "z"], [True], [], *TABLES]
)
bodies = st.dictionaries(st.sampled_from(["a", "a", "b", "A"]), sent, max_size=2)


@st.composite
def parameters(draw: st.DrawFn, kind: str) -> str:
    found = draw(st.dictionaries(st.sampled_from(["a", "a", "B", "*"]), st.lists(listed, max_size=3), min_size=1))
    inner = "\n".join(
        f"{json.dumps(name)} = {json.dumps(values).replace(': ', ' = ')}" for name, values in found.items()
    )
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
        compared["requests with parameters"] += 1
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


TEXT = """# a comment
path "a/{{identity.entity.name}}/+" { // another
  capabilities = ["read", "list"]
  allowed_parameters = { "x" = ["y", true], "z" = [] }
  min_wrapping_ttl = "1m"
}
"""
PIECES = [
    "\ufeff",
    "\0",
    "\ue123",
    "\u00a0",
    "\r",
    "\t",
    "\u201c",
    "'",
    '"',
    "\\",
    "\\/",
    "\\u00e9",
    "\\ud800",
    "\u00e9",
]
PIECES += [
    "${",
    "${x}",
    "%{",
    "$${x}",
    "{{",
    "}}",
    "{",
    "}",
    "[",
    "]",
    ",",
    "=",
    "+*",
    "*",
    "#",
    "/*",
    "*/",
    "\n",
    "1.5",
    "-",
]


@on_a_server
@given(
    at=st.lists(st.tuples(st.integers(0, len(TEXT)), st.sampled_from(PIECES)), min_size=1, max_size=2),
    gone=st.tuples(st.integers(0, len(TEXT)), st.integers(0, 2)),
)
def test_what_we_read_a_real_vault_takes(bot: Bot, at: list[tuple[int, str]], gone: tuple[int, int]) -> None:
    """A policy with something put in or taken out: never is more read here than there."""
    text = TEXT
    for place, piece in at:
        text = text[:place] + piece + text[place:]
    text = text[: gone[0]] + text[sum(gone) :]
    compared["texts"] += 1
    try:
        parse_policy("p", text)
    except ConfigError:
        return
    compared["texts that both take"] += 1
    bot.ask("PUT", f"sys/policies/acl/{bot.name}-text", {"policy": text})


TAKEN = [
    ('path "a/*/b" {}', ["a/*/b"], ["a/x/b"]),
    ('path "a/**" {}', ["a/*", "a/*x"], ["a/x"]),
    ('path "a/+b" {}', ["a/+b"], ["a/xb"]),
    ('path "a/${x}" {}', ["a/${x}"], ["a/x"]),
    ('path "a/%{ if x }" {}', ["a/%{ if x }"], ["a/"]),
    ('path "a/\u00e9" {}', ["a/\u00e9"], ["a/e"]),
    ('path\t"a"\r\n{}', ["a"], ["b"]),
    ('path "/a" {}', ["a"], ["b"]),
]


@pytest.mark.parametrize(("text", "granted", "others"), TAKEN, ids=[text for text, *_ in TAKEN])
def test_traps_that_vault_takes_are_letters_there_and_here(
    bot: Bot, text: str, granted: list[str], others: list[str]
) -> None:
    text = text.replace("{}", '{ capabilities = ["read"] }')
    bot.hold([text])
    wanted = dict.fromkeys(granted, ("read",)) | dict.fromkeys(others, ("deny",))
    assert {path: capabilities([parse_policy("p", text)], bot.subject, path) for path in wanted} == wanted
    assert bot.capabilities([*wanted]) == wanted
