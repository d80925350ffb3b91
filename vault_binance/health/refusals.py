"""Why Binance refuses a key: what each question was answered in, causes out, each as certain as it is and no more.

Rules of the file
- Pure, and numbers decide: no text of Binance's is read here.
- One -2015 proves nothing: it stands for a deleted key, an address, a permission, and for a ban that passes
  (reference: Binance, 4, 11.1 and 17). No finding says "deleted" as a fact, and every one says to look first.
- What tells causes apart is asked for only after a refusal: the public API, the futures API, the other environments.
"""

from __future__ import annotations

from dataclasses import dataclass

from vault_binance.credentials import KeyType
from vault_binance.health.values import Finding, Reply, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vault_binance.credentials import Environment

SIGNATURE, MALFORMED, UNKNOWN, AMBIGUOUS, CLOCK, UNAUTHORIZED = -1022, -2014, -2008, -2015, -1021, -1002

_LOOK = "look at the key at Binance before changing anything"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A refusal, and what was asked after it."""

    code: int
    """Binance's own."""
    environment: Environment
    key_type: KeyType
    skew_ms: int = 0
    public_answers: bool = False
    """The public API answered after the refusal: the address is not banned altogether."""
    accepted_in: tuple[Environment, ...] = ()
    """Other environments that take the pair, signature and all."""
    refused_in: tuple[Environment, ...] = ()
    """Other environments that were asked, and refuse the key too."""
    futures: Reply = Reply.UNASKED
    seen_from: str = ""
    """The address that Binance sees, where it said so."""
    name: str = "NAME"


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """Why, the likeliest first. Never empty: a refused key is of no use, whatever the cause."""
    return (_cause(evidence), *_address(evidence))


def _cause(evidence: Evidence) -> Finding:
    if evidence.accepted_in:
        return _elsewhere(evidence)
    return _CAUSES.get(evidence.code, _unheard_of)(evidence)


def _elsewhere(evidence: Evidence) -> Finding:
    """The one certain cause: the same pair was accepted there a moment ago."""
    place = evidence.accepted_in[0]
    return _high(
        "wrong-environment",
        f"this key belongs to {place}, but is stored as {evidence.environment}",
        f"{place} accepts it, {evidence.environment} does not",
        f"store it as what it is: vault-binance key put {evidence.name} --environment {place}",
    )


def _ambiguous(evidence: Evidence) -> Finding:
    known = "; this address is not banned altogether" if evidence.public_answers else ""
    if evidence.futures is Reply.ACCEPTED:
        return _high(
            "permission-missing",
            "Binance refuses the key here, and accepts it for futures",
            "it exists and may come from this address; likely it lacks a permission",
            f'{_LOOK}: is "Enable Reading" ticked? Then ask again later',
        )
    return _high(
        "key-deleted-or-address",
        "Binance refuses the key, and does not say why",
        f"its list lacks this address, it lacks reading, or it is deleted; one such answer proves none of them{known}",
        f"{_LOOK}, and ask again later, for a ban that passes is told in the same words",
    )


def _unknown(evidence: Evidence) -> Finding:
    asked = f", and neither does {' or '.join(evidence.refused_in)}" if evidence.refused_in else ""
    rest = "likely deleted" if evidence.refused_in else "deleted, or of another environment"
    rest += ", or key and secret are swapped" if evidence.key_type is KeyType.HMAC else ""
    return _high(
        "key-unknown",
        f"Binance's {evidence.environment} environment does not know this key",
        f"it does not accept it{asked}: {rest}. Binance deletes keys without IP restriction",
        f"{_LOOK}; if it is not there, make a new one",
    )


def _signature(evidence: Evidence) -> Finding:
    other = "private key" if evidence.key_type is not KeyType.HMAC else "secret"
    return _high(
        "wrong-secret",
        "the signature is not valid",
        f"the {other} does not belong to this API key, or the key is not of type {evidence.key_type}",
        f"store both parts of one key, with its type: vault-binance key put {evidence.name}",
    )


def _clock(evidence: Evidence) -> Finding:
    return _high(
        "clock-skewed",
        "Binance refuses the time of the request",
        f"this clock was measured at {evidence.skew_ms:+,} ms: it jumps, or the request was under way for too long",
        "set it by NTP, then ask again; the key itself may be sound",
    )


def _malformed(evidence: Evidence) -> Finding:
    return _high(
        "key-malformed",
        "the API key is malformed",
        "white space, quotes or an empty value, most often out of a shell or a .env file",
        f"copy it again from Binance: vault-binance key put {evidence.name}",
    )


def _unauthorized(_evidence: Evidence) -> Finding:
    return _high(
        "key-unauthorized",
        "the key is not authorized to ask what it may do",
        "it lacks a permission, reading perhaps",
        'tick "Enable Reading" at Binance',
    )


def _unheard_of(evidence: Evidence) -> Finding:
    fact = f"Binance refuses the key (code {evidence.code})"
    return _high("key-refused", fact, "this version does not know that answer", _LOOK)


_CAUSES = {
    AMBIGUOUS: _ambiguous,
    UNKNOWN: _unknown,
    SIGNATURE: _signature,
    MALFORMED: _malformed,
    CLOCK: _clock,
    UNAUTHORIZED: _unauthorized,
}


def _address(evidence: Evidence) -> Iterable[Finding]:
    if evidence.seen_from:
        yield Finding(
            Severity.LOW,
            "address-seen",
            f"Binance sees this machine as {evidence.seen_from}",
            "a key with a list of addresses is refused from any other",
            "compare it with the key's list at Binance",
        )


def _high(code: str, fact: str, reason: str, remedy: str) -> Finding:
    return Finding(Severity.HIGH, code, fact, reason, remedy)


def unanswered(status: int, *, maintenance: bool = False) -> Finding:
    """Why there is no verdict at all: `status` is HTTP's, 0 where nothing came. It says nothing of the key."""
    words = _MAINTENANCE if maintenance else _UNANSWERED.get(status, _SILENCE)
    if status >= 500 and not maintenance:
        words = ("binance-failed", f"Binance failed (HTTP {status})", *_SILENCE[2:])
    return Finding(Severity.MEDIUM, *words)


_MAINTENANCE = (
    "maintenance",
    "Binance is under maintenance",
    "it answers nothing about a key meanwhile",
    "ask again later",
)
_SILENCE = ("no-answer", "Binance gave no answer", "nothing is known of the key", "ask again")
_UNANSWERED = {
    403: (
        "firewall",
        "Binance's firewall refused the request",
        "it judges the address and the request, not the key",
        "is a proxy or a VPN in between?",
    ),
    418: (
        "address-banned",
        "this address is banned for sending too much",
        "every answer is that one, whatever the key",
        "wait as long as told; asking earlier makes it longer",
    ),
    429: (
        "rate-limited",
        "too many requests from this address",
        "limits are counted per address, and every bot behind this one shares them",
        "wait as long as told",
    ),
    451: (
        "restricted-location",
        "Binance does not serve this location",
        "it judges the address, not the key",
        "ask from where the bot runs",
    ),
}
