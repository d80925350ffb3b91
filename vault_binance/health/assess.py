"""Is a key safe and usable? What Binance says of it in, findings out.

Rules of the file
- Pure: the time and the clock's error are arguments.
- Every finding is a fact, why it matters and what to do about it; the severity decides exit code 12, so that HIGH is
  kept for what can lose money or stops the bot altogether.
- What Binance did not say is a finding where it matters, never taken for "no" (reference: Binance, section 4: every
  field is optional).
- Only the key is judged: `canTrade` and `canWithdraw` of /api/v3/account speak of the account (reference: Binance, 5).
  What may be wrong with the account itself is in `health.surroundings`, why a key is refused in `health.refusals`.
"""

from __future__ import annotations

from vault_binance.credentials import Environment, KeyType
from vault_binance.health.surroundings import surroundings_of
from vault_binance.health.values import (
    NOTHING_ASKED,
    SWITCHES,
    Finding,
    Permission,
    Reply,
    Restrictions,
    Severity,
    Surroundings,
)
from vault_binance.signing import AHEAD_LIMIT_MS, RECV_WINDOW_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vault_binance.health.expectations import Expectations

SKEW_NOTICE_MS = 500
DAY_MS = 86_400_000
EXPIRY_NOTICE_DAYS = 7
OLD_DAYS = 365
"""A rule of ours and not of Binance's."""

_UNASKED = {
    Permission.WITHDRAWALS: Severity.HIGH,
    Permission.INTERNAL_TRANSFER: Severity.MEDIUM,
    Permission.UNIVERSAL_TRANSFER: Severity.MEDIUM,
}
"""How bad it is that nobody asked for a permission; LOW for the rest."""

_FIX = {Permission.FIX_TRADE, Permission.FIX_READ}


def clock_is_usable(skew_ms: int) -> bool:
    """Will Binance take a request stamped by this clock? `skew_ms` is positive when the clock is ahead of Binance's."""
    return -RECV_WINDOW_MS <= skew_ms < AHEAD_LIMIT_MS


def assess(
    restrictions: Restrictions | None,
    skew_ms: int,
    key_type: KeyType,
    environment: Environment,
    expectations: Expectations,
    *,
    now_ms: int,
    name: str = "NAME",
    surroundings: Surroundings = NOTHING_ASKED,
    futures: Reply = Reply.UNASKED,
) -> tuple[Finding, ...]:
    """Everything worth telling about a key that Binance accepts, the worst first.

    `restrictions` is None where they could not be asked for: without them the key is not judged safe, and that is a
    finding. `name` is the credential's, for the commands that are proposed.
    """
    findings = [*clock_findings(skew_ms), *_kind(key_type, name), *_odd(expectations, name)]
    if restrictions is not None:
        findings += _permissions(restrictions, expectations, key_type)
        findings += _addresses(restrictions, expectations)
        findings += _trading_end(restrictions.trading_authority_expiration_time, now_ms)
        findings += _age(restrictions.create_time, now_ms, name)
    elif clock_is_usable(skew_ms):  # else the clock's own finding says why nothing could be asked
        findings.append(_unchecked(environment))
    findings += surroundings_of(surroundings, futures, needs_futures=Permission.FUTURES in expectations.needed)
    return worst_first(findings)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: -finding.severity))


def clock_findings(skew_ms: int) -> Iterable[Finding]:
    direction = "ahead of" if skew_ms > 0 else "behind"
    fact = f"this clock is {abs(skew_ms):,} ms {direction} Binance's"
    if not clock_is_usable(skew_ms):
        reason = "every signed request is refused with -1021"
        yield Finding(Severity.HIGH, "clock-skewed", fact, reason, "set it by NTP")
    elif abs(skew_ms) > SKEW_NOTICE_MS:
        limits = f"{AHEAD_LIMIT_MS:,} ms ahead or {RECV_WINDOW_MS:,} ms behind is refused"
        yield Finding(Severity.LOW, "clock-drifting", fact, limits, "set it by NTP")


def _kind(key_type: KeyType, name: str) -> Iterable[Finding]:
    if key_type is KeyType.HMAC:
        yield Finding(
            Severity.LOW,
            "hmac-deprecated",
            "HMAC keys are deprecated by Binance",
            "Ed25519 is recommended",
            f"vault-binance key new {name}",
        )


def _odd(expectations: Expectations, name: str) -> Iterable[Finding]:
    if expectations.odd:
        yield Finding(
            Severity.LOW,
            "expectations-odd",
            f"stored expectations that mean nothing: {', '.join(expectations.odd)}",
            "they were left out of this judgement",
            f"look at allow, forbid and require_ip: vault-binance key show {name}",
        )


def _permissions(restrictions: Restrictions, expectations: Expectations, key_type: KeyType) -> Iterable[Finding]:
    if restrictions.enable_reading is False:
        remedy = 'tick "Enable Reading" at Binance'
        yield Finding(Severity.HIGH, "reading-off", "reading is not allowed", "no bot can work without it", remedy)
    if restrictions.enable_withdrawals is None:
        yield _unsaid("withdrawals-unsaid", "whether withdrawals are allowed")
    for permission in sorted(expectations.forbid - {Permission.WITHDRAWALS}):
        if restrictions.says(permission) is None:
            yield _unsaid(f"{permission}-unsaid", f"whether {SWITCHES[permission].on}")
    for permission in restrictions.granted:
        yield from _granted(permission, expectations)
    for permission in sorted(expectations.needed - set(restrictions.granted) - {Permission.READING}):
        yield _missing(permission, restrictions)
    yield from _useless(restrictions, expectations, key_type)
    for flag in restrictions.unknown:
        yield Finding(
            Severity.MEDIUM,
            "unknown-permission",
            f"{flag} is on",
            "this version does not know what it allows",
            "look it up at Binance, and untick it unless it is needed",
        )


def _granted(permission: Permission, expectations: Expectations) -> Iterable[Finding]:
    switch, code = SWITCHES[permission], f"{permission}-allowed"
    remedy = f"untick {switch.name} at Binance"
    if permission in expectations.forbid:
        yield Finding(Severity.HIGH, code, switch.on, "it is forbidden for this key", remedy)
    elif permission not in expectations.allow:
        severity = _UNASKED.get(permission, Severity.LOW)
        yield Finding(severity, code, switch.on, f"nobody asked for {switch.pronoun}", remedy)


def _missing(permission: Permission, restrictions: Restrictions) -> Finding:
    """Asked for by name: a bot that was given this key for it is refused at the first such request."""
    switch, code = SWITCHES[permission], f"{permission}-missing"
    need, remedy = f"this key needs {switch.pronoun}", f"tick {switch.name} at Binance"
    if permission is Permission.FUTURES and restrictions.enable_portfolio_margin_trading:
        remedy = "Portfolio Margin takes it from every key for good: see at Binance which API the account now uses"
    if restrictions.says(permission) is None:
        return Finding(Severity.MEDIUM, code, f"Binance did not say that {switch.on}", need, remedy)
    return Finding(Severity.HIGH, code, switch.off, need, remedy)


def _useless(restrictions: Restrictions, expectations: Expectations, key_type: KeyType) -> Iterable[Finding]:
    """`fix-read` alone is on in Binance's own example, and is told only to those who count on it."""
    wanted = _FIX & expectations.needed
    if key_type is KeyType.ED25519 or not (wanted or restrictions.enable_fix_api_trade):
        return
    yield Finding(
        Severity.HIGH if wanted else Severity.LOW,
        "fix-needs-ed25519",
        f"FIX cannot be used with a key of type {key_type}",
        "FIX and the WebSocket logon take Ed25519 keys alone",
        "make an Ed25519 key for it, or untick the FIX permissions at Binance",
    )


def _addresses(restrictions: Restrictions, expectations: Expectations) -> Iterable[Finding]:
    if restrictions.ip_restrict or not (expectations.require_ip or restrictions.enable_withdrawals):
        return
    if restrictions.ip_restrict is None:
        yield _unsaid("ip-restriction-unsaid", "whether the key is restricted to addresses")
        return
    remedy = "restrict it to the bot's address"
    yield Finding(Severity.HIGH, "no-ip-restriction", "no IP restriction", _danger(restrictions), remedy)


def _danger(restrictions: Restrictions) -> str:
    """Reference: Binance, 10.2, where three statements differ: the newest counts, and none says when."""
    if restrictions.enable_withdrawals:
        return "whoever has the pair can withdraw, from anywhere"
    if set(restrictions.granted) <= {Permission.READING}:
        return "whoever has the pair can read the account, from anywhere"
    return "Binance announces that it deletes such keys, not when"


def _unsaid(code: str, what: str) -> Finding:
    fact = f"Binance did not say {what}"
    return Finding(Severity.MEDIUM, code, fact, "it was not checked", "look at the key at Binance")


def _trading_end(end_ms: int | None, now_ms: int) -> Iterable[Finding]:
    """The end of spot and margin trading, which Binance sets for keys without IP restriction."""
    if end_ms is None:
        return
    days = (end_ms - now_ms) // DAY_MS
    severity = Severity.MEDIUM if days < EXPIRY_NOTICE_DAYS else Severity.LOW
    code, fact, reason = "trading-expires", f"the trading permission ends in {_days(days)}", "orders are refused then"
    if end_ms <= now_ms:
        severity, code = Severity.HIGH, "trading-expired"
        fact, reason = "the trading permission has expired", "orders are refused"
    yield Finding(severity, code, fact, reason, "restrict the key to the bot's address, and renew it at Binance")


def _days(count: int) -> str:
    return {0: "less than a day", 1: "1 day"}.get(count, f"{count:,} days")


def _age(made_ms: int | None, now_ms: int, name: str) -> Iterable[Finding]:
    if made_ms is not None and (days := (now_ms - made_ms) // DAY_MS) >= OLD_DAYS:
        yield Finding(
            Severity.LOW,
            "key-old",
            f"the key was made {days:,} days ago",
            "the longer a key lives, the more places it may have leaked to",
            f"make a new one at Binance, then vault-binance key put {name}",
        )


def _unchecked(environment: Environment) -> Finding:
    reasons = {
        Environment.LIVE: "Binance did not offer apiRestrictions",
        Environment.TESTNET: "the testnet has no /sapi",
        Environment.DEMO: "the demo did not offer /sapi",
    }
    remedy = "check a live key before it is trusted"
    severity = Severity.MEDIUM if environment is Environment.LIVE else Severity.LOW
    fact = "permissions could not be checked"
    return Finding(severity, "permissions-unchecked", fact, reasons[environment], remedy)
