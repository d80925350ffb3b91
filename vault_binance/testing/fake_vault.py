"""A Vault in memory, for tests: it takes the place of the connection, so both doors run on it unchanged.

    fake = FakeVault()
    operator, bot = HvacVault(fake, fake.root_token), HttpVault(fake)
    operator.enable_kv("binance", "")

Within a `with` block it listens on the loopback too, at `address`, for bots that find Vault by VAULT_ADDR.

It answers with the statuses and the JSON of Vault 1.21.1 to what our doors ask: KV, identity, AppRole, tokens, response
wrapping, policies, mounts. The contract tests run one suite on it and on real servers, and compare answer by answer.

Rules of the file
- What it does not know raises NotImplementedError, after the policies were asked: no test shall pass on an answer that
  no Vault gives. Unknown are: keys in Transit, dynamic engines (of leases there are tokens' and KV v1's), batch tokens
  other than AppRole's, other auth methods, external groups, login MFA beyond its settings, namespaces, quotas, bound
  addresses, expiry of versions, audit records, cubbyholes, tuned limits at work.
- Time stands still until `advance`; tokens, ids and accessors are counted. Equal calls have equal answers.
- It may be used by several threads; each request is answered whole.
"""

from __future__ import annotations

import json
from dataclasses import replace
from threading import RLock
from urllib.parse import parse_qsl

from vault_binance.errors import VaultUnavailable
from vault_binance.policy.access import Access, Request
from vault_binance.policy.subject import Subject
from vault_binance.redacted import Redacted
from vault_binance.testing.fake_approle import AppRole
from vault_binance.testing.fake_cert import Cert
from vault_binance.testing.fake_identity import Identity
from vault_binance.testing.fake_kv import KvTwo
from vault_binance.testing.fake_kv_one import KvOne
from vault_binance.testing.fake_leases import Leases
from vault_binance.testing.fake_parts import Call, Clock, Engine, Names, Refused
from vault_binance.testing.fake_system import Mounts, System
from vault_binance.testing.fake_tokens import Terms, Tokens
from vault_binance.testing.fake_wrapping import Wrapping
from vault_binance.testing.server import Server
from vault_binance.vault.wire import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from vault_binance.testing.fake_http import Listening
    from vault_binance.testing.fake_parts import Endpoint
    from vault_binance.testing.fake_tokens import Token
    from vault_binance.testing.server import Hook

VERSION = "1.21.1"
_OPERATIONS = {"GET": "read", "POST": "update", "PUT": "update", "DELETE": "delete", "LIST": "list", "PATCH": "patch"}


class FakeVault(Server):
    """A fresh Vault, unsealed, with a root token and nothing mounted. `now` is its clock, if not one that stands still.

    `sealed` and `unreachable` may be switched at any time; `calls` is every request so far, as method and path.
    It keeps its data when it is started and stopped: it is one Vault for as long as the object lives.
    """

    def __init__(self, *, now: Callable[[], datetime] | None = None, hooks: Sequence[Hook] = ()) -> None:
        super().__init__(hooks)
        self._listening: Listening | None = None
        self.sealed = False
        self.unreachable = False
        self.calls: list[tuple[str, str]] = []
        self._lock = RLock()
        self._clock, self._names = Clock(now), Names()
        self._wrapping = Wrapping(self._clock, self._names)
        self._tokens = Tokens(self._clock, self._names, self._wrapping)
        self._leases = Leases(self._clock, self._names, self._tokens)
        self._mounts = Mounts(self._names)
        self._identity = Identity(self._clock, self._names, self._tokens, self._mounts.described)
        self._system = System(self._mounts, self._tokens, self._engine, self._access)
        self._system.endpoints += self._leases.endpoints
        self._tokens.entity_policies = self._identity.policies
        for path, engine in (("sys/", self._system), ("identity/", self._identity), ("auth/token/", self._tokens)):
            self._mounts.add(path, lambda _, engine=engine: engine, engine.kind)  # type: ignore[misc]
        root = self._tokens.issue(["root"], "auth/token/root", Terms, display_name="root")
        self.root_token = Redacted(root.id)
        """May do everything, and does not end."""

    def __repr__(self) -> str:
        return f"<FakeVault: {len(self._mounts)} mounts, {len(self._tokens)} tokens, {len(self.calls)} calls>"

    def advance(self, seconds: float) -> None:
        """Let time pass: tokens, wrapping tokens and SecretIDs run out."""
        self._clock.advance(seconds)

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        token: Redacted | None = None,
        wrap_ttl: int = 0,
    ) -> Answer:
        """As Wire.send. Raises VaultUnavailable while `unreachable`."""
        with self._lock:
            self.calls.append((method, path))
            if self.unreachable:
                raise VaultUnavailable(
                    "Vault does not answer: FakeVault.unreachable is set", hint="it is a test's Vault"
                )
            secret = token.reveal() if token else ""
            try:
                answer = self._answer(method, path, json.loads(json.dumps(body)) or {}, secret, wrap_ttl)
            except Refused as refused:
                answer = refused.answer
            return replace(answer, body=json.loads(json.dumps(answer.body)))

    def close(self) -> None:
        """As Wire.close: there is no connection to end."""

    # As a server

    @property
    def keeps_data(self) -> bool:
        return True

    def stop(self) -> None:
        """Stop listening. Raises what it was asked and does not know: no test shall pass on that."""
        listening, self._listening = self._listening, None
        self.address = ""
        if listening:
            listening.end()

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        answer = self.send(method, path, body=body, token=self.root_token)
        return answer.status, dict(answer.body) or None

    def health(self) -> int:
        return 0 if self.unreachable else self.send("GET", "sys/health").status

    def seal(self) -> None:
        self.sealed = True

    def unseal(self) -> None:
        self.sealed = False

    def pause(self) -> None:
        """Whoever comes over HTTP is not answered until `resume`."""
        self._listener().answering.clear()

    def resume(self) -> None:
        self._listener().answering.set()

    def kill(self) -> None:
        """Nothing listens any more, until `restart`; the data stays."""
        self.unreachable = True
        self._listener().close()

    def restart(self) -> None:
        self.kill()
        self.unreachable = self.sealed = False
        self._listener().listen()

    def _start_fresh(self) -> None:
        from vault_binance.testing.fake_http import Listening  # whoever puts it in a connection's place needs none

        self._listening = Listening(self)
        self._listening.listen()
        self.address = self._listening.address

    def _listener(self) -> Listening:
        if self._listening is None:
            raise VaultUnavailable("FakeVault is not listening", hint="use it inside its `with` block")
        return self._listening

    def _is_started(self) -> bool:
        return self._listening is not None

    def _is_alive(self) -> bool:
        return not self.unreachable

    def _output(self) -> str:
        return "\n".join(f"{method} {path}" for method, path in self.calls)

    def _program(self) -> str:
        return "FakeVault"

    def _answer(self, method: str, path: str, body: Mapping[str, object], secret: str, wrap_ttl: int) -> Answer:
        path, _, query = path.partition("?")
        if path == "sys/health":
            return self._health()
        if self.sealed:
            raise Refused(503, "Vault is sealed")
        call = _call(method, path, body or dict(parse_qsl(query, keep_blank_values=True)), wrap_ttl)
        if path in {"sys/wrapping/lookup", "sys/wrapping/unwrap"}:
            return self._unwrapped(path, call.text("token") or secret)
        mount = self._mounts.holding(path)
        engine = mount.engine if mount else None
        if mount:
            call = replace(
                call, path=call.full_path.removeprefix(mount.path).rstrip("/" if call.operation == "list" else "")
            )
        answer = _completed(self._routed(call, engine, secret), mount.kind if mount else "", self._names)
        if not (call.wrap_ttl and answer.status == 200):
            return answer
        return _completed(self._wrapping.wrap(answer, call.full_path, call.wrap_ttl), "", self._names)

    def _routed(self, call: Call, engine: Engine | None, secret: str) -> Answer:
        """Find who answers, let the caller through, have it answered; a token's last use ends it afterwards."""
        found = engine.find(call.path) if engine else None
        if found and found[0].needs == "nothing":
            return _answered(found[0], call, found[1])
        if not secret:
            raise Refused(403, "permission denied")
        token = self._tokens.use(secret)
        try:
            self._let_through(token, call, found)
            if engine is None:
                raise Refused(404, f'no handler for route "{call.full_path}". route entry not found.')
            call = replace(call, token=token)
            return _answered(found[0], call, found[1]) if found else engine.lost(call)
        finally:
            if token.num_uses < 0:
                self._tokens.end(token)

    def _let_through(self, token: Token, call: Call, found: tuple[Endpoint, tuple[str, ...]] | None) -> None:
        """Raise 403 where the entity is disabled or gone, or the policies do not grant the call."""
        entity = self._identity.by_id(token.entity_id)
        if token.entity_id and (entity is None or entity.disabled):
            raise Refused(403, "permission denied")
        access, needs = self._access(token), found[0].needs if found else "grant"
        if access.broken:
            raise Refused(500, "internal error")
        capability = call.operation
        if capability == "update" and found and found[0].exists and not found[0].exists(*found[1]):
            capability = "create"
        if needs == "token":
            return
        if not access.allows(Request(call.full_path, capability, call.parameters, call.wrap_ttl)):
            raise Refused(403, "permission denied")
        if needs == "sudo" and not {"sudo", "root"} & {*access.capabilities(call.full_path)}:
            raise Refused(403, "permission denied")

    def _access(self, token: Token) -> Access:
        entity = self._identity.by_id(token.entity_id)
        names = token.policies + self._identity.policies(token.entity_id)
        subject = Subject(entity.id, entity.name, entity.metadata or {}) if entity else None
        return Access(self._system.policies(names), subject)

    def _engine(self, path: str, kind: str, options: Mapping[str, str]) -> Callable[[str], Engine]:
        if path.startswith("auth/") and kind == "approle":
            return lambda accessor: AppRole(self._clock, self._names, self._tokens, self._identity, accessor, path)
        if path.startswith("auth/") and kind == "cert":
            return lambda accessor: Cert(lambda: self._identity.forget_mount(accessor))
        if not path.startswith("auth/") and kind in {"kv", "kv-v2"}:
            two = kind == "kv-v2" or options.get("version") == "2"
            leases = self._leases if options.get("leased_passthrough") == "true" else None
            return lambda _: KvTwo(self._clock) if two else KvOne(leases)
        if not path.startswith("auth/") and kind == "transit":
            return lambda _: Engine()
        raise NotImplementedError(f"FakeVault has no {kind} for {path}")

    def _unwrapped(self, path: str, secret: str) -> Answer:
        if path.endswith("lookup"):
            return _completed(self._wrapping.look_up(secret), "", self._names)
        return self._wrapping.unwrap(secret)

    def _health(self) -> Answer:
        status = 503 if self.sealed else 200
        found: dict[str, object] = {"initialized": True, "sealed": self.sealed, "standby": self.sealed}
        return Answer(status, found | {"version": VERSION, "server_time_utc": int(self._clock.now().timestamp())})


def _call(method: str, path: str, parameters: Mapping[str, object], wrap_ttl: int) -> Call:
    """A list is asked for by its method or by ?list=true, and always of a path with a slash at the end."""
    listing = method == "LIST" or (method == "GET" and parameters.get("list") == "true")
    operation = "list" if listing else _OPERATIONS[method]
    full_path = f"{path.rstrip('/')}/" if listing else path
    return Call(operation, full_path, full_path, parameters, wrap_ttl=wrap_ttl)


def _answered(row: Endpoint, call: Call, groups: tuple[str, ...]) -> Answer:
    if call.operation not in row.answers:
        raise Refused(405, "unsupported operation")
    return row.answers[call.operation](call, *groups)


def _completed(answer: Answer, kind: str, names: Names) -> Answer:
    """With the fields that every answer has."""
    if not answer.body or "errors" in answer.body:
        return answer
    usual = {"request_id": names.id(), "lease_id": "", "renewable": False, "lease_duration": 0, "data": None}
    usual |= {"wrap_info": None, "warnings": None, "auth": None, "mount_type": kind}
    return replace(answer, body={**usual, **answer.body})
