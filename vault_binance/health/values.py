"""The words in which a key is judged: severities, permissions, what Binance said, and what was found.

Rules of the file
- Plain frozen values, no judgement; times are milliseconds since 1970.
- None is "Binance did not say", never "no" (reference: Binance, 4: every field is optional).
- `Finding.code` is for machines and stays as it is; the texts beside it are for people and may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(IntEnum):
    """Ordered: the worst of several is their max()."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Finding:
    severity: Severity
    code: str
    """One word for a machine, as in withdrawals-allowed."""
    fact: str
    reason: str
    remedy: str

    @property
    def advice(self) -> str:
        """Why and what to do, in one line."""
        return f"{self.reason}: {self.remedy}"


def at(severity: Severity, findings: Iterable[Finding]) -> list[Finding]:
    """Those of one severity, in their order."""
    return [finding for finding in findings if finding.severity is severity]


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
class Switch:
    """A permission as a sentence and as a place: how "it is on" reads, and what it is called where it is changed.

    `name` is the one on Binance's page where the reference quotes it, else the one in the API's answer.
    """

    on: str
    name: str

    @property
    def pronoun(self) -> str:
        return "them" if " are " in self.on else "it"

    @property
    def off(self) -> str:
        return self.on.replace(" are ", " are not ").replace(" is ", " is not ")


SWITCHES = {
    Permission.READING: Switch("reading is allowed", '"Enable Reading"'),
    Permission.WITHDRAWALS: Switch("withdrawals are allowed", '"Enable Withdrawals"'),
    Permission.INTERNAL_TRANSFER: Switch(
        "transfers between master and sub-account are allowed", "enableInternalTransfer"
    ),
    Permission.UNIVERSAL_TRANSFER: Switch("universal transfers are allowed", '"Permits Universal Transfer"'),
    Permission.SPOT_TRADING: Switch("spot and margin trading is allowed", '"Enable Spot & Margin Trading"'),
    Permission.MARGIN: Switch("margin loans are allowed", "enableMargin"),
    Permission.FUTURES: Switch("futures trading is allowed", '"Enable Futures"'),
    Permission.OPTIONS: Switch("options trading is allowed", "enableVanillaOptions"),
    Permission.PORTFOLIO_MARGIN: Switch("portfolio margin trading is allowed", "enablePortfolioMarginTrading"),
    Permission.FIX_TRADE: Switch("trading over FIX is allowed", "enableFixApiTrade"),
    Permission.FIX_READ: Switch("reading over FIX is allowed", "enableFixReadOnly"),
}


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What Binance says a key may do (GET /sapi/v1/account/apiRestrictions).

    `unknown` are the names of flags that are on and that this version has no field for. The addresses a key is
    restricted to are told by no endpoint, only that it is.
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
class TradingStatus:
    """Whether Binance has locked the account for trading by API, and until when it means to."""

    locked: bool | None = None
    recovers_at: int | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What Binance says of the account behind a key."""

    asked: bool = False
    """Without it, nothing was to be asked here: there is no /sapi, say."""
    status: str | None = None
    """Binance's word: Normal, or another that is documented nowhere."""
    trading: TradingStatus | None = None


NOTHING_ASKED = Surroundings()


class Reply(StrEnum):
    """How one question about a key ended."""

    UNASKED = "not asked"
    WITHHELD = "not asked: this host is not to see the key"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SILENT = "no answer"
