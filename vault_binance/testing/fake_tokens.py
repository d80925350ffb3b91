"""FakeVault's tokens: making, looking up, renewing and ending them.

Rules of the file
- A batch token is not kept by Vault, so it can be neither renewed nor revoked; only AppRole makes them here.
- A token ends by time, by uses, with its parent, or by hand; when it is asked for next, it is gone.
- A use is counted before anything else is looked at, and whatever becomes of the request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from vault_binance.testing.fake_parts import SYSTEM_MAX_TTL, Engine, Refused, data, done, endpoint, stamp
from vault_binance.vault.wire import Answer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from vault_binance.testing.fake_parts import Call, Clock, Names
    from vault_binance.testing.fake_wrapping import Wrapping

_LAST_USE = -1
"""What Vault shows as uses left while the last one is under way."""
_INVALID = ("permission denied", "invalid token")


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a token may live, in seconds; 0 is no limit of its own. `period` makes each renewal that long."""

    ttl: float = 0.0
    max_ttl: float = 0.0
    explicit_max_ttl: float = 0.0
    period: float = 0.0


@dataclass
class Token:
    """`terms` are asked again at every renewal; None where whoever issued the token no longer exists."""

    id: str = field(repr=False)
    accessor: str
    policies: list[str]
    path: str
    display_name: str
    issued: datetime
    expires: datetime | None
    terms: Callable[[], Terms | None]
    ttl: float = 0.0
    num_uses: int = 0
    renewable: bool = True
    renewed: datetime | None = None
    meta: Mapping[str, str] | None = None
    entity_id: str = ""
    parent: str = field(default="", repr=False)
    issuer: object = None
    kind: str = "service"

    @property
    def orphan(self) -> bool:
        return not self.parent


class Tokens(Engine):
    """Everything at auth/token/."""

    kind = "token"

    def __init__(self, clock: Clock, names: Names, wrapping: Wrapping) -> None:
        self._clock, self._names, self._wrapping = clock, names, wrapping
        self._tokens: dict[str, Token] = {}
        self.entity_policies: Callable[[str], list[str]] = lambda _: []
        self.endpoints = (
            endpoint("lookup-self", read=self._look_up, update=self._look_up),
            endpoint("renew-self", update=self._renew),
            endpoint("revoke-self", update=self._revoke),
            endpoint("create", update=self._create),
        )

    def __len__(self) -> int:
        return len(self._tokens)

    def use(self, secret: str) -> Token:
        """The live token, one use fewer. 403 where there is none; a wrapping token used like this is used up."""
        if self._wrapping.spoil(secret):
            raise Refused(403, "permission denied")
        token = self._tokens.get(secret)
        if token is None or not self.lives(token):
            raise Refused(403, *_INVALID)
        if token.num_uses:
            token.num_uses = token.num_uses - 1 or _LAST_USE
        return token

    def by_accessor(self, accessor: str) -> Token | None:
        return next((one for one in self._tokens.values() if accessor and one.accessor == accessor), None)

    def lives(self, token: Token) -> bool:
        """Is it still one? Without using it."""
        if token.num_uses == _LAST_USE or (token.expires and token.expires <= self._clock.now()):
            self.end(token)
        return token.id in self._tokens

    def end(self, token: Token) -> None:
        """End it and its children."""
        self._tokens.pop(token.id, None)
        for child in [child for child in self._tokens.values() if child.parent == token.id]:
            self.end(child)

    def end_where(self, chosen: Callable[[Token], bool]) -> None:
        for token in [token for token in self._tokens.values() if chosen(token)]:
            self.end(token)

    def issue(self, policies: list[str], path: str, terms: Callable[[], Terms | None], **rest: Any) -> Token:
        """Make a token; a root token, and only that, does not end by time. `kind` batch is one without an accessor."""
        token = Token(
            self._names.token(),
            self._names.accessor(),
            policies,
            path,
            issued=self._clock.now(),
            expires=None,
            terms=terms,
            **rest,
        )
        if token.kind == "batch":
            token.accessor, token.renewable = "", False
        if "root" not in policies or (terms() or Terms()).ttl:
            self._lend(token, 0.0)
        else:
            token.renewable = False
        token.ttl = self._left(token)
        self._tokens[token.id] = token
        return token

    def _lend(self, token: Token, increment: float) -> None:
        """Set the end of a new or renewed token: as asked, within every limit."""
        terms = token.terms()
        if terms is None:
            raise Refused(500, "the role of this token does not exist during renewal")
        limits = [terms.explicit_max_ttl, 0.0 if terms.period else terms.max_ttl or SYSTEM_MAX_TTL]
        ends = [token.issued + timedelta(seconds=limit) for limit in limits if limit]
        if any(end <= self._clock.now() for end in ends):
            raise Refused(500, "past the max TTL, cannot renew")
        asked = terms.period or increment or terms.ttl or SYSTEM_MAX_TTL
        token.expires = min([self._clock.after(asked), *ends])

    def _left(self, token: Token) -> float:
        return (token.expires - self._clock.now()).total_seconds() if token.expires else 0.0

    def granted(self, token: Token, **rest: str) -> Answer:
        """The answer that carries a token, with `rest` beside it."""
        identity = {"identity_policies": found} if (found := self.entity_policies(token.entity_id)) else {}
        auth = {
            "client_token": token.id,
            "accessor": token.accessor,
            "policies": sorted({*token.policies, *identity.get("identity_policies", [])}),
            "token_policies": token.policies,
            **identity,
            "metadata": token.meta,
            "lease_duration": round(self._left(token)),
            "renewable": token.renewable,
            "entity_id": token.entity_id,
            "token_type": token.kind,
            "orphan": token.orphan,
            "mfa_requirement": None,
            "num_uses": token.num_uses,
        }
        return Answer(200, {"auth": auth, **rest})

    def _look_up(self, call: Call) -> Answer:
        token = caller(call)
        terms = token.terms() or Terms()
        found: dict[str, Any] = {
            "accessor": token.accessor,
            "creation_time": int(token.issued.timestamp()),
            "creation_ttl": int(token.ttl),
            "display_name": token.display_name,
            "entity_id": token.entity_id,
            "expire_time": stamp(token.expires) or None,
            "explicit_max_ttl": int(terms.explicit_max_ttl),
            "id": token.id,
            "issue_time": stamp(token.issued),
            "meta": token.meta,
            "num_uses": token.num_uses,
            "orphan": token.orphan,
            "path": token.path,
            "policies": token.policies,
            "renewable": token.renewable,
            "ttl": int(self._left(token)),
            "type": token.kind,
        }
        if token.renewed:
            found |= {"last_renewal": stamp(token.renewed), "last_renewal_time": int(token.renewed.timestamp())}
        if terms.period:
            found["period"] = int(terms.period)
        if identity := self.entity_policies(token.entity_id):
            found |= {"identity_policies": identity, "external_namespace_policies": {}}
        return data(found)

    def _renew(self, call: Call) -> Answer:
        token = caller(call)
        _kept(token, "renewed")
        if not token.renewable:
            raise Refused(400, "lease is not renewable")
        self._lend(token, call.seconds("increment"))
        token.renewed = self._clock.now()
        return self.granted(token)

    def _revoke(self, call: Call) -> Answer:
        token = caller(call)
        _kept(token, "revoked")
        self.end(token)
        return done()

    def _create(self, call: Call) -> Answer:
        parent = caller(call)
        if parent.kind == "batch":
            raise Refused(400, "batch tokens cannot create more tokens")
        if parent.num_uses:
            raise Refused(400, "restricted use token cannot generate child tokens")
        root = "root" in parent.policies
        asked = sorted({name.lower() for name in call.words("policies")}) or parent.policies
        if not root and not {*asked} <= {*parent.policies}:
            raise Refused(400, "child policies must be subset of parent")
        if call.parameters.get("no_parent") and not root:
            raise Refused(400, "root or sudo privileges required to create orphan token")
        if call.text("type", "service") != "service":
            raise NotImplementedError("FakeVault makes service tokens only")
        names = ("ttl", "explicit_max_ttl", "period")
        terms = Terms(**{name: call.seconds(name) for name in names})
        name = call.text("display_name")
        return self.granted(
            self.issue(
                _with_default(asked, call),
                call.full_path,
                lambda: terms,
                display_name="token" + (f"-{name.replace(' ', '-')}" if name else ""),
                num_uses=call.count("num_uses"),
                renewable=bool(call.parameters.get("renewable", True)),
                meta=call.parameters.get("meta"),
                entity_id=parent.entity_id,
                parent="" if call.parameters.get("no_parent") else parent.id,
            )
        )


def caller(call: Call) -> Token:
    """The token of a call that cannot come without one."""
    assert call.token is not None  # noqa: S101  FakeVault lets no other call through to here
    return call.token


def _kept(token: Token, verb: str) -> None:
    if token.kind == "batch":
        raise Refused(400, f"batch tokens cannot be {verb}")


def _with_default(policies: list[str], call: Call) -> list[str]:
    if "root" in policies:
        return policies
    named = {*policies} - {"default"} if call.parameters.get("no_default_policy") else {*policies, "default"}
    return sorted(named)
