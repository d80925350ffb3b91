"""Is a key safe and usable? What Binance says of it in, findings out.

Rules of the file
- Pure: the time and the clock's error are arguments.
- Every finding is a fact, why it matters and what to do about it; the severity decides exit code 12, so that HIGH is
  kept for what can lose money or stops the bot altogether.
- What Binance did not say is a finding where it matters, never taken for "no" (reference: Binance, section 4: every
  field is optional).
- Only the key is judged: `canTrade` and `canWithdraw` of /api/v3/account speak of the account (reference: Binance, 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from vault_binance.credentials import Environment, KeyType
from vault_binance.signing import AHEAD_LIMIT_MS, RECV_WINDOW_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SKEW_NOTICE_MS = 500
DAY_MS = 86_400_000
EXPIRY_NOTICE_DAYS = 7


class Severity(IntEnum):
    """Ordered: the worst of several is their max()."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Finding:
    severity: Severity
    fact: str
    reason: str
    remedy: str

    @property
    def advice(self) -> str:
        """Why and what to do, in one line."""
        return f"{self.reason}: {self.remedy}"


class Permission(StrEnum):
    """What a key may be allowed to do, in our words; `Restrictions` says it in Binance's."""

    READING = "reading"
    WITHDRAWALS = "withdrawals"
    INTERNAL_TRANSFER = "internal-transfer"
    UNIVERSAL_TRANSFER = "universal-transfer"
    SPOT_TRADING = "spot-trading"
    MARGIN = "margin"
    FUTURES = "futures"
    OPTIONS = "options"
    PORTFOLIO_MARGIN = "portfolio-margin"
    FIX_TRADE = "fix-trade"
    FIX_READ = "fix-read"


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What Binance says a key may do (GET /sapi/v1/account/apiRestrictions); None where it did not say.

    Times are milliseconds since 1970. `unknown` are the names of flags that are on and that this version has no field
    for. The addresses a key is restricted to are told by no endpoint, only that it is.
    """

    ip_restrict: bool | None = None
    create_time: int | None = None
    enable_reading: bool | None = None
    enable_withdrawals: bool | None = None
    enable_internal_transfer: bool | None = None
    permits_universal_transfer: bool | None = None
    enable_spot_and_margin_trading: bool | None = None
    enable_margin: bool | None = None
    enable_futures: bool | None = None
    enable_vanilla_options: bool | None = None
    enable_portfolio_margin_trading: bool | None = None
    enable_fix_api_trade: bool | None = None
    enable_fix_read_only: bool | None = None
    trading_authority_expiration_time: int | None = None
    unknown: tuple[str, ...] = ()

    def says(self, permission: Permission) -> bool | None:
        answer: bool | None = getattr(self, _FIELDS[permission])
        return answer

    @property
    def granted(self) -> tuple[Permission, ...]:
        return tuple(permission for permission in Permission if self.says(permission))


_FIELDS = {
    Permission.READING: "enable_reading",
    Permission.WITHDRAWALS: "enable_withdrawals",
    Permission.INTERNAL_TRANSFER: "enable_internal_transfer",
    Permission.UNIVERSAL_TRANSFER: "permits_universal_transfer",
    Permission.SPOT_TRADING: "enable_spot_and_margin_trading",
    Permission.MARGIN: "enable_margin",
    Permission.FUTURES: "enable_futures",
    Permission.OPTIONS: "enable_vanilla_options",
    Permission.PORTFOLIO_MARGIN: "enable_portfolio_margin_trading",
    Permission.FIX_TRADE: "enable_fix_api_trade",
    Permission.FIX_READ: "enable_fix_read_only",
}


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the team wants of a key. `allow` is asked for, `forbid` is HIGH whatever it is; `forbid` wins."""

    allow: frozenset[Permission] = frozenset({Permission.READING, Permission.SPOT_TRADING, Permission.FIX_READ})
    forbid: frozenset[Permission] = frozenset()
    require_ip: bool = True


@dataclass(frozen=True, slots=True)
class _Unasked:
    """A permission nobody asked for: how bad it is, how it reads, and where to take it away.

    `switch` is the name on Binance's page where the reference quotes it, else the name in the API's answer.
    """

    severity: Severity
    fact: str
    switch: str

    @property
    def pronoun(self) -> str:
        return "them" if " are " in self.fact else "it"


_UNASKED = {
    Permission.WITHDRAWALS: _Unasked(Severity.HIGH, "withdrawals are allowed", '"Enable Withdrawals"'),
    Permission.INTERNAL_TRANSFER: _Unasked(
        Severity.MEDIUM, "transfers between master and sub-account are allowed", "enableInternalTransfer"
    ),
    Permission.UNIVERSAL_TRANSFER: _Unasked(
        Severity.MEDIUM, "universal transfers are allowed", '"Permits Universal Transfer"'
    ),
    Permission.SPOT_TRADING: _Unasked(
        Severity.LOW, "spot and margin trading is allowed", '"Enable Spot & Margin Trading"'
    ),
    Permission.MARGIN: _Unasked(Severity.LOW, "margin loans are allowed", "enableMargin"),
    Permission.FUTURES: _Unasked(Severity.LOW, "futures trading is allowed", '"Enable Futures"'),
    Permission.OPTIONS: _Unasked(Severity.LOW, "options trading is allowed", "enableVanillaOptions"),
    Permission.PORTFOLIO_MARGIN: _Unasked(
        Severity.LOW, "portfolio margin trading is allowed", "enablePortfolioMarginTrading"
    ),
    Permission.FIX_TRADE: _Unasked(Severity.LOW, "trading over FIX is allowed", "enableFixApiTrade"),
    Permission.FIX_READ: _Unasked(Severity.LOW, "reading over FIX is allowed", "enableFixReadOnly"),
    Permission.READING: _Unasked(Severity.LOW, "reading is allowed", '"Enable Reading"'),
}


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
) -> tuple[Finding, ...]:
    """Everything worth telling about a key, the worst first.

    `restrictions` is None where they could not be asked for: without them the key is not judged safe, and that is a
    finding. `name` is the credential's, for the commands that are proposed.
    """
    findings = [*_clock(skew_ms), *_kind(key_type, name)]
    if restrictions is not None:
        findings += _permissions(restrictions, expectations)
        findings += _addresses(restrictions, expectations)
        findings += _trading_end(restrictions.trading_authority_expiration_time, now_ms)
    elif clock_is_usable(skew_ms):  # else the clock's own finding says why nothing could be asked
        findings.append(_unchecked(environment))
    return tuple(sorted(findings, key=lambda finding: -finding.severity))


def _clock(skew_ms: int) -> Iterable[Finding]:
    direction = "ahead of" if skew_ms > 0 else "behind"
    fact = f"this clock is {abs(skew_ms):,} ms {direction} Binance's"
    if not clock_is_usable(skew_ms):
        yield Finding(Severity.HIGH, fact, "every signed request is refused with -1021", "set it by NTP")
    elif abs(skew_ms) > SKEW_NOTICE_MS:
        limits = f"{AHEAD_LIMIT_MS:,} ms ahead or {RECV_WINDOW_MS:,} ms behind is refused"
        yield Finding(Severity.LOW, fact, limits, "set it by NTP")


def _kind(key_type: KeyType, name: str) -> Iterable[Finding]:
    if key_type is KeyType.HMAC:
        yield Finding(
            Severity.LOW,
            "HMAC keys are deprecated by Binance",
            "Ed25519 is recommended",
            f"register one there, then vault-binance key put {name} --type ed25519 --private-key @key.pem",
        )


def _permissions(restrictions: Restrictions, expectations: Expectations) -> Iterable[Finding]:
    if restrictions.enable_reading is False:
        yield Finding(
            Severity.HIGH, "reading is not allowed", "no bot can work without it", 'tick "Enable Reading" at Binance'
        )
    if restrictions.enable_withdrawals is None:
        yield _unsaid("whether withdrawals are allowed")
    for permission in restrictions.granted:
        yield from _granted(permission, expectations)
    for flag in restrictions.unknown:
        yield Finding(
            Severity.MEDIUM,
            f"{flag} is on",
            "this version does not know what it allows",
            "look it up at Binance, and untick it unless it is needed",
        )


def _granted(permission: Permission, expectations: Expectations) -> Iterable[Finding]:
    unasked = _UNASKED[permission]
    remedy = f"untick {unasked.switch} at Binance"
    if permission in expectations.forbid:
        yield Finding(Severity.HIGH, unasked.fact, "it is forbidden for this key", remedy)
    elif permission not in expectations.allow:
        yield Finding(unasked.severity, unasked.fact, f"nobody asked for {unasked.pronoun}", remedy)


def _addresses(restrictions: Restrictions, expectations: Expectations) -> Iterable[Finding]:
    if not expectations.require_ip or restrictions.ip_restrict:
        return
    if restrictions.ip_restrict is None:
        yield _unsaid("whether the key is restricted to addresses")
        return
    yield Finding(
        Severity.HIGH,
        "no IP restriction",
        "Binance takes trading rights from such keys",  # reference: Binance, 10.2
        "restrict it to the bot's address",
    )


def _unsaid(what: str) -> Finding:
    return Finding(Severity.MEDIUM, f"Binance did not say {what}", "it was not checked", "look at the key at Binance")


def _trading_end(end_ms: int | None, now_ms: int) -> Iterable[Finding]:
    """The end of spot and margin trading, which Binance sets for keys without IP restriction."""
    if end_ms is None:
        return
    days = (end_ms - now_ms) // DAY_MS
    severity = Severity.MEDIUM if days < EXPIRY_NOTICE_DAYS else Severity.LOW
    fact, reason = f"the trading permission ends in {_days(days)}", "orders will be refused then"
    if end_ms <= now_ms:
        severity, fact, reason = Severity.HIGH, "the trading permission has expired", "orders are refused"
    yield Finding(severity, fact, reason, "restrict the key to the bot's address, and renew it at Binance")


def _days(count: int) -> str:
    return {0: "less than a day", 1: "1 day"}.get(count, f"{count:,} days")


def _unchecked(environment: Environment) -> Finding:
    reasons = {
        Environment.LIVE: "Binance did not offer apiRestrictions",
        Environment.TESTNET: "the testnet has no /sapi",
        Environment.DEMO: "the demo did not offer /sapi",
    }
    remedy = "check a live key before it is trusted"
    severity = Severity.MEDIUM if environment is Environment.LIVE else Severity.LOW
    return Finding(severity, "permissions could not be checked", reasons[environment], remedy)
