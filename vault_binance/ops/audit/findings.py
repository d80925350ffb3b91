"""What in the story of our credentials wants a person's attention.

Rules of the file
- Events in, findings out; no clock. What is kept from one event to the next is bounded.
- HIGH is what no ordinary day of ours brings: a value in hands that are not its bot's, a trail that ends, a way around
  the roles. MEDIUM is to be known by whoever is responsible; LOW belongs to ordinary work and is told so that it can be
  counted.
- Whether a read was its bot's own is Vault's word: the policy that let it pass stands in the log. Ours lets a bot read
  what its entity says, so whatever passed by another policy was no bot's read.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from vault_binance.health.values import Severity
from vault_binance.layout import TOKEN_MAX_TTL
from vault_binance.ops.audit.names import Latest
from vault_binance.ops.audit.paths import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from vault_binance.layout import Layout
    from vault_binance.ops.audit.story import Event

BURST, BURST_SECONDS = 10, 60
"""So many refusals of one token or address within so many seconds are told, once."""

_ADDRESSES = 8


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding; `text` says it in few words, `means` what it may be, for the page about it."""

    severity: Severity
    text: str
    means: str


KINDS = {
    "root-used": Kind(Severity.HIGH, "a root token", "somebody works with rights that no policy bounds; end the token"),
    "root-generated": Kind(Severity.HIGH, "a root token is being generated", "`sys/generate-root`: was it announced?"),
    "secrets-in-log": Kind(
        Severity.HIGH, "the log itself shows secrets", "a device with `log_raw`: the keys in it are burnt"
    ),
    "not-its-bot": Kind(
        Severity.HIGH,
        "read by no bot of ours",
        "by another policy than our reader's, or by that on an entity: the key is known",
    ),
    "two-credentials": Kind(Severity.HIGH, "one bot, two credentials", "its entity was pointed elsewhere, or says `*`"),
    "not-its-credential": Kind(
        Severity.HIGH, "not its credential", "refused; a bot that is set up wrongly, or is not itself"
    ),
    "used-after-suspend": Kind(Severity.HIGH, "read though suspended", "let in again by other means than `bot allow`"),
    "unwrap-refused": Kind(
        Severity.HIGH, "opened before, or too late", "unless its time was up, somebody else holds the SecretID"
    ),
    "opened-elsewhere": Kind(
        Severity.HIGH, "opened at another address", "the SecretID was unwrapped in one place, used in another"
    ),
    "secret-id-unwrapped": Kind(Severity.HIGH, "a SecretID in clear", "made without wrapping: it was seen on its way"),
    "bot-repointed": Kind(
        Severity.HIGH, "points to another credential", "written over a live bot, which `bot add` refuses"
    ),
    "entity-policies": Kind(
        Severity.HIGH, "policies on a bot's entity", "rights beside those of its role; ours have none"
    ),
    "history-shortened": Kind(
        Severity.HIGH, "older versions end", "versions, or the protection against lost writes, are taken away"
    ),
    "key-exposed": Kind(
        Severity.HIGH, "a signing key leaves Vault", "exported, backed up, or made exportable, for good"
    ),
    "audit-ended": Kind(Severity.HIGH, "an audit device ends", "what follows may be in no log; its salt is gone"),
    "second-factor-dropped": Kind(
        Severity.HIGH, "no second factor any more", "our people log in with a password alone"
    ),
    "mount-ended": Kind(Severity.HIGH, "a mount of ours ends or moves", "with all that is in it"),
    "policy-changed": Kind(
        Severity.MEDIUM, "our policy is written", "`setup` does so; `policy diff` shows what it is now"
    ),
    "bot-overwritten": Kind(
        Severity.MEDIUM,
        "a bot is written over",
        "`bot add` once more does so; to which credential it pointed before is in no line of this log",
    ),
    "entity-changed": Kind(Severity.MEDIUM, "an identity is changed by its id", "our commands go by the name"),
    "secret-id-suspended": Kind(Severity.MEDIUM, "for a suspended bot", "who wants it to log in?"),
    "role-changed": Kind(
        Severity.MEDIUM, "a role is written over", "`bot add` once more does so; addresses and times may be others now"
    ),
    "role-part-changed": Kind(Severity.MEDIUM, "a role is changed piecewise", "our commands write a role whole"),
    "certificate-pinned": Kind(
        Severity.MEDIUM, "a certificate logs in as the bot", "whoever has its key has the credential"
    ),
    "group-changed": Kind(Severity.MEDIUM, "who has a role is changed", "`operator add` does so"),
    "second-factor-changed": Kind(
        Severity.MEDIUM, "a second factor is changed", "`operator add` does so, and a lost phone"
    ),
    "value-asked": Kind(Severity.MEDIUM, "asked for a value", "refused: no role of a person's may read one"),
    "store-configured": Kind(
        Severity.MEDIUM, "the store is configured", "`setup` does so; numbers are hashed: doctor sees them"
    ),
    "mount-tuned": Kind(Severity.MEDIUM, "a mount is tuned", "`setup` does so; or its leases ended all at once"),
    "long-token": Kind(Severity.MEDIUM, "a token for longer than a day", "told once for each token"),
    "denials": Kind(Severity.MEDIUM, f"{BURST} refusals in {BURST_SECONDS} s", "a search, or a bot that does not wait"),
    "unwrap-unknown": Kind(
        Severity.LOW, "a wrapping token from elsewhere", "another team's, or ours from before this log"
    ),
    "refused-after-suspend": Kind(Severity.LOW, "refused, being suspended", "as it should be"),
    "new-address": Kind(Severity.LOW, "from a new address", "not seen of this bot before in this log"),
    "secret-id-made": Kind(Severity.LOW, "a login is handed out", "wrapped, as it should be"),
    "login-tied": Kind(Severity.LOW, "a login is tied to a bot", "`bot add` and `bot enroll` do so"),
    "audit-enabled": Kind(Severity.LOW, "an audit device starts", "what was before is in another log, or in none"),
}
"""By id. What is HIGH ends the command with exit code 12 under `--findings`."""

_ALWAYS = {
    "generate root token": "root-generated",
    "shorten history": "history-shortened",
    "export key": "key-exposed",
    "back up key": "key-exposed",
    "disable audit device": "audit-ended",
    "enable audit device": "audit-enabled",
    "drop second factor": "second-factor-dropped",
    "end mount": "mount-ended",
    "move a mount": "mount-ended",
    "write policy": "policy-changed",
    "delete policy": "policy-changed",
    "change entity": "entity-changed",
    "delete entity": "entity-changed",
    "merge or delete entities": "entity-changed",
    "change role": "role-changed",
    "change part of role": "role-part-changed",
    "pin certificate": "certificate-pinned",
    "change group": "group-changed",
    "delete group": "group-changed",
    "require second factor": "second-factor-changed",
    "change second factor": "second-factor-changed",
    "delete second factor": "second-factor-changed",
    "enrol second factor": "second-factor-changed",
    "forget second factor": "second-factor-changed",
    "configure store": "store-configured",
    "tune mount": "mount-tuned",
    "end all leases": "mount-tuned",
    "tie login": "login-tied",
}
"""What a deed is, whoever does it, if it was allowed."""

_VALUES = frozenset({"read", "export key"})


class Watch:
    """Looks at one event after the other."""

    def __init__(self, layout: Layout, *, size: int = 10_000) -> None:
        self._reader, self._writer = layout.policy("reader"), layout.policy("writer")
        self._suspended: Latest[bool] = Latest(size)
        self._lent: Latest[str] = Latest(size)
        self._read: Latest[str] = Latest(size)
        self._addresses: Latest[tuple[str, ...]] = Latest(size)
        self._long: Latest[bool] = Latest(size)
        self._denials: Latest[deque[float]] = Latest(size)

    def look(self, event: Event) -> tuple[str, ...]:
        """The ids of what there is to say about it, gravest first."""
        looks: tuple[Callable[[Event], Iterable[str]], ...] = (
            self._always,
            self._rights,
            self._value,
            self._life,
            self._secret_id,
            self._login,
            self._refusals,
        )
        found = {finding for look in looks for finding in look(event)}
        return tuple(finding for finding in KINDS if finding in found)

    def _always(self, event: Event) -> Iterator[str]:
        if event.allowed and event.action in _ALWAYS:
            yield _ALWAYS[event.action]
        if "in clear" in event.facts:
            yield "secrets-in-log"
        if event.action.endswith(" signing key") and event.allowed and "exposes" in event.facts:
            yield "key-exposed"

    def _rights(self, event: Event) -> Iterator[str]:
        if event.kind == "root" and event.scope is not Scope.EVERYBODYS:
            yield "root-used"
        if "gives policies" in event.facts and event.allowed:
            yield "entity-policies"
        known = self._long.get(event.accessor)
        if event.token_ttl > TOKEN_MAX_TTL and event.accessor and not known:
            self._long.put(event.accessor, value=True)
            yield "long-token"

    def _value(self, event: Event) -> Iterator[str]:
        if event.action not in _VALUES:
            return
        if not event.allowed:
            yield from self._refused_value(event)
            return
        if event.kind != "bot" or (event.granted_by and self._reader not in event.granted_by):
            yield "not-its-bot"
            return
        before = self._read.get(event.entity)
        self._read.put(event.entity, event.subject)
        if before not in {None, event.subject}:
            yield "two-credentials"
        if self._suspended.get(event.who):
            yield "used-after-suspend"

    def _refused_value(self, event: Event) -> Iterator[str]:
        if "refused by policy" not in event.facts:
            return
        if event.kind != "bot":
            yield "value-asked"
        elif self._read.get(event.entity) != event.subject:
            yield "not-its-credential"

    def _life(self, event: Event) -> Iterator[str]:
        """Of a bot: made, pointed to a credential, suspended, allowed again, its tokens ended."""
        if not event.allowed:
            return
        if event.action in {"suspend", "suspend or allow"}:
            self._suspended.put(event.subject, value=True)
        elif "enables" in event.facts:
            self._suspended.put(event.subject, value=False)
        if event.lends:
            before = self._lent.get(event.subject)
            self._lent.put(event.subject, event.lends)
            if before not in {None, "", event.lends}:
                yield "bot-repointed"
            elif before is None and {"overwrites", "removes"} & event.facts == {"overwrites"}:
                yield "bot-overwritten"
        if "removes" in event.facts:
            self._lent.put(event.subject, "")

    def _secret_id(self, event: Event) -> Iterator[str]:
        if event.action == "unwrap" and not event.allowed:
            yield "unwrap-refused" if event.subject else "unwrap-unknown"
        if event.action == "make SecretID" and event.allowed:
            yield "secret-id-made" if "wrapped" in event.facts else "secret-id-unwrapped"
            if self._suspended.get(event.subject):
                yield "secret-id-suspended"

    def _login(self, event: Event) -> Iterator[str]:
        if event.action != "log in" or not event.allowed or event.kind != "bot":
            return
        if event.opened_at not in {"", event.address}:
            yield "opened-elsewhere"
        seen = self._addresses.get(event.who) or ()
        if event.address not in seen:
            self._addresses.put(event.who, (*seen, event.address)[-_ADDRESSES:])
            if seen:
                yield "new-address"

    def _refusals(self, event: Event) -> Iterator[str]:
        if event.allowed:
            return
        if self._suspended.get(event.who):
            yield "refused-after-suspend"
        times = self._denials.get(key := event.accessor or event.address) or deque(maxlen=BURST)
        times.append(_seconds(event.time))
        self._denials.put(key, times)
        if len(times) == BURST and times[-1] - times[0] <= BURST_SECONDS:
            times.clear()
            yield "denials"


def _seconds(time: str) -> float:
    try:
        return datetime.fromisoformat(f"{time[:19]}+00:00").timestamp()
    except ValueError:
        return 0.0
